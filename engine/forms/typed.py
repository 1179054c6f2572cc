"""Reads what people type: text, numbers, days, moments and addresses, in the Vietnamese way or as ISO."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from engine.clock import ZONE
from engine.errors import FieldError

MOST_WHOLE: Final = 2**53 - 1
YEARS: Final = (1900, 2100)

_LINE_BREAKS: Final = re.compile("\r\n|[\r\n\v\u2028\u2029\x85]")  # \v is what Word puts for a forced line break
# Overrides of the writing direction make a text read otherwise than it is stored.
_DIRECTION: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_WHOLE: Final = re.compile(r"-?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]{1,18})")
_DAY: Final = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_ISO_DAY: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_MOMENT: Final = re.compile(r"(\S+)\s+([0-9]{1,2})[:h]([0-9]{2})")
_ISO_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)


class Wrong(ValueError):
    """What was typed cannot be taken; carries the reason for the person."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.error = FieldError(code, params)


def text(value: Any, limit: int, *, lines: bool) -> str:
    """Text in NFC, without spaces at the ends of lines; line breaks are "\\n".

    Raises:
        Wrong: form.text (not text), form.characters, form.line_break, form.too_long.
    """
    if not isinstance(value, str):
        raise Wrong("form.text")
    # Before normalising, whose cost grows faster than the text where marks are piled up.
    if len(value) > 4 * limit:
        raise Wrong("form.too_long", limit=limit, length=len(value))
    broken = _LINE_BREAKS.sub("\n", value)
    clean = unicodedata.normalize("NFC", "\n".join(line.rstrip() for line in broken.split("\n"))).strip()
    _check_characters(clean.replace("\n", "").replace("\t", "") if lines else clean.replace("\n", ""))
    if not lines and "\n" in clean:
        raise Wrong("form.line_break")
    if len(clean) > limit:
        raise Wrong("form.too_long", limit=limit, length=len(clean))
    return clean


def _check_characters(clean: Iterable[str]) -> None:
    for one in clean:
        if one in _DIRECTION or unicodedata.category(one) in ("Cc", "Cs"):
            raise Wrong("form.characters", character=f"U+{ord(one):04X}")


def whole(value: Any, least: int | None, most: int | None) -> int:
    """An integer; dots between thousands are accepted, decimals are not.

    Raises:
        Wrong: form.integer, form.too_small, form.too_large.
    """
    number = _whole(value)
    lower, upper = -MOST_WHOLE if least is None else least, MOST_WHOLE if most is None else most
    if number < lower:
        raise Wrong("form.too_small", limit=lower)
    if number > upper:
        raise Wrong("form.too_large", limit=upper)
    return number


def _whole(value: Any) -> int:
    if type(value) is int:
        return value
    if not isinstance(value, str) or not _WHOLE.fullmatch(value.strip()):
        raise Wrong("form.integer", value=str(value)[:40])
    return int(value.strip().replace(".", ""))


def day(value: Any) -> str:
    """A day typed as dd/mm/yyyy (or as ISO), as "YYYY-MM-DD".

    Raises:
        Wrong: form.date_format, form.date (no such day), form.year.
    """
    written = _written(value, "form.date_format")
    return _day(written, "form.date_format").isoformat()


def moment(value: Any) -> str:
    """A moment typed as dd/mm/yyyy HH:MM in Vietnam's time (or as ISO), as ISO in UTC, to the second.

    Raises:
        Wrong: form.datetime_format, form.date, form.time, form.year.
    """
    written = _written(value, "form.datetime_format")
    read = _iso_moment(written) if _ISO_MOMENT.fullmatch(written) else _vietnamese_moment(written)
    return read.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _written(value: Any, code: str) -> str:
    if not isinstance(value, str):
        raise Wrong(code, value=str(value)[:40])
    return " ".join(value[:80].split())


def _day(written: str, code: str) -> date:
    if match := _DAY.fullmatch(written):
        day_, month, year = (int(part) for part in match.groups())
    elif match := _ISO_DAY.fullmatch(written):
        year, month, day_ = (int(part) for part in match.groups())
    else:
        raise Wrong(code, value=written[:40])
    if not YEARS[0] <= year <= YEARS[1]:
        raise Wrong("form.year", value=written, first=YEARS[0], last=YEARS[1])
    try:
        return date(year, month, day_)
    except ValueError as error:
        raise Wrong("form.date", value=written) from error


def _vietnamese_moment(written: str) -> datetime:
    match = _MOMENT.fullmatch(written)
    if match is None:
        raise Wrong("form.datetime_format", value=written[:40])
    on = _day(match[1], "form.datetime_format")
    hour, minute = int(match[2]), int(match[3])
    if hour > 23 or minute > 59:
        raise Wrong("form.time", value=f"{match[2]}:{match[3]}")
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=ZONE)


def _iso_moment(written: str) -> datetime:
    _day(written[:10], "form.datetime_format")
    try:
        read = datetime.fromisoformat(written)
    except ValueError as error:
        raise Wrong("form.time", value=written[11:]) from error
    return read if read.tzinfo else read.replace(tzinfo=ZONE)


def address(value: Any, limit: int) -> str:
    """A web address with http or https and a host.

    Raises:
        Wrong: form.url; as `text`.
    """
    clean = text(value, limit, lines=False)
    try:
        parts = urlsplit(clean)
        # Reading the port checks it. A name before the host serves to deceive: https://known.vn@other.example
        good = (
            parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
        )
    except ValueError:
        good = False
    if not good or any(one.isspace() for one in clean):
        raise Wrong("form.url", value=clean[:80])
    return clean


def truth(value: Any) -> bool:
    """Yes or no.

    Raises:
        Wrong: form.boolean.
    """
    if isinstance(value, bool):
        return value
    answer = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}.get(str(value).lower())
    if answer is None:
        raise Wrong("form.boolean", value=str(value)[:40])
    return answer
