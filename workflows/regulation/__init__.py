"""The regulation's duties: every one with its clause, and how the system serves it."""
