"""Collects the findings of one file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.errors import ExpressionError, Finding
from engine.expressions import check
from engine.procedures.model import Element

MAXIMUM = 200
SHOWN = 200


class Findings:
    """What is wrong in one file, each defect once, at most `MAXIMUM` of them."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: dict[str, Finding] = {}

    def add(self, code: str, element: str | None = None, name: str | None = None, **params: Any) -> None:
        """Tell a defect of the element with that id, or of the file as a whole."""
        self.extend([Finding(code, self.file, element, name or None, params)])

    def at(self, code: str, element: Element, **params: Any) -> None:
        """Tell a defect of an element of the process."""
        self.add(code, element.id, element.name, **params)

    def extend(self, findings: Iterable[Finding]) -> None:
        """Take over findings that something else has made."""
        for finding in findings:
            if len(self._found) < MAXIMUM:
                self._found.setdefault(f"{finding.code} {finding.file} {finding.element} {finding.params}", finding)

    def expression(self, text: str | None, what: str, element: str | None, name: str | None) -> bool:
        """Whether the expression can be read; otherwise this is told."""
        try:
            check(text or "")
        except ExpressionError as error:
            shown = (text or "").strip()[:SHOWN]
            self.add("meaning.expression", element, name, what=what, expression=shown, reason=error.code)
            return False
        return True

    def __bool__(self) -> bool:
        return bool(self._found)

    @property
    def all(self) -> list[Finding]:
        """Everything told so far."""
        return list(self._found.values())
