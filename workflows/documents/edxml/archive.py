"""One file of a package: a zip with this one file, as base64. What comes from outside is unpacked with distrust."""

from __future__ import annotations

import base64
import binascii
import io
import re
import zipfile
import zlib
from typing import Final

from workflows.documents.edxml import errors

MAX_FILES: Final = 50
MAX_FILE_BYTES: Final = 20 * 1024 * 1024
MAX_TOTAL_BYTES: Final = 40 * 1024 * 1024
MAX_NAME: Final = 200
MAX_RATIO: Final = 200
# Below this size a high ratio harms nobody (a page of blanks).
_HARMLESS: Final = 1024 * 1024
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_BLANKS: Final = b" \t\r\n"
# The other methods unpack without a limit, whatever one asks for.
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_FORBIDDEN: Final = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]')
_DEVICES: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def check_name(name: str) -> str:
    """The name itself, if it can only ever be a file in the folder where it is put.

    Raises:
        UnsafeName: parts of a path, hidden or reversing characters, device names, no or too long a name.
    """
    bad = not name or len(name) > MAX_NAME or name != name.strip() or name.startswith(".") or name.endswith(".")
    if bad or _FORBIDDEN.search(name) or _DEVICES.fullmatch(name):
        raise errors.UnsafeName(name=name[:MAX_NAME])
    return name


def check_distinct(names: list[str]) -> None:
    """Raises `NameTwice`: in one folder the second file would replace the first."""
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            raise errors.NameTwice(name=name)
        seen.add(name.casefold())


def pack(name: str, content: bytes) -> str:
    """The file as base64 of a zip: the same text every time. Stored, because office files are compressed already."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(check_name(name), _EPOCH), content)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def unpack(name: str, text: str, left: int = MAX_TOTAL_BYTES) -> bytes:
    """The file inside.

    Args:
        name: what the package calls the file, for the refusal.
        text: base64, line breaks allowed.
        left: bytes that all files of the package may still take.

    Raises:
        WrongBase64, DamagedArchive, NotOneEntry, UnsafeName, FileTooLarge, ZipBomb.
    """
    packed = _decode(name, text)
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            return _read(name, archive, len(packed), min(left, MAX_FILE_BYTES))
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, ValueError, EOFError, OSError) as error:
        raise errors.DamagedArchive(name=name) from error


def _decode(name: str, text: str) -> bytes:
    try:
        return base64.b64decode(text.encode("ascii").translate(None, _BLANKS), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise errors.WrongBase64(name=name) from error


def _read(name: str, archive: zipfile.ZipFile, packed: int, limit: int) -> bytes:
    """Read no further than allowed: the size that the archive declares is not to be trusted."""
    entries = archive.infolist()
    if len(entries) != 1:
        raise errors.NotOneEntry(name=name, count=len(entries))
    check_name(entries[0].orig_filename)
    if entries[0].compress_type not in _METHODS:
        raise errors.DamagedArchive(name=name)
    plausible = max(_HARMLESS, MAX_RATIO * packed)
    with archive.open(entries[0]) as file:
        content = file.read(min(limit, plausible) + 1)
    if len(content) > plausible:
        raise errors.ZipBomb(name=name, limit=MAX_RATIO)
    if len(content) > limit:
        raise errors.FileTooLarge(name=name, limit=limit)
    return content
