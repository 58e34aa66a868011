"""What the fold makes: drafts, origins, published records, the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from catalog import copywriting, duplicates, pricing, taxonomy, trust
from catalog.declared import OriginFacts
from catalog.known import Change, Known
from catalog.lifecycle import IN_MARKET, Lifecycle
from catalog.records import Accept, Finding, Hints, Json, Listing
from catalog.run import Run


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
    """Changes of terms and departures to tell tonight, see :mod:`catalog.drift`."""
    rotates: bool
    """Whether its payTo rotates, see :mod:`catalog.rotation`."""
    lifecycle: Lifecycle
    lifecycle_reason: str
    notes: list[Finding] = field(default_factory=list)

    @property
    def in_market(self) -> bool:
        """Whether it is still offered: what is delisted, gone or withdrawn sets no price for others."""
        return self.lifecycle in IN_MARKET


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
    favicon: str
    """As its own page names it, else derived: ``/favicon.ico``."""
    facts: OriginFacts


@dataclass(frozen=True, slots=True)
class ByModel:
    """What a configured model answered of one resource, and what of it is published."""

    model: str
    key: str
    """Hash of all the answer depends on: model, prompt version, facts."""
    answer: Mapping[str, Json]
    fields: tuple[str, ...]
    """Fields of :class:`~catalog.copywriting.Copy` that are the model's."""
    refused: tuple[str, ...]
    """``field: reason`` of the others."""


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
    tier_reasons: tuple[str, ...]
    """See :func:`catalog.trust.tier`."""
    texts: copywriting.Copy
    texts_hash: str
    texts_since: datetime
    example_body: Json
    provider: str
    protocol: str | None
    status: str
    status_since: datetime | None
    lifecycle_since: datetime
    by_model: ByModel | None = None
    """None where the deterministic writer wrote everything."""

    @property
    def lifecycle(self) -> Lifecycle:
        """See :mod:`catalog.lifecycle`."""
        return self.draft.lifecycle


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
