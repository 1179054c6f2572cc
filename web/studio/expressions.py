"""Whether an expression can be used where somebody types it."""

from __future__ import annotations

from collections.abc import Mapping

from engine import expressions
from engine.errors import DefinitionError, ExpressionError
from engine.procedures.bundle import Bundle
from engine.procedures.checks.variables import known_names
from web.language import current
from web.messages import sentence
from workflows.studio import paths


def problem(files: Mapping[str, bytes], expression: str, element_id: str) -> str | None:
    """What is wrong with the expression at an element of the diagram, in words; None where nothing is.

    Args:
        files: the draft's files; where the diagram or forms cannot be read only the expression itself is looked at.
        element_id: a step or sequence flow; empty where it stands nowhere yet.
    """
    try:
        names = expressions.names(expression)
    except ExpressionError as error:
        return sentence(error.code, error.params, current())
    known = _known(files, element_id)
    unknown = sorted(names - known) if known is not None else []
    if not unknown:
        return None
    params = {"variable": unknown[0], "what": "", "expression": expression[:200]}
    return sentence("studio.variable", params, current())


def _known(files: Mapping[str, bytes], element_id: str) -> frozenset[str] | None:
    try:
        return known_names(Bundle(paths.of_version(files))).get(element_id)
    except (DefinitionError, KeyError, TypeError, ValueError):  # somebody is in the middle of changing these files
        return None
