"""The published documents: their types are the contract, their JSON Schemas are generated from them.

Typed dictionaries rather than models: a document is built once as a plain dict in its final key order, checked by
the type checker and, in tests, against the schema — nothing is validated a second time at run time.
All keys of the first directory's documents come first, same names and order; what is new comes after them.
"""

from __future__ import annotations

from typing import Any, Literal

import orjson
from pydantic import ConfigDict, TypeAdapter
from typing_extensions import TypedDict

from catalog.records import Json

SCHEMA_VERSION = 1
STRICT = ConfigDict(extra="forbid")


def _strict(cls: type[Any]) -> type[Any]:
    cls.__pydantic_config__ = STRICT
    return cls


class Seo(TypedDict):
    """Texts for search engines: title ≤ 65, description ≤ 160 characters."""

    title: str
    description: str


class PricingSanity(TypedDict):
    """The price against the median of its category; ``median_category_atomic`` in 6-decimal dollar units."""

    flag: Literal["very_low", "low", "normal", "high", "very_high", "insufficient_data"]
    ratio: float | None
    median_category_atomic: int | None


class HintsOut(TypedDict):
    """Input and output as declared, verbatim."""

    input: Json
    output: Json


class AcceptOut(TypedDict):
    """One payment option; ``network`` is the short name, ``max_amount_required_atomic`` the verbatim amount."""

    scheme: str
    network: str
    pay_to: str
    asset: str
    max_amount_required_atomic: str
    max_timeout_seconds: int | None
    mime_type: str
    description: str
    verified: bool
    hints: HintsOut
    network_id: str | None
    asset_symbol: str | None
    asset_name: str | None


class OriginOut(TypedDict):
    """The server a resource lives on; ``favicon`` is derived until its own page was read."""

    slug: str
    host: str
    url: str
    favicon: str


class PriceOut(TypedDict):
    """The cheapest known mainnet dollar price; ``usd`` exact, ``accept`` the index into ``accepts``."""

    usd: str
    atomic: str
    asset_symbol: str
    asset_name: str
    network: str
    basis: Literal["live", "listed"]
    accept: int


class HealthRef(TypedDict):
    """Where the nightly figures are; only the status stands here."""

    status: Literal["healthy", "degraded", "down", "unknown"]
    since: str | None
    href: str


class Validation(TypedDict):
    """Whether the terms could be paid; ``asset_verified`` null for an unknown asset."""

    payment_requirements: Literal["valid", "invalid", "unknown"]
    reasons: list[str]
    asset_verified: bool | None
    facilitator: str | None


class OfferChange(TypedDict):
    """One change of terms, normalised per accept."""

    at: str
    source: str
    kind: str
    accept: str
    old: str | None
    new: str | None


class DuplicateLink(TypedDict):
    """Another member of the cluster; ``relation`` null where only others connect the two."""

    slug: str
    url: str
    relation: str | None
    evidence: str | None


class Duplicates(TypedDict):
    """The cluster as seen from one member."""

    canonical: str
    reason: str
    members: list[DuplicateLink]


class RiskOut(TypedDict):
    """A named check that hit, with its evidence."""

    check: str
    severity: Literal["info", "warning", "grave"]
    note: str
    evidence: str


class Quality(TypedDict):
    """Usage as a facilitator declares it; refreshed when the document changes for another reason."""

    source: str
    declared: Json
    as_of: str


class SourceOut(TypedDict):
    """Who lists it, and since when with this content."""

    name: str
    listed: bool
    since: str


class Provenance(TypedDict):
    """Where a group of fields comes from and since when the value held."""

    fields: list[str]
    kind: Literal["declared", "observed", "derived", "generated"]
    source: str
    since: str
    evidence: list[str]


class ResourceDocument(TypedDict):
    """``resource/<slug>.json``."""

    generated_at: str
    slug: str
    title: str
    url: str
    category: str
    summary: str
    seo: Seo
    use_cases: list[str]
    ideal_buyer: str
    example_prompt: str
    example_request_body: Json
    risk_notes: list[str]
    pricing_sanity: PricingSanity
    pricing_review_required: bool
    pricing_decimal_suspect: bool
    trust_tier: Literal["suspect", "indexed_external", "challenge_observed", "terms_verified", "origin_attested"]
    accepts: list[AcceptOut]
    duplicate_cluster_id: str | None
    origin: OriginOut
    json_ld: dict[str, Json]
    axon_deep_link: str
    subcategory: str
    protocol: str | None
    x402_version: int | None
    methods: list[str]
    provider: str
    price: PriceOut | None
    input_schema: Json
    output_schema: Json
    lifecycle: Literal["gone", "delisted", "dormant", "failing", "active"]
    first_seen_at: str
    last_changed_at: str
    health: HealthRef
    validation: Validation
    price_history: list[OfferChange]
    duplicates: Duplicates | None
    risks: list[RiskOut]
    quality: Quality | None
    attestations: list[Json]
    sources: list[SourceOut]
    provenance: dict[str, Provenance]


class Tombstone(TypedDict):
    """All that is published of a resource whose owner opted out."""

    generated_at: str
    slug: str
    lifecycle: Literal["removed_by_owner"]


class ShareOut(TypedDict):
    """A share of counted checks with its 95 % Wilson interval; ``value`` null with ``insufficient_history``."""

    value: float | None
    numerator: int
    denominator: int
    first_check: str | None
    last_check: str | None
    interval: tuple[float, float] | None
    note: Literal["insufficient_history"] | None


class LatencyOut(TypedDict):
    """Of payable answers only, milliseconds."""

    p50_ms: int | None
    p95_ms: int | None
    count: int
    newest_at: str | None


class ReliabilityOut(TypedDict):
    """A score out of 100 by a named formula; null says why in ``reason``."""

    formula: str
    score: float | None
    components: dict[str, float]
    reason: str | None


class CheckOut(TypedDict):
    """One check; ``shown`` is the word of directory pages."""

    at: str
    shown: Literal["healthy", "degraded", "error", "not counted"]
    outcome: str
    counted: bool
    method: str | None
    http_status: int | None
    latency_ms: int | None
    message: str


class HealthDocument(TypedDict):
    """``health/<slug>.json``: what changes every night."""

    generated_at: str
    slug: str
    url: str
    status: Literal["healthy", "degraded", "down", "unknown"]
    status_since: str | None
    lifecycle: str
    last_listed_at: str
    last_checked_at: str | None
    last_healthy_at: str | None
    consecutive_failures: int
    uptime_30d: ShareOut
    reachability_30d: ShareOut
    latency: LatencyOut
    reliability: ReliabilityOut
    recent_checks: list[CheckOut]


class ResourceLink(TypedDict):
    """A resource as listed in other documents."""

    slug: str
    title: str
    url: str
    category: str
    subcategory: str
    price_usd: str | None


class ServerDocument(TypedDict):
    """``server/<origin-slug>.json``."""

    generated_at: str
    slug: str
    host: str
    url: str
    favicon: str
    domain: str
    provider: str
    first_seen_at: str
    categories: dict[str, int]
    networks: list[str]
    resources: list[ResourceLink]


class Quartiles(TypedDict):
    """Prices in dollars, exact texts; null without votes."""

    resources: int
    votes: int
    q1: str | None
    median: str | None
    q3: str | None


class CategoryDocument(TypedDict):
    """``category/<category>.json``."""

    generated_at: str
    category: str
    prices: Quartiles
    median_category_atomic: int | None
    minimum_votes: int
    thresholds: dict[str, str]
    subcategories: dict[str, Quartiles]
    resources: list[ResourceLink]


class EdgeOut(TypedDict):
    """Typed evidence that two resources are the same thing or belong together."""

    a: str
    b: str
    relation: str
    score: int
    evidence: str


class ClusterDocument(TypedDict):
    """``cluster/<id>.json``."""

    generated_at: str
    id: str
    canonical: str
    reason: str
    members: list[ResourceLink]
    edges: list[EdgeOut]


for _document in (ResourceDocument, Tombstone, HealthDocument, ServerDocument, CategoryDocument, ClusterDocument):
    _strict(_document)

KINDS: dict[str, Any] = {
    "resource": ResourceDocument | Tombstone,
    "health": HealthDocument,
    "server": ServerDocument,
    "category": CategoryDocument,
    "cluster": ClusterDocument,
}
"""Document kinds and their types; the folder names of a release."""

Document = ResourceDocument | Tombstone | HealthDocument | ServerDocument | CategoryDocument | ClusterDocument


def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of one document kind."""
    generated = TypeAdapter(KINDS[kind]).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"x402-catalog {kind}", **generated}


def encode(document: Document | dict[str, Any]) -> bytes:
    """A document's bytes: UTF-8 JSON, two spaces, ``<`` escaped so that it can stand inside an HTML script."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).replace(b"<", b"\\u003c")
