"""Tables of the engine: plain SQLAlchemy declarative classes, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import JSON, TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware on both sides, UTC in the database (SQLite keeps no time zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the moment its time zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Root of all tables of the program."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, bytes: LargeBinary}  # noqa: RUF012


def _reminders(name: str, where: str) -> Index:
    """Rows whose reminder is still to come, for the scheduler: of the many others it must not see any."""
    return Index(name, "remind_at", sqlite_where=text(where), postgresql_where=text(where))


# Procedures ---------------------------------------------------------------------------------------------------------


class FileContent(Base):
    """A file of some procedure version, once per content."""

    __tablename__ = "file_contents"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[bytes]


class ProcedureVersion(Base):
    """An immutable version of a procedure, addressed by the hash of its manifest."""

    __tablename__ = "procedure_versions"
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    procedure_id: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    number: Mapped[int] = mapped_column(Integer)
    title: Mapped[dict[str, Any]]
    manifest: Mapped[bytes]
    published_at: Mapped[datetime]
    published_by: Mapped[str] = mapped_column(String(64))
    __table_args__ = (UniqueConstraint("procedure_id", "number"),)


class VersionEffect(Base):
    """That a version is what new cases run from a moment on, until a later one says otherwise; never changed.

    Of several with the same moment the one decided last holds. A version may have several: that is how an earlier
    content comes back (docs/adr/0014-versions-and-their-effect.md).
    """

    __tablename__ = "version_effects"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    procedure_id: Mapped[str] = mapped_column(String(64))
    version_hash: Mapped[str] = mapped_column(ForeignKey("procedure_versions.hash"))
    effective_from: Mapped[datetime]
    decided_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(String(64))
    __table_args__ = (Index("ix_version_effects_procedure", "procedure_id", "effective_from", "id"),)


# Cases --------------------------------------------------------------------------------------------------------------


class Case(Base):
    """One run of one version. `status`: running, ended, cancelled. The row is the case's lock."""

    __tablename__ = "cases"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    procedure_id: Mapped[str] = mapped_column(String(64), index=True)
    version_hash: Mapped[str] = mapped_column(ForeignKey("procedure_versions.hash"))
    status: Mapped[str] = mapped_column(String(16), index=True)
    outcome: Mapped[str | None] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(Text, default="")
    search_text: Mapped[str] = mapped_column(Text, default="")
    initiator_agency: Mapped[str] = mapped_column(String(64))
    lead_agency: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    suspended_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    lock_version: Mapped[int] = mapped_column(Integer, default=0)


class CaseState(Base):
    """The live state of a running case: variables and BPMN tokens behind the codec."""

    __tablename__ = "case_states"
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    state: Mapped[bytes]


class CaseAgency(Base):
    """Agencies that may see a case: those who started it or were given work in it."""

    __tablename__ = "case_agencies"
    agency_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True, index=True)


class CaseLink(Base):
    """That a case has to do with another. `kind`: related, duplicate (of), grew_out_of, merged (into the other)."""

    __tablename__ = "case_links"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    other_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    person_id: Mapped[str] = mapped_column(String(64))
    linked_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("case_id", "other_id", "kind"),)


class CaseCounter(Base):
    """Last number given for case codes of a prefix and year."""

    __tablename__ = "case_counters"
    prefix: Mapped[str] = mapped_column(String(8), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)


class WorkItem(Base):
    """A task waiting for a person. `status`: open, claimed, done, cancelled.

    `scope` is the token that holds the variables which it writes, empty for those of the case; `earlier_id` the item
    of the same step that was done and sent back; `remind_at` when its agency is to be reminded, None once it was;
    `version_hash` the version by which it was done, where its case has gone on by another one since.
    """

    __tablename__ = "work_items"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    procedure_id: Mapped[str] = mapped_column(String(64))
    token: Mapped[str] = mapped_column(String(36), unique=True)
    element_id: Mapped[str] = mapped_column(String(128))
    occurrence: Mapped[int] = mapped_column(Integer)
    process_id: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(Text)
    form: Mapped[str] = mapped_column(String(64))
    role: Mapped[str | None] = mapped_column(String(64))
    binding_id: Mapped[str | None] = mapped_column(String(64))
    agency_id: Mapped[str] = mapped_column(String(64))
    duty: Mapped[str] = mapped_column(String(32))
    document_id: Mapped[str | None] = mapped_column(String(36))
    assignee_id: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(16))
    due_at: Mapped[datetime | None]
    deadline: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    remind_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    scope: Mapped[str | None] = mapped_column(String(36))
    earlier_id: Mapped[str | None] = mapped_column(String(36))
    version_hash: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    suspended_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    lock_version: Mapped[int] = mapped_column(Integer, default=0)
    # The inbox walks an agency's open items in the order in which it shows them; others are not in the index.
    # What it filters by stands in the index too: a row that is not shown is never looked up in the table.
    __table_args__ = (
        Index(
            "ix_work_items_inbox",
            "agency_id",
            "due_at",
            "id",
            "status",
            "procedure_id",
            "assignee_id",
            sqlite_where=text("closed_at IS NULL AND suspended_at IS NULL"),
            postgresql_where=text("closed_at IS NULL AND suspended_at IS NULL"),
        ),
        Index(
            "ix_work_items_suspended",
            "agency_id",
            "id",
            sqlite_where=text("suspended_at IS NOT NULL"),
            postgresql_where=text("suspended_at IS NOT NULL"),
        ),
        _reminders("ix_work_items_remind", "remind_at IS NOT NULL AND closed_at IS NULL AND suspended_at IS NULL"),
        # What came due in a period, counted without looking into the table.
        Index(
            "ix_work_items_due",
            "due_at",
            "agency_id",
            "procedure_id",
            "element_id",
            "status",
            "closed_at",
            "suspended_at",
            "case_id",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        # A long loop leaves thousands of closed items: finding the live ones must not go through them.
        Index("ix_work_items_case", "case_id", "status"),
    )


class Timer(Base):
    """A timer event. `status`: waiting, held, fired, cancelled. A failed firing moves `next_try_at` only."""

    __tablename__ = "timers"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    token: Mapped[str] = mapped_column(String(36), unique=True)
    element_id: Mapped[str] = mapped_column(String(128))
    occurrence: Mapped[int] = mapped_column(Integer)
    due_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    deadline: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    status: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    __table_args__ = (
        Index("ix_timers_due", "status", "next_try_at"),
        Index("ix_timers_case", "case_id", "status"),
    )


class Incident(Base):
    """Something failed inside a case and waits for a retry. `status`: open, resolved."""

    __tablename__ = "incidents"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    token: Mapped[str] = mapped_column(String(36))
    element_id: Mapped[str] = mapped_column(String(128))
    code: Mapped[str] = mapped_column(String(64))
    params: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_retry_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    __table_args__ = (
        Index("ix_incidents_due", "status", "next_retry_at"),
        Index("ix_incidents_case", "case_id", "status"),
    )


class AwaitedMessage(Base):
    """A message that a person may record when it comes. `status`: waiting, recorded, cancelled."""

    __tablename__ = "awaited_messages"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    token: Mapped[str] = mapped_column(String(36), unique=True)
    element_id: Mapped[str] = mapped_column(String(128))
    occurrence: Mapped[int] = mapped_column(Integer)
    process_id: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(Text)
    form: Mapped[str] = mapped_column(String(64))
    role: Mapped[str | None] = mapped_column(String(64))
    binding_id: Mapped[str | None] = mapped_column(String(64))
    agency_id: Mapped[str] = mapped_column(String(64))
    duty: Mapped[str] = mapped_column(String(32))
    status: Mapped[str] = mapped_column(String(16))
    due_at: Mapped[datetime | None]
    deadline: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    remind_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    __table_args__ = (
        _reminders("ix_awaited_messages_remind", "remind_at IS NOT NULL AND closed_at IS NULL"),
        Index("ix_awaited_messages_agency", "agency_id", "status", "created_at"),
        Index("ix_awaited_messages_case", "case_id", "status"),
    )


class Attachment(Base):
    """A file handed in with a form; its content lies in the blob store."""

    __tablename__ = "attachments"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    work_item_id: Mapped[str] = mapped_column(ForeignKey("work_items.id"))
    field: Mapped[str] = mapped_column(String(64))
    filename: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(128))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    uploaded_by: Mapped[str] = mapped_column(String(64))
    uploaded_at: Mapped[datetime]


class ChildCase(Base):
    """A case started by another. `status`: starting, running, ended, cancelled. `told`: the parent knows of its end."""

    __tablename__ = "child_cases"
    parent_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    batch: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    procedure_id: Mapped[str] = mapped_column(String(64))
    agency_id: Mapped[str] = mapped_column(String(64))
    data: Mapped[dict[str, Any]]
    child_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"), unique=True)
    status: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str | None] = mapped_column(String(64))
    told: Mapped[bool] = mapped_column(default=False)


class AskedCase(Base):
    """A case that another asked for; `case_id` once it was begun."""

    __tablename__ = "asked_cases"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    asker_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    procedure_id: Mapped[str] = mapped_column(String(64))
    agency_id: Mapped[str] = mapped_column(String(64))
    data: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(Text)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"), unique=True)


class ScheduledStart(Base):
    """The case that a start rule opens in one period. `status`: waiting, started, dropped (the rule was changed)."""

    __tablename__ = "scheduled_starts"
    procedure_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    rule: Mapped[str] = mapped_column(String(32), primary_key=True)
    period: Mapped[str] = mapped_column(String(16), primary_key=True)
    due_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"), unique=True)
    __table_args__ = (Index("ix_scheduled_starts_due", "status", "next_try_at"),)


# Commands and messages ----------------------------------------------------------------------------------------------


class IdempotencyKey(Base):
    """The answer to a command, by its key: a second submit gets the first answer. Holds ids only."""

    __tablename__ = "idempotency_keys"
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    actor_id: Mapped[str] = mapped_column(String(64))
    command: Mapped[str] = mapped_column(String(128))
    receipt: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class OutboxMessage(Base):
    """An effect outside the transaction. `status`: waiting, done, failed. The body holds ids only."""

    __tablename__ = "outbox"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    topic: Mapped[str] = mapped_column(String(64))
    case_id: Mapped[str | None] = mapped_column(String(36), index=True)
    body: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime]
    enqueued_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (Index("ix_outbox_due", "status", "due_at"),)


class ConsumedMessage(Base):
    """Messages whose effect is done, recorded in the transaction of the effect: the guard against doubles."""

    __tablename__ = "consumed_messages"
    message_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    consumed_at: Mapped[datetime]


# The event log ------------------------------------------------------------------------------------------------------


class EventStream(Base):
    """The head of a chain: its length and last hash."""

    __tablename__ = "event_streams"
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    length: Mapped[int] = mapped_column(Integer)
    last_hash: Mapped[str] = mapped_column(String(64))
    # The few long streams, which are marked for replaying; an index over all would grow with each event.
    __table_args__ = (
        Index(
            "ix_event_streams_long",
            "kind",
            "id",
            sqlite_where=text("length >= 100"),
            postgresql_where=text("length >= 100"),
        ),
    )


class Event(Base):
    """One fact. `envelope` is the canonical JSON that was hashed; the other columns repeat it for look-up."""

    __tablename__ = "events"
    stream_kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    stream_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    type: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime]
    envelope: Mapped[bytes]
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    __table_args__ = (Index("ix_events_type", "type", "recorded_at"),)


class EventPayload(Base):
    """What an event says, committed to as H(salt || payload): a lawful deletion removes this row only."""

    __tablename__ = "event_payloads"
    event_hash: Mapped[str] = mapped_column(ForeignKey("events.hash"), primary_key=True)
    salt: Mapped[bytes]
    payload: Mapped[bytes]
