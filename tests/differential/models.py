"""Random block-structured processes: blocks nested in blocks, each with one way in and one way out.

Ways that do not come back (an end inside an exclusive choice, what follows a boundary event) are drawn too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.differential.diagrams import Diagram, Flow, Model, Node, Test

BLOCKS = {"sequence": 5, "step": 3, "xor": 3, "and": 4, "or": 4, "loop": 4, "body": 3, "runs": 2, "guarded": 3}
MAXIMUM_DEPTH = 7
MAXIMUM_CALLS = 3


@dataclass(frozen=True)
class End:
    """A loose end: the node from which the next flow starts, and when that flow is taken."""

    source: str
    test: Test | None = None
    is_default: bool = False


class Drawing:
    """One diagram being drawn; `artist` holds what is shared by all diagrams of a model."""

    def __init__(self, artist: Artist, name: str) -> None:
        self.artist, self.diagram = artist, Diagram(name)

    def node(self, kind: str, ends: list[End], **settings: object) -> Node:
        """A new node, to which the loose ends lead."""
        node = self.artist.new(kind, **settings)
        self.diagram.nodes[node.id] = node
        for end in ends:
            self.flow(end, node.id)
        return node

    def flow(self, end: End, target: str) -> None:
        """A flow from a loose end."""
        flows = self.diagram.flows
        flows.append(Flow(len(flows), end.source, target, end.test, end.is_default))


class Artist:
    """Draws one model of about `size` nodes from the numbers of `random`."""

    def __init__(self, random: Random, size: int) -> None:
        self.random, self.size, self.count = random, size, 0
        self.called: list[Diagram] = []
        self.choices: dict[str, tuple[str, int]] = {}

    def draw(self) -> Model:
        """Draw it."""
        main = self.process("p0", self.size, 0)
        return Model(main, self.called, self.choices, self.count)

    def new(self, kind: str, **settings: object) -> Node:
        """A node with an id of its own."""
        self.count += 1
        return Node(f"{kind}{self.count}", kind, **settings)  # type: ignore[arg-type]

    def choice(self, kind: str, answers: int) -> str:
        """Name of a new choice of that many answers."""
        name = f"{kind}_{len(self.choices)}"
        self.choices[name] = (kind, answers)
        return name

    def process(self, name: str, budget: int, depth: int) -> Diagram:
        """A diagram from a start to an end."""
        drawing = Drawing(self, name)
        ends = [End(drawing.node("start", []).id)]
        while budget > 0:
            before = self.count
            ends = self.block(drawing, ends, budget, depth, may_end=True)
            budget -= max(1, self.count - before)
        drawing.node("end", ends)
        return drawing.diagram

    # Blocks: each takes loose ends, and returns its own ------------------------------------------------------------

    def block(self, to: Drawing, ends: list[End], budget: int, depth: int, may_end: bool = False) -> list[End]:
        """One random block of about `budget` nodes."""
        if budget <= 2 or depth >= MAXIMUM_DEPTH:
            return self.step(to, ends)
        kind = self.random.choices(list(BLOCKS), list(BLOCKS.values()))[0]
        if kind == "xor":
            loose = may_end and self.random.random() < 0.3
            return self.xor(to, ends, budget, depth, may_end, loose)
        if kind in ("and", "or"):
            return self.split(to, ends, budget, depth, kind)
        draw: Callable[[Drawing, list[End], int, int], list[End]] = getattr(self, kind)
        return draw(to, ends, budget, depth)

    def step(self, to: Drawing, ends: list[End], *_: int) -> list[End]:
        """A task or an event that waits for the outside."""
        kind = self.random.choice(["task", "task", "task", "service", "receive", "catch"])
        event = self.random.choice(["timer", "message"]) if kind == "catch" else ""
        return [End(to.node(kind, ends, event=event).id)]

    def sequence(self, to: Drawing, ends: list[End], budget: int, depth: int) -> list[End]:
        """Blocks one after the other."""
        for part in self._parts(budget, self.random.randint(2, 4)):
            ends = self.block(to, ends, part, depth + 1)
        return ends

    def xor(
        self, to: Drawing, ends: list[End], budget: int, depth: int, may_end: bool = False, loose: bool = False
    ) -> list[End]:
        """An exclusive choice; some ways are empty, some end; `loose` ones are merged by whatever follows."""
        parts = self._parts(budget - 2, self.random.randint(2, 3))
        name, gateway = self.choice("xor", len(parts)), to.node("xor", ends)
        out: list[End] = []
        for number, part in enumerate(parts):
            last = number == len(parts) - 1
            way = [End(gateway.id, None if last else Test("xor", name, number), last)]
            if number or self.random.random() < 0.7:
                way = self.block(to, way, part, depth + 1)
            if may_end and not last and self.random.random() < 0.15:
                to.node("end", way)
            else:
                out += way
        return out if loose else [End(to.node("xor", out).id)]

    def split(self, to: Drawing, ends: list[End], budget: int, depth: int, kind: str) -> list[End]:
        """All ways at once (`and`), or those chosen (`or`), and their join; some ways are empty."""
        parts = self._parts(budget - 2, self.random.randint(2, 3))
        name = self.choice("or", len(parts)) if kind == "or" else ""
        if len(ends) > 1:
            ends = [End(to.node("xor", ends).id)]
        gateway, out = to.node(kind, ends), []
        for number, part in enumerate(parts):
            last = kind == "or" and number == len(parts) - 1
            way = [End(gateway.id, Test("or", name, number) if name and not last else None, last)]
            out += self._way(to, way, part, depth + 1, kind)
        return [End(to.node(kind, out).id)]

    def _way(self, to: Drawing, way: list[End], budget: int, depth: int, kind: str) -> list[End]:
        luck = self.random.random()
        if luck < 0.1:
            return way
        if luck < 0.25 and kind == "or":
            return self.xor(to, way, budget, depth, loose=True)
        return self.block(to, way, budget, depth)

    def loop(self, to: Drawing, ends: list[End], budget: int, depth: int) -> list[End]:
        """A block that is repeated as long as it is chosen."""
        head = to.node("xor", ends)
        body = self.step(to, [End(head.id)])
        body = self.block(to, body, budget - 3, depth + 1)
        name, gateway = self.choice("xor", 2), to.node("xor", body)
        to.flow(End(gateway.id, Test("xor", name, 1)), head.id)
        return [End(gateway.id, None, True)]

    def body(self, to: Drawing, ends: list[End], budget: int, depth: int) -> list[End]:
        """A called process or an embedded sub-process."""
        return self._activity(to, ends, budget, depth)

    def runs(self, to: Drawing, ends: list[End], budget: int, depth: int) -> list[End]:
        """An activity once for each item of a list."""
        return self._activity(to, ends, budget, depth, **self._multiple())

    def guarded(self, to: Drawing, ends: list[End], budget: int, depth: int) -> list[End]:
        """An activity with boundary events, and what follows them."""
        multiple = self._multiple()
        settings = multiple if self.random.random() < 0.25 else {}
        (end,) = self._activity(to, ends, budget // 2, depth, **settings)
        activity, out = to.diagram.nodes[end.source], [end]
        for _ in range(self.random.randint(1, 2)):
            event = self.new(
                "boundary", event=self.random.choice(["timer", "message"]), interrupting=self.random.random() < 0.5
            )
            activity.boundary.append(event)
            way = self.block(to, [End(event.id)], budget // 4, depth + 1)
            if event.interrupting and self.random.random() < 0.6:
                out += way
            else:
                to.node("end", way)
        return out if len(out) == 1 else [End(to.node("xor", out).id)]

    def _multiple(self) -> dict[str, object]:
        return {"runs": self.choice("runs", 3), "sequential": self.random.random() < 0.5}

    def _activity(self, to: Drawing, ends: list[End], budget: int, depth: int, **settings: object) -> list[End]:
        kind = self.random.choice(["task", "call", "sub"]) if budget > 4 else "task"
        if kind == "task":
            return [End(to.node("task", ends, **settings).id)]
        return [End(to.node(kind, ends, body=self._body(kind, budget, depth), **settings).id)]

    def _body(self, kind: str, budget: int, depth: int) -> Diagram:
        if kind == "sub":
            return self.process(f"s{self.count}", budget - 3, depth + 1)
        if len(self.called) >= MAXIMUM_CALLS:
            return self.random.choice(self.called)
        diagram = self.process(f"p{self.count}", budget - 3, depth + 1)
        self.called.append(diagram)
        return diagram

    def _parts(self, budget: int, number: int) -> list[int]:
        cuts = sorted(self.random.randint(0, max(budget, 0)) for _ in range(number - 1))
        return [b - a for a, b in zip([0, *cuts], [*cuts, max(budget, 0)], strict=True)]


def model(seed: int, size: int) -> Model:
    """The model of that seed: at least `size` nodes."""
    return Artist(Random(seed), size).draw()
