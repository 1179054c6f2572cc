"""The pages of a store as `make run` makes it, on a desk's screen and on a telephone's.

With SCREENSHOTS=1 in the environment the pictures of the documentation are made anew (`docs/images/`).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.e2e.office import SCREEN, Desk, Office, keep_picture
from tests.support.server import Server, running_server

pytestmark = pytest.mark.requires("chromium")

TELEPHONE: ViewportSize = {"width": 375, "height": 800}
PICTURED = ("hop-viec", "viec", "vu-viec", "van-ban", "quy-che", "nghia-vu")
OFFICER = "cv.vp-ubnd-tinh"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on a demo store with its cases: finished ones, and some that wait for people."""
    with running_server(tmp_path_factory.mktemp("server") / "store", with_cases=True) as running:
        yield running


@pytest.fixture(scope="module")
def desk(browser: Browser, server: Server) -> Iterator[Desk]:
    """The officer whose inbox is the fullest."""
    with Office(browser, server.url) as office:
        yield office.desk(OFFICER)


def open_inbox(page: Page) -> None:
    page.goto("/hop-viec")


def open_task(page: Page) -> None:
    open_inbox(page)
    claim = page.get_by_role("button", name="Nhận việc")
    if claim.count():
        claim.first.click()
    else:
        page.locator("a.item-title").first.click()


def open_case(page: Page) -> None:
    page.goto("/vu-viec?trang_thai=running")
    page.get_by_role("rowheader").get_by_role("link").first.click()


def open_document(page: Page) -> None:
    page.goto("/van-ban-di")
    page.get_by_role("rowheader").get_by_role("link", name="TB-VPUBND").first.click()


def open_incoming(page: Page) -> None:
    page.goto("/van-ban-den")


def open_procedure(page: Page) -> None:
    page.goto("/quy-trinh")
    page.locator("a.item-title").first.click()


def open_regulation(page: Page) -> None:
    page.goto("/quy-che?cach=standing")


def open_duty(page: Page) -> None:
    page.goto("/quy-che/62")  # 15.1: a standing duty of the office


def open_registers(page: Page) -> None:
    page.goto("/so-van-ban")


def open_register(page: Page) -> None:
    open_registers(page)
    page.get_by_role("rowheader").get_by_role("link").first.click()


def open_series(page: Page) -> None:
    page.goto("/so-van-ban/cach-danh-so")


def open_mandates(page: Page) -> None:
    page.goto("/so-van-ban/tham-quyen-ky")


def open_search(page: Page) -> None:
    page.goto("/van-ban/tim?tim=ket+qua")


SCREENS = {
    "hop-viec": open_inbox,
    "viec": open_task,
    "vu-viec": open_case,
    "van-ban": open_document,
    "van-ban-den": open_incoming,
    "so-van-ban": open_registers,
    "so": open_register,
    "cach-danh-so": open_series,
    "tham-quyen-ky": open_mandates,
    "tim-van-ban": open_search,
    "quy-trinh": open_procedure,
    "quy-che": open_regulation,
    "nghia-vu": open_duty,
}


@pytest.mark.parametrize("name", SCREENS)
def test_page_fits_the_screen_and_is_accessible(desk: Desk, name: str) -> None:
    desk.page.set_viewport_size(SCREEN)
    SCREENS[name](desk.page)
    desk.page.wait_for_load_state()
    desk.check_accessible(name)
    assert overhang(desk.page) == 0
    if name in PICTURED:
        keep_picture(desk.page, name)


@pytest.mark.parametrize("name", SCREENS)
def test_page_needs_no_sideways_scrolling_on_a_telephone(desk: Desk, name: str) -> None:
    desk.page.set_viewport_size(TELEPHONE)
    SCREENS[name](desk.page)
    desk.page.wait_for_load_state()
    assert overhang(desk.page) == 0


def overhang(page: Page) -> int:
    """By how many pixels the page is wider than the screen."""
    found: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found
