"""Bringing a store into order: schema, calendar, procedures, and in a demo store its people and cases.

Every start and every command does this first; a store that is in order costs one query. Two processes that start
at once take turns by a lock file.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from engine.actors import SYSTEM
from engine.database import WRITING
from engine.errors import Conflict
from engine.procedures.versions import folders, publish_new
from web.scenario_runs import leave_cases, read_scenarios
from web.wiring import PROCEDURES, ROOT, Container
from workflows import demo, publication
from workflows.agencies import defaults as agencies
from workflows.calendar import store as calendar
from workflows.documents import search
from workflows.documents.layout import LAYOUT_VERSION
from workflows.studio import scenarios

VERSION = "0.1.0"
# The regulation's first day: cases may be entered with any date of receipt since then.
REGULATION_IN_FORCE = datetime(2020, 1, 14, 17, tzinfo=UTC)


class SchemaTooNew(Conflict):
    """The store was written by a newer program."""

    code = "store.schema_too_new"


def ensure_ready(container: Container, *, with_cases: bool = True) -> None:
    """Bring the store into order; a new demo store gets cases too, unless told otherwise.

    Raises:
        SchemaTooNew: a newer program has migrated the store.
        DefinitionError: a shipped procedure is defective.
    """
    with _turn(container.settings.data_dir):
        if migrate(container):
            _reindex(container)
        with container.read() as session:
            kind = demo.store_kind(session)
        if kind is None:
            click.echo("→ Tạo kho dữ liệu, chừng nửa phút · creating the store, about half a minute", err=True)
            _create(container)
        container.notary.set_up(SYSTEM)
        publish_shipped(container)
        _keep_scenarios(container)
        if kind is None and container.settings.store == "demo" and with_cases:
            leave_cases(container)


def migrate(container: Container) -> bool:
    """Bring the schema to the latest migration; a schema newer than the program is refused.

    Returns:
        Whether an older store was changed.
    """
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    with container.engine.database.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        raise SchemaTooNew(schema=current)
    if current != scripts.get_current_head():
        with container.engine.database.execution_options(**{WRITING: True}).begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        return current is not None
    return False


def _reindex(container: Container) -> None:
    """A release may search by more than the one before knew to keep."""
    with container.write() as session:
        search.rebuild(session)


def publish_shipped(container: Container) -> list[str]:
    """Publish what ships in `bpmn/` of procedures never published before. Returns their ids."""
    now = container.engine.clock.now()
    with publication.PublicationChecks(container.service_names) as checks, container.write() as session:
        versions = publish_new(
            session,
            PROCEDURES,
            actor=SYSTEM,
            now=now,
            document_templates=LAYOUT_VERSION,
            checks=checks,
            effective_from=REGULATION_IN_FORCE,
        )
        return [version.procedure_id for version in versions]


def _keep_scenarios(container: Container) -> None:
    """Put the scenarios that ship beside the versions that shipped with them."""
    with container.read() as session:
        lacking = scenarios.without(session)
    shipped = {folder.name: read_scenarios(folder) for folder in folders(PROCEDURES) if folder.name in lacking}
    found = {id_: files for id_, files in shipped.items() if files}
    if found:
        with container.write() as session:
            for id_, files in found.items():
                scenarios.keep(session, lacking[id_], files)


def _create(container: Container) -> None:
    now = container.engine.clock.now()
    with container.write() as session:
        calendar.seed(session, actor=SYSTEM, now=now)
        demo.mark(session, container.settings.store, now, VERSION)
        if container.settings.store == "demo":
            demo.build(session, now)
        else:
            agencies.install(session, now)


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    with (folder / ".setup.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
