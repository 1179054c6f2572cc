"""Procedures in force, for everybody to read: the diagram, and the same as a table."""
