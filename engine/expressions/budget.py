"""What one evaluation may cost: steps, and the size of every value before it is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.errors import ExpressionError

MAX_DEPTH: Final = 60
MAX_STEPS: Final = 10_000
MAX_TEXT: Final = 100_000
MAX_WEIGHT: Final = 10_000
WHOLE_BITS: Final = 63
"""Integers are those of canonical JSON: 64 bits with sign."""

_CHARACTERS_PER_WEIGHT: Final = 64
_WEIGHT_PER_STEP: Final = 4


class Budget:
    """Counts the work of one evaluation and stops it when it is spent."""

    def __init__(self) -> None:
        self._left = MAX_STEPS

    def spend(self, steps: int = 1) -> None:
        """Take steps from the budget.

        Raises:
            ExpressionError: `expression.too_many_steps`.
        """
        self._left -= steps
        if self._left < 0:
            raise ExpressionError("too_many_steps", limit=MAX_STEPS)

    def weigh(self, *values: Any) -> None:
        """Pay for going through values as a whole: comparing, keeping, copying.

        Raises:
            ExpressionError: `too_large`, `type` (not JSON data), `too_many_steps`.
        """
        self.spend(weight(values) // _WEIGHT_PER_STEP)


def weight(value: Any) -> int:
    """Number of nodes of a value, long texts counting more; a shared part counts each time it occurs.

    Raises:
        ExpressionError: `too_large` beyond 10,000; `type` for anything but JSON data.
    """
    total, stack = 0, [value]
    while stack:
        one = stack.pop()
        total += 1
        kind = type(one)
        if kind is bool or one is None:
            continue
        if kind is str:
            total += len(one) // _CHARACTERS_PER_WEIGHT
        elif isinstance(one, list | tuple):
            stack.extend(one)
        elif isinstance(one, Mapping):
            stack.extend(one)
            stack.extend(one.values())
        else:
            plain(one)
        if total + len(stack) > MAX_WEIGHT:
            raise ExpressionError("too_large", limit=MAX_WEIGHT)
    return total


def plain(value: Any) -> Any:
    """The value itself where it is JSON data; only its outermost layer is looked at.

    Raises:
        ExpressionError: `type` for floats and foreign objects, `too_large` for integers beyond 64 bits.
    """
    if type(value) is int:
        return whole(value)
    if value is None or type(value) in (bool, str) or isinstance(value, list | tuple | Mapping):
        return value
    raise ExpressionError("type", found=type(value).__name__, wanted="JSON")


def whole(number: int) -> int:
    """The number where it fits into 64 bits.

    Raises:
        ExpressionError: `too_large`.
    """
    if number.bit_length() > WHOLE_BITS:
        raise ExpressionError("too_large", limit=WHOLE_BITS)
    return number


def joined_length(left: str | list[Any] | tuple[Any, ...], right: str | list[Any] | tuple[Any, ...]) -> None:
    """Refuse a concatenation before it is made.

    Raises:
        ExpressionError: `too_large`.
    """
    limit = MAX_TEXT if isinstance(left, str) else MAX_WEIGHT
    if len(left) + len(right) > limit:
        raise ExpressionError("too_large", limit=limit)
