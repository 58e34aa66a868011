"""The ledger: what the build reads (everything known) and writes (everything resolved), in one transaction.

Writing is idempotent: building a run twice leaves the store as building it once.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, bindparam, delete, func, or_, select, update

from catalog import health, layers, networks, offers
from catalog.copywriting import WRITER
from catalog.documents import Document, encode
from catalog.health import CheckRow, State
from catalog.known import Change, Known, Listed, Live, Names
from catalog.lifecycle import Presence
from catalog.records import Accept, Listing
from catalog.resolve import Catalogue, Published
from catalog.run import Run, iso
from catalog.store import schema as t
from catalog.store.engine import Store, upsert
from catalog.store.intake import CHALLENGE, LISTING, save_findings
from catalog.store.optout import withheld

STATE = tuple(State.__dataclass_fields__)


# --- reading ---------------------------------------------------------------------------------------------------


def load(store: Store, run: Run) -> tuple[list[Known], Names]:
    """Everything known before tonight's build, in identity order, and the slugs given so far."""
    with store.begin() as connection:
        times = {key: at for key, at in connection.execute(select(t.runs.c.id, t.runs.c.started_at))}  # noqa: C416
        listed = _listed(connection, run, times)
        live = _live(connection, run, times)
        checks = _checks(connection, run)
        history = _history(connection, run)
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
            )
            for row in connection.execute(select(t.resources).order_by(t.resources.c.identity, t.resources.c.tool))
            if row.id in listed
        ]
        return known, _names(connection, known)


def _names(connection: Connection, known: Iterable[Known]) -> Names:
    return Names(
        resources={k.key: k.slug for k in known if k.slug},
        origins={f"//{host}": slug for slug, host in connection.execute(select(t.origins.c.slug, t.origins.c.host))},
    )


def _listed(connection: Connection, run: Run, times: Mapping[str, datetime]) -> dict[int, list[Listed]]:
    changed = t.listings.alias("changed")
    older = (
        select(t.listings)
        .join(
            changed,
            (changed.c.resource_id == t.listings.c.resource_id) & (changed.c.source == t.listings.c.source),
        )
        .where(changed.c.current.is_(True), changed.c.first_run == run.id, t.listings.c.first_run < run.id)
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
                presence=Presence(row.missed, row.absent_since),
            )
        )
    return found


def _as_seen(row: Row[Any]) -> Listing:
    """The listing with the usage declared last: it moves every night and makes no version of its own."""
    return replace(LISTING.validate_json(row.record), quality=orjson.loads(row.quality) if row.quality else None)


def _live(connection: Connection, run: Run, times: Mapping[str, datetime]) -> dict[int, Live]:
    query = select(t.challenges).order_by(t.challenges.c.resource_id, t.challenges.c.first_run)
    previous: dict[int, Any] = {}
    found: dict[int, Live] = {}
    for row in connection.execute(query):
        if not row.current:
            previous[row.resource_id] = row
            continue
        before = previous.get(row.resource_id) if row.first_run == run.id else None
        found[row.resource_id] = Live(
            challenge=CHALLENGE.validate_json(row.record),
            since=times[row.first_run],
            seen_at=times[row.last_run],
            previous=CHALLENGE.validate_json(before.record) if before is not None else None,
        )
    return found


def _checks(connection: Connection, run: Run) -> dict[int, list[CheckRow]]:
    """The last 20 checks and those of the last 30 days, ascending."""
    c = t.checks.c
    recent = func.row_number().over(partition_by=c.resource_id, order_by=c.at.desc()).label("recent")
    columns = (
        c.resource_id, c.at, c.outcome, c.status, c.latency_ms, c.method, c.message, c.error, c.layers,
        c.certificate_expires,
    )  # fmt: skip
    ranked = select(*columns, recent).subquery()
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
            )
        )
    return found


def _history(connection: Connection, run: Run) -> dict[int, list[Change]]:
    c = t.offer_changes.c
    query = select(t.offer_changes).where(c.run_id != run.id).order_by(c.at, c.resource_id, c.position)
    found: dict[int, list[Change]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.resource_id].append(Change(row.at, row.source, row.kind, row.accept, row.old, row.new))
    return found


# --- writing ---------------------------------------------------------------------------------------------------


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
            "new": p.lifecycle, "reason": p.lifecycle_reason,
        }
        for p in catalogue.published
        if p.lifecycle != p.known.lifecycle
    ]  # fmt: skip
    upsert(connection, t.lifecycle_events, events, update=["new", "reason"])  # a second build goes on from the first
    copies = [
        {
            "resource_id": p.known.id, "writer": WRITER, "facts_hash": p.texts_hash,
            "copy": orjson.dumps(asdict(p.texts)).decode(), "first_run": catalogue.run.id,
        }
        for p in catalogue.published
        if p.texts_hash != p.known.copy_hash
    ]  # fmt: skip
    upsert(connection, t.copies, copies, update=["writer", "facts_hash", "copy", "first_run"], changed="facts_hash")


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
        "trust_tier": p.tier, "status": p.status, "status_since": p.status_since, "lifecycle": p.lifecycle,
        "lifecycle_since": p.lifecycle_since, "cluster_id": p.cluster.id if p.cluster else None,
    }  # fmt: skip


def _save_options(connection: Connection, catalogue: Catalogue) -> None:
    rows = []
    for p in catalogue.published:
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


# --- what exporters read ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as built: its bytes and what a manifest says of them."""

    kind: str
    name: str
    sha256: str
    size: int
    body: bytes

    @property
    def path(self) -> str:
        """Inside a release."""
        return f"{self.kind}/{self.name}.json"


def is_built(store: Store, run: Run) -> bool:
    """Whether the documents in the store are those of ``run``: a crawl since the last build is not in them."""
    with store.begin() as connection:
        built = connection.execute(select(t.runs.c.stage).where(t.runs.c.id == run.id)).scalar()
    return built in ("build", "export", "publish")


def documents(store: Store) -> Iterator[StoredDocument]:
    """All documents of the last build, by kind and name, streamed."""
    c = t.documents.c
    query = select(c.kind, c.name, c.sha256, c.size, c.body).order_by(c.kind, c.name)
    with store.begin() as connection:
        for row in connection.execution_options(yield_per=500).execute(query):
            yield StoredDocument(row.kind, row.name, row.sha256, row.size, row.body.encode())


def all_findings(store: Store) -> Iterator[dict[str, Any]]:
    """All findings in contract shape, sorted; those about owners who opted out are withheld."""
    c = t.findings.c
    names = ("code", "severity", "url", "source", "field", "evidence", "first_run", "last_run")
    order = (c.code, c.url, c.source, c.field, c.evidence, c.id)
    with store.begin() as connection:
        hidden = withheld(connection)
        for row in connection.execute(select(*(c[name] for name in names)).order_by(*order)):
            if not hidden.covers(row.url):
                yield dict(zip(names, row, strict=True))


def changes(store: Store, run: Run) -> dict[str, Any]:
    """What changed in one run: new resources, terms, lifecycle, clusters."""
    hidden = t.resources.c.lifecycle != "removed_by_owner"
    with store.begin() as connection:
        before = connection.execute(
            select(func.max(t.runs.c.id)).where(t.runs.c.id < run.id, t.runs.c.status == "published")
        ).scalar()
        new = select(t.resources.c.slug).where(t.resources.c.first_seen_at == run.at, hidden)
        offer = (
            select(t.resources.c.slug, t.offer_changes)
            .join(t.resources, t.resources.c.id == t.offer_changes.c.resource_id)
            .where(t.offer_changes.c.run_id == run.id, hidden)
            .order_by(t.resources.c.slug, t.offer_changes.c.position)
        )
        moves = (
            select(t.resources.c.slug, t.lifecycle_events)
            .join(t.resources, t.resources.c.id == t.lifecycle_events.c.resource_id)
            .where(t.lifecycle_events.c.run_id == run.id, t.lifecycle_events.c.old.is_not(None))
            .order_by(t.resources.c.slug)
        )
        events = connection.execute(
            select(t.cluster_events)
            .where(t.cluster_events.c.run_id == run.id)
            .order_by(*t.cluster_events.primary_key.columns)
        ).all()
        return {
            "run": run.id,
            "generated_at": run.now,
            "previous_run": before,
            "new": list(connection.execute(new.order_by(t.resources.c.slug)).scalars()),
            "offers": [
                {
                    "slug": r.slug, "at": iso(r.at), "source": r.source, "kind": r.kind, "accept": r.accept,
                    "old": r.old, "new": r.new,
                }
                for r in connection.execute(offer)
            ],
            "lifecycle": [
                {"slug": r.slug, "old": r.old, "new": r.new, "reason": r.reason} for r in connection.execute(moves)
            ],
            "merged_clusters": [{"id": e.other_id, "into": e.cluster_id} for e in events if e.kind == "merged"],
            "split_clusters": [{"id": e.other_id, "from": e.cluster_id} for e in events if e.kind == "split"],
        }  # fmt: skip
