"""How long the diagram editor of the studio takes to open in a browser, and how heavy its script is."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, sync_playwright

from tests.load.figures import Figures, spread, timed
from tests.load.stores import Unavailable
from tests.support.server import running_server
from tests.support.services import look_for
from tests.support.web import PASSWORD
from web.wiring import build
from workflows.agencies.queries import actor_for_account
from workflows.studio import drafts

OWNER = "quytrinh"
LARGEST = "incident-rebuttal"
DIST = Path("web/static/dist")
FULL_LOAD_MILLISECONDS = 60_000


def measure(url: str, looks: int) -> Figures:
    """`open_…`: from asking for the page to the drawn diagram of the largest procedure, each time in a new window
    whose cache is empty; `vocabulary_…`: until the panel can offer what may be chosen; `script_kb`: compressed.

    Args:
        looks: how often the editor is opened.
    """
    chromium, reason = look_for("chromium")
    if chromium is None:
        raise Unavailable(reason)
    with TemporaryDirectory() as folder:
        env = {"DATABASE_URL": url}
        with running_server(Path(folder) / "store", env) as server, sync_playwright() as playwright:
            address = f"{server.url}/xuong/{_draft({'DATA_DIR': str(server.data_dir), **env})}/so-do"
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            opened, offered = [], []
            for _ in range(looks):
                page = browser.new_page()
                page.set_default_timeout(FULL_LOAD_MILLISECONDS)
                _sign_in(page, server.url)
                took, _none = timed(lambda: _open(page, address))  # noqa: B023 - called at once
                more, _none = timed(lambda: page.wait_for_selector("#panel-title"))  # noqa: B023 - called at once
                opened.append(took)
                offered.append(took + more)
                page.close()
            browser.close()
    return spread(opened, "open_") | spread(offered, "vocabulary_") | {"script_kb": _weight()}


def _draft(settings: dict[str, str]) -> str:
    container = build(settings)
    now = container.engine.clock.now()
    with container.engine.transaction() as session:
        actor = actor_for_account(session, OWNER, now.date())
        return drafts.begin(session, actor, LARGEST, now=now).id


def _sign_in(page: Page, url: str) -> None:
    page.goto(url)
    page.fill("#user_name", OWNER)
    page.fill("#password", PASSWORD)
    page.click("main form button")
    page.wait_for_url("**/hop-viec*")


def _open(page: Page, address: str) -> None:
    page.goto(address, wait_until="commit")
    page.wait_for_selector("#studio[data-state=open]", state="attached")


def _weight() -> int:
    names = json.loads((DIST / "manifest.json").read_text(encoding="utf-8"))
    files = (DIST / names[name] for name in ("app.js", "studio.js"))
    return round(sum(len(gzip.compress(file.read_bytes())) for file in files) / 1024)
