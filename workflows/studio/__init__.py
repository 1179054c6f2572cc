"""The process owners' studio: drafts of procedures, what they change, and how they become versions in force."""
