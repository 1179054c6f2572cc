"""The regulation in Python: agencies, calendar, law, documents and the services that diagrams name."""
