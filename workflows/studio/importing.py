"""Drafts from files drawn elsewhere: looked at before anything is kept, laid out where they bring no coordinates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.clock import local_date
from engine.errors import DefinitionError, Finding
from engine.procedures.bundle import DESCRIPTION, DIAGRAM, Bundle
from engine.procedures.diagram import read_diagram
from engine.procedures.versions import manifest_of, newest
from workflows.publication import PublicationChecks
from workflows.studio import archive, drafts, findings, paths
from workflows.studio.tables import Draft

ID: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")
UNSAFE: Final = (
    "xml.",
    "check.",
    "file.not_bpmn",
    "file.too_much_inside",
    "file.folder_too_large",
    "file.yaml_refused",
)
"""Findings with which nothing is kept; all others are for the owner to repair."""


@dataclass(frozen=True)
class Incoming:
    """What a draft may begin with: files that were examined, and what they are based on."""

    procedure_id: str
    files: Mapping[str, bytes]
    pins: dict[str, str]
    base_hash: str | None


def examined(
    session: Session,
    actor: Actor,
    name: str,
    content: bytes,
    *,
    procedure_id: str,
    checks: PublicationChecks,
    now: datetime,
) -> Incoming:
    """Look at a file from outside; nothing is kept.

    Args:
        session: for reading: examining may take seconds, in which nobody's writing should wait.
        name: the file's name: a zip with a whole procedure, or a BPMN file.
        procedure_id: whose diagram a BPMN file takes the place of.

    Raises:
        UnknownDraft: the person is no process owner.
        DefinitionError: with the findings for which the files must not be kept.
    """
    drafts.require_owner(actor)
    if content[:2] == b"PK":
        files = archive.unpacked(content, name)
        id_ = _id_of(files)
    else:
        id_ = procedure_id
        files = _with_diagram(session, id_, content)
    if not ID.fullmatch(id_):
        raise DefinitionError([Finding("studio.id", DESCRIPTION, params={"id": id_[:80]})])
    for path, one in files.items():
        paths.check_content(paths.check_path(path), one)
    base = newest(session, id_)
    pins = dict(manifest_of(session, base).shared) if base else {}
    return safe(session, id_, files, pins, base, checks=checks, now=now)


def safe(
    session: Session,
    procedure_id: str,
    files: Mapping[str, bytes],
    pins: dict[str, str],
    base_hash: str | None,
    *,
    checks: PublicationChecks,
    now: datetime,
) -> Incoming:
    """Files that may be kept, laid out where they bring no coordinates.

    Raises:
        DefinitionError: with the findings for which they must not be kept.
    """
    _require_safe(session, files, pins, checks, now)
    return Incoming(procedure_id, {**files, **_laid_out(files, checks)}, pins, base_hash)


def keep(session: Session, actor: Actor, incoming: Incoming, name: str, now: datetime) -> Draft:
    """Begin a draft with examined files."""
    return drafts.create(
        session,
        actor,
        incoming.procedure_id,
        incoming.files,
        pins=incoming.pins,
        base_hash=incoming.base_hash,
        name=name,
        now=now,
    )


def _id_of(files: Mapping[str, bytes]) -> str:
    if DESCRIPTION not in files:
        raise DefinitionError([Finding("procedure.file_missing", DESCRIPTION)])
    paths.check_content(DESCRIPTION, files[DESCRIPTION])
    return str(Bundle(files).description.get("id", ""))


def _with_diagram(session: Session, procedure_id: str, diagram: bytes) -> dict[str, bytes]:
    """The newest version with this diagram."""
    base = newest(session, procedure_id)
    if base is None:
        raise DefinitionError([Finding("studio.id", DESCRIPTION, params={"id": procedure_id[:80]})])
    return {**drafts.whole(session, base), DIAGRAM: diagram}


def _require_safe(
    session: Session, files: Mapping[str, bytes], pins: Mapping[str, str], checks: PublicationChecks, now: datetime
) -> None:
    found = findings.examine(session, files, pins, checks, local_date(now)).faults
    unsafe = [finding for finding in found if finding.code.startswith(UNSAFE)]
    if unsafe:
        raise DefinitionError(unsafe)


def _laid_out(files: Mapping[str, bytes], checks: PublicationChecks) -> dict[str, bytes]:
    """The diagram with coordinates, where it brings none or not all."""
    diagram = files.get(DIAGRAM)
    if diagram is None:
        raise DefinitionError([Finding("procedure.file_missing", DIAGRAM)])
    try:
        read_diagram(diagram)
    except DefinitionError:
        return {DIAGRAM: checks.arrange(diagram)}
    return {}
