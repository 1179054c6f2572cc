"""Documents leave as edXML packages in a folder: whole, readable, and under one name however often it is tried."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import database
from engine.blobs import FolderBlobs
from engine.services import Delivery
from tests.support.documents import FONTS, NAMES, NOW, Directory, Office, issuer, open_store
from workflows.documents.dispatch.dispatcher import Dispatcher
from workflows.documents.dispatch.edxml import EdxmlChannel, message_id
from workflows.documents.edxml.model import Organ
from workflows.documents.edxml.organs import OrganCode
from workflows.documents.edxml.reading import read
from workflows.documents.errors import NotIssued
from workflows.documents.layout import Renderer
from workflows.documents.receiving import recipients_of
from workflows.documents.services import DocumentServices
from workflows.documents.tables import QUEUED, Dispatch, Document

CODES = {"so-vhttdl": "000.00.02.H44", "so-ngoai-vu": "H44.04", "cong-an-tinh": "H44.03"}


class Stopped(Exception):
    """The machine goes down."""


def organ(session: Session, agency_id: str, on: date) -> Organ:
    return Organ(OrganCode.parse(CODES[agency_id]), NAMES[agency_id])


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    opened = open_store(database_url)
    yield Office(opened, DocumentServices(issuer, Directory(), Renderer(FONTS), FolderBlobs(tmp_path / "blobs")))
    opened.dispose()


@pytest.fixture
def channel(office: Office, tmp_path: Path) -> EdxmlChannel:
    folder = tmp_path / "out"
    folder.mkdir()
    return EdxmlChannel(folder, office.services.blobs, organ)


def dispatch(office: Office, channel: EdxmlChannel, document_id: str, *, crash: bool = False, attempt: int = 1) -> None:
    def deliver(*told: object) -> None:
        if crash:
            raise Stopped

    now = NOW + timedelta(minutes=attempt)
    with database.writing(office.database) as session:
        body = {"document_id": document_id}
        delivery = Delivery(session, now, "m", body, attempt, lambda *told: None, deliver, send=lambda *told: "")
        Dispatcher(office.services.renderer, office.services.blobs, channel)(delivery)


def contents(channel: EdxmlChannel) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in channel.folder.iterdir()}


def test_each_receiver_gets_its_own_package(office: Office, channel: EdxmlChannel) -> None:
    document_id = office.issued()

    dispatch(office, channel, document_id)

    ids = {agency_id: message_id(document_id, agency_id) for agency_id in ("so-ngoai-vu", "cong-an-tinh")}
    found = contents(channel)
    assert set(found) == {f"{one}.edxml" for one in ids.values()}
    package = read(found[f"{ids['cong-an-tinh']}.edxml"])
    assert [one.name for one in package.message.receivers] == ["Công an tỉnh"]
    assert str(package.message.id) == "H44.02,2026/09/01,01/TB-SVHTTDL"
    document = office.read(lambda session: session.get_one(Document, document_id))
    assert document.pdf_sha256
    assert [file.content for file in package.files] == [office.services.blobs.get(document.pdf_sha256)]
    rows = office.read(lambda session: list(session.scalars(select(Dispatch))))
    assert {(row.id, row.channel, row.status) for row in rows} == {(one, "edxml", QUEUED) for one in ids.values()}


def test_a_retry_after_a_crash_makes_no_second_package(office: Office, channel: EdxmlChannel) -> None:
    document_id = office.issued()
    with pytest.raises(Stopped):
        dispatch(office, channel, document_id, crash=True)
    assert office.read(lambda session: list(session.scalars(select(Dispatch)))) == []
    before = contents(channel)
    assert len(before) == 2

    dispatch(office, channel, document_id, attempt=2)
    assert contents(channel) == before

    # And where the agent has taken the files away in between, they come again under the same names
    for path in channel.folder.iterdir():
        path.unlink()
    with database.writing(office.database) as session:
        for row in session.scalars(select(Dispatch)):
            session.delete(row)
    dispatch(office, channel, document_id, attempt=3)
    assert contents(channel) == before


def test_a_crash_while_writing_leaves_nothing_that_the_agent_would_take(
    office: Office, channel: EdxmlChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    document_id = office.issued()

    def stop(handle: int) -> None:
        raise Stopped

    monkeypatch.setattr(FolderBlobs, "get", lambda self, sha256: b"%PDF-1.7")
    monkeypatch.setattr(os, "fsync", stop)
    with database.writing(office.database) as session:
        document, [first, _] = session.get_one(Document, document_id), recipients_of(session, document_id)
        document.pdf_sha256 = "0" * 64
        with pytest.raises(Stopped):
            channel.send(session, NOW, document, first)

    assert [name for name in contents(channel) if not name.startswith(".")] == []


def test_a_document_without_its_number_does_not_leave(office: Office, channel: EdxmlChannel) -> None:
    document_id = office.draft()

    with database.writing(office.database) as session, pytest.raises(NotIssued):
        channel.send(session, NOW, session.get_one(Document, document_id), recipients_of(session, document_id)[0])
    assert contents(channel) == {}
