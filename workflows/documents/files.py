"""The files that go with a document: what a draft has of them, and how they are named where they leave the program."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from engine.services import Blobs
from workflows.documents.edxml.model import File
from workflows.documents.model import EnclosedFile

_MEDIA: Final = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "zip": "application/zip",
}
"""By the ending alone, and not by what a machine knows: a second try of a sending makes the same bytes."""


def enclosed(kept: Sequence[EnclosedFile], new: Iterable[EnclosedFile]) -> tuple[EnclosedFile, ...]:
    """The files of a draft with those that come to them: each content once, each under a name of its own."""
    found = list(kept)
    for file in new:
        if all(file.sha256 != one.sha256 for one in found):
            found.append(EnclosedFile(_own_name(file.name, {one.name for one in found}), file.sha256, file.size))
    return tuple(found)


def contents(blobs: Blobs, files: Iterable[EnclosedFile]) -> list[File]:
    """The files as they leave the program."""
    return [File(one.name, media_type(one.name), blobs.get(one.sha256)) for one in files]


def media_type(name: str) -> str:
    """Media type by the ending of a name."""
    return _MEDIA.get(name.rpartition(".")[2].lower(), "application/octet-stream")


def _own_name(name: str, taken: set[str]) -> str:
    stem, dot, ending = name.rpartition(".") if "." in name else (name, "", "")
    tries = (f"{stem} ({number}){dot}{ending}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(one for one in tries if one not in taken)
