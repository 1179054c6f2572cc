"""Cases that begin without a person: by the calendar, and because another case asks for them.

A rule of a procedure has one row for each period. Whoever fires it takes the row from `waiting` to its end in the
transaction that opens the case and writes the row of the next period, so any number of schedulers open one case for
each period, and periods missed while the program stood still are caught up one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from engine.actors import SYSTEM, Actor
from engine.clock import local_date
from engine.commands import lifecycle
from engine.commands.links import GREW_OUT_OF, link
from engine.procedures.bundle import PROCEDURE
from engine.procedures.schedule import DROPPED, STARTED, WAITING, plan
from engine.procedures.starts import StartRule, start_rules
from engine.procedures.versions import LoadedVersion, UnknownProcedure, Versions
from engine.tables import AskedCase, Case, ScheduledStart
from engine.unit_of_work import UnitOfWork


def fire(uow: UnitOfWork, versions: Versions, key: Mapping[str, str]) -> bool:
    """Open the case of one rule and period.

    Args:
        key: primary key of the row.

    Returns:
        Whether a case was opened: not where a rival was faster, or the version in force says otherwise.
    """
    row = uow.session.get_one(ScheduledStart, key, with_for_update=True, populate_existing=True)
    if row.status != WAITING:
        return False
    version = versions.in_force(uow.session, row.procedure_id, uow.now)
    rule = next((rule for rule in start_rules(version.bundle) if rule.id == row.rule), None)
    row.status = DROPPED
    if rule is None:
        return False
    plan(uow.session, row.procedure_id, rule, rule.next_after(row.due_at))
    if rule.moment(local_date(row.due_at)) != row.due_at:
        return False
    row.status, row.case_id = STARTED, _open(uow, version, rule, row.due_at)
    return True


def start_asked(uow: UnitOfWork, versions: Versions, body: Mapping[str, str]) -> None:
    """Open the case that another asked for, and link it with that one."""
    row = uow.session.get_one(AskedCase, body["request_id"], with_for_update=True, populate_existing=True)
    version = versions.in_force(uow.session, row.procedure_id, uow.now)
    if version.bundle.kind != PROCEDURE:
        raise UnknownProcedure(procedure=row.procedure_id)
    asker = uow.session.get_one(Case, row.asker_id)
    acting = replace(uow, actor=in_the_name_of(uow, row.agency_id))
    run = lifecycle.begin(acting, version, row.data, uow.now, {"grew_out_of": asker.code})
    link(run, row.asker_id, GREW_OUT_OF, row.reason)
    row.case_id = run.case.id


def in_the_name_of(uow: UnitOfWork, agency_id: str) -> Actor:
    """The program acting for an agency."""
    name = uow.ports.directory.agency_name(uow.session, agency_id, local_date(uow.now))
    return replace(SYSTEM, agency_id=agency_id, agency_name=name)


def _open(uow: UnitOfWork, version: LoadedVersion, rule: StartRule, moment: datetime) -> str:
    agency = uow.ports.directory.binding(uow.session, rule.role, local_date(uow.now)).agency_id
    acting = replace(uow, actor=in_the_name_of(uow, agency))
    facts = {"start_rule": rule.id, "period": rule.period(moment)}
    return lifecycle.begin(acting, version, rule.values(moment), uow.now, facts).case.id
