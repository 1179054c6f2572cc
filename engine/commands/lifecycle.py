"""Starting and cancelling a case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine import events
from engine.actors import Actor
from engine.clock import ZONE, local_date, local_year, to_text
from engine.commands.case_run import CANCELLED, RUNNING, CaseRun, lock
from engine.commands.requests import CancelCase, StartCase
from engine.commands.settle import close, settle
from engine.database import locked_or_new
from engine.errors import NotAllowed, Rejected
from engine.procedures.bundle import PROCEDURE
from engine.procedures.versions import LoadedVersion, UnknownProcedure, Versions
from engine.spiff.machine import Machine
from engine.tables import Case, CaseAgency, CaseCounter, CaseState
from engine.unit_of_work import Receipt, UnitOfWork, new_id


class MayNotStart(NotAllowed):
    """The person's duties do not allow starting this procedure."""

    code = "case.may_not_start"


class MayNotCancel(NotAllowed):
    """Only a head of the leading agency or of the one that started the case may cancel it."""

    code = "case.may_not_cancel"


class ReasonMissing(Rejected):
    """An act that must be justified came without a reason."""

    code = "case.reason_missing"


def start_case(uow: UnitOfWork, versions: Versions, command: StartCase) -> Receipt:
    """Open a case by the version in force now.

    Raises:
        UnknownProcedure: none is in force, or the procedure is only called by others.
        MayNotStart: the person's duties do not allow it.
    """
    version = versions.in_force(uow.session, command.procedure_id, uow.now)
    if version.bundle.kind != PROCEDURE:
        raise UnknownProcedure(procedure=command.procedure_id)
    if not may_start(version, uow.actor):
        raise MayNotStart(procedure=command.procedure_id)
    return begin(uow, version, command.variables, command.received_at or uow.now).receipt()


def begin(
    uow: UnitOfWork,
    version: LoadedVersion,
    variables: Mapping[str, Any],
    received_at: datetime,
    more_facts: Mapping[str, str] | None = None,
) -> CaseRun:
    """Open a case for the agency of the acting person and bring it to its first rest.

    Args:
        more_facts: what expressions read as `case` beside the usual, for example the parent's code.
    """
    case = _new_case(uow, version, received_at)
    state = uow.rows.add(CaseState(case_id=case.id, state=b""))
    machine = Machine.start(version.program, variables, {**_facts(case, uow.actor), **(more_facts or {})})
    run = CaseRun(uow, case, version, machine, state)
    run.work_items, run.timers, run.awaited, run.incidents = [], [], [], []
    uow.chains[run.stream] = events.Chain.begin(uow.connection, run.stream)
    payload = {"procedure_id": case.procedure_id, "version": case.version_hash, "variables": dict(variables)}
    machine.advance()
    run.record("CaseStarted", {**payload, "facts": machine.memory.facts, "path": machine.take_path()})
    settle(run)
    return run


def may_start(version: LoadedVersion, actor: Actor) -> bool:
    """Whether the procedure lets a person with these duties start it."""
    allowed = (version.bundle.description.get("start") or {}).get("duties") or []
    return bool(actor.duties & set(allowed))


def cancel_case(uow: UnitOfWork, versions: Versions, command: CancelCase) -> Receipt:
    """Stop a case.

    Raises:
        MayNotCancel: not a head of the agencies that may.
        ReasonMissing: no reason given.
    """
    if not command.reason.strip():
        raise ReasonMissing()
    run = lock(uow, versions, command.case_id)
    if not uow.actor.has("head") or uow.actor.agency_id not in (run.case.lead_agency, run.case.initiator_agency):
        raise MayNotCancel(code=run.case.code)
    stop(run, command.reason.strip())
    return run.receipt()


def stop(run: CaseRun, reason: str) -> None:
    """Cancel everything of a running case."""
    run.machine.cancel()
    close(run, CANCELLED, reason)
    run.save()


def _new_case(uow: UnitOfWork, version: LoadedVersion, received_at: datetime) -> Case:
    description = version.bundle.description
    lead = uow.ports.directory.binding(uow.session, str(description["lead"]), local_date(uow.now))
    case = Case(
        id=new_id(),
        code=_next_code(uow, str(description["code"])),
        procedure_id=version.bundle.id,
        version_hash=version.hash,
        status=RUNNING,
        title="",
        search_text="",
        initiator_agency=uow.actor.agency_id,
        lead_agency=lead.agency_id,
        received_at=received_at,
        started_at=uow.now,
        lock_version=0,
    )
    uow.rows.add_missing(CaseAgency, agency_id=uow.actor.agency_id, case_id=case.id)
    return uow.rows.add(case)


def _next_code(uow: UnitOfWork, prefix: str) -> str:
    """A code that can be said on the telephone: prefix, year, running number."""
    year = local_year(uow.now)
    counter = locked_or_new(uow.session, CaseCounter, {"prefix": prefix, "year": year}, last=0)
    counter.last += 1
    return f"{prefix}-{year % 100:02d}-{counter.last:04d}"


def _facts(case: Case, actor: Actor) -> dict[str, str]:
    """What expressions read as `case`."""
    return {
        "code": case.code,
        "initiator": actor.person_id,
        "initiator_agency": case.initiator_agency,
        "lead_agency": case.lead_agency,
        "received_at": to_text(case.received_at),
        "started_at": to_text(case.started_at),
        "started_on": case.started_at.astimezone(ZONE).date().isoformat(),
    }
