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
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from workflows.studio.trials import Piece, Subject

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
    pieces = {name: _unpacked(name, packed) for name, packed in job["pieces"].items()}
    runs = [(one["procedure"], side, [pieces[name] for name in one[side]]) for one in job["runs"] for side in SIDES]
    total = sum(len(list(_scenarios(found[-1].files))) for _id, _side, found in runs if found)
    results, done = dict[str, dict[str, Any]](), 0
    yield {"done": 0, "total": total}
    with throwaway() as container:
        for procedure, side, found in runs:
            if not found:
                continue
            put_in_force(container, found)
            for path, scenario in _scenarios(found[-1].files):
                passages = Passages()
                result = _run(container, procedure, scenario, passages)
                row = results.setdefault(f"{procedure}/{path}", _row(procedure, path, scenario))
                row[side] = result
                if side == "after":
                    row["passed"], row["taken"] = _passed(passages)
                done += 1
                yield {"done": done, "total": total}
    yield {"results": results}


def job_of(subjects: Iterable[Subject]) -> dict[str, Any]:
    """What the process is to do; what several procedures call travels once."""
    pieces: dict[str, dict[str, Any]] = {}

    def named(found: Sequence[Piece]) -> list[str]:
        pieces.update({one.address: _packed(one) for one in found if one.address not in pieces})
        return [one.address for one in found]

    runs = [{"procedure": one.procedure_id, "before": named(one.before), "after": named(one.after)} for one in subjects]
    return {"pieces": pieces, "runs": runs}


def _packed(piece: Piece) -> dict[str, Any]:
    files = {path: base64.b64encode(content).decode() for path, content in piece.files.items()}
    return {"files": files, "calls": dict(piece.calls)}


def _unpacked(address: str, packed: Mapping[str, Any]) -> Piece:
    files = {path: base64.b64decode(content) for path, content in packed["files"].items()}
    return Piece(address, files, packed["calls"])


def _row(procedure: str, path: str, scenario: Scenario) -> dict[str, Any]:
    return {"procedure": procedure, "title": dict(scenario.title) or {"vi": path.removeprefix(paths.SCENARIOS)}}


def _passed(passages: Passages) -> tuple[list[str], list[str]]:
    """The elements that ran and the ways that were taken, as `process/element` and `process/from/to`."""
    return sorted(map("/".join, passages.elements)), sorted(map("/".join, passages.flows))


def put_in_force(container: Container, pieces: Sequence[Piece]) -> None:
    """Put the last of these in force since ever; it and the parts before it call one another as they say."""
    now, hashes = container.engine.clock.now(), dict[str, str]()
    with container.write() as session:
        for piece in pieces:
            bundle = Bundle(paths.of_version(piece.files))
            hashes[piece.address] = publish(
                session,
                bundle,
                actor=SYSTEM,
                now=now,
                document_templates=LAYOUT_VERSION,
                checks=lambda _bundle, _shared: [],
                effective_from=REGULATION_IN_FORCE,
                pins={id_: hashes[address] for id_, address in piece.calls.items()},
            ).hash
        itself = hashes[pieces[-1].address]
        if newest(session, bundle.id) != itself:
            reinstate(session, itself, actor=SYSTEM, now=now, effective_from=REGULATION_IN_FORCE)


def _scenarios(files: Files) -> Iterator[tuple[str, Scenario]]:
    for path, content in sorted(paths.scenarios(files).items()):
        if path.removeprefix(paths.SCENARIOS) != COVERAGE_FILE:
            yield path, read_scenario(path, content)


def _run(container: Container, procedure: str, scenario: Scenario, passages: Passages) -> dict[str, Any]:
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
