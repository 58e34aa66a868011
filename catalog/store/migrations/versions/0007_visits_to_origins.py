"""visits to origins."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from catalog.store.types import Words

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """visits to origins."""
    op.drop_table("attestations")  # never written to before
    op.create_table(
        "attestations",
        sa.Column("origin_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Who declares."),
        sa.Column(
            "kind",
            Words(length=32),
            nullable=False,
            comment="Which document: well_known, x402_json, openapi, agent_card; or ownership_proofs.",
        ),
        sa.Column(
            "subject",
            Words(),
            nullable=False,
            comment="What it declares it about: a resource's canonical URL (#tool for MCP), or its own //host.",
        ),
        sa.Column(
            "evidence",
            sa.Text(),
            nullable=False,
            comment="JSON of the document's URL and what it says; nothing in it was verified.",
        ),
        sa.Column("current", sa.Boolean(), nullable=False, comment="Whether the document still says so."),
        sa.Column(
            "first_run", Words(length=32), nullable=False, comment="Run in which it said so first, in these words."
        ),
        sa.Column("last_run", Words(length=32), nullable=False, comment="Last run that saw it."),
        sa.PrimaryKeyConstraint("origin_id", "kind", "subject", name=op.f("pk_attestations")),
        comment="What origins declare about themselves.",
    )
    op.create_table(
        "origin_pages",
        sa.Column(
            "origin_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="The origin, as in origins."
        ),
        sa.Column("path", Words(length=100), nullable=False, comment="Which of its own documents."),
        sa.Column("host", Words(), nullable=False, comment="Host, with a port where it is not the default."),
        sa.Column("status", sa.Integer(), nullable=True, comment="HTTP status of the last answer; null without one."),
        sa.Column(
            "etag", sa.Text(), nullable=False, comment="ETag of the last answer that was read; empty where it had none."
        ),
        sa.Column("last_modified", sa.Text(), nullable=False, comment="Last-Modified of that answer; likewise."),
        sa.Column("reader", sa.Integer(), nullable=False, comment="Which version of our decoders read it."),
        sa.Column(
            "name", sa.Text(), nullable=False, comment="What it calls the service or site; empty where it does not."
        ),
        sa.Column("favicon", sa.Text(), nullable=False, comment="The icon it names; empty where it names none."),
        sa.Column("changed_run", Words(length=32), nullable=False, comment="Run in which name or icon last changed."),
        sa.Column("last_run", Words(length=32), nullable=False, comment="Last run that asked for it."),
        sa.PrimaryKeyConstraint("origin_id", "path", name=op.f("pk_origin_pages")),
        comment="One visit to each origin's own documents a night: what they answered, and how to ask only for news.",
    )
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
        op.alter_column(
            "resources",
            "kind",
            existing_type=Words(length=8),
            existing_nullable=False,
            comment="http, mcp, or api_key (documented by its origin, takes an API key, never asked).",
        )
