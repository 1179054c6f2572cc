"""The regimes that a procedure lets be chosen (`choices` of `procedure.yaml`): what must hold of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from engine.errors import ExpressionError, Finding
from engine.expressions import check
from engine.procedures.bundle import DESCRIPTION
from workflows.law.citations import check_basis
from workflows.law.instruments import CONFIDENCES

DUTIES = ("specialist", "head")


def check_choices(description: Mapping[str, Any]) -> list[Finding]:
    """What is wrong with the choices; empty where nothing is."""
    return [finding for entry in description.get("choices") or [] for finding in _check(entry)]


def _check(entry: Any) -> Iterator[Finding]:
    if not isinstance(entry, Mapping) or not entry.get("id"):
        yield Finding("law.choice_bad", DESCRIPTION, params={"choice": "", "key": "id"})
        return
    for key in ("title", "law_on", "duty", "when", "basis", "confidence"):
        if not _is_good(key, entry.get(key)):
            yield Finding("law.choice_bad", DESCRIPTION, params={"choice": str(entry["id"]), "key": key})


def _is_good(key: str, value: Any) -> bool:
    if key == "title":
        return isinstance(value, Mapping) and bool(value.get("vi"))
    if key == "basis":
        return isinstance(value, str) and check_basis(value) is None
    if key == "law_on":
        return _is_day(str(value))
    if key == "when":
        return value is None or _is_expression(value)
    return value in (DUTIES if key == "duty" else CONFIDENCES)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_expression(value: Any) -> bool:
    try:
        check(value)
    except (ExpressionError, TypeError):
        return False
    return True
