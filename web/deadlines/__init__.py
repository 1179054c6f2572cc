"""Deadlines of a case as people can check them, and the acts that change them."""
