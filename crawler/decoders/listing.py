"""Bazaar pages: bytes → listings and findings (``GET {facilitator}/discovery/resources``)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from catalog import offers
from catalog.records import Accept, Finding, Hints, Json, Listing
from catalog.text import clean_json, evidence, one_line
from catalog.urls import REDACTED, InvalidURL, canonical, has_userinfo, redact, without_secrets
from crawler import guard
from crawler.decoders import jsonbytes
from crawler.decoders.accepts import decode_accepts, field_findings, hints_of, methods_of, text_findings, tool_of
from crawler.decoders.envelope import open_page
from crawler.decoders.wire import WireResource, WireRow, tolerant

_SAID = ("displayName", "category", "qualityScore", "settleCount", "lastSeen")
"""Dexter's and GoPlausible's words for what others put under ``quality``."""
_NAMING_URL = frozenset({"resource", "url", "resourceUrl", "accepts"})


@dataclass(frozen=True, slots=True)
class ListingPage:
    """One page: its rows as listings, what could not be taken over, and where the facilitator says it stands."""

    source: str
    listings: tuple[Listing, ...]
    findings: tuple[Finding, ...]
    rows: int
    """Rows the page held, readable or not."""
    partial: bool
    """Whether rows are missing that no further page will bring."""
    keys: tuple[str, ...]
    """One digest per row read, the same for a row repeated on another page: what tells distinct rows apart."""
    limit: int | None
    offset: int | None
    total: int | None


def decode_page(body: bytes, source: str, *, allow_private: bool = False) -> ListingPage:
    """The rows of a page in any known envelope. Raises :class:`~crawler.decoders.envelope.BadPage`."""
    page = open_page(body)
    listings: list[Listing] = []
    findings: list[Finding] = []
    keys: list[str] = []
    for row in page.rows:
        listing, noticed = decode_row(row, source, allow_private=allow_private)
        findings += noticed
        if listing is not None:
            listings.append(listing)
        keys.append(
            _digest(jsonbytes.dump(row) if listing is None else f"{listing.url} {listing.tool} {listing.methods}")
        )
    if page.held > len(page.rows):
        told = f"a page of {page.held} rows: the first {len(page.rows)} are read"
        findings.append(Finding("source.rows_left_out", "warning", "", source, "items", told))
    return ListingPage(
        source=source,
        listings=tuple(listings),
        findings=tuple(findings),
        rows=page.held,
        partial=page.partial,
        keys=tuple(keys),
        limit=page.limit,
        offset=page.offset,
        total=page.total,
    )


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def decode_row(value: Json, source: str, *, allow_private: bool = False) -> tuple[Listing | None, list[Finding]]:
    """One row as a listing, or None where it names no resource anybody could call; findings either way."""
    if not isinstance(value, dict):
        return None, [Finding("listing.not_an_object", "warning", "", source, "", evidence(value))]
    row, dropped = tolerant(WireRow, value)
    described, more = _resource_object(row.resource)
    listed = described.url or row.url or row.resource_url
    safe = without_secrets(listed)
    findings = field_findings([*dropped, *more], evidence(safe), source)
    if not listed:
        return None, [*findings, Finding("listing.no_url", "warning", "", source, "resource", evidence(value))]
    try:
        url = redact(listed)
        identity = canonical(url)
    except InvalidURL as error:
        where = f"{error}: {safe}"
        return None, [*findings, Finding("listing.url_invalid", "warning", evidence(safe), source, "", where[:300])]
    problem = None if allow_private else guard.url_problem(url)
    if problem:
        return None, [*findings, Finding("listing.host_not_public", "warning", url, source, "resource", problem)]
    if REDACTED in url and REDACTED not in listed:
        findings.append(Finding("listing.secret_redacted", "warning", url, source, "resource", url))
    if has_userinfo(listed):
        findings.append(Finding("listing.userinfo_removed", "warning", url, source, "resource", url))

    hints, notes = _row_hints(row)
    findings += [Finding(f"hints.{note}", "info", url, source, "extensions", note) for note in notes]
    accepts, noticed = decode_accepts(row.accepts, url=url, source=source, fallback=hints)
    findings += noticed + _row_findings(value, row, described, accepts, url, identity, source)
    quality, notes = clean_json(_declared_quality(row, value))
    findings += [Finding(f"hints.{note}", "info", url, source, "quality", note) for note in notes]
    raw = jsonbytes.dump(_without_secrets(value))
    return _listing(row, described, url, identity, hints, accepts, quality, source, raw), findings


def _declared_quality(row: WireRow, value: dict[str, Json]) -> Json:
    """What a facilitator says of a resource's use and worth, wherever it says so; None for nothing."""
    metadata = row.metadata if isinstance(row.metadata, dict) else {}
    said = {key: part[key] for part in (metadata, value) for key in _SAID if part.get(key) is not None}
    return {**said, **(row.quality or {})} or None


def _resource_object(resource: Json) -> tuple[WireResource, list[Any]]:
    if isinstance(resource, dict):
        wire, dropped = tolerant(WireResource, resource)
        return wire, list(dropped)
    return WireResource(url=one_line(resource)), []


def _without_secrets(value: Json) -> Json:
    """The row verbatim, but for secrets in the places that name its URL."""
    if isinstance(value, dict):
        return {key: _without_secrets(item) if key in _NAMING_URL else item for key, item in value.items()}
    if isinstance(value, list):
        return [item if isinstance(item, list) else _without_secrets(item) for item in value]
    return without_secrets(value) if isinstance(value, str) else value


def _row_hints(row: WireRow) -> tuple[Hints, list[str]]:
    hints, notes = hints_of(row.output_schema, row.extensions)
    if hints == Hints() and isinstance(row.metadata, dict):
        hints, more = hints_of(row.metadata.get("outputSchema"), row.metadata.get("extensions"))
        notes = [*notes, *more]
    if hints == Hints() and isinstance(row.input_schema, dict):
        schema, more = clean_json(row.input_schema)
        hints, notes = Hints({"inputSchema": schema}, None), [*notes, *more]
    if hints == Hints() and isinstance(row.input, dict):
        declared, more = clean_json({"input": row.input, "output": row.output})
        template = one_line(declared["input"].get("routeTemplate")) or None
        hints, notes = Hints(declared["input"], declared["output"], None, template), [*notes, *more]
    return hints, sorted(set(notes))


def _row_findings(
    value: dict[str, Json],
    row: WireRow,
    described: WireResource,
    accepts: tuple[Accept, ...],
    url: str,
    identity: str,
    source: str,
) -> list[Finding]:
    findings = []
    if not accepts:
        findings.append(Finding("listing.no_accepts", "warning", url, source, "accepts", evidence(row.accepts)))
    for index, accept in enumerate(accepts):
        if accept.resource and not _same_place(accept.resource, identity):
            where = f"accepts[{index}].resource"
            findings.append(Finding("accept.other_resource", "info", url, source, where, evidence(accept.resource)))
    if row.x402_version not in (None, 1, 2):
        version = evidence(row.x402_version)
        findings.append(Finding("listing.version_unknown", "info", url, source, "x402Version", version))
    findings += text_findings(value, WireRow, url, source)
    tags = [("tags", value.get("tags"), row.tags)]
    if isinstance(row.resource, dict):
        findings += text_findings(row.resource, WireResource, url, source, "resource")
        tags.append(("resource.tags", row.resource.get("tags"), described.tags))
    for where, declared, taken in tags:
        if isinstance(declared, list) and declared != taken:
            findings.append(Finding("text.tags_cut", "info", url, source, where, evidence(declared)))
    return findings


def _same_place(url: str, identity: str) -> bool:
    try:
        return canonical(redact(url)) == identity
    except InvalidURL:
        return False


def _listing(
    row: WireRow,
    described: WireResource,
    url: str,
    identity: str,
    hints: Hints,
    accepts: tuple[Accept, ...],
    quality: Json,
    source: str,
    raw: str,
) -> Listing:
    all_hints = [hints, *(accept.hints for accept in accepts)]
    tool = next(filter(None, map(tool_of, all_hints)), "")
    methods = {m for h in all_hints for m in methods_of(h)} | methods_of(Hints({"method": row.method}))
    description = row.description or described.description
    description = description or next((a.description for a in accepts if a.description), "")
    mime_type = row.mime_type or described.mime_type or next((a.mime_type for a in accepts if a.mime_type), "")
    listing = Listing(
        source=source,
        url=url,
        identity=identity,
        tool=tool,
        kind="mcp" if tool or row.type.lower() == "mcp" else "http",
        x402_version=row.x402_version if row.x402_version in (1, 2) else None,
        methods=tuple(sorted(methods)),
        description=description,
        mime_type=mime_type,
        service_name=row.service_name or described.service_name,
        tags=tuple(row.tags or described.tags),
        icon_url=row.icon_url or described.icon_url,
        accepts=accepts,
        hints=next((h for h in all_hints if h != Hints()), Hints()),
        last_updated=row.last_updated,
        quality=quality,
        raw=raw,
        content_hash="",
    )
    return _with_hash(listing)


def _with_hash(listing: Listing) -> Listing:
    """The listing with its content hash: terms normalised, times and volatile extras left out."""
    content = [
        listing.url, listing.tool, listing.kind, listing.x402_version, listing.methods, listing.description,
        listing.mime_type, listing.service_name, listing.tags, listing.icon_url, _hint_values(listing.hints),
        [
            [*offers.match_key(a), offers.pay_to_id(a), a.amount, a.max_timeout_seconds, a.mime_type,
             a.description, _hint_values(a.hints) if a.hints is not listing.hints else None]
            for a in listing.accepts
        ],
    ]  # fmt: skip
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    values = {name: getattr(listing, name) for name in Listing.__dataclass_fields__}
    return Listing(**{**values, "content_hash": digest})


def _hint_values(hints: Hints) -> list[Json]:
    return [hints.input, hints.output, hints.schema, hints.route_template]
