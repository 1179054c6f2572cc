"""What cases know, read without running them: for services that put several cases together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.spiff.codec import decode_memory
from engine.tables import CaseState

AT_ONCE = 200


def variables_of(session: Session, case_ids: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """The variables of each of these cases, running or ended, by case id."""
    wanted = list(case_ids)
    found: dict[str, Mapping[str, Any]] = {}
    for first in range(0, len(wanted), AT_ONCE):
        query = select(CaseState.case_id, CaseState.state).where(CaseState.case_id.in_(wanted[first : first + AT_ONCE]))
        found |= {case_id: decode_memory(state)["variables"] for case_id, state in session.execute(query)}
    return found
