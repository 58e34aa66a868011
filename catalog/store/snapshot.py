"""``catalog.sqlite``: the whole store as one deterministic SQLite file for analysts.

Rows are copied in key order into a fresh file, so the same store gives the same bytes whatever database it lives in
and whatever happened to it before. Left out: durations, decoded records (the verbatim rows stay), the documents
(they are the release), and everything of owners who opted out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Select, Table, create_engine, event, insert, select

from catalog.run import Run
from catalog.store import schema as t
from catalog.store.engine import BATCH, Store, head_revision, upgrade

_BLANK: dict[str, dict[str, Any]] = {
    "runs": {"timings": "{}"},
    "listings": {"record": ""},
    "challenges": {"record": ""},
}


def write_snapshot(store: Store, run: Run, path: Path) -> None:
    """Write the snapshot of ``run`` to ``path``, which must not exist. Raises ``OSError`` where it cannot."""
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = _new_file(path)
    upgrade(engine)
    with store.begin() as source, engine.begin() as target:
        hidden = _hidden(source)
        for table in t.metadata.sorted_tables:
            if table.name not in t.UNPUBLISHED:
                _copy(source, target, table, run, hidden)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA user_version={int(head_revision())}")
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
    return engine


def _hidden(source: Connection) -> set[int]:
    removed = select(t.resources.c.id).where(t.resources.c.lifecycle == "removed_by_owner")
    return set(source.execute(removed).scalars())


def _copy(source: Connection, target: Connection, table: Table, run: Run, hidden: set[int]) -> None:
    query: Select[Any] = select(table).order_by(*table.primary_key.columns)
    blank = _BLANK.get(table.name, {})
    about = [name for name in ("resource_id", "a_id", "b_id") if name in table.c] or (
        ["id"] if table is t.resources else []
    )
    hosts = _hidden_urls(source, hidden) if table is t.findings else set()
    rows: list[dict[str, Any]] = []
    for row in source.execution_options(yield_per=BATCH).execute(query).mappings():
        if any(row[name] in hidden for name in about) or (hosts and row["url"] in hosts):
            continue
        values = {**row, **blank}
        if table is t.runs and row["id"] == run.id:
            values |= {"status": "published", "stage": "publish"}  # nobody sees it before it is
        rows.append(values)
        if len(rows) >= BATCH:
            target.execute(insert(table), rows)
            rows = []
    if rows:
        target.execute(insert(table), rows)


def _hidden_urls(source: Connection, hidden: set[int]) -> set[str]:
    if not hidden:
        return set()
    return {url for key, url in source.execute(select(t.resources.c.id, t.resources.c.url)) if key in hidden}
