"""The composition root: the only place that builds the database, the engine, the services and the renderer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine as Database
from sqlalchemy.orm import Session

from engine import database
from engine.blobs import FolderBlobs
from engine.clock import Clock, SystemClock
from engine.commands.own_services import SERVICES as ENGINE_SERVICES
from engine.commands.reminders import TOPIC as REMINDED
from engine.core import Engine
from engine.errors import PhoiHopError
from engine.proof import Notary
from engine.proof.keys import KeyFiles
from engine.tables import Base
from engine.unit_of_work import Ports, Screen
from web.config import Settings
from web.messages import sentence
from workflows import screening, witness
from workflows.agencies import services as agency_services
from workflows.agencies.channels import route
from workflows.agencies.directory import AgencyDirectory
from workflows.agencies.queries import issuer
from workflows.calendar.deadlines import DeadlineCalculator
from workflows.campaigns.services import CampaignServices
from workflows.documents.dispatch.exchange import Exchange, FolderExchange, HttpExchange
from workflows.documents.dispatch.intake import Intake
from workflows.documents.layout import Renderer
from workflows.documents.restoration import Gate
from workflows.documents.services import DocumentServices
from workflows.publication import PublicationChecks
from workflows.reminders import ReminderErrand
from workflows.retention import deletion
from workflows.studio import batches

if TYPE_CHECKING:
    from web.worker import Background

ROOT = Path(__file__).resolve().parent.parent
FONTS = ROOT / "build" / "fonts" / "tinos"
PROCEDURES = ROOT / "bpmn"


class _SharedDatabase(SQLAlchemy):
    """Flask-SQLAlchemy on the engine that the container has opened, so that pages and commands share one pool."""

    def __init__(self) -> None:
        super().__init__(metadata=Base.metadata)

    def _make_engine(self, bind_key: str | None, options: dict[str, object], app: Flask) -> Database:
        container: Container = app.extensions["phoihop"]
        return container.engine.database


db = _SharedDatabase()


@dataclass
class Container:
    """Everything that is plugged together, for one store."""

    settings: Settings
    engine: Engine
    blobs: FolderBlobs
    renderer: Renderer
    directory: AgencyDirectory
    gate: Gate
    notary: Notary
    checks: PublicationChecks
    intake: Intake | None = None
    background: Background | None = field(default=None)

    @property
    def service_names(self) -> frozenset[str]:
        """The services that a diagram may call: those plugged in and the engine's own."""
        return _service_names(self.engine.ports)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A writing transaction for what is no case: accounts, sessions, configuration."""
        with self.engine.transaction() as session:
            yield session

    def read(self) -> AbstractContextManager[Session]:
        """A short read."""
        return self.engine.read()


def build(settings: Mapping[str, str] | Settings | None = None, clock: Clock | None = None) -> Container:
    """Plug the program together for the store that the settings name.

    Args:
        settings: values as in the environment; the environment itself where None.
        clock: the machine's clock where None; scenarios and tests bring their own.
    """
    chosen = settings if isinstance(settings, Settings) else Settings.load(settings)
    chosen.data_dir.mkdir(parents=True, exist_ok=True)
    opened = database.opened(chosen.database_url)
    blobs, renderer, directory = FolderBlobs(chosen.data_dir / "blobs"), Renderer(FONTS), AgencyDirectory()
    documents = DocumentServices(issuer, directory, renderer, blobs, route, chosen.mail_server, _exchange(chosen))
    gate = Gate(opened)
    campaigns = CampaignServices(directory)
    ports = Ports(
        directory=directory,
        deadlines=DeadlineCalculator(),
        blobs=blobs,
        services={**documents.services(), **agency_services.services(directory), **campaigns.services()},
        consumers={
            **documents.consumers(),
            **campaigns.consumers(),
            **batches.consumers(),
            **deletion.consumers(blobs),
        },
        screen=_screen(gate),
        errands={
            **documents.errands(),
            **witness.errands(chosen.mail_server, chosen.witness),
            REMINDED: ReminderErrand(chosen.mail_server, route, directory),
        },
    )
    intake = Intake(chosen.edxml_folder, blobs, _told) if chosen.edxml_folder else None
    time = clock or SystemClock()
    notary = Notary(opened, time, KeyFiles(chosen.data_dir / "log-keys"), witness.announcer(time, chosen.witness))
    checks = PublicationChecks(_service_names(ports))
    return Container(chosen, Engine(opened, time, ports), blobs, renderer, directory, gate, notary, checks, intake)


def _service_names(ports: Ports) -> frozenset[str]:
    return frozenset(ports.services) | frozenset(ENGINE_SERVICES)


def _told(error: PhoiHopError) -> str:
    return sentence(error.code, error.params)


def _exchange(settings: Settings) -> Exchange | None:
    """What takes edXML over: the endpoint where one is named, else the folder."""
    if settings.edxml_url:
        return HttpExchange(settings.edxml_url)
    return FolderExchange(settings.edxml_folder) if settings.edxml_folder else None


def _screen(gate: Gate) -> Screen:
    """Nothing goes in while the store waits for its registers, and never what belongs into another channel."""

    def screen(command: object) -> None:
        gate.require_open()
        screening.screen(command)

    return screen


def bind(app: Flask, container: Container) -> None:
    """Give the Flask application its database session."""
    app.config["SQLALCHEMY_DATABASE_URI"] = container.settings.database_url
    db.init_app(app)
