"""A real HTTP endpoint of an exchange agent that answers as a test tells it, and agencies that are reached over it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sqlalchemy.orm import Session

from workflows.agencies.tables import Agency, AgencyChannel

DROP = 0


class Agent:
    """Keeps what was posted and taken, by id; `answers` are used up try by try, then everything is taken."""

    def __init__(self) -> None:
        self.taken: dict[str, bytes] = {}
        self.tries: list[str] = []
        self.answers: list[int] = []


@contextmanager
def endpoint(agent: Agent) -> Iterator[str]:
    """The address of the endpoint, while it runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            message_id = self.headers["Idempotency-Key"]
            content = self.rfile.read(int(self.headers["Content-Length"]))
            agent.tries.append(message_id)
            answer = agent.answers.pop(0) if agent.answers else 202
            if answer == DROP:
                self.connection.close()
                return
            if answer < 300:
                agent.taken[message_id] = content
            self.send_response(answer)
            if 300 <= answer < 400:
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()
            self.wfile.write("câu trả lời".encode())

        def log_message(self, *told: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/edxml"
    finally:
        server.shutdown()
        server.server_close()


def reach(session: Session, codes: Mapping[str, str], channel: str = "edxml", but: str = "") -> None:
    """Give agencies codes and a channel; `but` keeps the program's own."""
    for agency_id, code in codes.items():
        way = "system" if agency_id == but else channel
        begins = session.get_one(Agency, agency_id).valid_from
        session.add(AgencyChannel(agency_id=agency_id, valid_from=begins, channel=way, organ_code=code))
