"""Checks: kept exactly once, with the streaks, day counters and live terms they move, in one transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Connection, and_, bindparam, func, literal, select, update

from catalog import health, layers, offers
from catalog.records import Challenge, Check
from catalog.run import Run
from catalog.store import days
from catalog.store.engine import Store, chunks, upsert
from catalog.store.findings import save_findings
from catalog.store.intake import LISTING
from catalog.store.schema import (
    challenges,
    checks,
    listings,
    resources,
)
from catalog.store.types import Moment

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CHALLENGE: TypeAdapter[Challenge] = TypeAdapter(Challenge)


def save_checks(store: Store, run: Run, batch: Sequence[Check]) -> None:
    """Take over checks: the rows, the day counters, the resources' streaks and changed live terms.

    A check of a resource that has one in this run already is ignored, so a resumed probe counts nothing twice.
    """
    with store.begin() as connection:
        ids = [check.resource_id for check in batch]
        done = {
            key
            for part in chunks(ids)
            for key in connection.execute(
                select(checks.c.resource_id).where(checks.c.run_id == run.id, checks.c.resource_id.in_(part))
            ).scalars()
        }
        fresh = list({c.resource_id: c for c in batch if c.resource_id not in done}.values())
        fresh = _matched(connection, fresh)
        upsert(connection, checks, [_check_row(run, check) for check in fresh])
        _advance(connection, run, fresh)
        days.count(connection, run, [(c.resource_id, c.outcome, latency_of(c)) for c in fresh])
        _save_challenges(connection, run, [c for c in fresh if c.challenge is not None and c.challenge.protocols])
        noticed = [f for c in fresh for f in (*c.findings, *(c.challenge.findings if c.challenge else ()))]
        save_findings(connection, run, noticed)


def _check_row(run: Run, check: Check) -> dict[str, Any]:
    last = check.attempts[check.answered_by] if check.answered_by is not None else None
    return {
        "resource_id": check.resource_id, "run_id": run.id, "at": run.at, "outcome": check.outcome,
        "counted": check.counted, "method": last and last.method, "status": last and last.status,
        "error": last and last.error, "latency_ms": last and last.latency_ms, "message": check.message,
        "attempts": _attempts(check),
        "certificate_expires": check.certificate_expires, "answered_by": check.answered_by,
        "layers": layers.dumps(check.layers), "failed_layer": layers.failed(check.layers),
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
        for part in chunks(payable)
        for row in connection.execute(
            select(listings.c.resource_id, listings.c.record)
            .where(listings.c.current.is_(True), listings.c.resource_id.in_(part))
            .order_by(*order)
        )
    }
    listed = {key: LISTING.validate_json(record).accepts for key, record in best.items()}
    return [layers.matched(check, listed.get(check.resource_id, ())) for check in fresh]


def latency_of(check: Check) -> int | None:
    """Milliseconds of the attempt the outcome rests on."""
    return None if check.answered_by is None else check.attempts[check.answered_by].latency_ms


def _attempts(check: Check) -> str:
    """All attempts without what stands in the row's own columns; nothing where that is all there is."""
    told = [_attempt(check, index) for index in range(len(check.attempts))]
    return orjson.dumps(told).decode() if any(told) else ""


def _attempt(check: Check, index: int) -> dict[str, Any]:
    attempt, first = check.attempts[index], check.attempts[0]
    names = (
        ("url", "detail")
        if index == check.answered_by
        else ("method", "url", "status", "error", "latency_ms", "detail")
    )
    told = {name: getattr(attempt, name) for name in names if getattr(attempt, name) not in (None, "")}
    if attempt.url == first.url:
        del told["url"]
    return told


def _advance(connection: Connection, run: Run, fresh: Sequence[Check]) -> None:
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
        status = check.attempts[check.answered_by].status if check.answered_by is not None else None
        state = health.advance(states[check.resource_id], check.outcome, status, run.at)
        rows.append({"b_id": check.resource_id, **{name: getattr(state, name) for name in names}})
    if rows:
        values: dict[str, Any] = {name: bindparam(name) for name in names}
        connection.execute(update(resources).where(resources.c.id == bindparam("b_id")).values(values), rows)


def _save_challenges(connection: Connection, run: Run, fresh: Sequence[Check]) -> None:
    known = {
        row.resource_id: row.content_hash
        for part in chunks([c.resource_id for c in fresh])
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
