"""Throw-away stores: a SQLite file, a database on the server that tests use, and a PostgreSQL cluster to be killed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.services import fresh_postgres, look_for

SQLITE, POSTGRES = "sqlite", "postgresql"
DATABASES = (SQLITE, POSTGRES)
PROGRAMS = Path("/usr/lib/postgresql")
OWNER = "postgres"


class Unavailable(Exception):
    """What a measurement needs is not on this machine."""


@contextmanager
def sqlite() -> Iterator[str]:
    """A new SQLite file; beside it there is room for other files of the run."""
    with tempfile.TemporaryDirectory(prefix="phoihop-load-") as folder:
        yield f"sqlite:///{Path(folder) / 'store.sqlite3'}"


@contextmanager
def postgres() -> Iterator[str]:
    """A new database on the server of the tests.

    Raises:
        Unavailable: no server answers.
    """
    server, reason = look_for("postgres")
    if server is None:
        raise Unavailable(reason)
    with fresh_postgres(server) as url:
        yield url


FRESH: dict[str, Callable[[], AbstractContextManager[str]]] = {SQLITE: sqlite, POSTGRES: postgres}


def address(service: str) -> str:
    """Where a service of the tests is.

    Raises:
        Unavailable: it does not answer.
    """
    found, reason = look_for(service)
    if found is None:
        raise Unavailable(reason)
    return found


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL server of one's own that may be killed."""

    programs: Path
    folder: Path
    port: int

    @property
    def url(self) -> str:
        """SQLAlchemy address of its first database."""
        return f"postgresql+psycopg://{OWNER}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it (again) and wait until it answers."""
        options = f"-c port={self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        self._control("start", "-l", str(self.folder / "log"), "-o", options)

    def kill(self) -> None:
        """Stop it as a power cut would: nothing is finished, nothing is written back."""
        self._control("stop", "-m", "immediate")

    def create(self) -> None:
        """Lay it out on the disk."""
        self._run("initdb", "-D", str(self.folder / "data"), "-A", "trust", "-U", OWNER, "-E", "UTF8", "--no-sync")

    def _control(self, action: str, *arguments: str) -> None:
        self._run("pg_ctl", action, "-D", str(self.folder / "data"), "-w", "-t", "60", *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        as_owner = ["runuser", "-u", OWNER, "--"] if os.geteuid() == 0 else []
        command = [*as_owner, str(self.programs / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A running PostgreSQL server of one's own, removed at the end.

    Raises:
        Unavailable: PostgreSQL's programs are not installed, or may not be run here.
    """
    found = sorted(PROGRAMS.glob("*/bin/initdb"))
    if not found or (os.geteuid() == 0 and shutil.which("runuser") is None):
        raise Unavailable(f"no PostgreSQL programs under {PROGRAMS}: apt install postgresql")
    with tempfile.TemporaryDirectory(prefix="phoihop-cluster-") as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, OWNER)
        server = Cluster(found[-1].parent, Path(folder), _free_port())
        try:
            server.create()
            server.start()
        except (subprocess.CalledProcessError, LookupError) as error:
            raise Unavailable(f"a PostgreSQL server cannot be started here: {error}") from error
        try:
            yield server
        finally:
            server.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
