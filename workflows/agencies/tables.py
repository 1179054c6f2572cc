"""Tables of the agency directory.

Both ends of a validity period are days that still count; no end means until further notice. A sign-in identity
(`Account`), a person (`Person`) and a dated duty (`OfficerDuty`) are three things: people change duties, and an account
can be closed without touching what its holder did.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BindParameter, Boolean, ColumnElement, ForeignKey, Integer, String, Text, and_, or_
from sqlalchemy.orm import Mapped, mapped_column

from engine.tables import Base

ID = String(64)
NAME = String(200)


class Agency(Base):
    """A body that takes part: its id never changes, its names do.

    `division_code` is the statistics office's code of its territory.
    """

    __tablename__ = "agencies"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), index=True)
    division_code: Mapped[str] = mapped_column(String(16), default="")
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    legal_basis: Mapped[str] = mapped_column(Text, default="")
    confidence: Mapped[str] = mapped_column(String(2), default="U")


class AgencyName(Base):
    """What an agency was called, and what its documents print, during one period.

    `new_body`: with this period begins another body under the same id, whose registers begin anew. `contact`: address,
    telephone and e-mail at the foot of page 1; empty where none is printed.
    """

    __tablename__ = "agency_names"
    agency_id: Mapped[str] = mapped_column(ForeignKey("agencies.id"), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]
    name: Mapped[str] = mapped_column(NAME)
    short_name: Mapped[str] = mapped_column(NAME)
    abbreviation: Mapped[str] = mapped_column(String(30))
    superior_name: Mapped[str | None] = mapped_column(NAME)
    place: Mapped[str] = mapped_column(String(50))
    head_title: Mapped[str] = mapped_column(String(100))
    collective: Mapped[bool] = mapped_column(Boolean, default=False)
    new_body: Mapped[bool] = mapped_column(Boolean, default=False)
    contact: Mapped[str] = mapped_column(Text, default="")
    legal_basis: Mapped[str] = mapped_column(Text, default="")
    confidence: Mapped[str] = mapped_column(String(2), default="U")
    note: Mapped[str] = mapped_column(Text, default="")


class AgencyChannel(Base):
    """How documents reach a body during one period; without a line, within the program.

    `channel`: system, email, edxml or paper. `email`: the mailbox for them. `organ_code`: code in the exchange network,
    highest level first (QĐ 20/2020/QĐ-TTg); a body that sends or receives edXML has one whatever its channel.
    """

    __tablename__ = "agency_channels"
    agency_id: Mapped[str] = mapped_column(ForeignKey("agencies.id"), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]
    channel: Mapped[str] = mapped_column(String(16), default="system")
    email: Mapped[str] = mapped_column(String(254), default="")
    organ_code: Mapped[str] = mapped_column(String(35), default="", index=True)
    legal_basis: Mapped[str] = mapped_column(Text, default="")
    confidence: Mapped[str] = mapped_column(String(2), default="U")
    note: Mapped[str] = mapped_column(Text, default="")


class SigningCertificate(Base):
    """A certificate with which an officer, or the body itself (no person), signs documents of that body.

    `fingerprint`: SHA-256 of the certificate, hexadecimal. `certificate`: itself, as DER in Base64; None where only its
    facts were typed. `holder`: the name that it bears. `revoked_on`: the first day on which it does not hold any more.
    """

    __tablename__ = "signing_certificates"
    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    agency_id: Mapped[str] = mapped_column(ForeignKey("agencies.id"), index=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("persons.id"))
    certificate: Mapped[str | None] = mapped_column(Text)
    holder: Mapped[str] = mapped_column(NAME)
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    revoked_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text, default="")


class AgencySigningWay(Base):
    """How a body's documents are signed during one period; without a line, on paper. `way`: paper or electronic."""

    __tablename__ = "agency_signing_ways"
    agency_id: Mapped[str] = mapped_column(ForeignKey("agencies.id"), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]
    way: Mapped[str] = mapped_column(String(16))
    legal_basis: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")


class AgencySuccession(Base):
    """Where the work of a body went, by function; without a successor it went to several bodies, case by case.

    `kind`: merge, split, rename or abolish.
    """

    __tablename__ = "agency_successions"
    id: Mapped[str] = mapped_column(NAME, primary_key=True)
    predecessor_id: Mapped[str] = mapped_column(ForeignKey("agencies.id"), index=True)
    successor_id: Mapped[str | None] = mapped_column(ForeignKey("agencies.id"), index=True)
    effective_on: Mapped[date]
    kind: Mapped[str] = mapped_column(String(16))
    function: Mapped[str] = mapped_column(Text, default="")
    legal_basis: Mapped[str] = mapped_column(Text, default="")
    confidence: Mapped[str] = mapped_column(String(2), default="U")


class Role(Base):
    """A role that diagrams name; `clauses`: articles of the regulation that give it work."""

    __tablename__ = "roles"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name_vi: Mapped[str] = mapped_column(NAME)
    name_en: Mapped[str] = mapped_column(NAME)
    clauses: Mapped[str] = mapped_column(Text, default="")


class RoleBinding(Base):
    """Which agency carries a role during a period. The one of the lowest `rank` acts by default."""

    __tablename__ = "role_bindings"
    id: Mapped[str] = mapped_column(NAME, primary_key=True)
    role: Mapped[str] = mapped_column(ForeignKey("roles.id"), index=True)
    agency_id: Mapped[str] = mapped_column(ForeignKey("agencies.id"), index=True)
    rank: Mapped[int] = mapped_column(Integer, default=1)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    legal_basis: Mapped[str] = mapped_column(Text, default="")
    confidence: Mapped[str] = mapped_column(String(2), default="U")


class Person(Base):
    """Somebody who acts."""

    __tablename__ = "persons"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(NAME)
    created_at: Mapped[datetime]


class OfficerDuty(Base):
    """A duty of a person in an agency during a period, by some decision."""

    __tablename__ = "officer_duties"
    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("persons.id"), index=True)
    agency_id: Mapped[str] = mapped_column(ForeignKey("agencies.id"), index=True)
    duty: Mapped[str] = mapped_column(String(32))
    position: Mapped[str] = mapped_column(NAME, default="")
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    decision: Mapped[str] = mapped_column(NAME, default="")


class AuditMandate(Base):
    """What an auditor may read, by some decision: an auditor without one reads nothing.

    `valid_from`, `valid_to`: the days on which the auditor may read. `procedure_id`: cases of this procedure; of all
    where None. `cases_from`, `cases_to`: cases that ran at some time between these days; open where None.
    """

    __tablename__ = "audit_mandates"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("persons.id"), index=True)
    procedure_id: Mapped[str | None] = mapped_column(ID)
    cases_from: Mapped[date | None]
    cases_to: Mapped[date | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    decision: Mapped[str] = mapped_column(NAME)
    recorded_at: Mapped[datetime]
    recorded_by_name: Mapped[str] = mapped_column(NAME)


class Account(Base):
    """A sign-in identity. Without a password hash nobody can sign in with it. `status`: active, closed."""

    __tablename__ = "accounts"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("persons.id"), index=True)
    user_name: Mapped[str] = mapped_column(ID, unique=True)
    password_hash: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16), default="active")
    created_at: Mapped[datetime]


Dated = (
    type[Agency]
    | type[AgencyName]
    | type[AgencyChannel]
    | type[AgencySigningWay]
    | type[RoleBinding]
    | type[OfficerDuty]
    | type[AuditMandate]
)


def valid_on(table: Dated, on: date | BindParameter[date]) -> ColumnElement[bool]:
    """The condition that a dated row counts on that day."""
    return and_(table.valid_from <= on, or_(table.valid_to.is_(None), table.valid_to >= on))
