"""Health: what a resource's checks say, computed so that it can be trusted and computed again.

Only *counted* checks (see :data:`catalog.records.UNCOUNTED`) move anything. Nothing is shown that was not measured:
a figure without enough history is null and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import sqrt
from typing import Literal

from catalog.records import UNANSWERED, UNCOUNTED, Layer

WINDOW = timedelta(days=30)
MINIMUM = 5
"""Counted checks under which a share is ``insufficient_history``."""
RECENT = 20
DOWN_STREAK = 3

Status = Literal["healthy", "degraded", "down", "unknown"]


@dataclass(frozen=True, slots=True)
class State:
    """What must be remembered between nights; ``None`` and 0 for a resource never checked."""

    last_outcome: str | None = None
    """Of the last counted check."""
    last_checked_at: datetime | None = None
    """Of the last check that was sent, counted or not."""
    last_payable_at: datetime | None = None
    consecutive_failures: int = 0
    """Counted checks since the last payable one."""
    unanswered_streak: int = 0
    """Counted checks in a row without an HTTP answer or with a 5xx."""
    gone_since: datetime | None = None
    """Start of an unbroken row of no-DNS, 404 or 410."""


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One stored check, as far as figures need it."""

    at: datetime
    outcome: str
    status: int | None
    latency_ms: int | None
    method: str | None
    message: str
    error: str | None = None
    """``dns``, ``refused``, ``reset``, ``tls``, ``timeout``, ``too_large``, ``bad_http``, ``blocked`` or None."""
    layers: tuple[Layer, ...] = ()
    """All seven, see :mod:`catalog.layers`; empty where nothing was sent."""
    certificate_expires: datetime | None = None
    attempts: int = 1
    """Requests sent."""
    answered_by: int | None = 0
    """Which of them the outcome rests on; None where none was sent."""

    @property
    def counted(self) -> bool:
        """Whether it counts."""
        return self.outcome not in UNCOUNTED

    @property
    def answered(self) -> bool:
        """Counted, and an HTTP answer came."""
        return self.counted and self.outcome not in UNANSWERED

    @property
    def shown(self) -> str:
        """The word of directory pages: healthy, degraded, error; ``not counted`` for the rest."""
        if not self.counted:
            return "not counted"
        return "healthy" if self.outcome == "payable" else "degraded" if self.answered else "error"


def advance(state: State, outcome: str, status: int | None, at: datetime) -> State:
    """The state after one more check."""
    if outcome in UNCOUNTED:
        sent = outcome not in ("blocked", "inferred", "prober_fault")
        return replace(state, last_checked_at=at) if sent else state
    payable = outcome == "payable"
    unanswered = outcome in UNANSWERED or outcome == "server_error"
    gone = outcome == "dns_error" or status in (404, 410)
    return State(
        last_outcome=outcome,
        last_checked_at=at,
        last_payable_at=at if payable else state.last_payable_at,
        consecutive_failures=0 if payable else state.consecutive_failures + 1,
        unanswered_streak=state.unanswered_streak + 1 if unanswered else 0,
        gone_since=(state.gone_since or at) if gone else None,
    )


def status_of(state: State, window: Sequence[CheckRow]) -> Status:
    """healthy: last counted check payable; down: no DNS, or ≥3 counted in a row without an answer or with 5xx;
    unknown: no counted check in 30 days; degraded otherwise. ``window`` holds the last 30 days."""
    if not any(check.counted for check in window):
        return "unknown"
    if state.last_outcome == "payable":
        return "healthy"
    if state.last_outcome == "dns_error" or state.unanswered_streak >= DOWN_STREAK:
        return "down"
    return "degraded"


@dataclass(frozen=True, slots=True)
class Share:
    """``numerator`` of ``denominator`` counted checks, with the 95 % Wilson interval; value null under 5."""

    numerator: int
    denominator: int
    first_check: datetime | None
    last_check: datetime | None

    @property
    def sufficient(self) -> bool:
        """Whether there is enough history to show a value."""
        return self.denominator >= MINIMUM

    @property
    def value(self) -> float | None:
        """The share, four places; None on insufficient history."""
        return round(self.numerator / self.denominator, 4) if self.sufficient else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson score interval at 95 %, four places; None on insufficient history."""
        if not self.sufficient:
            return None
        n, p, z = self.denominator, self.numerator / self.denominator, 1.959963984540054
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4)


def uptime(window: Sequence[CheckRow]) -> Share:
    """payable ÷ counted."""
    return _share(window, [check.outcome == "payable" for check in window])


def reachability(window: Sequence[CheckRow]) -> Share:
    """answered ÷ counted."""
    return _share(window, [check.answered for check in window])


def _share(window: Sequence[CheckRow], hits: Sequence[bool]) -> Share:
    counted = [check for check in window if check.counted]
    return Share(
        numerator=sum(hits),
        denominator=len(counted),
        first_check=counted[0].at if counted else None,
        last_check=counted[-1].at if counted else None,
    )


@dataclass(frozen=True, slots=True)
class Latency:
    """Of payable answers only: fast errors are no speed. Milliseconds, nearest rank."""

    p50_ms: int | None
    p95_ms: int | None
    count: int
    newest_at: datetime | None


def latency(window: Sequence[CheckRow]) -> Latency:
    """p50 and p95 of the payable answers of the window whose latency was measured."""
    measured = [c for c in window if c.outcome == "payable" and c.latency_ms is not None]
    p50, p95 = percentiles([c.latency_ms for c in measured if c.latency_ms is not None])
    return Latency(p50, p95, len(measured), measured[-1].at if measured else None)


def percentiles(latencies: Sequence[int]) -> tuple[int | None, int | None]:
    """p50 and p95, nearest rank: values that were measured, never between two of them; None without any."""
    values = sorted(latencies)
    if not values:
        return None, None
    p50, p95 = (values[-(-percent * len(values) // 100) - 1] for percent in (50, 95))
    return p50, p95


@dataclass(frozen=True, slots=True)
class Score:
    """A reliability score out of 100 with its parts; ``score`` None says why in ``reason``."""

    formula: str
    score: float | None
    components: dict[str, float]
    reason: str | None = None


def _latency_points(p50_ms: int | None) -> int:
    if p50_ms is None:
        return 5
    return next((points for limit, points in ((200, 25), (500, 20), (1000, 15), (2000, 10)) if p50_ms < limit), 5)


def _age_points(days: float) -> int:
    return 10 if days > 7 else 7 if days > 3 else 5 if days > 1 else 2


def reachable_0(uptime_share: float, p50_ms: int | None, failures: int, age_days: float) -> Score:
    """``reachable-0``, the formula behind the directory pages of 2026: 50·uptime + L + S + A.

    It counts any HTTP answer as up and the latency of errors as speed; kept to explain those pages, not our default.
    """
    parts = {
        "uptime": round(50 * uptime_share, 1),
        "latency": float(_latency_points(p50_ms)),
        "streak": float(15 if failures == 0 else 10 if failures == 1 else 5 if failures == 2 else 0),
        "age": float(_age_points(age_days)),
    }
    return Score("reachable-0", round(sum(parts.values()), 1), parts)


def payable_1(uptime_30d: Share, payable: Latency, failures: int, age_days: float, *, ever_payable: bool) -> Score:
    """``payable-1``, our default: as ``reachable-0``, but from payable shares and payable latencies only; no points
    for a latency never measured, at most 25 where nothing was ever payable, null on insufficient history."""
    if uptime_30d.value is None:
        return Score("payable-1", None, {}, "insufficient_history")
    parts = {
        "uptime": round(50 * uptime_30d.value, 1),
        "latency": float(0 if payable.p50_ms is None else _latency_points(payable.p50_ms)),
        "streak": float(max(0, 15 - 5 * failures)),
        "age": float(_age_points(age_days)),
    }
    total = round(sum(parts.values()), 1)
    if not ever_payable and total > 25:
        return Score("payable-1", 25.0, parts, "never_payable")
    return Score("payable-1", total, parts, None if ever_payable else "never_payable")
