"""The services and the browser that some tests need: where they are, and what to do where they are not.

A service is looked for where the environment says, else at its standard local address. Where it is missing, the test is
skipped with a reason that says how to get it; with CI set the test fails, so that nothing goes untested unseen.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import pika
import psycopg
import pytest
import redis
from pika.exceptions import AMQPError
from psycopg import sql
from sqlalchemy import make_url

CONNECT_SECONDS = 3
BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


class Missing(Exception):
    """The service does not answer, or the program is not installed."""


@dataclass(frozen=True)
class Service:
    """Something outside the project that a test needs.

    Args:
        variable: environment variable that says where it is.
        default: where it is when the variable is not set.
        probe: takes that place, returns the usable address; raises Missing.
        hint: how to get it.
    """

    variable: str
    default: str
    probe: Callable[[str], str]
    hint: str


def probe_postgres(url: str) -> str:
    """Connect once and return the address in the form SQLAlchemy takes."""
    address = make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    try:
        psycopg.connect(plain(address), connect_timeout=CONNECT_SECONDS).close()
    except psycopg.OperationalError as error:
        raise Missing(str(error)) from error
    return address


def probe_redis(url: str) -> str:
    """Ping once."""
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=CONNECT_SECONDS) as client:
            client.ping()
    except redis.RedisError as error:
        raise Missing(str(error)) from error
    return url


def probe_rabbitmq(url: str) -> str:
    """Open one connection."""
    parameters = pika.URLParameters(url)
    parameters.socket_timeout = CONNECT_SECONDS
    parameters.connection_attempts = 1
    try:
        pika.BlockingConnection(parameters).close()
    except (AMQPError, OSError) as error:
        raise Missing(repr(error)) from error
    return url


def probe_chromium(path: str) -> str:
    """The program at `path`, or the first of the usual names that is installed."""
    found = next(filter(None, map(shutil.which, (path,) if path else BROWSERS)), None)
    if found is None:
        raise Missing(path or ", ".join(BROWSERS))
    return found


SERVICES = {
    "postgres": Service(
        "TEST_DATABASE_URL",
        "postgresql://postgres@127.0.0.1:5432/postgres",
        probe_postgres,
        "apt install postgresql, then name a role that may create databases",
    ),
    "redis": Service("TEST_REDIS_URL", "redis://127.0.0.1:6379/0", probe_redis, "apt install redis-server"),
    "rabbitmq": Service(
        "TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672/", probe_rabbitmq, "apt install rabbitmq-server"
    ),
    "chromium": Service("CHROMIUM", "", probe_chromium, "apt install chromium"),
}


@cache
def look_for(name: str) -> tuple[str | None, str]:
    """Look for a service, once in a test session.

    Returns:
        Its address and an empty text, or None and the reason with what to do.
    """
    service = SERVICES[name]
    try:
        return service.probe(os.environ.get(service.variable) or service.default), ""
    except Missing as error:
        return None, f"{name} is missing ({error}): {service.hint}, or set {service.variable}"


def require(name: str) -> str:
    """The address of a service; without it the running test is skipped, or fails where CI is set.

    Args:
        name: a key of SERVICES.
    """
    address, reason = look_for(name)
    if address is not None:
        return address
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@contextmanager
def fresh_postgres(server: str) -> Iterator[str]:
    """A new, empty database on a server, dropped at the end whatever is still connected to it.

    Args:
        server: address of any database on that server, in the form SQLAlchemy takes.

    Yields:
        The address of the new database.
    """
    name = f"phoihop_test_{uuid.uuid4().hex[:12]}"
    run_statement(server, sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name)))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        run_statement(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def run_statement(server: str, statement: sql.Composed) -> None:
    """Run one statement outside a transaction, as databases are created."""
    with psycopg.connect(plain(server), autocommit=True, connect_timeout=CONNECT_SECONDS) as connection:
        connection.execute(statement)


def plain(address: str) -> str:
    """A SQLAlchemy address as libpq takes it, without the name of the driver."""
    return make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)
