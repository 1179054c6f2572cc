"""A real mail server that behaves as a test tells it, mailbox by mailbox."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.server import free_port
from workflows.documents.dispatch.smtp import PLAIN, MailServer

SENDER = "van-thu@example.vn"
DROP, STALL, LATE = "drop", "stall", "late"
"""Cut the line; say nothing for longer than anybody waits; take the message and say so too late."""


class Postmaster:
    """Keeps what was accepted; `answers` are used up try by try, then everything is accepted."""

    def __init__(self) -> None:
        self.accepted: list[EmailMessage] = []
        self.tries: dict[str, int] = defaultdict(int)
        self.answers: dict[str, list[str]] = {}
        self.at_data: dict[str, list[str]] = {}
        self.hang_up_at_quit = False
        self.stalls_for = 5.0

    def boxes(self) -> list[str]:
        """The mailboxes that hold a message, one entry for each message."""
        return sorted(message["To"].addresses[0].addr_spec for message in self.accepted)

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, to: str, options: Any) -> str:
        """Accept the address, or answer as told."""
        self.tries[to] += 1
        if self.answers.get(to):
            return await self._said(self.answers[to].pop(0))
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Accept the message, answer as told, or do what is worse."""
        [to] = envelope.rcpt_tos
        if self.at_data.get(to):
            answer = self.at_data[to].pop(0)
            if answer == DROP:
                hang_up(server)
            if answer != LATE:
                return await self._said(answer)
            self._accept(envelope)
            return await self._said(STALL)
        self._accept(envelope)
        return "250 OK"

    def _accept(self, envelope: Envelope) -> None:
        assert envelope.content is not None
        content = envelope.content if isinstance(envelope.content, bytes) else envelope.content.encode()
        self.accepted.append(message_from_bytes(content, policy=default))

    async def _said(self, answer: str) -> str:
        if answer == STALL:
            await asyncio.sleep(self.stalls_for)
        return "250 OK" if answer == STALL else answer

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Part as told."""
        if self.hang_up_at_quit:
            hang_up(server)
        return "221 Bye"


def hang_up(server: SMTP) -> None:
    """Cut the line without a word."""
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()


@contextmanager
def mail_server(postmaster: Postmaster, timeout: float = 5) -> Iterator[MailServer]:
    """The server, while it runs."""
    controller = Controller(postmaster, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield MailServer("127.0.0.1", controller.port, PLAIN, SENDER, timeout=timeout)
    finally:
        controller.stop()
