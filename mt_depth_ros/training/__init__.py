"""The offline trainer."""
