"""Demo stores without cases that vanish: for one run of scenarios, or for as long as somebody tries something."""

from __future__ import annotations

import shutil
import tempfile
import threading
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
        container = _opened(folder, first_day)
        try:
            bootstrap.ensure_ready(container, with_cases=False)
            yield container
        finally:
            container.engine.database.dispose()


class Copy:
    """A demo store without cases, copied from one that is made once in each process: there in no time.

    Its clock is a `ManualClock`. `close` makes it vanish.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="phoihop-")
        shutil.copytree(_ORIGINAL.made()[0], self._folder.name, dirs_exist_ok=True)
        self.container = _opened(self._folder.name, FIRST_DAY)

    def close(self) -> None:
        """Nothing of it remains."""
        self.container.engine.database.dispose()
        self._folder.cleanup()


class _Original:
    """The store from which others are copied; nobody writes in it once it is made."""

    def __init__(self) -> None:
        self._made: tuple[tempfile.TemporaryDirectory[str], Container] | None = None
        self._lock = threading.Lock()

    def made(self) -> tuple[str, Container]:
        """Its folder, and the store to read in."""
        with self._lock:
            if self._made is None:
                folder = tempfile.TemporaryDirectory(prefix="phoihop-")
                container = _opened(folder.name, FIRST_DAY)
                bootstrap.ensure_ready(container, with_cases=False)
                container.engine.database.dispose()  # what was written is in one file
                self._made = folder, container
            return self._made[0].name, self._made[1]

    def ready(self, seconds: float) -> bool:
        """Whether it is there, after waiting for no longer than that."""
        if self._made is None:
            making = threading.Thread(target=self.made, name="throw-away-original", daemon=True)
            making.start()
            making.join(seconds)
        return self._made is not None


_ORIGINAL = _Original()


def ready(seconds: float) -> bool:
    """Whether copies can be made at once, after waiting for no longer than that; what is missing is being made."""
    return _ORIGINAL.ready(seconds)


def original() -> Container:
    """The store from which copies are made, to read who and what is in each of them."""
    return _ORIGINAL.made()[1]


def _opened(folder: str, first_day: datetime) -> Container:
    container = wiring.build({"DATA_DIR": folder, "STORE": "demo"}, ManualClock(first_day))
    event.listen(container.engine.database, "connect", _without_sync)
    return container


def _without_sync(connection: Any, _: object) -> None:
    """What vanishes with the process need not survive the machine."""
    connection.execute("PRAGMA synchronous=OFF").close()
