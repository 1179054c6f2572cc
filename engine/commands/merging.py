"""Merging a case into another about the same matter: it asks, the other answers, and no command ever locks two cases.

1. A service task `cases.merge_into` of the first case asks.
2. The other case takes over which agencies worked in the first, or refuses: it has ended, or is being merged itself.
   Where it was merged into a third, the third is asked.
3. The first case hears `case-merged` or `merge-refused`, under the key that the service gave it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine.errors import IncidentError
from engine.services import Service, ServiceCall
from engine.tables import Case, CaseLink
from engine.unit_of_work import new_id

MERGING = "merging"
"""Kind of a link whose other case has not answered yet."""
ASK, ANSWER = "cases.merge", "cases.merge_answered"
ACCEPTED, REFUSED = "case-merged", "merge-refused"


class BadMerge(IncidentError):
    """A procedure wants to merge a case into itself, or into one that does not exist."""

    code = "merging.bad_target"


def merge_into(call: ServiceCall) -> Mapping[str, Any]:
    """Ask another case to take this one in.

    Inputs: `code` (the other case's), `reason`. Result: `merge_id`, the key under which the answer comes.

    Raises:
        BadMerge: see there.
    """
    code = str(call.inputs.get("code") or "")
    other_id = call.session.scalar(select(Case.id).where(Case.code == code))
    if other_id is None or other_id == call.case.id:
        raise BadMerge(code=code)
    link = CaseLink(
        id=new_id(),
        case_id=call.case.id,
        other_id=other_id,
        kind=MERGING,
        reason=str(call.inputs.get("reason") or ""),
        person_id=call.actor.person_id,
        linked_at=call.now,
    )
    call.session.add(link)
    call.send(ASK, {"link_id": link.id})
    return {"merge_id": link.id}


SERVICES: Mapping[str, Service] = {"cases.merge_into": merge_into}
