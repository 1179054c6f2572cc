"""Processes at work together, killed at random and begun again, and the notes of what each was told.

A note is one line in a file of its own, written at once: whoever is killed has either written it or not.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

POLL_SECONDS = 0.05
CRASHES_TOLERATED = 5
FIRE_IS_OVER = "fire-is-over"


def context() -> ForkServerContext:
    """How processes are made: from a small server that has imported everything, so that a new one is there at once."""
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(["tests.load.clients"])
    return found


class Notes:
    """What one process was told, across its deaths."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / f"told-{name}.jsonl"
        self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def write(self, **note: Any) -> None:
        """Write a note."""
        os.write(self._file, json.dumps(note).encode() + b"\n")


def read_notes(folder: Path, name: str = "*") -> Iterator[dict[str, Any]]:
    """All notes, of one process or of all."""
    for path in sorted(folder.glob(f"told-{name}.jsonl")):
        with path.open(encoding="ascii") as file:
            yield from map(json.loads, file)


@dataclass
class Member:
    """One place in the crowd. `ends`: whether the process ends by itself when its work is done."""

    name: str
    act: Callable[..., None]
    arguments: tuple[Any, ...]
    ends: bool = True
    process: BaseProcess | None = None
    crashes: int = 0

    def start(self) -> None:
        """Begin, or begin again."""
        self.process = context().Process(target=self.act, args=self.arguments, name=self.name, daemon=True)
        self.process.start()

    def kill(self) -> None:
        """kill -9."""
        if self.process and self.process.pid and self.process.exitcode is None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.join()

    @property
    def done(self) -> bool:
        """Whether its work is done."""
        return self.process is not None and self.process.exitcode == 0

    def look(self) -> None:
        """Begin again where it fell over by itself."""
        if self.process and self.process.exitcode not in (None, 0):
            self.crashes += 1
            if self.crashes <= CRASHES_TOLERATED:
                self.start()


@dataclass
class Crowd:
    """Members at work."""

    members: list[Member]
    kills: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(20))

    @contextmanager
    def at_work(self) -> Iterator[Crowd]:
        """All members at work; whoever is left at the end is stopped."""
        for member in self.members:
            member.start()
        try:
            yield self
        finally:
            for member in self.members:
                member.kill()

    def kill_one(self) -> None:
        """Kill a random member that is still at work, and let another take its place."""
        alive = [member for member in self.members if not member.done]
        if alive:
            member = self.chance.choice(alive)
            member.kill()
            member.start()
            self.kills += 1

    def wait(self, meanwhile: Callable[[], None], seconds: float) -> bool:
        """Until all members that end have ended. Returns whether they did in that time."""
        until = time.monotonic() + seconds
        while any(member.ends and not member.done for member in self.members):
            if time.monotonic() > until or any(m.crashes > CRASHES_TOLERATED for m in self.members):
                return False
            meanwhile()
            for member in self.members:
                member.look()
            time.sleep(POLL_SECONDS)
        return True

    @property
    def crashes(self) -> int:
        """How often a member fell over by itself."""
        return sum(member.crashes for member in self.members)


def count_notes(folder: Path) -> int:
    """How many notes there are so far."""
    return sum(path.read_bytes().count(b"\n") for path in folder.glob("told-*.jsonl"))


def end_fire(folder: Path) -> None:
    """Tell the members that nobody is killed any more."""
    (folder / FIRE_IS_OVER).touch()


def wait_for_end_of_fire(folder: Path) -> None:
    """Keep the last piece of work back until then: a fast machine would be done before anybody had looked."""
    while not (folder / FIRE_IS_OVER).exists():
        time.sleep(POLL_SECONDS)


def save(path: Path, value: Mapping[str, Any] | list[Any]) -> None:
    """Leave something for the members to read."""
    path.write_text(json.dumps(value), encoding="utf-8")


def load(path: Path) -> Any:
    """Read what was left."""
    return json.loads(path.read_text(encoding="utf-8"))
