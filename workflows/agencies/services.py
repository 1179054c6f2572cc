"""The service that tells a diagram which agencies carry certain roles today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.clock import local_date
from engine.services import Directory, Service, ServiceCall
from workflows.agencies.errors import BadRoles


def services(directory: Directory) -> dict[str, Service]:
    """What diagrams may call, by name."""

    def carrying(call: ServiceCall) -> Mapping[str, Any]:
        """The agencies that carry roles on this day, each once.

        Inputs: `roles` (role ids), `more` (agency ids that follow them), `without` (agency ids to leave out).
        Result: `agencies` (ids in that order), `bindings` (ids of the bindings used).
        """
        on = local_date(call.now)
        bound = [directory.binding(call.session, role, on) for role in _texts(call, "roles")]
        left_out = set(_texts(call, "without"))
        found = dict.fromkeys([*(one.agency_id for one in bound), *_texts(call, "more")])
        return {
            "agencies": [id_ for id_ in found if id_ not in left_out],
            "bindings": [one.binding_id for one in bound],
        }

    return {"agencies.carrying": carrying}


def _texts(call: ServiceCall, name: str) -> list[str]:
    given = call.inputs.get(name) or []
    if not isinstance(given, Sequence) or isinstance(given, str) or not all(isinstance(one, str) for one in given):
        raise BadRoles(name=name, element=call.element_id)
    return list(given)
