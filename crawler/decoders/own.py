"""What the decoders of origins' own documents share: JSON or nothing, and URLs that must be the origin's own."""

from __future__ import annotations

import hashlib
from codecs import BOM_UTF8
from dataclasses import replace
from urllib.parse import urljoin

from catalog.declared import API_KEY, OWN, Attestation, Declaration, Kind, origin_of
from catalog.records import Finding, Json, Listing
from catalog.text import evidence, one_line
from catalog.urls import canonical, has_userinfo, parse
from crawler import guard
from crawler.decoders import jsonbytes
from crawler.decoders.listing import decode_row

MAX_RESOURCES = 500
"""Resources taken from one document; the rest ends in a finding."""
MAX_FINDINGS = 100
"""Findings kept of one document."""
MAX_ICON_URL = 2_048


class NoDocument(ValueError):
    """There is no such document: servers of single-page sites answer every path with their HTML."""


class BadDocument(ValueError):
    """The document says nothing we understand; ``finding`` tells why. What was known before still stands."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.evidence)
        self.finding = finding


def load(body: bytes, url: str, kind: Kind) -> Json:
    """The JSON in ``body``. Raises :class:`NoDocument` for HTML or nothing, :class:`BadDocument` for broken JSON."""
    start = body.removeprefix(BOM_UTF8).lstrip()[:1]
    if start in (b"", b"<"):
        raise NoDocument(url)
    try:
        return jsonbytes.load(body)
    except jsonbytes.BadJSON as error:
        raise BadDocument(unreadable(url, kind, "", str(error))) from None


def unreadable(url: str, kind: Kind, field: str, why: object) -> Finding:
    """A part of an origin's document that says nothing we understand."""
    return Finding("declared.unreadable", "warning", url, OWN + kind, field, evidence(why))


def short(value: object, limit: int) -> str:
    """One line of at most ``limit`` characters; what lies far beyond is not even looked at."""
    return one_line(value[: 4 * limit] if isinstance(value, str) else value, limit)


class Taking:
    """Takes resources out of one document: only the origin's own, each once, no more than :data:`MAX_RESOURCES`."""

    def __init__(self, document: str, kind: Kind, *, allow_private: bool) -> None:
        self.document = document
        self.kind: Kind = kind
        self.origin = origin_of(canonical(document))
        self.listings: dict[tuple[str, str], Listing] = {}
        self.attestations: dict[str, Attestation] = {}
        self.findings: list[Finding] = []
        self.beyond = 0
        self._allow_private = allow_private

    def row(self, row: dict[str, Json], told: dict[str, Json], *, kind: str = "") -> None:
        """One resource as a row of a listing; ``told`` is the evidence, ``kind`` other than http."""
        if len(self.listings) >= MAX_RESOURCES:
            self.beyond += 1
            return
        listing, noticed = decode_row(row, OWN + self.kind, allow_private=self._allow_private)
        # Their terms are the live 402's affair, and what is read is no verbatim row.
        self.findings += [f for f in noticed if f.code not in ("listing.no_accepts", "accept.other_resource")]
        if listing is None:
            return
        if origin_of(listing.identity) != self.origin:
            self.note("declared.other_origin", "resource", listing.url)
            return
        if kind:
            digest = hashlib.sha256(f"{kind} {listing.content_hash}".encode()).hexdigest()
            listing = replace(listing, kind=kind, content_hash=digest)
        key = (listing.identity, listing.tool)
        subject = f"{listing.identity}#{listing.tool}" if listing.tool else listing.identity
        if key in self.listings:
            self.listings[key] = _united(self.listings[key], listing)
            told = _joined(self.attestations[subject].evidence, told)
        else:
            self.listings[key] = listing
        self.attest(subject, {"url": listing.url, **told})

    def attest(self, subject: str, told: dict[str, Json], kind: Kind | None = None) -> None:
        """Keep what is declared of ``subject``."""
        shown = {"document": self.document, **told}
        self.attestations[subject] = Attestation(kind or self.kind, subject, shown)

    def note(self, code: str, field: str, shown: object) -> None:
        """A warning about the document."""
        self.findings.append(Finding(code, "warning", self.document, OWN + self.kind, field, evidence(shown)))

    def done(self, *, name: str = "", favicon: str = "", more: tuple[Attestation, ...] = ()) -> Declaration:
        """What was taken."""
        if self.beyond:
            self.note("declared.too_many", "resources", f"{self.beyond} beyond the first {MAX_RESOURCES} are left out")
        findings = self.findings[:MAX_FINDINGS]
        if len(self.findings) > MAX_FINDINGS:
            self.findings.clear()
            self.note("declared.too_many", "findings", f"only the first {MAX_FINDINGS} findings are kept")
            findings += self.findings
        return Declaration(
            tuple(self.listings.values()), (*self.attestations.values(), *more), name, favicon, tuple(findings)
        )


def _united(first: Listing, other: Listing) -> Listing:
    """Two operations of one resource: methods are a set on it, and what can be paid for goes before what takes a key."""
    best = other if first.kind == API_KEY and other.kind != API_KEY else first
    methods = tuple(sorted({*first.methods, *other.methods}))
    digest = hashlib.sha256(f"{best.content_hash} {methods}".encode()).hexdigest()
    return replace(best, methods=methods, content_hash=digest)


def _joined(first: Json, other: dict[str, Json]) -> dict[str, Json]:
    operations = [*first.get("operations", ()), *other.get("operations", ())]
    return {**other, "operations": operations} if operations else other


def icon(value: object, base: str) -> str:
    """An icon's absolute URL: http(s), public host by name, no userinfo (x402 specification, ``iconUrl``); else ""."""
    text = one_line(value, MAX_ICON_URL + 1)
    if not text or len(text) > MAX_ICON_URL:
        return ""
    try:
        url = urljoin(base, text)
        host = parse(url).host
    except ValueError:  # urljoin's own for half an IPv6 address, InvalidURL for the rest
        return ""
    literal = ":" in host or host.replace(".", "").isdigit()
    return "" if literal or has_userinfo(url) or guard.url_problem(url) else url
