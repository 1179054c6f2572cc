"""Sign-in, server-side sessions, and what was typed when a session had ended."""
