"""Resolve: listings + observations + what was known → published records. One pure fold for the whole catalogue.

Three steps: every resource by itself (terms, schemas, texts seen), then the catalogue as a whole (slugs,
categories, duplicate clusters, price medians), then every resource again in the light of it (price sanity, risks,
copy, lifecycle). :mod:`catalog.render` turns the result into documents.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any

from catalog import copywriting, duplicates, health, networks, offers, pricing, schemas, slugs, taxonomy, trust
from catalog.known import Change, Known, Listed, Names
from catalog.lifecycle import Lifecycle, lifecycle
from catalog.money import plain
from catalog.records import Accept, Finding, Hints, Json, Listing
from catalog.run import Run
from catalog.urls import parse, registrable_domain, resource_id

Progress = Callable[[str, int, int], None]
"""Called as (what, done, total) while long steps go on."""

ROTATING = 3
QUIET = frozenset({"inferred_from_example"})
"""Notes of schema conversion that lose nothing: half of all resources declare an example and no schema."""
RECENT_CHANGE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Site:
    """Where the documents will be shown, and who wants out."""

    site_url: str = "https://x402all.com"
    test_buy_url: str = "https://axon402.com/test-buy"
    opt_out: frozenset[str] = frozenset()
    """Hosts and origins (``https://host``) whose owners opted out."""

    def opted_out(self, url: str) -> bool:
        """Whether the owner of the URL's host or origin opted out."""
        parts = parse(url)
        return not self.opt_out.isdisjoint({parts.host, parts.netloc, parts.origin, f"https://{parts.netloc}"})


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one call: dollars, the accept it stands in, and whether it was answered live or only listed."""

    usd: Decimal
    accept: Accept
    basis: str


@dataclass(slots=True)
class Draft:
    """A resource on its way through the fold."""

    known: Known
    listing: Listing
    """The current row of the source that updated it last."""
    listing_since: datetime
    accepts: tuple[Accept, ...]
    """Listed accepts in order, then live ones the listing does not hold; none where the protocol is not x402."""
    verified: tuple[bool, ...]
    live_is_current: bool
    price: Price | None
    live_differs: str | None
    price_differs: bool
    """Whether the live price is another than the listed one."""
    protocol: str | None
    description: str
    hints: Hints
    methods: tuple[str, ...]
    input_schema: Json
    output_schema: Json
    changes: tuple[Change, ...]
    """Tonight's changes of terms."""
    notes: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Origin:
    """A server: scheme-blind host and port."""

    id: int
    key: str
    host: str
    url: str
    slug: str
    domain: str
    provider: str
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Published:
    """One resolved resource: all that its documents and its row in the store are made of."""

    known: Known
    slug: str
    draft: Draft
    origin: Origin
    category: taxonomy.Category
    cluster: duplicates.Cluster | None
    sanity: pricing.Sanity
    decimal_evidence: str | None
    review_required: bool
    risks: tuple[trust.Risk, ...]
    tier: str
    texts: copywriting.Copy
    texts_hash: str
    texts_since: datetime
    example_body: Json
    provider: str
    protocol: str | None
    status: str
    status_since: datetime | None
    lifecycle: Lifecycle
    lifecycle_since: datetime
    lifecycle_reason: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The night's result; every sequence is sorted, ``published`` by slug."""

    run: Run
    published: tuple[Published, ...]
    origins: tuple[Origin, ...]
    clusters: tuple[duplicates.Cluster, ...]
    cluster_events: tuple[duplicates.ClusterEvent, ...]
    edges: tuple[duplicates.Edge, ...]
    stats: Mapping[tuple[str, str], pricing.Prices]
    """(category, subcategory) → prices; subcategory "" for the whole category."""
    findings: tuple[Finding, ...]


def resolve(known: Sequence[Known], names: Names, run: Run, site: Site, progress: Progress) -> Catalogue:
    """Fold everything known into tonight's catalogue; ``names`` are the slugs given so far."""
    drafts = []
    for index, resource in enumerate(known):
        drafts.append(_draft(resource, run))
        progress("terms", index + 1, len(known))
    given, origins = _names(drafts, names)
    categories = taxonomy.categorise_all([_described(d) for d in drafts])
    progress("categories", len(drafts), len(drafts))
    hidden = {d.known.id for d in drafts if site.opted_out(d.known.url)}
    edges, clusters, events = _duplicates(drafts, categories, hidden)
    progress("duplicates", len(drafts), len(drafts))
    member_of = {member: cluster for cluster in clusters for member in cluster.members}
    stats = _stats(drafts, categories, member_of, hidden)
    siblings = _siblings(drafts, member_of)
    published = []
    for index, (draft, category) in enumerate(zip(drafts, categories, strict=True)):
        cluster = member_of.get(draft.known.id)
        origin = origins[_origin_key(draft)]
        published.append(_finish(draft, given[draft.known.key], origin, category, cluster, stats, siblings, run, site))
        progress("documents", index + 1, len(drafts))
    published.sort(key=attrgetter("slug"))
    return Catalogue(
        run=run,
        published=tuple(published),
        origins=tuple(sorted(origins.values(), key=attrgetter("slug"))),
        clusters=tuple(sorted(clusters, key=attrgetter("id"))),
        cluster_events=tuple(events),
        edges=tuple(edges),
        stats=dict(sorted(stats.items())),
        findings=tuple(note for p in published for note in p.draft.notes),
    )


# --- each resource by itself -----------------------------------------------------------------------------------


def _draft(known: Known, run: Run) -> Draft:
    best = max(known.listed, key=_freshness)
    listing, live = best.listing, known.live
    live_is_current = live is not None and live.seen_at >= best.since
    protocol = _protocol(known, listing)
    listed = listing.accepts if protocol == "x402" else ()
    answered = live.challenge.accepts if live is not None and live_is_current and protocol == "x402" else ()
    extra = tuple(a for a in answered if not any(offers.same_terms(a, b) for b in listed))
    accepts = (*listed, *extra)
    live_price, listed_price = _price(answered, "live"), _price(listed, "listed")
    differences = offers.departures(listed, answered)
    hints = next((h for h in (listing.hints, *(a.hints for a in accepts)) if h != Hints()), Hints())
    input_schema, input_notes = schemas.input_schema(hints)
    output_schema, output_notes = schemas.output_schema(hints)
    draft = Draft(
        known=known,
        listing=listing,
        listing_since=best.since,
        accepts=accepts,
        verified=tuple(any(offers.same_terms(a, b) for b in answered) for a in accepts),
        live_is_current=live_is_current,
        price=live_price or listed_price,
        live_differs="; ".join(f"{c.kind}: {c.old} → {c.new}" for c in differences[:3]) or None,
        price_differs=any(c.kind.startswith("price") for c in differences)
        or (live_price is not None and listed_price is not None and live_price.usd != listed_price.usd),
        protocol=protocol,
        description=listing.description or (live.challenge.description if live else ""),
        hints=hints,
        methods=tuple(sorted({m for entry in known.listed for m in entry.listing.methods})),
        input_schema=input_schema,
        output_schema=output_schema,
        changes=_changes(known, run),
    )
    draft.notes += [
        Finding(f"schema.{note}", "info", known.url, "resolve", name, note)
        for name, notes in (("input_schema", input_notes), ("output_schema", output_notes))
        for note in sorted(set(notes) - QUIET)
    ]
    draft.notes += [
        Finding("offer.pay_to_changed", "warning", known.url, c.source, "payTo", f"{c.old} → {c.new}")
        for c in draft.changes
        if c.kind == "pay_to" and c.old
    ]
    if draft.live_differs:
        draft.notes.append(
            Finding("offer.live_differs", "warning", known.url, "live", "accepts", draft.live_differs[:300])
        )
    return draft


def _freshness(listed: Listed) -> tuple[bool, float, str]:
    """Still listed before absent, then the latest update, then the name, so that one source always wins."""
    updated = listed.listing.last_updated
    return listed.presence.missed == 0, updated.timestamp() if updated else 0.0, listed.listing.source


def _price(accepts: Sequence[Accept], basis: str) -> Price | None:
    found = offers.cheapest(accepts)
    return None if found is None else Price(found[1], found[0], basis)


def _protocol(known: Known, listing: Listing) -> str | None:
    """What it speaks: the last counted answer's word before the listing's. null where that was a plain 402."""
    spoken = known.live.challenge.protocols if known.live else ()
    if known.state.last_outcome == "plain_402":
        return None
    if known.state.last_outcome == "other_payment" and spoken:
        return spoken[0]
    return "x402" if listing.accepts or "x402" in spoken or not spoken else spoken[0]


def _changes(known: Known, run: Run) -> tuple[Change, ...]:
    """Tonight's changes of terms, each said once: what a listing already told, the live terms do not repeat."""
    found: list[Change] = []
    told: set[tuple[str, str, str | None, str | None]] = set()
    pairs = [(e.listing.source, e.previous.accepts, e.listing.accepts) for e in known.listed if e.previous]
    if known.live is not None and known.live.previous is not None:
        pairs.append(("live", known.live.previous.accepts, known.live.challenge.accepts))
    for source, old, new in pairs:
        for change in offers.changes(old, new):
            what = (change.kind, change.key, change.old, change.new)
            if what not in told:
                told.add(what)
                found.append(Change(run.at, source, change.kind, change.key, change.old, change.new))
    return tuple(found)


# --- the catalogue as a whole ----------------------------------------------------------------------------------


def _origin_key(draft: Draft) -> str:
    return "//" + draft.known.identity[2:].partition("/")[0].partition("?")[0]


def _names(drafts: Sequence[Draft], names: Names) -> tuple[dict[str, str], dict[str, Origin]]:
    """Slugs of all resources by key, and all origins by key; names given earlier are kept."""
    wanted = {d.known.key: f"{d.known.identity.partition('?')[0]} {d.known.tool}" for d in drafts}
    groups: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        groups[_origin_key(draft)].append(draft)
    hosts = _named({key: key for key in groups}, names.origins)
    return _named(wanted, names.resources), {k: _origin(k, group, hosts[k]) for k, group in sorted(groups.items())}


def _named(wanted: Mapping[str, str], held: Mapping[str, str]) -> dict[str, str]:
    new = {key: text for key, text in wanted.items() if key not in held}
    return slugs.assign(new, {slug: key for key, slug in held.items()}) | dict(held)


def _origin(key: str, group: Sequence[Draft], slug: str) -> Origin:
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
        provider=copywriting.brand(parts.host, declared[0] if len(declared) == 1 else "") or parts.host,
        first_seen_at=min(d.known.first_seen_at for d in group),
    )


def _described(draft: Draft) -> taxonomy.Described:
    return taxonomy.Described(
        url=draft.known.url,
        description=" ".join(filter(None, (draft.known.tool, draft.description))),
        service_name=draft.listing.service_name,
        tags=draft.listing.tags,
        inputs=schemas.field_names(draft.input_schema),
        outputs=schemas.field_names(draft.output_schema),
        mime_type=draft.listing.mime_type,
    )


def _duplicates(
    drafts: Sequence[Draft], categories: Sequence[taxonomy.Category], hidden: Container[int]
) -> tuple[list[duplicates.Edge], list[duplicates.Cluster], list[duplicates.ClusterEvent]]:
    candidates = [
        duplicates.Candidate(
            resource_id=d.known.id,
            url=d.known.url,
            identity=d.known.identity,
            tool=d.known.tool,
            text=d.description,
            pay_to=frozenset(offers.pay_to_id(a) for a in d.accepts if a.pay_to),
            price=plain(d.price.usd) if d.price else None,
            category=category.label,
            payable=d.known.state.last_outcome == "payable",
            first_seen=d.known.first_seen_at.isoformat(),
        )
        for d, category in zip(drafts, categories, strict=True)
        if d.known.id not in hidden  # others' documents must not name what was withdrawn
    ]
    edges = duplicates.find_edges(candidates)
    known = {d.known.id: d.known.cluster_id for d in drafts if d.known.cluster_id and d.known.id not in hidden}
    clusters, events = duplicates.cluster(candidates, edges, known)
    return edges, clusters, events


def _stats(
    drafts: Sequence[Draft],
    categories: Sequence[taxonomy.Category],
    member_of: Mapping[int, duplicates.Cluster],
    hidden: Container[int],
) -> dict[tuple[str, str], pricing.Prices]:
    """Prices of every category and subcategory: the canonical member votes for its cluster, else the first priced."""
    votes: dict[tuple[str, str], dict[object, Decimal]] = defaultdict(dict)
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for draft, category in zip(drafts, categories, strict=True):
        if draft.known.id in hidden:
            continue
        cluster = member_of.get(draft.known.id)
        voter: object = cluster.id if cluster else draft.known.id
        for key in ((category.category, ""), (category.category, category.subcategory)):
            counts[key] += 1
            if draft.price is not None and (
                voter not in votes[key] or (cluster and cluster.canonical == draft.known.id)
            ):
                votes[key][voter] = draft.price.usd
    return {key: pricing.prices(counts[key], votes[key].values()) for key in counts}


def _siblings(
    drafts: Sequence[Draft], member_of: Mapping[int, duplicates.Cluster]
) -> dict[object, list[tuple[int, Decimal]]]:
    """Prices by cluster id and by origin key: what a resource's own neighbours charge."""
    groups: dict[object, list[tuple[int, Decimal]]] = defaultdict(list)
    for draft in drafts:
        if draft.price is not None:
            cluster = member_of.get(draft.known.id)
            for key in filter(None, (cluster and cluster.id, _origin_key(draft))):
                groups[key].append((draft.known.id, draft.price.usd))
    return groups


# --- each resource in the light of the whole -------------------------------------------------------------------


def _finish(
    draft: Draft,
    slug: str,
    origin: Origin,
    category: taxonomy.Category,
    cluster: duplicates.Cluster | None,
    stats: Mapping[tuple[str, str], pricing.Prices],
    siblings: Mapping[object, Sequence[tuple[int, Decimal]]],
    run: Run,
    site: Site,
) -> Published:
    known = draft.known
    usd = draft.price.usd if draft.price else None
    # A category that only opted-out resources fill has no statistics.
    prices = stats.get((category.category, ""), pricing.prices(0, ()))
    sanity = pricing.sanity(usd, prices)
    near = siblings.get(cluster.id if cluster else origin.key, siblings.get(origin.key, ()))
    others = [price for member, price in near if member != known.id]
    amount = next((a.amount for a in draft.accepts if "amount_invalid" in a.problems), "")
    decimal_evidence = pricing.decimal_suspect(usd, draft.description, others, prices, amount)
    prose_evidence = pricing.prose_disagrees(usd, draft.description)
    subject = _subject(draft, sanity, decimal_evidence, prose_evidence, run)
    risks = trust.risks(subject)
    window = [c for c in known.checks if run.at - c.at < health.WINDOW]
    status = health.status_of(known.state, window)
    state, reason = lifecycle(
        now=run.at,
        opted_out=site.opted_out(known.url),
        presences=[e.presence for e in known.listed],
        first_seen=known.first_seen_at,
        last_payable=known.state.last_payable_at,
        consecutive_failures=known.state.consecutive_failures,
        gone_since=known.state.gone_since,
        was_checked=known.state.last_outcome is not None,
    )
    facts = _facts(draft, category)
    texts_hash = hashlib.sha256(f"{copywriting.WRITER}\n{facts!r}".encode()).hexdigest()
    unchanged = known.copy_hash == texts_hash and known.copy_since is not None
    return Published(
        known=known,
        slug=slug,
        draft=draft,
        origin=origin,
        category=category,
        cluster=cluster,
        sanity=sanity,
        decimal_evidence=decimal_evidence,
        review_required=sanity.flag in ("very_low", "very_high") or draft.price_differs or prose_evidence is not None,
        risks=risks,
        tier=trust.tier(subject, risks),
        texts=copywriting.write(facts),
        texts_hash=texts_hash,
        texts_since=known.copy_since if unchanged and known.copy_since else run.at,
        example_body=_example_body(draft),
        provider=copywriting.brand(parse(known.url).host, draft.listing.service_name) or parse(known.url).host,
        protocol=draft.protocol,
        status=status,
        status_since=known.status_since if status == known.status else run.at if status != "unknown" else None,
        lifecycle=state,
        lifecycle_since=(known.lifecycle_since or run.at) if state == known.lifecycle else run.at,
        lifecycle_reason=reason,
    )


def _subject(
    draft: Draft, sanity: pricing.Sanity, decimal_evidence: str | None, prose_evidence: str | None, run: Run
) -> trust.Subject:
    known = draft.known
    moves = [c for c in (*known.history, *draft.changes) if c.kind == "pay_to" and c.old]
    recent = [c for c in moves if run.at - c.at < RECENT_CHANGE]
    rotates = len({c.at for c in recent}) >= ROTATING
    mainnet = [networks.network(a.network) for a in draft.accepts if not a.problems]
    counted = [c for c in known.checks if c.counted]
    return trust.Subject(
        url=known.url,
        host=parse(known.url).host,
        texts=tuple(_texts(draft)),
        pricing_flag=sanity.flag,
        decimal_evidence=decimal_evidence,
        prose_evidence=prose_evidence,
        mainnet=None if not mainnet else any(n is None or not n.testnet for n in mainnet),
        live_differs=draft.live_differs,
        pay_to_changed=f"{recent[-1].old} → {recent[-1].new}" if recent and not rotates else None,
        pay_to_rotates=rotates,
        counted_checks=len(counted),
        ever_payable=known.state.last_payable_at is not None,
        observed=known.live is not None and bool(known.live.challenge.accepts),
        verified=draft.live_is_current
        and known.state.last_outcome == "payable"
        and any(draft.verified[: len(draft.listing.accepts)]),
        attested=False,
    )


def _texts(draft: Draft) -> Iterable[tuple[str, str]]:
    """Every third-party text with the name of its field; texts inside hints go by their key path."""
    yield "description", draft.description
    yield "service_name", draft.listing.service_name
    for index, accept in enumerate(draft.accepts):
        if accept.description != draft.description:
            yield f"accepts[{index}].description", accept.description
    stack: list[tuple[str, Json]] = [("input", draft.hints.input), ("output", draft.hints.output)]
    while stack:
        name, node = stack.pop()
        if isinstance(node, str):
            yield name, node
        elif isinstance(node, dict):
            stack += [(f"{name}.{key}", value) for key, value in reversed(node.items())]
        elif isinstance(node, list):
            stack += [(f"{name}[{index}]", value) for index, value in reversed(list(enumerate(node)))]


def _facts(draft: Draft, category: taxonomy.Category) -> copywriting.Facts:
    parts = parse(draft.known.url)
    schema: Any = draft.input_schema
    required = schema.get("required", ()) if isinstance(schema, dict) else ()
    return copywriting.Facts(
        url=draft.known.url,
        host=parts.host,
        path=parts.path,
        tool=draft.known.tool,
        description=draft.description,
        service_name=draft.listing.service_name,
        category=category.category,
        subcategory=category.subcategory,
        methods=draft.methods,
        mime_type=draft.listing.mime_type,
        inputs=schemas.field_names(draft.input_schema),
        required_inputs=tuple(name for name in required if isinstance(name, str)),
        outputs=schemas.field_names(draft.output_schema),
    )


def _example_body(draft: Draft) -> Json:
    """A body that satisfies the input schema, for resources that take one."""
    takes_body = draft.known.kind == "mcp" or not {"POST", "PUT", "PATCH"}.isdisjoint(draft.methods)
    return schemas.example(draft.input_schema) if takes_body and draft.input_schema is not None else None
