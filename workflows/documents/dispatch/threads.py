"""Letters in the thread of the one that brought a document by e-mail."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from workflows.documents.tables import Dispatch, Document


def follow_up(
    document: Document, dispatch: Dispatch, sender: str, *, id_: str, to: str, at: datetime, subject: str, text: str
) -> EmailMessage:
    """A letter that answers the first one: the same bytes whenever it is written.

    Args:
        sender: the address in From; the issuer's name stands before it.
        id_: for the Message-ID, always the same for the same letter.
        to: the mailbox.
        at: the moment in Date.
    """
    domain = sender.rpartition("@")[2]
    letter = EmailMessage(policy=SMTP)
    letter["From"] = Address(document.issuer_name, addr_spec=sender)
    letter["To"] = Address(dispatch.recipient_name, addr_spec=to)
    letter["Subject"], letter["Date"] = subject, at
    letter["Message-ID"] = f"<{id_}@{domain}>"
    letter["In-Reply-To"] = letter["References"] = f"<{dispatch.id}@{domain}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(text, cte="quoted-printable")
    return letter
