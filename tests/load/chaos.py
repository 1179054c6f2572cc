"""`python -m tests.load.chaos`: everything that can be killed is killed under load; then the books are compared.

With `--control` the same is run against deliberately broken variants of the program, each of which must be noticed.
Ends with 1 where anything is wrong, or a control was not noticed. docs/measuring.md says what each figure means.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.load import broken, new_year, stores, trials
from tests.load.books import Findings
from tests.load.clients import Place
from tests.load.figures import Figures, machine, report, say

WRONG = tuple(vars(Findings()))
REDIS_DATABASE = 13  # not the one that a program on this machine would use
BROKERS = ("redis", "rabbitmq")


@dataclass(frozen=True)
class Sizes:
    """How much is done, and how often something is killed."""

    completions: int
    kills: int
    database_kills: int
    submits: int
    timers: int
    timers_per_second: int
    messages: int
    worker_kills: int
    messages_per_second: int = 100
    documents: int = 1_000
    document_kills: int = 24


FULL = Sizes(10_000, 200, 10, 4_000, 3_000, 50, 10_000, 20)
QUICK = Sizes(120, 6, 1, 40, 60, 20, 300, 2, documents=80, document_kills=4)
CONTROL = Sizes(240, 4, 0, 60, 0, 1, 300, 2, documents=80, document_kills=2)
TRIALS = ("completions", "doubles", "timers", "outbox", "registers")


def run(sizes: Sizes, chosen: tuple[str, ...] = TRIALS) -> Figures:
    """Every trial on everything that is there."""
    figures: Figures = {"machine": machine(), "left_out": []}
    acts: dict[str, Callable[[str], Figures]] = {
        "completions": lambda name: completions(sizes, name),
        "doubles": lambda name: doubles(sizes, name),
        "timers": lambda name: timers(sizes, name),
        "outbox": lambda name: outbox(sizes, name),
        "registers": lambda name: registers(sizes, name),
    }
    for trial in chosen:
        figures[trial] = {}
        for name in BROKERS if trial == "outbox" else stores.DATABASES:
            say(f"{trial} on {name} …")
            try:
                figures[trial][name] = acts[trial](name)
            except stores.Unavailable as missing:
                figures["left_out"].append(f"{trial} on {name}: {missing}")
    found = [figures[trial][name] for trial in chosen for name in figures[trial]]
    return figures | {key: sum(one[key] for one in found) for key in WRONG}


def completions(sizes: Sizes, database: str, variant: str | None = None) -> Figures:
    """Completions; PostgreSQL is a server of its own, which is killed too."""
    if database == stores.SQLITE:
        with place(stores.SQLITE, variant) as here:
            return trials.completions(here, sizes.completions, sizes.kills)
    with stores.cluster() as server, tempfile.TemporaryDirectory() as folder:

        def restart() -> None:
            server.kill()
            server.start()

        here = Place(server.url, Path(folder), variant)
        restarts = sizes.database_kills
        return trials.completions(here, sizes.completions, sizes.kills, restart_database=restart, restarts=restarts)


def doubles(sizes: Sizes, database: str, variant: str | None = None) -> Figures:
    """Double submits."""
    with place(database, variant) as here:
        return trials.doubles(here, sizes.submits)


def timers(sizes: Sizes, database: str) -> Figures:
    """Rival schedulers."""
    with place(database) as here:
        return trials.timers(here, sizes.timers, sizes.timers_per_second)


def outbox(sizes: Sizes, service: str, variant: str | None = None) -> Figures:
    """Messages through a broker, on PostgreSQL."""
    address = stores.address(service)
    if service == "redis":
        address = f"{address.rpartition('/')[0]}/{REDIS_DATABASE}"
    with place(stores.POSTGRES, variant) as here:
        there = replace(here, broker=address, queue=f"phoihop-{uuid.uuid4().hex[:8]}")
        return trials.outbox(there, sizes.messages, sizes.worker_kills, sizes.messages_per_second)


def registers(sizes: Sizes, database: str, variant: str | None = None) -> Figures:
    """Clerks across New Year."""
    with place(database, variant) as here:
        return new_year.trial(here, sizes.documents, sizes.document_kills)


def control(sizes: Sizes) -> Figures:
    """Each broken variant, in the trial that must notice it."""
    acts: dict[str, tuple[Callable[[], Figures], tuple[str, ...]]] = {
        broken.SEQUENCE: (lambda: completions(sizes, stores.SQLITE, broken.SEQUENCE), ("gaps",)),
        f"{broken.SEQUENCE} at new year": (
            lambda: registers(sizes, stores.SQLITE, broken.SEQUENCE),
            ("gaps",),
        ),
        broken.NO_ROW_LOCK: (
            lambda: doubles(sizes, stores.POSTGRES, broken.NO_ROW_LOCK),
            ("duplicated", "broken_chains", "failed"),
        ),
        broken.NO_INBOX: (lambda: outbox(sizes, "redis", broken.NO_INBOX), ("duplicated",)),
    }
    found: Figures = {}
    for variant, (act, telling) in acts.items():
        say(f"control {variant} …")
        try:
            figures = act()
            found[variant] = {**figures, "detected": any(figures[key] for key in telling)}
        except stores.Unavailable as missing:
            found[variant] = {"detected": False, "left_out": str(missing)}
    return found


@contextmanager
def place(database: str, variant: str | None = None) -> Iterator[Place]:
    """A fresh store and a folder for the notes."""
    with stores.FRESH[database]() as url, tempfile.TemporaryDirectory(prefix="phoihop-chaos-") as folder:
        yield Place(url, Path(folder), variant)


def passed(figures: Figures) -> bool:
    """Whether nothing is wrong and every control was noticed."""
    noticed = all(one["detected"] for one in figures.get("control", {}).values())
    return noticed and not any(figures.get(key) for key in WRONG)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="little of everything: about a minute")
    parser.add_argument("--control", action="store_true", help="the broken variants, each of which must be noticed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file too")
    parser.add_argument("--trial", choices=TRIALS, action="append", help="this one only (may be repeated)")
    for name, value in vars(FULL).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, metavar="N", help=f"in a full run {value}")
    chosen = parser.parse_args()
    usual = CONTROL if chosen.control else QUICK if chosen.quick else FULL
    given = {name: getattr(chosen, name) for name in vars(FULL) if getattr(chosen, name) is not None}
    sizes = replace(usual, **given)
    if chosen.control:
        figures: Figures = {"machine": machine(), "control": control(sizes)}
    else:
        figures = run(sizes, tuple(chosen.trial or TRIALS))
    report(figures, chosen.json)
    return 0 if passed(figures) else 1


if __name__ == "__main__":
    sys.exit(main())
