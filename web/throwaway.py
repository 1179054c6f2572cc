"""A demo store without cases for one run of scenarios; it vanishes afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import event

from engine.clock import ManualClock
from web import bootstrap, wiring
from web.wiring import Container

FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)


@contextmanager
def throwaway(first_day: datetime = FIRST_DAY) -> Iterator[Container]:
    """A demo store without cases that vanishes afterwards; its clock stands at `first_day` until it is moved."""
    with tempfile.TemporaryDirectory(prefix="phoihop-") as folder:
        container = wiring.build({"DATA_DIR": folder, "STORE": "demo"}, ManualClock(first_day))
        event.listen(container.engine.database, "connect", _without_sync)
        try:
            bootstrap.ensure_ready(container, with_cases=False)
            yield container
        finally:
            container.engine.database.dispose()


def _without_sync(connection: Any, _: object) -> None:
    """What vanishes with the process need not survive the machine."""
    connection.execute("PRAGMA synchronous=OFF").close()
