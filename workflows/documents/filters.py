"""The filters that notice templates may use: `{{ detected_at | datetime }}`, `{{ consulted | agency }}`, ..."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date as Date
from datetime import datetime as DateTime
from typing import Any

from jinja2 import Undefined, pass_context
from jinja2.runtime import Context

from engine.clock import ZONE

Names = Callable[[str], str]
NAMES = "names of agencies"
"""Under which a template's values hold the look-up of names; no template can say it, for it is no name of its own."""


def date(value: str) -> str:
    """An ISO day or moment as dd/mm/yyyy in Vietnam."""
    return _day(value).strftime("%d/%m/%Y")


def long_date(value: str) -> str:
    """An ISO day or moment in words, months 1 and 2 and days below 10 with a zero: "ngày 02 tháng 9 năm 2026"."""
    day = _day(value)
    month = f"{day.month:02d}" if day.month <= 2 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def datetime(value: str) -> str:
    """An ISO moment as "08 giờ 30 phút, ngày 01/9/2026" would be said, with the day as dd/mm/yyyy, in Vietnam."""
    moment = DateTime.fromisoformat(value).astimezone(ZONE)
    return moment.strftime("%H giờ %M phút, ngày %d/%m/%Y")


def number(value: int | None) -> str:
    """A whole number with dots between thousands, as money is written; nothing for none."""
    return "" if value is None else f"{value:,}".replace(",", ".")


def join(value: Sequence[Any], separator: str = ", ") -> str:
    """A list as one text."""
    return separator.join(shown(item) for item in value)


def label(value: str, labels: Mapping[str, str]) -> str:
    """The words for a choice: `{{ truth | label({"false": "sai sự thật"}) }}`. Raises `KeyError` where it has none."""
    return labels[value]


def default(value: Any, fallback: Any = "") -> Any:
    """`fallback` where there is no value or an empty one."""
    return fallback if isinstance(value, Undefined) or value in (None, "", []) else value


def length(value: Sequence[Any] | Mapping[str, Any]) -> int:
    """How many."""
    return len(value)


def lower_first(value: str) -> str:
    """The text with a small first letter, to stand inside a sentence."""
    return value[:1].lower() + value[1:]


def bare(value: str) -> str:
    """The text without its final punctuation, to stand inside a sentence."""
    return value.strip().rstrip(".;:, ")


def cell(value: str) -> str:
    """The text in one line without the sign that ends a table's cell."""
    return " ".join(value.replace("|", "/").split())


def shown(value: Any) -> Any:
    """How values are printed that are no text: nothing for none, words for yes and no, lists with commas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "có" if value else "không"
    return join(value) if isinstance(value, list | tuple) else value


@pass_context
def agency(context: Context, value: str | Sequence[str]) -> str:
    """The name for an agency's id, or the names for a list of ids, as whoever fills the template looks them up."""
    names: Names = context[NAMES]
    return names(value) if isinstance(value, str) else ", ".join(map(names, value))


FILTERS: Mapping[str, Callable[..., Any]] = {
    "agency": agency,
    "date": date,
    "long_date": long_date,
    "datetime": datetime,
    "number": number,
    "join": join,
    "label": label,
    "default": default,
    "length": length,
    "upper": str.upper,
    "lower": str.lower,
    "lower_first": lower_first,
    "bare": bare,
    "cell": cell,
}


def _day(value: str) -> Date:
    return Date.fromisoformat(value) if len(value) == 10 else DateTime.fromisoformat(value).astimezone(ZONE).date()
