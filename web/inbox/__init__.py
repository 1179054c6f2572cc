"""The inbox of the officer's agency, by urgency."""
