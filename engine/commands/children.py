"""Children: many cases instead of one giant case, each with its own lock and history.

A service task `cases.start_children` writes down what to start; each child starts by a message of its own, and its end
reaches the parent by a message: no command ever locks two cases. When the last child of a batch has ended, the parent
receives the message `children-ended` under the batch's name. Cancelling the parent cancels its children.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from engine.commands.case_run import CaseRun
from engine.errors import IncidentError
from engine.services import Service, ServiceCall
from engine.tables import ChildCase

START, ENDED_TOPIC, CANCEL = "cases.start_child", "cases.child_ended", "cases.cancel_child"
STARTING, RUNNING, ENDED, CANCELLED = "starting", "running", "ended", "cancelled"
MESSAGE = "children-ended"
MAXIMUM_CHILDREN = 1000


class BadChildren(IncidentError):
    """What a procedure wants to start cannot be read: not a list, too many, or a key or agency missing or doubled."""

    code = "children.bad_list"


def start_children(call: ServiceCall) -> Mapping[str, Any]:
    """Write down the children to start.

    Inputs: `procedure` (id), `batch` (name of this round), `children` (mappings of `key`, `agency` and `data`).
    Result: `batch`, `count`.

    Raises:
        BadChildren: see there.
    """
    batch, wanted = str(call.inputs.get("batch") or "children"), call.inputs.get("children")
    for child in _checked(wanted):
        row = ChildCase(
            parent_id=call.case.id,
            batch=batch,
            key=child["key"],
            procedure_id=str(call.inputs.get("procedure")),
            agency_id=child["agency"],
            data=dict(child.get("data") or {}),
            status=STARTING,
        )
        call.session.add(row)
        call.send(START, {"parent_id": call.case.id, "batch": batch, "key": row.key})
    return {"batch": batch, "count": len(_checked(wanted))}


SERVICES: Mapping[str, Service] = {"cases.start_children": start_children}


def messages_of_end(run: CaseRun, *, cancelled: bool) -> list[tuple[str, dict[str, str]]]:
    """What others must hear when a case ends: its parent, and where it was cancelled its children."""
    found: list[tuple[str, dict[str, str]]] = []
    own = run.session.scalars(select(ChildCase).where(ChildCase.child_id == run.case.id)).first()
    if own is not None:
        own.status, own.outcome = CANCELLED if cancelled else ENDED, run.case.outcome
        found.append((ENDED_TOPIC, {"parent_id": own.parent_id, "batch": own.batch, "key": own.key}))
    if cancelled:
        query = select(ChildCase).where(ChildCase.parent_id == run.case.id, ChildCase.status.in_((STARTING, RUNNING)))
        for child in run.session.scalars(query):
            if child.child_id is None:
                child.status, child.told = CANCELLED, True
            else:
                found.append((CANCEL, {"child_id": child.child_id}))
    return found


def _checked(wanted: object) -> Sequence[Mapping[str, Any]]:
    if not isinstance(wanted, list) or len(wanted) > MAXIMUM_CHILDREN:
        raise BadChildren(maximum=MAXIMUM_CHILDREN)
    if not all(isinstance(c, dict) and c.get("key") and c.get("agency") for c in wanted):
        raise BadChildren(maximum=MAXIMUM_CHILDREN)
    if len({child["key"] for child in wanted}) != len(wanted):
        raise BadChildren(maximum=MAXIMUM_CHILDREN)
    return wanted
