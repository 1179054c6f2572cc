"""Which step can come after which, through sub-processes and boundary events; nothing is evaluated."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Final

from engine.procedures.model import Element, Flow, Process

WAITING_KINDS: Final = frozenset({"userTask", "manualTask", "receiveTask"})
WAITING_EVENTS: Final = frozenset({"timer", "message", "signal"})
SPLITS: Final = frozenset({"parallelGateway", "inclusiveGateway"})


class Graph:
    """The steps of a process and the ways between them.

    Args:
        process: what is drawn.
        call_waits: whether a call activity surely waits for something; a call of an unknown process is taken to.
    """

    def __init__(self, process: Process, call_waits: Callable[[Element], bool] = lambda element: True) -> None:
        self.process, self.elements = process, process.elements
        self._call_waits = call_waits
        self.out: dict[str, list[Flow]] = defaultdict(list)
        self.into: dict[str, list[Flow]] = defaultdict(list)
        for flow in process.flows:
            if flow.source in self.elements and flow.target in self.elements:
                self.out[flow.source].append(flow)
                self.into[flow.target].append(flow)
        self.inside: dict[str, list[Element]] = defaultdict(list)
        self.boundaries: dict[str, list[Element]] = defaultdict(list)
        for element in self.elements.values():
            self.inside[element.container].append(element)
            if element.kind == "boundaryEvent" and element.attached_to:
                self.boundaries[element.attached_to].append(element)
        self._reached: dict[str, frozenset[str]] = {}

    def containers(self) -> list[str]:
        """The process and its embedded sub-processes."""
        return [self.process.id, *(e.id for e in self.elements.values() if e.kind == "subProcess")]

    def starts(self, container: str) -> list[Element]:
        """Start events of a container."""
        return [e for e in self.inside[container] if e.kind == "startEvent"]

    def around(self, element: Element) -> list[Element]:
        """The sub-processes around an element, innermost first."""
        found: dict[str, Element] = {}
        while (holder := self.elements.get(element.container)) is not None and holder.id not in found:
            found[holder.id] = element = holder
        return list(found.values())

    @cached_property
    def successors(self) -> dict[str, tuple[str, ...]]:
        """What can come directly after each element."""
        return {id_: tuple(dict.fromkeys(self._successors(e))) for id_, e in self.elements.items()}

    def _successors(self, element: Element) -> Iterator[str]:
        yield from (event.id for event in self.boundaries[element.id])
        for holder in self.around(element):
            yield from (event.id for event in self.boundaries[holder.id])
        if element.kind == "subProcess":
            yield from (start.id for start in self.starts(element.id))
        elif self.out[element.id]:
            yield from (flow.target for flow in self.out[element.id])
        else:
            yield from self._after_end(element)

    def _after_end(self, element: Element) -> Iterator[str]:
        """An end inside a sub-process leads to what follows that; a raised error only to its boundary events."""
        if element.event == "error":
            return
        for holder in self.around(element):
            if self.out[holder.id]:
                yield from (flow.target for flow in self.out[holder.id])
                return

    def reach(self, id_: str) -> frozenset[str]:
        """Everything that can come after an element; itself only where a cycle leads back."""
        if id_ not in self._reached:
            self._reached[id_] = frozenset(self.closure(self.successors[id_]))
        return self._reached[id_]

    def closure(self, starts: Iterable[str], without: Callable[[Element], bool] = lambda element: False) -> set[str]:
        """The given elements and all after them, on ways that avoid what `without` says."""
        seen: set[str] = set()
        stack = list(starts)
        while stack:
            id_ = stack.pop()
            if id_ not in seen and not without(self.elements[id_]):
                seen.add(id_)
                stack.extend(self.successors[id_])
        return seen

    def leading_to(self, targets: Iterable[str]) -> set[str]:
        """The given elements and all from which one of them can be reached."""
        before: dict[str, list[str]] = defaultdict(list)
        for id_, following in self.successors.items():
            for after in following:
                before[after].append(id_)
        seen: set[str] = set()
        stack = list(targets)
        while stack:
            id_ = stack.pop()
            if id_ not in seen:
                seen.add(id_)
                stack.extend(before[id_])
        return seen

    def waits(self, element: Element) -> bool:
        """Whether a token surely stands still there until a person, a moment or an event comes."""
        if element.kind == "callActivity":
            return self._call_waits(element)
        return element.kind in WAITING_KINDS or (element.event in WAITING_EVENTS and _catches(element))

    def passes_without_waiting(self, container: str) -> bool:
        """Whether a token can run through a process or sub-process without standing still anywhere."""
        within = {e.id for e in self.elements.values() if container in (e.container, *(h.id for h in self.around(e)))}
        begin = [e.id for e in self.starts(container)]
        seen = self.closure(begin, lambda e: self.waits(e) or e.id not in within)
        return any(e.id in seen and not self.out[e.id] and e.kind != "subProcess" for e in self.inside[container])

    def circles(self) -> Iterator[Element]:
        """One element of each way that leads in a circle without waiting."""
        told: set[str] = set()
        for element in self.elements.values():
            if element.id in told or self.waits(element):
                continue
            circle = self.closure(self.successors[element.id], self.waits)
            if element.id in circle:
                told |= {id_ for id_ in circle if element.id in self.closure(self.successors[id_], self.waits)}
                yield element

    def concurrent(self, one: str) -> set[str]:
        """Elements that may run beside `one`: on another branch of a split, or beside a reminder."""
        found: set[str] = set()
        for ways in self._splits:
            mine = [way for way in ways if one in way]
            if mine:
                found |= {id_ for way in ways for id_ in way if any(way is not other for other in mine)}
        return found

    @cached_property
    def _splits(self) -> list[list[frozenset[str]]]:
        """For each split the elements on each of its branches."""
        branches = []
        for element in self.elements.values():
            starts: list[str] = []
            if element.kind in SPLITS and len(self.out[element.id]) > 1:
                starts = [flow.target for flow in self.out[element.id]]
            reminders = [e.id for e in self.boundaries[element.id] if not e.interrupting]
            if reminders:
                starts = [element.id, *reminders]
            if starts:
                branches.append([frozenset({start}) | self.reach(start) for start in starts])
        return branches


def _catches(element: Element) -> bool:
    return element.kind in ("intermediateCatchEvent", "boundaryEvent", "startEvent")
