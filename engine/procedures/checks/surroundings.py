"""What a procedure may refer to outside itself: registered services and the shared procedures that it calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from engine.errors import DefinitionError
from engine.procedures.bundle import Bundle
from engine.procedures.checks.graph import Graph
from engine.procedures.checks.writes import written_by
from engine.procedures.model import Element


@dataclass(frozen=True)
class Part:
    """A shared procedure, as far as its callers must know it."""

    bundle: Bundle

    @property
    def process_id(self) -> str:
        """What callers name."""
        return self.bundle.process.id

    @property
    def inputs(self) -> frozenset[str]:
        """Variables that it begins with."""
        inputs = self.bundle.description.get("inputs")
        return frozenset(map(str, inputs)) if isinstance(inputs, dict) else frozenset()

    @cached_property
    def variables(self) -> frozenset[str]:
        """Every variable that can exist in it."""
        elements = self.bundle.process.elements.values()
        return self.inputs.union(*(written_by(element, self.bundle.forms) for element in elements))

    @property
    def calls(self) -> frozenset[str]:
        """Ids of the processes that it calls."""
        return frozenset(e.called for e in self.bundle.process.elements.values() if e.called)


@dataclass(frozen=True)
class Surroundings:
    """What is known outside the procedure.

    Args:
        services: names of the registered services; None where they are not known.
        shared: files of the shared procedures by id; None where they are not known.
    """

    services: frozenset[str] | None = None
    shared: Mapping[str, Mapping[str, bytes]] | None = None

    @cached_property
    def parts(self) -> Mapping[str, Part]:
        """The shared procedures that can be read, by process id. What cannot be read has findings of its own."""
        found: dict[str, Part] = {}
        for files in (self.shared or {}).values():
            try:
                part = Part(Bundle(files))
                found[part.process_id] = part
                _ = part.variables
            except DefinitionError:
                continue
        return found

    def call_waits(self, element: Element) -> bool:
        """Whether a call surely waits for something; unknown processes are taken to, and are told elsewhere."""
        return self._waits(element.called or "", ())

    def _waits(self, process_id: str, above: tuple[str, ...]) -> bool:
        part = self.parts.get(process_id)
        if part is None or process_id in above:
            return True
        graph = Graph(part.bundle.process, lambda e: self._waits(e.called or "", (*above, process_id)))
        return not graph.passes_without_waiting(process_id)
