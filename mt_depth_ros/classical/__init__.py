"""Depth completion without learning: nearest, linear and morphological fills."""
