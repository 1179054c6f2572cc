"""Two persons' changes of one diagram, put together: what either changed since both began stays changed.

A diagram is taken apart into parts (everything with an id, and what is drawn for it) and each part into what it says:
attributes, extensions by kind, other children by tag. Where both changed the same, one side is kept and the clash is
told; places in the drawing are no clash, since "arrange" finds better ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from engine.procedures.bundle import DIAGRAM
from engine.procedures.xml import BPMN, BPMNDI, local_name, parse
from workflows.studio.errors import Apart

EXTENSIONS: Final = f"{{{BPMN}}}extensionElements"
MEMBER: Final = f"{{{BPMN}}}flowNodeRef"
LISTS: Final = (f"{{{BPMN}}}incoming", f"{{{BPMN}}}outgoing", MEMBER)
ENDS: Final = ("sourceRef", "targetRef", "attachedToRef")
HOLDERS: Final = ("definitions", "collaboration", "process", "subProcess", "laneSet", "childLaneSet")
RANKS: Final = {name: rank for rank, name in enumerate(("documentation", "extensionElements", "incoming", "outgoing"))}
"""The schema's order of children; flowNodeRef, bounds and ways come next, everything else last."""
EARLY: Final = ("flowNodeRef", "Bounds", "waypoint")


@dataclass(frozen=True)
class Clash:
    """An element of which both changed the same, or which one changed and the other removed."""

    element: str
    name: str


@dataclass(frozen=True)
class Merged:
    """The diagram of both."""

    content: bytes
    clashes: tuple[Clash, ...]


def merge(base: bytes, kept: bytes, other: bytes) -> Merged:
    """Put together what two persons made of one diagram.

    Args:
        base: the diagram from which both began.
        kept: the diagram whose words stay where both changed the same.
        other: the other one.

    Raises:
        Apart: one of them is another diagram altogether, as after an import.
        DefinitionError: one of them cannot be read.
    """
    return _Merge(_Tree(base), _Tree(kept), _Tree(other)).run()


class _Tree:
    """A diagram with its parts by key, in the order of the file."""

    def __init__(self, content: bytes) -> None:
        self.root = parse(content, DIAGRAM)
        etree.strip_elements(self.root, etree.Comment, etree.ProcessingInstruction, with_tail=False)
        self.index()

    def index(self) -> None:
        """Find the parts, also after a change."""
        self.keys: dict[Any, str] = {self.root: "/"}
        self.parts: dict[str, Any] = {"/": self.root}
        for element in self.root.iterdescendants():
            above = self.keys.get(element.getparent())
            key = _key(element, above) if above is not None and element.tag != EXTENSIONS else None
            if key is not None and key not in self.parts:
                self.keys[element], self.parts[key] = key, element
        self.ids = {element.get("id") for element in self.keys if not _is_drawing(element)}

    def parent(self, key: str) -> str:
        """Key of the part in which it lies."""
        return self.keys.get(self.parts[key].getparent(), "")

    def below(self, key: str) -> Iterator[str]:
        """Keys of a part and of everything in it."""
        for element in self.parts[key].iter():
            if element in self.keys:
                yield self.keys[element]

    def says(self, key: str) -> dict[tuple[str, str], Any]:
        """What a part says itself: values by kind and name."""
        part = self.parts[key]
        said: dict[tuple[str, str], Any] = {("attribute", str(name)): value for name, value in part.items()}
        if (part.text or "").strip():
            said["text", ""] = part.text.strip()
        for child in part:
            if child.tag == EXTENSIONS:
                for one in child:
                    said["extension", one.tag] = (*said.get(("extension", one.tag), ()), _written(one))
            elif child not in self.keys:
                said["child", child.tag] = (*said.get(("child", child.tag), ()), _written(child))
        return said

    def say(self, key: str, what: tuple[str, str], value: Any) -> None:
        """Let a part say something else; None takes it away."""
        part, (kind, name) = self.parts[key], what
        if kind == "attribute":
            part.attrib.pop(name, None)
            part.attrib.update({} if value is None else {name: value})
        elif kind == "text":
            part.text = value
        else:
            holder = _extensions(part) if kind == "extension" else part
            for child in [one for one in holder.findall(name) if one not in self.keys]:
                holder.remove(child)
            for written in value or ():
                _put(holder, etree.fromstring(written))
            if holder is not part and not len(holder):
                part.remove(holder)

    def names(self, key: str) -> Clash:
        """The element that people see, of which this is a part, such as the step of a timer."""
        part = self.parts[key]
        while part.getparent() is not None and local_name(part.getparent()) not in HOLDERS:
            part = part.getparent()
        return Clash(part.get("id") or "", part.get("name") or part.get("id") or local_name(part))


class _Merge:
    """Brings what the other changed into the kept diagram."""

    def __init__(self, base: _Tree, kept: _Tree, other: _Tree) -> None:
        self.base, self.kept, self.other = base, kept, other
        self.clashes: dict[str, Clash] = {}
        self.lanes = {lane: set(_members(kept.parts[lane])) for lane in kept.parts if _is_lane(kept.parts[lane])}

    def run(self) -> Merged:
        """The merged diagram. Raises `Apart`."""
        if not _processes(self.base) == _processes(self.kept) == _processes(self.other):
            raise Apart()
        for key in list(self.other.parts):
            if key not in self.base.parts:
                self._added(key)
            elif key in self.kept.parts:
                self._changed(key)
            elif self._differs(self.other, key):
                self._clash(self.other, key)
        for key in [one for one in self.base.parts if one not in self.other.parts]:
            self._removed(key)
        self._tidy()
        content = etree.tostring(self.kept.root, xml_declaration=True, encoding="UTF-8")
        return Merged(content, tuple(self.clashes.values()))

    def _added(self, key: str) -> None:
        above = self.other.parent(key)
        if key in self.kept.parts:
            if self.kept.says(key) != self.other.says(key):
                self._clash(self.kept, key)
        elif above in self.kept.parts:
            self._copy(key, above)
        else:
            self._clash(self.other, key)

    def _copy(self, key: str, above: str) -> None:
        """A part without those inside it, which come by themselves."""
        made = etree.SubElement(self.kept.parts[above], self.other.parts[key].tag)
        self.kept.keys[made], self.kept.parts[key] = key, made
        self._place(key, above)
        for what, value in self.other.says(key).items():
            self.kept.say(key, what, value)

    def _place(self, key: str, above: str) -> None:
        """Put a part behind the one that stands before it in the other diagram, or before all others."""
        parent, part = self.kept.parts[above], self.kept.parts[key]
        before = [self.other.keys.get(one, "") for one in self.other.parts[key].itersiblings(preceding=True)]
        there = [self.kept.parts[one] for one in before if one in self.kept.parts]
        earlier = next((one for one in there if one.getparent() is parent), None)
        first = next((one for one in parent if one in self.kept.keys and one is not part), None)
        if earlier is not None:
            earlier.addnext(part)
        elif first is not None:
            first.addprevious(part)
        else:
            parent.append(part)

    def _changed(self, key: str) -> None:
        if key != "/":
            self._moved(key)
        was, here, there = (tree.says(key) for tree in (self.base, self.kept, self.other))
        for what in dict.fromkeys((*was, *here, *there)):
            old, own, new = was.get(what), here.get(what), there.get(what)
            if new in (old, own):
                continue
            if what[1] in LISTS:
                self.kept.say(key, what, _joined(old or (), own or (), new or ()))
            elif own == old:
                self.kept.say(key, what, new)
            else:
                self._clash(self.kept, key)

    def _moved(self, key: str) -> None:
        """Into a sub-process, or out of one."""
        old, own, new = (tree.parent(key) for tree in (self.base, self.kept, self.other))
        if new in (old, own):
            return
        if own == old and new in self.kept.parts:
            self._place(key, new)
        else:
            self._clash(self.kept, key)

    def _removed(self, key: str) -> None:
        """Gone in the other diagram: it goes here too, unless somebody worked on it."""
        part = self.kept.parts.get(key)
        drawn = part.get("bpmnElement") if part is not None else None
        if part is None or (drawn in self.kept.ids and drawn not in self.other.ids):
            return  # what is drawn for an element goes with it
        if any(one not in self.base.parts or self._differs(self.kept, one) for one in self.kept.below(key)):
            self._clash(self.kept, key)
        else:
            part.getparent().remove(part)

    def _differs(self, tree: _Tree, key: str) -> bool:
        """Whether somebody changed what a part says; lists follow from flows and lanes, places are no words."""
        if _is_drawing(tree.parts[key]):
            return False
        was, now = ({k: v for k, v in one.says(key).items() if k[1] not in LISTS} for one in (self.base, tree))
        return was != now

    def _clash(self, tree: _Tree, key: str) -> None:
        if not _is_drawing(tree.parts[key]):
            told = tree.names(key)
            self.clashes.setdefault(told.element, told)

    def _tidy(self) -> None:
        """Nothing may lead to what is gone, and each step stands in one lane."""
        self.kept.index()
        while loose := [key for key in self.kept.parts if self._is_loose(key)]:
            for key in loose:
                self._clash(self.kept, key)
            for part in [self.kept.parts[key] for key in loose]:
                part.getparent().remove(part)
            self.kept.index()
        for part in list(self.kept.keys):
            for child in [one for one in part if one.tag in LISTS]:
                twice = child.tag == MEMBER and self._is_elsewhere(part, child.text)
                if twice:
                    self._clash(self.kept, child.text)
                if twice or child.text not in self.kept.ids:
                    part.remove(child)

    def _is_loose(self, key: str) -> bool:
        part = self.kept.parts[key]
        names = ("bpmnElement",) if _is_drawing(part) else ENDS
        return any(part.get(name) is not None and part.get(name) not in self.kept.ids for name in names)

    def _is_elsewhere(self, lane: Any, node: str) -> bool:
        """Whether both moved the step, and the kept diagram has it in another lane beside this one."""
        beside = [self.kept.keys.get(one, "") for one in lane.getparent() if one is not lane and _is_lane(one)]
        own = [key for key in beside if node in self.lanes.get(key, ())]
        return any(node in _members(self.kept.parts[key]) for key in own)


def _key(element: Any, above: str) -> str | None:
    """What a part is known by: its id, what it draws, or its place where it only holds others."""
    if element.get("bpmnElement"):
        return f"{local_name(element)}:{element.get('bpmnElement')}"
    if element.get("id"):
        return str(element.get("id"))
    if element.xpath("boolean(.//@id or .//@bpmnElement)"):
        return f"{above}/{local_name(element)}{len(list(element.itersiblings(element.tag, preceding=True)))}"
    return None


def _joined(old: tuple[Any, ...], own: tuple[Any, ...], new: tuple[Any, ...]) -> list[Any]:
    """A list to which either may have added, and from which either may have taken."""
    return [one for one in dict.fromkeys((*own, *new)) if one not in old or (one in own and one in new)]


def _written(element: Any) -> bytes:
    """An element as bytes that are the same where it says the same."""
    copied = deepcopy(element)
    for one in copied.iter():
        one.text, one.tail = (one.text or "").strip() or None, None
    return bytes(etree.tostring(copied, method="c14n", exclusive=True))


def _extensions(part: Any) -> Any:
    """Where a part's extensions lie; made where there is no place yet."""
    holder = part.find(EXTENSIONS)
    return holder if holder is not None else _put(part, etree.Element(EXTENSIONS))


def _put(holder: Any, child: Any) -> Any:
    """Add a child where the schema has it."""
    later = next((at for at, one in enumerate(holder) if _rank(one) > _rank(child)), len(holder))
    holder.insert(later, child)
    return child


def _rank(element: Any) -> int:
    name = local_name(element)
    return RANKS.get(name, len(RANKS) if name in EARLY else len(RANKS) + 1)


def _is_drawing(element: Any) -> bool:
    """Whether it is part of the drawing."""
    above = (element, *element.iterancestors())
    return any(isinstance(one.tag, str) and one.tag.startswith(f"{{{BPMNDI}}}") for one in above)


def _is_lane(element: Any) -> bool:
    return bool(element.tag == f"{{{BPMN}}}lane")


def _members(lane: Any) -> list[str]:
    return [child.text for child in lane.findall(MEMBER)]


def _processes(tree: _Tree) -> set[str]:
    return {str(one.get("id")) for one in tree.root.iter(f"{{{BPMN}}}process")}
