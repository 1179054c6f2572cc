"""Migrations of many cases: planned, rehearsed, approved by a second person, then done case by case by the worker.

Each case is one message of the outbox and one transaction, in which its row is settled too: whoever is killed leaves a
case wholly before or wholly after, and the message waits for the next worker. A stop settles all rows that still wait.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from engine import events
from engine.actors import PROCESS_OWNER, Actor
from engine.commands import MigrateCase
from engine.commands.case_run import CaseNotRunning, CaseSuspended
from engine.commands.migrating import MIGRATED, BadTarget, Blocked
from engine.errors import PhoiHopError
from engine.procedures.renaming import Obstacle
from engine.procedures.versions import Versions
from engine.queries.migration import SAFE, Assessed, assessed
from engine.services import Consumer, Delivery, Stream
from engine.tables import OutboxMessage, ProcedureVersion
from workflows.studio import batch_tables as state
from workflows.studio.batch_tables import MigrationBatch, MigrationRow
from workflows.studio.drafts import require_owner
from workflows.studio.errors import Incomplete, OwnWork, UnknownDraft, WrongStatus

MIGRATE, REHEARSE = "studio.migrate", "studio.rehearse"
_TOLD: Mapping[type[PhoiHopError], str] = {
    CaseSuspended: "migration.suspended",
    CaseNotRunning: "migration.ended",
    BadTarget: "migration.elsewhere",
}
NEARLY_DONE = 16  # rows: from here on, who settles one looks under a lock whether it was the last


def plan(
    session: Session,
    versions: Versions,
    actor: Actor,
    to_version: str,
    mapping: Mapping[str, str],
    reason: str,
    *,
    now: datetime,
) -> MigrationBatch:
    """Plan to put all running cases of a procedure onto a version: what is safe is rehearsed by the worker.

    Args:
        mapping: new element id by old one.

    Raises:
        UnknownDraft: the person is no process owner, or there is no such version.
        Incomplete: no reason was given.
    """
    require_owner(actor)
    version = session.get(ProcedureVersion, to_version)
    if version is None:
        raise UnknownDraft()
    if not reason.strip():
        raise Incomplete()
    batch = MigrationBatch(
        id=str(uuid4()),
        procedure_id=version.procedure_id,
        to_version=to_version,
        to_number=version.number,
        mapping=dict(mapping),
        reason=reason.strip(),
        status=state.PLANNED,
        created_by=actor.person_id,
        created_at=now,
        returned_reason="",
        approved_name="",
    )
    session.add(batch)
    session.flush()
    _write_rows(session, versions, batch, now)
    return batch


def plan_again(
    session: Session, versions: Versions, actor: Actor, batch: MigrationBatch, mapping: Mapping[str, str], now: datetime
) -> None:
    """The same with another mapping, over the cases as they stand now.

    Raises:
        WrongStatus: it was submitted.
    """
    require_owner(actor)
    _check(batch, state.PLANNED)
    batch.mapping, batch.created_by = dict(mapping), actor.person_id
    session.execute(delete(MigrationRow).where(MigrationRow.batch_id == batch.id))
    _write_rows(session, versions, batch, now)


def read(session: Session, actor: Actor, batch_id: str, *, lock: bool = False) -> MigrationBatch:
    """A batch.

    Raises:
        UnknownDraft: none, or the person is no process owner.
    """
    require_owner(actor)
    batch = session.get(MigrationBatch, batch_id, with_for_update=lock)
    if batch is None:
        raise UnknownDraft()
    return batch


def counts(session: Session, batch_id: str) -> Counter[str]:
    """How many rows are in each status."""
    query = select(MigrationRow.status, func.count()).where(MigrationRow.batch_id == batch_id)
    found = session.execute(query.group_by(MigrationRow.status)).all()
    return Counter({row.status: row[1] for row in found})


# The way of a plan ----------------------------------------------------------------------------------------------------


def submit(session: Session, actor: Actor, batch: MigrationBatch, now: datetime) -> None:
    """Ask a second person to approve the plan.

    Raises:
        WrongStatus: it is not being planned, is still being rehearsed, or no case could be migrated.
    """
    _check(batch, state.PLANNED)
    found = counts(session, batch.id)
    if found[state.REHEARSING] or not found[state.READY]:
        raise WrongStatus()
    batch.status, batch.submitted_at, batch.returned_reason = state.SUBMITTED, now, ""
    batch.actor = {**asdict(actor), "duties": sorted(actor.duties)}
    _log(session, batch, "MigrationSubmitted", actor, now, {"cases": found[state.READY], "reason": batch.reason})


def send_back(session: Session, actor: Actor, batch: MigrationBatch, reason: str, now: datetime) -> None:
    """Let the plan be made again.

    Raises:
        WrongStatus, Incomplete: see there.
    """
    _check(batch, state.SUBMITTED)
    if not reason.strip():
        raise Incomplete()
    batch.status, batch.returned_reason = state.PLANNED, reason.strip()
    _log(session, batch, "MigrationReturned", actor, now, {"reason": batch.returned_reason})


def approve(session: Session, actor: Actor, batch: MigrationBatch, now: datetime) -> None:
    """Let it be done, as a second person.

    Raises:
        WrongStatus: it was not submitted.
        OwnWork: the person planned or submitted it.
    """
    _check(batch, state.SUBMITTED)
    if actor.person_id in (batch.created_by, (batch.actor or {}).get("person_id")):
        raise OwnWork()
    batch.status, batch.approved_at = state.RUNNING, now
    batch.approved_by, batch.approved_name = actor.person_id, actor.name
    count = _set_going(session, batch, state.READY, now)
    _log(session, batch, "MigrationApproved", actor, now, {"cases": count})


def stop(session: Session, actor: Actor, batch: MigrationBatch, now: datetime) -> None:
    """Leave every case that still waits as it is.

    Raises:
        WrongStatus: it does not run.
    """
    _check(batch, state.RUNNING)
    waiting = (MigrationRow.batch_id == batch.id, MigrationRow.status == state.WAITING)
    session.execute(update(MigrationRow).where(*waiting).values(status=state.HALTED))
    batch.status = state.STOPPED
    _log(session, batch, "MigrationStopped", actor, now, dict(counts(session, batch.id)))


def go_on(session: Session, actor: Actor, batch: MigrationBatch, now: datetime) -> None:
    """Do the rest of a stopped batch: what was approved has not changed.

    Raises:
        WrongStatus: it was not stopped, or nothing is left.
    """
    _check(batch, state.STOPPED)
    batch.status = state.RUNNING
    if not (count := _set_going(session, batch, state.HALTED, now)):
        raise WrongStatus()
    _log(session, batch, "MigrationResumed", actor, now, {"cases": count})


def discard(session: Session, actor: Actor, batch: MigrationBatch, now: datetime) -> None:
    """Give a plan up.

    Raises:
        WrongStatus: it was approved.
    """
    _check(batch, state.PLANNED, state.SUBMITTED)
    batch.status, batch.ended_at = state.DISCARDED, now
    _log(session, batch, "MigrationDiscarded", actor, now, {})


# The worker's part ----------------------------------------------------------------------------------------------------


def consumers() -> Mapping[str, Consumer]:
    """What the outbox hands to this module."""
    return {MIGRATE: migrate, REHEARSE: rehearse}


def rehearse(delivery: Delivery) -> None:
    """See what the migration of one case would do; nothing of it stays."""
    found = _row(delivery, state.REHEARSING)
    if found is None:
        return
    batch, row = found
    actor = Actor("rehearsal", "rehearsal", "system", "system", frozenset({PROCESS_OWNER}), channel="system")
    try:
        row.changes = _changes(delivery.rehearse(_command(batch, row), actor))
        row.status = state.READY
    except PhoiHopError as refused:
        row.status, row.reasons = state.BLOCKED, _reasons(refused)


def migrate(delivery: Delivery) -> None:
    """Put one case onto the new version, and settle its row in the same transaction."""
    found = _row(delivery, state.WAITING)
    if found is None:
        return
    batch, row = found
    try:
        row.changes = _changes(delivery.execute(_command(batch, row), _actor(batch)))
        row.status = state.DONE
    except PhoiHopError as refused:
        row.status, row.reasons = state.BLOCKED, _reasons(refused)
    except SQLAlchemyError as error:
        if not delivery.last:
            raise
        row.status, row.reasons = state.FAILED, _failed(error)
    except Exception as error:  # noqa: BLE001 - one case that cannot be done must not keep the others
        row.status, row.reasons = state.FAILED, _failed(error)
    row.done_at = delivery.now
    _close_if_last(delivery, batch)


def _row(delivery: Delivery, status: str) -> tuple[MigrationBatch, MigrationRow] | None:
    """The batch and the row that a message is about; None where it was settled, stopped, or planned again since."""
    session, body = delivery.session, delivery.body
    key = {"batch_id": body["batch_id"], "case_id": body["case_id"]}
    row = session.get(MigrationRow, key, with_for_update=True)
    if row is None or row.status != status:
        return None
    return session.get_one(MigrationBatch, row.batch_id), row


def _command(batch: MigrationBatch, row: MigrationRow) -> MigrateCase:
    told = {"batch": batch.id, "approved_by": batch.approved_name}
    return MigrateCase(row.case_id, batch.to_version, batch.mapping, batch.reason, row.from_version, **told)


def _actor(batch: MigrationBatch) -> Actor:
    kept = batch.actor or {}
    return Actor(**{**kept, "duties": frozenset(kept["duties"]), "channel": "system"})


def _changes(happened: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """What is different in open work, and what it set going."""
    found: dict[str, Any] = {}
    for type_, told in happened:
        if type_ == MIGRATED:
            found = {key: told[key] for key in ("changed", "added", "removed")}
    return found


def _reasons(refused: PhoiHopError) -> list[dict[str, Any]]:
    if isinstance(refused, Blocked):
        return [reason(one) for one in refused.obstacles]
    code = _TOLD.get(type(refused), refused.code)
    return [{"code": code, "params": {name: str(value) for name, value in refused.params.items()}}]


def reason(one: Obstacle) -> dict[str, Any]:
    """An obstacle as a row keeps it."""
    place = {"name": one.name or one.element_id, "element": one.element_id, "process": one.process_id}
    return {"code": one.code, "params": {**place, **one.params}}


def _failed(error: Exception) -> list[dict[str, Any]]:
    return [{"code": "migration.failed", "params": {"why": type(error).__name__}}]


def _close_if_last(delivery: Delivery, batch: MigrationBatch) -> None:
    session = delivery.session
    session.flush()
    left = select(MigrationRow.case_id).where(MigrationRow.batch_id == batch.id, MigrationRow.status == state.WAITING)
    if len(session.scalars(left.limit(NEARLY_DONE)).all()) == NEARLY_DONE:
        return
    session.refresh(batch, with_for_update=True)
    if session.scalars(left.limit(1)).first() is None and batch.status == state.RUNNING:
        batch.status, batch.ended_at = state.FINISHED, delivery.now
        told = {"batch": batch.id, "to": batch.to_version, "number": batch.to_number, **counts(session, batch.id)}
        delivery.append(Stream("procedure", batch.procedure_id), "MigrationFinished", told)


# Inside ---------------------------------------------------------------------------------------------------------------


def _write_rows(session: Session, versions: Versions, batch: MigrationBatch, now: datetime) -> None:
    numbers = select(ProcedureVersion.hash, ProcedureVersion.number).where(
        ProcedureVersion.procedure_id == batch.procedure_id
    )
    by_hash = {row.hash: row.number for row in session.execute(numbers)}
    to = versions.get(session, batch.to_version)
    rows = [
        _planned(batch.id, one, by_hash) for one in assessed(session, versions, batch.procedure_id, to, batch.mapping)
    ]
    session.add_all(rows)
    session.flush()
    _post(session, REHEARSE, batch.id, [row.case_id for row in rows if row.status == state.REHEARSING], now)


def _planned(batch_id: str, one: Assessed, numbers: Mapping[str, int]) -> MigrationRow:
    return MigrationRow(
        batch_id=batch_id,
        case_id=one.case_id,
        code=one.code,
        from_version=one.version_hash,
        from_number=numbers[one.version_hash],
        standing="; ".join(dict.fromkeys(name for _, _, name in one.standing)),
        verdict=one.verdict,
        status=state.REHEARSING if one.verdict == SAFE else state.BLOCKED,
        reasons=[reason(obstacle) for obstacle in one.obstacles],
        changes={},
    )


def _set_going(session: Session, batch: MigrationBatch, status: str, now: datetime) -> int:
    chosen = (MigrationRow.batch_id == batch.id, MigrationRow.status == status)
    case_ids = list(session.scalars(select(MigrationRow.case_id).where(*chosen)))
    session.execute(update(MigrationRow).where(*chosen).values(status=state.WAITING))
    _post(session, MIGRATE, batch.id, case_ids, now)
    return len(case_ids)


def _post(session: Session, topic: str, batch_id: str, case_ids: Iterable[str], now: datetime) -> None:
    for case_id in case_ids:
        body = {"batch_id": batch_id, "case_id": case_id}
        message = {"topic": topic, "case_id": case_id, "body": body, "due_at": now, "created_at": now}
        session.add(OutboxMessage(id=str(uuid4()), status="waiting", **message))


def _check(batch: MigrationBatch, *statuses: str) -> None:
    if batch.status not in statuses:
        raise WrongStatus(status=batch.status)


def _log(
    session: Session, batch: MigrationBatch, type_: str, actor: Actor, now: datetime, told: Mapping[str, Any]
) -> None:
    payload = {"batch": batch.id, "to": batch.to_version, "number": batch.to_number, "mapping": batch.mapping, **told}
    events.append(session, Stream("procedure", batch.procedure_id), type_, payload, actor=actor, now=now)
