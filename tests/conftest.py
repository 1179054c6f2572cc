"""Fixtures for all tests: services from outside, and empty databases of both kinds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler.loadscope import LoadScopeScheduling

from tests.support.services import fresh_postgres, require

pytest_plugins = ("tests.support.web", "tests.support.world")

TOGETHER = ("tests/processes",)
"""Folders whose tests share what takes long to make: they run in one process, as the tests of one file do."""


class Together(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    """Gives a whole file, or a whole folder of `TOGETHER`, to one process: what shares a store makes it once."""

    def _split_scope(self, nodeid: str) -> str:
        place = nodeid.split("::")[0]
        return next((folder for folder in TOGETHER if place.startswith(folder)), place)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer | None) -> Together:
    """How the tests are spread over several processes."""
    return Together(config, log)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Honour `@pytest.mark.requires("postgres", …)` before any fixture of the test starts."""
    for marker in item.iter_markers("requires"):
        for name in marker.args:
            require(name)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """One PostgreSQL database for the whole session; tests that share it must not disturb each other."""
    with fresh_postgres(require("postgres")) as url:
        yield url


@pytest.fixture
def fresh_postgres_url() -> Iterator[str]:
    """A PostgreSQL database for this test alone."""
    with fresh_postgres(require("postgres")) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite file for this test alone."""
    return f"sqlite:///{tmp_path / 'phoihop.sqlite3'}"


@pytest.fixture(params=["sqlite_url", "fresh_postgres_url"], ids=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database, once of each kind: a test with this fixture runs on both."""
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture(scope="session")
def redis_url() -> str:
    """The address of a Redis server; use names of your own in it, others may use it too."""
    return require("redis")


@pytest.fixture(scope="session")
def rabbitmq_url() -> str:
    """The address of a RabbitMQ server; use names of your own in it, others may use it too."""
    return require("rabbitmq")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium, for Playwright's `executable_path`."""
    return require("chromium")
