"""Registers: no gap, no double, a new series each year in Vietnam; on both databases."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pypdf
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import database, events
from engine.actors import Actor
from engine.blobs import FolderBlobs
from engine.services import Stream
from tests.support.documents import (
    CLERK,
    FONTS,
    HEAD,
    NOW,
    SPECIALIST,
    Directory,
    Office,
    issuer,
    officer,
    open_store,
)
from web.cli.common import OPERATOR
from workflows.agencies.errors import AgencyNotActive
from workflows.agencies.facts import IssuerFacts
from workflows.documents import errors, lists, register_files
from workflows.documents.arrivals import pass_on
from workflows.documents.dispatch.receipts import confirm_receipt
from workflows.documents.layout import Renderer
from workflows.documents.register_queries import arrived, sent
from workflows.documents.register_queries import registers as registers_of
from workflows.documents.registers import PLANS, Clerk, plan_of
from workflows.documents.restoration import Gate, confirm, mark_restored, unconfirmed
from workflows.documents.services import DocumentServices
from workflows.documents.tables import DocumentRegister, RegisterEntry


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    opened = open_store(database_url)
    yield Office(opened, DocumentServices(issuer, Directory(), Renderer(FONTS), FolderBlobs(tmp_path / "blobs")))
    opened.dispose()


def rows_of(office: Office) -> list[RegisterEntry]:
    return list(
        office.read(lambda session: session.scalars(select(RegisterEntry).order_by(RegisterEntry.number)).all())
    )


def test_a_register_begins_anew_at_midnight_of_new_year_in_vietnam(office: Office) -> None:
    for moment in ("2026-12-31T16:59:59+00:00", "2026-12-31T17:00:00+00:00"):
        office.issued(datetime.fromisoformat(moment))
    registers = office.read(lambda s: s.scalars(select(DocumentRegister).order_by(DocumentRegister.year)).all())
    assert [(one.year, one.last_number) for one in registers] == [(2026, 1), (2027, 1)]
    [first] = office.read(lambda s: list(events.read(s, Stream("register", registers[1].id))))
    assert first.payload is not None
    assert (first.type, first.payload["symbol"], first.payload["issued_on"]) == (
        "NumberAllocated",
        "01/TB-SVHTTDL",
        "2027-01-01",
    )


def test_a_number_given_in_a_transaction_that_fails_is_given_again(office: Office) -> None:
    document_id = office.draft()
    office.call("documents.approve", HEAD, document_id=document_id)
    with Session(office.database.execution_options(**{database.WRITING: True})) as session:
        office.services.issue(office.service_call(session, CLERK, NOW, {"document_id": document_id}))
        session.rollback()
    assert office.call("documents.issue", CLERK, document_id=document_id)["number"] == 1


def test_numbers_given_at_the_same_time_have_no_gap_and_no_double(office: Office) -> None:
    drafts = [office.draft() for _ in range(12)]
    for document_id in drafts:
        office.call("documents.approve", HEAD, document_id=document_id)
    with ThreadPoolExecutor(4) as clerks:
        numbers = list(clerks.map(lambda d: office.call("documents.issue", CLERK, document_id=d)["number"], drafts))
    assert sorted(numbers) == list(range(1, 13))
    assert [row.number for row in rows_of(office)] == sorted(numbers)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def desk(session: Session, actor: Actor, now: datetime = NOW) -> Clerk:
    return Clerk(session, now, actor)


def test_a_body_formed_anew_within_the_year_is_another_issuer_and_begins_at_01(office: Office) -> None:
    # Given a department whose province merges on 1 July: another body under the same id
    def formed_anew(session: Session, agency_id: str, on: date) -> IssuerFacts:
        founded = date(2025, 7, 1) if on >= date(2025, 7, 1) else None
        return replace(issuer(session, agency_id, on), founded_on=founded)

    office.services = replace(office.services, issuers=formed_anew)
    # When both bodies issue, and the new one goes on in the year after
    for moment in ("2025-06-30T16:59:00Z", "2025-06-30T17:00:00Z", "2025-09-01T02:00:00Z", "2026-01-05T02:00:00Z"):
        office.issued(at(moment))
    # Then each has a series of its own, and the next year is nobody's first
    registers = office.read(lambda s: s.scalars(select(DocumentRegister)).all())
    found = sorted((one.year, one.series, one.last_number) for one in registers)
    assert found == [(2025, "all", 1), (2025, "all@2025-07-01", 2), (2026, "all", 1)]


def test_a_dissolved_body_issues_nothing_any_more(office: Office) -> None:
    document_id = office.draft()
    office.call("documents.approve", HEAD, document_id=document_id)

    def dissolved(session: Session, agency_id: str, on: date) -> IssuerFacts:
        raise AgencyNotActive(agency_id=agency_id, name="", on=on.isoformat())

    office.services = replace(office.services, issuers=dissolved)
    with pytest.raises(AgencyNotActive):
        office.call("documents.issue", CLERK, document_id=document_id)
    assert rows_of(office) == []


def test_the_head_decides_which_types_share_a_series(office: Office) -> None:
    with database.writing(office.database) as session:
        desk(session, HEAD).decide_series(2026, {"TB": "own"}, "Quyết định số 12/QĐ-SVHTTDL")
    office.issued()
    [register] = office.read(lambda s: s.scalars(select(DocumentRegister)).all())
    assert register.series == "TB"
    [fact] = office.read(lambda s: list(events.read(s, PLANS)))
    assert fact.payload is not None
    assert (fact.type, fact.payload["series"], fact.payload["year"]) == ("RegisterSeriesDecided", {"TB": "own"}, 2026)
    # In a year in which numbers were given, or that is over, two documents could get one number
    for year in (2026, 2025):
        with database.writing(office.database) as session, pytest.raises(errors.SeriesInUse):
            desk(session, HEAD).decide_series(year, {}, "Ý kiến của Giám đốc")
    with database.writing(office.database) as session:
        desk(session, CLERK).decide_series(2027, {}, "Ý kiến của Giám đốc")
    assert office.read(lambda s: (plan_of(s, "so-vhttdl", 2026), plan_of(s, "so-vhttdl", 2030))) == ({"TB": "own"}, {})


@pytest.mark.parametrize(
    ("actor", "series", "decision", "refusal"),
    [
        (SPECIALIST, {}, "Quyết định", errors.PlanNotAllowed),
        (HEAD, {"XX": "own"}, "Quyết định", errors.UnknownSeries),
        (HEAD, {"TB": "fourth"}, "Quyết định", errors.UnknownSeries),
        (HEAD, {}, " ", errors.ReasonRequired),
    ],
)
def test_a_grouping_needs_the_right_person_known_series_and_a_decision(
    office: Office, actor: Actor, series: dict[str, str], decision: str, refusal: type[Exception]
) -> None:
    with database.writing(office.database) as session, pytest.raises(refusal):
        desk(session, actor).decide_series(2027, series, decision)


def test_a_voided_number_stays_in_the_register_and_is_never_given_again(office: Office) -> None:
    first = office.issued()
    with database.writing(office.database) as session:
        desk(session, CLERK).void(first, "Sai cơ quan nhận")
    office.issued()
    lines = office.read(lambda s: sent(s, rows_of(office)[0].register_id))
    assert [(one.number, one.voided, one.note) for one in lines] == [(1, True, "Sai cơ quan nhận"), (2, False, "")]
    [register] = office.read(lambda s: s.scalars(select(DocumentRegister)).all())
    log = office.read(lambda s: [event.type for event in events.read(s, Stream("register", register.id))])
    assert log == ["NumberAllocated", "NumberVoided", "NumberAllocated"]
    with database.writing(office.database) as session, pytest.raises(errors.NotIssued):
        desk(session, CLERK).void(first, "Lần nữa")


@pytest.mark.parametrize(
    ("actor", "reason", "refusal"),
    [
        (SPECIALIST, "Sai", errors.ClerkRequired),
        (officer("clerk", "so-ngoai-vu"), "Sai", errors.DocumentNotFound),
        (CLERK, "", errors.ReasonRequired),
    ],
)
def test_only_the_bodys_clerk_voids_and_says_why(
    office: Office, actor: Actor, reason: str, refusal: type[Exception]
) -> None:
    document_id = office.issued()
    with database.writing(office.database) as session, pytest.raises(refusal):
        desk(session, actor).void(document_id, reason)


def test_what_arrives_gets_an_arrival_number_once_in_the_receivers_register(office: Office) -> None:
    for document_id in (office.issued(), office.issued()):
        office.dispatch(document_id)
    receiver = officer("clerk", "so-ngoai-vu")
    for row in office.read(lambda s: lists.incoming(s, receiver)):
        for _ in range(2):
            with database.writing(office.database) as session:
                confirm_receipt(session, NOW, receiver, row.dispatch_id, issuer)
    [register] = office.read(lambda s: registers_of(s, receiver))
    lines = office.read(lambda s: arrived(s, register.id))
    assert (register.direction, [one.number for one in lines]) == ("incoming", [1, 2])
    assert {one.symbol for one in lines} == {"01/TB-SVHTTDL", "02/TB-SVHTTDL"}
    with database.writing(office.database) as session:
        pass_on(desk(session, receiver), register.id, 1, "", "Phòng Lãnh sự", "Trả lời trước 10/09")
    [first, _] = office.read(lambda s: arrived(s, register.id))
    assert (first.handled_by, first.passed_on, first.note) == ("Phòng Lãnh sự", date(2026, 9, 1), "Trả lời trước 10/09")
    with database.writing(office.database) as session, pytest.raises(errors.RegisterNotFound):
        pass_on(desk(session, CLERK), register.id, 1, "", "Phòng khác", "")


def test_a_restored_store_waits_until_every_last_number_is_confirmed(office: Office) -> None:
    # Given a store with one register that was restored from a backup
    office.issued()
    with database.writing(office.database) as session:
        mark_restored(session, OPERATOR, NOW)
    gate = Gate(office.database)
    [register] = office.read(unconfirmed)
    assert gate.closed()
    with pytest.raises(errors.StoreReadOnly):
        gate.require_open()

    # When the clerk finds on paper that 04 was the last one
    for number, refusal in ((0, errors.LastNumberTooLow), (9_999, errors.LastNumberTooHigh)):
        with database.writing(office.database) as session, pytest.raises(refusal):
            confirm(session, CLERK, NOW, register.id, number)
    with database.writing(office.database) as session:
        confirm(session, CLERK, NOW, register.id, 4)

    # Then the store opens, the lost numbers stay as voided lines, and the next document gets 05
    assert not gate.closed()
    office.issued()
    lines = office.read(lambda s: sent(s, register.id))
    assert [(one.number, one.voided) for one in lines] == [(1, False), (2, True), (3, True), (4, True), (5, False)]
    with database.writing(office.database) as session, pytest.raises(errors.NothingToConfirm):
        confirm(session, CLERK, NOW, register.id, 5)


@pytest.mark.parametrize(
    ("actor", "refusal"),
    [(SPECIALIST, errors.ConfirmNotAllowed), (officer("clerk", "so-ngoai-vu"), errors.RegisterNotFound)],
)
def test_only_the_bodys_clerk_or_an_administrator_confirms(
    office: Office, actor: Actor, refusal: type[Exception]
) -> None:
    office.issued()
    with database.writing(office.database) as session:
        mark_restored(session, OPERATOR, NOW)
    [register] = office.read(unconfirmed)
    with database.writing(office.database) as session, pytest.raises(refusal):
        confirm(session, actor, NOW, register.id, 1)
    with database.writing(office.database) as session:
        confirm(session, officer("administrator", "cong-an-tinh"), NOW, register.id, 1)


def test_a_register_is_printed_and_exported_with_the_ten_columns(office: Office) -> None:
    first = office.issued()
    office.dispatch(first)
    with database.writing(office.database) as session:
        desk(session, CLERK).void(first, "=1+1")
    [register] = office.read(lambda s: registers_of(s, CLERK))
    sheet = register_files.sheet(
        "outgoing", 2026, "Sở Văn hóa, Thể thao và Du lịch", office.read(lambda s: sent(s, register.id))
    )
    assert [len(row) for row in (sheet.columns, *sheet.rows)] == [10, 10]
    text = pypdf.PdfReader(io.BytesIO(register_files.pdf(sheet, Renderer(FONTS)))).pages[0].extract_text()
    assert "01/TB-SVHTTDL" in text.replace("\n", "")
    with zipfile.ZipFile(io.BytesIO(register_files.xlsx(sheet))) as book:
        assert "01/TB-SVHTTDL" in book.read("xl/sharedStrings.xml").decode()
        assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()  # what looks like a formula is none
