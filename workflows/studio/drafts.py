"""Drafts: copies of a procedure's files that process owners change, together and one beside the other.

Every save makes a new revision. It names the revision that its author saw: a file that somebody saved since is not
overwritten; saves of different files merge by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import canonical, events
from engine.actors import PROCESS_OWNER, Actor
from engine.errors import DefinitionError
from engine.procedures.bundle import DIAGRAM
from engine.procedures.versions import manifest_of, newest, stored_bundle
from engine.services import Stream
from engine.tables import ProcedureVersion
from workflows.studio import merging, paths, scenarios
from workflows.studio.errors import Apart, Closed, MovedOn, UnknownDraft, UnknownFile
from workflows.studio.tables import DISCARDED, LIVING, OPEN, SUBMITTED, Draft, DraftAuthor, DraftFile


@dataclass(frozen=True)
class FileRow:
    """A file of a draft in a list; `size` in bytes."""

    path: str
    sha256: str
    size: int
    revision: int
    changed_by: str
    changed_at: datetime


def require_owner(actor: Actor) -> None:
    """Only process owners see the studio.

    Raises:
        UnknownDraft: for everybody else there is none.
    """
    if not actor.has(PROCESS_OWNER):
        raise UnknownDraft()


def begin(
    session: Session,
    actor: Actor,
    procedure_id: str,
    *,
    now: datetime,
    version_hash: str | None = None,
    name: str = "",
) -> Draft:
    """Begin a draft with the files of a version of a procedure. It is based on the newest version all the same, so
    that a draft of an earlier one says what coming back to it changes.

    Args:
        version_hash: the version; where None the newest.
        name: what its authors call it.

    Raises:
        UnknownDraft: the person is no process owner, or there is no such version of this procedure.
    """
    require_owner(actor)
    base_hash = newest(session, procedure_id)
    version = session.get(ProcedureVersion, version_hash or base_hash or "")
    if version is None or version.procedure_id != procedure_id:
        raise UnknownDraft(procedure=procedure_id)
    pins = dict(manifest_of(session, version.hash).shared)
    content = whole(session, version.hash)
    return create(session, actor, procedure_id, content, pins=pins, base_hash=base_hash, name=name, now=now)


def create(
    session: Session,
    actor: Actor,
    procedure_id: str,
    files: Mapping[str, bytes],
    *,
    now: datetime,
    pins: dict[str, str],
    base_hash: str | None = None,
    name: str = "",
) -> Draft:
    """Begin a draft with these files, which are looked at as far as anything that is kept must be.

    Raises:
        UnknownDraft: the person is no process owner.
        BadPath, TooLarge, DefinitionError: files that nobody may keep.
    """
    require_owner(actor)
    for path, content in files.items():
        paths.check_content(paths.check_path(path), content)
    paths.check_size(files)
    draft = Draft(
        id=str(uuid4()), procedure_id=procedure_id, name=name.strip()[:200], base_hash=base_hash, pins=pins,
        status=OPEN, revision=0, created_by=actor.person_id, created_at=now, changed_at=now,
    )  # fmt: skip
    session.add(draft)
    session.flush()
    session.add_all(_file(draft, path, content, "", now) for path, content in files.items())
    session.flush()
    record(session, draft, "DraftBegun", {"base": base_hash, "name": draft.name}, actor=actor, now=now)
    return draft


def beside(
    session: Session, actor: Actor, draft_id: str, changes: Mapping[str, bytes], *, name: str, now: datetime
) -> Draft:
    """Begin a further draft with the files of this one, some of them changed: for two persons who cannot go on in one.
    Who worked on the first worked on this one too, and approves neither.

    Args:
        changes: contents by path.
        name: what its authors call it.

    Raises:
        UnknownDraft: as `read`.
        BadPath, TooLarge, DefinitionError: as `create`.
    """
    first = read(session, actor, draft_id)
    pins, base_hash = dict(first.pins), first.base_hash
    content = files(session, first)
    made = create(session, actor, first.procedure_id, content, pins=pins, base_hash=base_hash, name=name, now=now)
    for one in authors(session, first):
        session.merge(DraftAuthor(draft_id=made.id, person_id=one.person_id, changed_at=one.changed_at))
    return save(session, actor, made.id, changes, seen=0, now=now)


def read(session: Session, actor: Actor, draft_id: str) -> Draft:
    """The draft.

    Raises:
        UnknownDraft: there is none, or the person is no process owner.
    """
    require_owner(actor)
    draft = session.get(Draft, draft_id)
    if draft is None:
        raise UnknownDraft()
    return draft


def locked(session: Session, actor: Actor, draft_id: str) -> Draft:
    """The draft, for a change of it in this transaction. Raises as `read`."""
    require_owner(actor)
    draft = session.get(Draft, draft_id, with_for_update=True, populate_existing=True)
    if draft is None:
        raise UnknownDraft()
    return draft


def files(session: Session, draft: Draft) -> dict[str, bytes]:
    """The draft's files as they were saved last, scenarios included, by path."""
    of_draft = select(DraftFile.path, DraftFile.content).where(DraftFile.draft_id == draft.id)
    rows = session.execute(of_draft.where(DraftFile.content.is_not(None)).order_by(DraftFile.path))
    return {path: content for path, content in rows if content is not None}


def listed(session: Session, draft: Draft) -> list[FileRow]:
    """The draft's files in the order of their paths."""
    of_draft = select(DraftFile).where(DraftFile.draft_id == draft.id, DraftFile.content.is_not(None))
    return [
        FileRow(row.path, row.sha256, len(row.content or b""), row.revision, row.changed_by, row.changed_at)
        for row in session.scalars(of_draft.order_by(DraftFile.path))
    ]


def file(session: Session, draft: Draft, path: str) -> bytes:
    """One file.

    Raises:
        UnknownFile: the draft has none at that path.
    """
    row = session.get(DraftFile, (draft.id, path))
    if row is None or row.content is None:
        raise UnknownFile(path=path[:200])
    return row.content


def authors(session: Session, draft: Draft) -> list[DraftAuthor]:
    """Who has changed the draft, the latest first."""
    of_draft = select(DraftAuthor).where(DraftAuthor.draft_id == draft.id)
    return list(session.scalars(of_draft.order_by(DraftAuthor.changed_at.desc(), DraftAuthor.person_id)))


def save(
    session: Session, actor: Actor, draft_id: str, changes: Mapping[str, bytes | None], *, seen: int, now: datetime
) -> Draft:
    """Save files of a draft; a submitted one is open again.

    Args:
        changes: contents by path; None removes a file. What is as it was changes nothing.
        seen: the revision that the author had before him.

    Raises:
        UnknownDraft: as `read`.
        Closed: it was published or discarded.
        MovedOn: one of these files was saved after `seen`; `by` (a person's id) and `at` tell by whom and when.
        BadPath, TooLarge, DefinitionError: files that nobody may keep.
    """
    draft = locked(session, actor, draft_id)
    require_living(draft)
    rows = {row.path: row for row in session.scalars(select(DraftFile).where(DraftFile.draft_id == draft_id))}
    real = {path: content for path, content in changes.items() if _differs(rows.get(path), content)}
    for path, content in real.items():
        _require_seen(rows.get(paths.check_path(path)), seen)
        if content is not None:
            paths.check_content(path, content)
    if not real:
        return draft
    kept = {path: row.content for path, row in rows.items() if row.content is not None}
    paths.check_size({path: content for path, content in {**kept, **real}.items() if content is not None})
    touch(session, draft, actor, now)
    for path, content in real.items():
        session.merge(_file(draft, path, content, actor.person_id, now))
    session.flush()
    return draft


def touch(session: Session, draft: Draft, actor: Actor, now: datetime) -> None:
    """Count a change by this author; what was submitted has to be submitted anew."""
    if draft.status == SUBMITTED:
        draft.status, draft.digest = OPEN, None
        record(session, draft, "DraftReopened", {}, actor=actor, now=now)
    draft.revision += 1
    draft.changed_at = now
    session.merge(DraftAuthor(draft_id=draft.id, person_id=actor.person_id, changed_at=now))


def repin(session: Session, actor: Actor, draft_id: str, part_id: str, now: datetime) -> Draft:
    """Call a shared part in its newest version from now on.

    Raises:
        UnknownDraft: as `read`, or there is no such part.
        Closed: it was published or discarded.
    """
    draft = locked(session, actor, draft_id)
    require_living(draft)
    hash_ = newest(session, part_id)
    if hash_ is None or part_id not in draft.pins:
        raise UnknownDraft()
    if draft.pins[part_id] != hash_:
        touch(session, draft, actor, now)
        draft.pins = {**draft.pins, part_id: hash_}
    return draft


def rebase(session: Session, actor: Actor, draft_id: str, now: datetime) -> list[str]:
    """Take over what was published after the draft began, file by file; of the diagram part by part.

    Returns:
        Paths of the files that both changed: the draft's stays, and somebody has to look. The diagram is one of them
        only where both changed the same part of it.

    Raises:
        UnknownDraft, Closed: as `save`.
    """
    draft = locked(session, actor, draft_id)
    require_living(draft)
    target = newest(session, draft.procedure_id)
    if draft.base_hash is None or target is None or target == draft.base_hash:
        return []
    base, theirs, mine = whole(session, draft.base_hash), whole(session, target), files(session, draft)
    both = [p for p in {*base, *theirs, *mine} if mine.get(p) != base.get(p) and theirs.get(p) != base.get(p)]
    conflicts = sorted(path for path in both if mine.get(path) != theirs.get(path))
    touch(session, draft, actor, now)
    diagram = _diagram_of_both(base, mine, theirs) if DIAGRAM in conflicts else None
    if diagram is not None:
        conflicts.remove(DIAGRAM)
        session.merge(_file(draft, DIAGRAM, diagram, actor.person_id, now))
    for path in {*base, *theirs} - set(conflicts):
        if mine.get(path) == base.get(path) != theirs.get(path):
            session.merge(_file(draft, path, theirs.get(path), actor.person_id, now))
    old = manifest_of(session, draft.base_hash).shared
    changed = {id_: hash_ for id_, hash_ in draft.pins.items() if old.get(id_) != hash_}
    draft.pins = {**draft.pins, **manifest_of(session, target).shared, **changed}
    draft.base_hash = target
    session.flush()
    record(session, draft, "DraftRebased", {"base": target, "conflicts": conflicts}, actor=actor, now=now)
    return conflicts


def _diagram_of_both(*sides: Mapping[str, bytes]) -> bytes | None:
    """The diagram with what both changed; None where they clash or it cannot be told."""
    try:
        merged = merging.merge(*(side[DIAGRAM] for side in sides))
    except (KeyError, Apart, DefinitionError):
        return None
    return None if merged.clashes else merged.content


def whole(session: Session, version_hash: str) -> dict[str, bytes]:
    """The files of a version with its scenarios. Raises `UnknownProcedure` where there is none."""
    return {**stored_bundle(session, version_hash).files, **scenarios.of_version(session, version_hash)}


def discard(session: Session, actor: Actor, draft_id: str, now: datetime) -> None:
    """Give a draft up. Raises as `save`."""
    draft = locked(session, actor, draft_id)
    require_living(draft)
    draft.status, draft.changed_at = DISCARDED, now
    record(session, draft, "DraftDiscarded", {}, actor=actor, now=now)


def require_living(draft: Draft) -> None:
    """Refuse a change of a draft that was published or discarded.

    Raises:
        Closed: it was.
    """
    if draft.status not in LIVING:
        raise Closed(status=draft.status)


def digest(session: Session, draft: Draft) -> str:
    """Digest of everything that an approval is about: files, scenarios included, and pins."""
    of_files = {row.path: row.sha256 for row in listed(session, draft)}
    return canonical.digest(canonical.dumps({"files": of_files, "pins": dict(draft.pins)}))


def record(
    session: Session, draft: Draft, type: str, payload: Mapping[str, Any], *, actor: Actor, now: datetime
) -> None:
    """Append an event about a draft to the log of its procedure."""
    content = {"draft": draft.id, "revision": draft.revision, **payload}
    events.append(session, Stream("procedure", draft.procedure_id), type, content, actor=actor, now=now)


def _file(draft: Draft, path: str, content: bytes | None, author: str, now: datetime) -> DraftFile:
    return DraftFile(
        draft_id=draft.id, path=path, content=content, sha256=canonical.digest(content or b""),
        revision=draft.revision, changed_by=author, changed_at=now,
    )  # fmt: skip


def _differs(row: DraftFile | None, content: bytes | None) -> bool:
    return (row.content if row is not None else None) != content


def _require_seen(row: DraftFile | None, seen: int) -> None:
    if row is not None and row.revision > seen:
        raise MovedOn(path=row.path, by=row.changed_by, at=row.changed_at.isoformat(), revision=row.revision)
