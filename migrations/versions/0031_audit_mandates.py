"""An auditor reads by mandate; who was an auditor before goes on reading everything until the mandate is ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

BEFORE = sa.text(
    "INSERT INTO audit_mandates (id, person_id, valid_from, decision, recorded_at, recorded_by_name) "
    "SELECT 'before-' || substr(person_id, 1, 29), person_id, min(valid_from), :decision, CURRENT_TIMESTAMP, 'system' "
    "FROM officer_duties WHERE duty = 'auditor' GROUP BY person_id"
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "audit_mandates",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("procedure_id", sa.String(64), nullable=True),
        sa.Column("cases_from", sa.Date(), nullable=True),
        sa.Column("cases_to", sa.Date(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("decision", sa.String(200), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_name", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_audit_mandates_person_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_mandates")),
    )
    op.create_index(op.f("ix_audit_mandates_person_id"), "audit_mandates", ["person_id"])
    op.get_bind().execute(BEFORE, {"decision": "Có từ trước khi hệ thống quản lý phạm vi kiểm tra"})
