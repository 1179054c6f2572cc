"""Histories of cases as files: what releases recorded then must agree when releases of today run it again.

`python -m tests.support.histories CASE...` records cases of the store of this environment (DATA_DIR, DATABASE_URL).
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import canonical, events
from engine.events.envelope import read_envelope
from engine.events.store import RecordedEvent
from engine.procedures.bundle import Bundle
from engine.procedures.versions import LoadedVersion
from engine.services import Stream
from engine.spiff.parser import parse
from engine.tables import Case, Event
from web import create_app
from web.current import current_container

FOLDER = Path(__file__).parent.parent / "histories"
_LOG, _VERSION = "events.jsonl", "version.json"
_ANY_DAY = (2026, 1, 1, 0, 0, 0)


def read(path: Path) -> tuple[LoadedVersion, list[RecordedEvent]]:
    """The version and the log in a recorded file."""
    with zipfile.ZipFile(path) as file:
        about = canonical.loads(file.read(_VERSION))
        bundles = {id_: Bundle(dict(_files(file, f"{id_}/"))) for id_ in about["procedures"]}
        lines = [canonical.loads(line) for line in file.read(_LOG).splitlines()]
    parts = {bundle.process.id: bundle for bundle in bundles.values()}
    own = bundles[about["procedure"]]
    diagrams = [(f"{part.id}/process.bpmn", part.diagram, part.process) for part in parts.values()]
    version = LoadedVersion(about["hash"], own, parts, parse(own.process.id, diagrams))
    log = [
        RecordedEvent(one["seq"], one["type"], one["hash"], read_envelope(one["envelope"].encode()), one["payload"])
        for one in lines
    ]
    return version, log


def write(session: Session, version: LoadedVersion, case: Case) -> Path:
    """Record a case of this release."""
    path = FOLDER / f"{case.procedure_id}-{case.code}.zip"
    about = {"hash": version.hash, "procedure": version.bundle.id, "procedures": [p.id for p in version.parts.values()]}
    stream = Stream("case", case.id)
    envelopes = dict(session.execute(select(Event.seq, Event.envelope).where(Event.stream_id == case.id)).all())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        _put(file, _VERSION, canonical.dumps(about))
        for part in version.parts.values():
            for name, content in sorted(part.files.items()):
                _put(file, f"{part.id}/{name}", content)
        lines = [
            canonical.dumps(
                {
                    "seq": one.seq,
                    "type": one.type,
                    "hash": one.hash,
                    "envelope": bytes(envelopes[one.seq]).decode(),
                    "payload": one.payload,
                }
            )
            for one in events.read(session, stream)
        ]
        _put(file, _LOG, b"\n".join(lines))
    return path


def _files(file: zipfile.ZipFile, folder: str) -> Iterator[tuple[str, bytes]]:
    for name in file.namelist():
        if name.startswith(folder):
            yield name.removeprefix(folder), file.read(name)


def _put(file: zipfile.ZipFile, name: str, content: bytes) -> None:
    file.writestr(zipfile.ZipInfo(name, _ANY_DAY), content, zipfile.ZIP_DEFLATED)


def main(codes: list[str]) -> None:
    with create_app().app_context():
        container = current_container()
        with container.read() as session:
            for case in session.scalars(select(Case).where(Case.code.in_(codes))):
                sys.stdout.write(f"{write(session, container.engine.versions.get(session, case.version_hash), case)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
