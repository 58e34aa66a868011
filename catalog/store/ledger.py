"""The ledger: what the build writes (everything resolved), in one transaction.

Writing is idempotent: building a run twice leaves the store as building it once.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, select, update

from catalog import networks, offers
from catalog.copywriting import WRITER
from catalog.documents import Document, encode
from catalog.records import Accept
from catalog.resolve.model import Catalogue, Published
from catalog.run import Run
from catalog.store import schema as t
from catalog.store.engine import Store, upsert
from catalog.store.findings import save_findings


@dataclass(frozen=True, slots=True)
class Built:
    """What a build wrote: documents in all, and those whose content changed."""

    documents: int
    rewritten: int


def save(store: Store, catalogue: Catalogue, documents: Iterable[tuple[str, str, Document]]) -> Built:
    """Write the resolved catalogue and its documents."""
    with store.begin() as connection:
        _save_origins(connection, catalogue)
        _save_resources(connection, catalogue)
        _save_options(connection, catalogue)
        _save_changes(connection, catalogue)
        _save_clusters(connection, catalogue)
        _save_stats(connection, catalogue)
        save_findings(connection, catalogue.run, catalogue.findings)
        return _save_documents(connection, catalogue.run, documents)


def _save_origins(connection: Connection, catalogue: Catalogue) -> None:
    members: dict[int, list[Published]] = defaultdict(list)
    for published in catalogue.published:
        members[published.origin.id].append(published)
    rows = [
        {
            "id": o.id, "host": o.key[2:], "url": o.url, "slug": o.slug, "domain": o.domain, "provider": o.provider,
            "first_seen_at": o.first_seen_at, "resources": len(members[o.id]),
            "payable": sum(p.known.state.last_outcome == "payable" for p in members[o.id]),
        }
        for o in catalogue.origins
    ]  # fmt: skip
    upsert(connection, t.origins, rows, update=["url", "domain", "provider", "resources", "payable"])


def _save_resources(connection: Connection, catalogue: Catalogue) -> None:
    rows = [_resource_row(p) for p in catalogue.published]
    if rows:
        names = [name for name in rows[0] if name != "b_id"]
        statement = update(t.resources).where(t.resources.c.id == bindparam("b_id"))
        connection.execute(statement.values({name: bindparam(name) for name in names}), rows)
    events = [
        {
            "resource_id": p.known.id, "run_id": catalogue.run.id, "at": catalogue.run.at, "old": p.known.lifecycle,
            "new": p.lifecycle, "reason": p.draft.lifecycle_reason,
        }
        for p in catalogue.published
        if p.lifecycle != p.known.lifecycle
    ]  # fmt: skip
    upsert(connection, t.lifecycle_events, events, update=["new", "reason"])  # a second build goes on from the first
    save_copies(connection, [p for p in catalogue.published if p.texts_hash != p.known.copy_hash], catalogue.run)


def save_copies(connection: Connection, published: Iterable[Published], run: Run) -> None:
    """Keep written texts; a model's answer beside them, so that it is not asked again while the facts hold."""
    copies = []
    for p in published:
        texts: dict[str, Any] = asdict(p.texts)
        if p.by_model:
            texts["by_model"] = {"key": p.by_model.key, "answer": p.by_model.answer}
        copies.append({
            "resource_id": p.known.id, "writer": p.by_model.model if p.by_model else WRITER, "facts_hash": p.texts_hash,
            "copy": orjson.dumps(texts).decode(), "first_run": run.id,
        })  # fmt: skip
    upsert(connection, t.copies, copies, update=["writer", "facts_hash", "copy", "first_run"], changed="facts_hash")


def model_answers(store: Store, model: str) -> dict[str, dict[str, Any]]:
    """What a model answered on earlier nights, by the key of what it was asked."""
    with store.begin() as connection:
        rows = connection.execute(select(t.copies.c.copy).where(t.copies.c.writer == model)).scalars()
        kept = [orjson.loads(row).get("by_model") for row in rows]
    return {row["key"]: row["answer"] for row in kept if row}


def keep_answers(store: Store, published: Sequence[Published], run: Run) -> None:
    """Keep a batch at once, so that a killed build asks nothing twice."""
    with store.begin() as connection:
        save_copies(connection, published, run)


def _resource_row(p: Published) -> dict[str, Any]:
    price = p.draft.price
    symbol = networks.asset(price.accept.network_id, price.accept.asset) if price else None
    live = p.known.live
    changed = max(p.draft.listing_since, live.since) if live else p.draft.listing_since
    return {
        "b_id": p.known.id, "slug": p.slug, "origin_id": p.origin.id, "methods": ",".join(p.draft.methods),
        "listed": p.lifecycle not in ("delisted", "gone"), "last_changed_at": changed, "title": p.texts.title,
        "protocol": p.protocol, "x402_version": p.draft.listing.x402_version, "category": p.category.category,
        "subcategory": p.category.subcategory, "provider": p.provider, "price_usd": price.usd if price else None,
        "price_atomic": price.accept.amount if price else None, "price_asset": symbol.symbol if symbol else None,
        "price_network": networks.short_name(price.accept.network) if price else None,
        "price_basis": price.basis if price else None, "pricing_flag": p.sanity.flag,
        "pricing_ratio": None if p.sanity.ratio is None else f"{p.sanity.ratio:.3f}",
        "pricing_review_required": p.review_required, "pricing_decimal_suspect": p.decimal_evidence is not None,
        "trust_tier": p.tier, "risks": ",".join(risk.check for risk in p.risks), "status": p.status, "status_since": p.status_since, "lifecycle": p.lifecycle,
        "lifecycle_since": p.lifecycle_since, "cluster_id": p.cluster.id if p.cluster else None,
    }  # fmt: skip


def _save_options(connection: Connection, catalogue: Catalogue) -> None:
    rows = []
    for p in catalogue.published:
        if p.protocol != "x402":  # what it lists cannot be paid as listed
            continue
        answered = p.known.live.challenge.accepts if p.known.live else ()
        for basis, accepts in (("listed", p.draft.listing.accepts), ("live", answered)):
            rows += [_option_row(p.known.id, basis, position, accept) for position, accept in enumerate(accepts)]
    connection.execute(delete(t.payment_options))
    upsert(connection, t.payment_options, rows)


def _option_row(resource: int, basis: str, position: int, accept: Accept) -> dict[str, Any]:
    network, asset = networks.network(accept.network), networks.asset(accept.network_id, accept.asset)
    return {
        "resource_id": resource, "basis": basis, "position": position, "scheme": accept.scheme,
        "network": networks.short_name(accept.network), "network_id": accept.network_id,
        "testnet": network.testnet if network else None,
        "asset": networks.display_asset(accept.network_id, accept.asset),
        "asset_symbol": asset.symbol if asset else None, "pay_to": accept.pay_to, "amount_atomic": accept.amount,
        "price_usd": offers.usd(accept), "max_timeout_seconds": accept.max_timeout_seconds,
        "problems": ",".join(accept.problems),
    }  # fmt: skip


def _save_changes(connection: Connection, catalogue: Catalogue) -> None:
    rows = [
        {
            "run_id": catalogue.run.id, "resource_id": p.known.id, "source": c.source, "position": position,
            "at": c.at, "kind": c.kind, "accept": c.accept, "old": c.old, "new": c.new,
            "old_usd": c.old_usd, "new_usd": c.new_usd,
        }
        for p in catalogue.published
        for position, c in enumerate(p.draft.changes)
    ]  # fmt: skip
    connection.execute(delete(t.offer_changes).where(t.offer_changes.c.run_id == catalogue.run.id))
    upsert(connection, t.offer_changes, rows)


def _save_clusters(connection: Connection, catalogue: Catalogue) -> None:
    run = catalogue.run
    rows = [
        {
            "id": c.id, "canonical_id": c.canonical, "reason": c.reason, "size": len(c.members), "merged_into": None,
            "first_run": run.id, "last_run": run.id,
        }
        for c in catalogue.clusters
    ]  # fmt: skip
    connection.execute(update(t.clusters).values(canonical_id=None, size=0))
    upsert(connection, t.clusters, rows, update=["canonical_id", "reason", "size", "merged_into", "last_run"])
    events = [
        {
            "run_id": run.id, "kind": e.kind, "cluster_id": e.cluster_id, "other_id": e.other_id,
            "evidence": e.evidence,
        }
        for e in catalogue.cluster_events
    ]  # fmt: skip
    upsert(connection, t.cluster_events, events)
    for event in catalogue.cluster_events:
        if event.kind == "merged":
            statement = update(t.clusters).where(t.clusters.c.id == event.other_id)
            connection.execute(statement.values(merged_into=event.cluster_id))
    edges = [
        {"a_id": e.a, "b_id": e.b, "relation": e.relation, "score": e.score, "evidence": e.evidence}
        for e in catalogue.edges
    ]
    connection.execute(delete(t.duplicate_edges))
    upsert(connection, t.duplicate_edges, edges)


def _save_stats(connection: Connection, catalogue: Catalogue) -> None:
    rows = [
        {
            "run_id": catalogue.run.id, "category": category, "subcategory": subcategory, "resources": p.resources,
            "votes": p.votes, "q1": p.q1, "median": p.median, "q3": p.q3,
        }
        for (category, subcategory), p in catalogue.stats.items()
    ]  # fmt: skip
    connection.execute(delete(t.category_stats).where(t.category_stats.c.run_id == catalogue.run.id))
    upsert(connection, t.category_stats, rows)


def _save_documents(connection: Connection, run: Run, documents: Iterable[tuple[str, str, Document]]) -> Built:
    c = t.documents.c
    known = {(kind, name): digest for kind, name, digest in connection.execute(select(c.kind, c.name, c.content_hash))}
    same: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    seen: set[tuple[str, str]] = set()
    for kind, name, document in documents:
        digest = content_hash(document)
        seen.add((kind, name))
        if known.get((kind, name)) == digest:
            same.append({"b_kind": kind, "b_name": name})
            continue
        body = encode(document)
        changed.append(
            {
                "kind": kind, "name": name, "sha256": hashlib.sha256(body).hexdigest(), "size": len(body),
                "content_hash": digest, "generated_at": run.at, "body": body.decode(), "last_run": run.id,
            }
        )  # fmt: skip
    mine = (c.kind == bindparam("b_kind")) & (c.name == bindparam("b_name"))
    if same:
        connection.execute(update(t.documents).where(mine).values(last_run=run.id), same)
    values = ["sha256", "size", "content_hash", "generated_at", "body", "last_run"]
    upsert(connection, t.documents, changed, update=values)
    if gone := known.keys() - seen:
        connection.execute(delete(t.documents).where(mine), [{"b_kind": k, "b_name": n} for k, n in sorted(gone)])
    return Built(len(same) + len(changed), len(changed))


def content_hash(document: Document) -> str:
    """sha256 of what makes a document change: everything but its time and the usage facilitators declare, which
    moves every night and is refreshed along with the rest."""
    content = {key: value for key, value in document.items() if key not in ("generated_at", "quality")}
    return hashlib.sha256(orjson.dumps(content)).hexdigest()
