"""A small procedure in several versions: ask, answer within a time, close."""

from __future__ import annotations

from typing import Any

from engine.procedures.bundle import Bundle
from engine.tables import ProcedureVersion
from tests.support.small import complete, form, install, procedure, start, task
from tests.support.world import SPECIALIST, World

OWNER = "quytrinh"
RULE = (
    "{id}:\n  name: {{vi: {id}}}\n  regimes:\n    - {{from: 2020-01-01, clock: hours, amount: {hours}, start: null,"
    " source: TK, basis: '', confidence: V, note: {{vi: x}}}}\n"
)
TIMER = "<bpmn:timerEventDefinition><bpmn:timeDuration>{}</bpmn:timeDuration></bpmn:timerEventDefinition>"


def soon(hours: int, rule: str = "soon") -> str:
    """The file of one deadline rule in hours."""
    return RULE.format(id=rule, hours=hours)


def dated(id_: str, form_: str, rule: str = "soon", **attributes: str) -> str:
    """A task with that deadline."""
    return task(id_, form_, **attributes).replace(
        "</bpmn:extensionElements>", f'<ph:deadline rule="{rule}"/></bpmn:extensionElements>'
    )


def letter(hours: int = 48, *, element: str = "answer", **forms: Any) -> Bundle:
    """Ask, then answer within a time, then close."""
    return procedure(
        "letter",
        ["startEvent s", task("ask", "ask"), dated(element, "answer"), task("close", "close"), "endEvent e"],
        ["s ask", f"ask {element}", f"{element} close", "close e"],
        forms={"ask": form("question"), "answer": form("reply"), "close": form("note"), **forms},
        deadlines=soon(hours),
    )


def latest(world: World, procedure_id: str) -> str:
    """Hash of the newest version."""
    rows = world.rows(ProcedureVersion, procedure_id=procedure_id)
    return str(max(rows, key=lambda row: row.number).hash)


def asked(world: World) -> str:
    """A case that waits for the answer."""
    install(world, letter())
    case_id = start(world, "letter", SPECIALIST).case_id
    complete(world, case_id, "ask", SPECIALIST, question="Vì sao?")
    return case_id
