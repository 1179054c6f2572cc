"""How long an auditor waits for each report on how the regulation is kept, over a year of all agencies' work.

The procedures and agencies are those of a demo store; the cases, their work, papers and unusual acts are inserted in
bulk, spread over a year: one case in five runs, one piece of work in ten came late, one in twenty was sent back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import canonical
from engine.clock import ManualClock
from engine.procedures.versions import LoadedVersion
from engine.queries import procedures
from engine.services import Stream
from engine.tables import Case, CaseAgency, Event, EventPayload, EventStream, ProcedureVersion, WorkItem
from tests.load import world
from tests.load.chains import Chain, Rows, store
from tests.load.figures import Figures, spread, timed
from tests.load.inbox import analyse
from tests.support.web import START, Browser
from web.app import assemble
from web.bootstrap import ensure_ready
from web.oversight.reports import REPORTS
from web.wiring import Container, build
from workflows.agencies.tables import Agency
from workflows.documents.tables import (
    ISSUED,
    RECEIVED,
    VOIDED,
    Dispatch,
    Document,
    DocumentRegister,
    RegisterEntry,
)
from workflows.oversight.notices import RESULT
from workflows.oversight.unusual import TYPES

AUDITOR, HEAD = "kiemtra", "ld.vp-ubnd-tinh"
PER_CASE, BATCH = 5, 2_000
NOW = START + timedelta(days=365)
CHOSEN = {"ban-do-nhiet": "?quy_trinh=incident-rebuttal"}
"""What a reader chooses first: the heat map shows one procedure."""


@dataclass(frozen=True)
class Places:
    """Where cases run: versions, each with an outcome and the steps of people, and agencies."""

    versions: Sequence[tuple[LoadedVersion, str, Sequence[tuple[str, str, str]]]]
    agencies: Sequence[str]


def measure(url: str, rows: int, looks: int) -> Figures:
    """Fill a store with that many work items and open every report, as an auditor and as a head."""
    with TemporaryDirectory() as folder:
        settings = {"DATA_DIR": str(Path(folder)), "DATABASE_URL": url, "STORE": "demo"}
        container = build(settings, ManualClock(START))
        ensure_ready(container, with_cases=False)
        try:
            fill(container, rows)
            container.engine.clock.advance(NOW - START)  # type: ignore[attr-defined]
            return {"rows": rows} | _looked_at(container, looks)
        finally:
            container.engine.database.dispose()


def fill(container: Container, rows: int) -> None:
    """Insert a year's cases with that many work items."""
    with container.read() as session:
        places = _places(session, container)
    for first in range(0, rows // PER_CASE, BATCH):
        numbers = range(first, min(first + BATCH, rows // PER_CASE))
        with container.engine.transaction() as session:
            store(session, _year(numbers, places, Random(first)))
    with container.engine.transaction() as session:
        store(session, _registers(places, rows // 20))
    analyse(container.engine.database)


def _looked_at(container: Container, looks: int) -> Figures:
    found: Figures = {}
    for person in (AUDITOR, HEAD):
        browser = Browser(assemble(container).test_client())
        assert browser.sign_in(person).status_code == 303
        for name in REPORTS:
            path = f"/giam-sat/{name}{CHOSEN.get(name, '')}"
            _look(browser, path)  # once for what is loaded once
            found |= spread([_look(browser, path) for _ in range(looks)], f"{person}.{name}_")
    return found


def _look(browser: Browser, path: str) -> float:
    taken, answer = timed(lambda: browser.open(path))
    assert answer.status_code == 200, (path, answer.status_code)
    return taken


def _places(session: Session, container: Container) -> Places:
    versions = [
        procedures.current(session, container.engine.versions, id_, START)
        for id_ in session.scalars(
            select(ProcedureVersion.procedure_id).where(ProcedureVersion.kind == "procedure").distinct()
        )
    ]
    return Places(
        [(one, min(one.bundle.outcomes), list(_steps(one))) for one in versions],
        list(session.scalars(select(Agency.id))),
    )


def _steps(version: LoadedVersion) -> Iterator[tuple[str, str, str]]:
    """Process, element and name of what people do."""
    for part in version.parts.values():
        for element in part.process.elements.values():
            if element.is_person_task:
                yield part.process.id, element.id, element.name


def _year(numbers: Sequence[int], places: Places, chance: Random) -> list[tuple[Any, Rows]]:
    tables: list[tuple[Any, Rows]] = [
        (one, Rows()) for one in (Case, CaseAgency, WorkItem, Document, Dispatch, EventStream, Event, EventPayload)
    ]
    rows = dict(tables)
    for number in numbers:
        version, outcome, steps = chance.choice(places.versions)
        agencies = chance.sample(places.agencies, 3)
        began = START + timedelta(minutes=chance.randrange(365 * 24 * 60))
        ended = None if number % 5 == 0 else min(NOW, began + timedelta(days=chance.randrange(2, 60)))
        case_id = f"case-{number:031}"
        rows[Case].append(_case(case_id, number, version, outcome, agencies, began, ended))
        rows[CaseAgency].extend({"agency_id": one, "case_id": case_id} for one in agencies)
        rows[WorkItem].extend(
            _item(
                case_id, version.bundle.id, chance.choice(steps), chance.choice(agencies), began, ended, place, chance
            )
            for place in range(PER_CASE)
        )
        if ended and number % 2:
            rows[Document].append(_result(case_id, agencies[0], ended))
            rows[Dispatch].extend(_dispatch(case_id, one, place, ended) for place, one in enumerate(agencies[1:]))
        for model, row in _act(case_id, number, began):
            rows[model].append(row)
    return tables


def _case(
    id_: str, number: int, version: LoadedVersion, outcome: str, agencies: Sequence[str], began: datetime,
    ended: datetime | None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "id": id_, "code": f"NM-26-{number:06}", "procedure_id": version.bundle.id,
        "version_hash": version.hash, "status": "ended" if ended else "running", "outcome": outcome if ended else None,
        "title": f"Vụ việc số {number}",
        "search_text": f"vu viec so {number}", "initiator_agency": agencies[0], "lead_agency": agencies[0],
        "received_at": began, "started_at": began, "ended_at": ended, "lock_version": 0,
    }  # fmt: skip


def _item(
    case_id: str, procedure: str, step: tuple[str, str, str], agency: str, began: datetime, ended: datetime | None,
    place: int, chance: Random,
) -> dict[str, Any]:  # fmt: skip
    process, element, name = step
    opened = began + timedelta(hours=30 * place)
    closed = None if ended is None and place == PER_CASE - 1 else opened + timedelta(hours=chance.randrange(1, 60))
    due = None if chance.random() < 0.3 else opened + timedelta(hours=48)
    return {
        "id": f"{place}{case_id[6:]}", "case_id": case_id, "procedure_id": procedure, "token": f"{place}{case_id[6:]}",
        "element_id": element, "occurrence": 1, "process_id": process, "name": name, "form": "note",
        "agency_id": agency, "duty": "specialist", "assignee_id": f"cv.{agency}" if closed else None,
        "status": "done" if closed else "open", "due_at": due, "created_at": opened, "closed_at": closed,
        "deadline": {"source": "QC"} if due else None, "lock_version": 0,
        "earlier_id": "x" if chance.random() < 0.05 else None, "scope": "",
    }  # fmt: skip


def _result(case_id: str, issuer: str, at: datetime) -> dict[str, Any]:
    return {
        "id": f"d{case_id[1:]}", "case_id": case_id, "type": "TB", "issuer_agency_id": issuer, "issuer_name": issuer,
        "subject": f"{RESULT[0]} vụ việc", "search_text": "ket qua", "status": ISSUED, "revision": 1, "created_at": at,
        "created_by": f"cv.{issuer}", "issued_on": at.date(), "issued_at": at,
    }  # fmt: skip


def _dispatch(case_id: str, agency: str, place: int, at: datetime) -> dict[str, Any]:
    return {
        "id": f"{place}{case_id[1:]}", "document_id": f"d{case_id[1:]}", "recipient_agency_id": agency,
        "recipient_name": agency, "channel": "internal", "status": RECEIVED, "queued_at": at, "dispatched_at": at,
        "received_at": at,
    }  # fmt: skip


def _act(case_id: str, number: int, at: datetime) -> Iterator[tuple[Any, dict[str, Any]]]:
    """An event of each case, one in ten an unusual act."""
    chain, type_ = Chain(Stream("case", case_id)), TYPES[number % len(TYPES)] if number % 10 == 0 else "CaseStarted"
    event, payload = chain.extend(type_, canonical.dumps({"reason": "Theo đề nghị"}), world.officer(), at)
    yield from ((Event, event), (EventPayload, payload))
    yield EventStream, {"kind": "case", "id": case_id, "length": 1, "last_hash": chain.hash}


def _registers(places: Places, lines: int) -> list[tuple[Any, Rows]]:
    """Registers of all agencies with as many lines together; one in ten lacks a number; the tenth number is void."""
    registers, entries = Rows(), Rows()
    for place, agency in enumerate(places.agencies):
        id_, last = f"so-{agency}"[:36], max(11, lines // len(places.agencies))
        registers.append({"agency_id": agency, "year": NOW.year, "series": "CV", "id": id_, "last_number": last,
                          "status": "open"})  # fmt: skip
        entries.extend(_entry(id_, number, agency) for number in range(1, last + 1) if number != 11 or place % 10)
    return [(DocumentRegister, registers), (RegisterEntry, entries)]


def _entry(register: str, number: int, agency: str) -> dict[str, Any]:
    return {
        "register_id": register, "number": number, "symbol": f"{number}/CV", "issued_on": NOW.date(), "type": "CV",
        "subject": "Văn bản", "signer": agency, "recipients": "Như trên", "kept_by": agency, "copies": 1,
        "status": VOIDED if number == 10 else ISSUED, "entered_at": NOW, "entered_by": agency,
    }  # fmt: skip
