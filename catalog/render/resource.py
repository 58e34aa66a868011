"""``resource/<slug>.json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from catalog import networks, offers, validation
from catalog.copywriting import WRITER
from catalog.declared import API_KEY
from catalog.documents import (
    AcceptOut,
    Duplicates,
    OriginOut,
    PriceOut,
    Provenance,
    Quality,
    ResourceDocument,
    Tombstone,
    Validation,
)
from catalog.duplicates import Edge, links
from catalog.jsonld import json_ld, test_buy
from catalog.money import plain
from catalog.records import Accept
from catalog.render.history import price_history
from catalog.resolve.model import Origin, Published
from catalog.run import iso, iso_or_none
from catalog.site import Site

_BY_API_KEY = validation.Verdict(None, ("its origin documents an API key, not x402: a 402 says that credits ran out",))


def tombstone(published: Published, now: str) -> Tombstone:
    return {"generated_at": now, "slug": published.slug, "lifecycle": "removed_by_owner"}


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
            "since": iso_or_none(published.status_since),
            "href": f"health/{published.slug}.json",
        },
        "validation": _validation(published),
        "price_history": price_history((*known.history, *draft.changes)),
        "duplicates": _duplicates(published, by_id, edges),
        "risks": [
            {"check": r.check, "severity": r.severity, "note": r.note, "evidence": r.evidence} for r in published.risks
        ],
        "quality": _quality(published, now),
        "attestations": [
            {"kind": a.kind, "about": a.about, "since": iso(a.since), "evidence": a.evidence} for a in known.attested
        ],
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
    return {"slug": origin.slug, "host": origin.host, "url": origin.url, "favicon": origin.favicon}


def _x402_version(published: Published) -> int | None:
    live = published.known.live
    answered = live.challenge.x402_version if live and published.draft.live_is_current else None
    return answered or published.draft.listing.x402_version


def _last_changed(published: Published) -> datetime:
    live = published.known.live
    return max(published.draft.listing_since, live.since) if live else published.draft.listing_since


def _validation(published: Published) -> Validation:
    draft = published.draft
    found = _BY_API_KEY if published.protocol == API_KEY else validation.requirements(published.known)
    assets = [validation.asset(accept) for accept in draft.accepts]
    main = next((n for n, a in enumerate(draft.accepts) if draft.price and offers.same_terms(a, draft.price.accept)), 0)
    return {
        "payment_requirements": found.word,
        "reasons": list(found.reasons),
        "asset_verified": assets[main].value if assets else None,
        "facilitator": validation.facilitator(draft.accepts),
        "assets": [
            {"accept": place, "verified": asset.value, "reasons": list(asset.reasons)}
            for place, asset in enumerate(assets)
        ],
    }


def _duplicates(
    published: Published, by_id: Mapping[int, Published], edges: Mapping[int, Sequence[Edge]]
) -> Duplicates | None:
    cluster = published.cluster
    if cluster is None or cluster.canonical not in by_id:
        return None

    def inside(member: int) -> bool:
        other = by_id.get(member)
        return other is not None and other.cluster is not None and other.cluster.id == cluster.id

    found = links(published.known.id, edges, inside, lambda member: by_id[member].slug)
    return {
        "canonical": by_id[cluster.canonical].slug,
        "reason": cluster.reason,
        "size": len(cluster.members),
        "href": f"cluster/{cluster.id}.json",
        "members": [
            {"slug": other.slug, "url": other.known.url, "relation": link.relation, "evidence": link.evidence}
            for other, link in sorted(((by_id[m], link) for m, link in found.items()), key=lambda each: each[0].slug)
        ],
    }


def _quality(published: Published, now: str) -> Quality | None:
    listing = published.draft.listing
    return None if not listing.quality else {"source": listing.source, "declared": listing.quality, "as_of": now}


def _writers(published: Published) -> dict[str, Provenance]:
    """Who wrote the texts: the deterministic writer, a configured model, or each some of them."""
    model = published.by_model
    by_model = set(model.fields) if model else set()
    both = by_model & {"seo_title", "seo_description"}
    seo = ("seo",) if len(both) != 1 else ("seo.title", "seo.description")
    groups: dict[str, Provenance] = {}
    for group, source, mine in (("copy", WRITER, False), ("copy_by_model", model.model if model else "", True)):
        fields = [
            name
            for name in ("title", "summary", *seo, "use_cases", "ideal_buyer", "example_prompt")
            if (
                (name in by_model or name.replace("seo.", "seo_") in by_model or (name == "seo" and bool(both))) is mine
            )
        ]
        if fields:
            groups[group] = {
                "fields": fields,
                "kind": "generated",
                "source": source,
                "since": iso(published.texts_since),
                "evidence": [f"not the model's {refused}" for refused in model.refused] if model and not mine else [],
            }
    return groups


def _provenance(published: Published) -> dict[str, Provenance]:
    draft, live = published.draft, published.known.live
    listed = iso(draft.listing_since)
    observed = draft.price is not None and draft.price.basis == "live" and live is not None
    facts = published.origin.facts
    groups: dict[str, Provenance] = {
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
        **_writers(published),
    }
    groups["trust"] = {
        "fields": ["trust_tier", "risks", "risk_notes"],
        "kind": "derived",
        "source": "checks",
        "since": iso(max(draft.listing_since, live.since)) if live else listed,
        "evidence": list(published.tier_reasons),
    }
    if facts.since is not None:
        groups["origin"] = {
            "fields": ["origin.favicon", "provider"],
            "kind": "declared",
            "source": "origin",
            "since": iso(facts.since),
            "evidence": [f"{published.origin.url}{path}" for path in facts.documents],
        }
    return groups
