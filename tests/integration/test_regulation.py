"""The duty register at work: the matrix on the command line and as a page, and the log of standing duties."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from engine import events
from engine.events.verify import verify
from tests.support.web import OFFICE, SPECIALIST, Office
from tests.support.world import run_command
from workflows.regulation import evidence
from workflows.regulation.duties import duties
from workflows.regulation.tables import DutyEvidence

FOREIGN_INFORMATION = "/quy-che/49"  # 14.2: Sở Ngoại vụ
WHAT = {"done_on": "2026-08-31", "text": "Đã gửi thông tin tháng 8 cho Bộ Ngoại giao."}


def test_the_matrix_is_told_in_both_directions(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "matrix.json"
    result = run_command(office.container, "regulation", "coverage", "--json", str(file))
    assert result.exit_code == 0, result.output
    assert "123 nghĩa vụ" in result.stdout and "incident-rebuttal/detect" in result.stdout
    assert "outgoing-document/number_paper" in result.stdout
    written = json.loads(file.read_text(encoding="utf-8"))
    assert len(written["duties"]) == 123 and sum(written["counts"].values()) == 123


def test_a_duty_that_procedures_miss_ends_with_1(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = [replace(one, clause="13.7") if one.number == 38 else one for one in duties()]
    monkeypatch.setattr(sys.modules["web.cli.regulation"], "duties", lambda: changed)
    result = run_command(office.container, "regulation", "coverage")
    assert result.exit_code == 1 and "✗ CHƯA CÓ BƯỚC NÀO" in result.stdout


def test_everybody_reads_the_duties_and_filters_them(office: Office) -> None:
    page = office.browser(SPECIALIST).open("/quy-che").text
    assert page.count('<th scope="row">') == 123
    filtered = office.browser(SPECIALIST).open("/quy-che?loai=P2&cach=procedure").text
    assert 15 <= filtered.count('<th scope="row">') <= 20
    assert 'href="/quy-trinh/incident-rebuttal"' in office.browser(SPECIALIST).open("/quy-che/38").text


def test_the_law_of_a_day_tells_the_states_of_a_clause_with_their_days(office: Office) -> None:
    before = office.browser(SPECIALIST).open("/quy-che/van-ban?ngay=2026-09-30").text
    assert "đến hết 30/09/2026" in before and "từ 01/10/2026" in before
    states = before.partition("Điều 84 Luật Thi đua")[2].partition("</dd>")[0]
    assert states.index("Hồ sơ Bằng khen") < states.index('class="muted"') < states.index("chưa rõ điều này")
    after = office.browser(SPECIALIST).open("/quy-che/van-ban?ngay=2026-10-01").text
    states = after.partition("Điều 84 Luật Thi đua")[2].partition("</dd>")[0]
    assert states.index('class="muted"') < states.index("Hồ sơ Bằng khen")


def test_the_owner_logs_what_it_did_and_others_neither_log_nor_read_it(office: Office) -> None:
    owner, stranger = office.browser(SPECIALIST), office.browser(OFFICE)
    page = owner.open(FOREIGN_INFORMATION).text
    answer = owner.client.post(FOREIGN_INFORMATION, data={**_token(page), **WHAT})
    assert answer.status_code == 303
    assert WHAT["text"] in owner.open(FOREIGN_INFORMATION).text
    assert WHAT["text"] not in stranger.open(FOREIGN_INFORMATION).text
    assert WHAT["text"] in office.browser("kiemtra").open(FOREIGN_INFORMATION).text
    with office.container.read() as session:
        recorded = list(events.read(session, evidence.STREAM))
        assert [event.type for event in recorded] == ["DutyEvidenceLogged"]
        assert list(verify(session, evidence.STREAM)) == []
        assert session.scalars(select(DutyEvidence.agency_id)).all() == ["so-ngoai-vu"]


@pytest.mark.parametrize(
    "fields", [{"done_on": "", "text": "Việc"}, {"done_on": "2026-09-02", "text": "Việc"}, {**WHAT, "text": "  "}]
)
def test_a_line_that_says_nothing_or_lies_ahead_is_refused_and_nothing_typed_is_lost(
    office: Office, fields: dict[str, str]
) -> None:
    browser = office.browser(SPECIALIST)
    page = browser.open("/quy-che/59").text
    refused = browser.client.post("/quy-che/59", data={**_token(page), **fields})
    assert refused.status_code == 422 and 'role="alert"' in refused.text
    assert fields["text"].strip() in refused.text


def _token(page: str) -> dict[str, str]:
    return {"csrf_token": page.partition('name="csrf_token" value="')[2].partition('"')[0]}
