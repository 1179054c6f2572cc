"""Two process owners at one diagram: they see each other, their changes become one, and neither loses work."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from engine.clock import ZONE
from tests.support.studio import SECOND, Studio, begin_draft
from tests.support.web import Office
from workflows.studio.presence import SILENCE
from workflows.studio.tables import Draft, DraftPresence

PROCEDURE = "foreign-press-permit"
DIAGRAM = "process.bpmn"
MINE = ('name="Phân loại, kiểm tra hồ sơ"', 'name="Phân loại hồ sơ"')
THEIRS = ('name="Xác định kết quả"', 'name="Kết luận"')


@pytest.fixture
def draft(office: Office) -> str:
    return begin_draft(office, PROCEDURE)


@pytest.fixture
def first(office: Office) -> Studio:
    return Studio(office)


@pytest.fixture
def second(office: Office) -> Studio:
    return Studio(office, SECOND)


def diagram(studio: Studio, draft: str) -> str:
    return bytes(studio.get(f"/xuong/{draft}/tep/{DIAGRAM}").data).decode()


def changed(content: str, *pairs: tuple[str, str]) -> str:
    for before, after in pairs:
        assert before in content
        content = content.replace(before, after, 1)
    return content


def test_who_saves_second_brings_both_changes_in(first: Studio, second: Studio, draft: str) -> None:
    base = diagram(first, draft)
    assert second.put(draft, DIAGRAM, changed(base, THEIRS).encode(), 0).status_code == 200
    mine = changed(base, MINE)
    assert first.put(draft, DIAGRAM, mine.encode(), 0).status_code == 409

    merged = first.ask(draft, "gop", {"base": base, "mine": mine, "keep": "mine"}).get_json()

    assert merged["clashes"] == [] and merged["revision"] == 1 and THEIRS[1] in merged["theirs"]
    assert diagram(first, draft) == changed(base, THEIRS), "nothing is saved by asking"
    assert first.put(draft, DIAGRAM, merged["content"].encode(), merged["revision"]).status_code == 200
    assert MINE[1] in diagram(first, draft) and THEIRS[1] in diagram(first, draft)
    assert first.ask(draft, "kiem").get_json()["findings"] == []


def test_what_both_changed_is_named_and_either_can_be_kept(first: Studio, second: Studio, draft: str) -> None:
    base = diagram(first, draft)
    mine, theirs = changed(base, MINE), changed(base, (MINE[0], 'name="Xem hồ sơ"'), THEIRS)
    second.put(draft, DIAGRAM, theirs.encode(), 0)

    kept = first.ask(draft, "gop", {"base": base, "mine": mine, "keep": "mine"}).get_json()
    given_up = first.ask(draft, "gop", {"base": base, "mine": mine, "keep": "theirs"}).get_json()

    assert kept["clashes"] == [{"element": "examine", "name": "Phân loại hồ sơ"}]
    assert MINE[1] in kept["content"] and THEIRS[1] in kept["content"]
    assert 'name="Xem hồ sơ"' in given_up["content"] and MINE[1] not in given_up["content"]


def test_another_diagram_is_not_mixed_in_but_can_become_a_draft_of_its_own(
    office: Office, first: Studio, second: Studio, draft: str
) -> None:
    base = diagram(first, draft)
    mine = base.replace("foreign_press_permit", "quite_another")
    assert mine != base
    second.put(draft, DIAGRAM, changed(base, THEIRS).encode(), 0)

    refused = first.ask(draft, "gop", {"base": base, "mine": mine, "keep": "mine"})
    assert refused.status_code == 409 and refused.get_json()["code"] == "studio.apart"

    address = first.ask(draft, "ban-rieng", data=mine.encode()).get_json()["address"]
    apart = address.split("/")[2]
    assert diagram(first, apart) == mine and THEIRS[1] in diagram(second, draft)
    rules = first.get(f"/xuong/{draft}/tep/deadlines.yaml").data
    assert first.get(f"/xuong/{apart}/tep/deadlines.yaml").data == rules
    # Whoever worked on the first draft has a hand in this one too, and may not approve it.
    assert [one["name"] for one in first.get(f"/xuong/{apart}/tep").get_json()["others"]] == [
        "Người phê duyệt quy trình, VP UBND tỉnh"
    ]
    assert "bản riêng" in first.get(f"/xuong/{apart}").text


def test_what_is_no_diagram_is_refused_and_begins_no_draft(office: Office, first: Studio, draft: str) -> None:
    with office.container.read() as session:
        before = session.scalar(select(func.count()).select_from(Draft))
    for sent in (b"<html>", b"", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'):
        assert first.ask(draft, "ban-rieng", data=sent).status_code == 422
        assert first.ask(draft, "gop", {"base": sent.decode(), "mine": sent.decode()}).status_code == 422
    assert first.ask(draft, "gop", {"base": "\ud800", "mine": 1}).status_code == 422
    with office.container.read() as session:
        assert session.scalar(select(func.count()).select_from(Draft)) == before


def test_who_has_the_diagram_open_is_seen_until_the_page_falls_silent(
    office: Office, first: Studio, second: Studio, draft: str
) -> None:
    assert first.ask(draft, "co-mat").get_json() == {"others": [], "saved": None}
    since = office.clock.now()
    told = second.ask(draft, "co-mat").get_json()["others"]
    assert [one["since"] for one in told] == [since.astimezone(ZONE).strftime("%H:%M")] and told[0]["name"]
    assert "Đang mở sơ đồ" in second.get(f"/xuong/{draft}").text

    office.clock.advance(SILENCE - timedelta(seconds=1))
    assert len(second.ask(draft, "co-mat").get_json()["others"]) == 1
    office.clock.advance(timedelta(seconds=2))
    assert second.ask(draft, "co-mat").get_json()["others"] == []
    assert "Đang mở sơ đồ" not in second.get(f"/xuong/{draft}").text
    with office.container.read() as session:
        left = session.scalars(select(DraftPresence.draft_id).where(DraftPresence.draft_id == draft)).all()
    assert len(left) == 1, "who left is forgotten"


def test_a_page_hears_that_somebody_else_saved_its_diagram(first: Studio, second: Studio, draft: str) -> None:
    base = diagram(first, draft)
    first.put(draft, DIAGRAM, changed(base, MINE).encode(), 0)

    assert first.ask(draft, "co-mat").get_json()["saved"] is None
    told = second.ask(draft, "co-mat").get_json()["saved"]
    assert told["revision"] == 1 and told["name"] and len(told["at"]) == 5
