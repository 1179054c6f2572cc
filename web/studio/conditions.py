"""A condition as rows of field, comparison and value, and as the expression that they stand for.

What the rows cannot show stays an expression: the diagram editor's panel reads the same forms (`conditions.js`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count, takewhile
from typing import Final

AND, OR = "and", "or"
HAS, HAS_NOT, DEFINED, NOT_DEFINED = "has", "has not", "defined", "not defined"
ORDERED: Final[Mapping[type[ast.cmpop], str]] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
COMPARISONS: Final = (*ORDERED.values(), HAS, HAS_NOT, DEFINED, NOT_DEFINED)
_BARE: Final = re.compile(r"-?\d+|True|False|None")


@dataclass(frozen=True)
class Row:
    """One comparison; `value` as a person types it, empty where the comparison needs none."""

    field: str
    comparison: str
    value: str = ""


@dataclass(frozen=True)
class Condition:
    """Rows of which all (`and`) or one (`or`) must hold."""

    rows: tuple[Row, ...] = ()
    joint: str = AND


def read(expression: str) -> Condition | None:
    """The rows of an expression; None where it says more than rows can show."""
    if not expression.strip():
        return Condition()
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    joined = isinstance(tree, ast.BoolOp)
    parts = tree.values if isinstance(tree, ast.BoolOp) else [tree]
    rows = [row for one in parts if (row := _row(one)) is not None]
    if len(rows) != len(parts):
        return None
    return Condition(tuple(rows), OR if joined and isinstance(getattr(tree, "op", None), ast.Or) else AND)


def write(condition: Condition) -> str:
    """The expression of the rows; a row without a field is left out."""
    return f" {condition.joint} ".join(_written(row) for row in condition.rows if row.field)


def typed(said: Mapping[str, str], key: str) -> str:
    """The expression that a form sent: that of the box where somebody changed it, else that of the rows.

    Args:
        said: what the boxes say: `when` the expression, `when.before` what it was, `when.0.field` … the rows.
        key: the box's name, `when` in the example.
    """
    expression = said.get(key, "")
    rows = tuple(
        Row(said[f"{key}.{n}.field"], said.get(f"{key}.{n}.comparison", "=="), said.get(f"{key}.{n}.value", ""))
        for n in takewhile(lambda n: f"{key}.{n}.field" in said, count())
    )
    if not rows or expression != said.get(f"{key}.before", expression):
        return expression
    return write(Condition(rows, OR if said.get(f"{key}.joint") == OR else AND))


def _row(part: ast.expr) -> Row | None:
    if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.Not):
        inner = _row(part.operand)
        return Row(inner.field, NOT_DEFINED) if inner is not None and inner.comparison == DEFINED else None
    if isinstance(part, ast.Call):
        return _defined(part)
    if not isinstance(part, ast.Compare) or len(part.ops) != 1:
        return None
    return _compared(part.left, part.ops[0], part.comparators[0])


def _compared(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Row | None:
    if isinstance(operator, ast.In | ast.NotIn):
        field, value = _name(right), _value(left)
        comparison = HAS if isinstance(operator, ast.In) else HAS_NOT
    else:
        field, value = _name(left), _value(right)
        comparison = ORDERED.get(type(operator), "")
    return Row(field, comparison, value) if field and comparison and value is not None else None


def _defined(call: ast.Call) -> Row | None:
    named = isinstance(call.func, ast.Name) and call.func.id == "defined" and len(call.args) == 1
    name = _value(call.args[0]) if named and not call.keywords else None
    return Row(name, DEFINED) if name else None


def _name(part: ast.expr) -> str:
    written = ast.unparse(part) if isinstance(part, ast.Name | ast.Attribute) else ""
    return written if re.fullmatch(r"[A-Za-z_][\w.]*", written) else ""


def _value(part: ast.expr) -> str | None:
    """A value as a person types it; None where the part is no plain value, or one that would be read otherwise."""
    try:
        value = ast.literal_eval(part)
    except (ValueError, TypeError, SyntaxError):
        return None
    if isinstance(value, str):
        return value if _literal(value) == repr(value) else None
    return str(value) if value is None or type(value) in (bool, int) else None


def _written(row: Row) -> str:
    if row.comparison in (DEFINED, NOT_DEFINED):
        return f"{'not ' if row.comparison == NOT_DEFINED else ''}defined('{row.field}')"
    if row.comparison in (HAS, HAS_NOT):
        return f"{_literal(row.value)} {'in' if row.comparison == HAS else 'not in'} {row.field}"
    return f"{row.field} {row.comparison} {_literal(row.value)}"


def _literal(value: str) -> str:
    """A text as the evaluator reads it: numbers and truths as they are, everything else in quotes."""
    return value if _BARE.fullmatch(value) else repr(value)


def offered(fields: Sequence[Mapping[str, object]], before: str) -> list[Mapping[str, object]]:
    """The fields of a form that a condition of the field `before` may read: those that stand above it."""
    names = [one.get("name") for one in fields]
    above = fields[: names.index(before)] if before in names else fields
    return [one for one in above if one.get("type") not in ("note", "table", "attachments")]
