"""Decision tables (DMN 1.3): one table in a file, read once, decided over the variables of a case.

What a table may contain: `input` columns whose expression is one of ours (`engine.expressions`), named `output`
columns, and rules. Hit policies: UNIQUE (exactly one rule), FIRST, ANY (several rules that say the same), COLLECT (a
list for each output, possibly empty). Aggregations, lists of allowed values and other languages are refused.

Output entries are expressions of ours. Input entries are tests of the column's value:

    (empty)  -                      anything
    "some"  3  true  wide_limit     equal to the value of the expression
    "some", "wide"                  one of the tests holds
    < 3   <= 3   > 3   >= 3         comparison
    [1..3]   (1..3)   [1..3)        between two bounds, which belong to it with a square bracket
    not("some", [1..3])             none of the tests holds
    value % 2 == 0                  any condition that speaks of `value`, the column's value

A cell that is exactly `true`, `false` or `null` is that literal. Each test is translated into one of our expressions
over `value`; in a rule, a variable of the case that is called `value` is hidden by it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar, Final

from engine import expressions
from engine.errors import DefinitionError, ExpressionError, Finding, IncidentError
from engine.procedures.xml import local_name, parse

DMN: Final = "https://www.omg.org/spec/DMN/20191111/MODEL/"
UNIQUE, FIRST, ANY, COLLECT = "UNIQUE", "FIRST", "ANY", "COLLECT"
POLICIES: Final = frozenset({UNIQUE, FIRST, ANY, COLLECT})
LANGUAGE: Final = "urn:phoihop:expression:1"

_VALUE: Final = "value"
_LITERALS: Final = {"true": "True", "false": "False", "null": "None"}
_OUTPUT_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_COMPARISON: Final = re.compile(r"(<=|>=|<|>)(.+)", re.DOTALL)
_NOT: Final = re.compile(r"not\s*\((.*)\)", re.DOTALL)
_KNOWN_PARTS: Final = frozenset({"input", "output", "rule", "annotation", "description", "extensionElements"})


class NoRule(IncidentError):
    """No rule of the table fits the case."""

    code: ClassVar[str] = "decision.no_rule"


class NotUnique(IncidentError):
    """Several rules fit where exactly one may."""

    code: ClassVar[str] = "decision.not_unique"


class Contradiction(IncidentError):
    """Several rules fit and say different things where they must agree."""

    code: ClassVar[str] = "decision.contradiction"


@dataclass(frozen=True)
class Decision:
    """What a table decided.

    Args:
        rules: ids of the rules that fitted, in the table's order; with FIRST only the first.
        output: value by output name; with COLLECT a list of values by output name.
    """

    rules: tuple[str, ...]
    output: Mapping[str, Any]

    @property
    def value(self) -> Any:
        """What becomes of it in the case: the one output by itself, several by their names."""
        return next(iter(self.output.values())) if len(self.output) == 1 else self.output


@dataclass(frozen=True)
class Rule:
    """One row: a condition over `value` for each input (None: anything), an expression for each output."""

    id: str
    tests: tuple[str | None, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class DecisionTable:
    """A table that was read and checked."""

    id: str
    name: str
    policy: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    rules: tuple[Rule, ...]

    @property
    def reads(self) -> frozenset[str]:
        """The variables of the case that the table reads."""
        tests = {name for rule in self.rules for test in rule.tests if test for name in expressions.names(test)}
        written = [*self.inputs, *(output for rule in self.rules for output in rule.outputs)]
        return frozenset(tests - {_VALUE}).union(*(expressions.names(one) for one in written))

    def decide(self, context: Mapping[str, Any]) -> Decision:
        """Decide over the variables of a case.

        Raises:
            NoRule, NotUnique, Contradiction: the table does not give one answer; ids of the rules in the parameters.
            ExpressionError: an input, test or output has no value.
        """
        values = [expressions.evaluate(expression, context) for expression in self.inputs]
        fits = (rule for rule in self.rules if _fits(rule, values, context))
        fitting = list(islice(fits, 1 if self.policy == FIRST else None))
        if self.policy == COLLECT:
            rows = [self._row(rule, context) for rule in fitting]
            return Decision(_ids(fitting), {name: [row[name] for row in rows] for name in self.outputs})
        return self._single(fitting, context)

    def _single(self, fitting: Sequence[Rule], context: Mapping[str, Any]) -> Decision:
        if not fitting:
            raise NoRule(table=self.name)
        if self.policy == UNIQUE and len(fitting) > 1:
            raise NotUnique(table=self.name, rules=list(_ids(fitting)))
        rows = [self._row(rule, context) for rule in fitting]
        if any(row != rows[0] for row in rows):
            raise Contradiction(table=self.name, rules=list(_ids(fitting)))
        return Decision(_ids(fitting), rows[0])

    def _row(self, rule: Rule, context: Mapping[str, Any]) -> dict[str, Any]:
        pairs = zip(self.outputs, rule.outputs, strict=True)
        return {name: expressions.evaluate(expression, context) for name, expression in pairs}


def load_table(content: bytes, file: str = "table.dmn") -> DecisionTable:
    """Read a decision table.

    Args:
        content: the DMN file.
        file: its path in the procedure's folder, for the findings.

    Raises:
        DefinitionError: with all findings; `xml.*` for a file that is no safe XML.
    """
    reader = _Reader(file)
    table = reader.table(parse(content, file))
    if reader.findings:
        raise DefinitionError(reader.findings)
    return table


def _fits(rule: Rule, values: Sequence[Any], context: Mapping[str, Any]) -> bool:
    pairs = zip(rule.tests, values, strict=True)
    return all(test is None or expressions.evaluate_condition(test, {**context, _VALUE: v}) for test, v in pairs)


def _ids(rules: Sequence[Rule]) -> tuple[str, ...]:
    return tuple(rule.id for rule in rules)


class _Reader:
    """Collects findings while it reads the table."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.findings: list[Finding] = []

    def table(self, root: Any) -> DecisionTable:
        decisions = root.findall(f"{{{DMN}}}decision")
        tables = root.findall(f"{{{DMN}}}decision/{{{DMN}}}decisionTable")
        if root.tag != f"{{{DMN}}}definitions" or len(decisions) != 1 or len(tables) != 1:
            raise DefinitionError([Finding("decision_definition.one_table", self._file)])
        decision, table = decisions[0], tables[0]
        self._check_parts(table)
        inputs = tuple(self._input(one) for one in table.findall(f"{{{DMN}}}input"))
        outputs = tuple(self._output(one) for one in table.findall(f"{{{DMN}}}output"))
        rules = tuple(self._rule(one, len(inputs), len(outputs)) for one in table.findall(f"{{{DMN}}}rule"))
        self._check_complete(table, outputs, rules)
        return DecisionTable(
            id=str(decision.get("id")),
            name=decision.get("name") or str(decision.get("id")),
            policy=self._policy(table),
            inputs=inputs,
            outputs=outputs,
            rules=rules,
        )

    def _check_parts(self, table: Any) -> None:
        for part in table:
            if local_name(part) and local_name(part) not in _KNOWN_PARTS:
                self._find("unsupported", part, part=local_name(part))
        for part in table.iter(f"{{{DMN}}}inputValues", f"{{{DMN}}}outputValues", f"{{{DMN}}}defaultOutputEntry"):
            self._find("unsupported", part.getparent(), part=local_name(part))
        for part in table.iter():
            if part.get("expressionLanguage", LANGUAGE) != LANGUAGE:
                self._find("language", part, language=part.get("expressionLanguage"), wanted=LANGUAGE)

    def _check_complete(self, table: Any, outputs: Sequence[str], rules: Sequence[Rule]) -> None:
        if not outputs or not rules:
            self._find("empty", table)
        for kind, names in (("output", outputs), ("rule", [rule.id for rule in rules])):
            for name in sorted({name for name in names if list(names).count(name) > 1}):
                self._find("doubled", table, what=kind, name=name)

    def _policy(self, table: Any) -> str:
        policy: str = table.get("hitPolicy", UNIQUE)
        if policy not in POLICIES or table.get("aggregation"):
            self._find("hit_policy", table, policy=policy, allowed=sorted(POLICIES))
        return policy

    def _input(self, element: Any) -> str:
        written = _text(element.find(f"{{{DMN}}}inputExpression"))
        return self._expression(written, element)

    def _output(self, element: Any) -> str:
        name = element.get("name") or ""
        if not _OUTPUT_NAME.fullmatch(name) or name in expressions.RESERVED_NAMES:
            self._find("output_name", element, name=name[:60])
        return name

    def _rule(self, element: Any, inputs: int, outputs: int) -> Rule:
        tests = element.findall(f"{{{DMN}}}inputEntry")
        results = element.findall(f"{{{DMN}}}outputEntry")
        if (len(tests), len(results)) != (inputs, outputs) or not element.get("id"):
            self._find("rule", element, inputs=inputs, outputs=outputs)
        return Rule(
            id=str(element.get("id")),
            tests=tuple(self._test(_text(one), one) for one in tests),
            outputs=tuple(self._expression(_text(one), one) for one in results),
        )

    def _expression(self, written: str, element: Any) -> str:
        expression = _LITERALS.get(written, written)
        try:
            expressions.check(expression)
        except ExpressionError as error:
            self._find("expression", element, expression=written[:200], reason=error.code)
        return expression

    def _test(self, written: str, element: Any) -> str | None:
        try:
            return unary_tests(written)
        except ExpressionError as error:
            self._find("test", element, expression=written[:200], reason=error.code)
            return None

    def _find(self, kind: str, element: Any, **params: Any) -> None:
        name = element.get("label") or element.get("name")
        self.findings.append(Finding(f"decision_definition.{kind}", self._file, element.get("id"), name, params))


def _text(element: Any) -> str:
    return (element.findtext(f"{{{DMN}}}text") or "").strip() if element is not None else ""


def unary_tests(written: str) -> str | None:
    """The condition over `value` that an input entry stands for; None where anything fits.

    Raises:
        ExpressionError: the entry cannot be read.
    """
    text = written.strip()
    if text in ("", "-"):
        return None
    negated = _NOT.fullmatch(text)
    condition = _any_of(negated[1] if negated else text)
    if negated:
        condition = f"not ({condition})"
    expressions.check(condition)
    return condition


def _any_of(text: str) -> str:
    return " or ".join(f"({_one_test(part.strip())})" for part in _split(text, ","))


def _one_test(text: str) -> str:
    if match := _COMPARISON.fullmatch(text):
        return f"{_VALUE} {match[1]} {_operand(match[2])}"
    bounds = _split(text[1:-1], "..") if text[:1] in ("[", "(") and text[-1:] in ("]", ")") else []
    if len(bounds) == 2:
        above, below = "<=" if text[0] == "[" else "<", "<=" if text[-1] == "]" else "<"
        return f"{_operand(bounds[0])} {above} {_VALUE} {below} {_operand(bounds[1])}"
    operand = _operand(text)
    return operand if _VALUE in expressions.names(operand) else f"{_VALUE} == {operand}"


def _operand(text: str) -> str:
    """An expression in brackets; checked by itself, so that it cannot reach out of them."""
    expression = _LITERALS.get(text.strip(), text.strip())
    expressions.check(expression)
    return f"({expression})"


def _split(text: str, separator: str) -> list[str]:
    """Split at the separators that stand neither in a text nor in brackets."""
    parts, depth, quote, start, at = [], 0, "", 0, 0
    while at < len(text):
        one = text[at]
        if quote:
            at += one == "\\"  # what is escaped does not end the text
            quote = "" if one == quote else quote
        elif one in "'\"":
            quote = one
        elif one in "([{":
            depth += 1
        elif one in ")]}":
            depth -= 1
        elif not depth and text.startswith(separator, at):
            parts.append(text[start:at])
            start = at + len(separator)
            at = start - 1
        at += 1
    return [*parts, text[start:]]
