"""The engine as others use it: commands in, reads out, and the work that is due without anybody asking.

`execute` is the only door through which a case changes. `consume`, `fire_due_timers`, `remind_of_due_work` and
`retry_due_incidents` are called by workers and schedulers; any number of them may run, each thing happens once.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine as Database
from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine import events
from engine.actors import SYSTEM, Actor
from engine.clock import Clock
from engine.commands import (
    correction,
    deadlines,
    family,
    happenings,
    lifecycle,
    links,
    migrating,
    recording,
    reminders,
    requests,
    returning,
    standstill,
    starting,
    work,
)
from engine.commands.automatic import post
from engine.commands.case_run import CaseNotRunning, CaseSuspended
from engine.database import connection_of, reading, writing
from engine.errors import Rejected
from engine.procedures.schedule import due_starts
from engine.procedures.versions import Versions
from engine.queries import due
from engine.rows import Rows
from engine.services import Consumer, Delivery, Stream, Trip
from engine.tables import ConsumedMessage, Incident, OutboxMessage, ScheduledStart, Timer
from engine.unit_of_work import Ports, Receipt, UnitOfWork, new_id, remember, remembered

log = logging.getLogger(__name__)

Happened = tuple[str, Mapping[str, Any]]
"""Type and payload of an event."""
Handler = Callable[[UnitOfWork, Versions, Any], Receipt]
Also = Callable[[Session, Receipt], None]
"""What else belongs to the transaction of a command, once its rows are written."""

HANDLERS: Mapping[type, Handler] = {
    requests.StartCase: lifecycle.start_case,
    requests.CancelCase: lifecycle.cancel_case,
    requests.ClaimWorkItem: work.claim,
    requests.ReleaseWorkItem: work.release,
    requests.AssignWorkItem: work.assign,
    requests.CompleteWorkItem: work.complete,
    requests.RecordMessage: recording.record_message,
    requests.RecordAnswer: recording.record_answer,
    requests.CorrectWorkItem: correction.correct,
    requests.ReturnStep: returning.return_step,
    requests.SuspendCase: standstill.suspend,
    requests.ResumeCase: standstill.resume,
    requests.WithdrawCase: lifecycle.withdraw_case,
    requests.LinkCases: links.link_cases,
    requests.ChooseRegime: deadlines.choose_regime,
    requests.ExtendDeadline: deadlines.extend_deadline,
    requests.FireTimer: happenings.fire_timer,
    requests.Remind: happenings.remind,
    requests.DeliverMessage: happenings.deliver_message,
    requests.RetryIncident: happenings.retry_incident,
    requests.MigrateCase: migrating.migrate,
}

BATCH = 100
FIRST_REDELIVERY = timedelta(seconds=5)
LONGEST_REDELIVERY = timedelta(hours=1)
MAXIMUM_DELIVERIES = 12
RELAY_BATCH = 20  # a relay that dies strands no more than these until LOST_AFTER
LOST_AFTER = timedelta(seconds=20)
LONGEST_TRIP = timedelta(minutes=10)  # a worker that dies on an errand keeps others from it no longer


class _Rehearsed(Exception):
    """A command was carried out to see what it would do."""

    def __init__(self, events: Sequence[Happened]) -> None:
        super().__init__()
        self.events = events


class Engine:
    """Runs cases. One per process; safe to share between threads."""

    def __init__(self, database: Database, clock: Clock, ports: Ports, versions: Versions | None = None) -> None:
        self.database, self.clock, self.ports = database, clock, ports
        self.versions = versions or Versions()

    def execute(self, command: requests.Command, *, actor: Actor, key: str, also: Also | None = None) -> Receipt:
        """Carry out a command in one transaction.

        Args:
            actor: the acting person.
            key: idempotency key: a second call with the same key gets the first answer.
            also: what else is done in the same transaction, or not at all.

        Raises:
            Rejected: with what is wrong; nothing was changed.
        """
        self.ports.screen(command)
        try:
            return self._execute(command, actor, key, also)
        except (IntegrityError, Rejected):  # perhaps the command was carried out before, under the same key
            with self.read() as session:
                known = remembered(session, actor, key, command)
            if known is None:
                raise
            return known

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A short read."""
        with reading(self.database) as session:
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A writing transaction for configuration and set-up (cases change by commands only)."""
        with writing(self.database) as session:
            yield session

    # Work that is due ------------------------------------------------------------------------------------------------

    def due_messages(self, limit: int = BATCH) -> list[str]:
        """Ids of outbox messages whose moment has come, oldest first."""
        with self.read() as session:
            return due.messages(session, self.clock.now(), limit)

    def take_unsent(self, limit: int = RELAY_BATCH) -> list[str]:
        """Ids of due messages to hand to the broker now; one that the broker lost is taken again after a while."""
        now = self.clock.now()
        unsent = or_(OutboxMessage.enqueued_at.is_(None), OutboxMessage.enqueued_at < now - LOST_AFTER)
        wanted = (OutboxMessage.status == "waiting", OutboxMessage.due_at <= now, unsent)
        with self.read() as session:
            if session.scalar(select(OutboxMessage.id).where(*wanted).limit(1)) is None:
                return []
        with self.transaction() as session:
            query = select(OutboxMessage).where(*wanted).order_by(OutboxMessage.due_at, OutboxMessage.id).limit(limit)
            messages = session.scalars(query.with_for_update(skip_locked=True)).all()
            for message in messages:
                message.enqueued_at = now
            return [message.id for message in messages]

    def consume(self, message_id: str) -> bool:
        """Deliver one outbox message; its effect and the record that it was consumed commit together.

        Returns:
            Whether the message had its effect now (False: earlier, or it failed and waits for its next try).
        """
        try:
            with self._unit_of_work(SYSTEM) as uow:
                message = self._waiting(uow, message_id)
                if message is None:
                    return False
                if message.topic not in self.ports.errands:
                    return self._deliver(uow, message, self.ports.consumers.get(message.topic))
                trip = self._set_out(uow, message)
            return trip is not None and self._come_back(message_id, trip())
        except Exception as error:  # noqa: BLE001 - a consumer meets the outside: the message must not be lost
            self._postpone(message_id, error)
            return False

    def fire_due_timers(self, limit: int = BATCH) -> int:
        """Fire the timers whose moment has come. Returns how many were taken."""
        with self.read() as session:
            ids = due.timers(session, self.clock.now(), limit)
        random.shuffle(ids)  # rival schedulers would else queue up behind each other, case by case
        return sum(self._fire(timer_id) for timer_id in ids)

    def remind_of_due_work(self, limit: int = BATCH) -> int:
        """Remind agencies of what they owe, where the moment for it has come. Returns in how many cases."""
        with self.read() as session:
            ids = due.reminded_cases(session, self.clock.now(), limit)
        return sum(map(self._remind, ids))

    def retry_due_incidents(self, limit: int = BATCH) -> int:
        """Retry the incidents whose back-off is over. Returns how many were taken."""
        with self.read() as session:
            ids = due.incidents(session, self.clock.now(), limit)
        return sum(self._retry(incident_id) for incident_id in ids)

    def start_due_cases(self, limit: int = BATCH) -> int:
        """Open the cases whose start rules have come to their moment. Returns how many were opened."""
        with self.read() as session:
            rules = due_starts(session, self.clock.now(), limit)
        return sum(map(self._start, rules))

    def drain(self) -> None:
        """Do inline all that is due now, until nothing more happens: for scenarios, tests and the command line.

        Cases that begin by the calendar are opened by `start_due_cases` alone: a scenario tells one story at a time.
        """
        while self._what_is_due() + sum(map(self.consume, self.due_messages())):
            pass

    def _what_is_due(self) -> int:
        return self.fire_due_timers() + self.remind_of_due_work() + self.retry_due_incidents()

    # Inside ----------------------------------------------------------------------------------------------------------

    def _execute(self, command: requests.Command, actor: Actor, key: str, also: Also | None) -> Receipt:
        with self._unit_of_work(actor) as uow:
            receipt = HANDLERS[type(command)](uow, self.versions, command)
            remember(uow, key, command, receipt)
            if also is not None:
                uow.flush()
                also(uow.session, receipt)
            return receipt

    @contextmanager
    def _unit_of_work(self, actor: Actor) -> Iterator[UnitOfWork]:
        with writing(self.database) as session:
            uow = UnitOfWork(session, self.clock.now(), actor, new_id(), self.ports, Rows(connection_of(session)))
            yield uow
            uow.flush()

    def _system(self, command: requests.Command) -> bool:
        """A command in the system's name; a rival may have been faster, which is not an error."""
        try:
            with self._unit_of_work(SYSTEM) as uow:
                HANDLERS[type(command)](uow, self.versions, command)
        except Rejected:
            return False
        return True

    def _fire(self, timer_id: str) -> bool:
        try:
            return self._system(requests.FireTimer(timer_id))
        except Exception:  # one broken case must not stop the timers of all others
            log.exception("timer %s failed and will be tried again", timer_id)
            with writing(self.database) as session:
                timer = session.get_one(Timer, timer_id, with_for_update=True)
                timer.attempts += 1
                timer.next_try_at = self._next_try(timer.attempts)
            return False

    def _start(self, rule: Mapping[str, str]) -> bool:
        try:
            with self._unit_of_work(SYSTEM) as uow:
                return starting.fire(uow, self.versions, rule)
        except Exception:  # one procedure that cannot begin must not keep the others from it
            log.exception("start rule %s failed and will be tried again", rule)
            with writing(self.database) as session:
                row = session.get_one(ScheduledStart, rule, with_for_update=True)
                row.attempts += 1
                row.next_try_at = self._next_try(row.attempts)
            return False

    def _remind(self, case_id: str) -> bool:
        try:
            return self._system(requests.Remind(case_id))
        except Exception:  # as with timers: the others must have their turn
            log.exception("case %s could not be reminded of and will be tried again", case_id)
            now = self.clock.now()
            with writing(self.database) as session:
                reminders.put_off(session, case_id, now, now + LONGEST_REDELIVERY)
            return False

    def _retry(self, incident_id: str) -> bool:
        try:
            return self._system(requests.RetryIncident(incident_id))
        except Exception:  # as with timers: the others must have their turn
            log.exception("incident %s could not be retried and will be tried again", incident_id)
            with writing(self.database) as session:
                incident = session.get_one(Incident, incident_id, with_for_update=True)
                incident.next_retry_at = self.clock.now() + LONGEST_REDELIVERY
            return False

    def _waiting(self, uow: UnitOfWork, message_id: str) -> OutboxMessage | None:
        message = uow.session.get(OutboxMessage, message_id, with_for_update=True)
        return message if message is not None and message.status == "waiting" else None

    def _set_out(self, uow: UnitOfWork, message: OutboxMessage) -> Trip | None:
        """Take an errand for this worker alone: until it is back, the message is not due for anybody else."""
        if message.due_at > uow.now:
            return None
        message.due_at = uow.now + LONGEST_TRIP
        return self.ports.errands[message.topic](self._delivery(uow, message, message.attempts + 1))

    def _come_back(self, message_id: str, record: Consumer) -> bool:
        with self._unit_of_work(SYSTEM) as uow:
            message = self._waiting(uow, message_id)
            return message is not None and self._deliver(uow, message, record)

    def _deliver(self, uow: UnitOfWork, message: OutboxMessage, consumer: Consumer | None) -> bool:
        message.attempts += 1
        if message.topic in family.CONSUMERS:
            family.CONSUMERS[message.topic](replace(uow, command_id=message.id), self.versions, message.body)
        elif consumer is None:
            raise KeyError(message.topic)
        else:
            consumer(self._delivery(uow, message, message.attempts))
        uow.session.add(ConsumedMessage(message_id=message.id, consumed_at=uow.now))
        message.status, message.done_at, message.last_error = "done", uow.now, None
        return True

    def _delivery(self, uow: UnitOfWork, message: OutboxMessage, attempt: int) -> Delivery:
        def append(stream: Stream, type: str, payload: Mapping[str, Any]) -> None:
            events.append(uow.session, stream, type, payload, actor=SYSTEM, now=uow.now)

        def deliver(case_id: str, name: str, key: str, payload: Mapping[str, Any]) -> None:
            try:
                command = requests.DeliverMessage(case_id, name, key, payload)
                happenings.deliver_message(replace(uow, command_id=message.id), self.versions, command)
            except CaseNotRunning:  # the case was cancelled meanwhile: nobody waits for the message
                return

        def send(case_id: str, topic: str, body: Mapping[str, Any]) -> str:
            return post(uow, case_id, topic, body)

        def execute(command: requests.Command, actor: Actor) -> Sequence[Happened]:
            return self._within(replace(uow, actor=actor, command_id=message.id), command)

        def rehearse(command: requests.Command, actor: Actor) -> Sequence[Happened]:
            try:
                with uow.leaving_no_trace():
                    raise _Rehearsed(execute(command, actor))
            except _Rehearsed as done:
                return done.events

        last = attempt >= MAXIMUM_DELIVERIES
        doors = (append, deliver, send, execute, rehearse)
        return Delivery(uow.session, uow.now, message.id, message.body, attempt, *doors, last)

    def _within(self, uow: UnitOfWork, command: requests.Command) -> Sequence[Happened]:
        """Carry out a command inside a transaction that is about more than that."""
        with uow.leaving_no_trace():
            receipt = HANDLERS[type(command)](uow, self.versions, command)
            uow.flush()
            recorded = events.read(uow.session, Stream("case", receipt.case_id))
            mine = (e for e in recorded if e.envelope["origin"]["command_id"] == uow.command_id)
            return [(event.type, event.payload or {}) for event in mine]

    def _postpone(self, message_id: str, error: Exception) -> None:
        """Keep the message for a later try; after the last one it stays visible as failed."""
        with writing(self.database) as session:
            message = session.get(OutboxMessage, message_id, with_for_update=True)
            if message is None or message.status != "waiting":
                return
            waits = isinstance(error, CaseSuspended)  # that a case stands still is no failure of the message
            message.attempts += not waits
            message.last_error = f"{type(error).__name__}: {error}"[:1000]
            message.due_at = self._next_try(MAXIMUM_DELIVERIES if waits else message.attempts)
            message.enqueued_at = None
            if message.attempts >= MAXIMUM_DELIVERIES:
                message.status = "failed"

    def _next_try(self, attempts: int) -> datetime:
        doubled: timedelta = FIRST_REDELIVERY * (1 << min(attempts - 1, MAXIMUM_DELIVERIES))
        return self.clock.now() + min(doubled, LONGEST_REDELIVERY)
