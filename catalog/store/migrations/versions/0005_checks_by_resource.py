"""checks lie by resource and run: their second index was a fifth of the store, and no question needs it."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the index by run."""
    op.drop_index("ix_checks_run_id", table_name="checks")
