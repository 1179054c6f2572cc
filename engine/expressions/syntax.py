"""Reads the text of an expression into a syntax tree and refuses everything that is not on the list."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from engine.errors import ExpressionError
from engine.expressions.budget import MAX_DEPTH, whole
from engine.expressions.functions import FUNCTIONS

MAX_LENGTH: Final = 2_000
KEYWORDS: Final = frozenset(keyword.kwlist) | frozenset(keyword.softkwlist)

_ALLOWED: Final = frozenset(
    {
        *(ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.IfExp),
        *(ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod),
        *(ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.Is, ast.IsNot),
        *(ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Name, ast.Load, ast.Store, ast.Attribute, ast.Subscript),
        *(ast.Call, ast.ListComp, ast.GeneratorExp, ast.comprehension),
    }
)
# Escapes beyond these, and digits that run into letters, make Python's parser print warnings; neither is needed.
_ESCAPES: Final = re.compile(r"(?:[^\\]|\\[\\'\"nrtu])*", re.DOTALL)
_TEXTS: Final = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_NUMBER_WITH_LETTERS: Final = re.compile(r"(?<!\w)\d[\d_]*[^\W\d_]")


@dataclass(frozen=True)
class Parsed:
    """A checked expression: its tree and the variables it reads."""

    body: ast.expr
    names: frozenset[str]


@lru_cache(maxsize=512)
def parse(source: str) -> Parsed:
    """Read and check an expression.

    Raises:
        ExpressionError: syntax, not_allowed, unknown_function, arguments, too_long, too_deep, too_large.
    """
    body = _tree(source)
    _check_nodes(body)
    return Parsed(body, frozenset(_free(body, frozenset())))


def _tree(source: str) -> ast.expr:
    if not isinstance(source, str):
        raise ExpressionError("syntax", found=type(source).__name__)
    if len(source) > MAX_LENGTH:
        raise ExpressionError("too_long", limit=MAX_LENGTH, length=len(source))
    text = source.strip()
    if not _ESCAPES.fullmatch(text) or _NUMBER_WITH_LETTERS.search(_TEXTS.sub("''", text)):
        raise ExpressionError("syntax")
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise ExpressionError("syntax", position=error.offset or 0) from error
    except (RecursionError, MemoryError) as error:
        raise ExpressionError("too_deep", limit=MAX_DEPTH) from error
    except ValueError as error:  # null bytes, lone surrogates
        raise ExpressionError("syntax") from error


def _check_nodes(body: ast.expr) -> None:
    stack: list[tuple[ast.AST, int]] = [(body, 1)]
    while stack:
        node, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise ExpressionError("too_deep", limit=MAX_DEPTH)
        if type(node) not in _ALLOWED:
            raise ExpressionError("not_allowed", construct=type(node).__name__)
        special = _SPECIAL.get(type(node))
        if special:
            special(node)
        stack.extend((child, depth + 1) for child in _children(node))


def _children(node: ast.AST) -> list[ast.AST]:
    """What is checked below a node; the name of a called function is checked with the call."""
    if isinstance(node, ast.Call):
        return list(node.args)
    return list(ast.iter_child_nodes(node))


def _check_constant(node: ast.Constant) -> None:
    if type(node.value) is int:
        whole(node.value)
    elif node.value is not None and type(node.value) not in (bool, str):
        raise ExpressionError("not_allowed", construct=type(node.value).__name__)


def _check_name(node: ast.Name) -> None:
    if node.id.startswith("_") or node.id in FUNCTIONS:
        raise ExpressionError("not_allowed", construct=node.id)


def _check_attribute(node: ast.Attribute) -> None:
    if node.attr.startswith("_"):
        raise ExpressionError("not_allowed", construct=node.attr)


def _check_dict(node: ast.Dict) -> None:
    if None in node.keys:
        raise ExpressionError("not_allowed", construct="**")


def _check_compare(node: ast.Compare) -> None:
    for operator, right in zip(node.ops, node.comparators, strict=True):
        against_none = isinstance(right, ast.Constant) and right.value is None
        if isinstance(operator, ast.Is | ast.IsNot) and not against_none:
            raise ExpressionError("not_allowed", construct="is")


def _check_comprehension(node: ast.comprehension) -> None:
    if node.is_async or not isinstance(node.target, ast.Name):
        raise ExpressionError("not_allowed", construct="for")


def _check_call(node: ast.Call) -> None:
    if not isinstance(node.func, ast.Name) or node.keywords:
        raise ExpressionError("not_allowed", construct="Call")
    name = node.func.id
    function = FUNCTIONS.get(name)
    if function is None:
        raise ExpressionError("unknown_function", name=name)
    if not function.least <= len(node.args) <= function.most:
        raise ExpressionError("arguments", name=name, given=len(node.args))
    if name == "defined" and not _is_text(node.args[0]):
        raise ExpressionError("not_allowed", construct="defined")


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


_SPECIAL: Final[dict[type[ast.AST], Callable[[Any], None]]] = {
    ast.Constant: _check_constant,
    ast.Name: _check_name,
    ast.Attribute: _check_attribute,
    ast.Dict: _check_dict,
    ast.Compare: _check_compare,
    ast.comprehension: _check_comprehension,
    ast.Call: _check_call,
}


def _free(node: ast.AST, bound: frozenset[str]) -> set[str]:
    """Names read below a node that no comprehension around them binds."""
    if isinstance(node, ast.Name):
        return set() if node.id in bound else {node.id}
    if isinstance(node, ast.ListComp | ast.GeneratorExp):
        return _free_in_comprehension(node, bound)
    return {name for child in _children(node) for name in _free(child, bound)}


def _free_in_comprehension(node: ast.ListComp | ast.GeneratorExp, bound: frozenset[str]) -> set[str]:
    found: set[str] = set()
    for generator in node.generators:
        found |= _free(generator.iter, bound)
        assert isinstance(generator.target, ast.Name)  # checked above
        bound |= {generator.target.id}
        for condition in generator.ifs:
            found |= _free(condition, bound)
    return found | _free(node.elt, bound)
