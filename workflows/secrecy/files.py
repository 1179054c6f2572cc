"""Looking for marks of secret documents inside files. What the content is decides, not what its sender calls it."""

from __future__ import annotations

import html
import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from workflows.secrecy.marks import SecrecyHit, scan_file_name, scan_text
from workflows.secrecy.pdf_text import ENCRYPTED
from workflows.secrecy.xml_text import NotReadable, xml_text

CLEAN = "clean"
MARK_FOUND = "mark_found"
COULD_NOT_READ = "could_not_read"

MAX_PARTS = 2_000
MAX_PART_BYTES = 20 * 1024 * 1024
MAX_TOTAL_BYTES = 60 * 1024 * 1024
PDF_SECONDS = 20

_PDF_TEXT = Path(__file__).with_name("pdf_text.py")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"RIFF")
_ENCODINGS = ("cp1258", "latin-1")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_OFFICE = ("[Content_Types].xml", "content.xml")
_PROPERTIES = ("docProps/", "meta.xml", "settings.xml", "[Content_Types].xml")
"""Parts about the file: searched for marks too, but they do not show that its pages hold any text."""


@dataclass(frozen=True)
class _Piece:
    text: str
    is_content: bool = True


@dataclass(frozen=True)
class FileScan:
    """What the search in a file came to.

    Args:
        status: clean, mark_found, or could_not_read: then nobody has looked, and a person must.
        hit: the mark found.
        reason: why it could not be read: image, encrypted, damaged, too_large, no_text or unknown_type.
    """

    status: str
    hit: SecrecyHit | None = None
    reason: str | None = None


def scan_file(content: bytes, media_type: str, filename: str) -> FileScan:
    """Search the name and the content of a file for marks.

    Reads text, HTML, PDF (text of the first pages), and the XML inside DOCX, XLSX, PPTX, ODT, ODS, ODP.

    Args:
        content: the whole file.
        media_type: what the sender says it is; only used to tell HTML from plain text.
        filename: as sent.
    """
    named = scan_file_name(filename)
    if named is not None:
        return FileScan(MARK_FOUND, named)
    try:
        return _result(_pieces(content, media_type))
    except NotReadable as problem:
        return FileScan(COULD_NOT_READ, reason=problem.reason)


def _result(pieces: Iterable[_Piece]) -> FileScan:
    empty = True
    for piece in pieces:
        hit = scan_text(piece.text)
        if hit is not None:
            return FileScan(MARK_FOUND, hit)
        empty = empty and not (piece.is_content and piece.text.strip())
    return FileScan(COULD_NOT_READ, reason="no_text") if empty else FileScan(CLEAN)


def _pieces(content: bytes, media_type: str) -> Iterable[_Piece]:
    if content[:1024].lstrip().startswith(b"%PDF"):
        return _pdf(content)
    if content.startswith(b"PK\x03\x04"):
        return _office(content)
    if content.startswith(_IMAGES):
        raise NotReadable("image")
    return _plain(content, media_type)


def _plain(content: bytes, media_type: str) -> list[_Piece]:
    """Text in Unicode, or in both old encodings where it is not: they cannot be told apart."""
    if content.startswith(b"{\\rtf"):
        raise NotReadable("unknown_type")
    if content.startswith(_UTF16):
        return [_Piece(_without_tags(content.decode("utf-16", "replace"), media_type))]
    if b"\x00" in content:
        raise NotReadable("unknown_type")
    try:
        texts = [content.decode("utf-8-sig")]
    except UnicodeDecodeError:
        texts = [content.decode(encoding, "replace") for encoding in _ENCODINGS]
    return [_Piece(_without_tags(text, media_type)) for text in texts]


def _without_tags(text: str, media_type: str) -> str:
    if "html" not in media_type and "xml" not in media_type:
        return text
    return html.unescape(_TAG.sub("\n", text))


def _office(content: bytes) -> Iterator[_Piece]:
    """The text of every XML part, one after the other, within limits on number and size (an archive may be a bomb)."""
    try:
        archive = zipfile.ZipFile(BytesIO(content))
        parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError):
        raise NotReadable("damaged") from None
    names = {part.filename for part in parts}
    if names.isdisjoint(_OFFICE):
        raise NotReadable("unknown_type")
    if len(parts) > MAX_PARTS:
        raise NotReadable("too_large")
    return _parts(archive, [part for part in parts if part.filename.endswith(".xml")])


def _parts(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> Iterator[_Piece]:
    left = MAX_TOTAL_BYTES
    for part in parts:
        data = _part(archive, part, min(left, MAX_PART_BYTES))
        left -= len(data)
        yield _Piece(xml_text(data), is_content=not part.filename.startswith(_PROPERTIES))


def _part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, limit: int) -> bytes:
    """One part of an archive, read no further than `limit`: the size it declares is not to be trusted."""
    try:
        with archive.open(part) as file:
            data = file.read(limit + 1)
    except RuntimeError:  # how zipfile says that a password is missing
        raise NotReadable("encrypted") from None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError):
        raise NotReadable("damaged") from None
    if len(data) > limit:
        raise NotReadable("too_large")
    return data


def _pdf(content: bytes) -> list[_Piece]:
    try:
        done = subprocess.run(
            [sys.executable, "-P", str(_PDF_TEXT)], input=content, capture_output=True, timeout=PDF_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise NotReadable("too_large") from None
    if done.returncode == ENCRYPTED:
        raise NotReadable("encrypted")
    if done.returncode != 0:
        raise NotReadable("damaged")
    return [_Piece(done.stdout.decode("utf-8", "replace"))]
