"""What can go wrong when a signed document is brought back; sentences in `web/messages/parts/signing.*.toml`."""

from __future__ import annotations

from typing import Any

from engine.errors import NotAllowed, NotFound, Rejected


class SigningRefused(Rejected):
    """The file is not the document, signed as it must be; `fault` completes the code (`signing.<fault>`)."""

    code = "signing"

    def __init__(self, fault: str, **params: Any) -> None:
        super().__init__(**params)
        self.code = f"signing.{fault}"  # type: ignore[misc]
        self.args = (self.code, params)


class ReturnNotAllowed(NotAllowed):
    """Only a clerk or head of the issuing agency brings a signed document back (`agency`)."""

    code = "signing.clerk_required"


class NoTrust(Rejected):
    """No root certificate is in the folder of trust, so no signature can be checked."""

    code = "signing.no_trust"


class BadTrustFile(Rejected):
    """A file in the folder of trust is not what its ending says (`file`)."""

    code = "signing.bad_trust_file"


class ReturnedFileNotFound(NotFound):
    """No such file came back of this document."""

    code = "signing.file_not_found"


class NoFile(Rejected):
    """No file was chosen."""

    code = "signing.no_file"


class NoScan(Rejected):
    """The scan of a signed paper is no PDF."""

    code = "signing.no_scan"


class BadDay(Rejected):
    """A paper cannot be signed before the day it was approved (`approved_on`), nor after today."""

    code = "signing.bad_day"
