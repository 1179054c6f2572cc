"""Whether the numbers of the registers are whole: gaps, voided numbers, doubles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session, aliased

from engine.clock import local_date
from workflows.documents.register_queries import audits_registers
from workflows.documents.tables import INCOMING, OUTGOING, VOIDED, DocumentRegister, IncomingEntry, RegisterEntry
from workflows.oversight.scope import Scope

GAP, VOID, DOUBLE = "gap", "void", "double"
KINDS: Final = (GAP, VOID, DOUBLE)


@dataclass(frozen=True)
class Register:
    """One register with how many of its numbers have a line, were voided, or are missing."""

    id: str
    agency_id: str
    year: int
    series: str
    direction: str
    last_number: int
    lines: int
    voided: int

    @property
    def missing(self) -> int:
        """Numbers up to the last one that have no line."""
        return self.last_number - self.lines


@dataclass(frozen=True)
class Fault:
    """A gap (numbers `first` to `last`), a voided number with its reason, or an arrival entered twice."""

    register: Register
    kind: str
    first: int
    last: int
    symbol: str
    on: date | None
    note: str
    person: str


def registers(session: Session, scope: Scope) -> list[Register]:
    """The registers of the years in the period; those with missing numbers first."""
    voided = func.sum(case((RegisterEntry.status == VOIDED, 1), else_=0))
    out = select(RegisterEntry.register_id, func.count().label("lines"), voided.label("voided"))
    came = select(IncomingEntry.register_id, func.count().label("lines"))
    sent, arrived = (
        out.group_by(RegisterEntry.register_id).subquery(),
        came.group_by(IncomingEntry.register_id).subquery(),
    )
    lines = func.coalesce(sent.c.lines, arrived.c.lines, 0)
    query = (
        select(DocumentRegister, lines, func.coalesce(sent.c.voided, 0))
        .outerjoin(sent, sent.c.register_id == DocumentRegister.id)
        .outerjoin(arrived, arrived.c.register_id == DocumentRegister.id)
        .where(*_chosen(scope))
    )
    found = [_register(row, *counted) for row, *counted in session.execute(query) if _seen(scope, row)]
    return sorted(found, key=lambda one: (-one.missing, one.agency_id, -one.year, one.direction, one.series))


def faults(session: Session, scope: Scope, kind: str | None = None) -> list[Fault]:
    """Gaps, voided numbers and doubles of those registers.

    Args:
        kind: one of `KINDS`; all where None.
    """
    known = {one.id: one for one in registers(session, scope)}
    found: list[Fault] = []
    if kind in (None, GAP):
        found += _gaps(session, [one for one in known.values() if one.missing])
    if kind in (None, VOID):
        found += _voided(session, scope, known)
    if kind in (None, DOUBLE):
        found += _doubles(session, scope, known)
    return found


def _gaps(session: Session, incomplete: Sequence[Register]) -> list[Fault]:
    """Only registers that lack numbers are walked through."""
    found = []
    for register in incomplete:
        entry = RegisterEntry if register.direction == OUTGOING else IncomingEntry
        numbers = session.scalars(select(entry.number).where(entry.register_id == register.id).order_by(entry.number))
        before = 0
        for number in [*numbers, register.last_number + 1]:
            if number > before + 1:
                found.append(Fault(register, GAP, before + 1, number - 1, "", None, "", ""))
            before = number
    return found


def _voided(session: Session, scope: Scope, known: dict[str, Register]) -> list[Fault]:
    query = (
        select(RegisterEntry)
        .join(DocumentRegister, DocumentRegister.id == RegisterEntry.register_id)
        .where(RegisterEntry.status == VOIDED, *_chosen(scope), *_dated(scope, RegisterEntry.issued_on))
        .order_by(RegisterEntry.issued_on, RegisterEntry.number)
    )
    return [
        Fault(known[e.register_id], VOID, e.number, e.number, e.symbol,
              local_date(e.voided_at) if e.voided_at else e.issued_on, e.note, e.voided_by_name or "")
        for e in session.scalars(query)
        if e.register_id in known
    ]  # fmt: skip


def _doubles(session: Session, scope: Scope, known: dict[str, Register]) -> list[Fault]:
    """The same document of the same author entered under two numbers of one register."""
    other = aliased(IncomingEntry)
    same = (
        (other.register_id == IncomingEntry.register_id)
        & (other.author == IncomingEntry.author)
        & (other.symbol == IncomingEntry.symbol)
        & (other.issued_on == IncomingEntry.issued_on)
        & (other.number < IncomingEntry.number)
    )
    query = (
        select(IncomingEntry, func.min(other.number))
        .join(DocumentRegister, DocumentRegister.id == IncomingEntry.register_id)
        .join(other, same)
        .where(IncomingEntry.symbol != "", *_chosen(scope), *_dated(scope, IncomingEntry.arrived_on))
        .group_by(IncomingEntry.register_id, IncomingEntry.number)
        .order_by(IncomingEntry.register_id, IncomingEntry.number)
    )
    return [
        Fault(known[e.register_id], DOUBLE, first, e.number, e.symbol, e.arrived_on, e.author, e.entered_by_name)
        for e, first in session.execute(query)
        if e.register_id in known
    ]


def _chosen(scope: Scope) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [DocumentRegister.direction.in_((OUTGOING, INCOMING))]
    if scope.agency:
        found.append(DocumentRegister.agency_id == scope.agency)
    if scope.since:
        found.append(DocumentRegister.year >= scope.since.year)
    if scope.until:
        found.append(DocumentRegister.year <= scope.until.year)
    return found


def _seen(scope: Scope, register: DocumentRegister) -> bool:
    return register.agency_id == scope.actor.agency_id or audits_registers(scope.actor, register.year)


def _dated(scope: Scope, day: Any) -> list[Any]:
    return [*([day >= scope.since] if scope.since else ()), *([day <= scope.until] if scope.until else ())]


def _register(row: DocumentRegister, lines: int, voided: int) -> Register:
    return Register(
        row.id, row.agency_id, row.year, row.series, row.direction, row.last_number, int(lines), int(voided)
    )
