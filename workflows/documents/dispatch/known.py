"""What an agency gets once over the exchange network: each document by its own number."""

from __future__ import annotations

from engine import canonical
from workflows.documents.edxml.model import DocumentRef


def once(agency_id: str, document: DocumentRef) -> str:
    """The key of a document at an agency, for the unique index on arrivals."""
    return canonical.digest(f"{agency_id}\n{document}".encode())
