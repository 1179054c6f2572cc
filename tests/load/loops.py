"""Whether a completion costs the same at turn 10,000 of a loop as at turn 10.

Between the measured turns the case is carried forward: the machine really makes every turn, in memory; the rows that
these turns would have left (work items done, events, keys) are inserted in bulk.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import canonical
from engine.core import Engine
from engine.services import Stream
from engine.spiff.machine import Machine
from engine.tables import Base, Case, CaseState, Event, EventPayload, EventStream, IdempotencyKey, WorkItem
from engine.unit_of_work import Receipt, new_id
from tests.load import world
from tests.load.chains import TYPES, Chain, Rows, store
from tests.load.completion import Office, counting, state_size
from tests.load.figures import Figures, percentile

TURNS = (10, 100, 1_000, 10_000)
FIRST_TURNS = 8
PERSON = "officer-loop"
AGAIN = {**world.VALUES, "again": True}
ANOTHER_TURN = {"note": world.VALUES["note"], "again": True}


def measure(url: str, turns: Sequence[int] = TURNS, window: int = 15) -> Figures:
    """p50 of completing the looping task, for `window` turns from each of these turns on."""
    engine = world.open_engine(url)
    world.create_schema(engine.database)
    world.publish_all(engine, [world.loop()])
    office = Office(engine)
    first = [_turns(office, office.start(world.LOOP, PERSON)[1], 1)[0][0] for _ in range(FIRST_TURNS)]
    figures: Figures = {"turn_1_ms": round(percentile(first[1:], 0.5), 3)}
    _, receipt = office.start(world.LOOP, PERSON)
    _, receipt = _turns(office, receipt, 3)
    done = 3
    for turn in turns:
        with engine.transaction() as session:
            carry_forward(session, engine, receipt.case_id, turn - 1 - done)
        _analyse(engine)
        took, receipt = _turns(office, receipt, window)
        done = turn - 1 + window
        figures[f"turn_{turn}_ms"] = round(percentile(took, 0.5), 3)
    [item] = receipt.open_items
    office.claim(item, world.officer(person=PERSON), receipt.case_id)
    with counting(engine.database) as statements:
        office.complete(item, world.officer(person=PERSON), AGAIN)
    figures |= {"statements": len(statements), "state_bytes": state_size(engine, receipt.case_id)}
    figures["growth"] = round(figures[f"turn_{turns[-1]}_ms"] / figures[f"turn_{turns[0]}_ms"], 2)
    engine.database.dispose()
    return figures


def carry_forward(session: Session, engine: Engine, case_id: str, turns: int) -> None:
    """Let the case make that many turns: by the machine in memory, and by rows in bulk."""
    state = session.get_one(CaseState, case_id)
    case = session.get_one(Case, case_id)
    machine = Machine.restore(engine.versions.get(session, case.version_hash).program, state.state)
    item = session.scalars(select(WorkItem).where(WorkItem.case_id == case_id, WorkItem.closed_at.is_(None))).one()
    pattern = {column.name: getattr(item, column.name) for column in WorkItem.__table__.columns}
    done = Rows()
    for _ in range(turns):
        [step] = machine.open_steps()
        row = {"id": new_id(), "token": step.token, "occurrence": step.occurrence}
        done.append(pattern | row | {"status": "done", "closed_at": item.created_at, "assignee_id": PERSON})
        machine.complete(step.token, ANOTHER_TURN)
        machine.take_path()
    [step] = machine.open_steps()
    item.token, item.occurrence, state.state = step.token, step.occurrence, machine.dump()
    session.flush()
    store(session, [(WorkItem, done), *_history(session, case_id, done)])


def _history(session: Session, case_id: str, done: Rows) -> list[tuple[type[Base], Rows]]:
    """The events and keys that these work items would have left."""
    head = session.get_one(EventStream, {"kind": "case", "id": case_id})
    chain = Chain(Stream("case", case_id), head.length, head.last_hash)
    events, payloads, keys = Rows(), Rows(), Rows()
    for row in done:
        content = canonical.dumps({"work_item_id": row["id"], "values": ANOTHER_TURN})
        for type in TYPES:
            event, payload = chain.extend(type, content, world.officer(person=PERSON), row["created_at"])
            events.append(event)
            payloads.append(payload)
        keys += [_key(row, command) for command in ("ClaimWorkItem", "CompleteWorkItem")]
    head.length, head.last_hash = chain.seq, chain.hash
    return [(Event, events), (EventPayload, payloads), (IdempotencyKey, keys)]


def _key(row: dict[str, Any], command: str) -> dict[str, Any]:
    answer = {"case_id": row["case_id"], "case_code": "LOO-26-0001", "seq": 1, "open_items": []}
    made = {"actor_id": PERSON, "command": f"{command} {row['id']}", "created_at": row["created_at"]}
    return {"key": canonical.digest(new_id().encode()), "receipt": answer, **made}


def _turns(office: Office, receipt: Receipt, count: int) -> tuple[list[float], Receipt]:
    actor, took = world.officer(person=PERSON), list[float]()
    for _ in range(count):
        [item] = receipt.open_items
        office.claim(item, actor, receipt.case_id)
        milliseconds, receipt = office.complete(item, actor, AGAIN)
        took.append(milliseconds)
    return took, receipt


def _analyse(engine: Engine) -> None:
    """What PostgreSQL's autovacuum does by itself on a store that has grown over days."""
    if engine.database.dialect.name == "postgresql":
        with engine.database.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
