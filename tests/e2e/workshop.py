"""A process owner at the diagram editor, in the words of the studio."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from playwright.sync_api import Locator, Page, expect

from engine.clock import ZONE
from tests.e2e.office import AXE_RULES, Desk, Office
from tests.support.server import Server
from web.wiring import build
from workflows.agencies.queries import actor_for_account
from workflows.studio import drafts

OWNER, SECOND = "quytrinh", "quytrinh2"
OUTSIDE_CANVAS = {"exclude": [["#studio-canvas"]]}
LONG_MILLISECONDS = 30_000


def begin_draft(server: Server, procedure_id: str) -> str:
    """A draft of a procedure, begun by the process owner; its id."""
    container = build({"DATA_DIR": str(server.data_dir)})
    now = container.engine.clock.now()
    with container.engine.transaction() as session:
        actor = actor_for_account(session, OWNER, now.date())
        return drafts.begin(session, actor, procedure_id, now=now).id


class Workshop:
    """The diagram editor of one draft.

    Args:
        desk: whose browser it is.
        draft: the draft's id.
    """

    def __init__(self, desk: Desk, draft: str) -> None:
        self.desk, self.page, self.draft = desk, desk.page, draft

    def open(self, element: str = "") -> None:
        """Open the editor; it is ready once the diagram is drawn and the panel knows what to offer."""
        self.page.goto(f"/xuong/{self.draft}/so-do{f'#{element}' if element else ''}")
        expect(self.page.locator("#studio[data-state=open]")).to_be_attached(timeout=LONG_MILLISECONDS)
        expect(self.panel.get_by_role("heading", level=2)).to_be_visible(timeout=LONG_MILLISECONDS)

    @property
    def panel(self) -> Locator:
        """What the chosen element says."""
        return self.page.locator("#studio-panel")

    @property
    def findings(self) -> Locator:
        """The list of findings."""
        return self.page.locator("#studio-findings")

    @property
    def chooser(self) -> Locator:
        """The list of all elements."""
        return self.page.get_by_label("Chọn phần tử", exact=True)

    def choose(self, name: str) -> None:
        """Choose an element by its name, as the keyboard does."""
        self.chooser.select_option(label=name)
        expect(self.panel.get_by_role("heading", level=2, name=name, exact=True)).to_be_visible()

    def fill(self, label: str, value: str) -> None:
        """Fill in a field of the panel and leave it."""
        field = self.panel.get_by_label(label, exact=True)
        field.fill(value)
        field.blur()

    def select(self, label: str, value: str) -> None:
        """Choose in a field of the panel."""
        self.panel.get_by_label(label, exact=True).select_option(value)

    def pick(self, label: str, option: str, *, then: str = "") -> None:
        """Choose in a field of the panel by what it says, as the keyboard does, and press the button beside it."""
        self.panel.get_by_label(label, exact=True).select_option(label=option)
        if then:
            self.press(then)

    def controls(self) -> dict[str, str]:
        """What the fields of the panel say, by their ids."""
        held: dict[str, str] = self.panel.locator("input, select, textarea").evaluate_all(
            "all => Object.fromEntries(all.map(a => [a.id, a.type === 'checkbox' ? `${a.checked}` : a.value]))"
        )
        return held

    def expect_controls(self, held: Mapping[str, str]) -> None:
        """The fields of the panel say this again, and there are no others."""
        for id_, value in held.items():
            field = self.panel.locator(f"#{id_}")
            if value in ("true", "false"):
                expect(field).to_be_checked(checked=value == "true")
            else:
                expect(field, id_).to_have_value(value)
        assert self.controls() == held

    def change(self, control: str) -> None:
        """Change a field of the panel by the keyboard, whatever it is."""
        field = self.panel.locator(f"#{control}")
        kind, last = field.evaluate("one => [one.type, one.selectedIndex === one.options?.length - 1]")
        field.focus()
        if kind == "checkbox":
            self.page.keyboard.press("Space")
        elif kind == "select-one":
            self.page.keyboard.press("ArrowUp" if last else "ArrowDown")
        else:
            self.page.keyboard.press("End")
            self.page.keyboard.type("2")
            self.page.keyboard.press("Tab")

    def press(self, name: str, *, within: Locator | None = None) -> None:
        """Press a button by the enter key."""
        (within or self.panel).get_by_role("button", name=name, exact=True).focus()
        self.page.keyboard.press("Enter")

    def saved(self) -> None:
        """Everything is stored, without anybody asking for it."""
        expect(self.page.locator("#studio-status")).to_contain_text("Đã lưu", timeout=LONG_MILLISECONDS)

    def checked(self) -> None:
        """The server's checks have answered."""
        expect(self.findings.get_by_role("heading")).to_be_visible(timeout=LONG_MILLISECONDS)
        expect(self.page.locator("#studio-findings[aria-busy]")).to_have_count(0, timeout=LONG_MILLISECONDS)

    def stored(self) -> str:
        """The diagram as the server has it."""
        return self.desk.download(f"/xuong/{self.draft}/tep/process.bpmn")[1].decode()


def owner(office: Office, draft: str) -> Workshop:
    """The process owner at the editor of a draft."""
    return Workshop(office.desk(OWNER), draft)


def submit_and_approve(first: Desk, second: Desk, draft: str) -> None:
    """Submit with note, instrument and today as the day of effect; the second person approves."""
    first.open(f"/xuong/{draft}")
    page = first.page
    page.get_by_label("Nội dung thay đổi").fill("Rút hạn trả lời còn 03 ngày; hỏi thêm Sở Tài chính.")
    page.get_by_label("Số, ký hiệu văn bản khác").fill("300/2026/NĐ-CP")
    page.get_by_label("Ngày ban hành văn bản khác").fill(today())
    page.get_by_label("Áp dụng cho vụ việc mở từ ngày").fill(today())
    page.get_by_role("button", name="Trình phê duyệt").click()
    expect(page.locator("main")).to_contain_text("Chờ một chủ quy trình khác phê duyệt", timeout=LONG_MILLISECONDS)

    second.open(f"/xuong/{draft}")
    second.check_accessible("submitted draft")
    second.page.get_by_role("button", name="Phê duyệt và ban hành").click()
    expect(second.page.locator("main")).to_contain_text("Đã ban hành", timeout=LONG_MILLISECONDS)


def today() -> str:
    """The day in Vietnam, as people type it."""
    return datetime.now(ZONE).strftime("%d/%m/%Y")


def accessible(page: Page) -> list[str]:
    """What breaks a rule of WCAG 2.2 AA on the page, outside the drawing itself."""
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

    found = Axe().run(page, context=OUTSIDE_CANVAS, options=AXE_RULES)
    return [f"{one['id']}: {[node['html'][:200] for node in one['nodes']]}" for one in found.response["violations"]]
