"""Expressions agree with Python where they allow anything, and any text is either a value or an error."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ExpressionError
from engine.expressions import evaluate, names

CONTEXT: dict[str, Any] = {
    "a": 3,
    "b": -4,
    "yes": True,
    "no": False,
    "nothing": None,
    "word": "văn bản",
    "numbers": [5, -1, 2, 2],
    "words": ["đ", "d", ""],
    "record": {"n": 7, "list": [1, 2], "word": "x"},
}
PYTHONS = {"__builtins__": {}, "len": len, "min": min, "max": max, "sum": sum, "any": any, "all": all, "sorted": sorted}

whole = st.one_of(
    st.sampled_from(["a", "b", "record['n']", "numbers[1]"]), st.integers(-50, 50).map(lambda n: f"({n})")
)
truth = st.sampled_from(["yes", "no", "True", "False", "nothing is None"])
word = st.one_of(st.sampled_from(["word", "words[0]", "record['word']"]), st.text("aăđ ", max_size=4).map(repr))
listed = st.one_of(st.just("numbers"), st.just("record['list']"), st.lists(st.integers(-9, 9), max_size=4).map(repr))


def _larger(kinds: st.SearchStrategy[tuple[str, str, str, str]]) -> st.SearchStrategy[tuple[str, str, str, str]]:
    """One more layer around (number, truth, word, list)."""

    def grow(left: tuple[str, str, str, str], right: tuple[str, str, str, str], pick: int) -> tuple[str, str, str, str]:
        (n, t, w, many), (m, u, v, more) = left, right
        numbers = [f"({n} + {m})", f"({n} - {m})", f"({n} * {m})", f"({n} // {m})", f"({n} % {m})", f"(-{n})"]
        numbers += [
            f"len({many})",
            f"sum({many})",
            f"({n} if {t} else {m})",
            f"max({n}, {m})",
            f"(0 if {many} else {m})",
        ]
        truths = [
            f"({n} < {m})",
            f"({n} <= {a} != {m})" if (a := n) else t,
            f"({w} < {v})",
            f"({w} in {v})",
            f"(not {t})",
        ]
        truths += [f"({t} and {u})", f"({t} or {u})", f"({n} in {many})", f"({many} == {more})", f"any({many})"]
        words = [f"({w} + {v})", f"({w} if {u} else {v})", f"max([{w}, {v}])", f"({w} or {v})"]
        lists = [f"({many} + {more})", f"sorted({many})", f"[x + {n} for x in {many} if x < {m}]", f"[{n}, {m}]"]
        lists += [f"[x * y for x in {many} for y in {more}]", f"({many} and {more})"]
        return tuple(options[pick % len(options)] for options in (numbers, truths, words, lists))  # type: ignore[return-value]

    return st.builds(grow, kinds, kinds, st.integers(0, 1_000))


def _outcome(expression: str, context: Mapping[str, Any]) -> tuple[Any, str]:
    """The value, and the code of the error in place of it."""
    try:
        return evaluate(expression, context), ""
    except ExpressionError as error:
        return None, error.code


quadruples = st.recursive(st.tuples(whole, truth, word, listed), _larger, max_leaves=8)
expressions = st.builds(lambda four, which: four[which], quadruples, st.integers(0, 3))


@given(expressions)
@settings(max_examples=400, deadline=None)
def test_what_is_allowed_means_what_it_means_in_python(expression: str) -> None:
    try:
        wanted = eval(expression, {**PYTHONS, **copy.deepcopy(CONTEXT)})  # noqa: S307 - the reference to compare with
    except ZeroDivisionError:
        wanted = ZeroDivisionError
    got, code = _outcome(expression, CONTEXT)
    if wanted is ZeroDivisionError:
        assert code == "expression.division_by_zero"
    elif not code.startswith("expression.too_"):
        assert (code, type(got), got) == ("", type(wanted), wanted)


@given(expressions)
@settings(max_examples=100, deadline=None)
def test_the_context_is_never_changed(expression: str) -> None:
    context = copy.deepcopy(CONTEXT)
    _outcome(expression, context)
    assert context == CONTEXT


@given(expressions)
@settings(max_examples=100, deadline=None)
def test_the_names_found_are_enough_to_evaluate(expression: str) -> None:
    only = {name: CONTEXT[name] for name in names(expression)}
    assert _outcome(expression, only)[1] != "expression.unknown_name"


pieces = st.one_of(
    st.sampled_from(
        "a numbers record word ( ) [ ] { } , . : ' \" \\ + - * ** // % < == in not and or if else for is".split()
    ),
    st.sampled_from(
        ["len(", "get(", "sorted(", "unique(", "lambda ", "__class__", "0x", "1.", "\x00", "\ud800", "\n", " "]
    ),
    st.text(max_size=3),
)


@given(st.one_of(st.text(), st.lists(pieces, max_size=30).map(" ".join), st.lists(pieces, max_size=30).map("".join)))
@settings(max_examples=1_000, deadline=None)
def test_any_text_gives_a_value_or_an_expression_error(text: str) -> None:
    _, code = _outcome(text, CONTEXT)
    assert code == "" or code.startswith("expression.")
