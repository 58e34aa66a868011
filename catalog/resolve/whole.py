"""The catalogue as a whole: slugs, origins, duplicate clusters, price statistics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from decimal import Decimal

from catalog import copywriting, duplicates, offers, pricing, schemas, slugs, taxonomy
from catalog.declared import NO_FACTS, OriginFacts
from catalog.known import Names
from catalog.money import plain
from catalog.records import Finding
from catalog.resolve.model import Draft, Origin
from catalog.urls import parse, registrable_domain, resource_id


def names(drafts: Sequence[Draft], names: Names) -> tuple[dict[str, str], dict[str, Origin]]:
    """Slugs of all resources by key, and all origins by key; names given earlier are kept."""
    wanted = {d.known.key: f"{d.known.identity.partition('?')[0]} {d.known.tool}" for d in drafts}
    groups: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        groups[draft.known.origin].append(draft)
    hosts = _named({key: key for key in groups}, names.origins)
    return _named(wanted, names.resources), {
        key: _origin(key, group, hosts[key], names.facts.get(key, NO_FACTS)) for key, group in sorted(groups.items())
    }


def _named(wanted: Mapping[str, str], held: Mapping[str, str]) -> dict[str, str]:
    new = {key: text for key, text in wanted.items() if key not in held}
    return slugs.assign(new, {slug: key for key, slug in held.items()}) | dict(held)


def _origin(key: str, group: Sequence[Draft], slug: str, facts: OriginFacts) -> Origin:
    urls = sorted({parse(d.known.url).origin for d in group}, key=lambda url: (not url.startswith("https:"), url))
    parts = parse(urls[0])
    declared = sorted({d.listing.service_name for d in group if d.listing.service_name})
    return Origin(
        id=resource_id(key),
        key=key,
        host=parts.netloc,
        url=urls[0],
        slug=slug,
        domain=registrable_domain(parts.host),
        provider=copywriting.provider(parts.host, *(declared if len(declared) == 1 else ()), *facts.names),
        first_seen_at=min(d.known.first_seen_at for d in group),
        favicon=facts.favicon or f"{urls[0]}/favicon.ico",
        facts=facts,
    )


def described(draft: Draft) -> taxonomy.Described:
    return taxonomy.Described(
        url=draft.known.url,
        description=" ".join(filter(None, (draft.known.tool, draft.description))),
        service_name=draft.listing.service_name,
        tags=draft.listing.tags,
        inputs=schemas.field_names(draft.input_schema),
        outputs=schemas.field_names(draft.output_schema),
        mime_type=draft.listing.mime_type,
    )


def candidates_of(drafts: Iterable[Draft]) -> list[duplicates.Candidate]:
    """What the duplicate search sees of the catalogue."""
    return [
        duplicates.Candidate(
            resource_id=d.known.id,
            url=d.known.url,
            identity=d.known.identity,
            tool=d.known.tool,
            text=d.description,
            pay_to=frozenset(offers.pay_to_id(a) for a in d.accepts if a.pay_to),
            price=plain(d.price.usd) if d.price else None,
            payable=d.known.state.last_outcome == "payable",
            first_seen=d.known.first_seen_at.isoformat(),
        )
        for d in drafts
    ]


def find_duplicates(
    drafts: Sequence[Draft], hidden: Container[int]
) -> tuple[duplicates.Found, list[duplicates.Cluster], list[duplicates.ClusterEvent]]:
    shown = [d for d in drafts if d.known.id not in hidden]  # others' documents must not name what was withdrawn
    candidates = candidates_of(shown)
    found = duplicates.find_edges(candidates)
    known = {d.known.id: d.known.cluster_id for d in shown if d.known.cluster_id}
    clusters, events = duplicates.cluster(candidates, found.edges, known)
    return found, clusters, events


def crowding(crowds: Iterable[duplicates.Crowd], drafts: Sequence[Draft]) -> list[Finding]:
    """Where the duplicate search did not compare all with all."""
    urls = {d.known.id: d.known.url for d in drafts}
    said = f"more than {duplicates.BUCKET_CAP} resources share one: each was compared with the first and its neighbours"
    return [Finding("duplicates.crowded", "info", urls[c.example], "resolve", c.kind, said) for c in crowds]


def stats(
    drafts: Sequence[Draft],
    categories: Sequence[taxonomy.Category],
    member_of: Mapping[int, duplicates.Cluster],
    hidden: Container[int],
) -> dict[tuple[str, str], pricing.Prices]:
    """Prices of every category and subcategory: the canonical member votes for its cluster, else the first priced.

    What is no longer offered is counted among the resources, and has no vote.
    """
    votes: dict[tuple[str, str], dict[object, Decimal]] = defaultdict(dict)
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for draft, category in zip(drafts, categories, strict=True):
        if draft.known.id in hidden:
            continue
        cluster = member_of.get(draft.known.id)
        voter: object = cluster.id if cluster else draft.known.id
        for key in ((category.category, ""), (category.category, category.subcategory)):
            counts[key] += 1
            if (
                draft.price is not None
                and draft.in_market
                and (voter not in votes[key] or (cluster and cluster.canonical == draft.known.id))
            ):
                votes[key][voter] = draft.price.usd
    return {key: pricing.prices(counts[key], votes[key].values()) for key in counts}


def siblings(drafts: Sequence[Draft], member_of: Mapping[int, duplicates.Cluster]) -> dict[object, list[Decimal]]:
    """Prices by cluster id and by origin key, ascending: what a resource and its neighbours still offered charge."""
    groups: dict[object, list[Decimal]] = defaultdict(list)
    for draft in drafts:
        if draft.price is not None and draft.in_market:
            cluster = member_of.get(draft.known.id)
            for key in filter(None, (cluster and cluster.id, draft.known.origin)):
                groups[key].append(draft.price.usd)
    for prices in groups.values():
        prices.sort()
    return groups
