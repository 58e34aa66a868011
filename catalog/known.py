"""What the store knows of one resource when the night's build begins: the input of :mod:`catalog.resolve`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from catalog.declared import Attested, OriginFacts
from catalog.health import CheckRow, State
from catalog.lifecycle import Presence
from catalog.periods import Tally
from catalog.records import Challenge, Listing


@dataclass(frozen=True, slots=True)
class Listed:
    """What one source says of the resource now."""

    listing: Listing
    since: datetime
    """When this content appeared."""
    previous: Listing | None
    """The content at the last build before tonight's, where it changed since."""
    presence: Presence


@dataclass(frozen=True, slots=True)
class Live:
    """The last 402 terms the resource answered with."""

    challenge: Challenge
    since: datetime
    seen_at: datetime
    previous: Challenge | None
    """The terms at the last build before tonight's, where they changed since."""


@dataclass(frozen=True, slots=True)
class Change:
    """One recorded change of terms."""

    at: datetime
    source: str
    """Who states the new terms: a source's name, or ``live``."""
    kind: str
    """As in :class:`catalog.offers.Change`, or of :mod:`catalog.drift`."""
    accept: str
    old: str | None
    new: str | None
    old_usd: Decimal | None = None
    """Of prices in a known dollar token."""
    new_usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """One resource with everything the fold needs; ``checks`` ascending, the last 20 and the last 30 days
    (nothing older than 90 days)."""

    id: int
    identity: str
    tool: str
    url: str
    slug: str | None
    kind: str
    first_seen_at: datetime
    last_listed_at: datetime
    state: State
    status: str | None
    status_since: datetime | None
    lifecycle: str | None
    lifecycle_since: datetime | None
    cluster_id: str | None
    listed: tuple[Listed, ...]
    live: Live | None
    checks: tuple[CheckRow, ...]
    history: tuple[Change, ...]
    """Recorded changes of terms, oldest first, tonight's not yet among them."""
    copy_since: datetime | None
    """Since when the written texts stand; None before the first build."""
    copy_hash: str | None
    days: Mapping[str, Tally] = field(default_factory=dict)
    """Settled checks by UTC day, in order, of the weeks the last 30 days fall into."""
    months: Mapping[str, Tally] = field(default_factory=dict)
    """Settled checks by UTC month, in order, of all time."""
    attested: tuple[Attested, ...] = ()
    """What its origin declares, about it before about the origin itself, by kind."""

    @property
    def key(self) -> str:
        """Canonical URL, ``#tool`` appended for MCP: what a slug is given to."""
        return f"{self.identity}#{self.tool}" if self.tool else self.identity

    @property
    def origin(self) -> str:
        """``//host`` or ``//host:port``: its server, whatever the scheme."""
        return "//" + self.identity[2:].partition("/")[0].partition("?")[0]


@dataclass(frozen=True, slots=True)
class Names:
    """Slugs given so far, by key, and what origins call themselves. Origins and resources are named apart: a resource at the root of a host may have
    the slug of its server."""

    resources: dict[str, str]
    origins: dict[str, str]
    facts: dict[str, OriginFacts] = field(default_factory=dict)
    """By the origin's key; none of an origin whose own documents say nothing."""
