"""Any text, however made, is a value or an error with a code, and runs nothing.

A sample is tried in every run. `EXPRESSIONS=1000000 pytest tests/unit/test_expressions_fuzzed.py` tries as many as it
says; the seed of an expression is its number, so that a failure can be repeated.
"""

from __future__ import annotations

import os
from copy import deepcopy
from random import Random
from typing import Any

import pytest

from engine.errors import ExpressionError
from engine.expressions import evaluate
from tests.support.ear import listening

EXPRESSIONS = int(os.environ.get("EXPRESSIONS", "4000"))
BATCH = 1_000
CONTEXT: dict[str, Any] = {
    "a": 3,
    "yes": True,
    "nothing": None,
    "word": "văn bản",
    "numbers": [5, -1, 2],
    "record": {"n": 7, "list": [1, 2], "word": "x", "__class__": "y"},
    "case": {"code": "T-1"},
}
GOOD = (
    "a + 1 > 2 and word == 'văn bản'",
    "sum([x * a for x in numbers if x > 0])",
    "get(record, 'n', 0) + len(record.list)",
    "sorted(unique(numbers))[0] if yes else max(numbers)",
    "record['word'] in ['x', 'y'] or not defined('other')",
    "any([n > 1 for n in record.list])",
)
HOSTILE = (
    "__import__('os').system('true')",
    "().__class__.__base__.__subclasses__()[0].__init__.__globals__",
    "exec('x') or eval('1') or open('/etc/passwd')",
    "(lambda f: f(f))(lambda f: f(f))",
    "f'{record.__class__}' + '{0.__class__}'.format(a)",
    "9 ** 9 ** 9 * 'x' * 10 ** 9 << 10 ** 9",
    "[x for x in (y := numbers)] + [*numbers, *numbers]",
    "record.update(a=1) or numbers.append(1) or word.join(numbers)",
    "(yield a) or (await a) or {**record} or numbers[::-1]",
)
SIGNS = "( ) [ ] { } , . : ' \" \\ + - * ** / // % < == != @ := ; # \n \t ~ | & ^"
WORDS = "a word numbers record case x not in and or if else for is lambda __class__ __import__ exec len( get( sorted( "
NUMBERS = "0x 1. 1e9 1j 99999999999999999999"
STRANGE = ("\x00", "\ud800", "\u202e", "ﬁ", "𝐞𝐱𝐞𝐜", "(" * 60, "-" * 60, "not " * 40, "[" * 200, "1+" * 400)
PIECES = (*SIGNS.split(" "), *WORDS.split(), *NUMBERS.split(), *STRANGE)

pytestmark = pytest.mark.filterwarnings("ignore::SyntaxWarning")  # Python's about "1if", which it still reads


@pytest.mark.parametrize("first", range(0, EXPRESSIONS, BATCH))
def test_any_text_gives_a_value_or_an_expression_error_and_runs_nothing(first: int) -> None:
    """Given expressions spoiled, crossed and thrown together, then each is answered, and the context is as before."""
    answer(GOOD[0])  # whatever is loaded on first use
    for number in range(first, min(first + BATCH, EXPRESSIONS)):
        text = made(Random(number))
        with listening() as heard:
            code = answer(text)
        assert (code == "" or code.startswith("expression.")) and not heard, (number, text)


def test_the_texts_are_of_all_kinds() -> None:
    """Given the texts of a run, then many have a value, and they fail in many ways."""
    codes = [answer(made(Random(number))) for number in range(2_000)]
    assert codes.count("") > 200
    assert len(set(codes)) > 8


def answer(text: str) -> str:
    """The code of the error; empty where there is a value."""
    context = deepcopy(CONTEXT)
    try:
        evaluate(text, context)
    except ExpressionError as error:
        return error.code
    finally:
        assert context == CONTEXT, text
    return ""


def made(dice: Random) -> str:
    """A text: pieces thrown together, a good or hostile one spoiled, or two crossed."""
    way = dice.randrange(4)
    if way == 0:
        return dice.choice(["", " "]).join(dice.choices(PIECES, k=dice.randrange(1, 25)))
    text = dice.choice(GOOD if dice.random() < 0.6 else HOSTILE)
    if way == 1:
        other = dice.choice(GOOD + HOSTILE)
        return f"({text}) {dice.choice(['and', 'or', '+', 'in', '==', 'if a else'])} ({other})"
    for _ in range(dice.randrange(4)):
        at = dice.randrange(len(text) + 1)
        text = text[:at] + dice.choice(PIECES) + text[at + dice.randrange(3) :]
    return text
