"""Writing an export: the history, what it names, and all that proves it, in one file that can be checked elsewhere.

The export is itself an event, which states how long each chosen stream was. Then everything gets its position, a
checkpoint is signed over it, and only what that checkpoint covers is written. Files need no list of their own: each is
named by its SHA-256, and the events name them.
"""

from __future__ import annotations

import secrets
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
from sqlalchemy import LargeBinary, Select, cast, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from engine import canonical, events
from engine.actors import Actor
from engine.database import reading, writing
from engine.errors import NotFound
from engine.events.verify import streams as all_streams
from engine.proof import keys
from engine.proof.errors import LogBroken
from engine.proof.exported.verify import files_of
from engine.proof.merkle import consistency, inclusion
from engine.proof.notary import Notary
from engine.proof.sequencing import Tree
from engine.proof.tables import Checkpoint, LogEntry
from engine.services import Blobs, Stream
from engine.tables import Event, EventPayload, EventStream, FileContent, ProcedureVersion

ENCLOSED = Path(__file__).parent / "exported"
PROGRAM = ("README.txt", "verify.py")


@dataclass
class Exported:
    """What was written; `missing` names files that events name and that are not there."""

    events: int = 0
    files: int = 0
    missing: list[str] = field(default_factory=list)
    checkpoint: str = ""


def export(
    notary: Notary, blobs: Blobs, path: Path, *, cases: Sequence[Stream] | None, actor: Actor, codes: Sequence[str] = ()
) -> Exported:
    """Write an export.

    Args:
        path: file to write; it is there once it is whole.
        cases: their streams; the whole store where None.
        codes: the codes of these cases, for the record.

    Raises:
        NoLog, KeyFileMissing: nothing can be signed.
        LogBroken: the log has a hole, so there is no proof to write.
    """
    chosen = _record(notary, cases, codes, actor)
    checkpoint = notary.up_to_date()
    assert checkpoint is not None
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with zipfile.ZipFile(draft, "x", zipfile.ZIP_DEFLATED) as archive, reading(notary.database) as session:
            done = _Writer(archive, session, blobs, checkpoint, cases is None).write(chosen)
        draft.replace(path)
    except NoResultFound as error:
        raise LogBroken() from error
    finally:
        draft.unlink(missing_ok=True)
    return done


def _record(
    notary: Notary, cases: Sequence[Stream] | None, codes: Sequence[str], actor: Actor
) -> dict[Stream, int] | None:
    """Put the export on record. Returns the streams to write with their lengths, None for all."""
    own = Stream("audit", f"export-{uuid4()}")
    with writing(notary.database) as session:
        keys.log_of(session)
        named = [] if cases is None else [*cases, keys.KEYS]
        heads = [session.get_one(EventStream, {"kind": one.kind, "id": one.id}) for one in named]
        payload = {
            "complete": cases is None,
            "cases": list(codes),
            "streams": [[f"{one.kind}-{one.id}", one.length, one.last_hash] for one in heads],
            "program": {name: canonical.digest((ENCLOSED / name).read_bytes()) for name in PROGRAM},
        }
        events.append(session, own, "HistoryExported", payload, actor=actor, now=notary.clock.now())
        lengths = {Stream(one.kind, one.id): one.length for one in heads} | {own: 1}
    return None if cases is None else lengths


@dataclass
class _Writer:
    """Writes one archive, event by event; all that it keeps are names of files."""

    archive: zipfile.ZipFile
    session: Session
    blobs: Blobs
    checkpoint: Checkpoint
    complete: bool
    done: Exported = field(default_factory=Exported)
    versions: set[str] = field(default_factory=set)
    contents: set[str] = field(default_factory=set)

    def write(self, chosen: Mapping[Stream, int] | None) -> Exported:
        """All of it; of the chosen streams what was there when the export was put on record."""
        for name in PROGRAM:
            self.archive.write(ENCLOSED / name, name)
        self.tree = Tree(self.session, self.checkpoint.size)
        lengths = dict.fromkeys(all_streams(self.session)) if chosen is None else chosen
        for stream, length in lengths.items():
            self._lines(f"events/{stream.kind}-{stream.id}.jsonl", self._events(stream, length))
        self._versions()
        for name in sorted(self.contents):
            self._file(name, self._content(name.rpartition("/")[2]))
        self.archive.writestr("log/checkpoint.txt", self.checkpoint.note)
        self._lines("log/checkpoints.jsonl", self._checkpoints(), always=True)
        self.done.checkpoint = self.checkpoint.note
        return self.done

    def _events(self, stream: Stream, length: int | None) -> Iterator[dict[str, Any]]:
        for position, envelope, salt, payload in self.session.execute(_rows(stream, self.checkpoint.size, length)):
            self._note(envelope, payload)
            self.done.events += 1
            line = {
                "position": position,
                "envelope": _text(envelope),
                "salt": salt.hex() if salt is not None else None,
                "payload": _text(payload),
            }
            if not self.complete:
                path = inclusion(position, self.checkpoint.size, self.tree.node)
                line["inclusion"] = [one.hex() for one in path]
            yield line

    def _note(self, envelope: bytes, payload: bytes | None) -> None:
        """Keep the names of files; what somebody made unreadable names none, and does not verify either."""
        try:
            said = canonical.loads(payload) if payload is not None else {}
            named = set(files_of(canonical.loads(envelope), said))
        except (ValueError, KeyError, TypeError):
            return
        self.versions |= {name for name in named if name.startswith("versions/")}
        self.contents |= {name for name in named if name.startswith("content/")}

    def _versions(self) -> None:
        """The manifests of the versions and of all that these call."""
        waiting, known = sorted(self.versions), set(self.versions)
        while waiting:
            name = waiting.pop()
            row = self.session.get(ProcedureVersion, name.rpartition("/")[2])
            self._file(name, row.manifest if row else None)
            try:
                manifest = canonical.loads(row.manifest) if row else {"files": {}, "shared": {}}
                self.contents |= {f"content/{one}" for one in manifest["files"].values()}
                new = {f"versions/{one}" for one in manifest["shared"].values()} - known
            except (ValueError, KeyError, TypeError, AttributeError):
                continue
            waiting, known = waiting + sorted(new), known | new

    def _content(self, sha256: str) -> bytes | None:
        found = self.session.scalars(select(FileContent.content).where(FileContent.sha256 == sha256)).first()
        if found is not None:
            return found
        try:
            return self.blobs.get(sha256)
        except NotFound:
            return None

    def _file(self, name: str, content: bytes | None) -> None:
        if content is None:
            self.done.missing.append(name)
            return
        self.archive.writestr(name, content)
        self.done.files += 1

    def _checkpoints(self) -> Iterator[dict[str, Any]]:
        earlier = select(Checkpoint).where(Checkpoint.size < self.checkpoint.size).order_by(Checkpoint.size)
        for one in self.session.scalars(earlier.execution_options(yield_per=1000)):
            path = consistency(one.size, self.checkpoint.size, self.tree.node)
            yield {"note": one.note, "consistency": [node.hex() for node in path]}

    def _lines(self, name: str, lines: Iterator[dict[str, Any]], *, always: bool = False) -> None:
        """One JSON file, a line each; none where there is no line."""
        first = next(lines, None)
        if first is None and not always:
            return
        with self.archive.open(name, "w", force_zip64=True) as file:
            for line in chain([first] if first is not None else [], lines):
                file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))


def _rows(stream: Stream, size: int, length: int | None) -> Select[*tuple[Any, ...]]:
    """The stream's events below a size of the log: position, envelope, salt, payload."""
    statement = (
        select(
            LogEntry.position,
            cast(Event.envelope, LargeBinary),
            cast(EventPayload.salt, LargeBinary),
            cast(EventPayload.payload, LargeBinary),
        )
        .join(LogEntry, LogEntry.event_hash == Event.hash)
        .outerjoin(EventPayload, EventPayload.event_hash == Event.hash)
        .where(Event.stream_kind == stream.kind, Event.stream_id == stream.id, LogEntry.position < size)
        .order_by(Event.seq)
        .execution_options(yield_per=1000)
    )
    return statement.where(Event.seq <= length) if length is not None else statement


def _text(data: bytes | None) -> str | None:
    """The bytes as text; bytes that are none were altered, and do not verify in this way either."""
    return data.decode("utf-8", "replace") if data is not None else None
