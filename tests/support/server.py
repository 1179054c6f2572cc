"""The real server as `make run` starts it: gunicorn in a process of its own, on a free port and a store of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from web.bootstrap import ensure_ready
from web.wiring import build

ROOT = Path(__file__).resolve().parents[2]
# What the person running the tests has set for a server of their own must not reach this one.
OWN_SETTINGS = (
    "PORT",
    "DATA_DIR",
    "DATABASE_URL",
    "BROKER_URL",
    "STORE",
    "LOG_LEVEL",
    "HTTPS",
    "WEB_CONCURRENCY",
    "SMTP_URL",
    "MAIL_FROM",
    "EDXML_FOLDER",
    "EDXML_URL",
)
START_SECONDS = 60
STOP_SECONDS = 20
LOOK_AGAIN_SECONDS = 0.1
# A proxy named in the environment is not for this machine.
ask = build_opener(ProxyHandler({})).open


class ServerDown(Exception):
    """The server did not start; the message holds what it said."""


class Server:
    """One server; it keeps its port and its store when it is killed and started again.

    Args:
        data_dir: folder of database, attachments and keys.
        env: settings besides DATA_DIR and PORT, as in the environment.
    """

    def __init__(self, data_dir: Path, env: Mapping[str, str]) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data_dir.parent / f"{data_dir.name}.server.log"
        kept = {name: value for name, value in os.environ.items() if name not in OWN_SETTINGS}
        self.env = {**kept, "DATA_DIR": str(data_dir), "PORT": str(self.port), **env}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until the server answers. Raises ServerDown."""
        command = [sys.executable, "-m", "gunicorn", "--config", "web/gunicorn_conf.py", "web:create_app()"]
        with self.log.open("ab") as log:
            # A group of its own, so that one signal reaches gunicorn's worker too.
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
            )
        self._wait_until_healthy(self.process)

    def kill(self) -> None:
        """End it as a power cut would: SIGKILL to all its processes at once."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it as an operator would; does nothing where it is not running."""
        self._end(signal.SIGTERM)

    def said(self) -> str:
        """What the server wrote to its log."""
        return self.log.read_text(encoding="utf-8")

    def _wait_until_healthy(self, process: subprocess.Popen[bytes]) -> None:
        for _ in range(int(START_SECONDS / LOOK_AGAIN_SECONDS)):
            if process.poll() is not None:
                raise ServerDown(self.said())
            if self._healthy():
                return
            time.sleep(LOOK_AGAIN_SECONDS)
        self.kill()
        raise ServerDown(self.said())

    def _healthy(self) -> bool:
        try:
            with ask(f"{self.url}/healthz", timeout=LOOK_AGAIN_SECONDS * 20) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def _end(self, how: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        if process.poll() is None:
            os.killpg(process.pid, how)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def running_server(
    data_dir: Path, env: Mapping[str, str] | None = None, *, with_cases: bool = False
) -> Iterator[Server]:
    """A server on a demo store, stopped at the end.

    Args:
        data_dir: folder of the store; made, with the demo officers, where it does not exist.
        env: settings as in the environment, such as DATABASE_URL.
        with_cases: whether a new store gets the demo cases too, as it would with `make run`.

    Yields:
        The running server: `url`, `kill()` and `start()`.
    """
    settings = {"STORE": "demo", **(env or {})}
    prepare(data_dir, settings, with_cases=with_cases)
    server = Server(data_dir, settings)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def prepare(data_dir: Path, env: Mapping[str, str], *, with_cases: bool) -> None:
    """Bring the store into order before the server does, which would always add the demo cases."""
    container = build({**env, "DATA_DIR": str(data_dir)})
    try:
        ensure_ready(container, with_cases=with_cases)
    finally:
        container.engine.database.dispose()


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
