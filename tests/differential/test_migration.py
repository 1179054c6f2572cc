"""A case put onto another version in the middle goes on as if it had run on that version from the beginning."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import pytest

from engine.procedures.renaming import Renaming
from engine.spiff.machine import Machine
from engine.spiff.parser import Program
from engine.spiff.transfer import transfer
from tests.differential.models import model
from tests.differential.play import choose, size_of
from tests.support.bpmn import program

MODELS, BATCH, STEPS = 120, 20, 60
IDS = re.compile(rb"\b(task|service|receive|catch|start|end|boundary|xor|and|or|call|sub)(\d+)\b")


def renamed(files: list[bytes]) -> list[bytes]:
    """The same diagrams with another id for each element."""
    return [IDS.sub(rb"\1\2x", content) for content in files]


def pairs(prog: Program) -> dict[str, str]:
    """The mapping onto the renamed copy."""
    return {id_: f"{id_}x" for process in prog.processes.values() for id_ in process.elements}


def open_steps(machine: Machine, renaming: dict[str, str]) -> list[list[Any]]:
    """What the machine offers, under the new ids."""
    found = []
    for step in machine.open_steps():
        ids = [step.element.id, *step.around]
        found.append([step.occurrence, *(renaming.get(id_, id_) for id_ in ids)])
    return found


def tell(machine: Machine, number: int, values: dict[str, Any]) -> None:
    step = machine.open_steps()[number]
    (machine.fire if step.element.is_timer or step.element.is_message else machine.complete)(step.token, values)


def move(machine: Machine, old: Program, new: Program, mapping: dict[str, str]) -> Machine:
    moved = transfer(old, new, machine.state(), Renaming(mapping, (old.main, new.main)))
    assert moved.obstacles == ()
    return Machine.resume(new, moved.state)


def play(seed: int) -> int:
    """Play one model with a run that stays and one that is moved now and then, there and back. Returns the moves."""
    drawn, random = model(seed, size_of(seed)), Random(seed)
    files = drawn.files()
    here, there = program(*files), program(*renamed(files))
    onto = pairs(here)
    back = {new: old for old, new in onto.items()}
    variables = {"chosen": choose(drawn, random, ending=False), "said": 0}
    stays, moves = (Machine.start(here, variables, {}) for _ in range(2))
    stays.advance()
    moves.advance()
    moved, away = 0, False
    for step in range(STEPS):
        expected = open_steps(stays, onto)
        assert open_steps(moves, {} if away else onto) == expected, f"seed {seed} step {step}"
        if not expected:
            break
        if random.random() < 0.2:
            tokens = [s.token for s in moves.open_steps()]
            moves = move(moves, there, here, back) if away else move(moves, here, there, onto)
            away, moved = not away, moved + 1
            assert [s.token for s in moves.open_steps()] == tokens
        number, values = random.randrange(len(expected)), {"chosen": choose(drawn, random, step > 40), "said": step}
        tell(stays, number, values)
        tell(moves, number, values)
    assert moves.memory.variables == stays.memory.variables
    return moved


@pytest.mark.parametrize("first", range(1, MODELS + 1, BATCH))
def test_a_case_on_a_renamed_copy_goes_on_as_one_that_stayed(first: int) -> None:
    """Given random models, when one run is moved onto a copy with other ids and back, then it offers the same work."""
    assert sum(play(seed) for seed in range(first, first + BATCH)) > BATCH
