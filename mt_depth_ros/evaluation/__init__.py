"""Metrics, withheld measurements, replay and reports."""
