"""Starting and cancelling a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from engine import events
from engine.actors import HEAD, Actor
from engine.clock import ZONE, local_date, local_year, to_text
from engine.commands.access import lock_seen
from engine.commands.automatic import agencies_that_worked
from engine.commands.case_run import CANCELLED, LAW_ON, RUNNING, CaseRun
from engine.commands.requests import CancelCase, StartCase, WithdrawCase
from engine.commands.settle import close, settle
from engine.database import locked_or_new
from engine.errors import Conflict, NotAllowed, Rejected
from engine.procedures.bundle import PROCEDURE
from engine.procedures.versions import LoadedVersion, UnknownProcedure, Versions
from engine.spiff.machine import Machine
from engine.tables import Case, CaseAgency, CaseCounter, CaseState
from engine.unit_of_work import Receipt, UnitOfWork, new_id


class MayNotStart(NotAllowed):
    """The person's duties do not allow starting this procedure."""

    code = "case.may_not_start"


class MayNotCancel(NotAllowed):
    """Only a head of the leading agency may cancel a case."""

    code = "case.may_not_cancel"


class MayNotWithdraw(NotAllowed):
    """Only who began the case, and the heads of that agency, may take it back."""

    code = "case.may_not_withdraw"


class OthersTookPart(Conflict):
    """Other agencies have worked in the case: it must end by its procedure, with a written result."""

    code = "case.others_took_part"


class NoticeOwed(Conflict):
    """Agencies took part and must be told in writing before the case is cancelled."""

    code = "case.notice_owed"


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
    """Stop a case. Agencies that took part must have been told in writing, which the command proves.

    Raises:
        CaseNotFound: no such case for this person.
        MayNotCancel: not a head of the leading agency.
        ReasonMissing, NoticeOwed: see there.
    """
    reason = required_reason(command.reason)
    run = lock_seen(uow, versions, command.case_id, even_suspended=True)
    if not leads(run):
        raise MayNotCancel(code=run.case.code)
    told, notice = _took_part(run, run.case.lead_agency), command.notice.strip()
    if told and not notice:
        raise NoticeOwed(agencies=_names(run, told))
    stop(run, {"reason": reason, "participants": told, "notice": notice if told else ""})
    return run.receipt()


def withdraw_case(uow: UnitOfWork, versions: Versions, command: WithdrawCase) -> Receipt:
    """Take a case back: by the agency that began it, as long as no other has worked in it.

    Raises:
        CaseNotFound: no such case for this person.
        MayNotWithdraw, OthersTookPart, ReasonMissing: see there.
    """
    reason = required_reason(command.reason)
    run = lock_seen(uow, versions, command.case_id, even_suspended=True)
    began = uow.actor.person_id == run.machine.memory.facts.get("initiator")
    if uow.actor.agency_id != run.case.initiator_agency or not (began or uow.actor.has(HEAD)):
        raise MayNotWithdraw(code=run.case.code)
    if others := _took_part(run, run.case.initiator_agency):
        raise OthersTookPart(agencies=_names(run, others))
    stop(run, {"reason": reason}, "CaseWithdrawn")
    return run.receipt()


def stop(run: CaseRun, payload: Mapping[str, Any], type: str = "CaseCancelled") -> None:
    """Cancel everything of a running case."""
    close(run, CANCELLED, type, payload)
    run.save()


def required_reason(text: str) -> str:
    """The reason, without blanks around it. Raises `ReasonMissing`."""
    if not text.strip():
        raise ReasonMissing()
    return text.strip()


def leads(run: CaseRun) -> bool:
    """Whether the acting person is a head of the leading agency."""
    return run.uow.actor.has(HEAD) and run.uow.actor.agency_id == run.case.lead_agency


def _took_part(run: CaseRun, beside: str) -> list[str]:
    """Agencies other than one that completed work in the case."""
    return [agency_id for agency_id in agencies_that_worked(run.uow, run.case.id) if agency_id != beside]


def _names(run: CaseRun, agency_ids: Sequence[str]) -> str:
    today = local_date(run.uow.now)
    return "; ".join(run.uow.ports.directory.agency_name(run.session, one, today) for one in agency_ids)


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
        LAW_ON: local_date(case.received_at).isoformat(),
        "started_at": to_text(case.started_at),
        "started_on": case.started_at.astimezone(ZONE).date().isoformat(),
    }
