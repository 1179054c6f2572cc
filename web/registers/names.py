"""What registers are called."""

from __future__ import annotations

from web import words
from web.formatting import day
from web.language import _
from workflows.documents.register_queries import RegisterView
from workflows.documents.tables import INCOMING


def register_name(register: RegisterView) -> str:
    """A register with its year, and the day from which it runs where the body was formed anew within the year."""
    if register.direction == INCOMING:
        name = _("Văn bản đến năm %(year)s", year=register.year)
    else:
        name = _("Văn bản đi năm %(year)s · %(series)s", year=register.year, series=words.series(register.group))
    return _("%(name)s, từ %(day)s", name=name, day=day(register.since)) if register.since else name
