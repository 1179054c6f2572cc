"""XML of edXML: read with distrust, checked by `edxml.xsd`, and small helpers for its elements."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from lxml import etree

from engine.clock import ZONE
from workflows.documents.edxml import errors
from workflows.documents.edxml.model import DAY

NAMESPACE: Final = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
MAX_BYTES: Final = 64 * 1024 * 1024
# A tree takes many times the memory of its text: what can begin an element or attribute is counted before it grows.
MAX_MARKUP: Final = 50_000
MAX_SHOWN: Final = 60
MOMENT: Final = "%Y/%m/%d %H:%M:%S"
_PREFIXES: Final[Any] = {None: NAMESPACE}
_DECLARED: Final = re.compile(r"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_ELEMENT: Final = re.compile(r"Element '(?:\{[^}]*\})?([^']+)'")
_LIMIT: Final = re.compile(r"maximum length of '(\d+)'")


@cache
def schema() -> etree.XMLSchema:
    """The schema, read once per process."""
    return etree.XMLSchema(file=str(Path(__file__).with_name("edxml.xsd")))


def parse(content: bytes) -> Any:
    """The root element of an untrusted package or status message, valid by the schema.

    UTF-8 is the only encoding, so that a document type cannot hide from the search for it; entities and network are
    off besides. Long texts are allowed (a file is one), up to 64 MB in all.

    Raises:
        PackageTooLarge, WrongEncoding, DoctypeFound, TooManyParts, Malformed, WrongStructure, WrongValue, TooLong.
    """
    if len(content) > MAX_BYTES:
        raise errors.PackageTooLarge(size=len(content), limit=MAX_BYTES)
    text = _text(content)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise errors.DoctypeFound()
    if text.count("<") + text.count("=") > MAX_MARKUP:
        raise errors.TooManyParts(limit=MAX_MARKUP)
    try:
        root = etree.fromstring(content, _parser())
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise errors.Malformed(line=line, column=column) from error
    check(root)
    return root


def check(root: Any) -> None:
    """Compare with the schema.

    Raises:
        WrongStructure, WrongValue, TooLong: the first defect.
    """
    valid = schema()
    if valid.validate(root):
        return
    log: Any = valid.error_log
    found = log[0]
    named = _ELEMENT.match(found.message)
    place = {"field": named[1] if named else "edXML", "line": found.line}
    if found.type_name == "SCHEMAV_CVC_MAXLENGTH_VALID" and (limit := _LIMIT.search(found.message)):
        raise errors.TooLong(limit=int(limit[1]), **place)
    structural = found.type_name in ("SCHEMAV_ELEMENT_CONTENT", "SCHEMAV_CVC_ELT_1")
    raise (errors.WrongStructure if structural else errors.WrongValue)(**place)


def serialize(root: Any) -> bytes:
    """The bytes of a message that is to leave, by the same rules that one from outside is read by."""
    check(root)
    content = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    if len(content) > MAX_BYTES:
        raise errors.PackageTooLarge(size=len(content), limit=MAX_BYTES)
    return content


def start(name: str) -> Any:
    """A root element."""
    return etree.Element(f"{{{NAMESPACE}}}{name}", nsmap=_PREFIXES)


def put(parent: Any, name: str, text: str | None = None) -> Any:
    """A new last child.

    Raises:
        Unwritable: the text holds a character that XML cannot carry.
    """
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    try:
        element.text = text
    except ValueError as error:
        raise errors.Unwritable(field=name) from error
    return element


def put_all(parent: Any, values: Mapping[str, str]) -> None:
    """A child for every value that is not empty, in their order."""
    for name, text in values.items():
        if text:
            put(parent, name, text)


def put_group(parent: Any, name: str, values: Mapping[str, str]) -> Any:
    """A child whose own children are the values that are not empty."""
    group = put(parent, name)
    put_all(group, values)
    return group


def local_name(element: Any) -> str:
    """The name of an element without its namespace."""
    return etree.QName(element).localname


def child(element: Any, path: str) -> Any:
    """The first descendant at `path` (names with slashes between); None where it or `element` is missing."""
    return None if element is None else element.find(_qualified(path))


def children(element: Any, path: str) -> list[Any]:
    """All descendants at `path`."""
    return [] if element is None else element.findall(_qualified(path))


def text_at(element: Any, path: str) -> str:
    """The text at `path` without blanks around it; empty where there is none."""
    found = child(element, path)
    return "" if found is None else (found.text or "").strip()


def day_at(element: Any, path: str) -> date:
    """The day at `path`. Raises `WrongValue`: there is no such day."""
    return _moment(element, path, DAY).date()


def moment_at(element: Any, path: str) -> datetime:
    """The moment at `path` in UTC; written is Vietnam's time."""
    return _moment(element, path, MOMENT).replace(tzinfo=ZONE).astimezone(UTC)


def moment_text(moment: datetime) -> str:
    """A moment as written in edXML."""
    return moment.astimezone(ZONE).strftime(MOMENT)


def _moment(element: Any, path: str, form: str) -> datetime:
    try:
        return datetime.strptime(text_at(element, path), form)  # noqa: DTZ007 - the zone is not written
    except ValueError as error:
        raise errors.WrongValue(field=path.rpartition("/")[2], line=element.sourceline) from error


def _qualified(path: str) -> str:
    return "/".join(f"{{{NAMESPACE}}}{step}" for step in path.split("/"))


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise errors.WrongEncoding(declared="") from error
    declared = _DECLARED.match(text)
    if declared and declared[1].lower() not in ("utf-8", "utf8"):
        raise errors.WrongEncoding(declared=declared[1][:MAX_SHOWN])
    return text


def _parser() -> Any:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )
