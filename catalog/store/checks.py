"""Checks as they come: kept raw and exactly once. What they move, :mod:`catalog.store.settling` moves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Connection, exists, func, literal, or_, select

from catalog import layers, offers, schedule
from catalog.declared import OWN
from catalog.health import State
from catalog.records import UNANSWERED, UNCOUNTED, Challenge, Check
from catalog.run import Run
from catalog.store.engine import Store, chunks, upsert
from catalog.store.findings import save_findings
from catalog.store.intake import LISTING
from catalog.store.schema import checks, listings, resources, unsettled_checks
from catalog.store.types import Moment

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CHALLENGE: TypeAdapter[Challenge] = TypeAdapter(Challenge)


def keep_checks(store: Store, run: Run, batch: Sequence[Check]) -> None:
    """Keep checks raw; they count once the night is judged and settled.

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
        upsert(connection, unsettled_checks, [_unsettled_row(run, check) for check in fresh])
        noticed = [f for c in fresh for f in (*c.findings, *(c.challenge.findings if c.challenge else ()))]
        save_findings(connection, run, noticed)


def _unsettled_row(run: Run, check: Check) -> dict[str, Any]:
    terms = check.challenge if check.challenge is not None and check.challenge.protocols else None
    return {
        "resource_id": check.resource_id, "run_id": run.id, "terms_hash": terms and terms_hash(terms),
        "terms": terms and CHALLENGE.dump_json(replace(terms, findings=())).decode(),
    }  # fmt: skip


def _check_row(run: Run, check: Check) -> dict[str, Any]:
    last = check.attempts[check.answered_by] if check.answered_by is not None else None
    return {
        "resource_id": check.resource_id, "run_id": run.id, "at": run.at, "outcome": check.outcome,
        "observed": None, "counted": check.counted, "method": last and last.method, "status": last and last.status,
        "error": last and last.error, "latency_ms": last and last.latency_ms, "message": check.message,
        "attempts": _attempts(check),
        "certificate_expires": check.certificate_expires, "answered_by": check.answered_by,
        "layers": layers.dumps(check.layers), "failed_layer": layers.failed(check.layers),
    }  # fmt: skip


def _matched(connection: Connection, fresh: Sequence[Check]) -> list[Check]:
    """The checks with live terms held against those of the listing that counts (as in :mod:`catalog.resolve`: a
    bazaar's before the origin's own, still listed before absent, then the latest)."""
    payable = [check.resource_id for check in fresh if check.outcome == "payable"]
    order = (
        listings.c.source.not_like(f"{OWN}%"),
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
        told.pop("url", None)
    return told


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
    last_checked_at: datetime | None = None
    """When it was last sent a request."""
    last_outcome: str | None = None
    """Of its last counted check."""
    configured: bool = False
    """A configured source, asked as a control: it may be private."""

    @property
    def unanswered(self) -> bool:
        """Whether its last counted check got no HTTP answer."""
        return self.last_outcome in UNANSWERED


@dataclass(frozen=True, slots=True)
class Asked:
    """A resource that was checked in this run already, before it was killed."""

    url: str
    outcome: str
    sent: bool
    """Whether it was sent a request."""


def targets(
    store: Store, run: Run, recorded: Callable[[str], bool] | None = None, *, only_due: bool = False
) -> list[Target]:
    """Resources to check, those already checked in this run left out, in the order of their identity.

    Everything known that is not gone, or was listed again tonight; with ``recorded`` (a replay) only what a
    bazaar listed or what was recorded tonight; with ``only_due`` what :mod:`catalog.schedule` says.
    """
    in_bazaar = select(listings.c.resource_id).where(
        listings.c.last_run == run.id, listings.c.current.is_(True), listings.c.source.not_like(f"{OWN}%")
    )
    done = exists().where(checks.c.resource_id == resources.c.id, checks.c.run_id == run.id)
    query = (
        select(resources)
        .where(
            ~done,
            or_(func.coalesce(resources.c.lifecycle, "active") != "gone", resources.c.last_listed_at == run.at),
        )
        .order_by(resources.c.identity, resources.c.tool)
    )
    with store.begin() as connection:
        tonight = set() if recorded is None else set(connection.execute(in_bazaar).scalars())
        rows = connection.execute(query).all()
        uncounted = _uncounted(connection, run, [row.id for row in rows]) if only_due else {}
        return [
            _target(row)
            for row in rows
            if (recorded is None or row.id in tonight or recorded(row.url))
            and (not only_due or _is_due(row, uncounted.get(row.id), run))
        ]


def asked(store: Store, run: Run) -> list[Asked]:
    """What was checked in this run already, in the order of identities: a run that goes on keeps to its budgets."""
    query = (
        select(resources.c.url, checks.c.outcome, checks.c.answered_by)
        .join(resources, resources.c.id == checks.c.resource_id)
        .where(checks.c.run_id == run.id)
        .order_by(resources.c.identity, resources.c.tool)
    )
    with store.begin() as connection:
        return [Asked(row.url, row.outcome, row.answered_by is not None) for row in connection.execute(query)]


def targets_of(store: Store, ids: Sequence[int]) -> list[Target]:
    """The named resources, in the order of their identity."""
    with store.begin() as connection:
        rows = [
            row for part in chunks(ids) for row in connection.execute(select(resources).where(resources.c.id.in_(part)))
        ]
    return [_target(row) for row in sorted(rows, key=lambda row: (row.identity, row.tool))]


def _target(row: Any) -> Target:
    methods = tuple(filter(None, row.methods.split(",")))
    return Target(row.id, row.url, row.kind, methods, row.last_checked_at, row.last_outcome)


def _uncounted(connection: Connection, run: Run, ids: Sequence[int]) -> dict[int, datetime]:
    """When a check of a resource last said nothing, within the last day. Our own faults are made good at once.

    Asked for by resource: a year of checks stands in the order of resources, and a night of it all over the table.
    """
    query = (
        select(checks.c.resource_id, func.max(checks.c.at))
        .where(checks.c.run_id > Run(run.at - schedule.DAY).id, checks.c.outcome.in_(UNCOUNTED - {"prober_fault"}))
        .group_by(checks.c.resource_id)
    )
    found: dict[int, datetime] = {}
    for part in chunks(ids):
        found |= {key: at for key, at in connection.execute(query.where(checks.c.resource_id.in_(part)))}  # noqa: C416
    return found


def _is_due(row: Any, uncounted: datetime | None, run: Run) -> bool:
    state = State(*(getattr(row, name) for name in State.__dataclass_fields__))
    return schedule.is_due(state, row.lifecycle, run.at, uncounted)
