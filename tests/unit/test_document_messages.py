"""Every refusal of the document office has a sentence in both languages."""

from __future__ import annotations

import inspect

import pytest

from engine.errors import PhoiHopError
from web.messages import catalogue
from workflows.documents import errors, services
from workflows.documents.components import LOOKS
from workflows.documents.signing import errors as signing_errors

CODES = sorted(
    kind.code
    for module in (errors, services, signing_errors)
    for _, kind in inspect.getmembers(module, inspect.isclass)
    if issubclass(kind, PhoiHopError) and kind.__module__ == module.__name__ and "." in kind.code
)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_code_has_its_sentence(language: str) -> None:
    assert len(CODES) > 15
    assert [code for code in CODES if code not in catalogue(language)] == []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_component_of_a_page_has_a_name(language: str) -> None:
    assert [name for name in LOOKS if f"format.component.{name}" not in catalogue(language)] == []
