"""The agencies, roles and bindings of the regulation and of the reorganisations of 2025, for demo and real starts."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from engine.actors import SYSTEM, Actor
from workflows.agencies.importing import (
    ImportReport,
    import_agencies,
    import_bindings,
    import_roles,
    import_successions,
)

DATA = Path(__file__).parent / "data"
_STEPS = (
    ("agencies.csv", import_agencies),
    ("communes.csv", import_agencies),
    ("successions.csv", import_successions),
    ("roles.csv", import_roles),
    ("bindings.csv", import_bindings),
)


def install(session: Session, now: datetime, actor: Actor = SYSTEM) -> ImportReport:
    """Import the data that ships with the program.

    Meant for a new store: what has the same key is brought to what the files say, whoever changed it.
    """
    report = ImportReport()
    for name, importer in _STEPS:
        report += importer(session, (DATA / name).read_bytes(), actor, now, file=name)
    return report
