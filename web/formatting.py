"""How moments, deadlines and sizes are told to people: dd/mm/yyyy in Vietnam's time, deadlines in words."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, timedelta
from typing import Any

from engine.clock import ZONE, local_date
from engine.text import grouped
from web.language import _, current, ngettext


def day(value: date | datetime | str | None) -> str:
    """A day as dd/mm/yyyy; moments are first brought to Vietnam's time."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return day(date.fromisoformat(value[:10]))
    return (local_date(value) if isinstance(value, datetime) else value).strftime("%d/%m/%Y")


def moment(value: datetime | str | None) -> str:
    """A moment as dd/mm/yyyy HH:MM in Vietnam's time."""
    if value is None or value == "":
        return ""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at.astimezone(ZONE).strftime("%d/%m/%Y %H:%M")


def clock(value: datetime, now: datetime) -> str:
    """A moment as HH:MM in Vietnam's time; with its day where that is not today."""
    return moment(value) if day(value) != day(now) else value.astimezone(ZONE).strftime("%H:%M")


def count(number: int) -> str:
    """A whole number in groups of three digits: 20.000 in Vietnamese, 20,000 in English."""
    return f"{number:,}".replace(",", "." if current() == "vi" else ",")


def amount(number: int) -> str:
    """A whole number that may be money or a year: in groups of three digits from 10,000 on."""
    return grouped(number, current())


def size(number: int) -> str:
    """A number of bytes in KB or MB with a decimal comma."""
    if number < 1024 * 1024:
        return f"{max(1, round(number / 1024))} KB"
    return f"{number / 1024 / 1024:.1f} MB".replace(".", ",")


def span(length: timedelta) -> str:
    """A span of time in its largest fitting unit: minutes under an hour, hours under two days, else days."""
    minutes = max(1, int(length.total_seconds() // 60))
    if minutes < 60:
        return ngettext("%(num)d phút", "%(num)d phút", minutes)
    if minutes < 48 * 60:
        return ngettext("%(num)d giờ", "%(num)d giờ", minutes // 60)
    return ngettext("%(num)d ngày", "%(num)d ngày", minutes // (24 * 60))


def remaining(due: datetime, now: datetime) -> str:
    """How much time is left, or by how much it is overdue."""
    if due < now:
        return _("quá hạn %(span)s", span=span(now - due))
    return _("còn %(span)s", span=span(due - now))


def typed_day(text: str) -> date | None:
    """The day that was typed as dd/mm/yyyy; None where it is none."""
    try:
        return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a day, no moment
    except ValueError:
        return None


def nfc(text: str) -> str:
    """Text in NFC with plain line ends and without control characters: every text enters through here."""
    plain = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in plain if c in "\n\t" or unicodedata.category(c) != "Cc")


def in_language(value: Any, language: str) -> str:
    """The text of `{vi, en}` in the language asked for, Vietnamese where it lacks; plain text as it is."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return str(value.get(language) or value.get("vi") or "")
