"""A list from which the reader of a report chooses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """One list; the option without a value is what holds where nothing was chosen."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]
