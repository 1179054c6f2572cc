"""A whole procedure as one zip file; what comes from outside is unpacked with limits, and refused with findings."""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from engine.errors import DefinitionError, Finding
from engine.procedures.bundle import DESCRIPTION
from engine.procedures.checks.examination import MAX_FILES, MAX_TOTAL
from engine.procedures.xml import MAX_BYTES
from workflows.studio import paths
from workflows.studio.errors import BadPath

DATED: Final = (1980, 1, 1, 0, 0, 0)
"""Every entry bears the same moment: the same files make the same zip."""
METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_FOLDER: Final = re.compile(r"([a-z0-9][a-z0-9_-]{0,79})/")


def packed(files: Mapping[str, bytes], folder: str) -> bytes:
    """The files as a zip, below a folder."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{folder}/{path}", DATED)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return target.getvalue()


def unpacked(content: bytes, file: str) -> dict[str, bytes]:
    """The files of a procedure in a zip from outside, by path; a folder around them all is left out.

    Args:
        file: the zip's name, for findings.

    Raises:
        DefinitionError: no zip, one that is damaged, encrypted or unpacks to more than a procedure may be, or files
            that do not belong to a procedure; nothing of it was unpacked beyond the limits.
    """
    if len(content) > MAX_TOTAL:
        raise _refused("file.folder_too_large", file, files=1, size=len(content))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return dict(_entries(archive, file))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError, OSError, RuntimeError) as error:
        raise _refused("studio.zip", file) from error


def _entries(archive: zipfile.ZipFile, file: str) -> Iterator[tuple[str, bytes]]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MAX_FILES:
        raise _refused("file.folder_too_large", file, files=len(entries), size=len(entries))
    around, seen, total = _folder_around(entries), set[str](), 0
    for entry in entries:
        path = _path(entry, around, seen)
        content = _content(archive, entry, path)
        total += len(content)
        if total > MAX_TOTAL:
            raise _refused("file.folder_too_large", file, files=len(entries), size=total)
        yield path, content


def _folder_around(entries: list[zipfile.ZipInfo]) -> str:
    """The folder in which the description lies; all must lie in it."""
    for entry in entries:
        folder = entry.filename.removesuffix(DESCRIPTION)
        if entry.filename.endswith(DESCRIPTION) and _FOLDER.fullmatch(folder):
            return folder
    return ""


def _path(entry: zipfile.ZipInfo, around: str, seen: set[str]) -> str:
    name = entry.filename
    path = name.removeprefix(around)
    try:
        paths.check_path(path)
    except BadPath as error:
        raise _refused("studio.path", name[:200], path=name[:200]) from error
    odd = entry.flag_bits & 1 or entry.compress_type not in METHODS or stat.S_ISLNK(entry.external_attr >> 16)
    if odd or path in seen:
        raise _refused("studio.zip_entry", path)
    seen.add(path)
    return path


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: str) -> bytes:
    """The file, read no further than one byte beyond what is allowed, whatever its head says."""
    with archive.open(entry) as opened:
        content = opened.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise _refused("xml.too_large", path, size=entry.file_size, limit=MAX_BYTES)
    return content


def _refused(code: str, file: str, **params: Any) -> DefinitionError:
    return DefinitionError([Finding(code, file, params=params)])
