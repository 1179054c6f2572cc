"""The agent of the exchange network that takes edXML messages over: a watched folder, or an HTTP endpoint."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any, Final, Protocol

from engine.blobs import write_whole
from workflows.documents import errors

SUFFIX: Final = ".edxml"
OUT: Final = "out"
TIMEOUT_SECONDS: Final = 60
MAX_SHOWN: Final = 300
_BUSY: Final = (408, 425, 429)
_PERMANENT: Final = range(300, 500)


class Exchange(Protocol):
    """Takes over one message at a time."""

    def hand_over(self, message_id: str, content: bytes) -> None:
        """Give a message to the agent; it has it when this returns. A repeated try bears the same id.

        Raises:
            ExchangeRefused: the agent will never take it.
            ExchangeNotTaken: not now; a later try may succeed.
        """


@dataclass(frozen=True)
class FolderExchange:
    """The subfolder `out` of a folder that the agent watches: a message is there whole or not at all."""

    folder: Path

    def hand_over(self, message_id: str, content: bytes) -> None:
        """Put the message there; one that the agent has not fetched yet is not written twice."""
        path = self.folder / OUT / f"{message_id}{SUFFIX}"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                write_whole(path, content)
        except OSError as error:
            raise errors.ExchangeNotTaken(reply=str(error)) from error


@dataclass(frozen=True)
class HttpExchange:
    """An endpoint to which messages are posted.

    Args:
        url: address; a redirect is not followed, since nobody has allowed the other place.
        timeout: seconds without an answer after which a try has failed.
    """

    url: str
    timeout: float = TIMEOUT_SECONDS

    def hand_over(self, message_id: str, content: bytes) -> None:
        """Post the message; `Idempotency-Key` carries its id, by which the agent tells a repeated try."""
        headers = {"Content-Type": "application/xml; charset=utf-8", "Idempotency-Key": message_id}
        request = urllib.request.Request(self.url, content, headers, method="POST")
        try:
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Staying)
            with opener.open(request, timeout=self.timeout):
                return
        except urllib.error.HTTPError as error:
            raise _told(error) from error
        except (OSError, HTTPException) as error:
            raise errors.ExchangeNotTaken(reply=f"{type(error).__name__}: {error}") from error


class _Staying(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req: Any, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str) -> None:
        return None


def _told(error: urllib.error.HTTPError) -> errors.ExchangeRefused | errors.ExchangeNotTaken:
    try:
        said = error.read(MAX_SHOWN).decode("utf-8", "replace")
    except (OSError, HTTPException):
        said = ""
    reply = " ".join(f"{error.code} {error.reason} {said}".split())
    if error.code in _PERMANENT and error.code not in _BUSY:
        return errors.ExchangeRefused(reply=reply)
    return errors.ExchangeNotTaken(reply=reply)
