"""Sending issued documents out by channels, and the receipts that come back. One module for each channel."""
