"""The first layer: is it a BPMN 2.0 file at all, safe to read and true to the schema?"""

from __future__ import annotations

from itertools import islice
from typing import Any

from lxml import etree

from engine.errors import DefinitionError
from engine.procedures.checks.findings import SHOWN, Findings
from engine.procedures.xml import BPMN, parse
from engine.spiff.schema import bpmn_schema

MAXIMUM_SCHEMA_FINDINGS = 20
MAXIMUM_ELEMENTS = 30_000
MAXIMUM_ATTRIBUTES = 200
MAXIMUM_FLOWS = 2_000


def read(content: bytes, findings: Findings) -> Any:
    """The root element of a BPMN file, or None where there is nothing to look at further."""
    try:
        root = parse(content, findings.file)
    except DefinitionError as error:
        findings.extend(error.findings)
        return None
    if root.tag != f"{{{BPMN}}}definitions":
        findings.add("file.not_bpmn", found=str(root.tag)[:SHOWN])
        return None
    if not _within_limits(root, findings):
        return None
    _against_schema(root, findings)
    return root


def _within_limits(root: Any, findings: Findings) -> bool:
    """No schema is asked about a file that no drawing tool writes."""
    for number, node in enumerate(root.iter()):
        if number > MAXIMUM_ELEMENTS or len(node.attrib) > MAXIMUM_ATTRIBUTES:
            findings.add("file.too_much_inside", elements=MAXIMUM_ELEMENTS, attributes=MAXIMUM_ATTRIBUTES)
            return False
    flows = sum(1 for _ in root.iter(f"{{{BPMN}}}sequenceFlow"))
    if flows > MAXIMUM_FLOWS:
        findings.add("structure.too_many_flows", count=flows, limit=MAXIMUM_FLOWS)
    return flows <= MAXIMUM_FLOWS


def _against_schema(root: Any, findings: Findings) -> None:
    schema = bpmn_schema()
    if schema.validate(root):
        return
    for error in islice(iter(schema.error_log), MAXIMUM_SCHEMA_FINDINGS):  # type: ignore[call-overload]
        element = _element_at(root, error.path)
        findings.add(
            "file.schema", element.get("id"), element.get("name"), line=error.line, why=_plain(error.message)[:SHOWN]
        )


def _element_at(root: Any, path: str | None) -> Any:
    """The nearest element with an id around the place that the schema names."""
    try:
        prefixes = {prefix: uri for prefix, uri in root.nsmap.items() if prefix}
        found = root.getroottree().xpath(path, namespaces=prefixes) if path else []
    except etree.XPathError:
        found = []
    node = found[0] if found and isinstance(found[0], etree._Element) else root
    while node.get("id") is None and node.getparent() is not None:
        node = node.getparent()
    return node


def _plain(message: str) -> str:
    """The schema's complaint without the long namespace."""
    return message.replace(f"{{{BPMN}}}", "")
