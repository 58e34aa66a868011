"""A run of the nightly job: the only clock the catalogue knows.

Two runs over the same input at the same clock must give the same bytes, so nothing below the command line
asks for the time or draws a random id; it is handed a :class:`Run`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


def parse_time(text: str) -> datetime:
    """The UTC time an ISO-8601 text names; a text without an offset is UTC.

    Raises ``ValueError`` for anything else.
    """
    moment = datetime.fromisoformat(text)
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        raise ValueError(f"outside the years 1 to 9999 in UTC: {text}") from None


def iso(moment: datetime) -> str:
    """``2026-04-24T15:01:35.625676+00:00``: always UTC, always six digits, so that texts sort like times."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True, slots=True)
class Run:
    """One night: ``id`` is derived from ``at`` (UTC), e.g. ``20260424T150135625676Z``."""

    at: datetime

    @property
    def id(self) -> str:
        """Sorts like the time it names, second by second; whole seconds are written without a fraction."""
        moment = self.at.astimezone(UTC)
        fraction = f"{moment.microsecond:06d}" if moment.microsecond else ""
        return f"{moment:%Y%m%dT%H%M%S}{fraction}Z"

    @property
    def now(self) -> str:
        """The run's time as published: ISO-8601, six-digit microseconds, ``+00:00``."""
        return iso(self.at)


def iso_or_none(moment: datetime | None) -> str | None:
    """As :func:`iso`, None for None."""
    return None if moment is None else iso(moment)
