"""Reports: what one run listed, checked, published and noticed, counted from the store."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import Connection, Select, func, select

from catalog.run import Run, iso
from catalog.store import schema as t
from catalog.store.engine import Store, StoreMismatch

PASSING = ("listed", "findings", "catalogue")
"""Figures counted from rows that move on with every run."""
ALERTS = 20
"""Errors a report names one by one; its findings count them all."""


def report(store: Store, run_id: str | None = None) -> dict[str, Any]:
    """Counts of a run (the last one by default), JSON-ready. Raises :class:`StoreMismatch` for an unknown run."""
    with store.begin() as connection:
        query = select(t.runs).order_by(t.runs.c.started_at.desc())
        if run_id is not None:
            query = query.where(t.runs.c.id == run_id)
        run = connection.execute(query.limit(1)).first()
        if run is None:
            raise StoreMismatch(f"there is no run {run_id} in this store" if run_id else "this store has no run yet")
        kept = orjson.loads(run.counts)
        last = connection.execute(select(func.max(t.runs.c.started_at))).scalar()
        figures = {**counts(connection, run.id), "catalogue": _catalogue(connection)}
        if last != run.started_at:
            figures |= {name: kept.get(name) for name in PASSING}
        return {
            "run": run.id,
            "started_at": iso(run.started_at),
            "status": run.status,
            "stage": run.stage,
            "message": run.message,
            "alerts": _alerts(connection, run.id),
            **figures,
            "seconds": orjson.loads(run.timings),
            "documents": kept.get("documents"),
        }


def _alerts(connection: Connection, run_id: str) -> list[dict[str, str]]:
    """The run's gravest findings, money first: what somebody should look at before breakfast."""
    c = t.findings.c
    query = (
        select(c.code, c.url, c.source, c.evidence)
        .where(c.last_run == run_id, c.severity == "error")
        .order_by(c.code != "offer.pay_to_changed", c.code, c.url, c.source)
        .limit(ALERTS)
    )
    return [
        {"code": row.code, "url": row.url, "source": row.source, "evidence": row.evidence}
        for row in connection.execute(query)
    ]


def passing(store: Store, run: Run) -> dict[str, Any]:
    """The figures of the last run that the next one will overwrite, to be kept with it."""
    told = report(store, run.id)
    return {name: told[name] for name in PASSING}


def counts(connection: Connection, run_id: str) -> dict[str, Any]:
    """What one run brought."""
    sources = connection.execute(
        select(t.source_runs).where(t.source_runs.c.run_id == run_id).order_by(t.source_runs.c.source)
    )
    listed = select(func.count(func.distinct(t.listings.c.resource_id))).where(
        t.listings.c.last_run == run_id, t.listings.c.current.is_(True)
    )
    checked = t.resources.join(t.checks, (t.checks.c.resource_id == t.resources.c.id) & (t.checks.c.run_id == run_id))
    outcomes = _grouped(connection, select(t.checks.c.outcome, func.count()).select_from(checked), t.checks.c.outcome)
    return {
        "sources": {
            row.source: {
                "status": row.status, "rows": row.rows_read, "distinct": row.distinct_rows, "total": row.total,
                "complete": row.complete, "verdict": row.verdict, "message": row.message,
            }
            for row in sources
        },
        "listed": connection.execute(listed).scalar_one(),
        "probed": sum(outcomes.values()),
        "outcomes": outcomes,
        "payable": outcomes.get("payable", 0),
        "changes": _grouped(
            connection,
            select(t.offer_changes.c.kind, func.count()).where(t.offer_changes.c.run_id == run_id),
            t.offer_changes.c.kind,
        ),
        "lifecycle_changes": connection.execute(
            select(func.count()).where(t.lifecycle_events.c.run_id == run_id, t.lifecycle_events.c.old.is_not(None))
        ).scalar_one(),
        "findings": _grouped(
            connection, select(t.findings.c.code, func.count()).where(t.findings.c.last_run == run_id), t.findings.c.code
        ),
    }  # fmt: skip


def _catalogue(connection: Connection) -> dict[str, Any]:
    c = t.resources.c
    built = c.slug.is_not(None)
    return {
        "resources": connection.execute(select(func.count()).where(built)).scalar_one(),
        "categories": _grouped(connection, select(c.category, func.count()).where(built), c.category),
        "pricing": _grouped(connection, select(c.pricing_flag, func.count()).where(built), c.pricing_flag),
        "trust": _grouped(connection, select(c.trust_tier, func.count()).where(built), c.trust_tier),
        "status": _grouped(connection, select(c.status, func.count()).where(built), c.status),
        "lifecycle": _grouped(connection, select(c.lifecycle, func.count()).where(built), c.lifecycle),
        "clusters": connection.execute(select(func.count()).where(t.clusters.c.size > 1)).scalar_one(),
        "checks": connection.execute(select(func.count()).select_from(t.checks)).scalar_one(),
        "changes": _grouped(connection, select(t.offer_changes.c.kind, func.count()), t.offer_changes.c.kind),
    }


def _grouped(connection: Connection, query: Select[Any], column: Any) -> dict[str, int]:
    return {str(name): count for name, count in connection.execute(query.group_by(column).order_by(column))}
