"""The variables: can what an expression reads exist where it is read?

A name is told where no step that can come before, or run beside, sets it. Whether it surely exists on every way is not
asked: forms have fields that appear only sometimes, and `defined("…")` is there for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from engine import expressions
from engine.errors import ExpressionError
from engine.forms import Form
from engine.forms.notes import placeholders
from engine.procedures.bundle import DIAGRAM, Bundle
from engine.procedures.checks.findings import SHOWN, Findings
from engine.procedures.checks.folder import Folder
from engine.procedures.checks.graph import Graph
from engine.procedures.checks.writes import written_by
from engine.procedures.model import Element
from engine.spiff.scopes import CASE_FACTS


def known_names(bundle: Bundle) -> dict[str, frozenset[str]]:
    """The variables that can exist when a token comes to a step, or takes a sequence flow, by id.

    Raises:
        DefinitionError: the diagram cannot be read.
    """
    folder, process = Folder(bundle.files), bundle.process
    known = Variables(Graph(process), folder.forms, folder.given, Findings(DIAGRAM), decidable=True)
    found = {id_: known.at(element) for id_, element in process.elements.items()}
    left = {
        id_: known.at(process.elements[id_], after=True) for id_ in {flow.source for flow in process.flows} & set(found)
    }
    return found | {flow.id: left[flow.source] for flow in process.flows if flow.source in left}


class Variables:
    """What can exist at each step of one process.

    Args:
        given: variables that the process begins with.
        decidable: whether the forms are there; without them nobody can tell what exists.
    """

    def __init__(
        self, graph: Graph, forms: Mapping[str, Form], given: Iterable[str], findings: Findings, *, decidable: bool
    ) -> None:
        self._graph, self._forms, self._findings, self._decidable = graph, forms, findings, decidable
        self._given = frozenset(given) | {CASE_FACTS}

    @cached_property
    def written(self) -> Mapping[str, frozenset[str]]:
        """What each element sets."""
        return {id_: written_by(element, self._forms) for id_, element in self._graph.elements.items()}

    @cached_property
    def anywhere(self) -> frozenset[str]:
        """Everything that can exist at any time."""
        items = {e.multiple.item for e in self._graph.elements.values() if e.multiple and e.multiple.item}
        return self._given.union(items, *self.written.values())

    def at(self, reader: Element, *, after: bool = False) -> frozenset[str]:
        """What can exist when a token comes to `reader`, or (`after`) when it leaves it."""
        names = set(self._given)
        beside = self._graph.concurrent(reader.id)
        for id_, written in self.written.items():
            writer = self._graph.elements[id_]
            earlier = reader.id in self._graph.reach(id_) or id_ in beside or (after and id_ == reader.id)
            if written and earlier:
                names |= self._seen_by(reader, writer, written)
        for holder in [reader, *self._graph.around(reader)]:
            if holder.multiple and holder.multiple.item:
                names.add(holder.multiple.item)
        return frozenset(names)

    def _seen_by(self, reader: Element, writer: Element, written: frozenset[str]) -> frozenset[str]:
        """What a run of several writes stays in it; only what is collected leaves it."""
        around = {reader.id, *(holder.id for holder in self._graph.around(reader))}
        for holder in [writer, *self._graph.around(writer)]:
            if holder.multiple and holder.id not in around:
                return written & {holder.multiple.output} if holder is writer else frozenset()
        return written

    def check(self, text: str | None, reader: Element, what: str, names: Iterable[str]) -> None:
        """Tell the names that an expression reads and that cannot exist; unreadable expressions are told elsewhere."""
        if not self._decidable:
            return
        try:
            read = expressions.names(text or "")
        except ExpressionError:
            return
        for name in sorted(read - set(names)):
            code = "variable.not_yet" if name in self.anywhere else "variable.unknown"
            shown = (text or "").strip()[:SHOWN]
            self._findings.at(code, reader, variable=name, what=what, expression=shown)

    def check_form(self, reader: Element, form: Form) -> None:
        """What a form's conditions, prefilled values and notes read: variables, and the form's own fields."""
        names = self.at(reader) | {field.name for field in form.fields}
        for field in form.fields:
            for text in (field.when, field.prefill, *(p for note in field.text.values() for p in placeholders(note))):
                if text:
                    self.check(text, reader, f"form {form.id}: {field.name}", names)
