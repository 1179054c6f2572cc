"""Scenarios recorded by clicking through a dry run of a draft."""
