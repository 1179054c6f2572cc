"""Runs the migrations on the connection that the program hands over; autogenerate compares with all tables."""

from __future__ import annotations

from alembic import context

from engine.proof import tables as proof_tables
from engine.replay import tables as replay_tables
from engine.tables import Base
from web.auth import tables as web_tables
from workflows.agencies import tables as agency_tables
from workflows.calendar import tables as calendar_tables
from workflows.demo import store as store_tables
from workflows.documents import search_tables
from workflows.documents import tables as document_tables
from workflows.documents.signing import tables as signing_tables
from workflows.oversight import findings as finding_tables
from workflows.oversight import saved as saved_tables
from workflows.regulation import tables as regulation_tables
from workflows.retention import tables as retention_tables
from workflows.studio import batch_tables, clause_tables
from workflows.studio import tables as studio_tables

# Importing a module registers its tables; naming them keeps a tidy-up from dropping the import.
REGISTERED = (
    proof_tables,
    replay_tables,
    web_tables,
    agency_tables,
    calendar_tables,
    store_tables,
    document_tables,
    search_tables,
    signing_tables,
    finding_tables,
    saved_tables,
    regulation_tables,
    retention_tables,
    batch_tables,
    clause_tables,
    studio_tables,
)
SEARCH_INDEX = "document_words"  # FTS5 keeps tables of its own, which no mapping knows

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    include_name=lambda name, kind, _: kind != "table" or not str(name).startswith(SEARCH_INDEX),
)
with context.begin_transaction():
    context.run_migrations()
