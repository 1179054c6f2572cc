"""The program's own channel: the document stands in the other agency's incoming list at once."""

from __future__ import annotations

from workflows.documents.dispatch.channels import Sending
from workflows.documents.search import index_incoming
from workflows.documents.tables import DELIVERED, Dispatch, Document


class SystemChannel:
    """Delivers within the program."""

    def set_out(self, sending: Sending, document: Document, dispatch: Dispatch) -> None:
        """Put the document into one agency's incoming list."""
        dispatch.status, dispatch.dispatched_at = DELIVERED, sending.now
        sending.session.flush()
        index_incoming(sending.session, document, dispatch)
