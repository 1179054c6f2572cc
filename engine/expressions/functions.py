"""The functions that an expression may call. All are pure; each pays for the values it goes through."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.errors import ExpressionError
from engine.expressions.budget import MAX_WEIGHT, Budget, plain, whole

_WHOLE_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,19}")


@dataclass(frozen=True)
class Function:
    """A function and how many arguments it takes. `call` is None where the interpreter itself answers."""

    least: int
    most: int
    call: Callable[..., Any] | None


def wrong(value: Any, wanted: str) -> ExpressionError:
    """The error for a value of another type than an operation needs."""
    return ExpressionError("type", found=type(value).__name__, wanted=wanted)


def as_list(value: Any) -> list[Any] | tuple[Any, ...]:
    """The value, which must be a list."""
    if not isinstance(value, list | tuple):
        raise wrong(value, "list")
    return value


def as_text(value: Any) -> str:
    """The value, which must be a text."""
    if not isinstance(value, str):
        raise wrong(value, "str")
    return value


def as_number(value: Any) -> int:
    """The value, which must be an integer; booleans count as 0 and 1, as in Python."""
    if not isinstance(value, int):
        raise wrong(value, "int")
    return value


def is_in(budget: Budget, item: Any, container: Any) -> bool:
    """Whether a list has an item, a mapping a key, a text a part."""
    budget.weigh(item, container)
    if isinstance(container, str):
        return as_text(item) in container
    if isinstance(container, Mapping):
        return isinstance(item, str) and item in container
    return item in as_list(container)


def look_up(value: Any, key: Any) -> Any:
    """A key of a mapping or an item of a list.

    Raises:
        ExpressionError: `missing_key`; `type` where nothing can be looked up.
    """
    if isinstance(value, Mapping):
        if as_text(key) in value:
            return plain(value[key])
        raise ExpressionError("missing_key", key=key[:80])
    if type(key) is not int:
        raise wrong(value, "dict")
    items = as_list(value)
    if -len(items) <= key < len(items):
        return plain(items[key])
    raise ExpressionError("missing_key", key=key)


def _len(budget: Budget, value: Any) -> int:
    if not isinstance(value, str | list | tuple | Mapping):
        raise wrong(value, "list")
    return len(value)


def _ordered(budget: Budget, value: Any) -> list[Any]:
    """The items in order; all integers or all texts, for anything else has no order that holds everywhere."""
    items = as_list(value)
    budget.weigh(items)
    for item in items:
        if isinstance(item, str) != isinstance(items[0], str):
            raise wrong(item, type(items[0]).__name__)
        if not isinstance(item, str):
            as_number(item)
    return sorted(items)


def _extreme(choose: Callable[[list[Any]], Any]) -> Callable[..., Any]:
    def extreme(budget: Budget, *values: Any) -> Any:
        items = as_list(values[0]) if len(values) == 1 else list(values)
        if not items:
            raise ExpressionError("missing_key", key=0)
        _ordered(budget, items)
        return choose(list(items))

    return extreme


def _sum(budget: Budget, value: Any) -> int:
    items = as_list(value)
    budget.weigh(items)
    return whole(sum(as_number(item) for item in items))


def _any(budget: Budget, value: Any) -> bool:
    return any(as_list(value))


def _all(budget: Budget, value: Any) -> bool:
    return all(as_list(value))


def _str(budget: Budget, value: Any) -> str:
    if isinstance(value, str):
        return value
    if type(value) is int:
        return str(value)
    raise wrong(value, "int")


def _int(budget: Budget, value: Any) -> int:
    if isinstance(value, int):
        return int(value)
    text = as_text(value)
    digits = text.strip() if len(text) < 100 else ""
    if not _WHOLE_NUMBER.fullmatch(digits):
        raise wrong(value, "int")
    return whole(int(digits))


def _get(budget: Budget, value: Any, key: Any, default: Any = None) -> Any:
    if value is None:
        return default
    try:
        return look_up(value, key)
    except ExpressionError as error:
        if error.code == "expression.missing_key":
            return default
        raise


def _unique(budget: Budget, value: Any) -> list[Any]:
    items = as_list(value)
    budget.weigh(items)
    first: dict[Any, Any] = {}
    for item in items:
        first.setdefault(_frozen(item), item)
    return list(first.values())


def _frozen(value: Any) -> Any:
    """A hashable stand-in that is equal exactly where the values are."""
    if isinstance(value, Mapping):
        return frozenset((key, _frozen(item)) for key, item in value.items()), "dict"
    if isinstance(value, list | tuple):
        return tuple(_frozen(item) for item in value), "list"
    return value


def _lower(budget: Budget, value: Any) -> str:
    budget.weigh(value)
    return as_text(value).lower()


def _upper(budget: Budget, value: Any) -> str:
    budget.weigh(value)
    return as_text(value).upper()


def _startswith(budget: Budget, value: Any, prefix: Any) -> bool:
    return as_text(value).startswith(as_text(prefix))


def _contains(budget: Budget, container: Any, item: Any) -> bool:
    return is_in(budget, item, container)


FUNCTIONS: Final[Mapping[str, Function]] = {
    "len": Function(1, 1, _len),
    "min": Function(1, MAX_WEIGHT, _extreme(min)),
    "max": Function(1, MAX_WEIGHT, _extreme(max)),
    "sum": Function(1, 1, _sum),
    "any": Function(1, 1, _any),
    "all": Function(1, 1, _all),
    "sorted": Function(1, 1, _ordered),
    "str": Function(1, 1, _str),
    "int": Function(1, 1, _int),
    "get": Function(2, 3, _get),
    "defined": Function(1, 1, None),
    "unique": Function(1, 1, _unique),
    "lower": Function(1, 1, _lower),
    "upper": Function(1, 1, _upper),
    "startswith": Function(2, 2, _startswith),
    "contains": Function(2, 2, _contains),
}
