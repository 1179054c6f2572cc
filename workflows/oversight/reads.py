"""An auditor's read of a restricted file is itself on record, in a stream of its own kind, before the file is there."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import AUDITOR, Actor
from engine.services import Stream
from engine.tables import Case, CaseAgency

FILE = Path(__file__).with_name("restricted.yaml")
ATTACHMENT, DOCUMENT, SIGNED = "attachment", "document", "signed"
READ: Final = "RestrictedFileRead"


@cache
def restricted() -> frozenset[str]:
    """Ids of the procedures whose files are restricted."""
    return frozenset(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def is_on_record(session: Session, actor: Actor, case_id: str) -> bool:
    """Whether the person reads the files of a case as an auditor, not for an agency that takes part, and on record."""
    if not actor.has(AUDITOR):
        return False
    procedure = session.scalar(select(Case.procedure_id).where(Case.id == case_id))
    return procedure in restricted() and session.get(CaseAgency, (actor.agency_id, case_id)) is None


def record(session: Session, actor: Actor, now: datetime, case_id: str, what: str, id_: str) -> None:
    """Put a read on record.

    Args:
        what: `attachment`, `document` or `signed`; its name is not recorded, since it outlives the file.
        id_: of the attachment, document or return.
    """
    code = session.scalars(select(Case.code).where(Case.id == case_id)).one()
    payload = {"case_id": case_id, "code": code, "what": what, "id": id_}
    events.append(session, Stream("audit", f"reads-{case_id}"), READ, payload, actor=actor, now=now)
