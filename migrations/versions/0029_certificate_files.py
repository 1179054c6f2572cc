"""The register of certificates keeps each certificate itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. Of those registered before, only what was typed is known."""
    op.add_column("signing_certificates", sa.Column("certificate", sa.Text(), nullable=True))
