"""No path in SpiffWorkflow may reach Python's `exec` or `eval`.

The stock environment is what a restored workflow gets and what several specs call directly, so it is
replaced where it is defined, not only where we build our own workflows. Migrations of old serialized
states evaluate stored strings: none is ever run, our states are stored by our own codec.
"""

from __future__ import annotations

from typing import Any, NoReturn

from SpiffWorkflow.bpmn.script_engine import python_environment
from SpiffWorkflow.bpmn.serializer.migration import version_migration
from SpiffWorkflow.specs.Execute import Execute
from SpiffWorkflow.specs.Transform import Transform

from engine.errors import ExpressionError


def refuse(*_: Any, **__: Any) -> NoReturn:
    """Stand-in for everything that would run code."""
    raise ExpressionError("code_refused")


def seal() -> None:
    """Replace every function of the library that runs code; calling it twice does no harm."""
    stock = python_environment.TaskDataEnvironment
    stock.evaluate = stock.execute = refuse
    version_migration.MIGRATIONS.clear()
    Transform._run_hook = refuse
    Execute._start = refuse
