"""What a dry run refuses, in words and as a status."""

from __future__ import annotations

from engine.errors import Conflict, DefinitionError, PhoiHopError
from web.errors import status_of
from web.language import current
from web.messages import sentence
from workflows.scenarios.runner import Stopped


class CannotOpen(Conflict):
    """The case of a dry run cannot be opened; `why` says so in words."""

    code = "studio.cannot_open"


def told_of(error: BaseException | None) -> str:
    """What went wrong, in words."""
    if isinstance(error, Stopped):
        error = error.error
    if isinstance(error, DefinitionError):
        return " ".join(sentence(one.code, one.params, current()) for one in error.findings)
    if isinstance(error, PhoiHopError):
        return sentence(error.code, error.params, current())
    return sentence("work_item.closed", {"name": ""}, current())


def status_for(error: BaseException | None) -> int:
    """The HTTP status of what was refused."""
    if isinstance(error, Stopped):
        error = error.error
    status = status_of(error) if isinstance(error, PhoiHopError) else 409
    return status if status < 500 else 422
