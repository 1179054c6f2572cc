"""Agencies with the names of their day, dated roles, officers with dated duties, and sign-in accounts."""
