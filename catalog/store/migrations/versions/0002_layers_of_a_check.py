"""layers of a check."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """layers of a check."""
    op.add_column(
        "checks",
        sa.Column(
            "answered_by",
            sa.Integer(),
            nullable=True,
            comment="Index of the attempt the outcome rests on; null where nothing was sent.",
        ),
    )
    op.add_column(
        "checks",
        sa.Column(
            "layers",
            sa.Text(),
            nullable=True,
            comment="JSON of dns, connect, tls, http, challenge, terms, match: state (ok, failed, not_reached; null: "
            "not judged) and ms; null where nothing was sent.",
        ),
    )
