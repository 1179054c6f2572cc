"""How the regulation is kept across all cases: counted in the database, for auditors and heads of agencies."""
