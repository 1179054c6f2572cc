"""Officers at their desks: what a person does in the browser, in the words of the office."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

from engine.clock import ZONE
from tests.support.server import ROOT

PICTURES = ROOT / "docs" / "images"
PASSWORD = "phoihop-demo"
LOOKS = 60
LOOK_AGAIN_MILLISECONDS = 250
PATIENCE_MILLISECONDS = 10_000
AXE_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
SCREEN: ViewportSize = {"width": 1280, "height": 900}
SEND = "Hoàn thành bước này"

Fields = Mapping[str, "str | Sequence[str] | Path"]


def ago(**span: float) -> str:
    """A moment before now as officers type it (`ago(hours=2)`)."""
    return (datetime.now(ZONE) - timedelta(**span)).strftime("%d/%m/%Y %H:%M")


def keep_picture(page: Page, name: str) -> None:
    """Make a picture of the documentation anew, where SCREENSHOTS=1 in the environment asks for it."""
    if os.environ.get("SCREENSHOTS"):
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"{name}.png")


class Office:
    """All officers of the province, each at a browser of their own.

    Args:
        browser: the browser program.
        url: address of the server.
        java_script: whether the browsers run JavaScript.

    `worked` names the agencies whose officers completed a step, in the order of their work.
    """

    def __init__(self, browser: Browser, url: str, *, java_script: bool = True) -> None:
        self.browser = browser
        self.java_script = java_script
        self.url = url
        self.desks: dict[str, Desk] = {}
        self.contexts: list[BrowserContext] = []
        self.worked: list[str] = []
        self.checked: set[str] = set()

    def __enter__(self) -> Office:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for context in self.contexts:
            context.close()

    def desk(self, user_name: str) -> Desk:
        """The desk of an officer, who signs in at the first call."""
        if user_name not in self.desks:
            self.desks[user_name] = self.another_desk(user_name)
        return self.desks[user_name]

    def another_desk(self, user_name: str, *, java_script: bool | None = None) -> Desk:
        """A further browser of an officer, signed in."""
        desk = self.new_desk(user_name, java_script=java_script)
        desk.sign_in()
        return desk

    def new_desk(self, user_name: str, *, java_script: bool | None = None) -> Desk:
        """A browser in which nobody is signed in yet."""
        context = self.browser.new_context(
            base_url=self.url,
            java_script_enabled=self.java_script if java_script is None else java_script,
            viewport=SCREEN,
            locale="vi-VN",
        )
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        self.contexts.append(context)
        return Desk(self, user_name, context)


class Desk:
    """One officer at one browser."""

    def __init__(self, office: Office, user_name: str, context: BrowserContext) -> None:
        self.office = office
        self.user_name = user_name
        self.agency = user_name.partition(".")[2]
        self.context = context
        self.page: Page = context.new_page()

    def sign_in(self) -> None:
        """Sign in at the sign-in page that stands open, or else at the front page."""
        if self.page.url == "about:blank":
            self.page.goto("/")
        self.check_accessible("sign-in")
        self.page.get_by_label("Tên đăng nhập").fill(self.user_name)
        self.page.get_by_label("Mật khẩu").fill(PASSWORD)
        self.page.get_by_role("button", name="Đăng nhập").click()
        expect(self.page.get_by_role("button", name="Đăng xuất")).to_be_visible()

    def open(self, path: str) -> int:
        """Open a page; returns the status of the answer."""
        answer = self.page.goto(path)
        assert answer is not None
        return answer.status

    def start_case(self) -> str:
        """Open a case of the rebuttal procedure; returns its code. Its first task stands open then."""
        self.open("/vu-viec/moi")
        self.check_accessible("new case")
        self.page.get_by_role("button", name="Mở vụ việc Giải thích, làm rõ").click()
        message = self.page.get_by_text("Đã mở vụ việc").inner_text()
        return message.removeprefix("Đã mở vụ việc").strip(" .")

    def take(self, step: str, case: str) -> None:
        """Open a step of a case from the inbox, claiming it where nobody has it."""
        item = self.find(step, case)
        self.check_accessible(f"inbox {step}")
        claim = item.get_by_role("button", name="Nhận việc")
        if claim.count():
            claim.click()
        else:
            item.get_by_role("link", name=step, exact=True).click()
        expect(self.page.get_by_role("heading", level=1, name=step, exact=True)).to_be_visible()
        self.check_accessible(f"task {step}")

    def find(self, step: str, case: str) -> Locator:
        """The item of the inbox; work that is under way in the background is waited for."""
        found = self.in_inbox(step, case)
        for _ in range(LOOKS):
            self.open("/hop-viec")
            if found.count():
                return found.first
            self.page.wait_for_timeout(LOOK_AGAIN_MILLISECONDS)
        raise AssertionError(f"{self.user_name} has no “{step}” of {case}: {self.page.locator('main').inner_text()}")

    def open_ended(self, case: str) -> Locator:
        """Open the page of a case once it has ended (its last paper leaves in the background); returns its facts."""
        facts = self.page.locator(".facts-bar")
        for _ in range(LOOKS):
            self.open(f"/vu-viec/{case}")
            if facts.filter(has_text="Kết thúc").count():
                return facts
            self.page.wait_for_timeout(LOOK_AGAIN_MILLISECONDS)
        raise AssertionError(f"{case} does not end: {self.page.locator('main').inner_text()}")

    def in_inbox(self, step: str, case: str) -> Locator:
        """Items of the inbox page with that step and case."""
        title = self.page.get_by_role("link", name=step, exact=True)
        code = self.page.get_by_role("link", name=case, exact=True)
        return self.page.locator("li.item").filter(has=title).filter(has=code)

    def fill(self, fields: Fields) -> None:
        """Fill in the fields of the form by their names."""
        form = self.page.locator("form.task-form")
        for name, value in fields.items():
            self._fill(form, name, value)

    def _fill(self, form: Locator, name: str, value: str | Sequence[str] | Path) -> None:
        control = form.locator(f'[name="{name}"]')
        if isinstance(value, Path):
            control.set_input_files(value)
        elif control.first.get_attribute("type") in ("radio", "checkbox"):
            for one in [value] if isinstance(value, str) else value:
                form.locator(f'[name="{name}"][value="{one}"]').check()
        elif control.first.evaluate("one => one.tagName") == "SELECT":
            control.select_option(value if isinstance(value, str) else list(value))
        else:
            control.fill(str(value))

    def send(self) -> None:
        """Send the form of the task."""
        self.page.get_by_role("button", name=SEND).click()

    def complete(self, step: str, fields: Fields) -> None:
        """Fill in the form of the open task and send it; the program says that the step is done."""
        self.fill(fields)
        self.send()
        self.expect_message(f"Đã hoàn thành bước “{step}”.")
        self.office.worked.append(self.agency)

    def expect_message(self, text: str) -> None:
        """The page says this."""
        expect(self.page.get_by_role("status").filter(has_text=text)).to_be_visible()

    def agency_name(self) -> str:
        """Name of the officer's agency, as the inbox shows it."""
        self.open("/hop-viec")
        return self.page.locator(".page-head p").first.inner_text()

    def download(self, path: str) -> tuple[int, bytes]:
        """Fetch a file as the signed-in officer: status and content."""
        answer = self.context.request.get(path)
        return answer.status, answer.body()

    def check_accessible(self, what: str) -> None:
        """No page breaks a rule of WCAG 2.2 AA that a program can check; every kind of page is looked at once.

        Args:
            what: the kind of page.
        """
        if what in self.office.checked or not self.office.java_script:
            return
        self.office.checked.add(what)
        found = Axe().run(self.page, options=AXE_RULES)
        assert found.violations_count == 0, f"{what}, {self.page.url}: {found.generate_report()}"
