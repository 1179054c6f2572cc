"""The documents' side of other pages: the paper that a task works on."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine.actors import CLERK, Actor
from engine.clock import local_date
from engine.forms import Form
from web.current import actor, current_container
from web.documents import composer
from web.documents.departures import departure
from web.language import current
from web.tasks.typed import Typed, submitted
from workflows.agencies.queries import agency_names, issuer
from workflows.documents import queries
from workflows.documents.approval import Desk, Revision
from workflows.documents.queries import DocumentView
from workflows.documents.receiving import Change
from workflows.documents.signers import signers
from workflows.documents.text import read_blocks


def attached_document(session: Session, reader: Actor, document_id: str | None) -> DocumentView | None:
    """The document that a task shows; None where it shows none."""
    return queries.document(session, reader, document_id) if document_id else None


def body_among(document: DocumentView | None, values: Mapping[str, Any]) -> bool:
    """Whether the document's text already stands in a box of the form.

    Args:
        values: what the form is filled with before anybody types; a stored text may differ in blanks.
    """
    texts = (value for value in values.values() if isinstance(value, str) and value.strip())
    return document is not None and any(read_blocks(text) == document.blocks for text in texts)


def pictures(
    session: Session, document: DocumentView | None, form: Form, typed: Typed, reader: Actor, moment: datetime
) -> list[str]:
    """The pages as PNG pictures in base64: with what stands in the boxes where the form edits the text.

    Raises:
        Rejected: it cannot be printed.
    """
    if document is None or document.issuer_id != reader.agency_id:
        return []
    renderer = current_container().renderer
    text = revision_of(form, typed, agency_names(session, local_date(moment)))
    if text is None:
        made = queries.pictures(session, renderer, reader, document.id)
    else:
        desk = Desk(session, moment, reader, issuer, renderer)
        made = desk.pictures(document.id, text)
    return [b64encode(picture).decode("ascii") for picture in made]


def revision_of(form: Form, typed: Typed, names: Mapping[str, str]) -> Revision | None:
    """What stands in the boxes of a form that edits a document's text; None for other forms."""
    if not any(field.editor == composer.EDITOR for field in form.fields):
        return None
    values = submitted(form, typed)
    return Revision(
        subject=str(values.get("paper_subject", "")),
        body=str(values.get("paper_body", "")),
        urgency=str(values.get("paper_urgency") or ""),
        signer_id=str(values.get("paper_signer") or ""),
        enclosures=tuple(row["title"] for row in values.get("paper_enclosures", ())),
        secretary=str(values.get("paper_secretary") or ""),
        added=_changes(values.get("added_recipients", ()), names),
        waived=_changes(values.get("waived_recipients", ()), names),
    )


def _changes(rows: Sequence[Mapping[str, str]], names: Mapping[str, str]) -> tuple[Change, ...]:
    """The lines with an agency; a missing reason is told when the form is sent."""
    chosen = (row for row in rows if row.get("agency") in names)
    return tuple(Change(row["agency"], names[row["agency"]], row.get("reason", "") or "–") for row in chosen)


def signer_choices(
    session: Session, form: Form, document: DocumentView | None, moment: datetime
) -> Sequence[tuple[str, str]]:
    """(person id, name and authority) of those who may sign; nothing is read where the form does not ask."""
    if document is None or not any(field.editor == "signer" for field in form.fields):
        return ()
    on = local_date(moment)
    found = signers(session, issuer(session, document.issuer_id, on), on)
    return [(one.person_id, f"{one.name} ({' / '.join(one.signing.lines())})") for one in found]


def layout_findings(session: Session, document: DocumentView | None) -> list[str] | None:
    """What the second look at the pages finds, in words; None where it is not for the reader to check."""
    if document is None or document.issuer_id != actor().agency_id or not actor().has(CLERK):
        return None
    found = queries.departures(session, current_container().renderer, actor(), document.id)
    return [departure(one, current()) for one in found]
