"""What all commands share: the container, and errors told as sentences with exit code 1, never as tracebacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

import click

from engine.actors import ADMINISTRATOR, Actor
from engine.errors import DefinitionError, PhoiHopError
from web.current import current_container
from web.messages import sentence
from workflows.agencies.errors import ImportFinding, ImportRejected

__all__ = ["OPERATOR", "current_container", "fail", "say", "tell", "told"]

OPERATOR = Actor("operator", "operator", "system", "system", frozenset({ADMINISTRATOR}), channel="cli")


@contextmanager
def told() -> Iterator[None]:
    """Turn the program's errors into sentences on standard error and exit code 1."""
    try:
        yield
    except PhoiHopError as error:
        tell(error)
        raise SystemExit(1) from None


def tell(error: PhoiHopError) -> None:
    """Say on standard error what is wrong, each defect of a file on a line of its own."""
    if isinstance(error, DefinitionError):
        for finding in error.findings:
            where = f"{finding.file}" + (f" · {finding.element}" if finding.element else "")
            click.echo(f"{where}: {sentence(finding.code, finding.params)} [{finding.code}]", err=True)
        return
    if isinstance(error, ImportRejected):
        for wrong in error.findings:
            click.echo(f"{_place(wrong)}: {sentence(wrong.code, wrong.params)} [{wrong.code}]", err=True)
    say(error.code, error.params)


def say(code: str, params: Mapping[str, Any]) -> None:
    """One sentence with its code on standard error."""
    click.echo(f"{sentence(code, params)} [{code}]", err=True)


def fail(code: str, params: Mapping[str, Any] | None = None) -> NoReturn:
    """Say what is wrong and end with exit code 1."""
    say(code, params or {})
    raise SystemExit(1)


def _place(finding: ImportFinding) -> str:
    column = f" · {finding.column}" if finding.column else ""
    return f"{finding.file}:{finding.line}{column}"
