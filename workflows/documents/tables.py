"""Tables of official documents: the paper, its revisions and recipients, the number registers, and the dispatches."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from engine.tables import Base

DRAFT, APPROVED, ISSUED = "draft", "approved", "issued"
OPEN, CLOSED, VOIDED = "open", "closed", "voided"
RECALLED, REPLACED = "recalled", "replaced"
OUTGOING, INCOMING = "outgoing", "incoming"
QUEUED, HANDED_OVER, DELIVERED, RECEIVED = "queued", "handed_over", "delivered", "received"
FAILED, REFUSED, TAKEN = "failed", "refused", "taken"
PACKAGE, STATUS, RECALL_PACKAGE = "package", "status", "recall"
ONE_SERIES = "all"


class Document(Base):
    """One official document. `status`: draft, approved, issued, voided, recalled, replaced.

    Its text lies in the revisions. `awaits_signature`: it has its number and its file, and is sent once the signed file
    is back.
    """

    __tablename__ = "documents"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    type: Mapped[str] = mapped_column(String(8))
    issuer_agency_id: Mapped[str] = mapped_column(String(64))
    issuer_name: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(Text)
    search_text: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int] = mapped_column(Integer)
    signer_id: Mapped[str | None] = mapped_column(String(64))
    approved_hash: Mapped[str | None] = mapped_column(String(64))
    approved_by: Mapped[str | None] = mapped_column(String(64))
    approved_by_name: Mapped[str | None] = mapped_column(String(200))
    approved_at: Mapped[datetime | None]
    register_id: Mapped[str | None] = mapped_column(ForeignKey("document_registers.id"))
    number: Mapped[int | None] = mapped_column(Integer)
    symbol: Mapped[str | None] = mapped_column(String(64))
    issued_on: Mapped[date | None]
    issued_at: Mapped[datetime | None]
    issued_by: Mapped[str | None] = mapped_column(String(64))
    pdf_sha256: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(64))
    awaits_signature: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    __table_args__ = (
        Index("ix_documents_outgoing", "issuer_agency_id", "created_at", "id"),
        Index(
            "ix_documents_waiting",
            "issuer_agency_id",
            sqlite_where=text("awaits_signature"),
            postgresql_where=text("awaits_signature"),
        ),
    )


class DocumentRevision(Base):
    """A state of the text: the canonical model and its hash. Never changed once written."""

    __tablename__ = "document_revisions"
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    model: Mapped[bytes]
    hash: Mapped[str] = mapped_column(String(64))
    author_id: Mapped[str] = mapped_column(String(64))
    author_name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]


class DocumentRecipient(Base):
    """An agency that the document is for, in the order of printing; the issuer itself may be one.

    `added`: not by the procedure but by an officer; `waived`: the document does not go there. Both carry a reason.
    """

    __tablename__ = "document_recipients"
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    agency_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(200))
    added: Mapped[bool] = mapped_column(Boolean, default=False)
    waived: Mapped[bool] = mapped_column(Boolean, default=False)
    reason: Mapped[str] = mapped_column(Text, default="")


class SigningMandate(Base):
    """Who may sign by order (TL.) or by special mandate (TUQ.) of a body's head (NĐ 30/2020, Điều 13).

    `unit_head`: title of the unit's head where its deputy signs for that head, TL. only. `scope`: what may be signed.
    """

    __tablename__ = "signing_mandates"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    agency_id: Mapped[str] = mapped_column(String(64), index=True)
    person_id: Mapped[str] = mapped_column(String(64))
    person_name: Mapped[str] = mapped_column(String(200))
    form: Mapped[str] = mapped_column(String(4))
    unit_head: Mapped[str] = mapped_column(String(200))
    scope: Mapped[str] = mapped_column(Text)
    basis: Mapped[str] = mapped_column(String(200))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    recorded_at: Mapped[datetime]
    recorded_by_name: Mapped[str] = mapped_column(String(200))


class DocumentRegister(Base):
    """A series of numbers of one agency and year. The row is the register's lock. `status`: open, closed.

    `direction`: outgoing or incoming. `confirmed_at`: when the last number was last compared with the paper register.
    """

    __tablename__ = "document_registers"
    agency_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    series: Mapped[str] = mapped_column(String(32), primary_key=True)
    id: Mapped[str] = mapped_column(String(36), unique=True)
    last_number: Mapped[int] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(String(16))
    direction: Mapped[str] = mapped_column(String(16), default=OUTGOING)
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None] = mapped_column(String(64))


class RegisterPlan(Base):
    """How the head of a body groups its documents into series, from a year on (NĐ 30/2020, Điều 15).

    `series`: JSON object from the code of a type to its series; types that it does not name go to the common one.
    """

    __tablename__ = "register_plans"
    agency_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    series: Mapped[str] = mapped_column(Text)
    decision: Mapped[str] = mapped_column(String(200))
    decided_by: Mapped[str] = mapped_column(String(64))
    decided_by_name: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[datetime]


class RegisterEntry(Base):
    """A line of the outgoing register (NĐ 30/2020, Phụ lục IV). `status`: issued, voided; no number is given back.

    A number that was given after the last backup has no document any more: it stays as a voided line.
    """

    __tablename__ = "register_entries"
    register_id: Mapped[str] = mapped_column(ForeignKey("document_registers.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    document_id: Mapped[str | None] = mapped_column(ForeignKey("documents.id"), unique=True)
    symbol: Mapped[str] = mapped_column(String(64))
    issued_on: Mapped[date]
    type: Mapped[str] = mapped_column(String(8))
    subject: Mapped[str] = mapped_column(Text)
    signer: Mapped[str] = mapped_column(String(200))
    recipients: Mapped[str] = mapped_column(Text)
    kept_by: Mapped[str] = mapped_column(String(200))
    copies: Mapped[int] = mapped_column(Integer)
    note: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[str] = mapped_column(String(16))
    entered_at: Mapped[datetime]
    entered_by: Mapped[str] = mapped_column(String(64))
    voided_at: Mapped[datetime | None]
    voided_by_name: Mapped[str | None] = mapped_column(String(200))


UNTOLD = "package_id IS NOT NULL AND completed_told_at IS NULL"


class IncomingEntry(Base):
    """A line of the incoming register (NĐ 30/2020, Phụ lục IV); by whichever channel the document came.

    `routed_to`: `person:` or `duty:` with whom deals with it; empty where only the name in `handled_by` is known.
    `case_id`: the case in which it is dealt with; `opened_case`: that case began with it. `done_at`: nothing more is
    to be done with the paper itself. `package_id`: the package of the exchange network that brought it; `once`: what
    it brought to whom, so that no document is entered twice. `completed_told_at`: when its sender was told that its
    case has ended; `given_up`: how many cases that dealt with it were taken back or cancelled.
    """

    __tablename__ = "incoming_entries"
    register_id: Mapped[str] = mapped_column(ForeignKey("document_registers.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    dispatch_id: Mapped[str | None] = mapped_column(ForeignKey("dispatches.id"), unique=True)
    arrived_on: Mapped[date]
    author: Mapped[str] = mapped_column(String(200))
    symbol: Mapped[str] = mapped_column(String(64))
    issued_on: Mapped[date]
    type: Mapped[str] = mapped_column(String(8))
    subject: Mapped[str] = mapped_column(Text)
    search_text: Mapped[str] = mapped_column(Text, default="")
    handled_by: Mapped[str] = mapped_column(String(200), default="")
    passed_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text, default="")
    entered_at: Mapped[datetime]
    entered_by: Mapped[str] = mapped_column(String(64))
    entered_by_name: Mapped[str] = mapped_column(String(200))
    routed_to: Mapped[str] = mapped_column(String(80), default="")
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"), index=True)
    opened_case: Mapped[bool] = mapped_column(Boolean, default=False)
    done_at: Mapped[datetime | None]
    package_id: Mapped[str | None] = mapped_column(ForeignKey("exchange_messages.id"))
    once: Mapped[str | None] = mapped_column(String(64))
    completed_told_at: Mapped[datetime | None]
    given_up: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    __table_args__ = (
        Index("ix_incoming_entries_once", "once", unique=True),
        Index("ix_incoming_entries_untold", "case_id", sqlite_where=text(UNTOLD), postgresql_where=text(UNTOLD)),
    )


class ArrivalFile(Base):
    """A scan of an arrival, in the blob store; the same file is kept once."""

    __tablename__ = "arrival_files"
    register_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    added_at: Mapped[datetime]
    added_by_name: Mapped[str] = mapped_column(String(200))
    __table_args__ = (
        ForeignKeyConstraint(["register_id", "number"], ["incoming_entries.register_id", "incoming_entries.number"]),
    )


UNANSWERED = "status IN ('delivered', 'handed_over') AND escalated_at IS NULL AND channel <> 'paper'"


class Dispatch(Base):
    """One document on its way to one agency: at most one ever.

    `status`: queued (not gone yet), handed_over (gone, nobody has said that it arrived), delivered, received (the
    receiver said so), refused (the receiver sent it back), failed. `address`: the mailbox; empty where there is none.
    `failure`: code of the error that ended it; `reply`: what the other side said. `progress`: the last that an exchange
    network told, a name of `statuses` in codes.yaml. `reminded_at`: when the receiver was reminded; `escalated_at`:
    when the sender was told that nobody acknowledges it. `dropped_at`, `dropped_reason`: that it failed or was refused
    and is not sent again.
    """

    __tablename__ = "dispatches"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"))
    recipient_agency_id: Mapped[str] = mapped_column(String(64))
    recipient_name: Mapped[str] = mapped_column(String(200))
    channel: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(String(254), default="")
    status: Mapped[str] = mapped_column(String(16))
    failure: Mapped[str] = mapped_column(String(64), default="")
    reply: Mapped[str] = mapped_column(Text, default="")
    queued_at: Mapped[datetime]
    dispatched_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    received_by: Mapped[str | None] = mapped_column(String(64))
    received_by_name: Mapped[str | None] = mapped_column(String(200))
    progress: Mapped[str] = mapped_column(String(32), default="")
    progress_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]
    dropped_reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    __table_args__ = (
        UniqueConstraint("document_id", "recipient_agency_id"),
        Index("ix_dispatches_incoming", "recipient_agency_id", "dispatched_at", "id"),
        Index(
            "ix_dispatches_unanswered",
            "dispatched_at",
            sqlite_where=text(UNANSWERED),
            postgresql_where=text(UNANSWERED),
        ),
    )


class ExchangeMessage(Base):
    """A package or status message of the exchange network (edXML), kept as it left or came.

    `kind`: package, status, or recall for a package of ours that asks for the document of its dispatch.
    `state`: queued, handed_over or failed where it leaves; taken or refused where it came. `once`: hash of what came,
    so that it is taken once. `agency_id`: our agency that sends or receives it; empty where nobody knows. `failure`
    and `params`: the error that ended it. `name`: the file's name as it came.
    """

    __tablename__ = "exchange_messages"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    direction: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(255), default="")
    sha256: Mapped[str] = mapped_column(String(64))
    once: Mapped[str | None] = mapped_column(String(64), unique=True)
    agency_id: Mapped[str] = mapped_column(String(64), default="")
    dispatch_id: Mapped[str | None] = mapped_column(ForeignKey("dispatches.id"), index=True)
    state: Mapped[str] = mapped_column(String(16))
    failure: Mapped[str] = mapped_column(String(64), default="")
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    __table_args__ = (Index("ix_exchange_messages_listed", "direction", "created_at", "id"),)
