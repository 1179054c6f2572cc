"""A demo store without cases for one run of scenarios; it vanishes afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from engine.clock import ManualClock
from web import bootstrap, wiring
from web.wiring import Container

FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)


@contextmanager
def throwaway() -> Iterator[Container]:
    """A demo store without cases that vanishes afterwards."""
    with tempfile.TemporaryDirectory(prefix="phoihop-") as folder:
        container = wiring.build({"DATA_DIR": folder, "STORE": "demo"}, ManualClock(FIRST_DAY))
        try:
            bootstrap.ensure_ready(container, with_cases=False)
            yield container
        finally:
            container.engine.database.dispose()
