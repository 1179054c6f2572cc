"""Forms: how a declaration is read, how what officers type becomes values, and what they are told otherwise."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.canonical import dumps
from engine.errors import DefinitionError, ExpressionError, InvalidForm
from engine.forms import Form, applicable, load_form, note_texts, prefill, validate
from engine.forms.typed import Wrong

LABEL = {"vi": "Nhãn", "en": "Label"}
AGENCIES = frozenset({"so-ngoai-vu", "cong-an-tinh", "ubnd-tinh"})
YES_NO = [{"value": "yes", "label": LABEL}, {"value": "no", "label": LABEL}]


def field(name: str, type: str = "text", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": type, "label": LABEL, **more}


def form(*fields: Mapping[str, Any]) -> Form:
    return load_form(json.dumps({"id": "triage", "title": LABEL, "fields": list(fields)}).encode(), "forms/triage.json")


def hand_in(declared: Form, submitted: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return validate(declared, submitted, **{"variables": {}, "agencies": AGENCIES, **more})


def refused(declared: Form, submitted: Mapping[str, Any], **more: Any) -> dict[str, list[str]]:
    with pytest.raises(InvalidForm) as error:
        hand_in(declared, submitted, **more)
    return {name: [one.code for one in found] for name, found in error.value.fields.items()}


# --- declarations


def test_a_declaration_becomes_frozen_values() -> None:
    read = form(
        field(
            "truth", "choice", choices=YES_NO, required=True, when="urgent", prefill="before", basis=["qd01-2020:10.1"]
        ),
        field("claims", "table", min=1, max=3, columns=[field("claim", required=True), field("on", "date")]),
    )

    assert (read.id, read.title["vi"], [one.name for one in read.fields]) == ("triage", "Nhãn", ["truth", "claims"])
    assert [choice.value for choice in read.field("truth").choices] == ["yes", "no"]
    assert (read.field("truth").when, read.field("truth").basis) == ("urgent", ("qd01-2020:10.1",))
    assert [column.type for column in read.field("claims").columns] == ["text", "date"]


@pytest.mark.parametrize(
    ("defect", "kind"),
    [
        (field("Truth"), "name"),
        (field("a" * 41), "name"),
        (field("case"), "reserved_name"),
        (field("typename"), "reserved_name"),
        (field("len"), "reserved_name"),
        (field("for"), "reserved_name"),
        (field("a", "number"), "type"),
        (field("a", colour="red"), "unknown_key"),
        (field("a", min=1), "unknown_key"),
        (field("a", "note", text=LABEL, required=True), "unknown_key"),
        (field("a", label={"vi": "Nhãn"}), "texts"),
        (field("a", label={"vi": "Nhãn", "en": " "}), "texts"),
        (field("a", help={"fr": "Aide"}), "texts"),
        (field("a", required="yes"), "flag"),
        (field("a", when="import os"), "expression"),
        (field("a", prefill="a.__class__"), "expression"),
        (field("a", when=True), "expression"),
        (field("a", max_length=0), "number"),
        (field("a", "integer", min=True), "number"),
        (field("a", "integer", min=5, max=4), "bounds"),
        (field("a", "table", max=1_000, columns=[field("b")]), "number"),
        (field("a", "choice"), "list"),
        (field("a", "choice", choices=[YES_NO[0], YES_NO[0]]), "doubled_choice"),
        (field("a", "choice", choices=[{"value": "", "label": LABEL}]), "choice_value"),
        (field("a", "table"), "list"),
        (field("a", "table", columns=[field("b", "table", columns=[field("c")])]), "type"),
        (field("a", "table", columns=[field("b"), field("b")]), "doubled_name"),
        (field("a", "table", columns=[field("b", when="True")]), "unknown_key"),
        (field("a", "table", columns=[field("b", given=True)]), "given_by_nothing"),
        (field("a", "note"), "texts"),
        (field("a", "note", text={"vi": "{1 +}", "en": "x"}), "expression"),
        (field("a", basis="qd01-2020:10.1"), "list"),
        (field("a", law="2026-07-01"), "law"),
        (field("a", law={"confidence": "V"}), "law"),
        (field("a", law={"from": "1/7/2026"}), "law"),
        (field("a", law={"from": "2026-07-01", "to": "2026-06-30"}), "law"),
        (field("a", law={"from": "2026-07-01", "note": "x"}), "law"),
    ],
)
def test_a_defective_field_is_told_with_its_name(defect: dict[str, Any], kind: str) -> None:
    with pytest.raises(DefinitionError) as error:
        form(field("good"), defect)

    codes = {finding.code for finding in error.value.findings}
    assert f"form_definition.{kind}" in codes
    assert all((finding.element or "").startswith(str(defect["name"])) for finding in error.value.findings)
    assert {finding.file for finding in error.value.findings} == {"forms/triage.json"}


def test_a_field_that_the_law_of_some_days_asks_for_stands_in_the_forms_of_their_cases_only() -> None:
    declared = form(
        field("always"),
        field("old", law={"to": "2026-06-30", "confidence": "V"}),
        field("new", law={"from": "2026-07-01", "confidence": "V"}),
    )
    before, after = declared.under(date(2026, 6, 30)), declared.under(date(2026, 7, 1))
    assert [one.name for one in before.fields] == ["always", "old"]
    assert [one.name for one in after.fields] == ["always", "new"]
    assert refused(after, {"old": "x"}) == {"old": ["form.unknown_field"]}
    assert form(field("always")).under(date(2026, 7, 1)).fields == (declared.field("always"),)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{", "json"),
        (b"[]", "json"),
        (b"\xff", "json"),
        (b'{"id": 1.5}', "json"),
        (b'{"id": "a", "id": "b"}', "json"),
        (b"[" * 100_000, "json"),
        (b" " * 300_000, "too_large"),
        (json.dumps({"id": "Triage", "title": LABEL, "fields": [field("a")]}).encode(), "form_id"),
        (json.dumps({"id": "a", "title": LABEL, "fields": []}).encode(), "list"),
        (json.dumps({"id": "a", "title": LABEL, "fields": [field("a"), field("a")]}).encode(), "doubled_name"),
        (json.dumps({"id": "a", "title": LABEL, "fields": [field("a")], "script": "x"}).encode(), "unknown_key"),
    ],
)
def test_a_defective_file_is_told(content: bytes, kind: str) -> None:
    with pytest.raises(DefinitionError) as error:
        load_form(content, "forms/a.json")
    assert [finding.code for finding in error.value.findings] == [f"form_definition.{kind}"]


# --- one value


@pytest.mark.parametrize(
    ("declared", "typed", "stored"),
    [
        (field("a"), "  Tin sai  ", "Tin sai"),
        (field("a"), unicodedata.normalize("NFD", "Phản bác"), "Phản bác"),
        (field("a", "textarea"), "một \r\nhai\rba\vbốn\t\n", "một\nhai\nba\nbốn"),
        (field("a", "integer"), "1.250.000", 1_250_000),
        (field("a", "integer"), " -12 ", -12),
        (field("a", "integer"), 7, 7),
        (field("a", "integer", min=0, max=9), "9", 9),
        (field("a", "boolean"), "yes", True),
        (field("a", "boolean"), "on", True),
        (field("a", "boolean"), False, False),
        (field("a", "date"), "5/9/2026", "2026-09-05"),
        (field("a", "date"), "29-02-2024", "2024-02-29"),
        (field("a", "date"), "2026-09-05", "2026-09-05"),
        (field("a", "datetime"), "05/09/2026 08:30", "2026-09-05T01:30:00Z"),
        (field("a", "datetime"), "01/01/2026 6h05", "2025-12-31T23:05:00Z"),
        (field("a", "datetime"), "2026-09-05T08:30", "2026-09-05T01:30:00Z"),
        (field("a", "datetime"), "2026-09-05T08:30:15.5+00:00", "2026-09-05T08:30:15Z"),
        (field("a", "datetime"), "2026-09-05T01:30:00Z", "2026-09-05T01:30:00Z"),
        (field("a", "url"), "https://báo.vn:8080/tin?x=1#y", "https://báo.vn:8080/tin?x=1#y"),
        (field("a", "choice", choices=YES_NO), "no", "no"),
        (field("a", "choices", choices=YES_NO), ["no", "yes", "no"], ["yes", "no"]),
        (field("a", "choices", choices=YES_NO), "no", ["no"]),
        (field("a", "agency"), "so-ngoai-vu", "so-ngoai-vu"),
        (field("a", "agencies"), ["ubnd-tinh", "cong-an-tinh", "ubnd-tinh", ""], ["ubnd-tinh", "cong-an-tinh"]),
    ],
)
def test_what_is_typed_becomes_a_value(declared: dict[str, Any], typed: Any, stored: Any) -> None:
    assert hand_in(form(declared), {"a": typed}) == {"a": stored}


@pytest.mark.parametrize(
    ("declared", "typed", "code"),
    [
        (field("a"), 5, "form.text"),
        (field("a"), "tin\x07", "form.characters"),
        (field("a"), "tin\u202egnuhn", "form.characters"),
        (field("a"), "tin\ud800", "form.characters"),
        (field("a"), "một\nhai", "form.line_break"),
        (field("a", max_length=3), "bốn chữ", "form.too_long"),
        (field("a"), "à" * 501, "form.too_long"),
        (field("a"), "x" * 5_000, "form.too_long"),
        (field("a", "integer"), "1.5", "form.integer"),
        (field("a", "integer"), 1.5, "form.integer"),
        (field("a", "integer"), True, "form.integer"),
        (field("a", "integer"), "١٢", "form.integer"),
        (field("a", "integer"), "12.50", "form.integer"),
        (field("a", "integer", min=0), -1, "form.too_small"),
        (field("a", "integer", max=9), "10", "form.too_large"),
        (field("a", "integer"), 2**53, "form.too_large"),
        (field("a", "boolean"), "maybe", "form.boolean"),
        (field("a", "date"), "31/02/2026", "form.date"),
        (field("a", "date"), "2026-02-29", "form.date"),
        (field("a", "date"), "09/31/2026", "form.date"),
        (field("a", "date"), "hôm nay", "form.date_format"),
        (field("a", "date"), 20260905, "form.date_format"),
        (field("a", "date"), "05/09/0206", "form.year"),
        (field("a", "datetime"), "05/09/2026", "form.datetime_format"),
        (field("a", "datetime"), "31/02/2026 08:00", "form.date"),
        (field("a", "datetime"), "05/09/2026 24:00", "form.time"),
        (field("a", "datetime"), "2026-09-05T25:00", "form.time"),
        (field("a", "url"), "javascript:alert(1)", "form.url"),
        (field("a", "url"), "https://", "form.url"),
        (field("a", "url"), "https://known.vn@other.example/", "form.url"),
        (field("a", "url"), "https://a.vn:99999/", "form.url"),
        (field("a", "url"), "https://[a/", "form.url"),
        (field("a", "url"), "báo.vn/tin", "form.url"),
        (field("a", "url"), "https://a.vn/một hai", "form.url"),
        (field("a", "choice", choices=YES_NO), "maybe", "form.choice"),
        (field("a", "choice", choices=YES_NO), {"x": 1}, "form.choice"),
        (field("a", "choices", choices=YES_NO), ["yes", "maybe"], "form.choice"),
        (field("a", "choices", choices=YES_NO, max=1), ["yes", "no"], "form.too_many"),
        (field("a", "agency"), "so-tttt", "form.agency"),
        (field("a", "agencies", min=2), ["ubnd-tinh"], "form.too_few"),
        (field("a", "agencies"), [["ubnd-tinh"]], "form.agency"),
        (field("a", "table", columns=[field("b")]), "x", "form.table"),
        (field("a", "table", columns=[field("b")]), ["x"], "form.table"),
        (field("a", "table", max=1, columns=[field("b")]), [{"b": "1"}, {"b": "2"}], "form.too_many"),
    ],
)
def test_what_cannot_be_taken_is_told_by_code_and_label(declared: dict[str, Any], typed: Any, code: str) -> None:
    with pytest.raises(InvalidForm) as error:
        hand_in(form(declared), {"a": typed})

    [told] = error.value.fields["a"]
    assert (told.code, told.params["label"]) == (code, LABEL)


# --- the form as a whole


def test_unknown_and_missing_fields_are_all_told_at_once() -> None:
    declared = form(
        field("a", required=True), field("b", "boolean", required=True), field("c", "attachments", required=True)
    )

    told = refused(declared, {"a": "  ", "x": "", "case": {}, "c": [{"id": "1"}]}, files={"y": 1})

    assert told == {
        "a": ["form.required"],
        "b": ["form.required"],
        "c": ["form.unknown_field", "form.required"],
        "x": ["form.unknown_field"],
        "case": ["form.unknown_field"],
        "y": ["form.unknown_field"],
    }


def test_fields_left_empty_get_the_empty_value_of_their_type() -> None:
    kinds = ["text", "textarea", "url", "integer", "boolean", "date", "datetime", "agency", "agencies", "attachments"]
    declared = form(*(field(f"f_{kind}", kind) for kind in kinds), field("t", "table", columns=[field("b")]))

    values = hand_in(declared, {"f_text": "", "f_date": " ", "f_agencies": [""], "t": [{"b": ""}, {}]})

    assert list(values.values()) == ["", "", "", None, False, None, None, None, [], [], []]


def test_what_does_not_apply_is_neither_asked_for_nor_stored() -> None:
    # Given a reason that is asked for when the answer is no, and a detail of that reason
    declared = form(
        field("answer", "choice", choices=YES_NO, required=True),
        field("reason", required=True, when="answer == 'no' and severity > 1"),
        field("detail", required=True, when="reason != ''"),
        field("proof", "attachments", when="answer == 'no'"),
    )
    serious = {"severity": 3}

    # Then the answer decides, together with the case
    assert hand_in(declared, {"answer": "yes", "reason": "x\x00"}, variables=serious) == {"answer": "yes"}
    assert refused(declared, {"answer": "no"}, variables=serious) == {"reason": ["form.required"]}
    assert refused(declared, {"answer": "no", "reason": "r"}, variables=serious) == {"detail": ["form.required"]}
    assert hand_in(declared, {"answer": "no"}, variables={"severity": 1}) == {"answer": "no", "proof": []}
    # And a file for a question that is not asked is not lost in silence
    assert refused(declared, {"answer": "yes"}, variables=serious, files={"proof": 1}) == {
        "proof": ["form.files_not_asked"]
    }


def test_a_wrong_field_speaks_for_the_conditions_that_depend_on_it() -> None:
    declared = form(field("n", "integer"), field("more", required=True, when="n > 3"))

    assert refused(declared, {"n": "x"}) == {"n": ["form.integer"]}
    with pytest.raises(ExpressionError):
        hand_in(declared, {})


def test_a_form_value_hides_the_variable_of_an_earlier_turn() -> None:
    declared = form(field("answer", "choice", choices=YES_NO), field("reason", required=True, when="answer == 'no'"))

    assert hand_in(declared, {"answer": ""}, variables={"answer": "no"}) == {"answer": None}


def test_cells_are_told_by_row_and_column() -> None:
    declared = form(field("rows", "table", columns=[field("claim", required=True), field("on", "date"), field("note")]))

    told = refused(declared, {"rows": [{"claim": "x", "on": "31/02/2026"}, {}, {"on": "01/02/2026", "zz": 1}]})
    values = hand_in(declared, {"rows": [{"claim": " x ", "on": "01/02/2026"}]})

    assert told == {
        "rows.0.on": ["form.date"],
        "rows.1.claim": ["form.required"],
        "rows.1.zz": ["form.unknown_field"],
    }
    assert values == {"rows": [{"claim": "x", "on": "2026-02-01", "note": ""}]}


def test_files_are_counted() -> None:
    declared = form(field("proof", "attachments", required=True, max_files=2))

    assert hand_in(declared, {}, files={"proof": 2}) == {"proof": []}
    assert refused(declared, {}) == {"proof": ["form.required"]}
    assert refused(declared, {}, files={"proof": 3}) == {"proof": ["form.too_many_files"]}


def test_prefilled_values_are_those_that_exist_and_fit() -> None:
    declared = form(
        field("a", prefill="subject"),
        field("b", prefill="missing.key"),
        field("c", "date", prefill="received_on"),
        field("d", "date", prefill="subject"),
        field("e", "agencies", prefill="[case.lead]"),
        field("f", "textarea", prefill="subject + '\\n' + subject", max_length=5),
        field("g"),
    )
    variables = {"subject": "Tin sai", "received_on": "2026-09-05", "case": {"lead": "vp-ubnd-tinh"}}

    assert prefill(declared, variables) == {
        "a": "Tin sai",
        "c": "2026-09-05",
        "e": ["vp-ubnd-tinh"],
        "f": "Tin sai\nTin sai",
    }


def test_notes_show_values_of_the_case() -> None:
    text = {"vi": "Dự thảo: {draft} ({n + 1})", "en": "Draft: {gone}"}
    declared = form(field("n1", "note", text=text), field("a"))

    assert note_texts(declared, {"draft": "{n}", "n": 1}) == {"n1": {"vi": "Dự thảo: {n} (2)", "en": "Draft: "}}
    assert refused(declared, {"n1": "x"}) == {"n1": ["form.unknown_field"]}


def test_notes_tell_amounts_as_they_are_read_and_lists_with_semicolons() -> None:
    text = {"vi": "{year}: {asked} đồng; {names}", "en": "{year}: {asked}; {names}"}
    told = note_texts(form(field("n", "note", text=text)), {"year": 2026, "asked": 250_000_000, "names": ["A", "B"]})
    assert told == {"n": {"vi": "2026: 250.000.000 đồng; A; B", "en": "2026: 250,000,000; A; B"}}


def test_notes_tell_days_as_people_write_them() -> None:
    declared = form(field("n", "note", text={"vi": "Từ {since}, không phải {odd}", "en": "From {since}, not {odd}"}))
    told = note_texts(declared, {"since": "2026-09-02", "odd": "2026-02-31"})
    assert told["n"]["vi"] == "Từ 02/09/2026, không phải 2026-02-31"


def test_a_note_says_nothing_while_its_condition_does_not_hold() -> None:
    texts = {"vi": "Đã từ chối", "en": "Refused"}
    declared = form(field("n", "note", text=texts, when="defined('a') and a == 'x'"))

    assert note_texts(declared, {}) == {}
    assert note_texts(declared, {"a": "x"}) == {"n": texts}
    unsure = form(field("n", "note", text=texts, when="still_to_be_filled == 'x'"))
    assert note_texts(unsure, {}) == {"n": texts}


def test_another_case_is_named_by_its_code_with_or_without_its_title() -> None:
    declared = form(field("other", "case"))

    def known(code: str) -> str:
        if code != "PB-26-0001":
            raise Wrong("form.case", value=code)
        return code

    for typed_text in ("PB-26-0001", "  pb-26-0001 ", "PB-26-0001 – Tin sai"):
        assert hand_in(declared, {"other": typed_text}, case=known) == {"other": "PB-26-0001"}
    assert hand_in(declared, {"other": ""}, case=known) == {"other": ""}
    assert refused(declared, {"other": "PB-26-0002"}, case=known) == {"other": ["form.case"]}


def test_fields_that_apply_are_known_before_anything_is_handed_in() -> None:
    declared = form(field("a"), field("b", when="a == 'x'"), field("c", "note", text=LABEL, when="gone"))

    assert applicable(declared, {}, {}) == {"a", "c"}
    assert applicable(declared, {"a": "x"}, {"gone": False}) == {"a", "b"}


anything = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.sampled_from(["yes", "05/09/2026", "1.000"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["b", "on", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
EVERY_TYPE = form(
    *(field(f"f_{kind}", kind) for kind in "text textarea integer boolean date datetime url agency agencies".split()),
    field("f_choice", "choice", choices=YES_NO),
    field("f_choices", "choices", choices=YES_NO),
    field("f_table", "table", columns=[field("b", "integer"), field("on", "datetime")]),
)


@given(st.dictionaries(st.sampled_from([one.name for one in EVERY_TYPE.fields]), anything))
def test_whatever_is_handed_in_is_stored_canonically_or_refused(submitted: dict[str, Any]) -> None:
    # Given any JSON and more, when it is handed in
    try:
        values = hand_in(EVERY_TYPE, submitted)
    except InvalidForm as error:
        # Then it is refused with reasons that belong to fields
        told = [one for found in error.fields.values() for one in found]
        assert told
        assert all(one.code.startswith("form.") for one in told)
    else:
        # Or stored in a form that can be hashed, and handing in what was stored changes nothing
        dumps(values)
        assert hand_in(EVERY_TYPE, values) == values
