"""guards: checks that count only once the night is judged, and what became of a listing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from catalog.store.types import Words

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """guards: checks that count only once the night is judged, and what became of a listing."""
    op.create_table(
        "unsettled_checks",
        sa.Column(
            "resource_id",
            sa.BigInteger(),
            sa.ForeignKey("resources.id", name=op.f("fk_unsettled_checks_resource_id")),
            autoincrement=False,
            nullable=False,
            comment="The resource.",
        ),
        sa.Column("run_id", Words(length=32), nullable=False, comment="The run."),
        sa.Column(
            "terms_hash",
            Words(length=64),
            nullable=True,
            comment="sha256 over the normalised live terms; null without terms.",
        ),
        sa.Column("terms", sa.Text(), nullable=True, comment="The decoded challenge, JSON; null without terms."),
        sa.PrimaryKeyConstraint("resource_id", "run_id", name=op.f("pk_unsettled_checks")),
        comment="Checks of a night that is not judged yet: they have moved nothing. Empty once it is settled.",
    )
    op.create_index("ix_unsettled_checks_run_id", "unsettled_checks", ["run_id"])
    op.add_column(
        "checks",
        sa.Column(
            "observed",
            Words(length=16),
            nullable=True,
            comment="What was observed where a guard made the outcome prober_fault; else null.",
        ),
    )
    op.add_column(
        "source_runs",
        sa.Column(
            "verdict",
            Words(length=16),
            nullable=True,
            comment="accepted (what it lacks counts as absent), empty, partial, shrunken or turned_over; null while "
            "it is read and where it failed.",
        ),
    )
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
        told = "running, probed (what was due), published, failed, refused or aborted."
        op.alter_column("runs", "status", existing_type=Words(length=16), comment=told)
    # Until now every complete listing was believed.
    op.execute("UPDATE source_runs SET verdict = 'accepted' WHERE complete")
