"""What goes between a program and the process that examines files for it: frames of JSON, file contents in base64."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, BinaryIO, Final

from engine.errors import Finding
from engine.procedures.checks.surroundings import Surroundings

HEAD: Final = struct.Struct(">I")
Files = Mapping[str, bytes]


def frame(message: Any) -> bytes:
    """A message as it is sent; values that JSON does not know are sent as text."""
    data = json.dumps(message, default=str).encode()
    return HEAD.pack(len(data)) + data


def receive(stream: BinaryIO) -> dict[str, Any] | None:
    """The next message; None at the end of the stream."""
    head = stream.read(HEAD.size)
    return read_body(stream.read(HEAD.unpack(head)[0])) if len(head) == HEAD.size else None


def read_body(data: bytes) -> dict[str, Any]:
    """The message in a frame, without its head."""
    message: dict[str, Any] = json.loads(data)
    return message


def request(files: Files, known: Surroundings) -> dict[str, Any]:
    """What the examining process is asked."""
    return {
        "files": _pack(files),
        "services": sorted(known.services) if known.services is not None else None,
        "shared": {id_: _pack(f) for id_, f in known.shared.items()} if known.shared is not None else None,
    }


def read_request(message: Mapping[str, Any]) -> tuple[dict[str, bytes], Surroundings]:
    """The request that `request` made."""
    services, shared = message["services"], message["shared"]
    known = Surroundings(
        services=frozenset(services) if services is not None else None,
        shared={id_: _unpack(f) for id_, f in shared.items()} if shared is not None else None,
    )
    return _unpack(message["files"]), known


def arrangement(content: bytes) -> dict[str, Any]:
    """A BPMN file that the examining process is to lay out."""
    return {"arrange": base64.b64encode(content).decode()}


def read_arrangement(message: Mapping[str, Any]) -> bytes | None:
    """The file of `arrangement`, or a file that was laid out; None for other messages."""
    return base64.b64decode(message["arrange"]) if "arrange" in message else None


def answer(findings: Sequence[Finding]) -> dict[str, Any]:
    """What the examining process says."""
    return {"findings": [asdict(finding) for finding in findings]}


def read_answer(message: Mapping[str, Any]) -> list[Finding]:
    """The findings that `answer` packed."""
    return [Finding(**finding) for finding in message["findings"]]


def _pack(files: Files) -> dict[str, str]:
    return {path: base64.b64encode(content).decode() for path, content in files.items()}


def _unpack(files: Mapping[str, str]) -> dict[str, bytes]:
    return {path: base64.b64decode(content) for path, content in files.items()}
