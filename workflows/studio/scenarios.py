"""Scenario files beside versions: they try a version and are no part of it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import canonical
from engine.actors import SYSTEM
from engine.tables import FileContent, ProcedureVersion
from workflows.studio.tables import VersionScenario


def keep(session: Session, version_hash: str, files: Mapping[str, bytes]) -> None:
    """Keep scenario files beside a version, in place of those that were there.

    Args:
        files: contents by path, as in a draft (`scenarios/…`).
    """
    digests = {path: canonical.digest(content) for path, content in files.items()}
    known = set(session.scalars(select(FileContent.sha256).where(FileContent.sha256.in_(digests.values()))))
    new = {digests[path]: content for path, content in files.items() if digests[path] not in known}
    session.add_all(FileContent(sha256=sha256, content=content) for sha256, content in new.items())
    beside = select(VersionScenario).where(VersionScenario.version_hash == version_hash)
    for row in session.scalars(beside):
        session.delete(row)
    session.flush()
    session.add_all(
        VersionScenario(version_hash=version_hash, path=path, sha256=sha256) for path, sha256 in digests.items()
    )
    session.flush()


def of_version(session: Session, version_hash: str) -> dict[str, bytes]:
    """The scenario files kept beside a version, by path."""
    beside = select(VersionScenario.path, FileContent.content).join(
        FileContent, FileContent.sha256 == VersionScenario.sha256
    )
    ordered = beside.where(VersionScenario.version_hash == version_hash).order_by(VersionScenario.path)
    return {row.path: row.content for row in session.execute(ordered)}


def without(session: Session) -> dict[str, str]:
    """The procedures that the program published and whose versions have no scenarios yet: id → its newest version."""
    having = select(ProcedureVersion.procedure_id).join(
        VersionScenario, VersionScenario.version_hash == ProcedureVersion.hash
    )
    shipped = select(ProcedureVersion.procedure_id, ProcedureVersion.hash).where(
        ProcedureVersion.published_by == SYSTEM.person_id, ProcedureVersion.procedure_id.not_in(having)
    )
    return {row.procedure_id: row.hash for row in session.execute(shipped.order_by(ProcedureVersion.number))}
