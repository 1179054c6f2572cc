"""Running the scenarios of a draft in a process of its own, and its results before and after side by side."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from engine.errors import DefinitionError
from engine.procedures.bundle import Bundle
from web.current import actor, current_container, now, reading, writing
from web.studio.covering import covered
from web.studio.trying import job_of
from web.wiring import ROOT, Container
from workflows.scenarios.format import COVERAGE_FILE
from workflows.studio import drafts, paths, trials

log = logging.getLogger(__name__)
pages = Blueprint("studio_trials", __name__, url_prefix="/xuong")
PROGRAM: Final = ("-m", "web.studio.trying")
Files = Mapping[str, bytes]
Title = Mapping[str, str]


@dataclass(frozen=True)
class Row:
    """One scenario before and after; a side is None where it has no such scenario."""

    path: str
    title: Mapping[str, str]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def same(self) -> bool:
        """Whether it went the same way to the same end."""
        return self.before == self.after


@pages.get("/<draft_id>/kich-ban")
def show(draft_id: str) -> ResponseReturnValue:
    """How the scenarios of a draft went, or how far they are."""
    with reading() as session:
        draft = drafts.read(session, actor(), draft_id)
        trial = trials.latest(session, draft)
        content = drafts.files(session, draft)
        subjects = trials.subjects(session, draft)
    results = (trial.results if trial else {}).get("results") or {}
    return render_template(
        "studio/trial.html",
        draft=draft,
        trial=trial,
        running=trial is not None and trials.is_running(trial, now()),
        groups=_groups(results, {one.procedure_id: one.title for one in subjects}),
        shared=not any(one.procedure_id == draft.procedure_id for one in subjects),
        subjects=subjects,
        steps=_step_names({piece.address: piece.files for one in subjects for piece in one.after}.values()),
        outcomes=_outcomes([one.after[-1].files for one in subjects]),
        names=_names(content),
        covered=covered(content, results) if results else None,
    )


@pages.post("/<draft_id>/kich-ban")
def start(draft_id: str) -> ResponseReturnValue:
    """Begin to run them."""
    with writing() as session:
        trial_id = trials.begin(session, actor(), draft_id, now()).id
        job = job_of(trials.subjects(session, drafts.read(session, actor(), draft_id)))
    container = current_container()
    threading.Thread(target=_watch, args=(container, trial_id, job), name=f"trial-{trial_id}", daemon=True).start()
    return redirect(url_for("studio_trials.show", draft_id=draft_id), 303)


def _watch(container: Container, trial_id: str, job: Mapping[str, Any]) -> None:
    """Give the process its job and keep what it says; whatever happens, the run comes to an end."""
    clock = container.engine.clock
    environment = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}
    try:
        with subprocess.Popen(
            [sys.executable, *PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=Path(ROOT),
            text=True,
        ) as process:
            assert process.stdin is not None and process.stdout is not None
            json.dump(job, process.stdin)
            process.stdin.close()
            for line in process.stdout:
                with container.write() as session:
                    trials.hear(session, trial_id, json.loads(line), clock.now())
    except Exception:  # a thread of its own: nobody else would hear of it
        log.exception("scenarios of a draft could not be run")
    finally:
        with container.write() as session:
            trials.fail(session, trial_id, clock.now())


def _groups(results: Mapping[str, Any], titles: Mapping[str, Title]) -> list[tuple[Title, list[Row]]]:
    """The rows of each procedure, what went otherwise than before first."""
    found: dict[str, list[Row]] = {}
    for path, one in sorted(results.items()):
        procedure = str(one.get("procedure") or path.partition("/")[0])
        found.setdefault(procedure, []).append(Row(path, one["title"], one.get("before"), one.get("after")))
    groups = [(titles.get(id_) or {"vi": id_}, sorted(rows, key=lambda row: row.same)) for id_, rows in found.items()]
    return sorted(groups, key=lambda group: all(row.same for row in group[1]))


def _step_names(files: Iterable[Files]) -> dict[str, str]:
    """Names of the steps of a procedure and the parts that it calls, by id, as far as they can be read."""
    found: dict[str, str] = {}
    for one in files:
        try:
            elements = Bundle(paths.of_version(one)).process.elements
        except DefinitionError:
            continue
        found |= {id_: element.name for id_, element in elements.items() if element.name}
    return found


def _names(content: Files) -> list[str]:
    """Names of the scenarios."""
    files = [path.removeprefix(paths.SCENARIOS) for path in sorted(paths.scenarios(content))]
    return [file.removesuffix(".yaml") for file in files if file != COVERAGE_FILE]


def _outcomes(procedures: Sequence[Files]) -> dict[str, Title]:
    """Titles of the outcomes by code."""
    found: dict[str, Title] = {}
    for content in procedures:
        try:
            found |= {code: one.title for code, one in Bundle(paths.of_version(content)).outcomes.items()}
        except (DefinitionError, TypeError, AttributeError):
            continue
    return found
