"""A running case is to go on by another version: which element became which, and what is in the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

GONE = "migration.gone"
"""The one obstacle that a mapping removes: the element of that id is no longer there."""


@dataclass(frozen=True)
class Obstacle:
    """Why a case cannot go on by another version as it stands.

    Args:
        code: stable code, `migration.*`.
        element_id: the element of the old version that it is about, empty where it is about the case.
        name: the element's name as drawn.
        process_id: the process in which it is drawn.
        params: what else the sentence needs.
    """

    code: str
    element_id: str = ""
    name: str = ""
    process_id: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Renaming:
    """Which element of the old version is which of the new one; what is not named keeps its id.

    Args:
        pairs: new id by old id, or by `process id/element id` where two processes use the same id.
        main: ids of the processes that the old and the new version run.
    """

    pairs: Mapping[str, str]
    main: tuple[str, str]

    def element(self, process_id: str, element_id: str) -> str:
        """Id of the element in the new version."""
        qualified = f"{process_id}/{element_id}"
        return self.pairs.get(qualified) or self.pairs.get(element_id) or element_id

    def process(self, process_id: str) -> str:
        """Id of the process: shared ones keep theirs."""
        return self.main[1] if process_id == self.main[0] else process_id
