"""What an auditor takes away: an export that proves itself elsewhere, and the dossier on paper."""

from __future__ import annotations

import io
import re
from html import unescape
from pathlib import Path

import pypdf
import pytest
from werkzeug.test import TestResponse

from engine.actors import SYSTEM
from engine.events.store import RecordedEvent
from engine.proof.exported import verify as verifier
from engine.proof.exported.verify import Given
from engine.tables import Case, Event
from tests.integration.test_web_replay import browser
from tests.support.web import SPECIALIST, Browser
from tests.support.world import DETECTION, World, run_command
from web.proof import exporting
from web.replay import dossier as printing

PAGE = "/xuat-lich-su"


@pytest.fixture
def world(sqlite_world: World) -> World:
    sqlite_world.container.notary.rotate(SYSTEM)
    return sqlite_world


@pytest.fixture
def auditor(world: World) -> Browser:
    return browser(world, "kiemtra")


def begun(world: World) -> Case:
    case_id = world.drafting().case_id
    [case] = world.rows(Case, id=case_id)
    assert isinstance(case, Case)
    return case


def exported(auditor: Browser, **fields: str) -> TestResponse:
    return auditor.send(auditor.open(PAGE).text, PAGE, {"scope": "cases", **fields})


def checked(auditor: Browser, answer: TestResponse, folder: Path) -> verifier.Verdict:
    """What the verifier says, given the key that everybody may fetch."""
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    path = folder / "export.zip"
    path.write_bytes(answer.data)
    return verifier.verify(path, Given(None, auditor.open("/checkpoint/keys").text))


def test_one_case_some_cases_and_everything_prove_themselves(world: World, auditor: Browser, tmp_path: Path) -> None:
    one, other = begun(world), begun(world)
    for fields in ({"codes": one.code}, {"codes": f"{one.code.lower()},\n {other.code}"}, {"scope": "everything"}):
        verdict = checked(auditor, exported(auditor, **fields), tmp_path)
        assert verdict.code == 0, verdict.wrong
    recorded = [row for row in world.rows(Event, stream_kind="audit") if row.type == "HistoryExported"]
    assert len(recorded) == 3 and all(b"kiemtra" in row.envelope for row in recorded)


@pytest.mark.parametrize(
    ("codes", "status", "sentence"),
    [("  ", 400, "Chưa nêu mã vụ việc nào."), ("PB-26-9999", 404, "Không có vụ việc PB-26-9999.")],
)
def test_what_cannot_be_exported_is_told_and_what_was_typed_stays(
    auditor: Browser, codes: str, status: int, sentence: str
) -> None:
    answer = exported(auditor, codes=codes)
    assert answer.status_code == status
    assert sentence in answer.text and codes in answer.text


def test_more_than_a_browser_waits_for_is_left_to_the_command(
    world: World, auditor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = begun(world)
    monkeypatch.setattr(exporting, "MAXIMUM", 3)
    assert "flask --app web audit export" in exported(auditor, codes=case.code).text


def test_only_auditors_export(world: World) -> None:
    officer = browser(world, SPECIALIST)
    assert officer.open(PAGE).status_code == 404
    assert officer.open(f"{PAGE}/verify.py").status_code == 404


def words(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


def test_the_dossier_tells_the_case_from_first_to_last_with_its_proof(world: World, auditor: Browser) -> None:
    case = begun(world)
    world.container.notary.up_to_date()
    log: list[RecordedEvent] = world.history(case.id)
    answer = auditor.open(f"/vu-viec/{case.code}/dien-lai/ho-so.pdf")
    assert answer.mimetype == "application/pdf"
    said = words(answer.data)
    assert log[-1].hash in said and "Mã ngắn" in said
    assert f"khớp với nhật ký, {len(log)} sự kiện" in said
    assert "Nội dung cho là sai Bài viết nói cầu đã sập, thực tế cầu vẫn thông xe." in said
    assert "Chuyên viên 1, Sở Ngoại vụ (Chuyên viên)" in said


def test_the_dossier_of_a_long_case_comes_in_volumes_that_leave_nothing_out(
    world: World, auditor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = begun(world)
    log: list[RecordedEvent] = world.history(case.id)
    assert "/dien-lai/ho-so.pdf" in auditor.open(f"/vu-viec/{case.code}/dien-lai").text
    monkeypatch.setattr(printing, "VOLUME", -(-len(log) // 2))
    assert '/dien-lai/ho-so"' in auditor.open(f"/vu-viec/{case.code}/dien-lai").text
    page = auditor.open(f"/vu-viec/{case.code}/dien-lai/ho-so").text
    paths = [unescape(one) for one in re.findall(r'href="([^"]+ho-so.pdf[^"]*)"', page)]
    volumes = [auditor.open(path) for path in paths]
    assert [one.mimetype for one in volumes] == ["application/pdf"] * 2
    first, last = (words(one.data) for one in volumes)
    assert "TẬP 1 TRÊN 2" in first and "TẬP 2 TRÊN 2" in last
    assert f"sự kiện {len(log) - len(log) // 2 + 1} đến {len(log)} trên {len(log)}" in last
    assert log[-1].hash in first and log[-1].hash in last
    assert "Mở vụ việc" in first and "Mở vụ việc" not in last
    assert "Sơ đồ sau sự kiện cuối" in last and "Sơ đồ sau sự kiện cuối" not in first


def test_a_character_that_the_font_lacks_does_not_keep_a_dossier_from_being_printed(
    world: World, auditor: Browser
) -> None:
    item = world.detecting()
    case_id = world.work(item, SPECIALIST, {**DETECTION, "subject": "Tin sai 🦆 về cầu"}).case_id
    [case] = world.rows(Case, id=case_id)
    assert "Tin sai □ về cầu" in words(auditor.open(f"/vu-viec/{case.code}/dien-lai/ho-so.pdf").data)


def test_the_command_prints_the_dossier_too(world: World, tmp_path: Path) -> None:
    case, path = begun(world), tmp_path / "ho-so.pdf"
    result = run_command(world.container, "audit", "dossier", case.code.lower(), "-o", str(path))
    assert result.exit_code == 0, result.output
    assert case.code in words(path.read_bytes())
    assert run_command(world.container, "audit", "dossier", "XX-1", "-o", str(path)).exit_code == 1
