"""periods of checks: outcomes per day, months; checks without what they told twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

from catalog.store.types import Moment, Words

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_UNCOUNTED = {"not_exercised", "rate_limited", "blocked", "prober_fault", "inferred"}
_UNANSWERED = {"dns_error", "connect_error", "tls_error", "timeout", "protocol_error"}
_SIGNS = {"ok": "+", "failed": "!", "not_reached": "-", None: "."}
_COMMENTS = {
    "attempts": "JSON list of all attempts, without what the columns and the resource's URL tell; empty where that is "
    "all.",
    "layers": "How far it came, in the order dns, connect, tls, http, challenge, terms, match: + passed, ! failed, - "
    "not reached, . does not apply or was not judged; milliseconds behind it where measured. Null where nothing was "
    "sent.",
}
_checks = sa.table(
    "checks",
    sa.column("resource_id", sa.BigInteger()),
    sa.column("run_id", sa.Text()),
    sa.column("at", Moment()),
    sa.column("outcome", sa.Text()),
    sa.column("latency_ms", sa.Integer()),
    sa.column("answered_by", sa.Integer()),
    sa.column("attempts", sa.Text()),
    sa.column("layers", sa.Text()),
    sa.column("failed_layer", sa.Text()),
)
BATCH = 2_000


def upgrade() -> None:
    """Recount days and months from the checks, of which none was pruned before this version."""
    op.add_column(
        "checks",
        sa.Column(
            "failed_layer",
            Words(length=9),
            nullable=True,
            comment="The first of them that failed; null where none did.",
        ),
    )
    op.drop_table("check_days")
    days = _table("check_days", "day", 10, "UTC date, ISO.", "kept for ever (single checks are kept 90 days).")
    months = _table("check_months", "month", 7, "UTC month, e.g. 2026-04.", None)
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        for name, comment in _COMMENTS.items():
            op.alter_column("checks", name, existing_type=sa.Text(), comment=comment)
    _recount(connection, days, "day", 10)
    _recount(connection, months, "month", 7)
    _shorten(connection)


def _table(name: str, unit: str, length: int, period: str, kept: str | None) -> sa.Table:
    comment = (
        f"Checks per resource and day, {kept}"
        if kept
        else "The days of each month together: what all-time figures are made of, however long the history."
    )
    return op.create_table(
        name,
        sa.Column("resource_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="The resource."),
        sa.Column(unit, Words(length=length), nullable=False, comment=period),
        sa.Column("checks", sa.Integer(), nullable=False, comment="All checks."),
        sa.Column("counted", sa.Integer(), nullable=False, comment="Counted checks."),
        sa.Column("payable", sa.Integer(), nullable=False, comment="Payable ones."),
        sa.Column("answered", sa.Integer(), nullable=False, comment="Counted ones with an HTTP answer."),
        sa.Column(
            "outcomes", sa.Text(), nullable=False, comment="Each outcome, *n where there were n: payable*2,timeout."
        ),
        sa.Column(
            "latencies",
            sa.Text(),
            nullable=False,
            comment="Payable latencies in ms in the order of the runs: 120,95.",
        ),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], name=op.f(f"fk_{name}_resource_id")),
        sa.PrimaryKeyConstraint("resource_id", unit, name=op.f(f"pk_{name}")),
        comment=comment,
        sqlite_with_rowid=False,
    )


def _recount(connection: sa.Connection, table: sa.Table, unit: str, length: int) -> None:
    c = _checks.c
    query = sa.select(c.resource_id, c.at, c.outcome, c.latency_ms).order_by(c.resource_id, c.run_id)
    rows = []
    for (resource, period), found in groupby(
        connection.execute(query).all(), key=lambda row: (row.resource_id, row.at.date().isoformat()[:length])
    ):
        checks = list(found)
        outcomes = Counter(row.outcome for row in checks)
        counted = sum(n for name, n in outcomes.items() if name not in _UNCOUNTED)
        measured = [row.latency_ms for row in checks if row.outcome == "payable" and row.latency_ms is not None]
        rows.append(
            {
                "resource_id": resource, unit: period, "checks": len(checks), "counted": counted,
                "payable": outcomes["payable"],
                "answered": counted - sum(n for name, n in outcomes.items() if name in _UNANSWERED),
                "outcomes": ",".join(name if n == 1 else f"{name}*{n}" for name, n in sorted(outcomes.items())),
                "latencies": ",".join(map(str, measured)),
            }
        )  # fmt: skip
    for start in range(0, len(rows), BATCH):
        connection.execute(sa.insert(table), rows[start : start + BATCH])


def _shorten(connection: sa.Connection) -> None:
    c = _checks.c
    mine = (c.resource_id == sa.bindparam("b_resource")) & (c.run_id == sa.bindparam("b_run"))
    values: dict[str, Any] = {name: sa.bindparam(name) for name in ("attempts", "layers", "failed_layer")}
    rows = list(_shorter(connection))
    for start in range(0, len(rows), BATCH):
        connection.execute(sa.update(_checks).where(mine).values(values), rows[start : start + BATCH])


def _shorter(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    c = _checks.c
    query = sa.select(c.resource_id, c.run_id, c.answered_by, c.attempts, c.layers)
    for row in connection.execute(query):
        states = json.loads(row.layers) if row.layers else {}
        yield {
            "b_resource": row.resource_id,
            "b_run": row.run_id,
            "attempts": _attempts(json.loads(row.attempts), row.answered_by),
            "layers": " ".join(_SIGNS[x["state"]] + ("" if x["ms"] is None else str(x["ms"])) for x in states.values())
            or None,
            "failed_layer": next((name for name, x in states.items() if x["state"] == "failed"), None),
        }


def _attempts(attempts: list[dict[str, Any]], answered_by: int | None) -> str:
    told = []
    for index, attempt in enumerate(attempts):
        kept = {name: value for name, value in attempt.items() if value not in (None, "")}
        if attempt["url"] == attempts[0]["url"]:
            del kept["url"]
        columns = ("method", "status", "error", "latency_ms") if index == answered_by else ()
        told.append({name: value for name, value in kept.items() if name not in columns})
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False) if any(told) else ""
