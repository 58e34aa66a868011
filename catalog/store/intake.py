"""Intake: what the crawl and the probe bring, committed page by page so that a killed night loses nothing.

Everything here happens exactly once: counters move in the same transaction that records what moved them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Connection, and_, bindparam, func, insert, literal, select, update

from catalog import health, layers, offers
from catalog.records import UNANSWERED, Challenge, Check, Finding, Listing
from catalog.run import Run
from catalog.store.engine import Store, StoreError, upsert
from catalog.store.schema import (
    challenges,
    check_days,
    checks,
    findings,
    listings,
    resources,
    runs,
    source_runs,
    sources,
)
from catalog.store.types import Moment
from catalog.urls import resource_id

LISTING: TypeAdapter[Listing] = TypeAdapter(Listing)
CHALLENGE: TypeAdapter[Challenge] = TypeAdapter(Challenge)
LOOKUP = 500
"""Ids per SELECT: below every database's limit of bound parameters."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RESUME_WITHIN = timedelta(hours=20)


class RunOrderError(StoreError):
    """The clock of the run is before the store's last run."""


def begin_run(store: Store, run: Run, *, replay: bool) -> bool:
    """Open ``run``; True where it was begun before and goes on. An older unfinished run is marked aborted.

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


def begin_source(store: Store, run: Run, name: str, url: str) -> bool:
    """Open a source for tonight; False where a killed run had read it to the end already."""
    with store.begin() as connection:
        row = {"name": name, "url": url, "first_run": run.id, "last_run": run.id}
        upsert(connection, sources, [row], update=["url", "last_run"])
        mine = (source_runs.c.run_id == run.id) & (source_runs.c.source == name)
        if connection.execute(select(source_runs.c.status).where(mine)).scalar() == "done":
            return False
        state = {
            "run_id": run.id, "source": name, "status": "running", "pages": 0, "rows_read": 0, "distinct_rows": 0,
            "total": None, "complete": False, "message": "",
        }  # fmt: skip
        upsert(connection, source_runs, [state], update=[name for name in state if name not in ("run_id", "source")])
        return True


def save_page(
    store: Store,
    run: Run,
    source: str,
    page: Sequence[Listing],
    noticed: Sequence[Finding],
    *,
    rows: int,
    distinct: int,
    total: int | None,
) -> None:
    """Take over one page of a source's listing in one transaction; ``distinct`` counts its rows so far."""
    with store.begin() as connection:
        merged, repeats = _merge(page)
        _save_resources(connection, run, merged)
        repeats += _save_listings(connection, run, source, merged)
        save_findings(connection, run, [*noticed, *repeats])
        connection.execute(
            update(source_runs)
            .where(source_runs.c.run_id == run.id, source_runs.c.source == source)
            .values(
                pages=source_runs.c.pages + 1, rows_read=source_runs.c.rows_read + rows, distinct_rows=distinct,
                total=total,
            )
        )  # fmt: skip


def finish_source(store: Store, run: Run, source: str, *, complete: bool, failed: str = "", message: str = "") -> None:
    """Close a source for tonight; only a complete, non-empty listing makes anything count as absent."""
    with store.begin() as connection:
        closed = connection.execute(
            update(source_runs)
            .where(source_runs.c.run_id == run.id, source_runs.c.source == source, source_runs.c.status == "running")
            .values(status="failed" if failed else "done", complete=complete, message=failed or message)
        )
        if closed.rowcount and complete and not failed:
            connection.execute(
                update(listings)
                .where(listings.c.source == source, listings.c.current.is_(True), listings.c.last_run != run.id)
                .values(
                    missed=listings.c.missed + 1,
                    absent_since=func.coalesce(listings.c.absent_since, literal(run.at, Moment())),
                )
            )


def _merge(page: Iterable[Listing]) -> tuple[dict[int, Listing], list[Finding]]:
    """One listing per resource: copies on a page become one, the newest wins, methods are united."""
    merged: dict[int, Listing] = {}
    repeats: list[Finding] = []
    for listing in page:
        key = resource_id(listing.identity, listing.tool)
        if key in merged:
            if merged[key].content_hash != listing.content_hash:
                repeats.append(_repeat(merged[key], listing))
            merged[key] = _newer(merged[key], listing)
        else:
            merged[key] = listing
    return merged, repeats


def _repeat(kept: Listing, other: Listing) -> Finding:
    evidence = f"also listed as {other.url} with other content"
    return Finding("listing.repeated", "info", kept.url, kept.source, "resource", evidence)


def _newer(a: Listing, b: Listing) -> Listing:
    """The more recently updated of two rows (the first on a tie), https and all methods kept."""
    later = b.last_updated is not None and (a.last_updated is None or b.last_updated > a.last_updated)
    best, other = (b, a) if later else (a, b)
    url = other.url if other.url.startswith("https:") and not best.url.startswith("https:") else best.url
    methods = tuple(sorted({*a.methods, *b.methods}))
    if (url, methods) == (best.url, best.methods):
        return best
    digest = hashlib.sha256(f"{best.content_hash} {url} {methods}".encode()).hexdigest()
    return replace(best, url=url, methods=methods, content_hash=digest)


def _save_resources(connection: Connection, run: Run, page: dict[int, Listing]) -> None:
    tonight = _methods_tonight(connection, run, list(page))
    rows = [
        {
            "id": key, "identity": listing.identity, "tool": listing.tool, "url": listing.url, "kind": listing.kind,
            "methods": ",".join(sorted({*listing.methods, *tonight.get(key, ())})), "listed": True,
            "first_seen_at": run.at, "last_listed_at": run.at, "consecutive_failures": 0, "unanswered_streak": 0,
        }
        for key, listing in page.items()
    ]  # fmt: skip
    upsert(connection, resources, rows, update=["last_listed_at", "listed", "methods", "kind"])
    secure = [{"b_id": row["id"], "b_url": row["url"]} for row in rows if str(row["url"]).startswith("https:")]
    if secure:
        mine = and_(resources.c.id == bindparam("b_id"), resources.c.url.like("http:%"))
        connection.execute(update(resources).where(mine).values(url=bindparam("b_url")), secure)


def _methods_tonight(connection: Connection, run: Run, ids: Sequence[int]) -> dict[int, list[str]]:
    """What other pages and sources have declared tonight: methods are a set on the resource."""
    return {
        row.id: list(filter(None, row.methods.split(",")))
        for part in _chunks(ids)
        for row in connection.execute(
            select(resources.c.id, resources.c.methods).where(
                resources.c.last_listed_at == run.at, resources.c.id.in_(part)
            )
        )
    }


def _save_listings(connection: Connection, run: Run, source: str, page: dict[int, Listing]) -> list[Finding]:
    known = {
        row.resource_id: row
        for ids in _chunks(list(page))
        for row in connection.execute(
            select(listings).where(
                listings.c.source == source, listings.c.current.is_(True), listings.c.resource_id.in_(ids)
            )
        )
    }
    same: list[dict[str, Any]] = []
    new: list[dict[str, Any]] = []
    retired: list[dict[str, Any]] = []
    repeats: list[Finding] = []
    for key, listing in page.items():
        old = known.get(key)
        if old is not None and old.last_run == run.id:  # repeated on another page of tonight's listing
            before = LISTING.validate_json(old.record)
            if before.content_hash != listing.content_hash:
                repeats.append(_repeat(before, listing))
            listing = _newer(before, listing)
        if old is not None and old.content_hash == listing.content_hash:
            same.append({"b_resource": key, "b_source": source, **_seen(run, listing)})
            continue
        if old is not None and old.first_run != run.id:
            retired.append({"b_resource": key, "b_source": source})
        new.append(
            {
                "resource_id": key, "source": source, "first_run": run.id, **_seen(run, listing), "current": True,
                "content_hash": listing.content_hash, "raw": listing.raw,
                "record": LISTING.dump_json(replace(listing, raw="")).decode(),
            }
        )  # fmt: skip
    mine = and_(
        listings.c.resource_id == bindparam("b_resource"), listings.c.source == bindparam("b_source"),
        listings.c.current.is_(True),
    )  # fmt: skip
    if retired:
        connection.execute(update(listings).where(mine).values(current=False), retired)
    if same:
        columns = ("last_run", "missed", "absent_since", "last_updated", "quality")
        connection.execute(update(listings).where(mine).values({c: bindparam(c) for c in columns}), same)
    upsert(connection, listings, new, update=[c.name for c in listings.c if not c.primary_key])
    return repeats


def _seen(run: Run, listing: Listing) -> dict[str, Any]:
    quality = None if listing.quality is None else orjson.dumps(listing.quality).decode()
    return {
        "last_run": run.id, "missed": 0, "absent_since": None, "last_updated": listing.last_updated,
        "quality": quality,
    }  # fmt: skip


def _chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + LOOKUP] for start in range(0, len(ids), LOOKUP))


def save_findings(connection: Connection, run: Run, noticed: Sequence[Finding]) -> None:
    """Keep findings, repeated ones once: first and last run, latest evidence."""
    rows = {_finding_id(f): f for f in noticed}
    upsert(
        connection,
        findings,
        [
            {
                "id": key, "code": f.code, "severity": f.severity, "url": f.url, "source": f.source,
                "field": f.field, "evidence": f.evidence, "first_run": run.id, "last_run": run.id,
            }
            for key, f in rows.items()
        ],
        update=["severity", "evidence", "last_run"],
    )  # fmt: skip


def _finding_id(finding: Finding) -> int:
    # Without a URL the evidence is what tells two findings apart.
    about = [finding.code, finding.url, finding.source, finding.field, "" if finding.url else finding.evidence]
    return int.from_bytes(hashlib.sha256("\n".join(about).encode()).digest()[:8], "big") >> 1


def note(store: Store, run: Run, noticed: Sequence[Finding]) -> None:
    """Keep findings of a stage that has no transaction of its own."""
    with store.begin() as connection:
        save_findings(connection, run, noticed)


def save_checks(store: Store, run: Run, batch: Sequence[Check]) -> None:
    """Take over checks: the rows, the day counters, the resources' streaks and changed live terms.

    A check of a resource that has one in this run already is ignored, so a resumed probe counts nothing twice.
    """
    with store.begin() as connection:
        ids = [check.resource_id for check in batch]
        done = {
            key
            for part in _chunks(ids)
            for key in connection.execute(
                select(checks.c.resource_id).where(checks.c.run_id == run.id, checks.c.resource_id.in_(part))
            ).scalars()
        }
        fresh = list({c.resource_id: c for c in batch if c.resource_id not in done}.values())
        fresh = _matched(connection, fresh)
        upsert(connection, checks, [_check_row(run, check) for check in fresh])
        _advance(connection, run, fresh)
        _count_days(connection, run, fresh)
        _save_challenges(connection, run, [c for c in fresh if c.challenge is not None and c.challenge.protocols])
        noticed = [f for c in fresh for f in (*c.findings, *(c.challenge.findings if c.challenge else ()))]
        save_findings(connection, run, noticed)


def _check_row(run: Run, check: Check) -> dict[str, Any]:
    last = check.attempts[check.answered_by] if check.answered_by is not None else None
    return {
        "resource_id": check.resource_id, "run_id": run.id, "at": run.at, "outcome": check.outcome,
        "counted": check.counted, "method": last and last.method, "status": last and last.status,
        "error": last and last.error, "latency_ms": last and last.latency_ms, "message": check.message,
        "attempts": orjson.dumps([_attempt(a) for a in check.attempts]).decode(),
        "certificate_expires": check.certificate_expires, "answered_by": check.answered_by,
        "layers": layers.dumps(check.layers),
    }  # fmt: skip


def _matched(connection: Connection, fresh: Sequence[Check]) -> list[Check]:
    """The checks with live terms held against those of the listing that counts (as in :mod:`catalog.resolve`: still
    listed before absent, then the latest)."""
    payable = [check.resource_id for check in fresh if check.outcome == "payable"]
    order = (
        listings.c.missed == 0,
        func.coalesce(listings.c.last_updated, literal(_EPOCH, Moment())),
        listings.c.source,
    )
    best = {
        row.resource_id: row.record
        for part in _chunks(payable)
        for row in connection.execute(
            select(listings.c.resource_id, listings.c.record)
            .where(listings.c.current.is_(True), listings.c.resource_id.in_(part))
            .order_by(*order)
        )
    }
    listed = {key: LISTING.validate_json(record).accepts for key, record in best.items()}
    return [layers.matched(check, listed.get(check.resource_id, ())) for check in fresh]


def _attempt(attempt: Any) -> dict[str, Any]:
    return {name: getattr(attempt, name) for name in ("method", "url", "status", "error", "latency_ms", "detail")}


def _advance(connection: Connection, run: Run, fresh: Sequence[Check]) -> None:
    names = list(health.State.__dataclass_fields__)
    states = {
        row.id: health.State(*row[1:])
        for part in _chunks([c.resource_id for c in fresh])
        for row in connection.execute(
            select(resources.c.id, *(resources.c[name] for name in names)).where(resources.c.id.in_(part))
        )
    }
    rows = []
    for check in fresh:
        status = check.attempts[check.answered_by].status if check.answered_by is not None else None
        state = health.advance(states[check.resource_id], check.outcome, status, run.at)
        rows.append({"b_id": check.resource_id, **{name: getattr(state, name) for name in names}})
    if rows:
        values: dict[str, Any] = {name: bindparam(name) for name in names}
        connection.execute(update(resources).where(resources.c.id == bindparam("b_id")).values(values), rows)


def _count_days(connection: Connection, run: Run, fresh: Sequence[Check]) -> None:
    day = f"{run.at:%Y-%m-%d}"
    known = {
        row.resource_id: row
        for part in _chunks([c.resource_id for c in fresh])
        for row in connection.execute(
            select(check_days).where(check_days.c.day == day, check_days.c.resource_id.in_(part))
        )
    }
    rows = []
    for check in fresh:
        old = known.get(check.resource_id)
        row = _check_row(run, check)
        measured = json.loads(old.latencies) if old else []
        if check.outcome == "payable" and row["latency_ms"] is not None:
            measured.append(row["latency_ms"])
        answered = check.counted and check.outcome not in UNANSWERED
        rows.append(
            {
                "resource_id": check.resource_id, "day": day,
                "checks": (old.checks if old else 0) + 1,
                "counted": (old.counted if old else 0) + check.counted,
                "payable": (old.payable if old else 0) + (check.outcome == "payable"),
                "answered": (old.answered if old else 0) + answered,
                "latencies": json.dumps(measured),
            }
        )  # fmt: skip
    upsert(connection, check_days, rows, update=["checks", "counted", "payable", "answered", "latencies"])


def _save_challenges(connection: Connection, run: Run, fresh: Sequence[Check]) -> None:
    known = {
        row.resource_id: row.content_hash
        for part in _chunks([c.resource_id for c in fresh])
        for row in connection.execute(
            select(challenges.c.resource_id, challenges.c.content_hash).where(
                challenges.c.current.is_(True), challenges.c.resource_id.in_(part)
            )
        )
    }
    same, changed = [], []
    for check in fresh:
        if check.challenge is None:
            continue
        digest = terms_hash(check.challenge)
        if known.get(check.resource_id) == digest:
            same.append({"b_id": check.resource_id})
        else:
            record = CHALLENGE.dump_json(replace(check.challenge, findings=())).decode()
            changed.append(
                {
                    "resource_id": check.resource_id, "first_run": run.id, "last_run": run.id, "current": True,
                    "content_hash": digest, "record": record,
                }
            )  # fmt: skip
    mine = and_(challenges.c.resource_id == bindparam("b_id"), challenges.c.current.is_(True))
    if same:
        connection.execute(update(challenges).where(mine).values(last_run=run.id), same)
    retired = [{"b_id": row["resource_id"]} for row in changed if row["resource_id"] in known]
    if retired:
        connection.execute(update(challenges).where(mine).values(current=False), retired)
    upsert(connection, challenges, changed)


def terms_hash(challenge: Challenge) -> str:
    """sha256 over the normalised terms: without the order of accepts and volatile extras (Solana's recent block
    hash, quote ids)."""
    accepts = [
        [*offers.match_key(a), offers.pay_to_id(a), a.amount, a.max_timeout_seconds, a.mime_type, a.description,
         a.hints.input, a.hints.output, a.hints.schema, a.hints.route_template]
        for a in challenge.accepts
    ]  # fmt: skip
    content = [
        challenge.protocols, challenge.x402_version, challenge.description, challenge.mime_type,
        challenge.service_name, challenge.tags, sorted(json.dumps(accept, sort_keys=True) for accept in accepts),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Target:
    """A resource to check tonight."""

    resource_id: int
    url: str
    kind: str
    methods: tuple[str, ...]


def targets(store: Store, run: Run, recorded: Callable[[str], bool] | None = None) -> list[Target]:
    """Resources to check, those already checked in this run left out, in the order of their identity.

    Everything known that is not gone; with ``recorded`` (a replay) only what was listed or recorded tonight.
    """
    done = select(checks.c.resource_id).where(checks.c.run_id == run.id)
    query = (
        select(resources)
        .where(resources.c.id.not_in(done), func.coalesce(resources.c.lifecycle, "active") != "gone")
        .order_by(resources.c.identity, resources.c.tool)
    )
    with store.begin() as connection:
        return [
            Target(row.id, row.url, row.kind, tuple(filter(None, row.methods.split(","))))
            for row in connection.execute(query)
            if recorded is None or row.last_listed_at == run.at or recorded(row.url)
        ]
