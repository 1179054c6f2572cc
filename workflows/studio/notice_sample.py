"""Made-up values with which a notice can be looked at before any case has written it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from jinja2 import nodes

from workflows.documents.templates import environment

MOMENT: Final = "2026-02-03T01:30:00+00:00"
MADE: Final = {"datetime": MOMENT, "date": MOMENT, "long_date": MOMENT, "number": 1000}


class Sample(dict[str, Any]):
    """Any name and any part of it: what the template's filters need, else the name in brackets."""

    def __init__(self, known: dict[str, Any]) -> None:
        super().__init__()
        self._known = known

    def __missing__(self, name: str) -> Any:
        return self._known.get(name, f"[{name}]")


def sample(sources: list[str]) -> dict[str, Any]:
    """Values for everything that these sources read.

    Args:
        sources: Jinja sources that were checked.
    """
    trees = [environment().parse(source) for source in sources]
    known: dict[str, Any] = {}
    for tree in trees:
        known |= dict(_needed(tree))
    values: dict[str, Any] = {"case": Sample({"code": "AB-0001/2026", "received_at": MOMENT})}
    for tree in trees:
        looked_into: list[Any] = [*tree.find_all(nodes.Getattr), *tree.find_all(nodes.Getitem)]
        with_parts = {_name(node.node) for node in looked_into}

        def one(name: str, with_parts: set[str] = with_parts) -> Any:
            return Sample(known) if name in with_parts else known.get(name, f"[{name}]")

        for loop in tree.find_all(nodes.For):
            known[_name(loop.iter)] = values[_name(loop.iter)] = [one(_name(loop.target))] * 2
        for node in tree.find_all(nodes.Name):
            values.setdefault(node.name, one(node.name))
    return values


def _needed(tree: nodes.Template) -> Iterator[tuple[str, Any]]:
    """What a name must hold for its filter to work, or to be equal to what it is compared with."""
    for one in tree.find_all(nodes.Filter):
        name = _name(one.node)
        if one.name in MADE:
            yield name, MADE[one.name]
        elif one.name == "label" and one.args and isinstance(one.args[0], nodes.Dict) and one.args[0].items:
            yield name, one.args[0].items[0].key.as_const()


def _name(node: nodes.Node | None) -> str:
    if isinstance(node, nodes.Filter):
        return _name(node.node)
    return str(getattr(node, "attr", getattr(node, "name", "")))
