"""Wherever the library evaluates something, a hostile text runs nothing: in a fresh, a restored and a migrated case.

Python itself tells what it does on its lower floors (`sys.addaudithook`): no code object runs, nothing is opened,
imported or started. Expressions are read into a tree, which is heard as "compile" and runs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from xml.sax.saxutils import quoteattr

import pytest
from SpiffWorkflow.bpmn.script_engine.python_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

from engine.errors import DefinitionError, ExpressionError
from engine.spiff.machine import Machine
from engine.spiff.parser import Program
from engine.spiff.scopes import ExpressionEngine
from tests.support.bpmn import begin, bpmn, do, program
from tests.support.ear import listening

HOSTILE = (
    "__import__('os').system('true')",
    "exec('import this')",
    "open('/etc/passwd').read()",
    "().__class__.__base__.__subclasses__()",
    "[x for x in (eval('1'),)]",
    "(lambda: __import__('subprocess').run('true'))()",
)


# Cases ---------------------------------------------------------------------------------------------------------------


def restored(machine: Machine, newer: Program) -> Machine:
    return Machine.restore(machine.program, machine.dump())


def migrated(machine: Machine, newer: Program) -> Machine:
    """Its state goes on by another version of the process."""
    return Machine.restore(newer, machine.dump())


AGES: dict[str, Callable[[Machine, Program], Machine]] = {
    "fresh": lambda machine, newer: machine,
    "restored": restored,
    "migrated": migrated,
}


# Places --------------------------------------------------------------------------------------------------------------


def process(nodes: list[str], flows: list[str], version: int) -> bytes:
    """A process that waits at `go` before the place and at `after` behind it; versions differ at the end."""
    more = [f"userTask more_{n}" for n in range(version)]
    names = ["after", *(node.split()[1] for node in more), "e"]
    links = [f"{a} {b}" for a, b in pairwise(names)]
    drawn = ["startEvent s", "userTask go", *nodes, "userTask after", *more, "endEvent e"]
    return bpmn(drawn, ["s go", *flows, *links])


def gateway(kind: str) -> Callable[[str, int], list[bytes]]:
    def make(text: str, version: int) -> list[bytes]:
        nodes = [f"{kind} x", "userTask other", "endEvent e2"]
        return [process(nodes, ["go x", f"x other {escaped(text)}", "x after default", "other e2"], version)]

    return make


def step(node: str) -> Callable[[str, int], list[bytes]]:
    """A step `x` with the text in its XML."""

    def make(text: str, version: int) -> list[bytes]:
        filled = node.replace("{text}", escaped(text)).replace("{quoted}", quoteattr(text))
        return [process([filled], ["go x", "x after"], version)]

    return make


def call(side: str) -> Callable[[str, int], list[bytes]]:
    def make(text: str, version: int) -> list[bytes]:
        names = {"input": "'1'", "output": "'2'"} | {side: text}
        given = "".join(f'<ph:{tag} name="v" value={quoteattr(value)}/>' for tag, value in names.items())
        inner = f'callActivity x calledElement="called"<bpmn:extensionElements>{given}</bpmn:extensionElements>'
        called = bpmn(["startEvent cs", "endEvent ce"], ["cs ce"], "called")
        return [process([inner], ["go x", "x after"], version), called]

    return make


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def many(attributes: str, content: str) -> str:
    inner = f"<bpmn:multiInstanceLoopCharacteristics {attributes}>{content}</bpmn:multiInstanceLoopCharacteristics>"
    return f"userTask x {inner}"


COLLECTION = "<bpmn:loopDataInputRef>{text}</bpmn:loopDataInputRef>"
LOOP = "userTask x <bpmn:standardLoopCharacteristics {}><bpmn:loopCondition>{{text}}</bpmn:loopCondition>"
LOOP += "</bpmn:standardLoopCharacteristics>"

ASKED: dict[str, Callable[[str, int], list[bytes]]] = {
    "exclusive gateway": gateway("exclusiveGateway"),
    "inclusive gateway": gateway("inclusiveGateway"),
    "collection, all at once": step(many('isSequential="false"', COLLECTION)),
    "collection, one after the other": step(many('isSequential="true"', COLLECTION)),
    "loop, asks first": step(LOOP.format('testBefore="true"')),
    "input of a call": call("input"),
    "output of a call": call("output"),
    "condition of an event": step(
        "intermediateCatchEvent x <bpmn:conditionalEventDefinition><bpmn:condition>{text}</bpmn:condition>"
        "</bpmn:conditionalEventDefinition>"
    ),
}
"""Here the engine evaluates: a hostile text becomes a failure that a person sees."""


def timer(kind: str) -> str:
    inner = f"<bpmn:timerEventDefinition><bpmn:{kind}>{{text}}</bpmn:{kind}></bpmn:timerEventDefinition>"
    return f"intermediateCatchEvent x {inner}"


IGNORED: dict[str, Callable[[str, int], list[bytes]]] = {
    "duration of a timer": step(timer("timeDuration")),
    "date of a timer": step(timer("timeDate")),
    "cycle of a timer": step(timer("timeCycle")),
    "message": step("intermediateCatchEvent x <bpmn:messageEventDefinition messageRef={quoted}/>"),
    "script": step("scriptTask x <bpmn:script>{text}</bpmn:script>"),
    "cardinality": step(many("", "<bpmn:loopCardinality>{text}</bpmn:loopCardinality>")),
    "condition of completion": step(
        many("", "<bpmn:loopDataInputRef>items</bpmn:loopDataInputRef>"
                 "<bpmn:completionCondition>{text}</bpmn:completionCondition>")
    ),
    "script before and after": step(
        "userTask x <bpmn:extensionElements><preScript>{text}</preScript><postScript>{text}</postScript>"
        "</bpmn:extensionElements>"
    ),
}  # fmt: skip
"""Here the stock library would evaluate: ours does not look, or refuses the file."""


def run(make: Callable[[str, int], list[bytes]], text: str, age: str) -> list[str]:
    """Codes of what failed when the case came to the place."""
    machine = begin(program(*make(text, 0)), {"items": [1]})
    machine = AGES[age](machine, program(*make(text, 1)))
    return [failure.error.code for failure in do(machine, "go", restore=False).failures]


@pytest.mark.parametrize("age", AGES)
@pytest.mark.parametrize("place", ASKED)
def test_a_hostile_text_is_refused_where_the_engine_evaluates(place: str, age: str) -> None:
    """Given the text in such a place, when the case comes there, then it stands with the reason."""
    run(ASKED[place], "1 // 0", age)  # whatever is loaded on first use
    for text in HOSTILE:
        with listening() as heard:
            codes = run(ASKED[place], text, age)
        assert [code.partition(".")[0] for code in codes] == ["expression"], (text, codes)
        assert heard == [], text


@pytest.mark.parametrize("age", AGES)
@pytest.mark.parametrize("place", IGNORED)
def test_a_hostile_text_runs_nothing_where_only_the_library_would_evaluate(place: str, age: str) -> None:
    def attempt(text: str) -> None:
        with suppress(DefinitionError):
            run(IGNORED[place], text, age)

    attempt("1")
    for text in HOSTILE:
        with listening() as heard:
            attempt(text)
        assert heard == [], text


def test_the_ear_hears_an_engine_that_executes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given conditions decided by Python itself, when the same cases run, then it is heard (the control)."""
    monkeypatch.setattr(ExpressionEngine, "evaluate", lambda self, task, text: eval(text))  # noqa: S307
    with listening() as heard:
        run(ASKED["exclusive gateway"], "open('/dev/null') is not None", "restored")
    assert heard == ["exec", "open"]


@pytest.mark.parametrize("text", HOSTILE)
def test_the_librarys_own_engine_refuses_too(text: str) -> None:
    """Given a workflow with the stock engine, which some paths of the library make by themselves, then it refuses."""
    specs = dict(program(*ASKED["exclusive gateway"](text, 0)).specs)
    workflow = BpmnWorkflow(specs.pop("proc"), specs)
    stock = PythonScriptEngine().environment
    with listening() as heard:
        for ask in (stock.evaluate, stock.execute, workflow.script_engine.environment.evaluate):
            with pytest.raises(ExpressionError, match=r"code_refused"):
                ask(text, {})
    assert heard == []
