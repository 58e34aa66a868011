"""Intake: the listings that the crawl brings, committed page by page so that a killed night loses nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Connection, and_, bindparam, func, literal, select, update

from catalog.guards import Thresholds
from catalog.records import Finding, Listing
from catalog.run import Run
from catalog.store.engine import Store, chunks, upsert
from catalog.store.findings import save_findings
from catalog.store.judging import judge_listing
from catalog.store.schema import (
    listings,
    resources,
    source_runs,
    sources,
)
from catalog.store.types import Moment
from catalog.urls import resource_id

LISTING: TypeAdapter[Listing] = TypeAdapter(Listing)


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
            "total": None, "complete": False, "verdict": None, "message": "",
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
        repeats += save_listings(connection, run, source, merged)
        save_findings(connection, run, [*noticed, *repeats])
        connection.execute(
            update(source_runs)
            .where(source_runs.c.run_id == run.id, source_runs.c.source == source)
            .values(
                pages=source_runs.c.pages + 1, rows_read=source_runs.c.rows_read + rows, distinct_rows=distinct,
                total=total,
            )
        )  # fmt: skip


def finish_source(
    store: Store,
    run: Run,
    source: str,
    *,
    complete: bool,
    failed: str = "",
    message: str = "",
    limits: Thresholds = Thresholds(),  # noqa: B008 (it is frozen)
) -> None:
    """Close a source for tonight; only a listing the guards accept makes anything count as absent."""
    mine = (source_runs.c.run_id == run.id) & (source_runs.c.source == source) & (source_runs.c.status == "running")
    with store.begin() as connection:
        if connection.execute(select(source_runs.c.status).where(mine)).first() is None:
            return
        verdict, told = None, ""
        if not failed:
            verdict, told = judge_listing(connection, run, source, complete=complete, limits=limits)
        if told:
            save_findings(connection, run, [Finding(f"source.{verdict}", "warning", "", source, "listing", told)])
        state = {"status": "failed" if failed else "done", "complete": complete, "verdict": verdict}
        connection.execute(update(source_runs).where(mine).values(message=failed or message or told, **state))
        if verdict == "accepted":
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
        for part in chunks(ids)
        for row in connection.execute(
            select(resources.c.id, resources.c.methods).where(
                resources.c.last_listed_at == run.at, resources.c.id.in_(part)
            )
        )
    }


def save_listings(connection: Connection, run: Run, source: str, page: dict[int, Listing]) -> list[Finding]:
    """Append the rows of a source whose content changed; the others stood unchanged tonight. By resource id."""
    known = {
        row.resource_id: row
        for ids in chunks(list(page))
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
