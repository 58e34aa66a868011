"""Render: resolved records → the published documents, key by key in their contract order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from catalog import health, networks, offers
from catalog.copywriting import WRITER
from catalog.documents import (
    AcceptOut,
    CategoryDocument,
    CheckOut,
    ClusterDocument,
    Document,
    Duplicates,
    HealthDocument,
    OfferChange,
    OriginOut,
    PriceOut,
    Provenance,
    Quality,
    Quartiles,
    ResourceDocument,
    ResourceLink,
    ServerDocument,
    ShareOut,
    Tombstone,
    Validation,
)
from catalog.duplicates import Cluster, Edge
from catalog.jsonld import json_ld, test_buy
from catalog.known import Change
from catalog.money import plain
from catalog.pricing import MINIMUM_VOTES, THRESHOLDS, Prices
from catalog.records import Accept
from catalog.resolve import Catalogue, Origin, Published, Site
from catalog.run import iso

HISTORY = 50
"""Changes of terms shown in a document; all of them stand in the ``offer_changes`` table."""


def documents(catalogue: Catalogue, site: Site) -> Iterator[tuple[str, str, Document]]:
    """Every document as (kind, name, document), ``generated_at`` still the run's time; sorted within each kind."""
    now = catalogue.run.now
    shown = [p for p in catalogue.published if p.lifecycle != "removed_by_owner"]
    by_id = {p.known.id: p for p in shown}
    edges = _edges_of(catalogue.edges, by_id)
    for published in catalogue.published:
        if published.lifecycle == "removed_by_owner":
            yield "resource", published.slug, _tombstone(published, now)
        else:
            yield "resource", published.slug, resource(published, by_id, edges, site, now)
            yield "health", published.slug, health_document(published, now, catalogue.run.at)
    tenants: dict[int, list[Published]] = {}
    for published in shown:
        tenants.setdefault(published.origin.id, []).append(published)
    for origin in catalogue.origins:
        yield from _server(origin, tenants.get(origin.id, ()), now)
    for category in sorted({category for category, _ in catalogue.stats}):
        yield "category", category, _category(category, catalogue.stats, shown, now)
    for cluster in catalogue.clusters:
        yield from _cluster(cluster, by_id, edges, now)


def _tombstone(published: Published, now: str) -> Tombstone:
    return {"generated_at": now, "slug": published.slug, "lifecycle": "removed_by_owner"}


# --- resource/<slug>.json --------------------------------------------------------------------------------------


def resource(
    published: Published,
    by_id: Mapping[int, Published],
    edges: Mapping[int, Sequence[Edge]],
    site: Site,
    now: str,
) -> ResourceDocument:
    """The document of one resource."""
    draft, known, texts = published.draft, published.known, published.texts
    accepts = [_accept(a, ok) for a, ok in zip(draft.accepts, draft.verified, strict=True)]
    price = _price(published, accepts)
    origin = _origin(published.origin)
    offer = None
    if draft.price is not None and price is not None:
        offer = (draft.price.usd, price["asset_symbol"], accepts[price["accept"]])
    payable = None if known.state.last_outcome is None else known.state.last_outcome == "payable"
    return {
        "generated_at": now,
        "slug": published.slug,
        "title": texts.title,
        "url": known.url,
        "category": published.category.category,
        "summary": texts.summary,
        "seo": {"title": texts.seo_title, "description": texts.seo_description},
        "use_cases": list(texts.use_cases),
        "ideal_buyer": texts.ideal_buyer,
        "example_prompt": texts.example_prompt,
        "example_request_body": published.example_body,
        "risk_notes": [risk.note for risk in published.risks],
        "pricing_sanity": {
            "flag": published.sanity.flag,
            "ratio": published.sanity.shown_ratio,
            "median_category_atomic": published.sanity.median_category_atomic,
        },
        "pricing_review_required": published.review_required,
        "pricing_decimal_suspect": published.decimal_evidence is not None,
        "trust_tier": published.tier,  # type: ignore[typeddict-item]
        "accepts": accepts,
        "duplicate_cluster_id": published.cluster.id if published.cluster else None,
        "origin": origin,
        "json_ld": json_ld(
            site_url=site.site_url,
            test_buy_url=site.test_buy_url,
            slug=published.slug,
            title=texts.title,
            description=texts.seo_description,
            url=known.url,
            category=published.category.category,
            origin=origin,
            price=offer,
            payable=payable,
        ),
        "axon_deep_link": test_buy(site.test_buy_url, published.slug),
        "subcategory": published.category.subcategory,
        "protocol": published.protocol,
        "x402_version": _x402_version(published),
        "methods": list(draft.methods),
        "provider": published.provider,
        "price": price,
        "input_schema": draft.input_schema,
        "output_schema": draft.output_schema,
        "lifecycle": published.lifecycle,  # type: ignore[typeddict-item]
        "first_seen_at": iso(known.first_seen_at),
        "last_changed_at": iso(_last_changed(published)),
        "health": {
            "status": published.status,  # type: ignore[typeddict-item]
            "since": _moment(published.status_since),
            "href": f"health/{published.slug}.json",
        },
        "validation": _validation(published),
        "price_history": [_change(c) for c in (*known.history, *draft.changes)[-HISTORY:]],
        "duplicates": _duplicates(published, by_id, edges),
        "risks": [
            {"check": r.check, "severity": r.severity, "note": r.note, "evidence": r.evidence} for r in published.risks
        ],
        "quality": _quality(published, now),
        "attestations": [],
        "sources": [
            {"name": e.listing.source, "listed": e.presence.missed == 0, "since": iso(e.since)}
            for e in sorted(known.listed, key=lambda e: e.listing.source)
        ],
        "provenance": _provenance(published),
    }


def _accept(accept: Accept, verified: bool) -> AcceptOut:
    asset = networks.asset(accept.network_id, accept.asset)
    return {
        "scheme": accept.scheme,
        "network": networks.short_name(accept.network),
        "pay_to": accept.pay_to,
        "asset": networks.display_asset(accept.network_id, accept.asset),
        "max_amount_required_atomic": accept.amount,
        "max_timeout_seconds": accept.max_timeout_seconds,
        "mime_type": accept.mime_type,
        "description": accept.description,
        "verified": verified,
        "hints": {"input": accept.hints.input, "output": accept.hints.output},
        "network_id": accept.network_id,
        "asset_symbol": asset.symbol if asset else None,
        "asset_name": asset.name if asset else None,
    }


def _price(published: Published, accepts: Sequence[AcceptOut]) -> PriceOut | None:
    price = published.draft.price
    if price is None:
        return None
    index = next(i for i, a in enumerate(published.draft.accepts) if offers.same_terms(a, price.accept))
    shown = accepts[index]
    return {
        "usd": plain(price.usd),
        "atomic": price.accept.amount,
        "asset_symbol": shown["asset_symbol"] or "",
        "asset_name": shown["asset_name"] or "",
        "network": shown["network"],
        "basis": "live" if price.basis == "live" else "listed",
        "accept": index,
    }


def _origin(origin: Origin) -> OriginOut:
    return {"slug": origin.slug, "host": origin.host, "url": origin.url, "favicon": f"{origin.url}/favicon.ico"}


def _x402_version(published: Published) -> int | None:
    live = published.known.live
    answered = live.challenge.x402_version if live and published.draft.live_is_current else None
    return answered or published.draft.listing.x402_version


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)


def _last_changed(published: Published) -> datetime:
    live = published.known.live
    return max(published.draft.listing_since, live.since) if live else published.draft.listing_since


def _validation(published: Published) -> Validation:
    live = published.known.live
    answered = live.challenge.accepts if live else ()
    valid = any(not a.problems for a in answered)
    reasons = sorted({problem for a in answered for problem in a.problems})
    accept = published.draft.price.accept if published.draft.price else next(iter(published.draft.accepts), None)
    extra = accept.extra if accept and isinstance(accept.extra, dict) else {}
    facilitator = extra.get("facilitator") or extra.get("facilitatorUrl")
    return {
        "payment_requirements": "unknown" if not answered else "valid" if valid else "invalid",
        "reasons": reasons if answered else ["no 402 with x402 terms was answered yet"],
        "asset_verified": _asset_verified(accept) if accept else None,
        "facilitator": facilitator[:300] if isinstance(facilitator, str) else None,
    }


def _asset_verified(accept: Accept) -> bool | None:
    """Whether a known asset's EIP-712 name and version are as declared; None for an unknown asset."""
    asset = networks.asset(accept.network_id, accept.asset)
    if asset is None:
        return None
    declared = accept.extra if isinstance(accept.extra, dict) else {}
    pairs = ((declared.get("name"), asset.eip712_name), (declared.get("version"), asset.eip712_version))
    return all(ours is None or theirs is None or str(theirs) == ours for theirs, ours in pairs)


def _change(change: Change) -> OfferChange:
    return {
        "at": iso(change.at),
        "source": change.source,
        "kind": change.kind,
        "accept": change.accept,
        "old": change.old,
        "new": change.new,
    }


def _duplicates(
    published: Published, by_id: Mapping[int, Published], edges: Mapping[int, Sequence[Edge]]
) -> Duplicates | None:
    cluster = published.cluster
    if cluster is None or cluster.canonical not in by_id:
        return None
    mine = {edge.b if edge.a == published.known.id else edge.a: edge for edge in edges.get(published.known.id, ())}
    others = [by_id[member] for member in cluster.members if member != published.known.id and member in by_id]
    return {
        "canonical": by_id[cluster.canonical].slug,
        "reason": cluster.reason,
        "members": [
            {
                "slug": other.slug,
                "url": other.known.url,
                "relation": mine[other.known.id].relation if other.known.id in mine else None,
                "evidence": mine[other.known.id].evidence if other.known.id in mine else None,
            }
            for other in others
        ],
    }


def _quality(published: Published, now: str) -> Quality | None:
    listing = published.draft.listing
    return None if not listing.quality else {"source": listing.source, "declared": listing.quality, "as_of": now}


def _provenance(published: Published) -> dict[str, Provenance]:
    draft, live = published.draft, published.known.live
    listed = iso(draft.listing_since)
    observed = draft.price is not None and draft.price.basis == "live" and live is not None
    return {
        "listing": {
            "fields": ["url", "accepts", "methods", "input_schema", "output_schema", "x402_version"],
            "kind": "declared",
            "source": draft.listing.source,
            "since": listed,
            "evidence": [],
        },
        "price": {
            "fields": ["price", "pricing_sanity", "pricing_review_required", "pricing_decimal_suspect"],
            "kind": "observed" if observed else "declared",
            "source": "live" if observed else draft.listing.source,
            "since": iso(live.since) if observed and live else listed,
            "evidence": [published.decimal_evidence] if published.decimal_evidence else [],
        },
        "category": {
            "fields": ["category", "subcategory"],
            "kind": "derived",
            "source": "taxonomy",
            "since": listed,
            "evidence": list(published.category.evidence),
        },
        "copy": {
            "fields": ["title", "summary", "seo", "use_cases", "ideal_buyer", "example_prompt"],
            "kind": "generated",
            "source": WRITER,
            "since": iso(published.texts_since),
            "evidence": [],
        },
    }


# --- health/<slug>.json ----------------------------------------------------------------------------------------


def health_document(published: Published, now: str, at: datetime) -> HealthDocument:
    """What changes every night."""
    known, state = published.known, published.known.state
    window = [c for c in known.checks if at - c.at < health.WINDOW]
    latency = health.latency(window)
    uptime = health.uptime(window)
    score = health.payable_1(
        uptime,
        latency,
        state.consecutive_failures,
        (at - known.first_seen_at) / timedelta(days=1),
        ever_payable=state.last_payable_at is not None,
    )
    return {
        "generated_at": now,
        "slug": published.slug,
        "url": known.url,
        "status": published.status,  # type: ignore[typeddict-item]
        "status_since": _moment(published.status_since),
        "lifecycle": published.lifecycle,
        "last_listed_at": iso(known.last_listed_at),
        "last_checked_at": _moment(state.last_checked_at),
        "last_healthy_at": _moment(state.last_payable_at),
        "consecutive_failures": state.consecutive_failures,
        "uptime_30d": _share(uptime),
        "reachability_30d": _share(health.reachability(window)),
        "latency": {
            "p50_ms": latency.p50_ms,
            "p95_ms": latency.p95_ms,
            "count": latency.count,
            "newest_at": _moment(latency.newest_at),
        },
        "reliability": {
            "formula": score.formula,
            "score": score.score,
            "components": score.components,
            "reason": score.reason,
        },
        "recent_checks": [_check(c) for c in reversed(known.checks[-health.RECENT :])],
    }


def _share(share: health.Share) -> ShareOut:
    return {
        "value": share.value,
        "numerator": share.numerator,
        "denominator": share.denominator,
        "first_check": _moment(share.first_check),
        "last_check": _moment(share.last_check),
        "interval": share.interval,
        "note": None if share.sufficient else "insufficient_history",
    }


def _check(check: health.CheckRow) -> CheckOut:
    return {
        "at": iso(check.at),
        "shown": check.shown,  # type: ignore[typeddict-item]
        "outcome": check.outcome,
        "counted": check.counted,
        "method": check.method,
        "http_status": check.status,
        "latency_ms": check.latency_ms,
        "message": check.message,
    }


# --- server, category, cluster ---------------------------------------------------------------------------------


def _link(published: Published) -> ResourceLink:
    price = published.draft.price
    return {
        "slug": published.slug,
        "title": published.texts.title,
        "url": published.known.url,
        "category": published.category.category,
        "subcategory": published.category.subcategory,
        "price_usd": plain(price.usd) if price else None,
    }


def _server(origin: Origin, members: Sequence[Published], now: str) -> Iterator[tuple[str, str, ServerDocument]]:
    if not members:
        return
    counts: dict[str, int] = {}
    for label in sorted(p.category.label for p in members):
        counts[label] = counts.get(label, 0) + 1
    yield (
        "server",
        origin.slug,
        {
            "generated_at": now,
            "slug": origin.slug,
            "host": origin.host,
            "url": origin.url,
            "favicon": f"{origin.url}/favicon.ico",
            "domain": origin.domain,
            "provider": origin.provider,
            "first_seen_at": iso(origin.first_seen_at),
            "categories": counts,
            "networks": sorted({networks.short_name(a.network) for p in members for a in p.draft.accepts if a.network}),
            "resources": [_link(p) for p in members],
        },
    )


def _quartiles(prices: Prices) -> Quartiles:
    def text(value: Decimal | None) -> str | None:
        return None if value is None else plain(value)

    return {
        "resources": prices.resources,
        "votes": prices.votes,
        "q1": text(prices.q1),
        "median": text(prices.median),
        "q3": text(prices.q3),
    }


def _category(
    category: str, stats: Mapping[tuple[str, str], Prices], shown: Sequence[Published], now: str
) -> CategoryDocument:
    whole = stats[category, ""]
    return {
        "generated_at": now,
        "category": category,
        "prices": _quartiles(whole),
        "median_category_atomic": whole.median_atomic,
        "minimum_votes": MINIMUM_VOTES,
        "thresholds": THRESHOLDS,
        "subcategories": {sub: _quartiles(prices) for (cat, sub), prices in stats.items() if cat == category and sub},
        "resources": [_link(p) for p in shown if p.category.category == category],
    }


def _edges_of(edges: Sequence[Edge], by_id: Mapping[int, Published]) -> dict[int, list[Edge]]:
    found: dict[int, list[Edge]] = {}
    for edge in edges:
        if edge.a in by_id and edge.b in by_id:
            found.setdefault(edge.a, []).append(edge)
            found.setdefault(edge.b, []).append(edge)
    return found


def _cluster(
    cluster: Cluster, by_id: Mapping[int, Published], edges: Mapping[int, Sequence[Edge]], now: str
) -> Iterator[tuple[str, str, ClusterDocument]]:
    members = [by_id[member] for member in cluster.members if member in by_id]
    if len(members) < 2 or cluster.canonical not in by_id:
        return
    inside = set(cluster.members)
    mine = [e for m in members for e in edges.get(m.known.id, ()) if e.a == m.known.id and e.b in inside]
    yield (
        "cluster",
        cluster.id,
        {
            "generated_at": now,
            "id": cluster.id,
            "canonical": by_id[cluster.canonical].slug,
            "reason": cluster.reason,
            "members": [_link(p) for p in members],
            "edges": [
                {
                    "a": by_id[e.a].slug,
                    "b": by_id[e.b].slug,
                    "relation": e.relation,
                    "score": e.score,
                    "evidence": e.evidence,
                }
                for e in mine
            ],
        },
    )
