"""A clerk finds a document by what is half remembered, and only on the own side; on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from engine import database
from engine.actors import Actor
from engine.blobs import FolderBlobs
from tests.support.documents import CLERK, FONTS, HEAD, NOW, SPECIALIST, Directory, Office, issuer, officer, open_store
from workflows.documents.incoming import Arrival, enter
from workflows.documents.layout import Renderer
from workflows.documents.registers import Clerk
from workflows.documents.search import Wanted, find, purge, rebuild
from workflows.documents.services import DocumentServices

RECEIVER = officer("clerk", "so-ngoai-vu")
SUBJECTS = (
    "Kết quả xử lý tin sai về môi trường đầu tư",
    "Họp báo giới thiệu lễ hội Đền Hùng",
    "Kế hoạch tuyên truyền đối ngoại năm 2027",
)


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    opened = open_store(database_url)
    made = Office(opened, DocumentServices(issuer, Directory(), Renderer(FONTS), FolderBlobs(tmp_path / "blobs")))
    for month, subject in enumerate(SUBJECTS, start=9):
        document_id = made.draft()
        made.call("documents.revise", SPECIALIST, document_id=document_id, subject=subject, body="Nội dung.")
        made.call("documents.approve", HEAD, document_id=document_id)
        made.call("documents.issue", CLERK, datetime(2026, month, 5, 2, tzinfo=NOW.tzinfo), document_id=document_id)
        made.dispatch(document_id)
    yield made
    opened.dispose()


def found(office: Office, wanted: Wanted, actor: Actor = CLERK) -> list[str]:
    return sorted(row.symbol or "" for row in office.read(lambda s: find(s, actor, wanted)))


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Wanted("moi truong"), [1]),
        (Wanted("Môi trường"), [1]),
        (Wanted("đen hung"), []),  # "đen" is no "Đền": what is typed with diacritics is meant with them
        (Wanted("den hung"), [2]),
        (Wanted("đền HÙNG"), [2]),
        (Wanted("tuyen doi 2027"), [3]),
        (Wanted("02/TB-SVHTTDL"), [2]),
        (Wanted("2/tb"), [2]),
        (Wanted("thông báo"), [1, 2, 3]),
        (Wanted(number=3), [3]),
        (Wanted(since=date(2026, 10, 1), until=date(2026, 10, 31)), [2]),
        (Wanted(body="cong an"), [1, 2, 3]),
        (Wanted(body="den hung"), []),  # the subject speaks of it, no receiver is called so
        (Wanted("den hung", body="công an"), [2]),
        (Wanted("moi truong den hung"), []),
        (Wanted('" OR plain:*'), []),
        (Wanted("' -- %"), [1, 2, 3]),  # no word in it: nothing is asked for
        (Wanted(direction="incoming"), []),
    ],
    ids=str,
)
def test_a_half_remembered_document_is_found(office: Office, wanted: Wanted, numbers: list[int]) -> None:
    assert found(office, wanted) == [f"{number:02d}/TB-SVHTTDL" for number in numbers]


def test_each_agency_finds_its_own_side_and_an_auditor_all(office: Office) -> None:
    [row] = office.read(lambda s: find(s, RECEIVER, Wanted("den hung")))
    assert (row.direction, row.other_side) == ("incoming", "Sở Văn hóa, Thể thao và Du lịch")
    assert found(office, Wanted("den hung"), officer("clerk", "ubnd-tinh")) == []
    assert len(found(office, Wanted("den hung"), officer("auditor", "ubnd-tinh"))) == 3


def test_drafts_are_found_by_their_issuer_alone_and_under_their_latest_subject(office: Office) -> None:
    document_id = office.draft()
    office.call("documents.revise", SPECIALIST, document_id=document_id, subject="Thư ngỏ", body="Nội dung.")
    assert found(office, Wanted("thu ngo")) == [""]
    assert found(office, Wanted("ket qua phoi hop vu viec")) == []
    assert found(office, Wanted("thu ngo"), RECEIVER) == []


def test_what_came_by_another_channel_is_found_too(office: Office) -> None:
    with database.writing(office.database) as session:
        arrival = Arrival("Bộ Ngoại giao", "15/BNG-TTBC", date(2026, 8, 30), "CV", "Phối hợp đón đoàn báo chí Lào")
        enter(Clerk(session, NOW, RECEIVER), arrival, None)
    assert found(office, Wanted("đón đoàn", body="ngoai giao"), RECEIVER) == ["15/BNG-TTBC"]
    assert found(office, Wanted(arrival=1), RECEIVER) == ["15/BNG-TTBC"] and found(office, Wanted(arrival=2)) == []
    [row] = office.read(lambda s: find(s, RECEIVER, Wanted(arrival=1)))
    assert row.arrival is not None and row.arrival[1] == 1
    with database.writing(office.database) as session:
        assert rebuild(session) == 10
    assert found(office, Wanted("đón đoàn", body="ngoai giao"), RECEIVER) == ["15/BNG-TTBC"]


def test_a_purged_document_leaves_no_word_behind(office: Office) -> None:
    [row] = office.read(lambda s: find(s, CLERK, Wanted("den hung")))
    assert row.document_id is not None
    with database.writing(office.database) as session:
        purge(session, row.document_id)
    assert found(office, Wanted("den hung")) == found(office, Wanted("den hung"), RECEIVER) == []
    if office.database.dialect.name == "sqlite":
        with office.database.connect() as connection:
            words = connection.execute(text("SELECT count(*) FROM document_words WHERE document_words MATCH 'hung'"))
            assert words.scalar() == 0


def test_pages_follow_each_other(office: Office) -> None:
    first = office.read(lambda s: find(s, CLERK, Wanted("thong bao"), limit=2))
    rest = office.read(lambda s: find(s, CLERK, Wanted("thong bao"), limit=2, after=first[-1].id))
    assert [row.symbol for row in (*first, *rest)] == [f"{n:02d}/TB-SVHTTDL" for n in (3, 2, 1)]
