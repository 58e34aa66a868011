"""``Retry-After``: a host that asks for quiet gets it, up to a cap."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

DEFAULT = 30.0
"""Seconds of quiet after a 429 that does not say how long."""


def quiet_asked(status: int, retry_after: str | None, date: str | None) -> float | None:
    """Seconds of quiet an answer asks for; None where it asks for none.

    Of 429 and 503 only (RFC 9110 §10.2.3). A ``Retry-After`` that is a date counts from the answer's own ``Date``:
    no clock of ours takes part. An unreadable one counts as none.
    """
    if status not in (429, 503):
        return None
    asked = _seconds(retry_after.strip(), date) if retry_after else None
    return asked if asked is not None else DEFAULT if status == 429 else None


def _seconds(value: str, date: str | None) -> float | None:
    if value.isascii() and value.isdigit():
        return float(value[:12])
    try:
        until, since = parsedate_to_datetime(value), parsedate_to_datetime(date or "")
        return max(0.0, (until - since).total_seconds())
    except (ValueError, TypeError):  # no date, or one with a zone and one without
        return None


class Quiet:
    """The quiet one host asked for tonight. Times are seconds of any one monotonic clock.

    ``patience`` bounds all of it together: a host that asks for more is left alone for the rest of the run.
    """

    def __init__(self, patience: float) -> None:
        self._left = patience
        self.until = 0.0
        """Not to be asked before."""
        self.ended = False
        """Whether it asked for more than there is patience for."""

    def ask(self, now: float, seconds: float) -> None:
        """It asked, at ``now``, for ``seconds`` of quiet."""
        more = now + seconds - max(self.until, now)
        if more > self._left:
            self.ended = True
        elif more > 0:
            self._left -= more
            self.until = now + seconds
