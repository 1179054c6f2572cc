"""Walks a checked syntax tree and computes its value. One small function for each kind of node."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from engine.errors import ExpressionError
from engine.expressions.budget import MAX_DEPTH, Budget, joined_length, plain, whole
from engine.expressions.functions import FUNCTIONS, as_list, as_number, is_in, look_up, wrong


class _Bound(NamedTuple):
    """The variable of a comprehension in front of the scope around it."""

    name: str
    item: Any
    outer: Scope


Scope = Mapping[str, Any] | _Bound
_MISSING: Final = object()


def interpret(body: ast.expr, context: Mapping[str, Any]) -> Any:
    """The value of a tree that `syntax.parse` has accepted, as a copy.

    Raises:
        ExpressionError: see `engine.expressions.evaluate`.
    """
    budget = Budget()
    try:
        value = _Interpreter(budget).value(body, context)
        budget.weigh(value)
        return _copied(value)
    except RecursionError as error:
        raise ExpressionError("too_deep", limit=MAX_DEPTH) from error


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_copied(item) for item in value]
    return value


class _Interpreter:
    """One evaluation."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget

    def value(self, node: ast.expr, scope: Scope) -> Any:
        self._budget.spend()
        return _RULES[type(node)](self, node, scope)

    def constant(self, node: ast.Constant, scope: Scope) -> Any:
        return node.value

    def name(self, node: ast.Name, scope: Scope) -> Any:
        found = _found(node.id, scope)
        if found is _MISSING:
            raise ExpressionError("unknown_name", name=node.id)
        return plain(found)

    def attribute(self, node: ast.Attribute, scope: Scope) -> Any:
        owner = self.value(node.value, scope)
        if not isinstance(owner, Mapping):
            raise wrong(owner, "dict")
        return look_up(owner, node.attr)

    def subscript(self, node: ast.Subscript, scope: Scope) -> Any:
        return look_up(self.value(node.value, scope), self.value(node.slice, scope))

    def sequence(self, node: ast.List | ast.Tuple, scope: Scope) -> Any:
        return self._kept([self.value(item, scope) for item in node.elts])

    def mapping(self, node: ast.Dict, scope: Scope) -> Any:
        made: dict[str, Any] = {}
        for key_node, value_node in zip(node.keys, node.values, strict=True):
            assert key_node is not None  # checked by syntax.parse
            key = self.value(key_node, scope)
            if not isinstance(key, str):
                raise wrong(key, "str")
            made[key] = self.value(value_node, scope)
        return self._kept(made)

    def logic(self, node: ast.BoolOp, scope: Scope) -> Any:
        stop_at = isinstance(node.op, ast.Or)
        value: Any = None
        for part in node.values:
            value = self.value(part, scope)
            if bool(value) is stop_at:
                break
        return value

    def choice(self, node: ast.IfExp, scope: Scope) -> Any:
        return self.value(node.body if self.value(node.test, scope) else node.orelse, scope)

    def unary(self, node: ast.UnaryOp, scope: Scope) -> Any:
        value = self.value(node.operand, scope)
        if isinstance(node.op, ast.Not):
            return not value
        return whole(-as_number(value)) if isinstance(node.op, ast.USub) else +as_number(value)

    def binary(self, node: ast.BinOp, scope: Scope) -> Any:
        left, right = self.value(node.left, scope), self.value(node.right, scope)
        if isinstance(node.op, ast.Add) and isinstance(left, str | list | tuple):
            return self._joined(left, right)
        return _arithmetic(node.op, as_number(left), as_number(right))

    def comparison(self, node: ast.Compare, scope: Scope) -> bool:
        left = self.value(node.left, scope)
        for operation, right_node in zip(node.ops, node.comparators, strict=True):
            right = self.value(right_node, scope)
            if not self._compared(operation, left, right):
                return False
            left = right
        return True

    def comprehension(self, node: ast.ListComp | ast.GeneratorExp, scope: Scope) -> Any:
        return self._kept([self.value(node.elt, inner) for inner in self._rounds(node.generators, scope)])

    def call(self, node: ast.Call, scope: Scope) -> Any:
        assert isinstance(node.func, ast.Name)  # checked by syntax.parse
        arguments = [self.value(argument, scope) for argument in node.args]
        function = FUNCTIONS[node.func.id].call
        if function is None:  # defined("name") asks the scope, which no other function sees
            return _found(arguments[0], scope) is not _MISSING
        return function(self._budget, *arguments)

    def _rounds(self, generators: list[ast.comprehension], scope: Scope) -> Iterator[Scope]:
        """The scopes in which the element of a comprehension is computed, one after the other."""
        if not generators:
            yield scope
            return
        first, rest = generators[0], generators[1:]
        assert isinstance(first.target, ast.Name)  # checked by syntax.parse
        for item in as_list(self.value(first.iter, scope)):
            self._budget.spend()
            inner = _Bound(first.target.id, item, scope)
            if all(self.value(condition, inner) for condition in first.ifs):
                yield from self._rounds(rest, inner)

    def _kept(self, value: Any) -> Any:
        self._budget.weigh(value)
        return value

    def _joined(self, left: Any, right: Any) -> Any:
        if isinstance(left, str) != isinstance(right, str) or not isinstance(right, str | list | tuple):
            raise wrong(right, type(left).__name__)
        joined_length(left, right)
        return self._kept(f"{left}{right}" if isinstance(left, str) else [*left, *right])

    def _compared(self, operation: ast.cmpop, left: Any, right: Any) -> bool:
        if isinstance(operation, ast.In | ast.NotIn):
            return is_in(self._budget, left, right) is isinstance(operation, ast.In)
        self._budget.weigh(left, right)
        try:
            return bool(_COMPARISONS[type(operation)](left, right))
        except TypeError as error:
            raise wrong(right, type(left).__name__) from error


def _found(name: str, scope: Scope) -> Any:
    while isinstance(scope, _Bound):
        if scope.name == name:
            return scope.item
        scope = scope.outer
    return scope.get(name, _MISSING)


def _arithmetic(operation: ast.operator, left: int, right: int) -> int:
    if isinstance(operation, ast.FloorDiv | ast.Mod) and right == 0:
        raise ExpressionError("division_by_zero")
    return whole(_ARITHMETIC[type(operation)](left, right))


_ARITHMETIC: Final[Mapping[type[ast.operator], Callable[[int, int], int]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARISONS: Final[Mapping[type[ast.cmpop], Callable[[Any, Any], Any]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
_RULES: Final[Mapping[type[ast.expr], Callable[[_Interpreter, Any, Scope], Any]]] = {
    ast.Constant: _Interpreter.constant,
    ast.Name: _Interpreter.name,
    ast.Attribute: _Interpreter.attribute,
    ast.Subscript: _Interpreter.subscript,
    ast.List: _Interpreter.sequence,
    ast.Tuple: _Interpreter.sequence,
    ast.Dict: _Interpreter.mapping,
    ast.BoolOp: _Interpreter.logic,
    ast.IfExp: _Interpreter.choice,
    ast.UnaryOp: _Interpreter.unary,
    ast.BinOp: _Interpreter.binary,
    ast.Compare: _Interpreter.comparison,
    ast.ListComp: _Interpreter.comprehension,
    ast.GeneratorExp: _Interpreter.comprehension,
    ast.Call: _Interpreter.call,
}
