"""Which agency does a step: by an expression (an agency, or `role:…`), else by the role of its lane on this day."""

from __future__ import annotations

from engine.clock import local_date
from engine.commands.case_run import CaseRun
from engine.errors import IncidentError
from engine.expressions import evaluate
from engine.services import ROLE, Binding
from engine.spiff.machine import OpenStep


class NoPerformer(IncidentError):
    """A step whose agency cannot be told: no lane, no role, and no expression that gives one."""

    code = "work_item.no_performer"


def performer(run: CaseRun, step: OpenStep, own: str | None) -> tuple[str, Binding | None]:
    """The agency of a step: its own expression, else its lane's expression, else the lane's role on this day.

    Raises:
        NoPerformer, IncidentError, ExpressionError: none of them gives an agency that exists today.
    """
    lane, today = step.element.lane, local_date(run.uow.now)
    expression = own or (lane.agency if lane else None)
    if expression:
        agency_id = evaluate(expression, run.machine.scope(step.token))
        if not isinstance(agency_id, str) or not agency_id:
            raise NoPerformer(element=step.element.id, value=str(agency_id))
        if agency_id.startswith(ROLE):
            return _bound(run, agency_id.removeprefix(ROLE))
        run.uow.ports.directory.agency_name(run.session, agency_id, today)
        return agency_id, None
    if lane is None or not lane.role:
        raise NoPerformer(element=step.element.id, value="")
    return _bound(run, lane.role)


def _bound(run: CaseRun, role: str) -> tuple[str, Binding]:
    binding = run.uow.ports.directory.binding(run.session, role, local_date(run.uow.now))
    return binding.agency_id, binding


def binding_facts(binding: Binding | None) -> dict[str, str] | None:
    """The binding that was used, as events keep it."""
    return {"id": binding.binding_id, "basis": binding.basis} if binding else None
