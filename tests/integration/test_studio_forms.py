"""Deadlines and forms of a draft changed in plain forms: what is typed is stored, told or refused."""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import pytest
import yaml

from engine.forms import load_form
from tests.support.studio import SECOND, Studio, begin_draft
from tests.support.web import Office

PROCEDURE = "foreign-press-permit"


@pytest.fixture
def draft(office: Office) -> str:
    """A new draft of the process owner."""
    return begin_draft(office, PROCEDURE)


@pytest.fixture
def studio(office: Office) -> Studio:
    return Studio(office)


def test_a_deadline_is_replaced_from_a_day_and_the_old_regime_ends_the_day_before(studio: Studio, draft: str) -> None:
    page = f"/xuong/{draft}/thoi-han"
    before = rules(studio, draft)
    everything = typed(before)
    sent = studio.send(page, seen=0, act="replace:examination:0", **{**everything, "examination.0.since": "01/01/2027"})
    assert sent.status_code == 303

    old, new = rules(studio, draft)["examination"]["regimes"]
    assert str(old["to"]) == "2026-12-31" and str(new["from"]) == "2027-01-01" and "to" not in new
    assert {key: value for key, value in old.items() if key != "to"} == before["examination"]["regimes"][0]

    everything = {**typed(rules(studio, draft)), "examination.1.amount": "2", "examination.1.note.vi": ""}
    assert studio.send(page, seen=1, **everything).status_code == 303
    assert rules(studio, draft)["examination"]["regimes"][1]["amount"] == 2
    assert "“examination”" in unescape(studio.get(page).text)  # a design choice says why: told, though stored
    untouched = {id_: rule for id_, rule in rules(studio, draft).items() if id_ != "examination"}
    assert untouched == {id_: rule for id_, rule in before.items() if id_ != "examination"}


def test_what_somebody_else_stored_meanwhile_is_not_overwritten(office: Office, studio: Studio, draft: str) -> None:
    second = Studio(office, SECOND)
    everything = typed(rules(studio, draft))
    assert (
        studio.send(f"/xuong/{draft}/thoi-han", seen=0, **{**everything, "examination.0.amount": "3"}).status_code
        == 303
    )

    refused = second.send(f"/xuong/{draft}/thoi-han", seen=0, **{**everything, "examination.0.amount": "9"})
    assert refused.status_code == 409
    assert "deadlines.yaml" in refused.text and 'value="9"' in refused.text
    assert rules(studio, draft)["examination"]["regimes"][0]["amount"] == 3


def test_opening_and_storing_a_field_says_what_it_said(studio: Studio, draft: str) -> None:
    """Every field of every form of the draft goes through its page unchanged."""
    for form in ("request", "examination", "late-reply", "withdrawal"):
        for field in json.loads(file(studio, draft, f"forms/{form}.json"))["fields"]:
            assert send_field(studio, draft, form, field) == 303, field["name"]
        before, after = (
            load_form(content, "f") for content in (original(form), file(studio, draft, f"forms/{form}.json"))
        )
        assert after.fields == before.fields


def test_a_field_is_added_moved_and_taken_away(studio: Studio, draft: str) -> None:
    new = {"name": "sponsor", "type": "text", "label": {"vi": "Nhà tài trợ", "en": "Sponsor"}, "required": True}
    assert send_field(studio, draft, "request", new, "+") == 303
    assert names(studio, draft)[-1] == "sponsor"
    described = {"title.vi": "Đề nghị", "title.en": "Request", "seen": 99}
    assert studio.send(f"/xuong/{draft}/bieu-mau/request", act="up:sponsor", **described).status_code == 303
    assert names(studio, draft)[-2] == "sponsor"
    assert "Nhà tài trợ" in studio.get(f"/xuong/{draft}/bieu-mau/request").text
    assert studio.send(f"/xuong/{draft}/bieu-mau/request", act="drop:sponsor", **described).status_code == 303
    assert "sponsor" not in names(studio, draft)


def test_bad_fields_are_told_and_not_stored(studio: Studio, draft: str) -> None:
    before = file(studio, draft, "forms/request.json")
    assert studio.send(f"/xuong/{draft}/bieu-mau/request/+").status_code == 422
    for wrong in (
        {"name": "Tên", "type": "text", "label": {"vi": "a", "en": "a"}},
        {"name": "x", "type": "choice", "label": {"vi": "a", "en": "a"}},
        {"name": "x", "type": "text", "label": {"vi": "a", "en": "a"}, "when": "open('x')"},
        {"name": "contact", "type": "text", "label": {"vi": "a", "en": "a"}},
    ):
        assert send_field(studio, draft, "request", wrong, "+") == 422
    assert file(studio, draft, "forms/request.json") == before


def test_a_name_never_stands_for_another_type(studio: Studio, draft: str) -> None:
    number = {"name": "contact", "type": "integer", "label": {"vi": "Đầu mối", "en": "Contact"}}
    assert send_field(studio, draft, "request", number, "contact") == 422
    # Not even in another form: what cases hold under that name is one thing.
    assert send_field(studio, draft, "withdrawal", number, "+") == 422


def test_data_of_running_cases_that_a_change_leaves_behind_is_said(office: Office, studio: Studio, draft: str) -> None:
    browser = office.browser("cv.so-ngoai-vu")
    page = browser.open("/vu-viec/moi").text
    assert browser.send(page, "/vu-viec/moi", {"procedure": PROCEDURE}).status_code == 303

    form = f"/xuong/{draft}/bieu-mau/request"
    assert "1 vụ việc đang chạy" not in studio.get(form).text
    studio.send(form, act="drop:contact", seen=0, **{"title.vi": "Đề nghị", "title.en": "Request"})
    assert "1 vụ việc đang chạy" in studio.get(form).text


def test_columns_and_choices_that_are_left_behind_are_said_and_so_is_a_whole_form(
    office: Office, studio: Studio, draft: str
) -> None:
    browser = office.browser("cv.so-ngoai-vu")
    page = browser.open("/vu-viec/moi").text
    assert browser.send(page, "/vu-viec/moi", {"procedure": PROCEDURE}).status_code == 303

    form = json.loads(file(studio, draft, "forms/examination.json"))
    choice = next(one for one in form["fields"] if one["type"] == "choice")
    fewer = {**choice, "choices": choice["choices"][1:]}
    assert send_field(studio, draft, "examination", fewer) == 303
    told = unescape(studio.get(f"/xuong/{draft}/bieu-mau/examination").text)
    assert f"Bỏ lựa chọn “{choice['choices'][0]['label']['vi']}”" in told

    removed = studio.send(f"/xuong/{draft}/bo-tep", seen=99, path="forms/examination.json")
    assert removed.status_code == 303
    page = unescape(studio.get(f"/xuong/{draft}").text)
    assert (
        f"Bỏ trường “{choice['label']['vi']}”" in page
        and page.count("vụ việc đang chạy theo") > len(form["fields"]) // 2
    )
    assert studio.get(f"/xuong/{draft}/bieu-mau/examination").status_code == 404


def test_forms_of_shared_parts_count_the_cases_of_their_callers(office: Office, studio: Studio) -> None:
    part, id_ = begin_draft(office, "supplement"), "supplement"  # called by the procedure whose cases run
    form = json.loads(file(studio, part, f"forms/{id_}.json"))
    name = next(one["name"] for one in form["fields"] if one["type"] != "note")
    described = {"title.vi": form["title"]["vi"], "title.en": form["title"]["en"], "seen": 0}
    assert studio.send(f"/xuong/{part}/bieu-mau/{id_}", act=f"drop:{name}", **described).status_code == 303
    assert "vụ việc đang chạy theo phiên bản có trường này" in unescape(
        studio.get(f"/xuong/{part}/bieu-mau/{id_}").text
    )


def test_a_condition_is_built_by_choosing_or_written(studio: Studio, draft: str) -> None:
    page = f"/xuong/{draft}/bieu-mau/request/+"
    chosen = {"name": "sponsor", "type": "text", "label.vi": "Tài trợ", "label.en": "Sponsor", "seen": "99"}
    rows = {"when.0.field": "contact", "when.0.comparison": "!=", "when.0.value": "Sở", "when.joint": "and"}
    assert studio.send_again(page, **chosen, **rows).status_code == 303
    field = f"/xuong/{draft}/bieu-mau/request/sponsor"
    assert stored_field(studio, draft, "sponsor")["when"] == "contact != 'Sở'"

    more = {"when.1.field": "contact", "when.1.comparison": "defined"}
    assert studio.send_again(field, **more, **{"when.joint": "or"}).status_code == 303
    assert stored_field(studio, draft, "sponsor")["when"] == "contact != 'Sở' or defined('contact')"
    assert studio.send_again(field, when="len(contact) > 3").status_code == 303
    assert stored_field(studio, draft, "sponsor")["when"] == "len(contact) > 3"
    assert "nhiều hơn những gì bảng chọn thể hiện được" in unescape(studio.get(field).text)
    assert studio.send_again(field).status_code == 303
    assert stored_field(studio, draft, "sponsor")["when"] == "len(contact) > 3"


def test_a_choice_may_be_a_label_alone(studio: Studio, draft: str) -> None:
    page = f"/xuong/{draft}/bieu-mau/request/+"
    chosen = {"name": "way", "type": "choice", "label.vi": "Cách", "label.en": "Way", "seen": "99"}
    assert studio.send_again(page, **chosen, choices="Đồng ý\nno | Không | No").status_code == 303
    first, second = stored_field(studio, draft, "way")["choices"]
    assert first == {"value": "dong_y", "label": {"vi": "Đồng ý", "en": "Đồng ý"}} and second["label"]["en"] == "No"


def stored_field(studio: Studio, draft: str, name: str) -> dict[str, Any]:
    fields = json.loads(file(studio, draft, "forms/request.json"))["fields"]
    found: dict[str, Any] = next(one for one in fields if one["name"] == name)
    return found


def rules(studio: Studio, draft: str) -> dict[str, Any]:
    """The draft's deadlines."""
    found: dict[str, Any] = yaml.safe_load(file(studio, draft, "deadlines.yaml"))
    return found


def typed(rules: dict[str, Any]) -> dict[str, str]:
    """The deadlines as the boxes of their form hold them."""
    boxes: dict[str, str] = {}
    for id_, rule in rules.items():
        boxes |= {f"{id_}.name.{language}": text for language, text in dict(rule["name"]).items()}
        for number, regime in enumerate(rule["regimes"]):
            for key, value in regime.items():
                prefix = f"{id_}.{number}.{key}"
                if isinstance(value, dict):
                    boxes |= {f"{prefix}.{language}": text for language, text in value.items()}
                elif value is not None:
                    boxes[prefix] = value.strftime("%d/%m/%Y") if hasattr(value, "strftime") else str(value)
    return boxes


def file(studio: Studio, draft: str, path: str) -> bytes:
    content: bytes = studio.get(f"/xuong/{draft}/tep/{path}").data
    return content


def original(form: str) -> bytes:
    with open(f"bpmn/{PROCEDURE}/forms/{form}.json", "rb") as shipped:
        return shipped.read()


def names(studio: Studio, draft: str) -> list[str]:
    return [field["name"] for field in json.loads(file(studio, draft, "forms/request.json"))["fields"]]


def send_field(studio: Studio, draft: str, form: str, field: dict[str, Any], name: str = "") -> int:
    """Send a field's page with these values; the status of the answer."""
    boxes: dict[str, Any] = {"seen": 99}
    for key, value in field.items():
        if key in ("label", "help", "text", "law") and isinstance(value, dict):
            boxes |= {f"{key}.{part}": text for part, text in value.items()}
        elif key == "choices" and isinstance(value, list):
            lines = [(one["value"], one["label"]["vi"], one["label"]["en"]) for one in value]
            boxes["choices"] = "\n".join(" | ".join(line) for line in lines)
        elif key == "basis" and isinstance(value, list):
            boxes["basis"] = "\n".join(value)
        elif key != "columns":
            boxes[key] = value
    return studio.send(f"/xuong/{draft}/bieu-mau/{form}/{name or field['name']}", **boxes).status_code
