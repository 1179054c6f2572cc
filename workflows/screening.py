"""Marks of state secrets are looked for in whatever is handed in, at every door, before anything of it is stored.

Quy chế, Điều 5.5. It runs before the transaction begins, so that reading a long file holds up nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.commands import Upload
from engine.errors import FieldError, InvalidForm
from workflows import secrecy

SPOKEN = ("reason", "notice", "symbol")
"""What people write beside forms."""


def screen(command: object) -> None:
    """Refuse a form with a mark of secrecy in its text or files.

    Raises:
        InvalidForm: names the field, never the text; nothing was stored.
    """
    texts: dict[str, Any] = {**getattr(command, "data", {})}
    texts |= {name: text for name in SPOKEN if isinstance(text := getattr(command, name, None), str)}
    try:
        secrecy.refuse_marked_data(texts)
        for field, file in _files(command):
            secrecy.refuse_marked_file(field, file.content, file.media_type, file.filename)
    except secrecy.SecretMarkFound as error:
        raise InvalidForm({error.params["field"]: [FieldError(error.code, error.params)]}) from error


def _files(command: object) -> Iterable[tuple[str, Upload]]:
    attachments: Mapping[str, Iterable[Upload]] = getattr(command, "attachments", {})
    yield from ((field, file) for field, files in attachments.items() for file in files)
    yield from (("scan", file) for file in getattr(command, "scan", ()))
