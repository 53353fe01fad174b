"""The frozen foreground mask behind one protocol."""
