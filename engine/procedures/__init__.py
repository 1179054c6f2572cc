"""Procedures as data: reading, checking, versions, layout and drawing of their diagrams."""
