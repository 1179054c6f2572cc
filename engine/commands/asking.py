"""A case asks for a case of another procedure; `starting` opens it in a transaction of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.errors import IncidentError
from engine.services import Service, ServiceCall
from engine.tables import AskedCase
from engine.unit_of_work import new_id

TOPIC = "cases.start_asked"


class BadStart(IncidentError):
    """A case that a procedure asks for cannot be begun: it names no procedure, or no agency."""

    code = "starting.bad_request"


def start_case(call: ServiceCall) -> Mapping[str, Any]:
    """The service `cases.start_case`: ask for a case of another procedure, which grows out of this one.

    Inputs: `procedure` (id), `agency` (who starts it), `data` (its variables), `reason`. Result: `request`, an id.

    Raises:
        BadStart: see there.
    """
    said = {name: call.inputs.get(name) for name in ("procedure", "agency")}
    if not all(isinstance(value, str) and value for value in said.values()):
        raise BadStart(procedure=str(said["procedure"]), agency=str(said["agency"]))
    row = AskedCase(
        id=new_id(),
        asker_id=call.case.id,
        procedure_id=str(said["procedure"]),
        agency_id=str(said["agency"]),
        data=dict(call.inputs.get("data") or {}),
        reason=str(call.inputs.get("reason") or ""),
    )
    call.session.add(row)
    call.send(TOPIC, {"request_id": row.id})
    return {"request": row.id}


SERVICES: Mapping[str, Service] = {"cases.start_case": start_case}
