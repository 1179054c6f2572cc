"""What files ask of those who work: steps added, taken away or given to others, and deadlines, before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.procedures.model import Element
from engine.procedures.versions import LoadedVersion

Regimes = tuple[Mapping[str, Any], ...]
Limits = tuple[Regimes, Regimes]


@dataclass(frozen=True)
class Doer:
    """Whose work it is, as the diagram says it, and the duty of whoever does it."""

    place: str
    duty: str


Doers = tuple[Doer | None, Doer | None]


@dataclass(frozen=True)
class Obligation:
    """Work that the draft adds, takes away, gives to somebody else, or wants by another deadline rule.

    `kind`: added, removed, moved, dated. `who` and `limits` are before and after.
    """

    kind: str
    name: str
    element_id: str
    who: Doers
    limits: Limits


@dataclass(frozen=True)
class Limit:
    """A deadline rule that is otherwise, with its regimes before and after; empty where there was or is none."""

    id: str
    name: Mapping[str, str]
    before: Regimes
    after: Regimes


def obligations(old: LoadedVersion | None, new: LoadedVersion) -> Iterator[Obligation]:
    """Steps at which people work or record something, over the procedure and its shared parts."""
    before = _worked_at(old) if old else {}
    after = _worked_at(new)
    for key, element in after.items():
        earlier = before.get(key)
        if old is None or earlier is None:
            yield _obligation("added", element, (None, _doer(element)), ((), _limit(new, element)))
            continue
        if _whose(earlier) != _whose(element):
            yield _obligation("moved", element, (_doer(earlier), _doer(element)))
        if earlier.deadline != element.deadline:
            doer = _doer(element)
            yield _obligation("dated", element, (doer, doer), (_limit(old, earlier), _limit(new, element)))
    for key, element in before.items():
        if key not in after:
            yield _obligation("removed", element, (_doer(element), None))


def _obligation(
    kind: str, element: Element, who: tuple[Doer | None, Doer | None], limits: Limits = ((), ())
) -> Obligation:
    return Obligation(kind, element.name or element.id, element.id, who, limits)


def _worked_at(version: LoadedVersion) -> dict[tuple[str, str], Element]:
    own = version.program.main
    found: dict[tuple[str, str], Element] = {}
    for process_id, part in version.parts.items():
        key = "" if process_id == own else process_id
        found |= {(key, e.id): e for e in part.process.elements.values() if e.asked_form is not None}
    return found


def _whose(element: Element) -> tuple[Any, ...]:
    """By what it is told whose work it is."""
    own = element.incoming.agency if element.incoming else element.agency
    return own, (element.lane.role, element.lane.agency) if element.lane else None, _doer(element).duty


def _doer(element: Element) -> Doer:
    incoming, lane = element.incoming, element.lane
    own = incoming.agency if incoming else element.agency
    place = (lane.name or lane.role or lane.agency or "") if lane else ""
    return Doer(place or own or "", incoming.duty if incoming else element.duty)


def _limit(version: LoadedVersion, element: Element) -> Regimes:
    return _regimes(_rules(version).get(element.deadline or "", {}))


def changed_limits(old: LoadedVersion | None, new: LoadedVersion) -> Iterator[Limit]:
    """Deadline rules that are otherwise, those of the shared parts among them."""
    before, after = _rules(old) if old else {}, _rules(new)
    for id_ in [*after, *(one for one in before if one not in after)]:
        was, now = before.get(id_, {}), after.get(id_, {})
        if was.get("regimes") != now.get("regimes"):
            yield Limit(id_, (now or was).get("name") or {"vi": id_}, _regimes(was), _regimes(now))


def _rules(version: LoadedVersion) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for part in version.parts.values():
        found |= part.deadlines
    return found | dict(version.bundle.deadlines)


def _regimes(rule: Mapping[str, Any]) -> Regimes:
    return tuple(rule.get("regimes") or ())
