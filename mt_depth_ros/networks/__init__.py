"""The depth networks, in torch, and their checkpoints."""
