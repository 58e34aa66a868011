"""``price_history``: the changes of a resource's terms, compact."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.documents import OfferChange
from catalog.known import Change
from catalog.money import plain
from catalog.run import iso

HISTORY = 50
"""Changes of terms shown in a document; all of them stand in the ``offer_changes`` table."""


def price_history(changes: Sequence[Change]) -> list[OfferChange]:
    """The last 50, oldest first; what several accepts had in common (one price on three networks) stands once."""
    told: dict[object, OfferChange] = {}
    for c in changes:
        what = (c.at, c.source, c.kind, c.old, c.new, c.old_usd, c.new_usd)
        if what in told:
            told[what]["accepts"] += 1
            continue
        told[what] = {
            "at": iso(c.at),
            "source": c.source,
            "kind": c.kind,
            "accept": c.accept,
            "accepts": 1,
            "old": c.old,
            "new": c.new,
            "old_usd": None if c.old_usd is None else plain(c.old_usd),
            "new_usd": None if c.new_usd is None else plain(c.new_usd),
        }
    return list(told.values())[-HISTORY:]
