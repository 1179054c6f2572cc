"""A missing service must be seen: skipped with advice on a laptop, a failure in CI."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from _pytest.outcomes import Failed, Skipped

from tests.support import services


@pytest.fixture(autouse=True)
def look_again() -> Iterator[None]:
    services.look_for.cache_clear()
    yield
    services.look_for.cache_clear()


@pytest.mark.parametrize(
    ("name", "nowhere"),
    [
        ("postgres", "postgresql://postgres@127.0.0.1:1/postgres"),
        ("redis", "redis://127.0.0.1:1/0"),
        ("rabbitmq", "amqp://guest:guest@127.0.0.1:1/"),
        ("chromium", "no-such-browser"),
    ],
)
def test_what_is_missing_skips_with_advice_or_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch, name: str, nowhere: str
) -> None:
    # Given a service that is not where the environment says
    service = services.SERVICES[name]
    monkeypatch.setenv(service.variable, nowhere)

    # When a test asks for it on a laptop, then it is skipped and told how to get it
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(Skipped, match=service.hint) as skipped:
        services.require(name)
    assert service.variable in str(skipped.value)

    # And in CI it fails
    monkeypatch.setenv("CI", "true")
    with pytest.raises(Failed, match=service.hint):
        services.require(name)


def test_a_fresh_database_is_empty_and_gone_afterwards() -> None:
    server = services.require("postgres")

    with services.fresh_postgres(server) as url:
        connection = psycopg.connect(services.plain(url))
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        assert tables == (0,)

    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(services.plain(url))
