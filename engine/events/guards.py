"""Triggers that make the log append-only for everybody who reaches the tables, not only for this program.

In production a separate database role owns the tables (docs/operations.md); the triggers hold for the owner too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

EVENT_TABLES = ("events", "event_payloads")
LOG_TABLES = ("log_entries", "log_nodes", "checkpoints")
GUARDED = {
    "events": ("UPDATE", "DELETE"),
    "event_payloads": ("UPDATE",),
    **dict.fromkeys(LOG_TABLES, ("UPDATE", "DELETE")),
}

_SQLITE = (
    "CREATE TRIGGER {table}_no_{lower} BEFORE {operation} ON {table} "
    "BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END"
)
_POSTGRES_FUNCTION = (
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'append-only: %', TG_TABLE_NAME; END $$"
)
_POSTGRES = (
    "CREATE TRIGGER {table}_no_{lower} BEFORE {operation} ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
)


def statements(dialect: str, tables: Sequence[str]) -> Iterator[str]:
    """The DDL that installs the triggers of these tables on that database."""
    if dialect == "postgresql":
        yield _POSTGRES_FUNCTION
    pattern = _POSTGRES if dialect == "postgresql" else _SQLITE
    for table in tables:
        for operation in GUARDED[table]:
            yield pattern.format(table=table, operation=operation, lower=operation.lower())
