"""Forms: declared once in a procedure's folder, checked when loaded, validated here for page, API and scenarios."""

from engine.forms.definition import Choice, Field, Form
from engine.forms.loading import load_form
from engine.forms.notes import note_texts
from engine.forms.validation import applicable, idle, prefill, ruled_out, validate

__all__ = [
    "Choice",
    "Field",
    "Form",
    "applicable",
    "idle",
    "load_form",
    "note_texts",
    "prefill",
    "ruled_out",
    "validate",
]
