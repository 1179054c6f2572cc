"""Where the time of a completion goes: its statements in order, and the time spent in each part of the program."""

from __future__ import annotations

import cProfile
import pstats
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from engine.unit_of_work import Receipt
from tests.load import world
from tests.load.completion import Office, counting
from tests.load.figures import Figures, percentile

CASES = 12
# The first that fits names the part: the path of the file in which the time was spent itself, or a built-in's name.
PARTS = (
    ("SpiffWorkflow", r"SpiffWorkflow/"),
    ("engine.spiff", r"engine/spiff/"),
    ("engine.events", r"engine/(events/|canonical)"),
    ("engine.forms", r"engine/(forms|expressions)/"),
    ("engine.commands", r"engine/(commands/|core|unit_of_work|database|tables|actors|clock)"),
    ("sqlalchemy", r"sqlalchemy/"),
    ("driver", r"psycopg|pysqlite3|sqlite3|method 'execute|method 'commit|method 'fetch|select\.|selectors"),
)
TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE)\s+(\w+)", re.IGNORECASE)


def measure(url: str) -> Figures:
    """Profile completions of the sequential case; microseconds by part are shares of the unprofiled median."""
    engine = world.open_engine(url)
    world.create_schema(engine.database)
    world.publish_all(engine, [world.sequential()])
    office = Office(engine)
    plain = [took for _ in range(CASES) for took in _case(office, None)]
    median = percentile(plain, 0.5) * 1000
    profiler = cProfile.Profile()
    for _ in range(CASES):
        _case(office, profiler)
    statements = _statements(office)
    engine.database.dispose()
    return {
        "completion_us": round(median),
        "microseconds": _by_part(pstats.Stats(profiler), median),
        "cumulative_us": dict(_cumulative(pstats.Stats(profiler), median)),
        "statements": {f"{number:02}": text for number, text in enumerate(statements, 1)},
        "kinds": dict(Counter(text.split()[0] for text in statements)),
    }


def _case(office: Office, profiler: cProfile.Profile | None) -> list[float]:
    actor = world.officer()
    _, receipt = office.start(world.SEQUENTIAL, actor.person_id)
    took = list[float]()
    while receipt.open_items:
        office.claim(receipt.open_items[0], actor, receipt.case_id)
        if profiler:
            profiler.enable()
        milliseconds, receipt = office.complete(receipt.open_items[0], actor, world.VALUES)
        if profiler:
            profiler.disable()
        took.append(milliseconds)
    return took


def _statements(office: Office) -> list[str]:
    """What one completion in the middle of a case says to the database: verb and table."""
    actor = world.officer()
    _, receipt = office.start(world.SEQUENTIAL, actor.person_id)
    receipt = _step(office, receipt)
    office.claim(receipt.open_items[0], actor, receipt.case_id)
    with counting(office.engine.database) as seen:
        office.complete(receipt.open_items[0], actor, world.VALUES)
    return [_short(text) for text in seen]


def _step(office: Office, receipt: Receipt) -> Receipt:
    office.claim(receipt.open_items[0], world.officer(), receipt.case_id)
    return office.complete(receipt.open_items[0], world.officer(), world.VALUES)[1]


def _short(statement: str) -> str:
    found = TABLE.search(statement)
    lock = " FOR UPDATE" if "FOR UPDATE" in statement else ""
    return f"{statement.split()[0]} {found[1] if found else ''}{lock}".strip()


def _by_part(stats: pstats.Stats, median: float) -> dict[str, int]:
    spent: Counter[str] = Counter()
    for (file, _, name), (_, _, own, _, _) in _entries(stats):
        spent[_part(f"{file}:{name}")] += own
    whole = sum(spent.values())
    return {part: round(median * seconds / whole) for part, seconds in spent.most_common()}


def _cumulative(stats: pstats.Stats, median: float) -> Iterator[tuple[str, int]]:
    """Functions of the engine by the time in them and below them."""
    whole = sum(own for _, (_, _, own, _, _) in _entries(stats))
    found = [
        (below, f"{file.partition('engine/')[2]}:{name}")
        for (file, _, name), (_, _, _, below, _) in _entries(stats)
        if re.search(r"(?<!sqlalchemy/)engine/(?!base|default|result|create|url|cursor|row)", file)
    ]
    for seconds, name in sorted(found, reverse=True)[:40]:
        yield name, round(median * seconds / whole)


def _entries(stats: pstats.Stats) -> Any:
    return stats.stats.items()  # type: ignore[attr-defined]


def _part(place: str) -> str:
    return next((name for name, pattern in PARTS if re.search(pattern, place)), "other")
