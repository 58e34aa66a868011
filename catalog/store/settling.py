"""Settling: what a judged night's checks move (streaks, day counters, live terms), in one transaction, exactly once.

Until then they lie in ``unsettled_checks`` and count for nothing, so a night that a guard refuses, or that nobody
ends, has moved nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, select, update

from catalog import health
from catalog.run import Run
from catalog.store import days
from catalog.store.engine import Store, chunks, upsert
from catalog.store.schema import challenges, checks, resources, unsettled_checks

SPOILED = "Counts for nothing, the fault may be ours. Observed: "
"""Put before the message of a check that a guard made a ``prober_fault``."""


def settle(store: Store, run: Run) -> int:
    """Let the run's checks count; how many did. Settling again moves nothing."""
    with store.begin() as connection:
        return settle_in(connection, run)


def settle_in(connection: Connection, run: Run) -> int:
    """As :func:`settle`, in the caller's transaction."""
    fresh = _unsettled(connection, run)
    _advance(connection, run, fresh)
    days.count(connection, run, [(c.resource_id, c.outcome, c.latency_ms) for c in fresh])
    _save_challenges(connection, run, [c for c in fresh if c.terms is not None and c.outcome != "prober_fault"])
    connection.execute(delete(unsettled_checks).where(unsettled_checks.c.run_id == run.id))
    return len(fresh)


def give_up(connection: Connection, run: Run) -> None:
    """Checks of earlier runs that never came to be settled count for nothing: nobody can judge those nights now."""
    left = (
        select(unsettled_checks.c.run_id, checks.c.at)
        .join(checks, same_check())
        .where(unsettled_checks.c.run_id != run.id)
        .distinct()
        .order_by(unsettled_checks.c.run_id)
    )
    for _, at in connection.execute(left).all():
        spoil(connection, Run(at))
        settle_in(connection, Run(at))


def spoil(connection: Connection, run: Run, ids: Sequence[int] | None = None) -> None:
    """Make unsettled checks of the run (all, or those of ``ids``) prober faults, what was observed kept beside."""
    mine = and_(checks.c.run_id == run.id, checks.c.observed.is_(None), checks.c.resource_id.in_(pending(run)))
    values = {
        "observed": checks.c.outcome, "outcome": "prober_fault", "counted": False, "message": SPOILED + checks.c.message,
    }  # fmt: skip
    for part in [None] if ids is None else chunks(ids):
        which = mine if part is None else and_(mine, checks.c.resource_id.in_(part))
        connection.execute(update(checks).where(which).values(values))


def pending(run: Run) -> Any:
    """Ids of the resources whose check in ``run`` is not settled."""
    return select(unsettled_checks.c.resource_id).where(unsettled_checks.c.run_id == run.id)


def same_check() -> Any:
    """Joins ``checks`` and ``unsettled_checks``."""
    return and_(checks.c.resource_id == unsettled_checks.c.resource_id, checks.c.run_id == unsettled_checks.c.run_id)


def _unsettled(connection: Connection, run: Run) -> Sequence[Any]:
    c = checks.c
    columns = (c.resource_id, c.outcome, c.status, c.latency_ms)
    return connection.execute(
        select(*columns, unsettled_checks.c.terms_hash, unsettled_checks.c.terms)
        .join(unsettled_checks, same_check())
        .where(unsettled_checks.c.run_id == run.id)
        .order_by(c.resource_id)
    ).all()


def _advance(connection: Connection, run: Run, fresh: Sequence[Any]) -> None:
    names = list(health.State.__dataclass_fields__)
    states = {
        row.id: health.State(*row[1:])
        for part in chunks([c.resource_id for c in fresh])
        for row in connection.execute(
            select(resources.c.id, *(resources.c[name] for name in names)).where(resources.c.id.in_(part))
        )
    }
    rows = []
    for check in fresh:
        state = health.advance(states[check.resource_id], check.outcome, check.status, run.at)
        rows.append({"b_id": check.resource_id, **{name: getattr(state, name) for name in names}})
    if rows:
        values: dict[str, Any] = {name: bindparam(name) for name in names}
        connection.execute(update(resources).where(resources.c.id == bindparam("b_id")).values(values), rows)


def _save_challenges(connection: Connection, run: Run, fresh: Sequence[Any]) -> None:
    known = {
        row.resource_id: row.content_hash
        for part in chunks([c.resource_id for c in fresh])
        for row in connection.execute(
            select(challenges.c.resource_id, challenges.c.content_hash).where(
                challenges.c.current.is_(True), challenges.c.resource_id.in_(part)
            )
        )
    }
    same = [{"b_id": c.resource_id} for c in fresh if known.get(c.resource_id) == c.terms_hash]
    changed = [
        {
            "resource_id": c.resource_id, "first_run": run.id, "last_run": run.id, "current": True,
            "content_hash": c.terms_hash, "record": c.terms,
        }
        for c in fresh
        if known.get(c.resource_id) != c.terms_hash
    ]  # fmt: skip
    mine = and_(challenges.c.resource_id == bindparam("b_id"), challenges.c.current.is_(True))
    if same:
        connection.execute(update(challenges).where(mine).values(last_run=run.id), same)
    retired = [{"b_id": row["resource_id"]} for row in changed if row["resource_id"] in known]
    if retired:
        connection.execute(update(challenges).where(mine).values(current=False), retired)
    upsert(connection, challenges, changed)
