"""Where branches meet: whether tokens that stand inside a split still find each other in another version.

A join waits for one token of each flow. A token put into another diagram has its split behind it: where that has got
another branch, or the join another flow, the case would wait for ever, or do the rest twice. So each join that tokens
can reach must be met by the same tokens on the same flows as before, or lie wholly ahead of a single token.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.specs.base import TaskSpec

from engine.spiff.joins import InclusiveJoin, ParallelJoin

Joins = (ParallelJoin, InclusiveJoin)
Rename = Callable[[str], str]


@dataclass(frozen=True)
class Standing:
    """A token: the specs from which it goes on, in the old version and the new one.

    `arrived`: names of the join at which it waits and of the step it came from, in the old version.
    """

    old: tuple[TaskSpec, ...]
    new: tuple[TaskSpec, ...]
    arrived: tuple[str, str] | None = None


def broken(
    old: BpmnProcessSpec, new: BpmnProcessSpec, tokens: Sequence[Standing], rename: Rename
) -> Iterator[tuple[str, TaskSpec]]:
    """The joins at which the tokens would not meet as they should.

    Args:
        rename: name of a spec in the new version by that in the old one.

    Yields:
        "gone" with a join of the old version, or "changed" with one of the new.
    """
    kept: set[str] = set()
    for join in _joins(old):
        reaching = [token for token in tokens if _arrivals(token.old, token.arrived, join)]
        image = new.task_specs.get(rename(join.name))
        if type(image) is type(join) and image is not None and _same(join, image, tokens, rename):
            kept.add(image.name)
        elif len(reaching) > 1 or any(token.arrived and token.arrived[0] == join.name for token in tokens):
            yield "gone" if image is None else "changed", join
            kept.add(rename(join.name))
    for join in _joins(new):
        if join.name not in kept and not _lies_ahead(join, tokens):
            yield "changed", join


def _joins(spec: BpmnProcessSpec) -> list[TaskSpec]:
    return [one for one in spec.task_specs.values() if isinstance(one, Joins) and len(one._inputs) > 1]


def _same(join: TaskSpec, image: TaskSpec, tokens: Sequence[Standing], rename: Rename) -> bool:
    """Whether the join has the same flows as before, and each token comes to the same of them."""
    if Counter(map(rename, join._inputs)) != Counter(image._inputs):
        return False
    for token in tokens:
        arrived = (rename(token.arrived[0]), rename(token.arrived[1])) if token.arrived else None
        before = {rename(name) for name in _arrivals(token.old, token.arrived, join)}
        if before != _arrivals(token.new, arrived, image):
            return False
    return True


def _lies_ahead(join: TaskSpec, tokens: Sequence[Standing]) -> bool:
    """Whether nobody comes to a new join, or one token that still has all of its branches before it."""
    found = [arrivals for token in tokens if (arrivals := _arrivals(token.new, None, join))]
    if isinstance(join, InclusiveJoin):
        return len(found) < 2
    return not found or (len(found) == 1 and found[0] == set(join._inputs))


def _arrivals(starts: Sequence[TaskSpec], arrived: tuple[str, str] | None, join: TaskSpec) -> set[str]:
    """Names of the steps before the join from which a token that goes on from `starts` can come to it."""
    if arrived and arrived[0] == join.name:
        return {arrived[1]}
    seen: set[str] = set()
    stack = [spec for spec in starts if spec is not join]
    while stack:
        spec = stack.pop()
        if spec.name not in seen:
            seen.add(spec.name)
            stack.extend(one for one in spec.outputs if one is not join)
    return {spec.name for spec in join.inputs if spec.name in seen}
