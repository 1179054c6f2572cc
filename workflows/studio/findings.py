"""What the server's checks say of files that are not published: faults, which bar publication, and warnings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from engine.errors import DefinitionError, Finding
from engine.procedures.bundle import Bundle
from engine.procedures.versions import newest, shared_bundles
from workflows.law.uses import outdated
from workflows.publication import PublicationChecks
from workflows.scenarios.format import COVERAGE_FILE, read_scenario
from workflows.studio import clauses, paths


@dataclass(frozen=True)
class Examined:
    """What was found; without faults the files can be published."""

    faults: list[Finding]
    warnings: list[Finding]


def pinned(session: Session, files: Mapping[str, bytes], pins: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The version hashes of the shared parts that the files say they use, and the ids of those that nobody published.

    Args:
        pins: hashes chosen before, by id; a part without one is taken in its newest version.
    """
    found, missing = {}, []
    for id_ in _uses(files):
        hash_ = pins.get(id_) or newest(session, id_)
        if hash_ is None:
            missing.append(id_)
        else:
            found[id_] = hash_
    return found, missing


def examine(
    session: Session, files: Mapping[str, bytes], pins: Mapping[str, str], checks: PublicationChecks, on: date
) -> Examined:
    """All findings of files that may be anything.

    Args:
        files: contents by path, scenarios included.
        pins: version hashes of shared parts, by id.
        on: the day on which legal bases should be in force.
    """
    hashes, missing = pinned(session, files, pins)
    faults = [Finding("procedure.shared_unknown", "procedure.yaml", params={"id": id_}) for id_ in missing]
    bundle = Bundle(paths.of_version(files))
    try:
        faults += checks(bundle, shared_bundles(session, hashes))
        warnings = [] if faults else outdated(bundle, on, clauses.ended(session))
    except DefinitionError as error:
        faults, warnings = faults + error.findings, []
    return Examined(faults + of_scenarios(files), warnings)


def _uses(files: Mapping[str, bytes]) -> list[str]:
    try:
        uses = Bundle(files).description.get("uses")
    except DefinitionError:
        return []
    return [str(one) for one in uses] if isinstance(uses, list) else []


def of_scenarios(files: Mapping[str, bytes]) -> list[Finding]:
    """What is wrong with the scenarios among the files."""
    found: list[Finding] = []
    for path, content in paths.scenarios(files).items():
        if path.removeprefix(paths.SCENARIOS) == COVERAGE_FILE:
            continue
        try:
            read_scenario(path, content)
        except DefinitionError as error:
            found += error.findings
    return found
