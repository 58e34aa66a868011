"""When a resource is due: one that fails is asked again soon and then ever later, one that answers once a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from catalog.health import State

FIRST_RETRY = timedelta(hours=1)
"""After the first failure; doubled with each one more."""
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
RARELY = frozenset({"dormant", "delisted"})
"""Lifecycles that are asked once a week."""
SLACK = timedelta(minutes=10)
"""A job does not begin to the second: what is due so soon is asked now, not an hour later."""


def next_due(state: State, lifecycle: str | None, at: datetime, uncounted_at: datetime | None = None) -> datetime:
    """When a resource is to be asked again; ``at`` where it never was.

    Healthy ones a day after the last check, failing ones after 1, 2, 4, … hours, a day at most; dormant and delisted
    ones after a week. ``uncounted_at`` is when a check said nothing (wrong method, too many requests, a dead host's
    others): asking soon again would not say more.
    """
    last = max((moment for moment in (state.last_checked_at, uncounted_at) if moment is not None), default=None)
    if last is None:
        return at
    if lifecycle in RARELY:
        return last + WEEK
    if not state.consecutive_failures or last == uncounted_at:
        return last + DAY
    doubled = min(state.consecutive_failures - 1, 5)  # 2**5 hours are more than a day
    return last + min(FIRST_RETRY * (1 << doubled), DAY)


def is_due(state: State, lifecycle: str | None, at: datetime, uncounted_at: datetime | None = None) -> bool:
    """Whether a job that begins at ``at`` asks it."""
    return next_due(state, lifecycle, at, uncounted_at) <= at + SLACK
