"""The replay of a case: one event at a time, with the diagram and the data of that moment, made again from the log."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from engine import events
from engine.forms.definition import Field
from engine.queries import cases
from engine.replay import Standing, standing
from engine.services import Stream
from web.cases.diagram import picture
from web.cases.facts import Lexicon, shown
from web.cases.history import tell_alone
from web.cases.reading import lexicon_of
from web.current import actor, directory, reading, versions
from web.formatting import in_language
from web.language import _, current

pages = Blueprint("replay", __name__, url_prefix="/vu-viec")


@dataclass(frozen=True)
class Datum:
    """One variable of the case before and after an event."""

    label: str
    before: str
    after: str


@pages.get("/<code>/dien-lai")
def show(code: str) -> ResponseReturnValue:
    """The case at one event: `buoc` is its number, from 1; without one, the last."""
    with reading() as session:
        view = cases.view(session, actor(), versions(), directory(), code)
        lexicon = lexicon_of(session, view)
        step = _number(request.args.get("buoc", ""), len(view.history))
        log = events.read(session, Stream("case", view.case.id), limit=step)
        at = standing(lambda hash_: versions().get(session, hash_), log, step)
    row = view.history[step - 1]
    names = [e.name or i for i, e in at.version.bundle.process.elements.items() if at.states.get(i) == "open"]
    told = _("Đang chờ: %(steps)s", steps="; ".join(names)) if names else _("Không bước nào đang mở.")
    page: dict[str, Any] = {"row": row, "line": tell_alone(row, lexicon), "step": step, "steps": len(view.history)}
    data = _data(at, lexicon)
    diagram = picture(at.version.bundle, at.states, told)
    return render_template("replay/show.html", view=view, at=at, data=data, diagram=diagram, told=told, **page)


def _number(text: str, last: int) -> int:
    """What is no number of an event leads to the nearest one."""
    return min(max(int(text), 1), last) if text.isascii() and text.isdigit() and len(text) < 10 else last


def _data(at: Standing, lexicon: Lexicon) -> list[Datum]:
    """What the event changed, by the labels of the forms."""
    fields = _fields(lexicon)
    names = [name for name in {**at.before, **at.after} if at.before.get(name) != at.after.get(name)]

    def text(name: str, values: Mapping[str, Any]) -> str:
        if name not in values:
            return ""
        one, value = fields.get(name), values[name]
        return shown(one, value, lexicon) if one else _plain(value)

    def label(name: str) -> str:
        return in_language(fields[name].label, current()) if name in fields else name

    return [Datum(label(name), text(name, at.before), text(name, at.after)) for name in names]


def _fields(lexicon: Lexicon) -> dict[str, Field]:
    """The field behind each variable; none for a name that forms use for different types."""
    found: dict[str, Field] = {}
    for field in (field for form in lexicon.forms.values() for field in form.fields):
        found.setdefault(field.name, field)
    types = {(field.name, field.type) for form in lexicon.forms.values() for field in form.fields}
    return {name: field for name, field in found.items() if sum(name == other for other, _type in types) == 1}


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
