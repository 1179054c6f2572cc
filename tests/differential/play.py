"""Lets three players play the same model with the same choices, and reports the first difference.

The players are the token game, a machine in memory that forgets nothing, one that is pruned after everything it does,
and one that is pruned, stored and restored at each step.
`python -m tests.differential.play --models 5000 --seed 1` plays as many as asked for.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any
from unittest import mock

from SpiffWorkflow.bpmn.parser.task_parsers import ConditionalGatewayParser, GatewayParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.specs.defaults import InclusiveGateway, ParallelGateway

from engine.errors import PhoiHopError
from engine.spiff.machine import Machine
from engine.spiff.parser import ProcedureParser
from engine.spiff.tree import prune
from tests.differential.diagrams import Model, Node
from tests.differential.models import model
from tests.differential.token_game import Token, TokenGame
from tests.support.bpmn import program

MAXIMUM_STEPS = 90
ENDING_AFTER = 60  # steps; from then on every choice leaves its loop, so that the end of the case is seen too


class _Remembering(Machine):
    def _forget(self) -> None:
        """Nothing is forgotten but by storing."""


class _Forgetting(Machine):
    def _forget(self) -> None:
        prune(self._workflow)


@dataclass(frozen=True)
class Disagreement:
    """What a player offered in place of what the token game offers."""

    seed: int
    size: int
    step: int
    player: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"seed {self.seed} size {self.size} step {self.step}, {self.player}:\n  {self.expected}\n  {self.found}"


def play(seed: int, size: int, restore: bool = True, returns: bool = False) -> Disagreement | None:
    """Play one model; with `restore` all machines, without only the one that forgets nothing.

    With `returns`, steps are now and then sent back to the one before them.

    Returns:
        The first disagreement with the token game, or None.
    """
    drawn, random = model(seed, size), Random(seed + 1)
    variables = {"chosen": choose(drawn, random, ending=False), "said": 0}
    game = TokenGame(drawn, variables)
    prog = program(*drawn.files())
    players: dict[str, type[Machine]] = {"in memory": _Remembering}
    if restore:
        players |= {"pruned": _Forgetting, "restored": _Remembering}
    machines = {name: player.start(prog, variables, {}) for name, player in players.items()}
    for machine in machines.values():
        machine.advance()
    for step in range(MAXIMUM_STEPS):
        if restore:
            machines["restored"] = _Remembering.restore(prog, machines["restored"].dump())
        if found := _difference(game, machines):
            return Disagreement(seed, size, step, *found)
        if not game.open():
            return None
        if returns and _send_back(game, machines, random) and (found := _difference(game, machines)):
            return Disagreement(seed, size, step, *found)
        number = random.randrange(len(game.open()))
        values = {"chosen": choose(drawn, random, ending=step > ENDING_AFTER), "said": step}
        _happen(game, machines, number, values)
    return None


def size_of(seed: int) -> int:
    """How many nodes the model of that seed has at least: 60 to 89."""
    return 60 + seed % 30


def choose(drawn: Model, random: Random, ending: bool) -> dict[str, Any]:
    """Answers to all choices: a number, numbers, or items; at the end those that leave loops and run nothing."""
    return {name: _answer(kind, answers, random, ending) for name, (kind, answers) in drawn.choices.items()}


def _answer(kind: str, answers: int, random: Random, ending: bool) -> Any:
    if kind == "xor":
        return 0 if ending else random.randrange(answers)
    if kind == "or":
        return [number for number in range(answers) if random.random() < 0.6]
    return [] if ending else list(range(random.randrange(answers + 1)))


def offered_by_game(game: TokenGame) -> str:
    """What the token game offers, in its order; the variables once it has ended."""
    return _text([[t.node.id, t.occurrence, game.around(t)] for t in game.open()], game.ended, game.variables)


def offered(machine: Machine) -> str:
    """What a machine offers, in its order; the variables once it has ended."""
    steps = [[s.element.id, s.occurrence, list(s.around)] for s in machine.open_steps()]
    failures = [f"{f.element_id}: {f.error!r}" for f in machine.failures]
    return _text(steps or failures, machine.ended, machine.memory.variables)


@contextmanager
def stock_joins() -> Iterator[None]:
    """The control: parse with the joins of the library in place of ours."""
    stock = {
        full_tag("parallelGateway"): (GatewayParser, ParallelGateway),
        full_tag("inclusiveGateway"): (ConditionalGatewayParser, InclusiveGateway),
    }
    with mock.patch.object(ProcedureParser, "OVERRIDE_PARSER_CLASSES", ProcedureParser.OVERRIDE_PARSER_CLASSES | stock):
        yield


def _happen(game: TokenGame, machines: Mapping[str, Machine], number: int, values: Mapping[str, Any]) -> None:
    for machine in machines.values():
        step = machine.open_steps()[number]
        change = machine.fire if step.element.is_timer or step.element.is_message else machine.complete
        change(step.token, values)
    game.happen(game.open()[number], values)


def _difference(game: TokenGame, machines: Mapping[str, Machine]) -> tuple[str, str, str] | None:
    """The first player that offers anything else than the game, what that offers, and what the player does."""
    expected = offered_by_game(game)
    offers = ((player, expected, offered(machine)) for player, machine in machines.items())
    return next((offer for offer in offers if offer[2] != expected), None)


def _send_back(game: TokenGame, machines: Mapping[str, Machine], random: Random) -> bool:
    """Send one open task back to a task from which a flow leads straight to it, sometimes. Says whether it was."""
    ways = [(n, node) for n, token in enumerate(game.open()) for node in _before(token)]
    if not ways or random.random() < 0.6:
        return False
    number, node = random.choice(ways)
    for machine in machines.values():
        machine.send_back(machine.open_steps()[number].token, node.id)
    game.send_back(game.open()[number], node)
    return True


def _before(token: Token) -> list[Node]:
    """Tasks that are not repeated, directly before the token's own."""
    if token.node.kind != "task" or token.node.runs or token.activity:
        return []
    diagram = token.place.diagram
    sources = [diagram.nodes[f.source] for f in diagram.incoming(token.node.id) if f.source in diagram.nodes]
    return [node for node in sources if node.kind == "task" and not node.runs]


def _text(steps: object, ended: bool, variables: Mapping[str, Any]) -> str:
    return json.dumps([steps, ended, dict(variables) if ended else {}], sort_keys=True)


def main() -> int:
    """Play models from the command line; the exit code is 1 where players disagree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, help="nodes of each model at least; otherwise 60 to 89")
    parser.add_argument("--stock-joins", action="store_true")
    asked = parser.parse_args()
    found = 0
    for seed in range(asked.seed, asked.seed + asked.models):
        found += _report(seed, asked.size or size_of(seed), asked.stock_joins)
        if (seed + 1 - asked.seed) % 500 == 0:
            sys.stdout.write(f"… {seed + 1 - asked.seed}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{asked.models} models, {found} disagreements\n")
    return int(found > 0)


def _report(seed: int, size: int, stock: bool) -> bool:
    try:
        if stock:
            with stock_joins():
                disagreement: object = play(seed, size, restore=False)
        else:
            disagreement = play(seed, size)
    except (PhoiHopError, LookupError, RecursionError, StopIteration) as error:
        disagreement = f"seed {seed} size {size}: {error!r}"
    if disagreement is not None:
        sys.stdout.write(f"{disagreement}\n")
    return disagreement is not None


if __name__ == "__main__":
    sys.exit(main())
