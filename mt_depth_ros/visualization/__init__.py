"""Depth, masks and clouds as pictures."""
