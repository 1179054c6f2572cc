"""A diagram as a table: each element with who does it, what follows, and why it exists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from engine.procedures.model import Element, Process
from web import words
from web.language import _
from web.legal import Basis, bases, recorded_ends
from workflows.law.clauses import Ended


@dataclass(frozen=True)
class Next:
    """What may follow a step."""

    id: str
    name: str
    label: str


@dataclass(frozen=True)
class Step:
    """One row of the table."""

    id: str
    name: str
    kind: str
    lane: str
    duty: str
    next: tuple[Next, ...]
    legal: tuple[Basis, ...]


def steps(process: Process, today: date) -> list[Step]:
    """The rows, in the order in which the flow reaches them; bases as for a case received today."""
    ended = recorded_ends()
    return [_step(process, process.elements[id_], today, ended) for id_ in _in_order(process)]


def _step(process: Process, element: Element, today: date, ended: Sequence[Ended]) -> Step:
    return Step(
        id=element.id,
        name=name_of(element),
        kind=kind(element),
        lane=element.lane.name if element.lane else "",
        duty=words.duty(element.duty) if element.is_person_task else "",
        next=tuple(
            Next(flow.target, name_of(process.elements[flow.target]), flow.name)
            for flow in process.flows
            if flow.source == element.id
        ),
        legal=bases(element.legal, today, today, ended),
    )


def name_of(element: Element) -> str:
    """The element's name; nameless joins are called by their kind."""
    return element.name or kind(element)


def kind(element: Element) -> str:
    """What an element is, in words."""
    return _("Mốc thời gian") if element.is_timer else kind_name(element.kind)


def kind_name(code: str) -> str:
    """What elements of a BPMN kind are called."""
    names = {
        "userTask": _("Việc của người"),
        "manualTask": _("Việc của người"),
        "serviceTask": _("Việc tự động"),
        "sendTask": _("Gửi đi"),
        "receiveTask": _("Chờ tin"),
        "businessRuleTask": _("Bảng quyết định"),
        "callActivity": _("Quy trình con"),
        "subProcess": _("Quy trình con"),
        "exclusiveGateway": _("Rẽ một nhánh"),
        "parallelGateway": _("Nhánh song song"),
        "inclusiveGateway": _("Rẽ một hoặc nhiều nhánh"),
        "eventBasedGateway": _("Chờ sự kiện nào đến trước"),
        "startEvent": _("Bắt đầu"),
        "endEvent": _("Kết thúc"),
        "intermediateCatchEvent": _("Chờ sự kiện"),
        "intermediateThrowEvent": _("Phát sự kiện"),
        "boundaryEvent": _("Sự kiện kèm theo"),
    }
    return names.get(code, code)


def _in_order(process: Process) -> list[str]:
    """Every step before what follows it, as far as loops allow: depth first, written down on the way back."""
    found: dict[str, None] = {}
    seen: set[str] = set()

    def visit(id_: str) -> None:
        if id_ in seen:
            return
        seen.add(id_)
        for target in reversed(_after(process, id_)):
            visit(target)
        found[id_] = None

    for element in process.elements.values():
        if element.kind == "startEvent":
            visit(element.id)
    return [*reversed(found), *(id_ for id_ in process.elements if id_ not in seen)]


def _after(process: Process, id_: str) -> list[str]:
    """What may come next; events on the border of a step come right after it."""
    attached = [e.id for e in process.elements.values() if e.attached_to == id_]
    return [*attached, *(flow.target for flow in process.flows if flow.source == id_)]
