"""Reading for the build: everything known, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, exists, func, or_, select

from catalog import health, layers, periods
from catalog.declared import is_own
from catalog.health import CheckRow, State
from catalog.known import Change, Known, Listed, Live, Names
from catalog.lifecycle import Presence
from catalog.records import Listing
from catalog.run import Run
from catalog.store import days
from catalog.store import schema as t
from catalog.store.attested import attestations_by_subject, attested_of, origin_facts
from catalog.store.checks import CHALLENGE
from catalog.store.engine import Store
from catalog.store.intake import LISTING

STATE = tuple(State.__dataclass_fields__)
CHANGE = tuple(Change.__dataclass_fields__)


def load(store: Store, run: Run) -> tuple[list[Known], Names]:
    """Everything known before tonight's build, in identity order, and the slugs given so far."""
    with store.begin() as connection:
        times = {key: at for key, at in connection.execute(select(t.runs.c.id, t.runs.c.started_at))}  # noqa: C416
        built = _last_build(connection, run)
        listed = _listed(connection, built, times)
        live = _live(connection, built, times)
        checks = _checks(connection, run)
        history = _history(connection, run)
        by_day, by_month = days.recent_days(connection, run), days.months(connection)
        attested = attestations_by_subject(connection, times)
        copies = {r.resource_id: r for r in connection.execute(select(t.copies))}
        known = [
            Known(
                id=row.id,
                identity=row.identity,
                tool=row.tool,
                url=row.url,
                slug=row.slug,
                kind=row.kind,
                first_seen_at=row.first_seen_at,
                last_listed_at=row.last_listed_at,
                state=State(*(getattr(row, name) for name in STATE)),
                status=row.status,
                status_since=row.status_since,
                lifecycle=row.lifecycle,
                lifecycle_since=row.lifecycle_since,
                cluster_id=row.cluster_id,
                listed=tuple(listed[row.id]),
                live=live.get(row.id),
                checks=tuple(checks.get(row.id, ())),
                history=tuple(history.get(row.id, ())),
                copy_since=times[copies[row.id].first_run] if row.id in copies else None,
                copy_hash=copies[row.id].facts_hash if row.id in copies else None,
                days=by_day.get(row.id, {}),
                months=by_month.get(row.id, {}),
                attested=attested_of(row.identity, row.tool, attested),
            )
            for row in connection.execute(select(t.resources).order_by(t.resources.c.identity, t.resources.c.tool))
            if row.id in listed
        ]
        return known, _names(connection, known, times)


def _names(connection: Connection, known: Iterable[Known], times: Mapping[str, datetime]) -> Names:
    return Names(
        resources={k.key: k.slug for k in known if k.slug},
        origins={f"//{host}": slug for slug, host in connection.execute(select(t.origins.c.slug, t.origins.c.host))},
        facts=origin_facts(connection, times),
    )


def _last_build(connection: Connection, run: Run) -> str:
    """The last run before this one whose build was written: what was read since then is news. "" for none."""
    query = select(func.max(t.category_stats.c.run_id)).where(t.category_stats.c.run_id < run.id)
    return connection.execute(query).scalar() or ""


def _listed(connection: Connection, built: str, times: Mapping[str, datetime]) -> dict[int, list[Listed]]:
    changed = t.listings.alias("changed")
    older = (
        select(t.listings)
        .join(
            changed,
            (changed.c.resource_id == t.listings.c.resource_id) & (changed.c.source == t.listings.c.source),
        )
        .where(changed.c.current.is_(True), changed.c.first_run > built, t.listings.c.first_run <= built)
        .order_by(t.listings.c.resource_id, t.listings.c.source, t.listings.c.first_run)
    )
    previous = {(r.resource_id, r.source): LISTING.validate_json(r.record) for r in connection.execute(older)}
    found: dict[int, list[Listed]] = defaultdict(list)
    query = select(t.listings).where(t.listings.c.current.is_(True)).order_by(t.listings.c.source)
    for row in connection.execute(query):
        found[row.resource_id].append(
            Listed(
                listing=_as_seen(row),
                since=times[row.first_run],
                previous=previous.get((row.resource_id, row.source)),
                presence=Presence(row.missed, row.absent_since, times[row.last_run] if is_own(row.source) else None),
            )
        )
    return found


def _as_seen(row: Row[Any]) -> Listing:
    """The listing with the usage declared last: it moves every night and makes no version of its own."""
    return replace(LISTING.validate_json(row.record), quality=orjson.loads(row.quality) if row.quality else None)


def _live(connection: Connection, built: str, times: Mapping[str, datetime]) -> dict[int, Live]:
    query = select(t.challenges).order_by(t.challenges.c.resource_id, t.challenges.c.first_run)
    previous: dict[int, Any] = {}
    found: dict[int, Live] = {}
    for row in connection.execute(query):
        if not row.current:
            if row.first_run <= built:
                previous[row.resource_id] = row
            continue
        before = previous.get(row.resource_id) if row.first_run > built else None
        found[row.resource_id] = Live(
            challenge=CHALLENGE.validate_json(row.record),
            since=times[row.first_run],
            seen_at=times[row.last_run],
            previous=CHALLENGE.validate_json(before.record) if before is not None else None,
        )
    return found


def _checks(connection: Connection, run: Run) -> dict[int, list[CheckRow]]:
    """The last 20 checks and those of the last 30 days, ascending; only settled ones, and none that pruning
    would take."""
    c, unsettled = t.checks.c, t.unsettled_checks.c
    recent = func.row_number().over(partition_by=c.resource_id, order_by=c.at.desc()).label("recent")
    columns = (
        c.resource_id, c.at, c.outcome, c.status, c.latency_ms, c.method, c.message, c.error, c.layers,
        c.certificate_expires, c.attempts, c.answered_by,
    )  # fmt: skip
    settled = ~exists().where(unsettled.resource_id == c.resource_id, unsettled.run_id == c.run_id)
    ranked = select(*columns, recent).where(settled, c.at >= run.at - periods.RAW_KEPT).subquery()
    query = (
        select(ranked)
        .where(or_(ranked.c.recent <= health.RECENT, ranked.c.at > run.at - health.WINDOW))
        .order_by(ranked.c.resource_id, ranked.c.at)
    )
    found: dict[int, list[CheckRow]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.resource_id].append(
            CheckRow(
                row.at,
                row.outcome,
                row.status,
                row.latency_ms,
                row.method,
                row.message,
                row.error,
                layers.loads(row.layers) if row.recent <= health.RECENT else (),
                row.certificate_expires,
                _sent(row),
                row.answered_by,
            )
        )
    return found


def _sent(row: Row[Any]) -> int:
    """Requests of a check: one that the columns tell whole is not told again."""
    return len(orjson.loads(row.attempts)) if row.attempts else int(row.answered_by is not None)


def _history(connection: Connection, run: Run) -> dict[int, list[Change]]:
    c = t.offer_changes.c
    query = select(t.offer_changes).where(c.run_id != run.id).order_by(c.at, c.resource_id, c.position)
    found: dict[int, list[Change]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.resource_id].append(Change(*(getattr(row, name) for name in CHANGE)))
    return found
