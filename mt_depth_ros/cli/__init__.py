"""The mt_depth command: composition only."""
