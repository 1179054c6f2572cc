"""The conversation with the mail server that takes messages over."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage

from engine.errors import IncidentError
from engine.services import Consumer
from workflows.documents import errors

PLAIN, STARTTLS, TLS = "plain", "starttls", "tls"
TIMEOUT_SECONDS = 30
LONGEST_SECONDS = 300
"""Far below the time after which the outbox lets another worker try: what answers drop by drop gets one copy."""
READY = 220
PERMANENT = 500


@dataclass(frozen=True)
class MailServer:
    """A server that takes messages over.

    Args:
        security: `tls` from the first byte, `starttls` (demanded, never given up silently), or `plain`.
        user: for signing in; empty where the server asks nobody.
        sender: the address in From.
        timeout: seconds without an answer after which a try has failed.
        longest: seconds after which a try has failed, whatever the server says meanwhile.
    """

    host: str
    port: int
    security: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    timeout: float = TIMEOUT_SECONDS
    longest: float = LONGEST_SECONDS

    def hand_over(self, letter: EmailMessage) -> None:
        """Give one message to the server; it has answered for it when this returns.

        Raises:
            MailRefused: the server will never take it.
            MailNotTaken: not now; a later try may succeed.
        """
        try:
            with closing(self._telephone()) as connection, _cut_off(connection, self.longest):
                self._dial(connection)
                connection.send_message(letter)
                with suppress(OSError):  # the message is with the server: how it parts is its affair
                    connection.quit()
        except OSError as error:  # every error of smtplib is one
            raise _told(error) from error

    def _telephone(self) -> smtplib.SMTP:
        """Not connected yet, so that it can be watched from the first byte on."""
        if self.security == TLS:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(timeout=self.timeout, context=ssl.create_default_context())
        else:
            connection = smtplib.SMTP(timeout=self.timeout)
        vars(connection)["_host"] = self.host  # `connect` does not tell TLS whose certificate to ask for
        return connection

    def _dial(self, connection: smtplib.SMTP) -> None:
        code, said = connection.connect(self.host, self.port)
        if code != READY:
            raise smtplib.SMTPConnectError(code, said)
        if self.security == STARTTLS:
            connection.starttls(context=ssl.create_default_context())
        if self.user:
            connection.login(self.user, self.password)


@contextmanager
def _cut_off(connection: smtplib.SMTP, seconds: float) -> Iterator[None]:
    """Hang up after that many seconds: the limits of sockets count from the last byte, not from the first."""

    def hang_up() -> None:
        if connection.sock is not None:
            with suppress(OSError):  # it has just parted by itself
                socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)

    watch = threading.Timer(seconds, hang_up)
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def bring(
    server: MailServer, letter: EmailMessage, last: bool, taken: Consumer, stayed: Callable[[IncidentError], Consumer]
) -> Consumer:
    """One try of an errand to give a letter to the server.

    Args:
        last: whether no try follows; one that fails before is raised, so that the outbox makes another.
        taken: records that the server has it; `stayed`: that it will never have it, with the reason.
    """
    try:
        server.hand_over(letter)
    except errors.MailRefused as error:
        return stayed(error)
    except errors.MailNotTaken as error:
        if not last:
            raise
        return stayed(error)
    return taken


def _told(error: OSError) -> errors.MailRefused | errors.MailNotTaken:
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return errors.MailRefused(reply=str(error))
    code, text = _answer(error)
    if code >= PERMANENT:
        return errors.MailRefused(reply=f"{code} {text}")
    return errors.MailNotTaken(reply=f"{code} {text}" if code else text)


def _answer(error: OSError) -> tuple[int, str]:
    """The server's code and words; 0 where it said nothing."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        [(code, said)] = error.recipients.values()
        return code, _words(said)
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code, _words(error.smtp_error)
    return 0, f"{type(error).__name__}: {error}"


def _words(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
