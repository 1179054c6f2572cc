"""The secrecy gate: nothing that bears the mark of a state secret may enter this system.

A system on a network may not hold state secrets (the law on the protection of state secrets; Điều 5.5 of the
regulation). Before anything is stored, texts and files are searched for the marks MẬT, TỐI MẬT, TUYỆT MẬT (`marks`
explains by which rules). On a hit the caller refuses with `SecretMarkFound`, and neither stores nor logs what was
given.

A machine finds marks, not secrets: a scan or photograph cannot be read (`could_not_read` says so, for the officer to
confirm), and a picture inside a document is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.errors import Rejected
from workflows.secrecy.files import FileScan, scan_file
from workflows.secrecy.marks import SecrecyHit, scan_file_name, scan_text

__all__ = [
    "FileScan",
    "SecrecyHit",
    "SecretMarkFound",
    "refuse_marked_data",
    "refuse_marked_file",
    "scan_data",
    "scan_file",
    "scan_file_name",
    "scan_text",
]


class SecretMarkFound(Rejected):
    """Something given bears the mark of a state secret.

    Deliberately knows neither the text nor the name of the file: only in which field (or that it was a file) and which
    mark.
    """

    code = "secrecy.mark_found"

    def __init__(self, *, field: str, level: str) -> None:
        super().__init__(field=field, level=level)


def scan_data(data: Mapping[str, Any]) -> tuple[str, SecrecyHit] | None:
    """Search all texts of a form's values, nested ones too; the name of the field and the hit, or None."""
    for field, value in data.items():
        for text in _texts(value):
            hit = scan_text(text)
            if hit is not None:
                return field, hit
    return None


def refuse_marked_data(data: Mapping[str, Any]) -> None:
    """Refuse values of a form that bear a mark. Raises `SecretMarkFound`."""
    found = scan_data(data)
    if found is not None:
        raise SecretMarkFound(field=found[0], level=found[1].level)


def refuse_marked_file(field: str, content: bytes, media_type: str, filename: str) -> FileScan:
    """Refuse a file that bears a mark; otherwise say whether it could be read. Raises `SecretMarkFound`."""
    scan = scan_file(content, media_type, filename)
    if scan.hit is not None:
        raise SecretMarkFound(field=field, level=scan.hit.level)
    return scan


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)
