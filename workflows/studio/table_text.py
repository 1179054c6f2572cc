"""A decision table as a grid that a person edits, read from its DMN file and written back into it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from lxml import etree

from engine.decisions import DMN, POLICIES
from engine.errors import DefinitionError, Finding
from engine.procedures.xml import parse

ANYTHING: Final = "-"
REWRITTEN: Final = ("input", "output", "rule")


@dataclass
class Column:
    """A column: of an input what it reads, of an output its name in the case."""

    id: str
    label: str
    says: str


@dataclass
class Row:
    """A rule: one cell for each column, and a note for people."""

    id: str
    tests: list[str]
    results: list[str]
    note: str = ""


@dataclass
class Grid:
    """The whole table."""

    name: str
    policy: str
    inputs: list[Column] = field(default_factory=list)
    outputs: list[Column] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def add_row(self, at: int) -> None:
        """A rule that fits anything, before the row with that number."""
        id_ = _free("rule", [row.id for row in self.rows])
        self.rows.insert(at, Row(id_, [ANYTHING] * len(self.inputs), ['""'] * len(self.outputs)))

    def add_input(self) -> None:
        """A column to test, which every rule lets pass."""
        self.inputs.append(Column(_free("input", [one.id for one in self.inputs]), "", "''"))
        for row in self.rows:
            row.tests.append(ANYTHING)

    def add_output(self) -> None:
        """One more result, an empty text in every rule."""
        taken = [one.says for one in self.outputs]
        self.outputs.append(Column(_free("output", [one.id for one in self.outputs]), "", _free("result", taken)))
        for row in self.rows:
            row.results.append('""')

    def drop_output(self, at: int) -> None:
        """One result less."""
        del self.outputs[at]
        for row in self.rows:
            del row.results[at]

    def drop_input(self, at: int) -> None:
        """One column less."""
        del self.inputs[at]
        for row in self.rows:
            del row.tests[at]

    def move(self, at: int, step: int) -> None:
        """Bring a rule up or down; with FIRST the order decides."""
        row = self.rows.pop(at)
        self.rows.insert(max(0, at + step), row)


def new(id_: str, name: str) -> bytes:
    """The file of a table with one column to test, one result, and one rule that fits anything."""
    root = parse(f'<definitions xmlns="{DMN}" namespace="urn:phoihop:procedures"/>'.encode(), id_)
    root.set("id", f"definitions_{id_}")
    root.set("name", name)
    table = _new(_new(root, "decision", id_, name=name), "decisionTable", f"{id_}_table", hitPolicy="FIRST")
    grid = Grid(name, "FIRST", outputs=[Column("output_1", "", "result")], rows=[Row("rule_1", [], ['""'])])
    grid.add_input()
    return write(grid, etree.tostring(table.getroottree()), id_)


def read(content: bytes, file: str) -> Grid:
    """The grid of a file.

    Raises:
        DefinitionError: it is no DMN file with one table.
    """
    root = parse(content, file)
    decision, table = _table(root, file)
    return Grid(
        name=decision.get("name") or "",
        policy=table.get("hitPolicy", "UNIQUE"),
        inputs=[
            Column(one.get("id", ""), one.get("label", ""), _text(one, "inputExpression"))
            for one in _of(table, "input")
        ],
        outputs=[Column(one.get("id", ""), one.get("label", ""), one.get("name", "")) for one in _of(table, "output")],
        rows=[_row(one) for one in _of(table, "rule")],
    )


def write(grid: Grid, before: bytes, file: str) -> bytes:
    """The file with this grid in place of its table; everything else in it stays.

    Raises:
        DefinitionError: as `read`.
    """
    root = parse(before, file)
    decision, table = _table(root, file)
    decision.set("name", grid.name)
    if grid.policy in POLICIES:
        table.set("hitPolicy", grid.policy)
    kinds = {one.get("id"): one for part in REWRITTEN for one in _of(table, part)}
    for one in [one for part in REWRITTEN for one in _of(table, part)]:
        table.remove(one)
    for column in grid.inputs:
        _input(table, column, kinds.get(column.id))
    for column in grid.outputs:
        made = _new(table, "output", column.id, name=column.says, label=column.label)
        made.set("typeRef", _kind_of(kinds.get(column.id)))
    for row in grid.rows:
        _rule(table, row)
    etree.indent(root)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written + b"\n"


def _table(root: Any, file: str) -> tuple[Any, Any]:
    tables = root.findall(f"{{{DMN}}}decision/{{{DMN}}}decisionTable")
    if len(tables) != 1:
        raise DefinitionError([Finding("decision_definition.one_table", file)])
    return tables[0].getparent(), tables[0]


def _of(table: Any, part: str) -> list[Any]:
    found: list[Any] = table.findall(f"{{{DMN}}}{part}")
    return found


def _text(element: Any, part: str) -> str:
    found = element if not part else element.find(f"{{{DMN}}}{part}")
    return (found.findtext(f"{{{DMN}}}text") or "").strip() if found is not None else ""


def _row(rule: Any) -> Row:
    return Row(
        id=rule.get("id", ""),
        tests=[_text(one, "") for one in _of(rule, "inputEntry")],
        results=[_text(one, "") for one in _of(rule, "outputEntry")],
        note=(rule.findtext(f"{{{DMN}}}description") or "").strip(),
    )


def _input(table: Any, column: Column, before: Any) -> None:
    made = _new(table, "input", column.id, label=column.label)
    old = before.find(f"{{{DMN}}}inputExpression") if before is not None else None
    id_ = old.get("id") if old is not None else f"{column.id}_expression"
    expression = _new(made, "inputExpression", id_, typeRef=_kind_of(old))
    _new(expression, "text").text = column.says


def _kind_of(element: Any) -> str:
    return (element.get("typeRef") if element is not None else None) or "string"


def _rule(table: Any, row: Row) -> None:
    made = _new(table, "rule", row.id)
    if row.note:
        _new(made, "description").text = row.note
    for number, test in enumerate(row.tests, start=1):
        _new(_new(made, "inputEntry", f"{row.id}_input_{number}"), "text").text = test or ANYTHING
    for number, result in enumerate(row.results, start=1):
        name = f"{row.id}_output" if len(row.results) == 1 else f"{row.id}_output_{number}"
        _new(_new(made, "outputEntry", name), "text").text = result


def _new(parent: Any, tag: str, id_: str | None = None, **attributes: str) -> Any:
    said = {"id": id_, **attributes} if id_ else dict(attributes)
    return etree.SubElement(parent, f"{{{DMN}}}{tag}", {key: value for key, value in said.items() if value})


def _free(prefix: str, taken: list[str]) -> str:
    return next(name for number in range(1, len(taken) + 2) if (name := f"{prefix}_{number}") not in taken)
