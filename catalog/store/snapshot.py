"""``catalog.sqlite``: the store as one deterministic SQLite file for analysts.

Rows are copied in key order into a fresh file, so the same store gives the same bytes whatever database it lives in
and whatever happened to it before. Left out: durations, decoded records (the verbatim rows stay), the documents
(they are the release), days of checks older than a year (their months stay; a table that only grows would make every
night dearer than the last), and everything of owners who opted out.
"""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, Select, Table, create_engine, event, insert, select
from sqlalchemy.engine import ExceptionContext

from catalog.periods import first_day_released
from catalog.run import Run
from catalog.store import schema as t
from catalog.store.engine import BATCH, Store, head_revision, upgrade
from catalog.store.optout import Withheld, withheld

_BLANK: dict[str, dict[str, Any]] = {
    "runs": {"timings": "{}"},
    "listings": {"record": ""},
    "challenges": {"record": ""},
}


def write_snapshot(store: Store, run: Run, path: Path) -> None:
    """Write the snapshot of ``run`` to ``path``, which must not exist. Raises ``OSError`` where it cannot."""
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = _new_file(path)
    try:
        upgrade(engine)
        with store.begin() as source, engine.begin() as target:
            hidden = withheld(source)
            for table in t.metadata.sorted_tables:
                if table.name not in t.UNPUBLISHED:
                    _copy(source, target, table, run, hidden)
            target.exec_driver_sql(f"PRAGMA user_version={int(head_revision())}")
    finally:
        engine.dispose()


def _new_file(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        # No journal: a snapshot cut short is thrown away whole.
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute("PRAGMA synchronous=OFF")

    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))

    @event.listens_for(engine, "handle_error")
    def _unwritable(context: ExceptionContext) -> None:
        raise OSError(errno.EIO, str(context.original_exception), str(path)) from context.original_exception

    return engine


def _copy(source: Connection, target: Connection, table: Table, run: Run, hidden: Withheld) -> None:
    query: Select[Any] = select(table).order_by(*table.primary_key.columns)
    if table is t.check_days:
        query = query.where(table.c.day >= first_day_released(run.at))
    blank = _BLANK.get(table.name, {})
    rows: list[dict[str, Any]] = []
    for row in source.execution_options(yield_per=BATCH).execute(query).mappings():
        if _is_hidden(table, row, hidden):
            continue
        values = {**row, **blank}
        if table in (t.runs, t.source_runs) and hidden.is_named_in(row["message"]):
            values["message"] = ""  # why an earlier run was refused may name who opted out since
        if table is t.runs and row["id"] == run.id:
            values |= {"status": "published", "stage": "publish", "message": ""}  # nobody sees it before it is
        rows.append(values)
        if len(rows) >= BATCH:
            target.execute(insert(table), rows)
            rows = []
    if rows:
        target.execute(insert(table), rows)


def _is_hidden(table: Table, row: RowMapping, hidden: Withheld) -> bool:
    if table is t.findings:
        return hidden.covers(row["url"]) or hidden.is_named_in(row["evidence"])
    if table is t.resources or table is t.origins:
        return row["id"] in (hidden.resources if table is t.resources else hidden.origins)
    about = [row.get(name) for name in ("resource_id", "a_id", "b_id")]
    return row.get("origin_id") in hidden.origins or not hidden.resources.isdisjoint(about)
