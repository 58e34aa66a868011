"""The published documents: their types are the contract, their JSON Schemas are generated from them.

Typed dictionaries rather than models: a document is built once as a plain dict in its final key order, checked by
the type checker and, in tests, against the schema — nothing is validated a second time at run time.
All keys of the first directory's documents come first, same names and order; what is new comes after them.
"""

from __future__ import annotations

from typing import Any, Literal

import orjson
from pydantic import ConfigDict, TypeAdapter
from typing_extensions import TypedDict, is_typeddict

from catalog.records import Json

SCHEMA_VERSION = 1


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
    """exact, upto, …; an open set."""
    network: str
    """Short name where the network is known (`base`), else as declared."""
    pay_to: str
    """Recipient, as declared."""
    asset: str
    """Token address or code; known EVM addresses in EIP-55 spelling."""
    max_amount_required_atomic: str
    """The amount in the asset's smallest unit, verbatim."""
    max_timeout_seconds: int | None
    """As declared."""
    mime_type: str
    """As declared."""
    description: str
    """As declared."""
    verified: bool
    """Whether the last live challenge held the same scheme, network, asset, payTo and amount."""
    hints: HintsOut
    """Input and output as declared, verbatim."""
    network_id: str | None
    """CAIP-2; null where unknown."""
    asset_symbol: str | None
    """Null for an unknown asset, whose price in dollars is unknown too."""
    asset_name: str | None
    """Likewise."""


class OriginOut(TypedDict):
    """The server a resource lives on."""

    slug: str
    host: str
    url: str
    favicon: str
    """As its own page names it; ``/favicon.ico`` where that names none or was not read."""


class PriceOut(TypedDict):
    """The cheapest known mainnet dollar price; ``usd`` exact, ``accept`` the index into ``accepts``."""

    usd: str
    """Exact dollars."""
    atomic: str
    """The same, verbatim."""
    asset_symbol: str
    """e.g. USDC."""
    asset_name: str
    """e.g. USD Coin."""
    network: str
    """Short name."""
    basis: Literal["live", "listed"]
    """Answered live, or only listed."""
    accept: int
    """Index into `accepts`."""


class HealthRef(TypedDict):
    """Where the nightly figures are; only the status stands here."""

    status: Literal["healthy", "degraded", "down", "unknown"]
    since: str | None
    href: str


class AssetVerdict(TypedDict):
    """Whether an accept's asset is a known one with the EIP-712 name and version it declares."""

    accept: int
    """Index into `accepts`."""
    verified: bool | None
    """null: an asset or network we do not know, or a name or version it does not declare."""
    reasons: list[str]
    """Why it is not true."""


class Validation(TypedDict):
    """Whether the terms could be paid."""

    payment_requirements: Literal["valid", "invalid", "unknown"]
    """As last answered: unknown where the last counted check was no 402."""
    reasons: list[str]
    """What is wrong with single accepts of the answer, or why nothing is known."""
    asset_verified: bool | None
    """Of the accept the price stands in, else of the first."""
    facilitator: str | None
    """Where an accept declares one."""
    assets: list[AssetVerdict]
    """Each accept's asset."""


class OfferChange(TypedDict):
    """One change of terms, normalised per accept; the same change of several accepts stands once."""

    at: str
    """When it was seen."""
    source: str
    """Who states the new terms: a source's name, or live."""
    kind: str
    """price, price_appeared, price_vanished, pay_to, asset, network, timeout, scheme, schema, accept_added,
    accept_removed; differs_… and agrees_… where the listing began or ceased to depart from the live terms;
    pay_to_rotates, pay_to_settled."""
    accept: str
    """The first accept it concerns: scheme, network, asset."""
    accepts: int
    """How many accepts it concerns."""
    old: str | None
    """Value before, prices in the asset's smallest unit; of differs_… as listed."""
    new: str | None
    """Value after; of differs_… as answered."""
    old_usd: str | None
    """Of prices: exact dollars, null where they are not known."""
    new_usd: str | None
    """Likewise."""


class DuplicateLink(TypedDict):
    """Another member of the cluster. Without an edge of their own ``evidence`` tells the way along others', and
    ``relation`` is the one all its steps have, null where they differ."""

    slug: str
    url: str
    relation: str | None
    evidence: str | None


class Duplicates(TypedDict):
    """The cluster as seen from one member."""

    canonical: str
    reason: str
    size: int
    """Members in all, this one among them."""
    href: str
    """The cluster's document, which names all."""
    members: list[DuplicateLink]
    """At most 100, the nearest."""


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


class AttestationOut(TypedDict):
    """What an origin declares in a document of its own: evidence as read, no signature verified."""

    kind: str
    """well_known, x402_json, openapi, agent_card or ownership_proofs."""
    about: Literal["resource", "origin"]
    """Whether it names this resource, or its origin."""
    since: str
    """When it first said so in these words."""
    evidence: Json
    """`document` (its URL) and what it says. `operations` of an OpenAPI document: `payment` with `dollars` (decimal
    dollars) and `offers` (amounts in the currency's smallest unit), `security`, documented `statuses`, `callback`."""


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
    """When the content of this document last changed: UTC, six-digit microseconds."""
    slug: str
    """Host and path in lower case; given once, kept for ever. The name of this file."""
    title: str
    """Brand · what it does."""
    url: str
    """As listed, https preferred, secrets redacted."""
    category: str
    """First level of the taxonomy."""
    summary: str
    """One or two sentences from declared facts."""
    seo: Seo
    """Texts for search engines."""
    use_cases: list[str]
    """What it is good for, from declared facts."""
    ideal_buyer: str
    """Who would buy it."""
    example_prompt: str
    """What an agent could be told."""
    example_request_body: Json
    """An input that satisfies `input_schema`; null where none is declared or could be made. A GET resource takes it as query."""
    risk_notes: list[str]
    """The notes of `risks`, short sentences."""
    pricing_sanity: PricingSanity
    """The price against the median of its category."""
    pricing_review_required: bool
    """very_low or very_high, live price ≠ listed price, prose and amount disagree, or the amount is suspect."""
    pricing_decimal_suspect: bool
    """The amount looks off by a power of ten that a decimals mistake makes; the check `decimals` says against what."""
    trust_tier: Literal["suspect", "indexed_external", "challenge_observed", "terms_verified", "origin_attested"]
    """How far the listing was confirmed; suspect on a grave risk. `provenance.trust` holds its named reasons."""
    accepts: list[AcceptOut]
    """Payment options: the listed ones in order, then those only answered live."""
    duplicate_cluster_id: str | None
    """Cluster of copies and close siblings; null for a singleton."""
    origin: OriginOut
    """The server it lives on."""
    json_ld: dict[str, Json]
    """schema.org description; `offers` only with a known price, `availability` only once checked."""
    axon_deep_link: str
    """Where an agent can try the purchase."""
    subcategory: str
    """Second level of the taxonomy."""
    protocol: str | None
    """x402, or the payment protocol it answered with; api_key where its origin documents one; null where its 402
    names none."""
    x402_version: int | None
    """1 or 2, as answered, else as listed."""
    methods: list[str]
    """Declared HTTP methods."""
    provider: str
    """Declared service name, else the brand of the registrable domain, else the host."""
    price: PriceOut | None
    """The cheapest mainnet price in dollars, live terms before listed ones; null where it is not known."""
    input_schema: Json
    """JSON Schema of what it takes, made from the declared hints."""
    output_schema: Json
    """JSON Schema of what it returns, made from the declared hints."""
    lifecycle: Literal["gone", "delisted", "dormant", "failing", "active"]
    """gone, delisted, dormant, failing or active: the first that holds."""
    first_seen_at: str
    """When this catalogue first saw it listed."""
    last_changed_at: str
    """When its listing or its live terms last changed."""
    health: HealthRef
    """Its status; figures are in the health document."""
    validation: Validation
    """Whether its terms could be paid."""
    price_history: list[OfferChange]
    """The last 50 changes of its terms, oldest first; all of them stand in the table `offer_changes`."""
    duplicates: Duplicates | None
    """The other members of its cluster."""
    risks: list[RiskOut]
    """Named checks that hit, with evidence; evidence, not accusations."""
    quality: Quality | None
    """Usage as a facilitator declares it."""
    attestations: list[AttestationOut]
    """What its origin declares about it, and about itself, in its own documents."""
    sources: list[SourceOut]
    """Who lists it."""
    provenance: dict[str, Provenance]
    """Where each group of fields comes from and since when it held."""


class Tombstone(TypedDict):
    """All that is published of a resource whose owner opted out."""

    generated_at: str
    """When its owner opted out."""
    slug: str
    """Its slug."""
    lifecycle: Literal["removed_by_owner"]
    """Always removed_by_owner."""


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


LayerStateOut = Literal["ok", "failed", "not_reached"] | None


class LayersOut(TypedDict):
    """How far a check came; null where a layer does not apply or was not judged."""

    dns: LayerStateOut
    connect: LayerStateOut
    tls: LayerStateOut
    http: LayerStateOut
    challenge: LayerStateOut
    """The 402 holds x402 terms."""
    terms: LayerStateOut
    """One of them could be paid."""
    match: LayerStateOut
    """They are the listed ones."""


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
    error: str | None
    """dns, refused, reset, tls, timeout, too_large, bad_http, or blocked (by our own guard); null with an answer."""
    attempts: int
    """Requests sent."""
    answered_by: int | None
    """Which of them the check rests on, from 0; null where none was sent."""
    layers: LayersOut | None
    """null where nothing was sent."""
    layer_ms: dict[str, int]
    """Milliseconds of the layers that were measured."""
    certificate_expires: str | None
    """Of the server's TLS certificate, where one was seen."""


class PeriodOut(TypedDict):
    """The checks of one day, ISO week, calendar month (UTC), or of all time."""

    start: str | None
    """Its first day; null for all time."""
    checks: int
    counted: int
    payable: int
    answered: int
    uptime: float | None
    """payable ÷ counted; null under 5 counted checks."""
    p50_ms: int | None
    """Of payable answers only."""
    p95_ms: int | None
    measured: int
    """Payable answers whose latency was measured."""
    outcomes: dict[str, int]


class PeriodsOut(TypedDict):
    """Roll-ups, oldest first; periods without a check are left out. More of them stand in the SQL tables."""

    days: list[PeriodOut]
    """Of the last 30."""
    weeks: list[PeriodOut]
    """The ISO weeks those days fall into, whole."""
    months: list[PeriodOut]
    """Of the last 12."""
    all_time: PeriodOut


class HealthDocument(TypedDict):
    """``health/<slug>.json``: what changes every night."""

    generated_at: str
    """When the content of this document last changed."""
    slug: str
    """As in the resource document."""
    url: str
    """As in the resource document."""
    status: Literal["healthy", "degraded", "down", "unknown"]
    """healthy: last counted check payable; down: no DNS, or three in a row without an answer or with 5xx; unknown: none in 30 days; degraded otherwise."""
    status_since: str | None
    """First run of an unbroken row with this status."""
    lifecycle: str
    """As in the resource document."""
    last_listed_at: str
    """Last run in which a source listed it."""
    last_checked_at: str | None
    """Last check that was sent."""
    last_healthy_at: str | None
    """Last payable check; null where there never was one."""
    consecutive_failures: int
    """Counted checks since the last payable one."""
    uptime_30d: ShareOut
    """payable ÷ counted checks."""
    reachability_30d: ShareOut
    """Checks with an HTTP answer ÷ counted checks."""
    latency: LatencyOut
    """Of payable answers only: the speed of errors is no latency."""
    reliability: ReliabilityOut
    """A score by a named formula, with its parts."""
    recent_checks: list[CheckOut]
    """The last 20 checks, newest first, none older than 90 days."""
    periods: PeriodsOut
    """What its checks came to, by day, week, month and in all."""


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
    """When the content last changed."""
    slug: str
    """Given once, kept for ever."""
    host: str
    """With a port where it is not the default."""
    url: str
    """https preferred."""
    favicon: str
    """As its own page names it, else derived."""
    domain: str
    """Registrable domain, platforms' private suffixes respected."""
    provider: str
    """Declared, brand, or host."""
    first_seen_at: str
    """When its first resource was seen."""
    categories: dict[str, int]
    """category/subcategory → resources."""
    networks: list[str]
    """Networks its resources accept."""
    resources: list[ResourceLink]
    """Its resources, by slug."""


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
    """When the content last changed."""
    category: str
    """First level."""
    prices: Quartiles
    """Quartiles over one vote per duplicate cluster."""
    median_category_atomic: int | None
    """The lower median in 6-decimal dollar units; null under the minimum of votes."""
    minimum_votes: int
    """Votes under which there is no median."""
    thresholds: dict[str, str]
    """Bounds of the pricing flags, on price ÷ median."""
    decimal_limits: dict[str, str]
    """Ratios from which on `pricing_decimal_suspect` holds: price ÷ median of the siblings (the cluster's other members,
    else the host's other resources) where besides price ÷ median of the category passes `…_both`; without siblings
    `…_category`, whatever the siblings `…_any`."""
    subcategories: dict[str, Quartiles]
    """Quartiles per second level."""
    resources: list[ResourceLink]
    """Its resources, by slug."""


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
    """When the content last changed."""
    id: str
    """data-cl- and 12 hex, kept while members come and go."""
    canonical: str
    """Slug of the canonical member."""
    reason: str
    """Why it is canonical."""
    members: list[ResourceLink]
    """All members."""
    edges: list[EdgeOut]
    """Typed evidence between members."""


for _type in list(globals().values()):
    if is_typeddict(_type):
        _type.__pydantic_config__ = ConfigDict(extra="forbid", use_attribute_docstrings=True)

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
