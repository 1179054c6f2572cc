"""What belongs to the current request: the container, the signed-in person, short transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from flask import current_app, g
from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.procedures.versions import Versions
from engine.services import Directory

if TYPE_CHECKING:
    from web.wiring import Container

EXTENSION = "phoihop"


@dataclass(frozen=True)
class Person:
    """Who is signed in: the account, the actor it stands for today, the agency where the name does not tell it."""

    account_id: str
    actor: Actor
    agency_beside_name: str = ""


def current_container() -> Container:
    """Everything that the composition root plugged together for this application."""
    return cast("Container", current_app.extensions[EXTENSION])


def person() -> Person | None:
    """The signed-in person, or None."""
    return cast("Person | None", g.get("person"))


def actor() -> Actor:
    """The actor of this request; only pages behind the sign-in ask for it."""
    found = person()
    assert found is not None, "a page behind the sign-in was reached without one"
    return found.actor


def now() -> datetime:
    """The program's present moment (UTC)."""
    return current_container().engine.clock.now()


def versions() -> Versions:
    """The procedures' versions, loaded once per process."""
    return current_container().engine.versions


def directory() -> Directory:
    """Agencies, dated roles and officers."""
    return current_container().engine.ports.directory


@contextmanager
def reading() -> Iterator[Session]:
    """A short read of the store."""
    with current_container().engine.read() as session:
        yield session


@contextmanager
def writing() -> Iterator[Session]:
    """A short transaction on the web's own tables (sessions, throttling); committed where nothing is raised."""
    with current_container().engine.transaction() as session:
        yield session
