"""News: what changed since the last published run, for ``changes.json``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, select

from catalog.money import plain
from catalog.run import Run, iso
from catalog.store import schema as t
from catalog.store.engine import Store

_GRAVEST = case((t.offer_changes.c.kind == "pay_to", 0), (t.offer_changes.c.kind.like("price%"), 1), else_=2)
"""Where the money goes before what it costs, before the rest."""


def changes(store: Store, run: Run) -> dict[str, Any]:
    """New resources, terms, lifecycle and clusters since the last published run, those of runs that published nothing
    included. Of owners who opted out only that they did."""
    with store.begin() as connection:
        before = connection.execute(
            select(t.runs.c.id, t.runs.c.started_at)
            .where(t.runs.c.id < run.id, t.runs.c.status == "published")
            .order_by(t.runs.c.id.desc())
            .limit(1)
        ).first()
        since = before.id if before else ""
        events = connection.execute(
            select(t.cluster_events)
            .where(t.cluster_events.c.run_id > since, t.cluster_events.c.run_id <= run.id)
            .order_by(*t.cluster_events.primary_key.columns)
        ).all()
        return {
            "run": run.id,
            "generated_at": run.now,
            "previous_run": before.id if before else None,
            "new": _new(connection, run, before.started_at if before else None),
            "offers": _offers(connection, run, since),
            "lifecycle": _lifecycle(connection, run, since),
            "merged_clusters": [{"id": e.other_id, "into": e.cluster_id} for e in events if e.kind == "merged"],
            "split_clusters": [{"id": e.other_id, "from": e.cluster_id} for e in events if e.kind == "split"],
        }


def _new(connection: Connection, run: Run, before: datetime | None) -> list[str]:
    c = t.resources.c
    query = select(c.slug).where(c.first_seen_at <= run.at, c.lifecycle != "removed_by_owner").order_by(c.slug)
    if before is not None:
        query = query.where(c.first_seen_at > before)
    return list(connection.execute(query).scalars())


def _offers(connection: Connection, run: Run, since: str) -> list[dict[str, Any]]:
    c = t.offer_changes.c
    query = (
        select(t.resources.c.slug, t.offer_changes)
        .join(t.resources, t.resources.c.id == c.resource_id)
        .where(c.run_id > since, c.run_id <= run.id, t.resources.c.lifecycle != "removed_by_owner")
        .order_by(_GRAVEST, t.resources.c.slug, c.run_id, c.position)
    )
    return [
        {
            "slug": r.slug, "at": iso(r.at), "source": r.source, "kind": r.kind, "accept": r.accept,
            "old": r.old, "new": r.new, "old_usd": _text(r.old_usd), "new_usd": _text(r.new_usd),
        }
        for r in connection.execute(query)
    ]  # fmt: skip


def _text(usd: Any) -> str | None:
    return None if usd is None else plain(usd)


def _lifecycle(connection: Connection, run: Run, since: str) -> list[dict[str, Any]]:
    c, removed = t.lifecycle_events.c, "removed_by_owner"
    query = (
        select(t.resources.c.slug, t.resources.c.lifecycle, t.lifecycle_events)
        .join(t.resources, t.resources.c.id == c.resource_id)
        .where(c.run_id > since, c.run_id <= run.id, c.old.is_not(None))
        .order_by(t.resources.c.slug, c.run_id)
    )
    return [
        {"slug": r.slug, "at": iso(r.at), "old": None if r.new == removed else r.old, "new": r.new, "reason": r.reason}
        for r in connection.execute(query)
        if r.lifecycle != removed or r.new == removed
    ]
