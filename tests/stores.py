"""Small stores by hand: rows decoded as a spider would, challenges and checks, and nights one day apart."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Table, select

from catalog.guards import Thresholds
from catalog.layers import Trace, judged, transport
from catalog.records import Attempt, Challenge, Check, Finding, Listing, Outcome
from catalog.render import documents
from catalog.resolve import Catalogue, resolve
from catalog.run import Run
from catalog.site import Site
from catalog.store import checks, intake, ledger, reading, runs, settling
from catalog.store.engine import Store
from catalog.store.schema import metadata
from catalog.urls import canonical, resource_id
from crawler.decoders.challenge import decode_challenge
from crawler.decoders.listing import decode_row

USDC = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"
PAYEE = "0x" + "a1" * 20
OTHER_PAYEE = "0x" + "b2" * 20
SITE = Site()
UNGUARDED = Thresholds(1, 1, 1)
"""Lets listings of one or two rows lose most of them."""
FIRST_NIGHT = datetime(2026, 3, 1, 2, 0, 0, 250_000, tzinfo=UTC)


def night(number: int, **later: float) -> Run:
    """The run of one night; ``later`` as in ``timedelta``."""
    return Run(FIRST_NIGHT + timedelta(days=number, **later))


def accept(url: str, amount: str = "10000", **fields: Any) -> dict[str, Any]:
    """One v1 payment option on Base in USDC; ``fields`` go over the defaults."""
    return {
        "scheme": "exact", "network": "base", "maxAmountRequired": amount, "asset": USDC, "payTo": PAYEE,
        "resource": url, "maxTimeoutSeconds": 60, "description": "", "mimeType": "application/json",
        "extra": {"name": "USD Coin", "version": "2"},
    } | fields  # fmt: skip


def listing(url: str, amount: str = "10000", *, source: str = "cdp", **fields: Any) -> Listing:
    """A bazaar's row, decoded; ``fields`` are keys of the row."""
    row = {"resource": url, "type": "http", "x402Version": 1, "accepts": [accept(url, amount)]} | fields
    decoded, _ = decode_row(row, source)
    assert decoded is not None, url
    return decoded


def challenge(url: str, amount: str = "10000", **fields: Any) -> Challenge:
    """A v1 challenge, decoded; ``fields`` are keys of its only accept."""
    body = {"x402Version": 1, "error": "payment required", "accepts": [accept(url, amount, **fields)]}
    return decode_challenge({}, json.dumps(body).encode(), url)


def id_of(url: str, tool: str = "") -> int:
    """The id the store gives the resource."""
    return resource_id(canonical(url), tool)


def check(
    url: str,
    outcome: Outcome = "payable",
    *,
    status: int | None = 402,
    error: str | None = None,
    latency_ms: int | None = 120,
    terms: Challenge | None = None,
    findings: Sequence[Finding] = (),
) -> Check:
    """One check of one attempt; of none where neither a status nor an error is given."""
    sent = status is not None or error is not None
    attempts = (Attempt("GET", url, status, error, latency_ms),) if sent else ()
    layers = (
        (*transport(error, Trace(), secure=url.startswith("https:"), literal=False),
         *judged(outcome, terms, answered=error is None))
        if sent else ()
    )  # fmt: skip
    message = f"{outcome}."
    return Check(
        id_of(url), outcome, attempts, 0 if sent else None, message, terms, findings=tuple(findings), layers=layers
    )


def payable(url: str, amount: str = "10000", *, latency_ms: int | None = 120, **fields: Any) -> Check:
    """A check that was answered with valid terms."""
    return check(url, latency_ms=latency_ms, terms=challenge(url, amount, **fields))


def crawl(store: Store, run: Run, *rows: Listing, source: str = "cdp", complete: bool = True) -> None:
    """A source read on one page, in a run begun where it was not; the guards have tests of their own."""
    if (current := runs.current_run(store)) is None or current.id != run.id:
        runs.begin_run(store, run, replay=False)
    assert intake.begin_source(store, run, source, f"https://{source}.example/discovery/resources")
    save(store, run, *rows, source=source)
    intake.finish_source(store, run, source, complete=complete, limits=UNGUARDED)


def save(store: Store, run: Run, *rows: Listing, source: str = "cdp", noticed: Sequence[Finding] = ()) -> None:
    """One page of a source that was begun."""
    intake.save_page(store, run, source, rows, noticed, rows=len(rows), distinct=len(rows), total=len(rows))


def save_checks(store: Store, run: Run, batch: Sequence[Check]) -> None:
    """Checks that count at once: nothing is judged between."""
    checks.keep_checks(store, run, batch)
    settling.settle(store, run)


def rows(store: Store, table: Table, *, without: Sequence[str] = ()) -> list[dict[str, Any]]:
    """All rows of a table in key order."""
    with store.begin() as connection:
        found = connection.execute(select(table).order_by(*table.primary_key.columns)).mappings()
        return [{name: value for name, value in row.items() if name not in without} for row in found]


def dump(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Everything a store holds."""
    return {table.name: rows(store, table) for table in metadata.sorted_tables}


def build(store: Store, run: Run, site: Site = SITE) -> ledger.Built:
    """Resolve what is known and write it, as the build stage does."""
    catalogue = resolved(store, run, site)
    return ledger.save(store, catalogue, documents(catalogue, site))


def resolved(store: Store, run: Run, site: Site = SITE) -> Catalogue:
    """The catalogue of a run, not written."""
    known, names = reading.load(store, run)
    return resolve(known, names, run, site, lambda *_: None)
