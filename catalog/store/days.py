"""Days and months of checks: counted as checks are settled, kept for ever; and the pruning of single checks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select

from catalog.periods import (
    NOTHING,
    RAW_KEPT,
    Tally,
    day_of,
    first_day,
    month_of,
    read,
    tally,
    week_of,
    write_latencies,
    write_outcomes,
)  # fmt: skip
from catalog.run import Run
from catalog.store.engine import Store, chunks, upsert
from catalog.store.schema import check_days, check_months, checks, resources, runs

FIGURES = ("checks", "counted", "payable", "answered", "outcomes", "latencies")


def count(connection: Connection, run: Run, settled: Iterable[tuple[int, str, int | None]]) -> None:
    """Add settled checks (resource, outcome, latency in ms) of a run to their day and month, each exactly once."""
    added: dict[int, list[tuple[str, int | None]]] = defaultdict(list)
    for resource, outcome, latency in settled:
        added[resource].append((outcome, latency))
    tallies = {resource: tally(found) for resource, found in added.items()}
    day = day_of(run.at)
    _add(connection, check_days, "day", day, tallies)
    _add(connection, check_months, "month", month_of(day), tallies)


def _add(connection: Connection, table: Table, unit: str, period: str, added: dict[int, Tally]) -> None:
    c = table.c
    known = {
        row.resource_id: read(row.outcomes, row.latencies)
        for part in chunks(list(added))
        for row in connection.execute(
            select(c.resource_id, c.outcomes, c.latencies).where(c.resource_id.in_(part), c[unit] == period)
        )
    }
    rows = [
        {"resource_id": resource, unit: period, **_figures(known.get(resource, NOTHING) + found)}
        for resource, found in added.items()
    ]
    upsert(connection, table, rows, update=FIGURES)


def _figures(found: Tally) -> dict[str, Any]:
    return {
        "checks": found.checks, "counted": found.counted, "payable": found.payable, "answered": found.answered,
        "outcomes": write_outcomes(found.outcomes), "latencies": write_latencies(found.latencies),
    }  # fmt: skip


def recent_days(connection: Connection, run: Run) -> dict[int, dict[str, Tally]]:
    """Resource → day → tally, of the weeks the days shown in a document fall into."""
    return _since(connection, check_days, "day", week_of(first_day(run.at)))


def months(connection: Connection) -> dict[int, dict[str, Tally]]:
    """Resource → month → tally, of all time."""
    return _since(connection, check_months, "month", "")


def _since(connection: Connection, table: Table, unit: str, first: str) -> dict[int, dict[str, Tally]]:
    c = table.c
    query = select(c.resource_id, c[unit], c.outcomes, c.latencies).where(c[unit] >= first)
    found: dict[int, dict[str, Tally]] = defaultdict(dict)
    for resource, period, outcomes, latencies in connection.execute(query.order_by(c.resource_id, c[unit])):
        found[resource][period] = read(outcomes, latencies)
    return found


def prune(store: Store, run: Run) -> int:
    """Delete single checks older than 90 days and tell how many; their days and months stay.

    Some resources at a time, each lot in a transaction of its own: killed in between, the next night goes on.
    """
    with store.begin() as connection:
        query = select(func.max(runs.c.id)).where(runs.c.started_at < run.at - RAW_KEPT)
        newest = connection.execute(query).scalar()
        ids = list(connection.execute(select(resources.c.id).order_by(resources.c.id)).scalars()) if newest else []
    deleted = 0
    for part in chunks(ids):
        with store.begin() as connection:
            old = delete(checks).where(checks.c.resource_id.in_(part), checks.c.run_id <= newest)
            deleted += connection.execute(old).rowcount
    return deleted
