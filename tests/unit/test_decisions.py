"""Decision tables: what a cell means, how rules make a decision, and which files are refused."""

from __future__ import annotations

from typing import Any

import pytest

from engine.decisions import Contradiction, NoRule, NotUnique, load_table, unary_tests
from engine.errors import DefinitionError, ExpressionError
from engine.expressions import evaluate_condition


def table(*rules: tuple[str, ...], policy: str = "UNIQUE", inputs: str = "spread,big", outputs: str = "level") -> bytes:
    """A table with these input expressions and output names; a rule is its cells."""
    head = "".join(
        f'<input id="i{n}"><inputExpression><text>{e}</text></inputExpression></input>' for n, e in _each(inputs)
    )
    head += "".join(f'<output id="o{n}" name="{name}"/>' for n, name in _each(outputs))
    tests = len(inputs.split(","))
    body = "".join(f'<rule id="r{n}">{_cells(rule, tests)}</rule>' for n, rule in enumerate(rules, 1))
    return document(
        f'<decision id="d" name="D"><decisionTable id="t" hitPolicy="{policy}">{head}{body}</decisionTable></decision>'
    )


def document(inside: str) -> bytes:
    return f'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="x">{inside}</definitions>'.encode()


def _each(names: str) -> list[tuple[int, str]]:
    return list(enumerate(names.split(",")))


def _cells(rule: tuple[str, ...], tests: int) -> str:
    kinds = ["inputEntry"] * tests + ["outputEntry"] * (len(rule) - tests)
    texts = (cell.replace("&", "&amp;").replace("<", "&lt;") for cell in rule)
    return "".join(f"<{kind}><text>{text}</text></{kind}>" for kind, text in zip(kinds, texts, strict=True))


def findings(content: bytes) -> list[tuple[str, str | None]]:
    with pytest.raises(DefinitionError) as refused:
        load_table(content, "severity.dmn")
    assert all(finding.file == "severity.dmn" for finding in refused.value.findings)
    return [(finding.code, finding.element) for finding in refused.value.findings]


@pytest.mark.parametrize(
    ("cell", "fits", "fails"),
    [
        ("", [0, "x", None], []),
        (" - ", [0, "x", None], []),
        ('"a,b"', ["a,b"], ["a", "b"]),
        ('"a", "b"', ["a", "b"], ["a,b", "c", None]),
        ('"say \\"a, b\\""', ['say "a, b"'], ["a"]),
        ("3", [3], [4]),
        ("true", [True], [False]),
        ("null", [None], ["", 0]),
        ("< 3", [2], [3]),
        ("<= limit", [9], [10]),
        (">3, <1", [4, 0], [1, 3]),
        ("[1..3]", [1, 3], [0, 4]),
        ("(1..3]", [2, 3], [1, 4]),
        ("(1..limit)", [2, 8], [1, 9]),
        ('"a..b"', ["a..b"], ["a"]),
        ('not("a", "b")', ["c"], ["a", "b"]),
        ("not([1..3])", [0, 4], [1, 2]),
        ("value % 2 == 0", [4], [5]),
        ("value in [1, 2], 7", [1, 7], [3]),
        ("[1, 2]", [[1, 2]], [[1], 1]),
    ],
)
def test_a_cell_tests_the_value_of_its_column(cell: str, fits: list[Any], fails: list[Any]) -> None:
    condition = unary_tests(cell)

    def outcome(value: Any) -> bool:
        return condition is None or evaluate_condition(condition, {"limit": 9, "value": value})

    assert all(outcome(value) for value in fits)
    assert not any(outcome(value) for value in fails)


@pytest.mark.parametrize(
    "cell", ["3) or (1 == 1", "1 # any", "<", "not()", ",", "[1..]", "[1..2..3]", "< 1.5", "a.__b__"]
)
def test_a_cell_that_cannot_be_read_is_refused(cell: str) -> None:
    with pytest.raises(ExpressionError):
        unary_tests(cell)


def test_a_unique_table_gives_the_one_rule_that_fits() -> None:
    read = load_table(table(('"wide"', "-", "base + 2"), ('"some"', "true", "base"), ('"some"', "false", "1")))

    decision = read.decide({"spread": "some", "big": True, "base": 2})

    assert (decision.rules, decision.output) == (("r2",), {"level": 2})
    assert read.reads == {"spread", "big", "base"}


def test_several_rules_or_none_are_no_answer_of_a_unique_table() -> None:
    read = load_table(table(("> 1", "-", "1"), ("> 2", "-", "2")))

    with pytest.raises(NotUnique) as several:
        read.decide({"spread": 3, "big": None})
    with pytest.raises(NoRule) as none:
        read.decide({"spread": 1, "big": None})

    assert (several.value.code, several.value.params["rules"]) == ("decision.not_unique", ["r1", "r2"])
    assert (none.value.code, none.value.params["table"]) == ("decision.no_rule", "D")


def test_the_first_rule_that_fits_hides_the_others() -> None:
    # Given a second rule that could not even be tested on this value
    read = load_table(table(("-", "-", "'first'"), ("< 3", "-", "'second'"), policy="FIRST"))

    decision = read.decide({"spread": "text", "big": True})

    assert (decision.rules, decision.output) == (("r1",), {"level": "first"})


def test_rules_of_an_any_table_must_agree() -> None:
    agreeing = load_table(table(("> 1", "-", "2"), ("> 2", "-", "1 + 1"), policy="ANY"))
    contrary = load_table(table(("> 1", "-", "2"), ("> 2", "-", "3"), policy="ANY"))

    assert agreeing.decide({"spread": 5, "big": 1}).rules == ("r1", "r2")
    with pytest.raises(Contradiction):
        contrary.decide({"spread": 5, "big": 1})
    with pytest.raises(NoRule):
        contrary.decide({"spread": 0, "big": 1})


def test_a_collect_table_gives_lists() -> None:
    rules = [("> 1", "-", "1", "'a'"), ("> 9", "-", "2", "'b'"), ("> 2", "-", "3", "'c'")]
    read = load_table(table(*rules, policy="COLLECT", outputs="level,who"))

    assert read.decide({"spread": 5, "big": 0}).output == {"level": [1, 3], "who": ["a", "c"]}
    assert read.decide({"spread": 0, "big": 0}).output == {"level": [], "who": []}


def test_a_variable_named_value_is_hidden_only_inside_the_tests() -> None:
    read = load_table(table(("value > 1", "-", "value"), inputs="spread,value"))

    assert read.decide({"spread": 5, "value": 0}).output == {"level": 0}


def test_an_input_that_has_no_value_is_an_expression_error() -> None:
    with pytest.raises(ExpressionError, match=r"expression\.unknown_name"):
        load_table(table(("-", "-", "1"))).decide({"spread": 1})


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"no xml", [("xml.malformed", None)]),
        (b'<!DOCTYPE d [<!ENTITY e "x">]>' + document("&e;"), [("xml.doctype", None)]),
        (document(""), [("decision_definition.one_table", None)]),
        (table(("-", "-", "1")).replace(b"20191111", b"20151101"), [("decision_definition.one_table", None)]),
        (table(("-", "-", "1"), policy="PRIORITY"), [("decision_definition.hit_policy", "t")]),
        (table(), [("decision_definition.empty", "t")]),
        (table(("-", "-", "1", "2")), [("decision_definition.rule", "r1")]),
        (table(("-", "-", "1"), outputs="Level"), [("decision_definition.output_name", "o0")]),
        (table(("-", "-", "1"), outputs="len"), [("decision_definition.output_name", "o0")]),
        (table(("-", "-", "1"), inputs="a b,c"), [("decision_definition.expression", "i0")]),
        (table(("<", "-", "1.5")), [("decision_definition.test", None), ("decision_definition.expression", None)]),
        (table(("-", "-", "1", "2"), outputs="x,x"), [("decision_definition.doubled", "t")]),
        (
            table(("-", "-", "1")).replace(b'name="level"/>', b'name="level"><outputValues/></output>'),
            [("decision_definition.unsupported", "o0")],
        ),
        (
            table(("-", "-", "1")).replace(b"<inputExpression>", b'<inputExpression expressionLanguage="feel">', 1),
            [("decision_definition.language", None)],
        ),
    ],
)
def test_a_defective_file_is_told_by_findings(content: bytes, found: list[tuple[str, str | None]]) -> None:
    assert findings(content) == found
