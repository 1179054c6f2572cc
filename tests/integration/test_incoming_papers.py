"""A paper that starts a case stands in the incoming register of the agency that received it."""

from __future__ import annotations

from sqlalchemy import select

from engine.tables import Event
from web import scenario_runs
from web.throwaway import throwaway
from workflows.documents.tables import INCOMING, DocumentRegister, IncomingEntry


def test_a_request_on_paper_gets_its_arrival_number() -> None:
    with throwaway() as container:
        [scenario] = [s for _, s in scenario_runs.scenarios_of("foreign-press-permit") if s.name.startswith("11-")]
        result = scenario_runs.run(container, "foreign-press-permit", scenario)
        with container.read() as session:
            register = session.scalars(
                select(DocumentRegister).where(
                    DocumentRegister.direction == INCOMING, DocumentRegister.agency_id == "vp-ubnd-tinh"
                )
            ).one()
            entries = session.scalars(select(IncomingEntry).where(IncomingEntry.register_id == register.id)).all()
            entered = [entry for entry in entries if entry.dispatch_id is None]
            types = session.scalars(select(Event.type).where(Event.stream_id == result.case_id)).all()
    assert [(entry.author, entry.entered_by) for entry in entered] == [
        ("Văn phòng thường trú Đài NHK", "vt-vp-ubnd-tinh")
    ]
    assert types.count("DocumentArrived") == 1
