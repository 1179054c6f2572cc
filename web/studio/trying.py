"""The process that runs a draft's scenarios: `python -m web.studio.trying`.

It reads one job on its standard input, makes a store that vanishes with it, publishes there what the draft began from
and then the draft, runs the scenarios of each, and says line by line how far it is. It never sees the real store: no
mail leaves, nothing is kept.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

from engine.actors import SYSTEM
from engine.errors import PhoiHopError
from engine.procedures.bundle import Bundle
from engine.procedures.versions import newest, publish, reinstate
from web.bootstrap import REGULATION_IN_FORCE
from web.scenario_runs import run
from web.throwaway import throwaway
from web.wiring import Container
from workflows.documents.layout import LAYOUT_VERSION
from workflows.scenarios import ScenarioResult
from workflows.scenarios.coverage import Passages
from workflows.scenarios.format import COVERAGE_FILE, Scenario, read_scenario
from workflows.studio import paths

CPU_SECONDS: Final = 900
MEMORY_BYTES: Final = 4 * 1024**3
SIDES: Final = ("before", "after")
Files = Mapping[str, bytes]


def main() -> None:
    """Do the one job."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever the program prints does not get between the answers
    for kind, limit in ((resource.RLIMIT_CPU, CPU_SECONDS), (resource.RLIMIT_AS, MEMORY_BYTES)):
        resource.setrlimit(kind, (limit, resource.getrlimit(kind)[1]))  # the examining process sets its own
    job = json.load(sys.stdin)
    for line in work(job):
        print(json.dumps(line, ensure_ascii=False), file=answers)


def work(job: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """How far it is, and at the end everything that came of it."""
    sides = {side: [_unpacked(files) for files in job[side]] for side in SIDES}
    total = sum(len(list(_scenarios(files[-1]))) for files in sides.values() if files)
    passages, results, done = Passages(), dict[str, dict[str, Any]](), 0
    yield {"done": 0, "total": total}
    with throwaway() as container:
        for side, bundles in sides.items():
            if not bundles:
                continue
            _publish(container, bundles)
            procedure = Bundle(bundles[-1]).id
            for path, scenario in _scenarios(bundles[-1]):
                result = _run(container, procedure, scenario, passages if side == "after" else None)
                results.setdefault(path, {"title": dict(scenario.title) or {"vi": path}})[side] = result
                done += 1
                yield {"done": done, "total": total}
    yield {"results": results, "passed": sorted(f"{process}/{id_}" for process, id_ in passages.elements)}


def packed(files: Files) -> dict[str, str]:
    """Files as a job carries them."""
    return {path: base64.b64encode(content).decode() for path, content in files.items()}


def _unpacked(files: Mapping[str, str]) -> dict[str, bytes]:
    return {path: base64.b64decode(content) for path, content in files.items()}


def _publish(container: Container, bundles: list[dict[str, bytes]]) -> None:
    """Put these in force since ever, each calling those before it."""
    now, pins = container.engine.clock.now(), dict[str, str]()
    with container.write() as session:
        for files in bundles:
            bundle = Bundle(paths.of_version(files))
            version = publish(
                session,
                bundle,
                actor=SYSTEM,
                now=now,
                document_templates=LAYOUT_VERSION,
                checks=lambda _bundle, _shared: [],
                effective_from=REGULATION_IN_FORCE,
                pins=pins,
            )
            if newest(session, bundle.id) != version.hash:
                reinstate(session, version.hash, actor=SYSTEM, now=now, effective_from=REGULATION_IN_FORCE)
            pins[bundle.id] = version.hash


def _scenarios(files: Files) -> Iterator[tuple[str, Scenario]]:
    for path, content in sorted(paths.scenarios(files).items()):
        if path.removeprefix(paths.SCENARIOS) != COVERAGE_FILE:
            yield path, read_scenario(path, content)


def _run(container: Container, procedure: str, scenario: Scenario, passages: Passages | None) -> dict[str, Any]:
    try:
        return _told(run(container, procedure, scenario, passages))
    except PhoiHopError as error:
        return {
            "ok": False,
            "outcome": None,
            "path": [],
            "failures": [{"code": error.code, "params": str(error.params)}],
        }


def _told(result: ScenarioResult) -> dict[str, Any]:
    failures = [
        {"step": one.step, "element": one.element, "what": one.what, "expected": one.expected, "came": one.came}
        for one in result.failures
    ]
    return {"ok": result.ok, "outcome": result.outcome, "path": list(result.path), "failures": failures}


if __name__ == "__main__":
    main()
