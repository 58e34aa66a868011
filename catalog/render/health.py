"""``health/<slug>.json``."""

from __future__ import annotations

from datetime import datetime, timedelta

from catalog import health, periods
from catalog.documents import CheckOut, HealthDocument, PeriodOut, PeriodsOut, ShareOut
from catalog.known import Known
from catalog.resolve.model import Published
from catalog.run import iso, iso_or_none


def health_document(published: Published, now: str, at: datetime) -> HealthDocument:
    """What changes every night."""
    known, state = published.known, published.known.state
    window = [c for c in known.checks if at - c.at < health.WINDOW]
    latency = health.latency(window)
    uptime = health.uptime(window)
    score = health.payable_1(
        uptime,
        latency,
        state.consecutive_failures,
        (at - known.first_seen_at) / timedelta(days=1),
        ever_payable=state.last_payable_at is not None,
    )
    return {
        "generated_at": now,
        "slug": published.slug,
        "url": known.url,
        "status": published.status,  # type: ignore[typeddict-item]
        "status_since": iso_or_none(published.status_since),
        "lifecycle": published.lifecycle,
        "last_listed_at": iso(known.last_listed_at),
        "last_checked_at": iso_or_none(state.last_checked_at),
        "last_healthy_at": iso_or_none(state.last_payable_at),
        "consecutive_failures": state.consecutive_failures,
        "uptime_30d": _share(uptime),
        "reachability_30d": _share(health.reachability(window)),
        "latency": {
            "p50_ms": latency.p50_ms,
            "p95_ms": latency.p95_ms,
            "count": latency.count,
            "newest_at": iso_or_none(latency.newest_at),
        },
        "reliability": {
            "formula": score.formula,
            "score": score.score,
            "components": score.components,
            "reason": score.reason,
        },
        "recent_checks": [_check(c) for c in reversed(known.checks[-health.RECENT :])],
        "periods": _periods(known, at),
    }


def _periods(known: Known, at: datetime) -> PeriodsOut:
    day, month = periods.first_day(at), periods.first_month(at)
    return {
        "days": [_period(start, tally) for start, tally in known.days.items() if start >= day],
        "weeks": [_period(start, tally) for start, tally in periods.weeks(known.days).items()],
        "months": [_period(f"{start}-01", tally) for start, tally in known.months.items() if start >= month],
        "all_time": _period(None, periods.total(known.months.values())),
    }


def _period(start: str | None, tally: periods.Tally) -> PeriodOut:
    share = health.Share(tally.payable, tally.counted, None, None)
    p50, p95 = health.percentiles(tally.latencies)
    return {
        "start": start,
        "checks": tally.checks,
        "counted": tally.counted,
        "payable": tally.payable,
        "answered": tally.answered,
        "uptime": share.value,
        "p50_ms": p50,
        "p95_ms": p95,
        "measured": len(tally.latencies),
        "outcomes": dict(sorted(tally.outcomes.items())),
    }


def _share(share: health.Share) -> ShareOut:
    return {
        "value": share.value,
        "numerator": share.numerator,
        "denominator": share.denominator,
        "first_check": iso_or_none(share.first_check),
        "last_check": iso_or_none(share.last_check),
        "interval": share.interval,
        "note": None if share.sufficient else "insufficient_history",
    }


def _check(check: health.CheckRow) -> CheckOut:
    return {
        "at": iso(check.at),
        "shown": check.shown,  # type: ignore[typeddict-item]
        "outcome": check.outcome,
        "counted": check.counted,
        "method": check.method,
        "http_status": check.status,
        "latency_ms": check.latency_ms,
        "message": check.message,
        "error": check.error,
        "attempts": check.attempts,
        "answered_by": check.answered_by,
        "layers": {layer.name: layer.state for layer in check.layers} or None,  # type: ignore[typeddict-item]
        "layer_ms": {layer.name: layer.ms for layer in check.layers if layer.ms is not None},
        "certificate_expires": iso_or_none(check.certificate_expires),
    }
