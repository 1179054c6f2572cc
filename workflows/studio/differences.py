"""What differs between two states of a procedure: two versions, or a draft and what it began from.

Told as changes of things and their aspects, so that a page can put them in words and paint them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

from sqlalchemy.orm import Session

from engine.procedures.bundle import DIAGRAM
from engine.procedures.versions import manifest_of
from engine.tables import ProcedureVersion
from workflows.studio import drafts
from workflows.studio.facts import BODY, ELEMENT, FLOW, LANE, NOTICE, Thing, facts

ADDED, REMOVED, CHANGED, MOVED, RENAMED = "added", "removed", "changed", "moved", "renamed"
PAINTED: Final = (ELEMENT, FLOW, LANE)


@dataclass(frozen=True)
class Change:
    """One difference.

    Args:
        area: what kind of thing (`workflows.studio.facts`).
        kind: added, removed, renamed, moved (to another lane) or changed.
        name: of the thing as it is now, or was; a text or texts by language.
        aspect: what about it changed; empty where it came, went or was renamed.
        before, after: what was and is said; None where nothing.
    """

    area: str
    kind: str
    file: str
    id: str
    name: Any
    aspect: str = ""
    before: Any = None
    after: Any = None


@dataclass(frozen=True)
class Difference:
    """All changes, and the areas that cannot be compared because one side cannot be read."""

    changes: tuple[Change, ...]
    unreadable: tuple[str, ...]

    def painted(self, *, old: bool) -> dict[str, str]:
        """How elements and flows are marked in the diagram: in the old one what went, in the new one what came.

        Args:
            old: whether it is the diagram before the change.
        """
        marks: dict[str, str] = {}
        for change in self.changes:
            if change.file != DIAGRAM or change.area not in PAINTED:
                continue
            kind = CHANGED if change.kind == RENAMED else change.kind
            if kind != (ADDED if old else REMOVED) and marks.get(change.id) != MOVED:
                marks[change.id] = kind
        return marks


@dataclass(frozen=True)
class Side:
    """One state of a procedure: its files, scenarios included, and the numbers of its shared parts' versions."""

    files: Mapping[str, bytes]
    parts: Mapping[str, str]


def of_version(session: Session, version_hash: str) -> Side:
    """A published version. Raises `UnknownProcedure` where there is none."""
    content = drafts.whole(session, version_hash)
    return Side(content, numbers(session, manifest_of(session, version_hash).shared))


def numbers(session: Session, pins: Mapping[str, str]) -> dict[str, str]:
    """Numbers of the versions of shared parts, by id."""
    found = {id_: session.get(ProcedureVersion, hash_) for id_, hash_ in pins.items()}
    return {id_: str(version.number) for id_, version in found.items() if version is not None}


def compare(before: Side, after: Side) -> Difference:
    """What differs, in the order of areas."""
    old, new = facts(before.files, before.parts), facts(after.files, after.parts)
    changes: list[Change] = []
    unreadable = []
    for area, were in old.items():
        are = new[area]
        if were is None or are is None:
            unreadable.append(area)
        else:
            changes += _area(area, were, are)
    return Difference(tuple(changes), tuple(unreadable))


def _area(area: str, were: Mapping[str, Thing], are: Mapping[str, Thing]) -> Iterator[Change]:
    for id_, thing in were.items():
        if id_ in are:
            yield from _thing(area, id_, thing, are[id_])
        else:
            yield Change(area, REMOVED, thing.file, id_, thing.name, before=thing.aspects)
    for id_, thing in are.items():
        if id_ not in were:
            yield Change(area, ADDED, thing.file, id_, thing.name, after=thing.aspects)


def _thing(area: str, id_: str, was: Thing, now: Thing) -> Iterator[Change]:
    if was.name != now.name and area != FLOW:  # a flow is called by the steps that it joins
        yield Change(area, RENAMED, now.file, id_, now.name, "", was.name, now.name)
    for aspect in dict.fromkeys((*was.aspects, *now.aspects)):
        before, after = was.aspects.get(aspect), now.aspects.get(aspect)
        if before == after:
            continue
        if area == NOTICE and aspect == BODY:
            yield from _paragraphs(id_, now, before, after)
        else:
            kind = MOVED if area == ELEMENT and aspect == "lane" else CHANGED
            yield Change(area, kind, now.file, id_, now.name, aspect, before, after)


def _paragraphs(id_: str, notice: Thing, before: Any, after: Any) -> Iterator[Change]:
    """The paragraphs that came, went or were rewritten."""
    old, new = ([str(one) for one in side or []] for side in (before, after))
    for kind, i, j, k, m in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if kind != "equal":
            said, says = "\n".join(old[i:j]) or None, "\n".join(new[k:m]) or None
            yield Change(NOTICE, CHANGED, notice.file, id_, notice.name, "paragraph", said, says)
