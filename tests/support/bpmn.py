"""Small processes for tests, written as lines: one per node, then one per flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.procedures.model import Process, read_process
from engine.procedures.xml import parse as parse_xml
from engine.spiff.machine import Machine
from engine.spiff.parser import Program, parse

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:ph="urn:phoihop:bpmn:1" targetNamespace="urn:test" id="d">'
)


def bpmn(nodes: Sequence[str], flows: Sequence[str], process_id: str = "proc", extra: str = "") -> bytes:
    """A BPMN file.

    Args:
        nodes: `kind id` or `kind id <inner xml>`, for example `userTask ask`.
        flows: `source target`, with a condition behind it, or `default` for a gateway's default flow.
        extra: XML beside the process, for example messages.
    """
    defaults = {f.split()[0]: f"f{i}" for i, f in enumerate(flows) if f.endswith(" default")}
    body = "".join(_node(line, defaults) for line in nodes) + "".join(_flow(i, f) for i, f in enumerate(flows))
    process = f'<bpmn:process id="{process_id}" isExecutable="true">{body}</bpmn:process>'
    return f"{HEAD}{extra}{process}</bpmn:definitions>".encode()


def program(*files: bytes) -> Program:
    """The program of the first file, with the others callable."""
    read: list[tuple[str, object, Process]] = []
    for number, content in enumerate(files):
        root = parse_xml(content, f"{number}.bpmn")
        read.append((f"{number}.bpmn", root, read_process(root, f"{number}.bpmn")))
    return parse(read[0][2].id, read)  # type: ignore[arg-type]


def begin(prog: Program, variables: Mapping[str, object] | None = None) -> Machine:
    """A started machine, advanced to its first wait."""
    machine = Machine.start(prog, variables or {}, {"code": "T-1"})
    machine.advance()
    return machine


def opened(machine: Machine) -> list[str]:
    """Ids of the open steps, sorted."""
    return sorted(step.element.id for step in machine.open_steps())


def do(machine: Machine, element: str, restore: bool = True, **values: object) -> Machine:
    """Complete the first open step of that element; by default the machine is stored and restored after it."""
    step = next(s for s in machine.open_steps() if s.element.id == element)
    machine.complete(step.token, values)
    return Machine.restore(machine.program, machine.dump()) if restore else machine


def _node(line: str, defaults: Mapping[str, str]) -> str:
    kind, id_, *inner = line.split(maxsplit=2)
    default = f' default="{defaults[id_]}"' if id_ in defaults else ""
    attributes, _, content = (inner[0] if inner else "").partition("<")
    content = f"<{content}" if content else ""
    return f'<bpmn:{kind} id="{id_}" name="{id_}"{default} {attributes}>{content}</bpmn:{kind}>'


def _flow(number: int, line: str) -> str:
    source, target, *condition = line.split(maxsplit=2)
    text = condition[0] if condition and condition[0] != "default" else ""
    inner = f"<bpmn:conditionExpression>{text}</bpmn:conditionExpression>" if text else ""
    return f'<bpmn:sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>'
