"""Paper: the clerk prints the document, hands it over by the day's list, and enters who received it."""

from __future__ import annotations

from workflows.documents.dispatch.channels import Sending
from workflows.documents.tables import Dispatch, Document


class PaperChannel:
    """Leaves the dispatch on the list of what is to be carried."""

    def set_out(self, sending: Sending, document: Document, dispatch: Dispatch) -> None:
        """Nothing more than the queued dispatch: people do the rest."""
