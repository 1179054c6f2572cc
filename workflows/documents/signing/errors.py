"""What can go wrong when a signed document is brought back; sentences in `web/messages/parts/signing.*.toml`."""

from __future__ import annotations

from typing import Any

from engine.errors import NotAllowed, Rejected


class SigningRefused(Rejected):
    """The file is not the document, signed as it must be; `fault` completes the code (`signing.<fault>`)."""

    code = "signing"

    def __init__(self, fault: str, **params: Any) -> None:
        super().__init__(**params)
        self.code = f"signing.{fault}"  # type: ignore[misc]
        self.args = (self.code, params)


class ReturnNotAllowed(NotAllowed):
    """Only a clerk of the issuing agency brings a signed document back (`agency`)."""

    code = "signing.clerk_required"


class BadDay(Rejected):
    """A paper cannot be signed before the day it was approved (`approved_on`), nor after today."""

    code = "signing.bad_day"
