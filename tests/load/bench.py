"""`python -m tests.load.bench`: what completing, the inbox and proving a history cost, on both databases.

Prints a table and writes the same figures as JSON. docs/measuring.md says what each figure means.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.load import (
    campaign_pages,
    campaigns,
    chains,
    completion,
    editing,
    exporting,
    inbox,
    loops,
    migrations,
    overseeing,
    papers,
    profile,
    replays,
    stores,
    world,
)
from tests.load.figures import Figures, machine, report, say


@dataclass(frozen=True)
class Sizes:
    """How much of each is measured, and what is left out for want of time."""

    sequential_cases: int
    wide_cases: int
    loop_window: int
    inbox_rows: tuple[int, ...]
    events: int
    exported: int
    looks: int = 150
    papers: tuple[int, int, int] = (2_000, 100, 100_000)
    replayed: int = 10_000
    migrated: tuple[int, int] = (1_000, 8)
    overseen: int = 200_000
    left_out: tuple[str, ...] = ()


FULL = Sizes(50, 40, 40, (1_000, 100_000, 1_000_000), 1_000_000, 100_000)
QUICK = Sizes(
    8,
    4,
    10,
    (1_000, 100_000),
    20_000,
    5_000,
    60,
    (200, 20, 10_000),
    1_000,
    (40, 2),
    5_000,
    (
        "inbox of 1,000,000 rows",
        "1,000,000 events (20,000 instead)",
        "100,000 exported events (5,000 instead)",
        "2,000 PDFs (200 instead)",
        "a case of 10,000 events (1,000 instead)",
        "1,000 migrated cases (40 instead)",
        "oversight of 200,000 work items (5,000 instead)",
    ),
)


SECTIONS = (
    "completion",
    "elements_30",
    "loop",
    "version",
    "inbox",
    "verification",
    "export",
    "documents",
    "replay",
    "campaign",
    "migration",
    "editor",
    "oversight",
)


def run(sizes: Sizes, databases: tuple[str, ...] = stores.DATABASES, sections: tuple[str, ...] = SECTIONS) -> Figures:
    """Measure these sections on each database that is there."""
    begun = time.monotonic()
    figures: Figures = {"machine": machine(), "left_out": list(sizes.left_out)}
    figures["left_out"] += [section for section in SECTIONS if section not in sections]
    figures |= {section: {} for section in sections}
    for database in databases:
        try:
            _measure(figures, sizes, database, sections)
        except stores.Unavailable as missing:
            figures["left_out"].append(f"{database}: {missing}")
    figures["seconds"] = round(time.monotonic() - begun)
    return figures


def _measure(figures: Figures, sizes: Sizes, database: str, sections: tuple[str, ...]) -> None:
    bundles = [world.sequential(), world.elements_30(), world.loop()]
    ways: dict[str, Callable[[], Figures]] = {
        "completion": lambda: _completion(database, 0, sizes.sequential_cases),
        "elements_30": lambda: _completion(database, 1, sizes.wide_cases),
        "loop": lambda: _alone(database, lambda url: loops.measure(url, window=sizes.loop_window)),
        "version": lambda: _alone(database, lambda url: completion.parse_and_restore(url, bundles)),
        "inbox": lambda: _inboxes(database, sizes),
        "verification": lambda: _alone(database, lambda url: chains.verification(url, sizes.events)),
        "export": lambda: _alone(database, lambda url: exporting.measure(url, sizes.exported)),
        "documents": lambda: _alone(database, lambda url: papers.measure(url, *sizes.papers, sizes.looks)),
        "replay": lambda: _alone(database, lambda url: replays.measure(url, sizes.replayed, sizes.looks)),
        "campaign": lambda: _campaign(database, sizes.looks),
        "migration": lambda: _alone(database, lambda url: migrations.measure(url, *sizes.migrated)),
        "editor": lambda: _alone(database, lambda url: editing.measure(url, max(1, sizes.looks // 30))),
        "oversight": lambda: _alone(database, lambda url: overseeing.measure(url, sizes.overseen, sizes.looks // 15)),
    }
    for section in sections:
        say(f"{database}: {section} …")
        figures[section][database] = ways[section]()


def _completion(database: str, kind: int, cases: int) -> Figures:
    procedure = (world.sequential, world.elements_30)[kind]()
    with stores.FRESH[database]() as url, stores.FRESH[database]() as twin:
        return completion.measure(url, twin, procedure, cases)


def _inboxes(database: str, sizes: Sizes) -> Figures:
    found: Figures = {}
    for rows in sizes.inbox_rows:
        say(f"{database}: inbox among {rows} …")
        found[str(rows)] = _alone(database, lambda url: inbox.measure(url, rows, sizes.looks))  # noqa: B023
    return found


def _campaign(database: str, looks: int) -> Figures:
    reading = _alone(database, lambda url: campaigns.measure(url, looks))
    return reading | _alone(database, lambda url: campaign_pages.measure(url, looks // 3))


def _alone(database: str, act: Callable[[str], Figures]) -> Figures:
    with stores.FRESH[database]() as url:
        return act(url)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything: under a minute")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file too")
    parser.add_argument("--database", choices=stores.DATABASES, help="this one only")
    parser.add_argument("--only", choices=SECTIONS, action="append", help="this section; may be given several times")
    parser.add_argument("--profile", action="store_true", help="where the time of a completion goes, instead")
    chosen = parser.parse_args()
    databases = (chosen.database,) if chosen.database else stores.DATABASES
    if chosen.profile:
        figures: Figures = {database: _alone(database, profile.measure) for database in databases}
    else:
        figures = run(QUICK if chosen.quick else FULL, databases, tuple(chosen.only or SECTIONS))
    report(figures, chosen.json)


if __name__ == "__main__":
    main()
