"""One browser and one server for each module, one room full of officers for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.office import Office
from tests.support.server import Server, running_server


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Chromium without a window; as root, where it has no sandbox, it must be told so.

    Closed with its module: while it is open this thread has a running event loop, in which no other
    module's test could run one of its own.
    """
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on an empty demo store."""
    with running_server(tmp_path_factory.mktemp("server") / "store") as running:
        yield running


@pytest.fixture
def office(browser: Browser, server: Server) -> Iterator[Office]:
    """Officers at their desks, none signed in yet."""
    with Office(browser, server.url) as opened:
        yield opened
