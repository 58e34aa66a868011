"""names of the risk checks that hit, per resource."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """names of the risk checks that hit, per resource; filled by the next build."""
    comment = "Risk checks that hit, comma-separated, empty for none; their evidence is in the document."
    op.add_column("resources", sa.Column("risks", sa.Text(), nullable=True, comment=comment))
