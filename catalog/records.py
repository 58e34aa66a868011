"""The records that travel the road listing → challenge → check → published document.

Plain slotted dataclasses: values are validated once, at the decoders, and never again. Money is verbatim text
and integers; times are aware UTC datetimes; JSON of third parties has been cleaned by :mod:`catalog.text`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Json = Any
"""A JSON value: None, bool, int (64 bits), float (finite), str, list or dict."""

Severity = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was not taken over whole, with its evidence (a short excerpt, at most 300 characters)."""

    code: str
    """Dotted and stable, e.g. ``accept.amount_invalid``."""
    severity: Severity
    url: str = ""
    """The listed URL it concerns; empty for a finding about a whole source."""
    source: str = ""
    """The facilitator's configured name, ``live`` for a challenge, or the stage."""
    field: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Hints:
    """Input and output as a resource declares them (v1 ``outputSchema`` or the v2 bazaar extension), verbatim."""

    input: Json = None
    """e.g. ``{"type": "http", "method": "POST", "bodyType": "json", "bodyFields": {...}}``"""
    output: Json = None
    schema: Json = None
    """JSON Schema 2020-12 of ``{input, output}`` where the v2 bazaar extension carries one."""
    route_template: str | None = None


@dataclass(frozen=True, slots=True)
class Accept:
    """One payment option of a listing or challenge (v1 ``PaymentRequirements``, v2 ``accepts[]``)."""

    scheme: str
    network: str
    """As declared: ``base``, ``eip155:8453``; empty where absent."""
    network_id: str | None
    """CAIP-2, where the declared network is known or already is one."""
    asset: str
    """As declared; empty where absent."""
    asset_id: str | None
    """The comparable form: lower-case EVM address, base58 verbatim, or the declared code."""
    pay_to: str
    amount: str
    """``maxAmountRequired`` (v1) or ``amount`` (v2), verbatim; empty where absent."""
    atomic: int | None
    """``amount`` in the asset's smallest unit where it is a non-negative integer."""
    max_timeout_seconds: int | None
    mime_type: str
    description: str
    resource: str
    """The accept's own ``resource`` (v1), which is often not the listed URL."""
    extra: Json
    hints: Hints
    version: int
    """1 (``maxAmountRequired``) or 2 (``amount``): decided per accept."""
    problems: tuple[str, ...] = ()
    """Why nobody could pay this; empty for a valid accept."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One row of a facilitator's bazaar, normalised."""

    source: str
    url: str
    """As listed, cleaned, secret-looking query values redacted."""
    identity: str
    """Canonical URL, see :func:`catalog.urls.canonical`."""
    tool: str
    """MCP tool name, empty for HTTP resources."""
    kind: str
    """``http`` or ``mcp``."""
    x402_version: int | None
    methods: tuple[str, ...]
    """Declared HTTP methods, upper case, sorted; empty where none is declared."""
    description: str
    mime_type: str
    service_name: str
    tags: tuple[str, ...]
    icon_url: str
    accepts: tuple[Accept, ...]
    hints: Hints
    last_updated: datetime | None
    quality: Json
    """The facilitator's own usage evidence (calls, payers), as declared."""
    raw: str
    """The row's JSON, verbatim but for white space."""
    content_hash: str
    """sha256 over the normalised content without volatile parts (times, quality, recent block hashes)."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """A 402 answer, decoded: header first, then body."""

    protocols: tuple[str, ...]
    """All payment protocols it speaks, sorted: ``x402``, ``mpp``, ``l402``, …; empty for a plain 402."""
    x402_version: int | None
    accepts: tuple[Accept, ...]
    resource_url: str
    description: str
    mime_type: str
    service_name: str
    tags: tuple[str, ...]
    error: str
    findings: tuple[Finding, ...] = ()


Outcome = Literal[
    "payable", "invalid_terms", "other_payment", "plain_402", "open", "redirect", "client_error",
    "server_error", "dns_error", "connect_error", "tls_error", "timeout", "protocol_error",
    "not_exercised", "rate_limited", "blocked", "prober_fault", "inferred",
]  # fmt: skip
"""What one check of one resource came to; the last five are not counted, see :data:`UNCOUNTED`."""

UNCOUNTED: frozenset[str] = frozenset({"not_exercised", "rate_limited", "blocked", "prober_fault", "inferred"})
"""Outcomes that say nothing about the resource: they neither raise nor reset any figure."""

UNANSWERED: frozenset[str] = frozenset({"dns_error", "connect_error", "tls_error", "timeout", "protocol_error"})
"""Counted outcomes without an HTTP answer."""


LayerName = Literal["dns", "connect", "tls", "http", "challenge", "terms", "match"]
"""What a check goes through, in this order."""

LayerState = Literal["ok", "failed", "not_reached"] | None
"""None: does not apply, not judged, or not known; see :mod:`catalog.layers`."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a check."""

    name: LayerName
    state: LayerState = None
    ms: int | None = None
    """Milliseconds it took; None where they were not measured (a cached name, a connection kept open)."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request of a check: what was sent and how far it came."""

    method: str
    url: str
    status: int | None
    """HTTP status, None where no HTTP answer came."""
    error: str | None
    """``dns``, ``refused``, ``reset``, ``tls``, ``timeout``, ``too_large``, ``bad_http``, ``blocked`` or None."""
    latency_ms: int | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One resource checked in one run."""

    resource_id: int
    outcome: Outcome
    attempts: tuple[Attempt, ...]
    answered_by: int | None
    """Index of the attempt the outcome rests on; None where nothing was sent."""
    message: str
    """One sentence a person understands."""
    challenge: Challenge | None = None
    certificate_expires: datetime | None = None
    findings: tuple[Finding, ...] = field(default=())
    layers: tuple[Layer, ...] = ()
    """All seven of the attempt the outcome rests on; empty where nothing was sent."""

    @property
    def counted(self) -> bool:
        """Whether it counts in uptime and failure streaks."""
        return self.outcome not in UNCOUNTED
