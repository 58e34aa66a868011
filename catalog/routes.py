"""What a URL's path tells: which route of an API it is.

A route's *shape* is its path with everything masked that looks like a value rather than a name, so all instances of one
template share it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from catalog.networks import network
from catalog.urls import public_suffix

MASK = "{}"
_TEMPLATE = re.compile(r":[A-Za-z_][\w-]*|\{[^{}]+\}|\[[^\[\]]+\]|<[^<>]+>")
_VALUE = re.compile(
    r"""
      \d+(?:(?:\.\d{1,3}){3})? | 0x[0-9a-f]{6,}                   # numbers, IP and EVM addresses, transaction hashes
    | -?\d+\.\d+,-?\d+\.\d+ | https?://.+                        # coordinates, whole URLs
    | [a-z]{1,3}\d{6,} | cve-\d{4}-\d{4,}                         # tt0111161, PMC7096777, CVE-2024-3094
    | [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
    | (?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,}                        # hex digests, however short
    | (?=(?:[a-z]*\d){3})(?=\d*[a-z])[0-9a-z]{16,}                # CIDs, base58, xid, ULID
    | [a-z]{1,6}_(?=\w*\d)\w{8,}                                  # svc_1780812536114_y6pg
    | \d{4}-\d{2}(?:-\d{2})? | [^@\s]*@[^@\s]+                    # dates, mail addresses, handles
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DOMAIN = re.compile(r"(?:[a-z0-9-]+\.)+([a-z]{2,})")
_NAME_SERVICES = frozenset({"bnb", "crypto", "eth", "lens", "nft", "sol", "x"})
_FILES = frozenset({
    "csv", "gif", "htm", "html", "jpeg", "jpg", "js", "json", "jsx", "md", "mp3", "mp4", "pdf", "php", "png", "py", "sh",
    "svg", "ts", "tsx", "txt", "wav", "webp", "well-known", "xml", "yaml", "yml", "zip",
})  # fmt: skip
"""Endings of file names, though some are domains too."""
_RUN = re.compile(r"[a-z]+|[A-Z]+|\d+|[_-]+")
_JOINT = re.compile(r"[-_]")
_PUNCTUATION = re.compile(r"[^\w{}/]|_")
_NUMBERED = re.compile(r"(?<=-)\d{3,}$")
VERSION = re.compile(r"v\d+(?:\.\d+)*")
_GENERIC = frozenset(
    {"api", "default", "en", "mcp", "prod", "production", "public", "rest", "stage", "staging", "x402"}
)
"""Segments any API has, stages of gateways among them."""
_TICKER = re.compile(r"[A-Z\d]{2,12}(?:[-_.:][A-Z\d]{1,6})?")
"""``BTCUSDT``, ``BRK.B``: a value where the rest of the path is not written so."""
_LOOKED_UP_BY = re.compile(
    r"[/_-]by[/_-](?:[a-z]+[_-])?(?:address|asin|author|cid|city|code|contract|country|date|day|doi|domain|ean|email|ens"
    r"|handle|hash|hashtag|height|host|id|ip|isbn|key|mint|month|name|number|phone|pubkey|slug|state|symbol|tag|ticker"
    r"|title|token|uid|url|user|username|uuid|vin|wallet|year|zip)/(?=[^/])",
    re.IGNORECASE,
)
"""Behind it stands a value, whatever it looks like: ``/users/by/username/jane``."""
_CHAIN_SLOTS = frozenset({"blockchain", "blockchains", "chain", "chains", "network", "networks"})
_WORDS_TOO = frozenset({
    "abstract", "arc", "cloudflare", "flare", "lightning", "near", "op", "radius", "sonic", "stable", "story", "stripe",
})  # fmt: skip
"""Names of networks that are words of their own: none of a network unless a word before them says so."""
_PRODUCTS = re.compile(
    r"(?:(?:agent|album|article|assistant|book|bot|character|content|course|essay|item|lesson|listing|model|pay|persona"
    r"|post|product|proxy|recipe|service|skill|song|store|swarm|svc|tool|workflow)s?|news|story|stories)"
)
_PRODUCT_PARAMETERS = frozenset({"action", "agent", "method", "model", "op", "operation", "product", "service", "tool"})


@dataclass(frozen=True, slots=True)
class Route:
    """A path and query read as a route."""

    shape: str
    """Masked path and the query's parameter names, lower case: ``/score/{}/full?chain={}``."""
    loose: str
    """The shape without versions, ``api``/``x402`` segments and punctuation: what survives a relisting."""
    values: tuple[str, ...]
    """What was masked, lower case; an open parameter, however it is spelt, is the mask itself."""
    literals: int
    """How many segments are names of this API rather than values, versions or words every API uses."""
    parent: str
    """The shape's path without its last segment."""
    name: str
    """The last segment's mask."""
    bare: str
    """The shape's path, without the query."""
    is_template: bool
    """Whether a parameter is left open (``:id``, ``{id}``)."""
    selects_product: bool
    """Whether the first masked value follows a word (agents, models, …) whose ids are other products, not inputs."""


@lru_cache(maxsize=65536)
def read_route(path_and_query: str) -> Route:
    """``/path?query`` as it stands in an identity."""
    path, _, query = path_and_query.partition("?")
    cut = [_read_segment(segment) for segment in path.split("/") if segment]
    if "by" in path and (by := _LOOKED_UP_BY.search(path)):
        at = len(list(filter(None, path[: by.end()].split("/"))))
        cut[at] = _valued(cut[at])
    if any(segment.values or segment.shape in _CHAIN_SLOTS or segment.is_ticker for segment in cut):
        cut = _valued_by_place(cut, shouted=path.isupper())
    masked = [segment.shape for segment in cut]
    values = [value for segment in cut for value in segment.values]
    names, chosen = _read_query(query) if query else ("", [])
    essential = [segment.shape for segment in cut if segment.tells]
    parent, bare = "/" + "/".join(masked[:-1]), "/" + "/".join(masked)
    return Route(
        shape=f"{bare}?{names}" if names else bare,
        loose=f"{_PUNCTUATION.sub('', '/'.join(essential).removesuffix('.json'))}?{names}",
        values=(*values, *chosen),
        literals=len(essential) - sum(MASK in shape for shape in essential) if values else len(essential),
        parent=parent,
        name=masked[-1] if masked else "",
        bare=bare,
        is_template=any(segment.is_template for segment in cut),
        selects_product=bool(values) and any(map(_selects_product, masked, masked[1:])),
    )


@dataclass(frozen=True, slots=True)
class _Segment:
    """A path segment read by itself, in lower case."""

    shape: str
    """Values masked: ``qrn:swarm:68ec…`` → ``qrn:swarm:{}``."""
    values: tuple[str, ...] = ()
    tells: bool = True
    """Whether it is more than a version or a word every API uses."""
    is_template: bool = False
    """Whether it is nothing but an open parameter."""
    is_ticker: bool = False
    """Whether it is written in capitals, which makes it a value unless all segments are."""


@lru_cache(maxsize=16384)
def _read_segment(quoted: str) -> _Segment:
    segment = unquote(quoted)
    lower = segment.lower()
    if segment.isalpha():  # hardly ever a value; most segments end here
        tells = lower not in _GENERIC
        return _Segment(lower, tells=tells, is_ticker=tells and _TICKER.fullmatch(segment) is not None)
    if VERSION.fullmatch(lower):
        return _Segment(lower, tells=False)
    if _TEMPLATE.fullmatch(segment):
        return _Segment(MASK, (MASK,), is_template=True)
    if _is_value(segment):
        return _Segment(MASK, (lower,))
    stem, _, ending = lower.rpartition(".")
    if ending in _FILES and (is_template := _TEMPLATE.fullmatch(stem) is not None):
        return _Segment(f"{MASK}.{ending}", (MASK,), is_template=is_template)
    if ending in _FILES and _is_value(stem):
        return _Segment(f"{MASK}.{ending}", (stem,))
    parts = lower.split(":")
    found = tuple(part for part in parts if len(parts) > 1 and _VALUE.fullmatch(part))
    shape = ":".join(MASK if part in found else part for part in parts)
    if number := _NUMBERED.search(shape):
        return _Segment(_NUMBERED.sub(MASK, shape), (*found, number[0]))
    is_ticker = segment.isupper() and _TICKER.fullmatch(segment) is not None
    return _Segment(shape, found, tells=shape not in _GENERIC, is_ticker=is_ticker)


def _is_value(segment: str) -> bool:
    return _VALUE.fullmatch(segment) is not None or _is_jumbled(segment) or _is_domain(segment.lower())


def _is_domain(name: str) -> bool:
    """Whether it names a site or a wallet: ``acme.io``, ``vitalik.eth``, but not ``openapi.json`` or ``tools.list``."""
    match = _DOMAIN.fullmatch(name)
    return match is not None and match[1] not in _FILES and (match[1] in _NAME_SERVICES or bool(public_suffix(name)))


def _is_jumbled(segment: str) -> bool:
    """Whether small letters, capitals and digits take turns as in no name: ``dQw4w9WgXcQ``, ``k3j2h1g0f``."""
    if len(segment) < 8 or not segment.isascii() or not any(map(str.isdigit, segment)):
        return False
    mixed = segment != segment.lower() and segment != segment.upper() and len(segment) >= 10
    return (mixed or segment.isalnum()) and 2 * len(_RUN.findall(segment)) > len(segment)


def _valued(segment: _Segment) -> _Segment:
    return segment if MASK in segment.shape else _Segment(MASK, (segment.shape,))


def _valued_by_place(segments: Sequence[_Segment], *, shouted: bool) -> list[_Segment]:
    """Names that are values where they stand: a ticker anywhere but first (in a path not ``shouted`` as a whole), a
    network's name after "chain" or beside another value (``/label/bsc/0x…``; alone it names a product:
    ``/tron/energy/history``)."""
    filled = any(segment.values for segment in segments)
    made = []
    for before, segment in zip(["", *(segment.shape for segment in segments)], segments, strict=False):
        name = segment.shape
        if before in _CHAIN_SLOTS:
            is_value = network(name) is not None
        elif segment.is_ticker and before and not shouted:
            is_value = True
        else:
            is_value = filled and name not in _WORDS_TOO and name.isascii() and network(name) is not None
        made.append(_valued(segment) if is_value else segment)
    return made


def _read_query(query: str) -> tuple[str, list[str]]:
    """The parameters' names in order, and the values of those that do not choose a product."""
    names, values = [], []
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        keeps = name.lower() in _PRODUCT_PARAMETERS
        names.append(f"{name}={unquote(value) if keeps else MASK}".lower())
        values.extend([] if keeps or not value else [unquote(value).lower()])
    return "&".join(names), values


def _selects_product(before: str, after: str) -> bool:
    return MASK in after and _PRODUCTS.fullmatch(_JOINT.split(before)[-1]) is not None
