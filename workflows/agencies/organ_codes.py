"""Codes of organisations in both orders that are in use.

QCVN 102:2016 writes the highest level last (`000.00.02.H44`), QĐ 20/2020/QĐ-TTg (Điều 4) first (`H44.02`). The code
is kept highest level first; groups of zeros say "no such level" at the end, and hold the place of a level inside.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_LENGTH = 35
_TOP = re.compile(r"[A-Z][0-9]{2}")
_LEVEL = re.compile(r"[0-9]{2,3}")
_OLD_WIDTHS = (2, 2, 3)


class NotAnOrganCode(ValueError):
    """The text is no organisation code in either order."""


@dataclass(frozen=True, order=True)
class OrganCode:
    """An organisation: `levels` from the highest (ministry, province) down, without empty ones at the end."""

    levels: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> OrganCode:
        """Read a code in either order.

        Raises:
            NotAnOrganCode: not a letter and two digits with groups of two or three digits before or behind it.
        """
        levels = text.strip().upper().split(".")
        if len(levels) > 1 and _TOP.fullmatch(levels[-1]):
            levels.reverse()
        top, *below = levels
        if len(text.strip()) > MAX_LENGTH or not _TOP.fullmatch(top) or not all(map(_LEVEL.fullmatch, below)):
            raise NotAnOrganCode(text[: 2 * MAX_LENGTH])
        while below and not below[-1].strip("0"):
            below.pop()
        return cls((top, *below))

    def __str__(self) -> str:
        """The stored form, highest level first."""
        return ".".join(self.levels)

    def highest_last(self) -> str:
        """The 13 characters of QCVN 102:2016; the stored form for what these cannot express."""
        top, *below = self.levels
        widths = _OLD_WIDTHS[: len(below)]
        if len(below) > len(_OLD_WIDTHS) or any(len(one) != width for one, width in zip(below, widths, strict=True)):
            return str(self)
        empty = ["0" * width for width in _OLD_WIDTHS[len(below) :]]
        return ".".join(reversed([top, *below, *empty]))
