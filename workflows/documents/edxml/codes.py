"""The codes of `codes.yaml`, with how sure each group is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("codes.yaml")
CONFIDENCE = "confidence"


@cache
def codes(group: str) -> Mapping[str, str]:
    """Code by name, for one group of the file."""
    found = yaml.safe_load(FILE.read_text(encoding="utf-8"))[group]
    return {name: code for name, code in found.items() if name != CONFIDENCE}


@cache
def names(group: str) -> Mapping[str, str]:
    """Name by code, for one group of the file."""
    return {code: name for name, code in codes(group).items()}
