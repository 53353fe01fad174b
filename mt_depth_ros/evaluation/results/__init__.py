"""The results table: every row on every input, scored once, kept in files, and judged."""
