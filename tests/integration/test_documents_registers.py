"""Registers: no gap, no double, a new series each year in Vietnam; on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import database, events
from engine.blobs import FolderBlobs
from engine.services import Stream
from tests.support.documents import CLERK, FONTS, HEAD, NOW, Directory, Office, issuer, open_store
from workflows.documents.layout import Renderer
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
