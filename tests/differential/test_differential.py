"""The engine offers the same work in the same order as a token game, on random processes, however often it is stored.

`DIFFERENTIAL_MODELS=5000 pytest tests/differential` plays more of them. A seed at which players disagreed is kept in
REGRESSIONS; what was learned from it has its own small test in tests/unit/test_joins.py.
"""

from __future__ import annotations

import os
from collections import Counter
from random import Random
from unittest import mock

import pytest

from engine.spiff import tree
from tests.differential.diagrams import Diagram
from tests.differential.models import model
from tests.differential.play import choose, play, size_of, stock_joins
from tests.differential.token_game import TokenGame

MODELS = int(os.environ.get("DIFFERENTIAL_MODELS", "200"))
BATCH = 25
REGRESSIONS = ((1002, 60), (1504, 60), (1862, 60), (2237, 60))
"""Seed and size. Inclusive joins: one token too many on a flow, two flows from the same step."""


@pytest.mark.parametrize("first", range(1, MODELS + 1, BATCH))
def test_token_game_memory_and_store_agree(first: int) -> None:
    """Given random models, when all players are told the same, then they offer the same and end alike."""
    found = [play(seed, size_of(seed)) for seed in range(first, min(first + BATCH, MODELS + 1))]
    assert [str(disagreement) for disagreement in found if disagreement] == []


@pytest.mark.parametrize("first", range(1, MODELS // 2, BATCH))
def test_they_agree_where_steps_are_sent_back(first: int) -> None:
    """Given random models, when steps are now and then sent back to the one before, then all players still agree."""
    found = [play(seed, size_of(seed), returns=True) for seed in range(first, first + BATCH)]
    assert [str(disagreement) for disagreement in found if disagreement] == []


@pytest.mark.parametrize(("seed", "size"), REGRESSIONS)
def test_players_agree_where_they_once_did_not(seed: int, size: int) -> None:
    assert play(seed, size) is None


def test_models_hold_everything_that_the_comparison_is_about() -> None:
    """Given the models of a test run, then each has 60 nodes and more, and each kind of node occurs often."""
    kinds: Counter[str] = Counter()
    for seed in range(1, 51):
        drawn = model(seed, size_of(seed))
        assert drawn.size >= size_of(seed) >= 60
        for diagram in [drawn.main, *drawn.called]:
            _count(diagram, kinds)
    wanted = "task service receive catch xor and or call sub runs timer message interrupting reminding".split()
    assert {kind: kinds[kind] for kind in wanted if kinds[kind] < 20} == {}


def test_most_plays_reach_the_end() -> None:
    """Given many plays, then the ends of cases are compared too, not only their beginnings."""
    assert sum(_ends(seed) for seed in range(1, 41)) >= 30


def test_the_comparison_finds_what_is_wrong_with_the_joins_of_the_library() -> None:
    """Given the library's own joins in place of ours, then the same comparison reports disagreements (the control)."""
    with stock_joins():
        found = [play(seed, size_of(seed), restore=False) for seed in range(1, 41)]
    assert any(found)


def test_the_comparison_finds_a_state_that_forgets_too_much() -> None:
    """Given pruning that forgets which activity a boundary event belongs to, then only the pruned cases differ."""
    with mock.patch.object(tree, "_holds_siblings", return_value=False):
        found = [play(seed, size_of(seed)) for seed in range(1, 41)]
    assert {disagreement.player for disagreement in found if disagreement} <= {"pruned", "restored"}
    assert any(found)


def _count(diagram: Diagram, kinds: Counter[str]) -> None:
    for node in diagram.nodes.values():
        kinds[node.kind] += 1
        kinds["runs"] += bool(node.runs)
        for event in node.boundary:
            kinds[event.event] += 1
            kinds["interrupting" if event.interrupting else "reminding"] += 1
        if node.kind == "sub" and node.body:
            _count(node.body, kinds)


def _ends(seed: int) -> bool:
    drawn, random = model(seed, size_of(seed)), Random(seed)
    game = TokenGame(drawn, {"chosen": choose(drawn, random, ending=False), "said": 0})
    for step in range(300):
        if not game.open():
            break
        game.happen(game.open()[0], {"chosen": choose(drawn, random, ending=step > 20), "said": step})
    return game.ended
