"""An ear for what Python does on its lower floors: runs code, opens, imports, starts a process.

An audit hook cannot be taken away once it is added, so there is one for all tests of a process.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

FORBIDDEN = frozenset({"exec", "open", "import", "subprocess", "os", "socket", "ctypes", "pty", "shutil"})


class _Ear:
    def __init__(self) -> None:
        self.heard: list[str] | None = None
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.heard is not None and event.partition(".")[0] in FORBIDDEN:
            self.heard.append(event)


@contextmanager
def listening() -> Iterator[list[str]]:
    """Names of the audit events of a forbidden kind that are raised meanwhile."""
    ear = _ear()
    heard: list[str] = []
    ear.heard = heard
    try:
        yield heard
    finally:
        ear.heard = None


@cache
def _ear() -> _Ear:
    return _Ear()
