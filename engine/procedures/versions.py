"""Versions of procedures: publishing, finding the one in force, and loading one to run it.

Running cases stay pinned to their version; several versions live side by side; a loaded version is parsed
once per process and shared, since it can never change.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import canonical, events
from engine.actors import Actor
from engine.errors import DefinitionError, Finding, NotFound
from engine.procedures.bundle import Bundle, read_folder
from engine.procedures.manifest import Manifest, describe, read_manifest
from engine.procedures.schedule import plant
from engine.services import Stream
from engine.spiff.parser import Program, parse
from engine.tables import FileContent, ProcedureVersion, VersionEffect, WorkItem

_NOTHING: Mapping[str, Any] = MappingProxyType({})
Checks = Callable[[Bundle, Mapping[str, Bundle]], list[Finding]]
"""Gives the findings of a bundle, which calls the shared procedures given by id."""


class UnknownProcedure(NotFound):
    """No version of the procedure is in force, or there is no such version."""

    code = "procedure.unknown"


@dataclass(frozen=True)
class LoadedVersion:
    """A version ready to run: its own bundle, and those of the shared procedures by process id."""

    hash: str
    bundle: Bundle
    parts: Mapping[str, Bundle]
    program: Program

    def bundle_of(self, process_id: str) -> Bundle:
        """The bundle in which a process is drawn."""
        return self.parts[process_id]


class Versions:
    """Loads versions and keeps them; safe to share between threads."""

    def __init__(self) -> None:
        self._loaded: dict[str, LoadedVersion] = {}
        self._lock = threading.Lock()

    def get(self, session: Session, hash_: str) -> LoadedVersion:
        """The version with that address.

        Raises:
            UnknownProcedure: there is none.
        """
        with self._lock:
            if hash_ not in self._loaded:
                self._loaded[hash_] = _load(session, hash_)
            return self._loaded[hash_]

    def of_item(self, session: Session, item: WorkItem, current: LoadedVersion) -> LoadedVersion:
        """The version by whose form a work item is read: that of its day, once it is done; else that of its case."""
        return self.get(session, item.version_hash) if item.version_hash else current

    def in_force(self, session: Session, procedure_id: str, at: datetime) -> LoadedVersion:
        """The version that a case started at `at` runs.

        Raises:
            UnknownProcedure: no version is in force then.
        """
        effect = effect_at(session, procedure_id, at)
        if effect is None:
            raise UnknownProcedure(procedure=procedure_id)
        return self.get(session, effect.version_hash)


def effect_at(session: Session, procedure_id: str, at: datetime) -> VersionEffect | None:
    """By what a case that starts at `at` would run; None where no version is in force then."""
    begun = select(VersionEffect).where(VersionEffect.procedure_id == procedure_id, VersionEffect.effective_from <= at)
    latest = begun.order_by(VersionEffect.effective_from.desc(), VersionEffect.id.desc())
    return session.scalars(latest.limit(1)).first()


def publish(
    session: Session,
    bundle: Bundle,
    *,
    actor: Actor,
    now: datetime,
    document_templates: str,
    checks: Checks,
    effective_from: datetime | None = None,
    pins: Mapping[str, str] = _NOTHING,
    facts: Mapping[str, Any] = _NOTHING,
) -> ProcedureVersion:
    """Make an immutable version of a bundle and put it in force. The same content published again changes nothing.

    Args:
        checks: all that must hold: gives findings.
        effective_from: new cases use it from then on; at once where None.
        pins: version hashes of shared parts, by id; a part without one is taken in its newest version.
        facts: what the log keeps beside the version's address: why, by whom approved.

    Raises:
        DefinitionError: the files do not make a runnable process.
    """
    shared = _shared_hashes(session, bundle, pins)
    if findings := checks(bundle, shared_bundles(session, shared)):
        raise DefinitionError(findings)
    manifest = describe(bundle, shared, document_templates)
    if (known := session.get(ProcedureVersion, manifest.hash)) is not None:
        return known
    _store_files(session, bundle, manifest.files)
    version = ProcedureVersion(
        hash=manifest.hash,
        procedure_id=bundle.id,
        kind=bundle.kind,
        number=_next_number(session, bundle.id),
        title=bundle.title,
        manifest=manifest.canonical(),
        published_at=now,
        published_by=actor.person_id,
    )
    session.add(version)
    session.flush()
    _load(session, version.hash)
    _put_in_force(session, version, "VersionPublished", actor, now, effective_from or now, facts)
    return version


def reinstate(
    session: Session,
    hash_: str,
    *,
    actor: Actor,
    now: datetime,
    effective_from: datetime,
    facts: Mapping[str, Any] = _NOTHING,
) -> ProcedureVersion:
    """Put a version that was published before in force again, under its own number.

    Raises:
        UnknownProcedure: there is no such version.
    """
    version = session.get(ProcedureVersion, hash_)
    if version is None:
        raise UnknownProcedure(procedure=hash_[:12])
    _put_in_force(session, version, "VersionReinstated", actor, now, effective_from, facts)
    return version


def _put_in_force(
    session: Session,
    version: ProcedureVersion,
    event: str,
    actor: Actor,
    now: datetime,
    effective_from: datetime,
    facts: Mapping[str, Any],
) -> None:
    effect = VersionEffect(
        procedure_id=version.procedure_id,
        version_hash=version.hash,
        effective_from=effective_from,
        decided_at=now,
        decided_by=actor.person_id,
    )
    session.add(effect)
    session.flush()
    plant(session, stored_bundle(session, version.hash), max(now, effective_from))
    address = {"hash": version.hash, "number": version.number, "kind": version.kind}
    payload = {**address, "effective_from": effective_from.isoformat(), **facts}
    events.append(session, Stream("procedure", version.procedure_id), event, payload, actor=actor, now=now)


def publish_new(
    session: Session,
    root: Path,
    *,
    actor: Actor,
    now: datetime,
    document_templates: str,
    checks: Checks,
    effective_from: datetime,
) -> list[ProcedureVersion]:
    """Publish the folders under `root` of procedures that were never published before (shared ones first).

    An owner's later change is never overwritten: a procedure that has any version is left alone. The one exception are
    shared parts that a new procedure calls and that nobody but the program ever published: the new procedure needs them
    as they ship. Their earlier callers stay pinned to what they called.
    """
    shipped = {bundle.id: bundle for bundle in map(read_folder, folders(root))}
    ordered = _callees_first(shipped)
    due = _due(session, shipped, actor)
    return [
        publish(
            session,
            bundle,
            actor=actor,
            now=now,
            document_templates=document_templates,
            checks=checks,
            effective_from=effective_from,
        )
        for bundle in ordered
        if bundle.id in due
    ]


def _due(session: Session, shipped: Mapping[str, Bundle], actor: Actor) -> set[str]:
    """Ids of the shipped procedures to publish: new ones, and what they call where no person ever changed it."""
    publishers: dict[str, set[str]] = {}
    for id_, person in session.execute(select(ProcedureVersion.procedure_id, ProcedureVersion.published_by)):
        publishers.setdefault(id_, set()).add(person)
    new = shipped.keys() - publishers.keys()
    called = {part for id_ in new for part in _called(id_, shipped)} - new
    return new | {id_ for id_ in called if publishers[id_] == {actor.person_id}}


def _called(id_: str, shipped: Mapping[str, Bundle]) -> set[str]:
    uses = [part for part in shipped[id_].uses if part in shipped]
    return set(uses).union(*(_called(part, shipped) for part in uses))


def folders(root: Path) -> list[Path]:
    """Every procedure folder under `root`."""
    return sorted(path.parent for path in root.rglob("procedure.yaml"))


def _callees_first(bundles: Mapping[str, Bundle]) -> list[Bundle]:
    ordered: dict[str, Bundle] = {}

    def visit(id_: str, above: tuple[str, ...]) -> None:
        if id_ in above:
            raise DefinitionError(
                [Finding("procedure.calls_itself", "procedure.yaml", params={"ids": " → ".join(above)})]
            )
        if id_ in bundles and id_ not in ordered:
            for used in bundles[id_].uses:
                visit(used, (*above, id_))
            ordered[id_] = bundles[id_]

    for id_ in sorted(bundles):
        visit(id_, ())
    return list(ordered.values())


def _shared_hashes(session: Session, bundle: Bundle, pins: Mapping[str, str]) -> dict[str, str]:
    hashes = {}
    for id_ in bundle.uses:
        hash_ = pins.get(id_) or newest(session, id_)
        if hash_ is None:
            raise DefinitionError([Finding("procedure.shared_unknown", "procedure.yaml", params={"id": id_})])
        hashes[id_] = hash_
    return hashes


def newest(session: Session, procedure_id: str) -> str | None:
    """Hash of the version of a procedure that was put in force last, now or to come; None where it has none."""
    decided = select(VersionEffect.version_hash).where(VersionEffect.procedure_id == procedure_id)
    return session.scalars(decided.order_by(VersionEffect.id.desc()).limit(1)).first()


def shared_bundles(session: Session, hashes: Mapping[str, str]) -> dict[str, Bundle]:
    """The shared procedures of those versions and all that they call, by id."""
    found: dict[str, Bundle] = {}
    for hash_ in hashes.values():
        bundles = [stored_bundle(session, hash_), *_stored_parts(session, hash_).values()]
        found |= {bundle.id: bundle for bundle in bundles}
    return found


def _store_files(session: Session, bundle: Bundle, digests: Mapping[str, str]) -> None:
    contents = {digests[path]: content for path, content in bundle.files.items()}
    stored = set(session.scalars(select(FileContent.sha256).where(FileContent.sha256.in_(contents))))
    session.add_all(FileContent(sha256=d, content=c) for d, c in contents.items() if d not in stored)


def _next_number(session: Session, procedure_id: str) -> int:
    highest = select(func.max(ProcedureVersion.number)).where(ProcedureVersion.procedure_id == procedure_id)
    return (session.scalar(highest) or 0) + 1


def unpublished(session: Session, bundle: Bundle, pins: Mapping[str, str]) -> LoadedVersion:
    """A version as these files would make it, to hold cases against it; nothing is stored.

    Args:
        pins: version hashes of shared parts, by id; a part without one is taken in its newest version.

    Raises:
        DefinitionError: the files do not make a runnable process.
    """
    shared = _shared_hashes(session, bundle, pins)
    files = {path: canonical.digest(content) for path, content in bundle.files.items()}
    address = canonical.digest(canonical.dumps({"files": files, "shared": shared}))
    parts = {bundle.process.id: bundle}
    for hash_ in shared.values():
        part = stored_bundle(session, hash_)
        parts |= {part.process.id: part} | _stored_parts(session, hash_)
    return _loaded(f"unpublished-{address}", bundle, parts)


def _load(session: Session, hash_: str) -> LoadedVersion:
    bundle = stored_bundle(session, hash_)
    return _loaded(hash_, bundle, {bundle.process.id: bundle} | _stored_parts(session, hash_))


def _loaded(hash_: str, bundle: Bundle, parts: Mapping[str, Bundle]) -> LoadedVersion:
    files = [(f"{part.id}/process.bpmn", part.diagram, part.process) for part in parts.values()]
    return LoadedVersion(hash_, bundle, parts, parse(bundle.process.id, files))


def _stored_parts(session: Session, hash_: str) -> dict[str, Bundle]:
    """The shared procedures that a version calls, transitively, by process id."""
    found: dict[str, Bundle] = {}
    for shared in manifest_of(session, hash_).shared.values():
        bundle = stored_bundle(session, shared)
        found |= {bundle.process.id: bundle} | _stored_parts(session, shared)
    return found


def manifest_of(session: Session, hash_: str) -> Manifest:
    """What a version consists of.

    Raises:
        UnknownProcedure: there is no such version.
    """
    row = session.get(ProcedureVersion, hash_)
    if row is None:
        raise UnknownProcedure(procedure=hash_[:12])
    return read_manifest(row.manifest)


def stored_bundle(session: Session, hash_: str) -> Bundle:
    """The files of a version, without the shared parts that it calls.

    Raises:
        UnknownProcedure: there is no such version.
    """
    digests = manifest_of(session, hash_).files
    rows = session.scalars(select(FileContent).where(FileContent.sha256.in_(digests.values())))
    contents = {row.sha256: row.content for row in rows}
    return Bundle({path: contents[digest] for path, digest in digests.items()})
