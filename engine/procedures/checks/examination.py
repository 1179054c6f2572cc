"""Examines files from outside in a process with limits, and always comes back with findings.

Never longer than `SECONDS` for one procedure, whatever its files hold: a process that takes longer is ended, one that
ends by itself is noticed, and the next file gets a new one. Between files the process is kept, since starting one costs
more than most files do.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import engine
from engine.errors import DefinitionError, Finding
from engine.procedures.bundle import DIAGRAM
from engine.procedures.checks import wire
from engine.procedures.checks.child import TOO_COMPLEX
from engine.procedures.checks.surroundings import Surroundings
from engine.procedures.xml import MAX_BYTES

SECONDS: Final = 5.0
START_SECONDS: Final = 60.0
MAX_TOTAL: Final = 16 * 1024 * 1024
MAX_FILES: Final = 500
PROGRAM = ("-m", "engine.procedures.checks.child")
_ROOT: Final = Path(engine.__file__).resolve().parent.parent


class _Lost(Exception):
    """The examining process ended, or took too long (`slow`)."""

    def __init__(self, *, slow: bool) -> None:
        super().__init__()
        self.slow = slow


class Examiner:
    """Keeps an examining process for as long as it is used; a context manager. For one thread."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def examine(self, files: Mapping[str, bytes], known: Surroundings | None = None) -> list[Finding]:
        """Everything that is wrong with a procedure, or that it could not be examined within the limits.

        Args:
            files: contents by path, as for `engine.procedures.checks.check`.
            known: services and shared procedures that may be named.
        """
        oversize = _oversize(files)
        if oversize:
            return oversize
        name = next(iter(sorted(files)), "") if len(files) == 1 else DIAGRAM
        reply = self._asked(wire.request(files, known or Surroundings()), name)
        return reply if isinstance(reply, list) else wire.read_answer(reply)

    def arrange(self, content: bytes, file: str = DIAGRAM) -> bytes:
        """A BPMN file with coordinates made anew, as `engine.procedures.layout` makes them.

        Raises:
            DefinitionError: it cannot be laid out, or not within the limits.
        """
        if oversize := _oversize({file: content}):
            raise DefinitionError(oversize)
        reply = self._asked(wire.arrangement(content), file)
        arranged = None if isinstance(reply, list) else wire.read_arrangement(reply)
        if arranged is None:
            raise DefinitionError(reply if isinstance(reply, list) else wire.read_answer(reply))
        return arranged

    def _asked(self, message: dict[str, Any], file: str) -> dict[str, Any] | list[Finding]:
        """What the process says, or the finding that it did not come to an end."""
        try:
            reply = self._ask(wire.frame(message))
        except _Lost as lost:
            self.close()
            return [Finding("check.too_complex" if lost.slow else "check.crashed", file)]
        if reply.get("failed") == TOO_COMPLEX:
            self.close()
            return [Finding("check.too_complex", file)]
        return reply

    def close(self) -> None:
        """End the examining process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()

    def _ask(self, message: bytes) -> dict[str, Any]:
        process = self._running()
        until = time.monotonic() + self._seconds
        _send(process, message, until)
        return _answer(process, until)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = _start()
            _answer(self._process, time.monotonic() + START_SECONDS)
        return self._process


def _start() -> subprocess.Popen[bytes]:
    """A process of its own, started afresh: nothing of this one's memory, files or secrets is in it."""
    environment = {"PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}
    process = subprocess.Popen(
        [sys.executable, *PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=_ROOT,
        bufsize=0,
    )
    for pipe in (process.stdin, process.stdout):
        os.set_blocking(pipe.fileno(), False)  # type: ignore[union-attr]
    return process


def _send(process: subprocess.Popen[bytes], message: bytes, until: float) -> None:
    pipe = process.stdin.fileno()  # type: ignore[union-attr]
    left = memoryview(message)
    while left:
        _wait(process, [], [pipe], until)
        try:
            left = left[os.write(pipe, left) :]
        except BrokenPipeError:
            raise _Lost(slow=_killed_for_time(process)) from None


def _answer(process: subprocess.Popen[bytes], until: float) -> dict[str, Any]:
    head = _read(process, wire.HEAD.size, until)
    return wire.read_body(_read(process, wire.HEAD.unpack(head)[0], until))


def _read(process: subprocess.Popen[bytes], size: int, until: float) -> bytes:
    pipe = process.stdout.fileno()  # type: ignore[union-attr]
    data = b""
    while len(data) < size:
        _wait(process, [pipe], [], until)
        more = os.read(pipe, size - len(data))
        if not more:
            raise _Lost(slow=_killed_for_time(process))
        data += more
    return data


def _wait(process: subprocess.Popen[bytes], reading: list[int], writing: list[int], until: float) -> None:
    ready = select.select(reading, writing, [], max(0.0, until - time.monotonic()))
    if not any(ready):
        raise _Lost(slow=True)


def _killed_for_time(process: subprocess.Popen[bytes]) -> bool:
    """Whether a signal ended it (the processor time was used up, or memory could not be had)."""
    return process.wait() < 0


def _oversize(files: Mapping[str, bytes]) -> list[Finding]:
    found = [
        Finding("xml.too_large", path, params={"size": len(content), "limit": MAX_BYTES})
        for path, content in sorted(files.items())
        if len(content) > MAX_BYTES
    ]
    total = sum(map(len, files.values()))
    if not found and (total > MAX_TOTAL or len(files) > MAX_FILES):
        found = [Finding("file.folder_too_large", "", params={"files": len(files), "size": total})]
    return found
