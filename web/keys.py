"""The one way in which pages change something: a command, in the person's name, under the form's idempotency key."""

from __future__ import annotations

import re

from flask import request

from engine.commands import Command
from engine.errors import Rejected
from engine.unit_of_work import Receipt
from web.current import actor, current_container

_KEY = re.compile(r"[0-9a-f]{32}")


class NoKey(Rejected):
    """The form came without the key against double sending."""

    code = "web.no_key"


def form_key() -> str:
    """The idempotency key of the form, bound to the person so that nobody meets another person's answer.

    Raises:
        NoKey: the form carries none, or one that this program did not make.
    """
    found = request.form.get("_key", "")
    if not _KEY.fullmatch(found):
        raise NoKey
    return f"web:{actor().person_id}:{found}"


def execute(command: Command) -> Receipt:
    """Execute a command of the core for the signed-in person. Raises what the core refuses."""
    return current_container().engine.execute(command, actor=actor(), key=form_key())
