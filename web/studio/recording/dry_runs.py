"""Dry runs of drafts: what a person records, played in a store of its own that nobody else sees and that vanishes.

The recording alone says where a dry run stands: any process of the program plays it again from its start. One that has
played it keeps the store for a while, so that the next step costs no more than itself. The store is a demo store with a
clock of its own: no mail leaves it, and nothing is taken over from it but what the recording says.

The draft runs in this process, as its version would: with the limits of the engine, and only once the checks, which
examine it in a process of their own, find no fault.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from engine.procedures.bundle import Bundle
from web.scenario_runs import actor_finder
from web.studio.recording.refusals import CannotOpen, told_of
from web.studio.trying import put_in_force
from web.throwaway import Copy
from web.wiring import Container
from workflows.scenarios.recording import Recorder, Written
from workflows.scenarios.runner import StepFailure, Stopped
from workflows.studio import paths
from workflows.studio.errors import Broken
from workflows.studio.trials import Piece

MOST_KEPT: Final = 6
PATIENCE: Final = 2.0
"""Seconds for which a page is waited for before it says how far it is instead."""
Content = Callable[[], Sequence[Piece]]
"""Gives the shared parts that are called, callees first, and the draft itself."""


@dataclass(frozen=True)
class Recorded:
    """What a person has recorded.

    Args:
        key: names the recording.
        state: of the draft and the start; a dry run of another state is of no use.
        start, steps: as the scenario's file says them.
        content: read only where a store has to be made.
    """

    key: str
    state: tuple[Any, ...]
    start: Written
    steps: Sequence[Written]
    content: Content


class DryRun:
    """One store and how far the recording has been played in it.

    `broken` is set where a recorded step can no longer be done on the draft; the steps before it have been. `spoiled`
    says that something was tried which the recording does not tell of.
    """

    def __init__(self, recorded: Recorded) -> None:
        pieces = recorded.content()
        self.broken: StepFailure | None = None
        self.spoiled = False
        self._state, self._wanted = recorded.state, recorded.steps
        self._copy = Copy()
        try:
            put_in_force(self._copy.container, pieces)
            engine = self.container.engine
            procedure = Bundle(paths.of_version(pieces[-1].files)).id
            self.recorder = Recorder(engine, actor_finder(self.container, engine), procedure, recorded.start)
        except BaseException as error:
            self.close()
            if isinstance(error, Stopped):
                raise CannotOpen(why=told_of(error)) from None
            raise

    @property
    def container(self) -> Container:
        """The store."""
        return self._copy.container

    def leads_to(self, recorded: Recorded) -> bool:
        """Whether it need only go on to be where the recording is."""
        if self.spoiled or self._state != recorded.state:
            return False
        if self.broken is not None:
            return list(self._wanted) == list(recorded.steps)
        done = self.recorder.steps
        return list(recorded.steps[: len(done)]) == done

    def catch_up(self, recorded: Recorded) -> None:
        """Play what has been recorded since."""
        if self.broken is not None:
            return
        for step in recorded.steps[len(self.recorder.steps) :]:
            try:
                self.recorder.play(step)
            except Stopped:
                self.broken, self._wanted = self.recorder.run.failures[-1], recorded.steps
                return

    def require_whole(self) -> None:
        """Refuse to go on from where the recording breaks off. Raises `Broken`."""
        if self.broken is not None:
            raise Broken(step=self.broken.step + 1)

    def close(self) -> None:
        """Nothing of it remains."""
        self._copy.close()


@dataclass
class _Place:
    """Where the dry run of one recording is kept; one at a time works on it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    run: DryRun | None = None
    coming: threading.Thread | None = None

    def drop(self) -> None:
        if self.run is not None:
            self.run.close()
        self.run = None

    def give_up(self) -> None:
        """Make room, unless somebody has just come back to it."""
        if self.lock.acquire(blocking=False):
            self.drop()
            self.lock.release()


class DryRuns:
    """The dry runs that this process has at hand: the few that were used last."""

    def __init__(self) -> None:
        self._places: OrderedDict[str, _Place] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def of(self, recorded: Recorded) -> Iterator[DryRun]:
        """The dry run at the end of its recording, for this thread alone. After an error it is made anew next time.

        Raises:
            CannotOpen: the case cannot be opened.
            PhoiHopError: whatever `content` raises.
        """
        place = self._place(recorded.key)
        with place.lock:
            try:
                yield _brought(place, recorded)
            except BaseException:
                place.drop()
                raise

    def done(self, recorded: Recorded) -> int | None:
        """How many steps are played of one that takes longer than anybody should wait; None once it is there."""
        place = self._place(recorded.key)
        if place.coming is None or not place.coming.is_alive():
            place.coming = threading.Thread(target=self._bring, args=(recorded,), name="dry-run", daemon=True)
            place.coming.start()
        place.coming.join(PATIENCE)
        if not place.coming.is_alive():
            return None
        run = place.run
        return len(run.recorder.steps) if run is not None else 0

    def _bring(self, recorded: Recorded) -> None:
        try:
            with self.of(recorded):
                pass
        except Exception:  # noqa: BLE001 - whoever asks for the dry run itself meets the same error and tells it
            return

    def _place(self, key: str) -> _Place:
        with self._lock:
            place = self._places.setdefault(key, _Place())
            self._places.move_to_end(key)
            idle = [known for known, one in self._places.items() if known != key and not one.lock.locked()]
            for known in idle[: max(0, len(self._places) - MOST_KEPT)]:
                self._places.pop(known).give_up()
            return place


def _brought(place: _Place, recorded: Recorded) -> DryRun:
    if place.run is not None and not place.run.leads_to(recorded):
        place.drop()
    if place.run is None:
        place.run = DryRun(recorded)
    place.run.catch_up(recorded)
    return place.run


RUNS: Final = DryRuns()
