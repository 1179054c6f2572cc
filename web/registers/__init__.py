"""Registers of official documents: their lines, printed and exported, the series, and confirmation after a restore."""
