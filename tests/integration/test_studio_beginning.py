"""A procedure that did not exist: begun with nothing, as a copy, or from a drawing, described, approved and used."""

from __future__ import annotations

import io
from html import unescape
from typing import Any

import pytest
import yaml
from werkzeug.test import TestResponse

from tests.integration.test_studio_exchange import FOREIGN, LAUGHS, OUTSIDE
from tests.support.studio import SECOND, Studio, begin_draft
from tests.support.web import SPECIALIST, Office
from workflows.studio.beginning import code_from, id_from
from workflows.studio.tables import Draft

TITLE = "Thẩm định ấn phẩm đối ngoại"
BASIS = "qd01-2020:14.3"


@pytest.fixture(scope="module")
def owner(office: Office) -> Studio:
    return Studio(office)


def begin(owner: Studio, **fields: Any) -> TestResponse:
    return owner.send("/xuong/moi", **{"title.vi": TITLE, "lead": "FOREIGN", "origin": "nothing", **fields})


def draft_of(answer: TestResponse) -> str:
    assert answer.status_code == 303, unescape(answer.text)
    return answer.headers["Location"].removesuffix("/mo-ta")


def described(owner: Studio, draft: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(owner.get(f"{draft}/tep/procedure.yaml").data)
    return found


def test_a_name_gives_id_and_code() -> None:
    assert (id_from(TITLE), code_from(TITLE)) == ("tham-dinh-an-pham-doi-ngoai", "TDAP")
    assert (id_from("  …  "), code_from("")) == ("", "")


def test_from_nothing_to_a_case(office: Office, owner: Studio) -> None:
    """Given a name, a lead and a clause, a draft is whole; approved, officers of the lead open cases by it."""
    draft = draft_of(begin(owner, basis=BASIS))
    page = unescape(owner.get(draft).text)
    assert TITLE in page and "Đạt: không thấy lỗi." in page
    assert TITLE in unescape(owner.get("/xuong").text)

    # When the description is filled in further: who opens cases, one more outcome, a schedule
    form = f"{draft}/mo-ta"
    assert owner.send_again(form, "add:outcomes", **{"summary.vi": "Đọc và kết luận."}).status_code == 303
    named = {"outcomes.1.vi": "Không đạt", "outcomes.1.code": "KHONG_DAT"}
    assert owner.send_again(form, "add:timer", **named).status_code == 303
    sent = owner.send_again(
        form, **{"timer.0.rhythm": "yearly", "timer.0.day": "05/3", "timer.0.variables": "y = year"}
    )
    assert sent.status_code == 303
    said = described(owner, draft)
    assert said["outcomes"]["KHONG_DAT"]["vi"] == "Không đạt" and said["summary"] == {"vi": "Đọc và kết luận."}
    assert said["start"]["timer"] == [{"id": "rule1", "yearly": "03-05", "variables": {"y": "year"}}]
    assert owner.send_again(form, "drop:outcomes:1").status_code == 303
    assert list(described(owner, draft)["outcomes"]) == ["HOAN_TAT"]

    # And it is submitted and approved
    reason = {"note": "Quy trình mới", "instrument_number": "QĐ 9", "instrument_date": "01/09/2026"}
    today = office.clock.now().strftime("%d/%m/%Y")
    assert owner.send(f"{draft}/trinh", **reason, effective_on=today).status_code == 303
    second = Studio(office, SECOND)
    with office.container.read() as session:
        digest = session.query(Draft).filter_by(id=draft.rpartition("/")[2]).one().digest
    assert second.send(f"{draft}/phe-duyet", digest=digest).status_code == 303

    # Then an officer of the leading agency opens a case
    officer = office.browser(SPECIALIST)
    new = officer.open("/vu-viec/moi").text
    assert TITLE in unescape(new)
    opened = officer.send(new, "/vu-viec/moi", {"procedure": id_from(TITLE)})
    assert opened.status_code == 303
    assert "TDAP-26-0001" in officer.open("/hop-viec").text


def test_what_cannot_be_used_is_told_all_at_once(owner: Studio) -> None:
    told = unescape(begin(owner, **{"title.vi": "", "lead": "", "basis": "nd999-2026:1", "code": "ký"}).text)
    for sentence in ("Chưa có tên quy trình", "Chưa chọn cơ quan chủ trì", "nd999-2026", "Ký hiệu vụ việc “KÝ”"):
        assert sentence in told
    assert "đã có quy trình khác dùng" in unescape(begin(owner, id="khac", code="PV").text)
    for taken in ("foreign-press-permit", "Tên"):
        assert begin(owner, id=taken, code="ZZ").status_code == 422
    assert begin(owner, id="da-lay", code="ZA").status_code == 303
    assert "“da-lay” đã có" in unescape(begin(owner, id="da-lay", code="ZB").text)


def test_a_copy_is_the_same_under_another_name(owner: Studio) -> None:
    answer = begin(owner, id="ban-chep", code="BC", origin="copy", copied="training-plan")
    draft = draft_of(answer)
    assert "Đạt: không thấy lỗi." in unescape(owner.get(draft).text)
    said = described(owner, draft)
    assert (said["id"], said["code"], said["lead"], said["title"]["vi"]) == ("ban-chep", "BC", "FOREIGN", TITLE)
    drawn = owner.get(f"{draft}/tep/process.bpmn").text
    assert 'id="ban_chep"' in drawn and 'processRef="ban_chep"' in drawn and '"training_plan"' not in drawn
    assert owner.get(f"{draft}/kich-ban").status_code == 200
    assert begin(owner, id="khong", code="KH", origin="copy", copied="khong-co").status_code == 404

    part = draft_of(begin(owner, id="phan-chep", code="", origin="copy", copied="consultation"))
    assert described(owner, part)["kind"] == "shared" and "Đạt" in unescape(owner.get(part).text)


def test_a_drawing_is_laid_out_and_goes_on_with_its_description(owner: Studio) -> None:
    drawn = (io.BytesIO(FOREIGN), "vay.bpmn")
    draft = draft_of(begin(owner, id="vay-muon", code="MUON", origin="drawing", file=drawn))
    assert b"BPMNShape" in owner.get(f"{draft}/tep/process.bpmn").data
    page = unescape(owner.get(f"{draft}/mo-ta").text)
    assert TITLE in page and "Chưa bước nào ghi căn cứ." in page


def test_a_shared_part_begins_with_nothing_too(owner: Studio) -> None:
    draft = draft_of(begin(owner, id="phan-moi", origin="nothing", kind="shared", basis=BASIS))
    assert "Đạt: không thấy lỗi." in unescape(owner.get(draft).text)
    assert owner.send_again(f"{draft}/mo-ta", inputs="subject | Tên vụ việc | Name").status_code == 303
    assert described(owner, draft)["inputs"] == {"subject": {"vi": "Tên vụ việc", "en": "Name"}}


@pytest.mark.parametrize("content", [LAUGHS, OUTSIDE, b"<html/>", b"", b"PK\x03\x04"], ids=range(5))
def test_hostile_drawings_leave_no_trace(office: Office, owner: Studio, content: bytes) -> None:
    with office.container.read() as session:
        before = session.query(Draft).count()
    answer = begin(owner, id="xau", code="XAU", origin="drawing", file=(io.BytesIO(content), "x.bpmn"))
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    with office.container.read() as session:
        assert session.query(Draft).count() == before


@pytest.mark.parametrize("id_", ["commendation", "annual-report", "incident-rebuttal", "consultation"])
def test_opening_and_storing_a_description_says_what_it_said(office: Office, owner: Studio, id_: str) -> None:
    draft = f"/xuong/{begin_draft(office, id_)}"
    before = described(owner, draft)
    assert owner.send_again(f"{draft}/mo-ta").status_code == 303
    assert described(owner, draft) == before


def test_what_is_wrong_with_a_description_is_told_where_it_is_typed(office: Office, owner: Studio) -> None:
    draft = f"/xuong/{begin_draft(office, 'commendation')}"
    form = f"{draft}/mo-ta"
    changed = {"lead": "", "timer.0.day": "32/13", "choices.0.law_on": "mai", "title.en": ""}
    assert owner.send_again(form, **changed).status_code == 303
    page = unescape(owner.get(form).text)
    assert page.count('<ul class="alert alert-danger"') == 1 and 'value="32/13"' in page and 'value="mai"' in page
    assert owner.send_again(form, "add:choices").status_code == 303
    assert owner.send_again(form, "drop:choices:0").status_code == 303
    assert [one["id"] for one in described(owner, draft)["choices"]] == ["law-2026", "choice1"]
