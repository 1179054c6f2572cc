"""Official documents: drafted from a template, approved, numbered, rendered to PDF, dispatched and received."""
