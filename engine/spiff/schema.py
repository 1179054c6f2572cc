"""The BPMN 2.0 schema, which SpiffWorkflow ships."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import SpiffWorkflow.bpmn.parser
from lxml import etree


@cache
def bpmn_schema() -> etree.XMLSchema:
    """The schema, read once per process."""
    folder = Path(SpiffWorkflow.bpmn.parser.__file__).parent / "schema"
    return etree.XMLSchema(file=str(folder / "BPMN20.xsd"))
