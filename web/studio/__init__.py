"""The process owners' studio: pages, and JSON doors for the editors in the browser."""
