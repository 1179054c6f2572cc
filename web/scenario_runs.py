"""Running the scenarios that procedures bring on a store, whichever it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from engine.actors import Actor
from engine.clock import ManualClock, local_date
from engine.core import Engine
from engine.procedures.bundle import PROCEDURE, Bundle, read_folder
from engine.procedures.versions import folders
from engine.spiff.machine import Observer
from web.wiring import PROCEDURES, Container
from workflows.agencies.queries import actor_for_account
from workflows.scenarios import Expectation, Scenario, ScenarioResult, load_all, run_scenario
from workflows.scenarios.coverage import read_excuses

FINISHED = 10  # cases left in a demo store: enough to look around, and set-up stays short
UNFINISHED = 5
ISO_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}")


def scenarios_of(procedure_id: str | None = None) -> list[tuple[str, Scenario]]:
    """The scenarios shipped with each procedure, or with one: (procedure id, scenario)."""
    found = []
    for folder in folders(PROCEDURES):
        bundle = read_folder(folder)
        if bundle.kind == PROCEDURE and procedure_id in (None, bundle.id):
            found += [(bundle.id, scenario) for scenario in load_all(folder / "scenarios")]
    return found


def read_scenarios(folder: Path) -> dict[str, bytes]:
    """The scenario files of a procedure's folder, by path."""
    return {f"scenarios/{path.name}": path.read_bytes() for path in sorted((folder / "scenarios").glob("*.yaml"))}


def actor_finder(container: Container, engine: Engine) -> Callable[[str], Actor]:
    """Who acts in a scenario: a demo officer by user name, with the duties of the scenario's day."""

    def actor_of(user_name: str) -> Actor:
        with container.read() as session:
            return actor_for_account(session, user_name, local_date(engine.clock.now()), channel="scenario")

    return actor_of


def bundles_with_excuses(procedure_id: str | None = None) -> list[tuple[Bundle, dict[str, str]]]:
    """Every procedure and shared part, or one procedure with the parts it uses, each with what it is excused from."""
    found = {bundle.id: (bundle, folder) for folder in folders(PROCEDURES) for bundle in [read_folder(folder)]}
    wanted = set(found) if procedure_id is None else _used(procedure_id, found)
    return [(bundle, read_excuses(folder)) for id_, (bundle, folder) in sorted(found.items()) if id_ in wanted]


def _used(id_: str, found: Mapping[str, tuple[Bundle, Path]]) -> set[str]:
    parts = found[id_][0].uses
    return {id_}.union(*(_used(part, found) for part in parts))


def run(container: Container, procedure_id: str, scenario: Scenario, observe: Observer | None = None) -> ScenarioResult:
    """Run one scenario on the container's store, by a clock of its own."""
    ports = replace(container.engine.ports, observe=observe)
    engine = Engine(container.engine.database, ManualClock(scenario.start_at), ports, container.engine.versions)
    return run_scenario(engine, actor_finder(container, engine), procedure_id, scenario)


def leave_cases(container: Container) -> None:
    """Finished cases and some that wait for people: what a demo store shows from its first minute on."""
    everything, now = scenarios_of(), container.engine.clock.now()
    past = [found for found in everything if found[1].start_at < now]
    for procedure_id, scenario in sorted(_in_turn(past)[:FINISHED], key=lambda found: found[1].start_at):
        run(container, procedure_id, scenario)
    longest = _in_turn(sorted(everything, key=lambda found: -len(found[1].steps)))[:UNFINISHED]
    for number, (procedure_id, scenario) in enumerate(longest):
        run(container, procedure_id, _begun_lately(scenario, now, days=number + 1, steps=4 + 3 * number))


def _in_turn(found: list[tuple[str, Scenario]]) -> list[tuple[str, Scenario]]:
    """The first of each procedure, then the second of each, and so on."""
    seen: Counter[str] = Counter()
    places = []
    for procedure_id, _ in found:
        seen[procedure_id] += 1
        places.append(seen[procedure_id])
    return [one for _, one in sorted(zip(places, found, strict=True), key=lambda placed: placed[0])]


def _begun_lately(scenario: Scenario, now: datetime, *, days: int, steps: int) -> Scenario:
    """The beginning of a scenario as if it had begun some days ago, its dates moved along."""
    moved = timedelta(days=(now - scenario.start_at).days - days)
    moment, begun = scenario.start_at + moved, []
    for step in scenario.steps[:steps]:
        moment += step.after
        if moment > now:
            break
        begun.append(replace(step, data=_with_dates_moved(step.data, moved), expect=Expectation()))
    return replace(
        scenario, start_at=scenario.start_at + moved, received_at=None, steps=tuple(begun), expect=Expectation()
    )


def _with_dates_moved(data: Mapping[str, Any], by: timedelta) -> dict[str, Any]:
    def later(match: re.Match[str]) -> str:
        return (date.fromisoformat(match.group()) + by).isoformat()

    return {key: ISO_DATE.sub(later, value) if isinstance(value, str) else value for key, value in data.items()}
