"""Gives a BPMN file without coordinates a diagram that a person would be glad to print.

Columns by longest path, rows by lane, right-angled ways that pass through nothing, labels that fit. Pure Python and
deterministic: the same file always gets the same bytes (docs/adr/0004-own-layout.md).
"""

from __future__ import annotations

from engine.errors import DefinitionError, Finding
from engine.procedures.layout.arrange import WIDTH_LIMIT, arrange
from engine.procedures.layout.check import LayoutFault, Measure, check_layout, measure
from engine.procedures.layout.graph import read_graph
from engine.procedures.layout.write import write_diagram
from engine.procedures.xml import parse

__all__ = ["WIDTH_LIMIT", "LayoutFault", "Measure", "check_layout", "layout", "measure"]


def layout(content: bytes, *, file: str = "process.bpmn") -> bytes:
    """Write coordinates into a BPMN file.

    Args:
        content: BPMN with or without coordinates; old ones are replaced.
        file: its path, for findings.

    Returns:
        The same bytes with a new BPMNDiagram; ids, comments, extension elements and their order stay.

    Raises:
        DefinitionError: `xml.*` for unreadable files, `layout.nothing` without a process that has nodes.
    """
    root = parse(content, file)
    graph = read_graph(root)
    if not graph.nodes:
        raise DefinitionError([Finding("layout.nothing", file)])
    return write_diagram(content, root, graph, arrange(graph))
