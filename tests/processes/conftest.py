"""All scenarios are played once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.processes.played import IDS, Played
from web import scenario_runs
from web.throwaway import throwaway
from workflows.scenarios.coverage import Passages


@pytest.fixture(scope="session")
def played() -> Iterator[Played]:
    passages = Passages()
    with throwaway() as container:
        results = {
            id_: [scenario_runs.run(container, id_, one, passages) for _, one in scenario_runs.scenarios_of(id_)]
            for id_ in IDS
        }
        yield Played(container, passages, results)
