"""What the page of a draft shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.clock import local_date
from engine.errors import DefinitionError
from engine.procedures.bundle import Bundle
from engine.procedures.versions import newest
from engine.tables import ProcedureVersion
from web.current import directory
from workflows.publication import PublicationChecks
from workflows.studio import comments, differences, drafts, findings, paths, presence, publishing
from workflows.studio.differences import Side
from workflows.studio.findings import Examined
from workflows.studio.tables import LIVING, SUBMITTED, Draft, DraftAuthor, DraftComment, DraftPresence


@dataclass(frozen=True)
class DraftView:
    """A draft with what is known of it.

    Args:
        base: the version that it is compared with; None for a new procedure.
        sides: what it is compared with and what it is; None for a new procedure.
        outdated: whether something was published since it began.
        old_parts: ids of the shared parts that it calls in a state that is no longer the newest.
        present: who else has the diagram open.
        elements: names of the diagram's elements by id, as far as it can be read.
        names: names of persons by id.
        may_approve: whether this person may approve it as it is.
    """

    draft: Draft
    title: Mapping[str, str]
    base: ProcedureVersion | None
    outdated: bool
    old_parts: tuple[str, ...]
    files: list[drafts.FileRow]
    found: Examined
    sides: tuple[Side, Side] | None
    authors: list[DraftAuthor]
    comments: list[DraftComment]
    present: list[DraftPresence]
    elements: Mapping[str, str]
    names: Mapping[str, str]
    may_approve: bool

    @property
    def living(self) -> bool:
        """Whether it can still be changed."""
        return self.draft.status in LIVING


def view(session: Session, actor: Actor, draft_id: str, checks: PublicationChecks, now: datetime) -> DraftView:
    """The draft as its page shows it. Raises `UnknownDraft`."""
    draft = drafts.read(session, actor, draft_id)
    content = drafts.files(session, draft)
    authors, remarks = drafts.authors(session, draft), comments.listed(session, draft)
    files, present = drafts.listed(session, draft), presence.others(session, actor, draft_id, now)
    people = {draft.created_by, draft.submitted_by or draft.created_by, *(one.person_id for one in authors)}
    people |= {one.written_by for one in remarks} | {row.changed_by for row in files if row.changed_by}
    people |= {one.person_id for one in present}
    bundle = Bundle(paths.of_version(content))
    base = session.get(ProcedureVersion, draft.base_hash) if draft.base_hash else None
    return DraftView(
        draft=draft,
        title=_title(bundle, draft, base),
        base=base,
        outdated=draft.status in LIVING and newest(session, draft.procedure_id) != draft.base_hash,
        old_parts=tuple(id_ for id_, hash_ in draft.pins.items() if newest(session, id_) not in (hash_, None)),
        files=files,
        found=findings.examine(session, content, draft.pins, checks, local_date(now)),
        sides=_sides(session, draft, content),
        authors=authors,
        comments=remarks,
        present=present,
        elements=_elements(bundle),
        names={id_: directory().person_name(session, id_) for id_ in people},
        may_approve=draft.status == SUBMITTED and publishing.may_approve(session, actor, draft),
    )


def _sides(session: Session, draft: Draft, content: dict[str, bytes]) -> tuple[Side, Side] | None:
    """What the draft began from, and what it is now."""
    if draft.base_hash is None:
        return None
    return differences.of_version(session, draft.base_hash), Side(content, differences.numbers(session, draft.pins))


def names(session: Session, of: Iterable[Draft]) -> dict[str, str]:
    """Names of the persons who began or submitted drafts, by id."""
    people = {id_ for draft in of for id_ in (draft.created_by, draft.submitted_by) if id_}
    return {id_: directory().person_name(session, id_) for id_ in people}


def _title(bundle: Bundle, draft: Draft, base: ProcedureVersion | None) -> Mapping[str, str]:
    try:
        return bundle.title
    except (DefinitionError, KeyError, TypeError, ValueError):
        return base.title if base else {"vi": draft.procedure_id}


def _elements(bundle: Bundle) -> dict[str, str]:
    try:
        return {id_: element.name or id_ for id_, element in bundle.process.elements.items()}
    except DefinitionError:
        return {}
