"""Read-only texts in a form, with values of the case put in place of `{expression}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from engine import expressions
from engine.errors import ExpressionError
from engine.forms.definition import Field, Form

_PLACEHOLDER: Final = re.compile(r"\{([^{}]{1,300})\}")


def placeholders(text: str) -> list[str]:
    """The expressions between braces."""
    return _PLACEHOLDER.findall(text)


def note_texts(form: Form, variables: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """What the notes of a form say, by field and language; a value that does not exist yet is left out.

    A note whose condition does not hold before the form is filled in says nothing.
    """
    return {
        field.name: {language: _filled(text, variables) for language, text in field.text.items()}
        for field in form.fields
        if field.type == "note" and _applies(field, variables)
    }


def _applies(field: Field, variables: Mapping[str, Any]) -> bool:
    """Whether the condition holds, in doubt yes: it may look at what is yet to be filled in."""
    try:
        return field.when is None or expressions.evaluate_condition(field.when, variables)
    except ExpressionError:
        return True


def _filled(text: str, variables: Mapping[str, Any]) -> str:
    return _PLACEHOLDER.sub(lambda match: _value(match[1], variables), text)


def _value(expression: str, variables: Mapping[str, Any]) -> str:
    try:
        value = expressions.evaluate(expression, variables)
    except ExpressionError:
        return ""
    return str(value) if isinstance(value, str) or type(value) is int else ""
