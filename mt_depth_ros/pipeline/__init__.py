"""One frame in, one prediction out."""
