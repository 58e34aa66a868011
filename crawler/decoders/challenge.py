"""402 answers: status, headers and body → :class:`~catalog.records.Challenge`.

The header is read first, then the body (x402 specification v2, transports/http): what the two say about x402 is
never mixed, the header wins. A 402 can speak several payment protocols at once; all are recorded.
"""

from __future__ import annotations

import base64
import binascii
import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from catalog import offers
from catalog.records import Accept, Challenge, Finding, Json
from catalog.text import clean_json, evidence, one_line
from catalog.urls import without_secrets
from crawler.decoders import jsonbytes
from crawler.decoders.accepts import decode_accepts, field_findings, hints_of, text_findings
from crawler.decoders.wire import Dropped, WireChallenge, WireResource, tolerant

_URL_SAFE = str.maketrans("-_", "+/")
HEADERS = ("payment-required", "x-payment-required")
_VERSION = frozenset({"x402Version", "x402_version"})
_TERMS = frozenset({"maxAmountRequired", "max_amount_required", "payTo", "pay_to", "scheme"})
# A parameter (name = token or quoted string) or a bare word, which begins a challenge (RFC 9110 §11.6.1).
_AUTH_PART = re.compile(r'([\w!#$%&\'*+.^`|~-]++)(?:\s*+=\s*+("(?:[^"\\]++|\\.)*+"?|[^\s,"]*+))?', re.ASCII | re.DOTALL)

Headers = Mapping[str, Sequence[str]]
"""Lower-case header names to their values, in order."""


def decode_challenge(headers: Headers, body: bytes, url: str) -> Challenge:
    """The terms of one 402 answer to a request for ``url``; never raises for what a server sends."""
    findings: list[Finding] = []
    from_header = _header_document(headers, url, findings)
    protocols = set(_other_protocols(headers))
    from_body = _body_document(body)
    if protocols and from_body is not None and "accepts" not in from_body:
        from_body = None  # a gateway of several protocols that names x402, but offers another one here
    document = from_header if from_header is not None else from_body
    if document is None:
        return _plain(protocols, findings)
    challenge = _terms(document, url, protocols | {"x402"}, findings)
    if from_header is None or from_body is None:
        return challenge
    return replace(challenge, findings=(*challenge.findings, *_difference(challenge.accepts, from_body, url)))


def decode_tool_result(answer: bytes, url: str) -> Challenge:
    """The terms of an MCP tool call's result, as the bytes of the result or of its JSON-RPC answer."""
    document = _of_tool_result(_object(answer))
    return _plain(set(), []) if document is None else _terms(document, url, {"x402"}, [])


def decode_agent_task(answer: bytes, url: str) -> Challenge:
    """The terms of an A2A task that waits for payment, as the bytes of the task or of its JSON-RPC answer."""
    document = _of_agent_task(_object(answer))
    return _plain(set(), []) if document is None else _terms(document, url, {"x402"}, [])


def _terms(document: dict[str, Json], url: str, protocols: set[str], findings: list[Finding]) -> Challenge:
    """An x402 document of any transport as a challenge."""
    wire, dropped = tolerant(WireChallenge, document)
    resource, more = _resource(wire.resource)
    findings += field_findings([*dropped, *more], url, "live")
    if isinstance(wire.resource, dict):
        findings += text_findings(wire.resource, WireResource, url, "live", "resource")
    fallback, notes = hints_of(None, wire.extensions)
    findings += [Finding(f"hints.{note}", "info", url, "live", "extensions", note) for note in notes]
    accepts, noticed = decode_accepts(wire.accepts, url=url, source="live", fallback=fallback)
    findings += noticed
    if not accepts:
        findings.append(Finding("challenge.no_accepts", "warning", url, "live", "accepts", evidence(wire.accepts)))
    if wire.x402_version not in (None, 1, 2):
        version = evidence(wire.x402_version)
        findings.append(Finding("challenge.version_unknown", "info", url, "live", "x402Version", version))
    error, _ = clean_json(wire.error)
    return Challenge(
        protocols=tuple(sorted(protocols)),
        x402_version=wire.x402_version if wire.x402_version in (1, 2) else _version(accepts),
        accepts=accepts,
        resource_url=without_secrets(resource.url),
        description=resource.description or next((a.description for a in accepts if a.description), ""),
        mime_type=resource.mime_type or next((a.mime_type for a in accepts if a.mime_type), ""),
        service_name=resource.service_name,
        tags=tuple(resource.tags),
        error=one_line(error if isinstance(error, str) else "" if error is None else jsonbytes.dump(error), 300),
        findings=tuple(findings),
    )


def _plain(protocols: set[str], findings: list[Finding]) -> Challenge:
    return Challenge(tuple(sorted(protocols)), None, (), "", "", "", "", (), "", tuple(findings))


def _version(accepts: Sequence[Accept]) -> int | None:
    return accepts[0].version if accepts else None


def _resource(value: Json) -> tuple[WireResource, list[Dropped]]:
    return tolerant(WireResource, value) if isinstance(value, dict) else (WireResource(url=one_line(value)), [])


def _header_document(headers: Headers, url: str, findings: list[Finding]) -> dict[str, Json] | None:
    """The first readable header; one that is unreadable, or states something else, is a finding."""
    first: dict[str, Json] | None = None
    for name in HEADERS:
        for value in headers.get(name, ()):
            try:
                document = header_json(value)
            except ValueError as error:
                text = f"{error}: {evidence(value)}"
                findings.append(Finding("challenge.header_unreadable", "warning", url, "live", name, text[:300]))
                continue
            if first is None:
                first = document
            elif document != first:
                shown = evidence(jsonbytes.dump(document))
                findings.append(Finding("challenge.headers_differ", "warning", url, "live", name, shown))
    return first


def header_json(value: str) -> dict[str, Json]:
    """The x402 document in a ``PAYMENT-REQUIRED`` header: base64 (standard or url-safe, padded or not) or raw JSON.

    Raises ``ValueError`` for anything else.
    """
    text = value.strip()
    if text.startswith("{"):
        data = text.encode("latin-1", errors="replace")
    else:
        # What is outside the alphabet is skipped, as the x402 packages do: folds, quotes, padding.
        compact = re.sub(r"[^A-Za-z0-9+/]", "", text.translate(_URL_SAFE))
        try:
            data = base64.b64decode(compact + "=" * (-len(compact) % 4))
        except (binascii.Error, ValueError):
            raise ValueError("neither base64 nor JSON") from None
    document = jsonbytes.load(data)
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")
    if not _is_x402(document):
        raise ValueError("neither x402Version nor accepts")
    return document


def _body_document(body: bytes) -> dict[str, Json] | None:
    """The body where it is an x402 document."""
    document = _object(body)
    return document if _is_x402(document) else _of_tool_result(document) or _of_agent_task(document)


def _object(body: bytes) -> dict[str, Json] | None:
    if body.removeprefix(BOM_UTF8).lstrip()[:1] != b"{":
        return None
    try:
        document: dict[str, Json] = jsonbytes.load(body)
    except jsonbytes.BadJSON:
        return None
    return document


def _of_tool_result(answer: Json) -> dict[str, Json] | None:
    """The x402 document in an MCP tool result (x402 specification, transports/mcp), alone or in its JSON-RPC answer.

    ``structuredContent`` goes before the same as text in ``content``, and only an error asks for payment.
    """
    result = answer.get("result", answer) if isinstance(answer, dict) else None
    if not isinstance(result, dict) or result.get("isError") is not True:
        return None
    structured = result.get("structuredContent")
    if isinstance(structured, dict) and _is_x402(structured):
        return structured
    content = result.get("content")
    texts = [part.get("text") for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    documents = (_object(text.encode(errors="replace")) for text in texts if isinstance(text, str))
    return next((document for document in documents if _is_x402(document)), None)


def _of_agent_task(answer: Json) -> dict[str, Json] | None:
    """The x402 document in the metadata of an A2A task's message (x402 specification, transports/a2a)."""
    result = answer.get("result", answer) if isinstance(answer, dict) else None
    for step in ("status", "message", "metadata", "x402.payment.required"):
        result = result.get(step) if isinstance(result, dict) else None
    return result if isinstance(result, dict) and _is_x402(result) else None


def _is_x402(document: Json) -> bool:
    """Whether it says so itself: a version, or ``accepts`` with terms (a list of words or cards is anybody's)."""
    if not isinstance(document, dict):
        return False
    accepts = document.get("accepts")
    return not _VERSION.isdisjoint(document) or (
        isinstance(accepts, list) and any(isinstance(a, dict) and not _TERMS.isdisjoint(a) for a in accepts)
    )


def _difference(accepts: Sequence[Accept], body: dict[str, Json], url: str) -> list[Finding]:
    wire, _ = tolerant(WireChallenge, body)
    others, _ = decode_accepts(wire.accepts, url=url, source="live")
    if not others or not offers.changes(accepts, others):
        return []
    shown = "; ".join(f"{c.kind} {c.old} → {c.new}" for c in offers.changes(accepts, others)[:3])
    return [Finding("challenge.header_and_body_differ", "warning", url, "live", "accepts", shown[:300])]


def _other_protocols(headers: Headers) -> list[str]:
    """Payment protocols beside x402: MPP, L402/LSAT, pay per crawl, BSV (PROTOCOL "Other 402s")."""
    found = []
    for scheme, names in _auth_challenges(headers.get("www-authenticate", ())):
        if scheme == "payment" and "id" in names:
            found.append("mpp")
        if scheme in ("l402", "lsat") and names & {"macaroon", "token", "invoice"}:
            found.append("l402")
    if "crawler-price" in headers:
        found.append("pay_per_crawl")
    if any(name.startswith("x-bsv-payment-") for name in headers):
        found.append("bsv")
    return found


def _auth_challenges(values: Sequence[str]) -> Iterator[tuple[str, set[str]]]:
    """(scheme, names of its parameters that have a value), lower case, of every ``WWW-Authenticate`` challenge."""
    for value in values:
        scheme, names = "", set[str]()
        for part in _AUTH_PART.finditer(value):
            word, argument = part.groups()
            if argument is None:
                yield scheme, names
                scheme, names = word.lower(), set()
            elif argument.strip('" '):
                names.add(word.lower())
        yield scheme, names
