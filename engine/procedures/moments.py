"""How a diagram writes moments: ISO 8601 durations of days, hours, minutes and seconds, and cycles of such."""

from __future__ import annotations

import re
from typing import Final

DURATION: Final = re.compile(
    r"P(?:(?P<days>\d{1,4})D)?(?:T(?:(?P<hours>\d{1,5})H)?(?:(?P<minutes>\d{1,5})M)?(?:(?P<seconds>\d{1,6})S)?)?",
    re.ASCII,
)
"""`P2D`, `PT24H`, `P1DT12H`."""

CYCLE: Final = re.compile(r"R(?P<times>\d{1,4})?/(?P<each>P.{1,40})", re.ASCII)
"""`R3/PT24H` (three times), `R/P1D` (as long as the activity lasts)."""
