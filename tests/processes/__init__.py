"""The procedures as they ship, run by their scenarios."""
