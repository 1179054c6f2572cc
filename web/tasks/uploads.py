"""Files that come with a form: names made harmless and sizes checked before anything is stored."""

from __future__ import annotations

import re
from collections.abc import Sequence

from werkzeug.datastructures import FileStorage, MultiDict

from engine.commands import Upload
from engine.errors import FieldError, InvalidForm
from engine.forms import Form
from web.config import MAX_FILE_BYTES, MAX_REQUEST_BYTES
from web.formatting import nfc, size

Files = MultiDict[str, FileStorage]
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')
MAX_NAME = 150


def clean_name(name: str | None) -> str:
    """A file name without folders and control characters, in NFC, with its ending kept when it is cut."""
    last = nfc(name or "").replace("\\", "/").rsplit("/", 1)[-1]
    plain = _UNSAFE.sub("_", last).strip(" .") or "tep"
    stem, dot, ending = plain.rpartition(".")
    if not dot or len(ending) > 10:
        return plain[:MAX_NAME]
    return f"{stem[: MAX_NAME - len(ending) - 1]}.{ending}"


def read_uploads(form: Form, files: Files) -> dict[str, Sequence[Upload]]:
    """The files of each attachment field.

    Raises:
        InvalidForm: a file is empty or too large, all together are too large, or the form takes no files here.
    """
    names = {field.name for field in form.fields if field.type == "attachments"}
    chosen = {name: [f for f in files.getlist(name) if f.filename] for name in files}
    stray = [name for name, found in chosen.items() if found and name not in names]
    if stray:
        raise InvalidForm({stray[0]: [FieldError("upload.not_here")]})
    uploads = {name: [read_file(name, one) for one in found] for name, found in chosen.items() if found}
    if sum(len(one.content) for found in uploads.values() for one in found) > MAX_REQUEST_BYTES:
        error = FieldError("upload.request_too_large", {"limit": size(MAX_REQUEST_BYTES)})
        raise InvalidForm({next(iter(uploads)): [error]})
    return dict(uploads)


def read_file(field: str, file: FileStorage) -> Upload:
    """One file of a field. Raises `InvalidForm` where it is empty or too large."""
    name = clean_name(file.filename)
    content = file.stream.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        given = file.stream.seek(0, 2)
        params = {"name": name, "size": size(given), "limit": size(MAX_FILE_BYTES)}
        raise InvalidForm({field: [FieldError("upload.file_too_large", params)]})
    if not content:
        raise InvalidForm({field: [FieldError("upload.empty", {"name": name})]})
    return Upload(name, file.mimetype or "application/octet-stream", content)
