"""The reverse index of the law: which elements, deadlines, forms and notices of the procedures rest on a clause.

Bases that procedures no longer can rest on for new cases, with no successor cited beside them, are found here too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from engine.errors import Finding
from engine.procedures.bundle import DEADLINES, DIAGRAM, Bundle
from workflows.law.clauses import Ended, canonical, force_of
from workflows.law.instruments import Instrument, instruments

ELEMENT, DEADLINE, FORM, NOTICE = "element", "deadline", "form", "notice"


@dataclass(frozen=True)
class Use:
    """Something of a procedure or shared part that rests on a clause."""

    part: str
    kind: str
    id: str
    name: str


def uses(bundles: Iterable[Bundle]) -> Mapping[str, list[Use]]:
    """What rests on each clause, over these procedures and parts."""
    found: dict[str, list[Use]] = defaultdict(list)
    for bundle in bundles:
        for basis, use in _of(bundle):
            if basis and use not in found[canonical(basis)]:
                found[canonical(basis)].append(use)
    return found


def outdated(bundle: Bundle, on: date, ended: Sequence[Ended] = ()) -> list[Finding]:
    """Bases not in force for new cases where no instrument in force is cited beside them: warnings, nothing blocks.

    Deadlines are asked for their regimes of that day only: those of other days are history, or not yet law.

    Args:
        ended: clauses that process owners have recorded as ended.
    """
    findings = []
    for element in bundle.process.elements.values():
        cited = [legal.basis for legal in element.legal if legal.basis]
        findings += [
            _finding(DIAGRAM, element.id, element.name, basis, until) for basis, until in _gone(cited, on, ended)
        ]
    for id_, rule in bundle.deadlines.items():
        current = [str(r.get("basis") or "") for r in rule.get("regimes", []) if _covers(r, on)]
        findings += [_finding(DEADLINES, id_, None, basis, until) for basis, until in _gone(current, on, ended)]
    return findings


def _gone(cited: list[str], on: date, ended: Sequence[Ended]) -> Iterator[tuple[str, date | None]]:
    """The bases that are out of force, with their last day, unless what replaced them is cited too."""
    beside = {basis.partition(":")[0] for basis in cited}
    for basis in filter(_known, dict.fromkeys(cited)):
        recorded = next((one for one in ended if one.concerns(basis, cited, on)), None)
        if recorded is not None or _is_gone(basis, beside, on):
            yield basis, recorded.until if recorded else force_of(basis).until


def _is_gone(basis: str, beside: set[str], on: date) -> bool:
    successors = _successors(instruments()[basis.partition(":")[0]])
    return not force_of(basis).covers(on) and not successors & beside


def _successors(instrument: Instrument) -> set[str]:
    """What stands in its place, with what lays down the details of that."""
    return {id_ for new in instrument.replaced_by for id_ in (new, *instruments()[new].detailed_by)}


def _covers(regime: Mapping[str, Any], on: date) -> bool:
    since, until = str(regime.get("from", "")), str(regime.get("to") or "9999")
    return since <= on.isoformat() <= until


def _of(bundle: Bundle) -> Iterator[tuple[str, Use]]:
    for element in bundle.process.elements.values():
        for legal in element.legal:
            yield legal.basis, Use(bundle.id, ELEMENT, element.id, element.name or element.id)
    for id_, rule in bundle.deadlines.items():
        use = Use(bundle.id, DEADLINE, id_, str((rule.get("name") or {}).get("vi") or id_))
        for regime in rule.get("regimes", []):
            yield str(regime.get("basis") or ""), use
    for path, content in bundle.files.items():
        if path.startswith(("forms/", "notices/")):
            kind = FORM if path.startswith("forms/") else NOTICE
            for basis in _bases_in(content.decode("utf-8", "replace")):
                yield basis, Use(bundle.id, kind, path, Path(path).stem)


def _bases_in(text: str) -> list[str]:
    """Bases written in a form or notice: an instrument's id, a colon and a clause."""
    return [found for found in re.findall(r"\b[a-z]+\d*-\d{4}:[0-9][0-9a-zđ.-]*", text) if _known(found)]


def _known(basis: str) -> bool:
    return basis.partition(":")[0] in instruments()


def _finding(file: str, element: str, name: str | None, basis: str, until: date | None) -> Finding:
    return Finding(
        "law.basis_ended", file, element, name, {"basis": basis, "until": until.isoformat() if until else ""}
    )
