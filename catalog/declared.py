"""What an origin declares about itself: resources as listings of a source of its own, and attestations.

An attestation is evidence, kept as it was read: nothing here verifies a signature, and the live 402 always wins
over what was declared.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from catalog.records import Finding, Json, Listing

OWN = "origin:"
"""Sources that are origins themselves begin so; no facilitator may be configured under such a name."""
API_KEY = "api_key"
"""``Listing.kind`` and the published protocol of an operation that takes an API key: documented, never asked."""

Kind = Literal["well_known", "x402_json", "openapi", "agent_card", "ownership_proofs"]
"""Which document declares; ``ownership_proofs`` are those of ``/.well-known/x402``."""
About = Literal["resource", "origin"]


def is_own(source: str) -> bool:
    """Whether ``source`` is an origin's own document, not a facilitator's bazaar."""
    return source.startswith(OWN)


@dataclass(frozen=True, slots=True)
class Attestation:
    """One thing an origin declares about itself."""

    kind: Kind
    subject: str
    """A resource's key (canonical URL, ``#tool`` for MCP), or the origin's: ``//host``."""
    evidence: Json
    """``document`` and what it says, cleaned and short."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What one document of an origin says, decoded."""

    listings: tuple[Listing, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    name: str = ""
    """What the document calls the service or the site; "" where it does not."""
    favicon: str = ""
    """An icon the document names: http(s), no IP literal; "" where there is none."""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Attested:
    """An attestation as the store knows it."""

    kind: str
    about: About
    since: datetime
    evidence: Json


@dataclass(frozen=True, slots=True)
class OriginFacts:
    """What an origin's own documents call it."""

    names: tuple[str, ...]
    """The OpenAPI title before the page's site name before the agent card's."""
    favicon: str | None
    documents: tuple[str, ...]
    """The paths these come from."""
    since: datetime | None
    """When the last of them changed; None where none says anything."""


NO_FACTS = OriginFacts((), None, (), None)


def payment_of(attested: tuple[Attested, ...]) -> Json:
    """The first payment an OpenAPI document declares for the resource, or None: ``{dollars, offers, protocols}``."""
    operations = (o for a in attested if a.kind == "openapi" for o in a.evidence.get("operations", ()))
    return next(filter(None, (operation.get("payment") for operation in operations)), None)


def declared_protocol(attested: tuple[Attested, ...]) -> str:
    """The payment protocol an origin declares: x402 where it is among them or none is named, MPP where only MPP's
    offers are."""
    payment = payment_of(attested) or {}
    stated = payment.get("protocols") or ()
    if "x402" in stated or (payment.get("dollars") and not stated):
        return "x402"
    return str(stated[0]) if stated else "mpp" if payment.get("offers") else "x402"


def origin_of(identity: str) -> str:
    """The origin's key, ``//host[:port]``, of a canonical URL."""
    return "//" + identity[2:].partition("/")[0].partition("?")[0]
