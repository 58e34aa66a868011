"""Lifecycle: is a resource still part of the market? First rule that holds; nothing is ever deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

LIFECYCLES = ("removed_by_owner", "gone", "delisted", "dormant", "failing", "active")
Lifecycle = Literal["removed_by_owner", "gone", "delisted", "dormant", "failing", "active"]

IN_MARKET: frozenset[Lifecycle] = frozenset({"dormant", "failing", "active"})
"""States of what some source still lists (or has not been absent for long enough): these have a vote in medians."""

GONE_AFTER = timedelta(days=30)
DORMANT_AFTER = timedelta(days=30)
DELISTED_AFTER = timedelta(hours=72)
DELISTED_MISSES = 3
UNREAD_AFTER = timedelta(days=30)
FAILING_AFTER = 3


@dataclass(frozen=True, slots=True)
class Presence:
    """How one source lists a resource: complete listings in a row without it, since when."""

    missed: int
    absent_since: datetime | None
    declared_at: datetime | None = None
    """Of an origin's own document: when it was last read and held the resource. None for a bazaar."""

    def is_over(self, now: datetime) -> bool:
        """Absent from 3 complete listings and for at least 72 h; or declared by a document that nobody could read for
        30 days: a dead origin takes nothing back."""
        often, since, declared = self.missed >= DELISTED_MISSES, self.absent_since, self.declared_at
        if often and since is not None and now - since >= DELISTED_AFTER:
            return True
        return declared is not None and now - declared >= UNREAD_AFTER


def is_delisted(presences: Sequence[Presence], now: datetime) -> bool:
    """Over in every source that ever listed it."""
    return all(presence.is_over(now) for presence in presences)


def lifecycle(
    *,
    now: datetime,
    opted_out: bool,
    presences: Sequence[Presence],
    first_seen: datetime,
    last_payable: datetime | None,
    consecutive_failures: int,
    gone_since: datetime | None,
    was_checked: bool,
) -> tuple[Lifecycle, str]:
    """The state and the rule that held, in DESIGN's precedence."""
    if opted_out:
        return "removed_by_owner", "its owner opted out"
    unlisted = is_delisted(presences, now)
    if unlisted and gone_since is not None and now - gone_since >= GONE_AFTER:
        return "gone", "no DNS or 404/410 for 30 days, and unlisted"
    if unlisted:
        return "delisted", "absent from 3 complete listings and for 72 hours"
    if was_checked and now - (last_payable or first_seen) >= DORMANT_AFTER:
        return "dormant", "no payable check in 30 days"
    if consecutive_failures >= FAILING_AFTER:
        return "failing", f"{consecutive_failures} counted checks in a row were not payable"
    return "active", "listed or only just missing, and not failing"
