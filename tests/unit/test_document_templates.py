"""Notice templates: what they may do, what is refused at the door, and how they are filled."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support.documents import issuer
from workflows.documents.compose import Recipient, compose
from workflows.documents.errors import TemplateFailed
from workflows.documents.layout import page
from workflows.documents.templates import check_template, fill, read_template, variables

RESULT = """
type: TB
subject: "Kết quả xử lý thông tin “{{ subject | bare }}”"
legal: ["Căn cứ Quy chế phối hợp"]
body:
  - "Vụ việc {{ case.code }} được phát hiện lúc {{ detected_at | datetime }}, do {{ lead | agency }} chủ trì."
  - heading: Ý kiến
  - table:
      columns: [Cơ quan, Ý kiến]
      for: "one in opinions"
      cells: ["{{ one.agency | agency }}", "{{ one.text }}"]
  - "{% if note is defined and note %}{{ note }}{% endif %}"
  - "Kết luận: {{ truth | label({'false': 'sai sự thật', 'true': 'đúng sự thật'}) }}."
"""
VALUES: dict[str, Any] = {
    "case": {"code": "PB-26-0001"},
    "subject": "Bài viết về nước thải.",
    "detected_at": "2026-09-01T01:00:00Z",
    "lead": "vp",
    "opinions": [{"agency": "nv", "text": "Thống nhất | có\nđiều kiện"}],
    "truth": "false",
}


def names(agency_id: str) -> str:
    return {"vp": "Văn phòng UBND tỉnh", "nv": "Sở Ngoại vụ"}[agency_id]


def test_a_template_is_filled_with_the_data_of_the_case() -> None:
    filled = fill("notices/result.yaml", read_template("notices/result.yaml", RESULT.encode()), VALUES, names)
    assert filled.subject == "Kết quả xử lý thông tin “Bài viết về nước thải”"
    assert filled.body == (
        "Vụ việc PB-26-0001 được phát hiện lúc 08 giờ 00 phút, ngày 01/09/2026, do Văn phòng UBND tỉnh chủ trì.",
        "# Ý kiến",
        "| Cơ quan | Ý kiến |\n| Sở Ngoại vụ | Thống nhất / có điều kiện |",
        "Kết luận: sai sự thật.",
    )


def test_the_names_that_a_template_wants_are_known_before_it_runs() -> None:
    assert variables(RESULT.encode()) == {"case", "subject", "detected_at", "lead", "opinions", "note", "truth"}


@pytest.mark.parametrize("missing", ["subject", "opinions", "truth"])
def test_a_missing_value_is_a_failure_and_no_gap_in_the_text(missing: str) -> None:
    values = {name: value for name, value in VALUES.items() if name != missing}
    with pytest.raises(TemplateFailed):
        fill("x", read_template("x", RESULT.encode()), values, names)


def notice(text: str) -> bytes:
    return f"type: TB\nsubject: Kết quả\nbody:\n  - |-\n    {text}\n".encode()


@pytest.mark.parametrize(
    "text",
    [
        "{{ case.__class__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ f() }}",
        "{{ cycler.__init__ }}",
        "{{ x | attr('y') }}",
        "{{ x | map('upper') }}",
        "{{ 'a' * 999999999 }}",
        "{{ 9 ** 99999 }}",
        "{% set x = 1 %}",
        "{% include 'x' %}",
        "{% macro m() %}{% endmacro %}",
        "{% for a in b recursive %}{% endfor %}",
        "{{ unfinished",
        "{{ x is callable }}",
    ],
)
def test_whatever_could_do_more_than_look_up_is_refused(text: str) -> None:
    found = check_template("notices/x.yaml", notice(text))
    assert {finding.code for finding in found} <= {"notice.forbidden", "notice.syntax"}
    assert found


def test_dots_look_into_data_only() -> None:
    template = read_template("x", notice("{{ row.items }} {{ row.upper }}"))
    filled = fill("x", template, {"row": {"items": "các mục", "upper": "trên"}}, names)
    assert filled.body == ("các mục trên",)
    with pytest.raises(TemplateFailed):
        fill("x", template, {"row": "chữ"}, names)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe", "notice.unreadable"),
        (b"a: &x [1]\nb: *x", "notice.unreadable"),
        (b"[1]", "notice.not_mapping"),
        (b"type: XX\nsubject: a\nbody: []", "notice.unknown_type"),
        (b"type: TB\nsubject: a\nbody: [{video: x}]", "notice.body_expected"),
        (b"type: TB\nsubject: a\nbody: []\nlegal: x", "notice.list_expected"),
        (b"type: TB\nbody: []", "notice.text_expected"),
        (b"type: TB\nsubject: a\nbody: []\nurgency: mat", "notice.unknown_urgency"),
        (b"type: TB\nsubject: a\nbody: []\nsecrecy: mat", "notice.unknown_key"),
    ],
)
def test_a_broken_template_is_a_finding(content: bytes, code: str) -> None:
    assert [finding.code for finding in check_template("notices/x.yaml", content)] == [code]


# --- texts that change with the law

OLD = 'from: 2012-12-20, to: 2026-06-30, basis: "nd88-2012:25", confidence: V'
NEW = 'from: 2026-07-01, basis: "nd262-2026:24", confidence: V'
PERMIT = Path(__file__).parents[2] / "bpmn/foreign-press-permit/notices"


def by_law(*regimes: str, body: str = "{{ law.decree }}") -> bytes:
    listed = "".join(f"\n  - {{{one}}}" for one in regimes)
    return f'type: CV\nsubject: a\nregimes:{listed}\nbody: ["{body}"]'.encode()


def test_a_case_gets_the_texts_of_the_law_it_goes_by() -> None:
    content = (PERMIT / "reply-interview.yaml").read_bytes()
    template = read_template("x", content)
    values = {"applicant": "NHK", "request_received_at": "2026-06-30T01:00:00Z", "subject": "Phỏng vấn"}
    values |= {"interview_decision": "refuse", "interview_note": "Không sắp xếp được"}
    before = fill("x", template, values, names, date(2026, 6, 30)).body[0]
    after = fill("x", template, values, names, date(2026, 7, 1)).body[0]
    assert "khoản 3 Điều 13 Nghị định số 88/2012" in before and "262/2026" not in before
    assert "khoản 2 Điều 16 Nghị định số 262/2026" in after and "88/2012" not in after


def test_a_day_that_no_regime_covers_is_a_failure_and_no_gap_in_the_text() -> None:
    template = read_template("x", by_law(f"{OLD}, texts: {{decree: a}}", f"{NEW}, texts: {{decree: b}}"))
    for day in (date(2012, 12, 19), None):
        with pytest.raises(TemplateFailed):
            fill("x", template, {}, names, day)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"type: TB\nsubject: a\nbody: []\nregimes: x", "notice.regimes_expected"),
        (by_law(f"{NEW}, texts: {{}}"), "notice.regime_bad"),
        (by_law(f"{NEW}, texts: {{decree: 1}}"), "notice.regime_bad"),
        (by_law(f"{NEW}, note: x, texts: {{decree: a}}"), "notice.regime_bad"),
        (
            by_law('from: 2026-07-01, basis: "nd99-1999:1", confidence: V, texts: {decree: a}'),
            "notice.regime_bad",
        ),
        (
            by_law('from: 2026-07-01, basis: "nd262-2026:24", confidence: X, texts: {decree: a}'),
            "notice.regime_bad",
        ),
        (
            by_law('to: 2026-07-01, basis: "nd262-2026:24", confidence: V, texts: {decree: a}'),
            "notice.regime_bad",
        ),
        (
            by_law('from: 2026-06-30, basis: "nd262-2026:24", confidence: V, texts: {decree: a}'),
            "notice.basis_not_in_force",
        ),
        (by_law(f"{OLD}, texts: {{decree: a}}"), "notice.no_current_regime"),
        (
            by_law(
                f"{OLD}, texts: {{decree: a}}",
                f"{NEW.replace('2026-07-01', '2026-07-02')}, texts: {{decree: b}}",
            ),
            "notice.gap",
        ),
        (by_law(f"{NEW}, texts: {{decree: a}}", f"{NEW}, texts: {{decree: b}}"), "notice.overlap"),
        (
            by_law(f"{OLD}, texts: {{decree: a}}", f"{NEW}, texts: {{decree: b, more: c}}"),
            "notice.texts_differ",
        ),
        (by_law(f"{NEW}, texts: {{decree: a}}", body="{{ law.clause }}"), "notice.law_text_unknown"),
        (b'type: CV\nsubject: a\nbody: ["{{ law.decree }}"]', "notice.law_text_unknown"),
    ],
)
def test_regimes_that_cannot_hold_are_a_finding(content: bytes, code: str) -> None:
    assert code in [finding.code for finding in check_template("notices/x.yaml", content)]


def test_a_template_limits_who_may_see_the_paper() -> None:
    limited = read_template("notices/result.yaml", f'{RESULT}circulation: "Lưu hành nội bộ"\n'.encode())
    filled = fill("notices/result.yaml", limited, VALUES, names)
    facts = issuer(None, "so-vhttdl", date(2026, 9, 1))  # type: ignore[arg-type]
    words = page(compose(filled, facts, [Recipient("nv", "Sở Ngoại vụ")]))
    assert words["circulation"] == "Lưu hành nội bộ"
    [finding] = check_template("notices/result.yaml", f"{RESULT}circulation: [x]\n".encode())
    assert (finding.code, finding.element) == ("notice.text_expected", "circulation")
