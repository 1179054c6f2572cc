"""Where a notice is written in a procedure and what it may read there; past papers to look at it with."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.clock import local_date
from engine.procedures.bundle import Bundle
from engine.queries.visibility import may_see_case
from engine.tables import Case, Event, EventPayload

ALWAYS: Final = frozenset({"case", "law"})
"""What every notice may read: facts of the case, and the texts of its own regimes."""
DRAFTING: Final = "documents.draft"
LATEST: Final = 400


@dataclass(frozen=True)
class Use:
    """A step that writes the notice.

    Args:
        names: what it hands over; None where that is only known when it runs.
    """

    element: str
    name: str
    names: frozenset[str] | None


@dataclass(frozen=True)
class Past:
    """A paper written with this notice: the case, and what the notice was given."""

    code: str
    title: str
    law_on: date
    values: Mapping[str, Any]


def uses(bundles: Iterable[Bundle], path: str) -> list[Use]:
    """The steps that name the notice, in the procedure's own diagram and in those of the shared parts that it calls."""
    return [
        Use(element.id, element.name or element.id, _handed_over(element.inputs.get("variables")))
        for bundle in bundles
        for element in bundle.process.elements.values()
        if path in _texts(element.inputs.values())
    ]


def undeclared(read: frozenset[str], found: list[Use]) -> dict[str, list[str]]:
    """Names that the notice reads and a step does not hand over, by the step's id."""
    missing = {use.element: sorted(read - use.names - ALWAYS) for use in found if use.names is not None}
    return {element: names for element, names in missing.items() if names}


def past(session: Session, actor: Actor, procedure_id: str, path: str) -> list[Past]:
    """What cases of the procedure that the person may see gave to this notice, the latest first."""
    rows = session.execute(
        select(EventPayload.payload, Case.code, Case.title, Case.received_at)
        .join(Event, Event.hash == EventPayload.event_hash)
        .join(Case, Case.id == Event.stream_id)
        .where(Event.type == "ServiceCompleted", Event.stream_kind == "case", Case.procedure_id == procedure_id)
        .where(may_see_case(actor))
        .order_by(Event.recorded_at.desc())
        .limit(LATEST)
    )
    found: dict[str, Past] = {}
    for payload, code, title, received_at in rows:
        said = orjson.loads(payload)
        if said.get("service") == DRAFTING and said["inputs"].get("template") == path:
            values = said["inputs"].get("variables") or {}
            case = {"code": code, "title": title, "received_at": received_at.isoformat()}
            found.setdefault(code, Past(code, title, local_date(received_at), {**values, "case": case}))
    return list(found.values())


def _texts(expressions: Any) -> set[str]:
    """Every text that is written out in these expressions."""
    return {
        node.value
        for expression in expressions
        if (tree := _tree(expression)) is not None
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def _handed_over(expression: str | None) -> frozenset[str] | None:
    if not expression:
        return frozenset()
    tree = _tree(expression)
    if not isinstance(tree, ast.Expression) or not isinstance(tree.body, ast.Dict):
        return None
    keys = list(_keys(tree.body))
    return frozenset(keys) if len(keys) == len(tree.body.keys) else None


def _keys(written: ast.Dict) -> Iterator[str]:
    for key in written.keys:
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value


def _tree(expression: str) -> ast.Expression | None:
    try:
        return ast.parse(expression.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
