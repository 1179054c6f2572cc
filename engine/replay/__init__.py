"""Running a case's log once more on its version, and telling where the two first differ.

It can be done years later; with an evaluator or profile that this program no longer has, nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from engine import events
from engine.events.store import RecordedEvent
from engine.expressions import EVALUATOR_VERSION
from engine.procedures.manifest import PROFILE_VERSION, read_manifest
from engine.procedures.versions import LoadedVersion, Versions
from engine.replay.again import Again, Find, RuntimeGone, follow
from engine.replay.verdict import AGREES, DIFFERS, NOT_COMPARABLE, Difference, Verdict
from engine.services import Stream
from engine.tables import Case, ProcedureVersion

__all__ = ["AGREES", "DIFFERS", "NOT_COMPARABLE", "Difference", "Verdict", "finder", "replay", "rerun"]


def replay(session: Session, versions: Versions, case: Case) -> Verdict:
    """Run the case's log again from its first event on its version, and from a migration on by the one it was put onto.

    Args:
        case: the case, running or ended.
    """
    return rerun(finder(session, versions), events.read(session, Stream("case", case.id)))


def rerun(find: Find, history: Iterable[RecordedEvent]) -> Verdict:
    """The same with the log at hand.

    Args:
        find: gives a version by its hash.
    """
    return follow(Again(find), history)


def finder(session: Session, versions: Versions) -> Find:
    """Gives versions by their hash; raises `RuntimeGone` where this program no longer has what one was made for."""

    def find(hash_: str) -> LoadedVersion:
        runtime = read_manifest(session.get_one(ProcedureVersion, hash_).manifest).runtime
        if (runtime["evaluator"], runtime["profile"]) != (EVALUATOR_VERSION, PROFILE_VERSION):
            raise RuntimeGone()
        return versions.get(session, hash_)

    return find
