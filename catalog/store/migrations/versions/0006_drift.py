"""dollars and new kinds in the history of terms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import catalog.store.types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLE = "offer_changes"
COMMENTS = {
    "source": (catalog.store.types.Words(100), False, "Who states the new terms: the source that lists it, or live."),
    "kind": (
        catalog.store.types.Words(16),
        False,
        "Since the last build: price, price_appeared, price_vanished, pay_to, asset, network, timeout, scheme, schema, "
        "accept_added, accept_removed. Listed against live, when it begins and when it ends: differs_ and agrees_ with "
        "price, pay_to, asset, network, timeout, scheme or schema. Recipients that take turns: pay_to_rotates, "
        "pay_to_settled.",
    ),
    "accept": (
        sa.Text(),
        False,
        "Which accept: scheme, network, asset; of a schema input_schema or output_schema.",
    ),
    "old": (sa.Text(), True, "Value before; differs_: as listed; agrees_: as it was answered."),
    "new": (
        sa.Text(),
        True,
        "Value after; differs_: as answered; agrees_: as both say now; pay_to_rotates: how many recipients.",
    ),
}


def upgrade() -> None:
    """dollars and new kinds in the history of terms."""
    for name, comment in (
        ("old_usd", "Of prices: exact dollars; null unless the asset is a known dollar token."),
        ("new_usd", "Likewise."),
    ):
        op.add_column(TABLE, sa.Column(name, catalog.store.types.Usd(), nullable=True, comment=comment))
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
        for name, (kind, nullable, comment) in COMMENTS.items():
            op.alter_column(TABLE, name, existing_type=kind, existing_nullable=nullable, comment=comment)
