"""Reads XML that came from outside: no document type, no entities, no network, bounded size. Names BPMN's
namespaces.
"""

from __future__ import annotations

from typing import Any, Final

from lxml import etree

from engine.errors import DefinitionError, Finding

MAX_BYTES: Final = 2 * 1024 * 1024
BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI: Final = "http://www.omg.org/spec/BPMN/20100524/DI"
DC: Final = "http://www.omg.org/spec/DD/20100524/DC"
DI: Final = "http://www.omg.org/spec/DD/20100524/DI"
NAMESPACES: Final = {"bpmn": BPMN, "bpmndi": BPMNDI, "dc": DC, "di": DI}


def parse(content: bytes, file: str) -> Any:
    """Read an untrusted XML file.

    Args:
        content: the file's bytes, in the encoding that its declaration names.
        file: its path, for the finding.

    Returns:
        The root element (lxml).

    Raises:
        DefinitionError: `xml.too_large` (over 2 MB), `xml.doctype`, or `xml.malformed` with line and column.
    """
    if len(content) > MAX_BYTES:
        raise DefinitionError([Finding("xml.too_large", file, params={"size": len(content), "limit": MAX_BYTES})])
    try:
        root = etree.fromstring(content, _parser())
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise DefinitionError([Finding("xml.malformed", file, params={"line": line, "column": column})]) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise DefinitionError([Finding("xml.doctype", file)])
    return root


def local_name(element: Any) -> str:
    """The tag of an element without its namespace; empty for comments and processing instructions."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def is_bpmn(element: Any) -> bool:
    """Whether the element belongs to the BPMN model namespace."""
    return isinstance(element.tag, str) and etree.QName(element).namespace == BPMN


def _parser() -> Any:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_blank_text=False,
    )
