"""How many cases people begin in a year, by procedure, and who; the calendar begins the others."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

OPENINGS: Final = Path(__file__).parent / "data" / "openings.yaml"


@cache
def openings() -> Mapping[str, Mapping[str, Any]]:
    """`in_a_year` and `by` (any agency, or the one that leads it) of each procedure."""
    with OPENINGS.open(encoding="utf-8") as file:
        loaded: Mapping[str, Mapping[str, Any]] = yaml.safe_load(file)
    return loaded
