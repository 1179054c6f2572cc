"""Plays a diagram by the rules of BPMN with tokens on flows and nodes; written for the test, from the standard.

Tokens run from left to right: the leftmost that can move by itself moves first, where the ways out of a node lie
left to right in order of the diagram, boundary events right of their activity, and what is called inside its call.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tests.differential.diagrams import Diagram, Flow, Model, Node, Test

WAITS = ("task", "service", "receive", "catch", "boundary")
Key = tuple[int, ...]


@dataclass(eq=False)
class Place:
    """A running process or sub-process, and its tokens."""

    diagram: Diagram
    values: list[dict[str, Any]]
    holder: Token | None = None
    tokens: list[Token] = field(default_factory=list)


@dataclass(eq=False)
class Token:
    """A token at a node: it can move (`ready`), waits for the outside (`open`), for others (`join`) or inside (`busy`).

    `values` are the variables that it sees, innermost first. `events` wait beside an activity; `runs` and `inner` are
    what goes on in it; `frame` is the activity of which this token is one run.
    """

    node: Node
    place: Place
    key: Key
    values: list[dict[str, Any]]
    state: str = "ready"
    flow: Flow | None = None
    activity: Token | None = None
    events: list[Token] = field(default_factory=list)
    event_count: int = 0
    frame: Token | None = None
    items: list[Any] = field(default_factory=list)
    runs: list[Token] = field(default_factory=list)
    results: dict[int, Any] = field(default_factory=dict)
    number: int = 0
    inner: Place | None = None
    occurrence: int = 0


class TokenGame:
    """A case of a model."""

    def __init__(self, model: Model, variables: Mapping[str, Any]) -> None:
        self.variables = deepcopy(dict(variables))
        self.counts: dict[str, int] = {}
        self.top = self._begin(model.main, [self.variables], None, ())
        self._settle()

    # What is seen ------------------------------------------------------------------------------------------------

    @property
    def ended(self) -> bool:
        """Whether no token is left."""
        return not self.top.tokens

    def open(self) -> list[Token]:
        """Tokens that wait for the outside, left to right."""
        found = sorted((t for t in self._all(self.top) if t.state == "open"), key=lambda t: t.key)
        for token in (t for t in found if not t.occurrence):
            token.occurrence = self.counts[token.node.id] = self.counts.get(token.node.id, 0) + 1
        return found

    def around(self, token: Token) -> list[str]:
        """Ids of the calls and sub-processes in which the token is, outermost first."""
        holder = token.place.holder
        return [*self.around(holder), holder.node.id] if holder else []

    # What happens ------------------------------------------------------------------------------------------------

    def happen(self, token: Token, values: Mapping[str, Any]) -> None:
        """The outside completes the step or lets the event happen."""
        token.values[0].update(deepcopy(dict(values)))
        if token.activity is not None:
            self._boundary_event(token, token.activity)
        else:
            self._finish(token)
        self._settle()

    def send_back(self, token: Token, node: Node) -> None:
        """The open step and the events on its border go; the token stands at `node`, as if it had come there."""
        for event in token.events:
            if event in token.place.tokens:
                token.place.tokens.remove(event)
        token.place.tokens.remove(token)
        key = (*token.key[:-1], -1) if token.node.boundary else token.key  # before what its reminders have set going
        self._enter_node(node, None, token.place, key)
        self._settle()

    def _settle(self) -> None:
        while True:
            self._fire_inclusive_joins()
            ready = [t for t in self._all(self.top) if t.state == "ready"]
            if not ready:
                return
            self._move(min(ready, key=lambda t: t.key))

    def _move(self, token: Token) -> None:
        if token.node.kind == "end":
            self._die(token)
        elif token.inner is not None:
            self._come_back(token)
        elif token.node.kind in ("call", "sub"):
            self._enter(token)
        else:
            self._leave(token)

    # Arriving and leaving ----------------------------------------------------------------------------------------

    def _begin(self, diagram: Diagram, values: list[dict[str, Any]], holder: Token | None, key: Key) -> Place:
        place = Place(diagram, values, holder)
        start = next(n for n in diagram.nodes.values() if n.kind == "start")
        place.tokens.append(Token(start, place, key, values))
        return place

    def _arrive(self, flow: Flow, place: Place, key: Key) -> None:
        self._enter_node(place.diagram.nodes[flow.target], flow, place, key)

    def _enter_node(self, node: Node, flow: Flow | None, place: Place, key: Key) -> None:
        token = Token(node, place, key, place.values, flow=flow)
        place.tokens.append(token)
        if node.kind in ("and", "or") and len(place.diagram.incoming(node.id)) > 1:
            token.state = "join"
            if node.kind == "and":
                self._fire_parallel_join(token)
        elif node.boundary:
            token.key = (*key, 0)
            for event in node.boundary:
                self._await_event(token, event)
            self._reach(token)
        else:
            self._reach(token)

    def _await_event(self, activity: Token, event: Node) -> None:
        activity.event_count += 1
        key = (*activity.key[:-1], activity.event_count)
        waiting = Token(event, activity.place, key, activity.place.values, "open", activity=activity)
        activity.events.append(waiting)
        activity.place.tokens.append(waiting)

    def _reach(self, token: Token) -> None:
        """Stand at the node."""
        if token.node.runs and token.frame is None:
            self._start_runs(token)
        elif token.node.kind in WAITS:
            token.state = "open"

    def _leave(self, token: Token) -> None:
        token.place.tokens.remove(token)
        flows = self._chosen(token)
        for number, flow in enumerate(flows):
            self._arrive(flow, token.place, token.key if len(flows) == 1 else (*token.key, number))

    def _chosen(self, token: Token) -> list[Flow]:
        flows = token.place.diagram.outgoing(token.node.id)
        if token.node.kind not in ("xor", "or"):
            return flows
        true = [f for f in flows if f.test and self._holds(f.test, token)] or [f for f in flows if not f.test]
        return true[:1] if token.node.kind == "xor" else true

    def _holds(self, test: Test, token: Token) -> bool:
        chosen = self._read(token, "chosen")[test.name]
        return bool(chosen == test.number if test.kind == "xor" else test.number in chosen)

    def _read(self, token: Token, name: str) -> Any:
        return next(values[name] for values in token.values if name in values)

    # Joins -------------------------------------------------------------------------------------------------------

    def _fire_parallel_join(self, last: Token) -> None:
        arrived = self._arrived(last)
        if all(flow.id in arrived for flow in last.place.diagram.incoming(last.node.id)):
            self._consume(last, arrived)

    def _fire_inclusive_joins(self) -> None:
        waiting = [t for t in self._all(self.top) if t.state == "join" and t.node.kind == "or"]
        for last in reversed(waiting):
            if last.state == "join" and last in last.place.tokens:
                arrived = self._arrived(last)
                if not self._may_still_come(last, arrived):
                    self._consume(last, arrived)

    def _arrived(self, last: Token) -> dict[int, Token]:
        """One token on each flow into the join that has some: the first, but `last` on its own flow."""
        found: dict[int, Token] = {}
        for token in last.place.tokens:
            if token.state == "join" and token.node is last.node and token.flow is not None:
                found.setdefault(token.flow.id, token)
        return found | ({last.flow.id: last} if last.flow else {})

    def _consume(self, goes_on: Token, arrived: Mapping[int, Token]) -> None:
        for token in arrived.values():
            if token is not goes_on:
                goes_on.place.tokens.remove(token)
        goes_on.state = "ready"

    def _may_still_come(self, join: Token, arrived: Mapping[int, Token]) -> bool:
        """Whether a token elsewhere can reach a flow without one, and none with one, without passing the join."""
        with_token = set(arrived)
        without = {f.id for f in join.place.diagram.incoming(join.node.id)} - with_token
        for token in join.place.tokens:
            if token.node is not join.node and token.node.kind != "boundary":
                reached = self._flows_behind(token.node.id, join.node.id, join.place.diagram)
                if reached & without and not reached & with_token:
                    return True
        return False

    def _flows_behind(self, node_id: str, without: str, diagram: Diagram) -> set[int]:
        seen: set[int] = set()
        nodes = [node_id]
        while nodes:
            for flow in diagram.outgoing(nodes.pop()):
                if flow.id not in seen:
                    seen.add(flow.id)
                    nodes += [flow.target] if flow.target != without else []
        return seen

    # Activities --------------------------------------------------------------------------------------------------

    def _enter(self, token: Token) -> None:
        body = token.node.body
        assert body is not None
        values = token.values
        if token.node.kind == "call":
            values = [{name: deepcopy(self._read(token, name)) for name in ("chosen", "said")}]
        token.state, token.inner = "busy", self._begin(body, values, token, token.key)

    def _come_back(self, token: Token) -> None:
        if token.node.kind == "call" and token.inner is not None:
            token.values[0]["said"] = token.inner.values[0]["said"]
        self._finish(token)

    def _finish(self, token: Token) -> None:
        """The activity (or one run of it) is done."""
        if token.frame is not None:
            self._finish_run(token, token.frame)
            return
        for event in token.events:
            if event in token.place.tokens:
                token.place.tokens.remove(event)
        self._leave(token)

    def _start_runs(self, token: Token) -> None:
        token.items = list(self._read(token, "chosen")[token.node.runs])
        token.state = "busy"
        for _ in token.items[:1] if token.node.sequential else token.items:
            self._start_run(token)
        if not token.items:
            self._collect(token)

    def _start_run(self, frame: Token) -> None:
        number = frame.number
        frame.number += 1
        values = [{"item": frame.items[number]}, *frame.values]
        run = Token(frame.node, frame.place, (*frame.key, number), values, frame=frame, number=number)
        frame.runs.append(run)
        self._reach(run)

    def _finish_run(self, run: Token, frame: Token) -> None:
        frame.runs.remove(run)
        frame.results[run.number] = run.values[0].get("said")
        if len(frame.results) == len(frame.items):
            self._collect(frame)
        elif frame.number < len(frame.items):
            self._start_run(frame)

    def _collect(self, frame: Token) -> None:
        results = [frame.results[number] for number in range(len(frame.items))]
        frame.values[0][f"results_{frame.node.id}"] = deepcopy(results)
        self._finish(frame)

    def _boundary_event(self, event: Token, activity: Token) -> None:
        activity.events.remove(event)
        if event.node.interrupting:
            for other in [activity, *activity.events]:
                activity.place.tokens.remove(other)
        elif event.node.event == "message":
            self._await_event(activity, event.node)
        self._leave(event)

    def _die(self, token: Token) -> None:
        place = token.place
        place.tokens.remove(token)
        if not place.tokens and place.holder is not None:
            place.holder.state = "ready"

    def _all(self, place: Place) -> Iterator[Token]:
        for token in list(place.tokens):
            for one in [token, *token.runs]:
                yield one
                if one.inner is not None:
                    yield from self._all(one.inner)
