"""Figures: percentiles, the table that is printed, and the file that holds the same figures as JSON."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import Any, TypeVar

Figures = dict[str, Any]
Answer = TypeVar("Answer")


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of all values do not exceed.

    Raises:
        ValueError: no values.
    """
    if not values:
        raise ValueError("no values")
    return sorted(values)[max(ceil(share * len(values)), 1) - 1]


def timed(act: Callable[[], Answer]) -> tuple[float, Answer]:
    """Milliseconds that `act` took, and its answer."""
    begun = time.perf_counter()
    answer = act()
    return (time.perf_counter() - begun) * 1000, answer


def spread(values: Sequence[float], prefix: str = "") -> Figures:
    """p50 and p95 of milliseconds."""
    return {
        f"{prefix}p50_ms": round(percentile(values, 0.5), 3),
        f"{prefix}p95_ms": round(percentile(values, 0.95), 3),
    }


def machine() -> Figures:
    """What the figures were measured on."""
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "cpus": os.cpu_count(),
        "processor": _processor(),
    }


def lines(figures: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Every figure with its path, in order."""
    for key, value in figures.items():
        path = f"{above}.{key}" if above else str(key)
        if isinstance(value, Mapping):
            yield from lines(value, path)
        else:
            yield path, ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def report(figures: Figures, file: Path | None) -> None:
    """Print the table; write the same figures to `file` where one is given."""
    rows = list(lines(figures))
    width = max(len(path) for path, _ in rows)
    sys.stdout.writelines(f"{path.ljust(width)}  {value}\n" for path, value in rows)
    if file is not None:
        file.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def say(text: str) -> None:
    """Tell how far the run is, on the error stream."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.processor()
