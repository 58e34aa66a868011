"""``/.well-known/agent-card.json`` (A2A): who an agent says it is.

An agent speaks JSON-RPC, so its endpoint is no resource to be asked for a 402 over plain HTTP: the card is kept as
what the origin declares of itself, and may name it.
"""

from __future__ import annotations

from itertools import islice
from urllib.parse import urljoin

from catalog.declared import Declaration, origin_of
from catalog.records import Json
from catalog.text import one_line
from catalog.urls import canonical, redact
from crawler.decoders.own import BadDocument, Taking, icon, load, unreadable

MAX_NAMES = 20


def decode_agent_card(body: bytes, url: str, *, allow_private: bool = False) -> Declaration:
    """The card at ``url``. Raises as :func:`own.load`."""
    document = load(body, url, "agent_card")
    if not isinstance(document, dict) or not isinstance(document.get("name"), str):
        raise BadDocument(unreadable(url, "agent_card", "name", document))
    taking = Taking(url, "agent_card", allow_private=allow_private)
    provider = document.get("provider")
    organization = one_line(provider.get("organization"), 200) if isinstance(provider, dict) else ""
    name = one_line(document["name"], 200)
    endpoint = _endpoint(document, url, taking)
    told = {
        "name": name, "url": endpoint, "organization": organization, "description": one_line(document.get("description"), 300),
        "skills": _names(document.get("skills"), "name"), "extensions": _names(_extensions(document), "uri"),
    }  # fmt: skip
    taking.attest(taking.origin, {key: value for key, value in told.items() if value})
    return taking.done(name=organization or name, favicon=icon(document.get("iconUrl"), url))


def _endpoint(document: dict[str, Json], url: str, taking: Taking) -> str:
    """Where the agent listens; "" where the card does not say. On another origin it is no declaration about this one."""
    interfaces = document.get("supportedInterfaces")
    first = interfaces[0] if isinstance(interfaces, list) and interfaces else None
    stated = document.get("url") or (first.get("url") if isinstance(first, dict) else None)
    if not isinstance(stated, str) or not stated:
        return ""
    try:
        endpoint = redact(urljoin(url, stated.strip()))
        elsewhere = origin_of(canonical(endpoint)) != taking.origin
    except ValueError:  # urljoin's own for half an IPv6 address, InvalidURL for the rest
        taking.findings.append(unreadable(url, "agent_card", "url", stated))
        return ""
    if elsewhere:
        taking.note("declared.other_origin", "url", endpoint)
    return endpoint


def _extensions(document: dict[str, Json]) -> Json:
    capabilities = document.get("capabilities")
    return capabilities.get("extensions") if isinstance(capabilities, dict) else None


def _names(values: Json, key: str) -> list[str]:
    entries = values if isinstance(values, list) else []
    found = (one_line(entry.get(key), 200) for entry in entries[:500] if isinstance(entry, dict))
    return list(islice(filter(None, found), MAX_NAMES))
