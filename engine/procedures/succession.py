"""What a case knows, held against another version: are its data still what they were, and enough for what comes?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from functools import lru_cache
from typing import Any

from engine.procedures.bundle import Bundle
from engine.procedures.checks.graph import Graph
from engine.procedures.checks.writes import written_by
from engine.procedures.reads import read_by
from engine.procedures.renaming import Obstacle
from engine.procedures.versions import LoadedVersion
from engine.spiff.scopes import CALL_SCOPE, CASE_FACTS, RUN_SCOPE

Held = dict[str, set[str]]
"""Names of the variables that a case holds, by the process that reads them."""
Missing = Mapping[str, str]
"""Names that steps still to come read and that nothing sets, each with the name of a step that reads it."""


def held(state: Mapping[str, Any], main: str, process_of: Mapping[str, str]) -> Held:
    """What a state holds: the case's variables, and those of each called process and each run of several.

    Args:
        state: as `Machine.state` gives it.
        process_of: process in which each token stands, by token.
    """
    found: Held = defaultdict(set)
    found[main] |= set(state["memory"]["variables"])
    called = {sub["parent"]: sub for sub in state["subs"]}
    for tasks in (state["top"]["tasks"], *(sub["tasks"] for sub in state["subs"])):
        for id_, _, _, _, _, data in tasks:
            found[process_of[id_]] |= set(data.get(RUN_SCOPE, ()))
            if CALL_SCOPE in data and id_ in called:
                found[process_of[called[id_]["tasks"][0][0]]] |= set(data[CALL_SCOPE])
    return found


def retyped(old: LoadedVersion, new: LoadedVersion, data: Held, renamed: Mapping[str, str]) -> Iterator[Obstacle]:
    """Fields that the case has filled in and that are something else in the new version.

    Args:
        renamed: id of each process in the new version.
    """
    for process_id, names in data.items():
        part = new.parts.get(renamed.get(process_id, process_id))
        before, after = _types(old.parts[process_id]), _types(part) if part else {}
        for name in sorted(names & before.keys() & after.keys()):
            if other := sorted(after[name] - before[name]):
                was = ", ".join(sorted(before[name]))
                yield Obstacle("migration.field", name, name, process_id, {"before": was, "after": ", ".join(other)})


def unset(
    old: LoadedVersion,
    new: LoadedVersion,
    data: Held,
    standing: Mapping[str, Set[tuple[str, str]]],
    renamed: Mapping[str, str],
) -> Iterator[Obstacle]:
    """Variables that steps still to come will read and that the case neither has nor will get.

    Args:
        standing: elements with a token by process, each as its id in the old version and in the new one.
    """
    for process_id, places in standing.items():
        other = renamed.get(process_id, process_id)
        if other not in new.parts:
            continue
        names = frozenset(data.get(process_id, ()))
        before = _missing(_Part(old, process_id), frozenset(a for a, _ in places), names)
        after = _missing(_Part(new, other), frozenset(b for _, b in places), names)
        for name in sorted(after.keys() - before.keys()):
            yield Obstacle("migration.variable", name, name, process_id, {"step": after[name]})


def _types(bundle: Bundle) -> dict[str, set[str]]:
    """The types of each field, over all forms."""
    found: dict[str, set[str]] = defaultdict(set)
    for form in bundle.forms.values():
        for field in form.fields:
            if field.type != "note":
                found[field.name].add(field.type)
    return found


class _Part:
    """One process of a version, as a key: versions never change."""

    def __init__(self, version: LoadedVersion, process_id: str) -> None:
        self.bundle, self._key = version.bundle_of(process_id), (version.hash, process_id)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Part) and other._key == self._key


@lru_cache(maxsize=4096)
def _missing(part: _Part, standing: frozenset[str], names: frozenset[str]) -> Missing:
    bundle, graph = part.bundle, _graph(part)
    ahead = set(standing & graph.elements.keys())
    ahead = ahead.union(*(graph.reach(id_) for id_ in ahead))
    elements = [graph.elements[id_] for id_ in sorted(ahead)]
    there = names.union({CASE_FACTS}, *(written_by(one, bundle.forms) for one in elements))
    holders = [*elements, *(holder for one in elements for holder in graph.around(one))]
    there |= {one.multiple.item for one in holders if one.multiple and one.multiple.item}
    return {name: one.name or one.id for one in elements for name in read_by(one, bundle) - there}


@lru_cache(maxsize=64)
def _graph(part: _Part) -> Graph:
    return Graph(part.bundle.process)
