"""The doors by which files leave put an auditor's reads on record."""

from __future__ import annotations

from web.current import actor, now, reading, writing
from workflows.oversight import reads


def note(case_id: str, what: str, id_: str) -> None:
    """Record the read of a restricted file before it is handed over; nothing for whoever is no auditor."""
    with reading() as session:
        if not reads.is_on_record(session, actor(), case_id):
            return
    with writing() as session:
        reads.record(session, actor(), now(), case_id, what, id_)
