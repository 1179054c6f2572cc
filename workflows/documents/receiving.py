"""Whom a document is for: the agencies that the procedure named, those that an officer added, those left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows.documents import errors
from workflows.documents.registers import reason_of
from workflows.documents.tables import DocumentRecipient


@dataclass(frozen=True)
class Change:
    """An agency that is added or left out, with its name of the day and the reason."""

    agency_id: str
    name: str
    reason: str


def recipients_of(session: Session, document_id: str) -> list[DocumentRecipient]:
    """Whom the document is for, in the order of printing."""
    return [row for row in all_of(session, document_id) if not row.waived]


def all_of(session: Session, document_id: str) -> list[DocumentRecipient]:
    """The same with those that were left out."""
    statement = select(DocumentRecipient).where(DocumentRecipient.document_id == document_id)
    return list(session.scalars(statement.order_by(DocumentRecipient.position)))


def copy_receivers(session: Session, from_id: str, to_id: str) -> None:
    """Give a document the receivers of another, with what was added or left out and why."""
    for row in all_of(session, from_id):
        told = {"name": row.name, "added": row.added, "waived": row.waived, "reason": row.reason}
        session.add(DocumentRecipient(document_id=to_id, agency_id=row.agency_id, position=row.position, **told))


def planned(
    session: Session, document_id: str, added: Sequence[Change], waived: Sequence[Change]
) -> tuple[list[str], list[str]]:
    """The names that `readdress` would answer with, without storing anything or asking for reasons."""
    rows, left_out = all_of(session, document_id), {change.agency_id for change in waived}
    before = [row.name for row in rows if not row.waived]
    kept = {row.agency_id: row.name for row in rows if not row.added and row.agency_id not in left_out}
    more = {change.agency_id: change.name for change in added}
    return before, list({**kept, **{key: name for key, name in more.items() if key not in kept}}.values())


def readdress(
    session: Session, document_id: str, added: Sequence[Change], waived: Sequence[Change]
) -> tuple[list[str], list[str]]:
    """Bring the receivers to what the procedure named, plus what was added, less what was waived.

    Returns:
        The names before and after, in the order of printing.

    Raises:
        NotARecipient: somebody is waived whom the procedure did not name.
        ReasonRequired: an addition or waiver without a reason.
        NoRecipients: nobody is left.
    """
    before = [row.name for row in recipients_of(session, document_id)]
    rows = {row.agency_id: row for row in all_of(session, document_id)}
    named = {agency_id: row for agency_id, row in rows.items() if not row.added}
    _waive(named, waived)
    _add(session, document_id, rows, added)
    session.flush()
    after = [row.name for row in recipients_of(session, document_id)]
    if not after and named:
        raise errors.NoRecipients()
    return before, after


def _waive(named: dict[str, DocumentRecipient], waived: Sequence[Change]) -> None:
    for row in named.values():
        row.waived, row.reason = False, ""
    for change in waived:
        row_of = named.get(change.agency_id)
        if row_of is None:
            raise errors.NotARecipient(agency=change.name)
        row_of.waived, row_of.reason = True, reason_of(change.reason)


def _add(session: Session, document_id: str, rows: dict[str, DocumentRecipient], added: Sequence[Change]) -> None:
    wanted = {change.agency_id: change for change in added}
    for agency_id, row in rows.items():
        if row.added and agency_id not in wanted:
            session.delete(row)
    place = max((row.position for row in rows.values()), default=0)
    for agency_id, change in wanted.items():
        reason = reason_of(change.reason)
        if agency_id in rows:
            if rows[agency_id].added:
                rows[agency_id].reason = reason
            continue
        place += 1
        session.add(
            DocumentRecipient(
                document_id=document_id,
                agency_id=agency_id,
                position=place,
                name=change.name,
                added=True,
                reason=reason,
            )
        )
