"""The services that the engine itself offers to diagrams, beside those that are plugged in."""

from __future__ import annotations

from collections.abc import Mapping

from engine.commands import asking, children, merging
from engine.services import Service

SERVICES: Mapping[str, Service] = {**asking.SERVICES, **children.SERVICES, **merging.SERVICES}
