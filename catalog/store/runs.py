"""Runs: opened once, gone on with after a kill, and what is told of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import insert, select, update

from catalog import health
from catalog.run import Run
from catalog.store.engine import Store, StoreError
from catalog.store.schema import runs
from catalog.store.settling import give_up

RESUME_WITHIN = timedelta(hours=20)


class RunOrderError(StoreError):
    """The clock of the run is before the store's last run."""


def begin_run(store: Store, run: Run, *, replay: bool) -> bool:
    """Open ``run``; True where it was begun before and goes on. An older unfinished run is marked aborted,
    and checks nobody settled count for nothing from now on.

    Raises :class:`RunOrderError` where the store has seen a later run.
    """
    with store.begin() as connection:
        latest = connection.execute(select(runs).order_by(runs.c.started_at.desc()).limit(1)).first()
        if latest is not None and run.at < latest.started_at:
            raise RunOrderError(f"--now {run.now} is before the last run, {latest.started_at.isoformat()}")
        same = latest is not None and latest.id == run.id
        connection.execute(
            update(runs)
            .where(runs.c.status == "running", runs.c.id != run.id)
            .values(status="aborted", message="a later run began before it finished")
        )
        give_up(connection, run)
        if same:
            connection.execute(update(runs).where(runs.c.id == run.id).values(status="running", message=""))
            return True
        connection.execute(
            insert(runs).values(
                id=run.id, started_at=run.at, window_30d_from=run.at - health.WINDOW, status="running",
                stage="crawl", replay=replay, message="", counts="{}", timings="{}",
            )
        )  # fmt: skip
        return False


def unfinished_run(store: Store, now: datetime) -> Run | None:
    """The live run that was killed less than 20 hours ago, to be gone on with."""
    with store.begin() as connection:
        latest = connection.execute(select(runs).order_by(runs.c.started_at.desc()).limit(1)).first()
    if latest is None or latest.status != "running" or latest.replay:
        return None
    return Run(latest.started_at) if timedelta(0) <= now - latest.started_at < RESUME_WITHIN else None


def current_run(store: Store) -> Run | None:
    """The latest run of the store, finished or not."""
    with store.begin() as connection:
        latest = connection.execute(select(runs.c.started_at).order_by(runs.c.started_at.desc()).limit(1)).scalar()
    return None if latest is None else Run(latest)


def is_replay(store: Store, run: Run) -> bool:
    """Whether the run replays a recording."""
    with store.begin() as connection:
        return bool(connection.execute(select(runs.c.replay).where(runs.c.id == run.id)).scalar())


def set_run(store: Store, run: Run, **values: Any) -> None:
    """Set columns of the run: stage, status, message, counts (dict), timings (dict)."""
    encoded = {k: orjson.dumps(v).decode() if isinstance(v, dict) else v for k, v in values.items()}
    with store.begin() as connection:
        connection.execute(update(runs).where(runs.c.id == run.id).values(**encoded))
