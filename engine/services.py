"""The seams of the engine: what it asks of the regulation, and what it offers to the services that diagrams name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Protocol

from sqlalchemy.orm import Session

from engine.actors import Actor


@dataclass(frozen=True)
class Stream:
    """A chain of events of its own. Kinds: case, procedure, register, config, audit."""

    kind: str
    id: str


@dataclass(frozen=True)
class Binding:
    """Which agency carries a role on a day, and by what right."""

    role: str
    agency_id: str
    agency_name: str
    binding_id: str
    basis: str


ROLE: Final = "role:"
"""What an expression writes before a role where it means the agency bound to that role."""


class Directory(Protocol):
    """Agencies, dated roles and officers."""

    def binding(self, session: Session, role: str, on: date) -> Binding:
        """The agency bound to `role` on that day. Raises an `IncidentError` where none is."""

    def agency_name(self, session: Session, agency_id: str, on: date) -> str:
        """The agency's name on that day. Raises an `IncidentError` where it is unknown."""

    def may_act(self, session: Session, person_id: str, agency_id: str, duty: str, on: date) -> bool:
        """Whether the person holds the duty in the agency on that day."""

    def person_name(self, session: Session, person_id: str) -> str:
        """The person's name; the id itself where the person is unknown."""

    def active_agencies(self, session: Session, on: date) -> frozenset[str]:
        """Ids of the agencies that exist on that day."""

    def officers(self, session: Session, agency_id: str, duty: str, on: date) -> list[tuple[str, str]]:
        """(person id, name) of those who hold the duty in the agency on that day."""


@dataclass(frozen=True)
class Deadline:
    """A computed deadline and how it was counted.

    Args:
        due_at: the moment after which it is overdue (UTC).
        rule: id of the rule in the procedure's `deadlines.yaml`.
        clock: hours, working_days or days.
        amount: how many of them.
        start_at: the moment from which it was counted (UTC).
        source: QC (the regulation), PL (national law) or TK (design).
        basis: `<instrument>:<clause>`, empty for a design choice.
        confidence: how sure the fact is: V, V2, R or U.
        calendar_version: version of the working-day calendar used.
        counted: the days counted, ISO dates in order (empty for hours).
        entered_at: when the step was entered, from which a regime without a start of its own counts.
        extendable: `<instrument>:<clause>` by which the limit may be extended; empty where nothing allows it.
        remind: how many days (of a limit in days) or hours before the end to remind; 0: as usual.
    """

    due_at: datetime
    rule: str
    clock: str
    amount: int
    start_at: datetime
    source: str
    basis: str
    confidence: str
    calendar_version: str
    counted: tuple[str, ...] = ()
    entered_at: datetime | None = None
    extendable: str = ""
    remind: int = 0


@dataclass(frozen=True)
class Recount:
    """A limit counted again over the calendar as it is now: its end, the days counted, the calendar's version."""

    due_at: datetime
    counted: tuple[str, ...]
    calendar_version: str


class Deadlines(Protocol):
    """Evaluates a deadline rule by the law of one day: that of receipt, or one chosen where the law lets it."""

    def compute(
        self,
        session: Session,
        rule: Mapping[str, Any],
        *,
        variables: Mapping[str, Any],
        law_on: date,
        entered_at: datetime,
    ) -> Deadline:
        """The deadline. `rule` is the entry of `deadlines.yaml` with its `id`. Raises an `IncidentError`."""

    def recount(self, session: Session, clock: str, amount: int, start_at: datetime) -> Recount:
        """The same limit from the same start, over the calendar as it is now. Raises an `IncidentError`."""


class Blobs(Protocol):
    """Content-addressed store of attachments and issued documents."""

    def put(self, data: bytes) -> str:
        """Store durably; returns the SHA-256 in hexadecimal."""

    def get(self, sha256: str) -> bytes:
        """Read back. Raises `NotFound`."""

    def delete(self, sha256: str) -> None:
        """Forget the content; nothing where it is not there."""


@dataclass(frozen=True)
class CaseFacts:
    """What a service may know of the case it works for; `law_on` is the day whose law governs it."""

    id: str
    code: str
    title: str
    procedure_id: str
    version_hash: str
    lead_agency: str
    initiator_agency: str
    received_at: datetime
    law_on: date


@dataclass(frozen=True)
class ServiceCall:
    """One call of a service from a diagram, inside the transaction of the command.

    Args:
        session: the transaction; the service neither commits nor rolls back.
        now: the command's moment (UTC).
        actor: who caused the step.
        case: the case.
        element_id: BPMN id of the element.
        occurrence: how often the element was entered in this case, from 1.
        inputs: values of the element's `ph:input`s.
        files: reads a file of the procedure version by path; raises `KeyError`.
        send: puts a message (topic, body of ids only) into the outbox; returns its id.
        record: appends an event (type, payload) to the case's stream.
        worked: ids of the agencies that completed work in this case so far, in order of their first.
        working: ids of the agencies before which work of this case lies now, in order of its beginning.
    """

    session: Session
    now: datetime
    actor: Actor
    case: CaseFacts
    element_id: str
    occurrence: int
    inputs: Mapping[str, Any]
    files: Callable[[str], bytes]
    send: Callable[[str, Mapping[str, Any]], str]
    record: Callable[[str, Mapping[str, Any]], None]
    worked: Callable[[], list[str]]
    working: Callable[[], list[str]]


Service = Callable[[ServiceCall], Mapping[str, Any]]


@dataclass(frozen=True)
class Delivery:
    """One outbox message on its way to its consumer, inside the transaction that records it as consumed.

    Args:
        session: the transaction.
        now: the moment of delivery (UTC).
        message_id: id of the outbox row.
        body: ids that the sender put in.
        attempt: from 1.
        append: appends an event (stream, type, payload) in the system's name.
        deliver: hands a message (case id, name, key, payload) to a case in the same transaction.
        send: puts a further message (case id, topic, body of ids only) into the outbox; returns its id.
        execute: carries out a command in a person's name in the same transaction; where it is refused nothing of it
            stays, and the refusal is raised. Answers with the events that it appended to its case.
        rehearse: the same, of which nothing stays in any case.
        last: whether no try follows this one.
    """

    session: Session
    now: datetime
    message_id: str
    body: Mapping[str, Any]
    attempt: int
    append: Callable[[Stream, str, Mapping[str, Any]], None]
    deliver: Callable[[str, str, str, Mapping[str, Any]], None]
    send: Callable[[str, str, Mapping[str, Any]], str]
    execute: Callable[[Any, Actor], Sequence[tuple[str, Mapping[str, Any]]]]
    rehearse: Callable[[Any, Actor], Sequence[tuple[str, Mapping[str, Any]]]]
    last: bool = False


Consumer = Callable[[Delivery], None]

Trip = Callable[[], Consumer]
"""What is done outside, with no transaction open; it answers with the consumer that records what came of it."""

Errand = Callable[[Delivery], Trip]
"""Reads what a trip needs, in a short transaction of its own. A trip that fails is made again later."""
