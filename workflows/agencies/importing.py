"""Import of agencies, their channels, ways of signing, successions, roles, bindings and officers from CSV.

All of a file is taken over or nothing, and the same file twice changes nothing.

Each importer reads the file, checks it as a whole against itself and the store, and only then writes, within the
caller's transaction. One event on the configuration's chain tells every change with its values before and after. What a
file does not mention stays.

All of them take the file's content (bytes or text), the acting person, the moment and the file's name for findings,
return an `ImportReport`, and raise `ImportRejected` with one finding for each defect.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol
from uuid import uuid4

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import Actor
from engine.tables import Base
from workflows.agencies import formats
from workflows.agencies.commands import duty_id
from workflows.agencies.csv_reading import Column, Findings, Row, as_bytes, read_rows
from workflows.agencies.facts import BY_EDXML, BY_EMAIL, CONFIG_STREAM
from workflows.agencies.periods import Period, Series, check_order, check_overlaps, check_within
from workflows.agencies.tables import (
    Account,
    Agency,
    AgencyChannel,
    AgencyName,
    AgencySigningWay,
    AgencySuccession,
    OfficerDuty,
    Person,
    Role,
    RoleBinding,
)

Key = tuple[Any, ...]
NAME_FIELDS = (
    "valid_to name abbreviation place head_title collective new_body contact legal_basis confidence note "
    "short_name superior_name"
).split()


@dataclass(frozen=True)
class ImportReport:
    """How many lines brought something new, changed something, or changed nothing."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0

    def __add__(self, other: ImportReport) -> ImportReport:
        return ImportReport(
            self.created + other.created, self.updated + other.updated, self.unchanged + other.unchanged
        )


@dataclass
class Import:
    """One import under way: where it writes, and what it has changed so far."""

    session: Session
    actor: Actor
    now: datetime
    findings: Findings
    sha256: str
    changes: list[dict[str, Any]] = field(default_factory=list)

    def save(self, table: type[Base], wanted: Mapping[Key, Mapping[str, Any]]) -> ImportReport:
        """Bring the rows with these primary keys to these values."""
        stored = _stored(self.session, table)
        counts = {"created": 0, "updated": 0, "unchanged": 0}
        for key, values in wanted.items():
            counts[self._save_row(table, key, values, stored.get(key))] += 1
        self.session.flush()
        return ImportReport(**counts)

    def _save_row(self, table: type[Base], key: Key, values: Mapping[str, Any], row: Any) -> str:
        before = None if row is None else {name: getattr(row, name) for name in values}
        if before == values:
            return "unchanged"
        if row is None:
            names = [column.name for column in inspect(table).primary_key]
            self.session.add(table(**dict(zip(names, key, strict=True)), **values))
        else:
            for name, value in values.items():
                setattr(row, name, value)
        change = {"table": table.__tablename__, "key": list(key), "before": before, "after": dict(values)}
        self.changes.append(_plain(change))
        return "created" if row is None else "updated"

    def record(self, event_type: str) -> None:
        """Put the changes on record, if there are any."""
        if self.changes:
            payload = {"file": self.findings.file, "sha256": self.sha256, "changes": self.changes}
            events.append(self.session, CONFIG_STREAM, event_type, payload, actor=self.actor, now=self.now)


def import_agencies(
    session: Session, content: bytes | str, actor: Actor, now: datetime, *, file: str = "agencies.csv"
) -> ImportReport:
    """Import agencies: one line for each period of an agency's name."""
    work, rows = begin(session, content, actor, now, file, formats.AGENCIES)
    check_unique(rows, ("id", "valid_from"), work.findings)
    check_order(rows, work.findings)
    stored = _stored(session, AgencyName)
    series: Series = {}
    for name in stored.values():
        series.setdefault((name.agency_id,), {})[name.valid_from] = Period(name.valid_from, name.valid_to)
    for row in rows:
        series.setdefault((row["id"],), {})[row["valid_from"]] = _period(row)
    check_overlaps(series, work.findings)
    work.findings.refuse_if_any()
    work.save(Agency, _agency_values(rows, series, _stored(session, Agency)))
    report = work.save(AgencyName, {(row["id"], row["valid_from"]): _name_values(row) for row in rows})
    work.record("AgenciesImported")
    return report


def import_channels(
    session: Session, content: bytes | str, actor: Actor, now: datetime, *, file: str = "channels.csv"
) -> ImportReport:
    """Import how documents reach agencies from when to when, and their codes in the exchange network."""
    work, rows = begin(session, content, actor, now, file, formats.CHANNELS)
    for row in rows:
        _check_way(row, work.findings)
    return _save_periods(work, rows, AgencyChannel, "ChannelsImported")


def import_signing_ways(
    session: Session, content: bytes | str, actor: Actor, now: datetime, *, file: str = "signing.csv"
) -> ImportReport:
    """Import how the documents of agencies are signed from when to when."""
    work, rows = begin(session, content, actor, now, file, formats.SIGNING_WAYS)
    return _save_periods(work, rows, AgencySigningWay, "SigningWaysImported")


def import_successions(
    session: Session, content: bytes | str, actor: Actor, now: datetime, *, file: str = "successions.csv"
) -> ImportReport:
    """Import where the work of dissolved bodies went."""
    work, rows = begin(session, content, actor, now, file, formats.SUCCESSIONS)
    check_unique(rows, ("predecessor_id", "successor_id", "effective_on"), work.findings)
    known = set(session.scalars(select(Agency.id)))
    for row in rows:
        for column in ("predecessor_id", "successor_id"):
            if row[column] is not None and row[column] not in known:
                work.findings.add("import.unknown_agency", row.line, column, value=row[column])
        if row["successor_id"] is None and row["kind"] != "abolish":
            work.findings.add("import.successor_missing", row.line, "successor_id")
    work.findings.refuse_if_any()
    wanted = {
        (f"{row['predecessor_id']}:{row['successor_id'] or ''}:{row['effective_on']}",): row.values for row in rows
    }
    report = work.save(AgencySuccession, wanted)
    work.record("SuccessionsImported")
    return report


def import_roles(
    session: Session, content: bytes | str, actor: Actor, now: datetime, *, file: str = "roles.csv"
) -> ImportReport:
    """Import the roles that diagrams name."""
    work, rows = begin(session, content, actor, now, file, formats.ROLES)
    check_unique(rows, ("id",), work.findings)
    work.findings.refuse_if_any()
    report = work.save(Role, {(row["id"],): _without(row, "id") for row in rows})
    work.record("RolesImported")
    return report


def import_bindings(
    session: Session, content: bytes | str, actor: Actor, now: datetime, *, file: str = "bindings.csv"
) -> ImportReport:
    """Import which agency carries which role from when to when; one agency for each role and rank at a time."""
    work, rows = begin(session, content, actor, now, file, formats.BINDINGS)
    check_unique(rows, ("role", "rank", "valid_from"), work.findings)
    check_order(rows, work.findings)
    check_within(rows, _agency_periods(session), work.findings)
    roles = set(session.scalars(select(Role.id)))
    for row in rows:
        if row["role"] not in roles:
            work.findings.add("import.unknown_role", row.line, "role", value=row["role"])
    series: Series = {}
    for binding in _stored(session, RoleBinding).values():
        group = series.setdefault((binding.role, binding.rank), {})
        group[binding.valid_from] = Period(binding.valid_from, binding.valid_to)
    for row in rows:
        series.setdefault((row["role"], row["rank"]), {})[row["valid_from"]] = _period(row)
    check_overlaps(series, work.findings)
    work.findings.refuse_if_any()
    report = work.save(RoleBinding, {(_binding_id(row),): row.values for row in rows})
    work.record("BindingsImported")
    return report


def import_officers(
    session: Session, content: bytes | str, actor: Actor, now: datetime, *, file: str = "officers.csv"
) -> ImportReport:
    """Import officers: one line for each duty. A user name opens an account that has no password yet."""
    work, rows = begin(session, content, actor, now, file, formats.OFFICERS)
    check_unique(rows, ("person_id", "agency_id", "duty", "valid_from"), work.findings)
    check_order(rows, work.findings)
    check_within(rows, _agency_periods(session), work.findings)
    check_overlaps(_duty_series(session, rows), work.findings)
    _check_same_name(rows, work.findings)
    accounts = _check_user_names(session, rows, work.findings)
    work.findings.refuse_if_any()
    work.save(Person, _persons(session, rows, now))
    report = work.save(OfficerDuty, {(_duty_key(row),): _without(row, "name", "user_name") for row in rows})
    work.save(Account, {(account_id,): values | {"created_at": now} for account_id, values in accounts.items()})
    work.record("OfficersImported")
    return report


class Importer(Protocol):
    """What every import of a kind of file looks like."""

    def __call__(
        self, session: Session, content: bytes | str, actor: Actor, now: datetime, *, file: str = ...
    ) -> ImportReport:
        """Take over the whole file. Raises `ImportRejected`."""


def begin(
    session: Session, content: bytes | str, actor: Actor, now: datetime, file: str, columns: Sequence[Column]
) -> tuple[Import, list[Row]]:
    """An import under way, and the lines of the file that could be read."""
    findings = Findings(file, columns)
    data = as_bytes(content)
    return Import(session, actor, now, findings, hashlib.sha256(data).hexdigest()), read_rows(content, findings)


def _save_periods(
    work: Import, rows: Sequence[Row], table: type[AgencyChannel] | type[AgencySigningWay], event: str
) -> ImportReport:
    """Take over dated facts of agencies, one line for each period, unless periods overlap."""
    check_unique(rows, ("agency_id", "valid_from"), work.findings)
    check_order(rows, work.findings)
    check_within(rows, _agency_periods(work.session), work.findings)
    series: Series = {}
    for known in _stored(work.session, table).values():
        series.setdefault((known.agency_id,), {})[known.valid_from] = Period(known.valid_from, known.valid_to)
    for row in rows:
        series.setdefault((row["agency_id"],), {})[row["valid_from"]] = _period(row)
    check_overlaps(series, work.findings)
    work.findings.refuse_if_any()
    wanted = {(row["agency_id"], row["valid_from"]): _without(row, "agency_id", "valid_from") for row in rows}
    report = work.save(table, wanted)
    work.record(event)
    return report


def _stored(session: Session, table: type[Base]) -> dict[Key, Any]:
    """All rows by primary key: the directory is small, and one query beats one for each line."""
    identity = inspect(table).primary_key_from_instance
    return {tuple(identity(row)): row for row in session.scalars(select(table))}


def check_unique(rows: Iterable[Row], names: Sequence[str], findings: Findings) -> None:
    """Note lines that repeat these columns of an earlier line."""
    seen: dict[Key, int] = {}
    for row in rows:
        first = seen.setdefault(tuple(row[name] for name in names), row.line)
        if first != row.line:
            findings.add("import.repeated_line", row.line, other=first)


def _period(row: Row) -> Period:
    return Period(row["valid_from"], row["valid_to"], row.line)


def _agency_periods(session: Session) -> dict[str, Period]:
    rows = session.execute(select(Agency.id, Agency.valid_from, Agency.valid_to))
    return {agency_id: Period(begins, ends) for agency_id, begins, ends in rows}


def _agency_values(rows: Sequence[Row], series: Series, stored: Mapping[Key, Agency]) -> dict[Key, Mapping[str, Any]]:
    """The agency itself lasts from its first name to its last; its other facts are those of the latest line."""
    wanted: dict[Key, Mapping[str, Any]] = {}
    for row in sorted(rows, key=lambda row: row["valid_from"]):
        periods = series[(row["id"],)]
        last = periods[max(periods)]
        values = {name: row[name] for name in ("kind", "division_code", "legal_basis", "confidence")}
        before = stored.get((row["id"],))
        if before is not None and last.valid_from != row["valid_from"]:
            values = {name: getattr(before, name) for name in values}
        wanted[(row["id"],)] = values | {"valid_from": min(periods), "valid_to": last.valid_to}
    return wanted


def _check_way(row: Row, findings: Findings) -> None:
    if row["channel"] == BY_EMAIL and not row["email"]:
        findings.add("import.no_email", row.line, "email")
    if row["channel"] == BY_EDXML and not row["organ_code"]:
        findings.add("import.no_organ_code", row.line, "organ_code")


def _name_values(row: Row) -> dict[str, Any]:
    values = {name: row[name] for name in NAME_FIELDS}
    return values | {"short_name": row["short_name"] or row["name"], "superior_name": row["superior_name"] or None}


def _without(row: Row, *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.values.items() if name not in names}


def _binding_id(row: Row) -> str:
    return f"{row['role']}:{row['rank']}:{row['valid_from']}"


def _duty_key(row: Row) -> str:
    return duty_id(row["person_id"], row["agency_id"], row["duty"], row["valid_from"])


def _duty_series(session: Session, rows: Iterable[Row]) -> Series:
    series: Series = {}
    for duty in session.scalars(select(OfficerDuty)):
        group = series.setdefault((duty.person_id, duty.agency_id, duty.duty), {})
        group[duty.valid_from] = Period(duty.valid_from, duty.valid_to)
    for row in rows:
        group = series.setdefault((row["person_id"], row["agency_id"], row["duty"]), {})
        group[row["valid_from"]] = _period(row)
    return series


def _check_same_name(rows: Iterable[Row], findings: Findings) -> None:
    names: dict[str, Row] = {}
    for row in rows:
        first = names.setdefault(row["person_id"], row)
        if first["name"] != row["name"]:
            findings.add("import.two_names", row.line, "name", value=row["person_id"], other=first.line)


def _persons(session: Session, rows: Iterable[Row], now: datetime) -> dict[Key, Mapping[str, Any]]:
    since = {person.id: person.created_at for person in session.scalars(select(Person))}
    return {(row["person_id"],): {"name": row["name"], "created_at": since.get(row["person_id"], now)} for row in rows}


def _check_user_names(session: Session, rows: Iterable[Row], findings: Findings) -> dict[str, dict[str, Any]]:
    """The accounts to open, by new id; notes user names that belong to somebody else."""
    holders = {account.user_name: account.person_id for account in session.scalars(select(Account))}
    wanted: dict[str, dict[str, Any]] = {}
    for row in rows:
        user_name, person_id = row["user_name"], row["person_id"]
        if user_name is None:
            continue
        if holders.get(user_name, person_id) != person_id:
            findings.add("import.user_name_taken", row.line, "user_name", value=user_name)
        elif user_name not in holders:
            wanted[str(uuid4())] = {"person_id": person_id, "user_name": user_name, "status": "active"}
        holders.setdefault(user_name, person_id)
    return wanted


def _plain(value: Any) -> Any:
    """The value as JSON writes it: days and moments as ISO text."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
