"""The process that reads files from outside, and lays them out: `python -m engine.procedures.checks.child`.

It answers one request after the other on its pipes. Each request may use so much processor time and no more, the whole
process so much memory: what asks for more ends this process, and the one that asked learns of it.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Mapping
from typing import Any, Final

from engine.errors import DefinitionError
from engine.procedures.checks import check, wire
from engine.procedures.layout import layout

CPU_SECONDS: Final = 4
MEMORY_BYTES: Final = 1024 * 1024 * 1024
TOO_COMPLEX: Final = "too_complex"


def main() -> None:
    """Answer requests until the pipe is closed."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints does not get between the answers
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    output.write(wire.frame({"ready": True}))
    output.flush()
    while (message := wire.receive(sys.stdin.buffer)) is not None:
        _limit_time()
        try:
            reply = _reply(message)
        except (MemoryError, RecursionError):
            reply = {"failed": TOO_COMPLEX}
        output.write(wire.frame(reply))
        output.flush()


def _reply(message: Mapping[str, Any]) -> dict[str, Any]:
    drawn = wire.read_arrangement(message)
    if drawn is None:
        return wire.answer(check(*wire.read_request(message)))
    try:
        return wire.arrangement(layout(drawn))
    except DefinitionError as error:
        return wire.answer(error.findings)


def _limit_time() -> None:
    """The processor time that this request may use, on top of what the process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + CPU_SECONDS + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
