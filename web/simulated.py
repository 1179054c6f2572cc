"""A simulated year in a throw-away store, with its books."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta

from engine.clock import ZONE
from web.throwaway import throwaway
from web.wiring import Container
from workflows.demo.officers import staff_communes
from workflows.simulation import reorganisations
from workflows.simulation.books import Book, check
from workflows.simulation.staff import Staff
from workflows.simulation.year import Plan, Progress, Year


@contextmanager
def year(plan: Plan, tell: Progress) -> Iterator[tuple[Staff, list[Book]]]:
    """What the staff have done when all is over, and the books."""
    with played(plan, tell) as (container, staff), container.read() as session:
        engine = container.engine
        yield staff, check(session, engine.versions, engine.clock.now())


@contextmanager
def played(plan: Plan, tell: Progress) -> Iterator[tuple[Container, Staff]]:
    """The store in which the plan was carried out, as long as it lasts."""
    # The rules of the calendar are planted when the store is made: the evening before, so that none is missed.
    evening = datetime.combine(plan.first, time(), ZONE) - timedelta(hours=1)
    with throwaway(evening) as container:
        with container.write() as session:
            staff_communes(session, evening)
            reorganisations.announce(session, plan.first, plan.last, evening)
        yield container, Year(container.engine, plan, tell).run()
