"""A migration as its owners read it: what could be planned, the plan by where the cases stand, and how far it is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.commands.case_run import RUNNING
from engine.procedures.model import Element
from engine.procedures.versions import LoadedVersion, Versions
from engine.tables import Case, ProcedureVersion
from workflows.studio import batches
from workflows.studio.batch_tables import MigrationBatch, MigrationRow
from workflows.studio.drafts import require_owner

MAPPABLE = frozenset({"migration.gone", "migration.meeting_gone", "migration.reminder"})
"""Reasons that a mapping of the element may remove."""
PAGE = 100


@dataclass(frozen=True)
class Target:
    """A version onto which cases could be put; `running` counts the cases of the other versions by their number."""

    hash: str
    number: int
    procedure_id: str
    title: Mapping[str, str]
    published_at: datetime
    running: Mapping[int, int]


@dataclass(frozen=True)
class Group:
    """Cases of a batch of one version that stand at the same place, with the same answer."""

    number: int
    standing: str
    status: str
    verdict: str
    reasons: tuple[Mapping[str, Any], ...]
    count: int
    changed: int


@dataclass(frozen=True)
class Gap:
    """An element of the old version that needs a mapping, and the elements of its kind in the new one.

    Args:
        key: how the mapping names it.
        chosen: id that the plan maps it to, empty where it does not.
        alike: id of the one choice that has the same name; empty where none or several have, and once something was
            mapped.
        choices: (id, name) of the new version.
    """

    key: str
    name: str
    chosen: str
    alike: str
    choices: tuple[tuple[str, str], ...]


def targets(session: Session, actor: Actor) -> list[Target]:
    """The newest versions with running cases behind them, per procedure, newest first.

    Raises:
        UnknownDraft: the person is no process owner.
    """
    require_owner(actor)
    running = _running_by_version(session)
    found = []
    versions = list(session.scalars(select(ProcedureVersion).order_by(ProcedureVersion.number.desc())))
    for version in versions:
        others = {
            one.number: running[one.hash]
            for one in versions
            if one.procedure_id == version.procedure_id and one.hash != version.hash and running[one.hash]
        }
        if others:
            told = (version.hash, version.number, version.procedure_id, version.title, version.published_at)
            found.append(Target(*told, dict(sorted(others.items()))))
    return sorted(found, key=lambda one: (one.procedure_id, -one.number))


def listed(session: Session, actor: Actor) -> list[tuple[MigrationBatch, Counter[str]]]:
    """All batches, newest first, with how many rows are in each status.

    Raises:
        UnknownDraft: the person is no process owner.
    """
    require_owner(actor)
    query = select(MigrationBatch).order_by(MigrationBatch.created_at.desc())
    return [(batch, batches.counts(session, batch.id)) for batch in session.scalars(query)]


def groups(session: Session, batch: MigrationBatch) -> list[Group]:
    """The rows of a batch by version, place and answer; the largest groups first."""
    found: dict[tuple[Any, ...], list[MigrationRow]] = defaultdict(list)
    for row in session.scalars(select(MigrationRow).where(MigrationRow.batch_id == batch.id)):
        codes = tuple((one["code"], one["params"].get("element", "")) for one in row.reasons)
        found[row.from_number, row.standing, row.status, row.verdict, codes].append(row)
    made = [_group(rows) for rows in found.values()]
    return sorted(made, key=lambda one: (-one.count, one.number, one.standing))


def _group(rows: list[MigrationRow]) -> Group:
    first = rows[0]
    place = (first.from_number, first.standing, first.status, first.verdict)
    return Group(*place, tuple(first.reasons), len(rows), sum(map(_changes_work, rows)))


def left_out(session: Session, batch: MigrationBatch) -> int:
    """How many running cases of other versions the batch does not know, because they began after it was planned."""
    known = select(MigrationRow.case_id).where(MigrationRow.batch_id == batch.id)
    others = (Case.procedure_id == batch.procedure_id, Case.status == RUNNING, Case.version_hash != batch.to_version)
    return session.scalar(select(func.count()).where(*others, Case.id.not_in(known))) or 0


def rows(session: Session, batch: MigrationBatch, status: str, page: int) -> list[MigrationRow]:
    """One page of the rows, of one status where that is given; pages count from 1."""
    query = select(MigrationRow).where(MigrationRow.batch_id == batch.id)
    if status:
        query = query.where(MigrationRow.status == status)
    return list(session.scalars(query.order_by(MigrationRow.code).offset((page - 1) * PAGE).limit(PAGE)))


def gaps(session: Session, versions: Versions, batch: MigrationBatch) -> list[Gap]:
    """The elements that the plan's cases need a mapping for, those that are mapped already among them."""
    to = versions.get(session, batch.to_version)
    found: dict[str, Gap] = {}
    for row in session.scalars(select(MigrationRow).where(MigrationRow.batch_id == batch.id)):
        old = versions.get(session, row.from_version)
        for key in [*_missing(row, old), *batch.mapping]:
            process_id, _, element_id = key.rpartition("/")
            element = _element(old, process_id, element_id)
            if element is not None and key not in found:
                choices = tuple(_alike(to, old, element))
                same = [id_ for id_, name in choices if name == element.name]
                chosen, alike = str(batch.mapping.get(key, "")), same[0] if len(same) == 1 and not batch.mapping else ""
                found[key] = Gap(key, element.name or element.id, chosen, alike, choices)
    return list(found.values())


def _missing(row: MigrationRow, old: LoadedVersion) -> Iterator[str]:
    for one in row.reasons:
        if one["code"] in MAPPABLE:
            process_id, element_id = one["params"].get("process", ""), one["params"].get("element", "")
            yield element_id if process_id == old.program.main else f"{process_id}/{element_id}"


def _element(version: LoadedVersion, process_id: str, element_id: str) -> Element | None:
    part = version.parts.get(process_id or version.program.main)
    return part.process.elements.get(element_id) if part else None


def _alike(to: LoadedVersion, old: LoadedVersion, element: Element) -> Iterator[tuple[str, str]]:
    """Elements of the same process and kind in the new version."""
    own = element.process_id == old.program.main
    part = to.parts.get(to.program.main if own else element.process_id)
    for one in part.process.elements.values() if part else ():
        if (one.kind, one.event) == (element.kind, element.event):
            yield one.id, one.name or one.id


def _changes_work(row: MigrationRow) -> bool:
    return any(one["changes"] for one in row.changes.get("changed", ())) or bool(row.changes.get("added"))


def _running_by_version(session: Session) -> Counter[str]:
    query = select(Case.version_hash, func.count()).where(Case.status == RUNNING).group_by(Case.version_hash)
    found: Iterable[Any] = session.execute(query)
    return Counter({row[0]: row[1] for row in found})
