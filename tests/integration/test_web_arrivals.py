"""Stories of what arrives on paper: entered, passed on, dealt with in a case that begins with it or runs already."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.tables import Case, Event
from tests.support.web import OFFICE, Browser, Office, radio_values
from workflows.documents import arrivals
from workflows.documents.dispatch import ended
from workflows.documents.tables import IncomingEntry

CLERK = "vt.vp-ubnd-tinh"
PAPER = {
    "author": "Công ty Sông Thao",
    "symbol": "12/CV-ST",
    "issued_on": "28/08/2026",
    "type": "CV",
    "subject": "Khiếu nại về tin đăng ngày 25/8",
    "checked": "yes",
}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def entered(clerk: Browser, **changes: str) -> str:
    """Enter a paper; returns the path of its page."""
    form = "/van-ban-den/vao-so"
    answer = clerk.send(clerk.open(form).text, form, PAPER | changes)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def test_a_case_begins_with_a_paper_and_its_first_form_knows_it(office: Office) -> None:
    clerk, officer = office.browser(CLERK), office.browser(OFFICE)
    # Given a paper that the clerk entered and passed on to the specialists
    arrival = entered(clerk)
    page = clerk.open(arrival).text
    assert "Chưa chuyển" in page and "01/09/2026" in page
    passed = {"to": "duty:specialist", "note": "Xem xét, đề xuất"}
    assert clerk.send(page, f"{arrival}/chuyen", passed).status_code == 303
    assert arrival in officer.open("/van-ban-den").text
    # When one of them opens a case with it
    answer = officer.send(officer.open(arrival).text, f"{arrival}/mo-vu-viec", {"procedure": "complaint-inspection"})
    assert answer.status_code == 303
    gate = str(answer.headers["Location"])
    name, values = radio_values(officer.open(gate).text)
    answer = officer.complete(gate, {name: values[0]})
    found = re.search(r'href="(/viec/[0-9a-f-]+)"', officer.open(answer.headers["Location"]).text)
    assert found is not None
    # Then the form of the matter is filled with the paper's subject, and register and case know each other
    assert 'value="Khiếu nại về tin đăng ngày 25/8"' in officer.open(found[1]).text
    with office.container.read() as session:
        entry, case = session.scalars(select(IncomingEntry)).one(), session.scalars(select(Case)).one()
        types = list(session.scalars(select(Event.type).where(Event.stream_id == case.id)))
    assert (entry.case_id, entry.opened_case, case.received_at) == (case.id, True, entry.entered_at)
    assert types.count("ArrivalLinked") == 1
    assert arrival in officer.open(f"/vu-viec/{case.code}").text
    assert arrival not in officer.open("/van-ban-den").text
    # And nobody can open a second one with it
    again = officer.client.post(f"{arrival}/mo-vu-viec", data={"procedure": "difficulty", **token(officer)})
    assert again.status_code == 409


def test_a_death_between_case_and_link_leaves_neither_and_a_second_click_no_second_case(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk, officer = office.browser(CLERK), office.browser(OFFICE)
    arrival = entered(clerk)
    page, chosen = officer.open(arrival).text, {"procedure": "complaint-inspection"}
    real = arrivals.link

    def dies(*told: object, **more: object) -> None:
        real(*told, **more)  # type: ignore[arg-type]
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(arrivals, "link", dies)
        with pytest.raises(SystemExit):
            officer.send(page, f"{arrival}/mo-vu-viec", chosen)
    with office.container.read() as session:
        assert (
            session.scalars(select(Case)).all() == [] and session.scalars(select(IncomingEntry)).one().done_at is None
        )
    # When it is tried again, and clicked twice
    for _ in range(2):
        assert officer.send(page, f"{arrival}/mo-vu-viec", chosen).status_code == 303
    with office.container.read() as session:
        case, entry = session.scalars(select(Case)).one(), session.scalars(select(IncomingEntry)).one()
    assert entry.case_id == case.id


def test_a_paper_whose_case_was_taken_back_waits_again_and_opens_another(office: Office) -> None:
    clerk, officer = office.browser(CLERK), office.browser(OFFICE)
    arrival = entered(clerk)
    clerk.send(clerk.open(arrival).text, f"{arrival}/chuyen", {"to": "duty:specialist"})
    # Given an officer opened the wrong case with it, and took it back
    answer = officer.send(officer.open(arrival).text, f"{arrival}/mo-vu-viec", {"procedure": "difficulty"})
    assert answer.status_code == 303 and arrival not in officer.open("/van-ban-den").text
    with office.container.read() as session:
        wrong = session.scalars(select(Case.code)).one()
    withdrawal = f"/vu-viec/{wrong}/thao-tac/rut"
    assert officer.send(officer.open(withdrawal).text, withdrawal, {"_reason": "Nhầm quy trình"}).status_code == 303
    # When the program comes round
    for expected in (1, 0):
        now = office.container.engine.clock.now()
        assert ended.follow(office.container.engine.transaction, now, office.container.blobs) == expected
    # Then the paper lies before the officers again, says why, and opens the right case, once
    assert arrival in officer.open("/van-ban-den").text
    page, chosen = officer.open(arrival).text, {"procedure": "complaint-inspection"}
    assert f"Vụ việc {wrong} đã rút, hủy" in page
    for _ in range(2):
        assert officer.send(page, f"{arrival}/mo-vu-viec", chosen).status_code == 303
    with office.container.read() as session:
        assert len(session.scalars(select(Case)).all()) == 2


def test_a_paper_that_opened_a_case_keeps_its_number_when_the_procedure_enters_it(office: Office) -> None:
    clerk, officer = office.browser(CLERK), office.browser(OFFICE)
    arrival = entered(clerk, subject="Đề nghị phỏng vấn")
    answer = officer.send(officer.open(arrival).text, f"{arrival}/mo-vu-viec", {"procedure": "foreign-press-permit"})
    gate = str(answer.headers["Location"])
    name, values = radio_values(officer.open(gate).text)
    assert officer.complete(gate, {name: values[0]}).status_code == 303
    task = re.search(r'href="(/viec/[0-9a-f-]+)"', clerk.open("/hop-viec").text)
    assert task is not None
    clerk.send(clerk.open(task[1]).text, f"{task[1]}/nhan")
    page = clerk.open(task[1]).text
    for typed in ("Công ty Sông Thao", "12/CV-ST", "28/08/2026", "Đề nghị phỏng vấn"):
        assert f'value="{typed}"' in page
    fields = {"author": PAPER["author"], "paper_symbol": PAPER["symbol"], "paper_date": "28/08/2026"}
    more = {"subject": "Đề nghị phỏng vấn", "came_by": "post", "arrival_checked": "addressee", "no_secret": "confirmed"}
    assert clerk.complete(task[1], fields | more).status_code == 303
    with office.container.read() as session:
        assert [entry.number for entry in session.scalars(select(IncomingEntry))] == [1]


def test_a_paper_joins_a_running_case_or_is_settled_with_a_word(office: Office) -> None:
    clerk, officer = office.browser(CLERK), office.browser(OFFICE)
    first, second = entered(clerk), entered(clerk, symbol="13/CV-ST")
    officer.start_case()
    with office.container.read() as session:
        code = session.scalars(select(Case.code)).one()
    answer = officer.send(officer.open(first).text, f"{first}/vu-viec", {"code": code.lower()})
    assert answer.headers["Location"].endswith(code)
    assert "Gắn văn bản đến 12/CV-ST của Công ty Sông Thao" in officer.open(f"/vu-viec/{code}").text
    assert officer.send(officer.open(second).text, f"{second}/xong", {"note": "Để biết, lưu"}).status_code == 303
    page = officer.open(second).text
    assert "Giải quyết xong" in page and "Để biết, lưu" in page


def test_scans_come_with_the_paper_or_later_and_are_kept_once(office: Office) -> None:
    clerk, form, pdf = office.browser(CLERK), "/van-ban-den/vao-so", b"%PDF-1.4 trang 1"
    # Given what is no scan, or bears a mark, enters nothing and loses nothing that was typed
    for content, name in ((b"MZ...", "a.pdf"), (b"", "a.pdf"), ("%PDF TỐI MẬT".encode(), "TỐI MẬT.pdf")):
        answer = clerk.send(clerk.open(form).text, form, PAPER | {"scan": (BytesIO(content), name)})
        assert answer.status_code == 400
    with office.container.read() as session:
        assert session.scalars(select(IncomingEntry)).all() == []
    fields = PAPER | {"scan": (BytesIO(pdf), "quét 1.pdf")}
    arrival = clerk.send(clerk.open(form).text, form, fields).headers["Location"]
    assert "quét 1.pdf" in clerk.open(arrival).text and clerk.open(f"{arrival}/tep/0").data == pdf
    # When a picture is added later, and the same once more
    office.clock.advance(timedelta(minutes=1))
    for _ in range(2):
        png = {"scan": (BytesIO(b"\x89PNG\r\n..."), "anh.png")}
        assert clerk.send(clerk.open(arrival).text, f"{arrival}/ban-quet", png).status_code == 303
    assert clerk.open(f"{arrival}/tep/1").data.startswith(b"\x89PNG")
    assert clerk.open(f"{arrival}/tep/2").status_code == 404
    wrong = {"scan": (BytesIO(b"<html>"), "trang.html")}
    assert clerk.send(clerk.open(arrival).text, f"{arrival}/ban-quet", wrong).status_code == 400
    # Then officers of the agency read it, and nobody else
    assert office.browser(OFFICE).open(f"{arrival}/tep/0").data == pdf
    assert office.browser("cv.so-khcn").open(f"{arrival}/tep/0").status_code == 404


def test_what_cannot_be_read_or_is_secret_is_not_entered(office: Office) -> None:
    clerk, form = office.browser(CLERK), "/van-ban-den/vao-so"
    wrongs = ({"issued_on": "02/09/2026"}, {"issued_on": "hôm qua"}, {"author": " "}, {"type": "X"}, {"checked": ""})
    for wrong in (*wrongs, {"subject": "TỐI MẬT"}):
        answer = clerk.send(clerk.open(form).text, form, PAPER | wrong)
        assert answer.status_code == 400, wrong
        assert ("12/CV-ST" in answer.text) == ("subject" not in wrong)  # typed again by nobody; a secret is not shown
    with office.container.read() as session:
        assert session.scalars(select(IncomingEntry)).all() == []


def token(browser: Browser) -> dict[str, str]:
    """The hidden fields of any form of the person's pages."""
    page = browser.open("/vu-viec/moi").text
    return dict(re.findall(r'<input type="hidden" name="(csrf_token|_key)" value="([^"]*)"', page)[:2])
