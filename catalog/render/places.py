"""``server/``, ``category/`` and ``cluster/`` documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from catalog import decimals, networks
from catalog.documents import (
    CategoryDocument,
    ClusterDocument,
    Quartiles,
    ResourceLink,
    ServerDocument,
)
from catalog.duplicates import Cluster, Edge
from catalog.money import plain
from catalog.pricing import MINIMUM_VOTES, THRESHOLDS, Prices
from catalog.resolve.model import Origin, Published
from catalog.run import iso


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


def server_document(
    origin: Origin, members: Sequence[Published], now: str
) -> Iterator[tuple[str, str, ServerDocument]]:
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
            "favicon": origin.favicon,
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


def category_document(
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
        "decimal_limits": decimals.published(),
        "subcategories": {sub: _quartiles(prices) for (cat, sub), prices in stats.items() if cat == category and sub},
        "resources": [_link(p) for p in shown if p.category.category == category],
    }


def edges_of(edges: Sequence[Edge], by_id: Mapping[int, Published]) -> dict[int, list[Edge]]:
    found: dict[int, list[Edge]] = {}
    for edge in edges:
        if edge.a in by_id and edge.b in by_id:
            found.setdefault(edge.a, []).append(edge)
            found.setdefault(edge.b, []).append(edge)
    return found


def cluster_document(
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
