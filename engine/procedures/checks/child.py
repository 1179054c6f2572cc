"""The process that reads files from outside: `python -m engine.procedures.checks.child`.

It answers one request after the other on its pipes. Each request may use so much processor time and no more, the whole
process so much memory: what asks for more ends this process, and the one that asked learns of it.
"""

from __future__ import annotations

import os
import resource
import sys
from typing import Final

from engine.procedures.checks import check, wire

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
        files, known = wire.read_request(message)
        try:
            reply = wire.answer(check(files, known))
        except (MemoryError, RecursionError):
            reply = {"failed": TOO_COMPLEX}
        output.write(wire.frame(reply))
        output.flush()


def _limit_time() -> None:
    """The processor time that this request may use, on top of what the process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + CPU_SECONDS + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
