"""An auditor finds a rebuttal that was not done in time, replays it, takes it away and proves it elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.clock import ManualClock
from engine.tables import Case
from tests.e2e.office import Desk, Office
from tests.support.server import Server, running_server
from tests.support.world import World
from web.bootstrap import ensure_ready
from web.wiring import build

pytestmark = pytest.mark.requires("chromium")

AUDITOR = "kiemtra"
LATE_STEP = "Phát ngôn ban đầu"


@pytest.fixture(scope="module")
def late_case(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A store in which a rebuttal has waited for its first statement for days, and the code of the case."""
    folder = tmp_path_factory.mktemp("auditor") / "store"
    clock = ManualClock(datetime.now(UTC) - timedelta(days=5))
    container = build({"DATA_DIR": str(folder), "STORE": "demo"}, clock)
    ensure_ready(container, with_cases=False)
    world = World(container, clock)
    [case] = world.rows(Case, id=world.stating())
    world.engine.drain()
    container.engine.database.dispose()
    return folder, str(case.code)


@pytest.fixture(scope="module")
def server(late_case: tuple[Path, str]) -> Iterator[Server]:
    with running_server(late_case[0]) as running:
        yield running


@pytest.fixture
def desk(browser: Browser, server: Server) -> Iterator[Desk]:
    with Office(browser, server.url) as office:
        yield office.desk(AUDITOR)


def test_an_overdue_rebuttal_is_found_replayed_and_proved(
    desk: Desk, late_case: tuple[Path, str], tmp_path: Path
) -> None:
    page, code = desk.page, late_case[1]
    _find_overdue(desk, code)
    _replay(desk, code)
    _compare(desk, code)
    export, verifier, keys = _take_away(desk, tmp_path)
    said = _verified(verifier, export, keys)
    assert said.stdout.startswith("ĐÚNG."), said.stdout
    assert said.returncode == 0
    seq = _change_a_byte(export)
    said = _verified(verifier, export, keys)
    assert said.returncode == 1 and said.stdout.startswith("SAI")
    assert f"sự kiện {seq}: nội dung đã bị sửa" in said.stdout
    assert page.context.request.get(f"/vu-viec/{code}/dien-lai/ho-so.pdf").body().startswith(b"%PDF")


def _find_overdue(desk: Desk, code: str) -> None:
    """From the oversight page to the case."""
    page = desk.page
    page.get_by_role("link", name="Giám sát", exact=True).click()
    page.get_by_role("link", name="Việc quá hạn").click()
    page.get_by_label("Quy trình", exact=True).select_option("incident-rebuttal")
    page.get_by_role("button", name="Xem", exact=True).click()
    row = page.get_by_role("row").filter(has_text=code).filter(has_text=LATE_STEP)
    row.get_by_role("link", name=code).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(code)


def _replay(desk: Desk, code: str) -> None:
    """Step, jump and play; diagram, data and timeline move together."""
    page = desk.page
    page.get_by_role("link", name="Diễn lại từng sự kiện").click()
    _stands_at(page, 1)
    desk.check_accessible("replay")
    for seq in (2, 3):
        page.get_by_role("link", name="Sau →", exact=True).click()
        _stands_at(page, seq)
    page.get_by_role("link", name="← Trước", exact=True).click()
    _stands_at(page, 2)
    page.go_back()
    _stands_at(page, 3)
    line = page.locator("#dong-su-kien li").filter(has_text="Hoàn thành: Ghi nhận thông tin sai lệch")
    line.get_by_role("link").click()
    expect(page.locator(".stage-title")).to_contain_text("Hoàn thành: Ghi nhận thông tin sai lệch")
    expect(page.get_by_role("row").filter(has_text="Tên vụ việc")).to_contain_text("Tin sai về cầu Việt Trì")
    expect(page.locator('.diagram [data-element="detect"]')).to_have_class("bpmn-element bpmn-kind-userTask is-done")
    page.get_by_label("Kéo đến sự kiện").press("End")
    expect(page.locator("#dong-su-kien [aria-current=step]")).to_be_visible()
    expect(page.locator(".diagram .is-overdue").first).to_be_visible()
    page.get_by_label("Kéo đến sự kiện").press("Home")
    page.get_by_role("button", name="Chạy", exact=True).click()
    expect(page.locator('.stage[data-seq="1"]')).to_have_count(0)
    page.get_by_role("button", name="Dừng", exact=True).click()
    page.get_by_role("link", name="Bảng sự kiện").click()
    expect(page.get_by_role("row").filter(has_text="Đánh giá ban đầu").first).to_be_visible()
    desk.check_accessible("table of events")


def _stands_at(page: Page, seq: int) -> None:
    """The event, its line in the timeline, the controls and the address are all at that number."""
    expect(page.locator(f'.stage[data-seq="{seq}"]')).to_be_visible()
    expect(page.locator(f'#dong-su-kien [data-seq="{seq}"] [aria-current=step]')).to_be_visible()
    expect(page.get_by_role("textbox", name="Sự kiện")).to_have_value(str(seq))


def _compare(desk: Desk, code: str) -> None:
    page = desk.page
    page.get_by_role("link", name="So sánh hai sự kiện").click()
    page.get_by_role("textbox", name="Sau sự kiện A").fill("4")
    page.get_by_role("button", name="So sánh", exact=True).click()
    expect(page.get_by_role("row").filter(has_text="Tên vụ việc")).to_contain_text("Tin sai về cầu Việt Trì")
    expect(page.get_by_role("region", name="Chỉ mở sau sự kiện B")).to_contain_text(LATE_STEP)
    desk.check_accessible("comparison of events")


def _take_away(desk: Desk, folder: Path) -> tuple[Path, Path, Path]:
    """The export, the verifier and the public keys as files."""
    page, export, keys = desk.page, folder / "export.zip", folder / "keys.txt"
    page.get_by_role("link", name="Xuất lịch sử").click()
    desk.check_accessible("export")
    with page.expect_download() as download:
        page.get_by_role("button", name="Xuất và tải về").click()
    download.value.save_as(export)
    verifier = folder / "verify.py"
    verifier.write_bytes(page.context.request.get("/xuat-lich-su/verify.py").body())
    keys.write_bytes(page.context.request.get("/checkpoint/keys").body())
    return export, verifier, keys


def _verified(verifier: Path, export: Path, keys: Path) -> subprocess.CompletedProcess[str]:
    """What the verifier says, with nothing of the program beside it."""
    command = [sys.executable, "-I", str(verifier), str(export), "--key", str(keys)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=verifier.parent)


def _change_a_byte(export: Path) -> int:
    """Change one byte of what an officer once wrote; returns the number of that event."""
    with zipfile.ZipFile(export) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    [name] = [name for name in files if name.startswith("events/case-")]
    lines = files[name].splitlines(keepends=True)
    place = next(i for i, line in enumerate(lines) if b"WorkItemCompleted" in line and b"Tin nhanh" in line)
    lines[place] = lines[place].replace(b"Tin nhanh", b"Tin nhanx")
    files[name] = b"".join(lines)
    with zipfile.ZipFile(export, "w") as archive:
        for one, content in files.items():
            archive.writestr(one, content)
    return int(json.loads(json.loads(lines[place])["envelope"])["seq"])
