"""Read-only texts in a form, with values of the case put in place of `{expression}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from engine import expressions
from engine.errors import ExpressionError
from engine.forms.definition import Field, Form
from engine.text import grouped

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_PLACEHOLDER: Final = re.compile(r"\{([^{}]{1,300})\}")


def placeholders(text: str) -> list[str]:
    """The expressions between braces."""
    return _PLACEHOLDER.findall(text)


def note_texts(form: Form, variables: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """What the notes of a form say, by field and language; a value that does not exist yet is left out.

    A list of texts or whole numbers is told with semicolons, an ISO day as dd/mm/yyyy.
    A note whose condition does not hold before the form is filled in says nothing.
    """
    return {
        field.name: {language: _filled(text, variables, language) for language, text in field.text.items()}
        for field in form.fields
        if field.type == "note" and _applies(field, variables)
    }


def _applies(field: Field, variables: Mapping[str, Any]) -> bool:
    """Whether the condition holds, in doubt yes: it may look at what is yet to be filled in."""
    try:
        return field.when is None or expressions.evaluate_condition(field.when, variables)
    except ExpressionError:
        return True


def _filled(text: str, variables: Mapping[str, Any], language: str) -> str:
    return _PLACEHOLDER.sub(lambda match: _value(match[1], variables, language), text)


def _value(expression: str, variables: Mapping[str, Any], language: str) -> str:
    try:
        value = expressions.evaluate(expression, variables)
    except ExpressionError:
        return ""
    return "; ".join(_shown(one, language) for one in (value if isinstance(value, list) else [value]))


def _shown(value: Any, language: str) -> str:
    if isinstance(value, str):
        return _day(value) if _DAY.fullmatch(value) else value
    return grouped(value, language) if type(value) is int else ""


def _day(value: str) -> str:
    try:
        return f"{date.fromisoformat(value):%d/%m/%Y}"
    except ValueError:  # somebody wrote what only looks like a day
        return value
