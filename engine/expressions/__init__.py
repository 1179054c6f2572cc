"""Expressions: the only code that a procedure may carry.

An expression is a small part of Python's own expression syntax, read into a syntax tree and interpreted here. Nothing
is compiled or executed; there are no method calls, no attributes of objects, no floats, no clock, no random numbers.

What can be written:
    literals            "text", 12, True, False, None, [..], (..) (a list, like the former), {"key": value}
    names               variables; `a.b` and `a["b"]` look up a key, `a[0]` an item of a list
    comparisons         == != < <= > >= in, not in, chained; `is None`, `is not None`
    logic               and, or, not, `a if c else b`
    arithmetic          + - * // % on integers of 64 bits; + on texts and on lists
    comprehensions      [x.name for x in rows if x.ok], and inside a call sum(x.n for x in rows)
    functions           len min max sum any all sorted str int get defined unique lower upper startswith contains

`get(x, "key", default)` gives the default (or None) where the key is missing or x is None; `defined("name")` tells
whether a variable exists. Values are JSON: what comes out is a fresh copy, never a piece of the context.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.errors import ExpressionError
from engine.expressions.functions import FUNCTIONS
from engine.expressions.interpreter import interpret
from engine.expressions.syntax import KEYWORDS, parse

__all__ = ["EVALUATOR_VERSION", "RESERVED_NAMES", "ExpressionError", "check", "evaluate", "evaluate_condition", "names"]

EVALUATOR_VERSION: Final = "1"
"""Part of every version manifest: results of another evaluator are not comparable."""

RESERVED_NAMES: Final = frozenset(FUNCTIONS) | KEYWORDS | {"case", "typename", "__builtins__"}
"""Names that no form field may have; `case` is set by the engine, `typename` breaks the stored state."""


def evaluate(expression: str, context: Mapping[str, Any]) -> Any:
    """The value of an expression.

    Args:
        expression: at most 2,000 characters.
        context: the variables; read, never changed.

    Returns:
        JSON data: None, bool, int, str, list or dict; a copy that shares nothing with the context.

    Raises:
        ExpressionError: `expression.<kind>`: syntax, not_allowed, unknown_function, arguments, unknown_name,
            missing_key, type, division_by_zero, too_long, too_deep, too_many_steps, too_large.
    """
    try:
        return interpret(parse(expression).body, context)
    except ExpressionError as error:
        raise _in(expression, error) from error.__cause__


def evaluate_condition(expression: str, context: Mapping[str, Any]) -> bool:
    """The value of an expression that must be True or False.

    Raises:
        ExpressionError: as `evaluate`; `expression.type` where the value is anything but a boolean.
    """
    value = evaluate(expression, context)
    if not isinstance(value, bool):
        raise _in(expression, ExpressionError("type", found=type(value).__name__, wanted="bool"))
    return value


def check(expression: str) -> None:
    """Refuse an expression that can never be evaluated; whether its variables exist is another question (`names`).

    Raises:
        ExpressionError: syntax, not_allowed, unknown_function, arguments, too_long, too_deep.
    """
    names(expression)


def names(expression: str) -> frozenset[str]:
    """The variables that an expression reads. Names asked for with `defined("…")` do not count.

    Raises:
        ExpressionError: as `check`.
    """
    try:
        return parse(expression).names
    except ExpressionError as error:
        raise _in(expression, error) from error.__cause__


def _in(expression: str, error: ExpressionError) -> ExpressionError:
    """The error with the (shortened) expression among its data, for the person who has to repair it."""
    error.params.setdefault("expression", str(expression)[:200])
    return error
