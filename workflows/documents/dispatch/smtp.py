"""The conversation with the mail server that takes messages over."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage

from engine.errors import IncidentError
from engine.services import Consumer
from workflows.documents import errors

PLAIN, STARTTLS, TLS = "plain", "starttls", "tls"
TIMEOUT_SECONDS = 30
PERMANENT = 500


@dataclass(frozen=True)
class MailServer:
    """A server that takes messages over.

    Args:
        security: `tls` from the first byte, `starttls` (demanded, never given up silently), or `plain`.
        user: for signing in; empty where the server asks nobody.
        sender: the address in From.
        timeout: seconds without an answer after which a try has failed.
    """

    host: str
    port: int
    security: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    timeout: float = TIMEOUT_SECONDS

    def hand_over(self, letter: EmailMessage) -> None:
        """Give one message to the server; it has answered for it when this returns.

        Raises:
            MailRefused: the server will never take it.
            MailNotTaken: not now; a later try may succeed.
        """
        try:
            with closing(self._dial()) as connection:
                connection.send_message(letter)
                with suppress(OSError):  # the message is with the server: how it parts is its affair
                    connection.quit()
        except OSError as error:  # every error of smtplib is one
            raise _told(error) from error

    def _dial(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.security == TLS:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=context)
        else:
            connection = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        try:
            if self.security == STARTTLS:
                connection.starttls(context=context)
            if self.user:
                connection.login(self.user, self.password)
        except OSError:
            connection.close()
            raise
        return connection


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
