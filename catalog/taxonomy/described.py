"""What the classifier sees of a resource, cut into words once.

The words of a path are those of its names: identifiers, versions and values are left out, and a segment that only says
how (``search``, ``latest``) is told from one that says what.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from catalog.environments import read_host
from catalog.routes import MASK
from catalog.taxonomy.lexicon import Match, lexicon, name_words, words
from catalog.urls import public_suffix

_ID = re.compile(
    r"0x[0-9a-fA-F]{6,}|[0-9]+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{20,}|Qm[1-9A-HJ-NP-Za-km-z]{40,}|baf[a-z2-7]{40,}"
    r"|(?=[^/]*\d)[A-Za-z0-9]{16,}|[1-9A-HJ-NP-Za-km-z]{32,44}|[a-z0-9]+:[0-9a-z:]*\d[0-9a-z:]*"
    r"|(?:[a-z0-9-]+\.)+(?!(?:aspx?|csv|html?|js|json|md|pdf|php|png|svg|txt|xml|ya?ml)$)[a-z]{2,}"
)
_PARAMETER = re.compile(r":(\w+)|\{(\w+)\}|\[(?:\.{3})?(\w+)\]|<(\w+)>")
_CLAUSE = re.compile(r"[,.;:!?()|]\s|[\n•—–]")
_LONGEST_TEXT = 70
"""Words of a description that are read."""
_MOUNTS = frozenset({"api", "x402"})
"""Where many servers mount what they serve, or the paid part of it."""
_VERSION = re.compile(r"v\d+(?:beta|alpha)?")
_DRAWN = re.compile(r"-(?:alpha|azure|cloud|delta|gamma|gold|lambda|omega|phi|rust|sigma|silver|steel|wine)\.$")
"""What Vercel appends to a name that is taken."""
_DEMO = frozenset({
    "demo", "example", "hackathon", "localhost", "playground", "quickstart", "sample", "sandbox", "starter", "template",
    "test",
})  # fmt: skip
_GENERIC = frozenset("""
active all analysis analyze api arbitrum ask available avalanche base batch best bsc buy by calculate check
compare convert create current custom daily data decode detail details do download encode evm execute fetch
find forward full generate generation get go history hot id improve index info latest list live lookup mainnet
make new next number optimism overview paid parse polygon popular post premium protected proxy public purchase
query quote read recent remove render request resolve resource review route run scan score search send service
solana specific start status submit summary today top trending tron v validate verify x402
""".split())  # noqa: SIM905 # fmt: skip
"""Path words that say how rather than what; they never make a segment the telling one."""


@dataclass(frozen=True, slots=True)
class Described:
    """What the classifier sees of one resource."""

    url: str
    description: str = ""
    service_name: str = ""
    tags: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    """Names of declared input fields."""
    outputs: tuple[str, ...] = ()
    mime_type: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """A resource in words, without its ids and the names of its host that say nothing: equal for copies."""

    resource: Described
    """Without its URL."""
    deployed: bool
    """Whether the host is somebody's product, rather than a preview, a tunnel or a demo."""
    host: tuple[Match, ...]
    """What the host's words point to."""
    path: str
    """Ids masked."""
    segments: tuple[tuple[str, ...], ...]
    """Words of the path segments that are names, in order."""
    leaf: int | None
    """Index of the last segment that says what rather than how; None where there is none."""
    parameters: tuple[str, ...]
    query: tuple[str, ...]


def read(resource: Described) -> View:
    """Cut a resource into words."""
    netloc, url_path, query = split_url(resource.url)
    segments: list[tuple[str, ...]] = []
    parameters: list[str] = []
    path = ""
    for segment in filter(None, unquote(url_path).split("/")):
        told, parameter = _segment(segment)
        parameters += parameter
        path += f"/{segment if told or parameter or segment.lower() in _MOUNTS else MASK}"
        if told is not None:
            segments.append(told)
    telling = [i for i, segment in enumerate(segments) if not _GENERIC.issuperset(segment)]
    deployed, host = _host(netloc)
    r = resource
    return View(
        resource=Described("", r.description, r.service_name, r.tags, r.inputs, r.outputs, r.mime_type),
        deployed=deployed,
        host=host,
        path=path,
        segments=tuple(segments),
        leaf=telling[-1] if telling else None,
        parameters=tuple(parameters),
        query=name_words(unquote(query)) if query else (),
    )


def split_url(url: str) -> tuple[str, str, str]:
    """(host in lower case, path, query) of an http(s) URL known to be one: a fifth of what ``urlsplit`` takes."""
    rest, _, query = url.partition("#")[0].partition("?")
    netloc, _, path = rest.partition("://")[2].partition("/")
    return netloc.lower(), path, query


@lru_cache(maxsize=65536)
def _segment(segment: str) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """The words of a path segment that is a name, else None; and those of a parameter's name."""
    if parameter := _PARAMETER.fullmatch(segment):
        return None, name_words(parameter[parameter.lastindex or 0])
    if segment.lower() in _MOUNTS or _ID.fullmatch(segment) or _VERSION.fullmatch(segment):
        return None, ()
    return _apart(segment), ()


@lru_cache(maxsize=16384)
def _host(netloc: str) -> tuple[bool, tuple[Match, ...]]:
    host = read_host(netloc)
    # Suffixes such as .fun and .tools say nothing, nor do platforms the list does not name and words a platform draws.
    suffix = public_suffix(host.family)
    own = host.family.removesuffix(suffix) if host.brand or "." in suffix else host.family.partition(".")[0]
    if suffix == "vercel.app":
        own = _DRAWN.sub("", own)
    told = () if suffix == "trycloudflare.com" else _apart(own)
    return host.kind == "production" and _DEMO.isdisjoint(told), lexicon().matches(told)


def _apart(name: str) -> tuple[str, ...]:
    known = lexicon()
    return tuple(part for word in name_words(name) for part in known.unglued(word))


@lru_cache(maxsize=65536)
def names(names: tuple[str, ...]) -> tuple[str, ...]:
    """The words of several names, in order."""
    # A separator that no phrase spans stands between two names.
    return tuple(word for name in names for word in (*name_words(name), ";"))


def clauses(text: str) -> list[str]:
    """The base forms of a text's words, with a separator that no phrase spans where a clause ends."""
    base = lexicon().base
    found: list[str] = []
    for clause in _CLAUSE.split(text):
        found += map(base, words(clause))
        if len(found) > _LONGEST_TEXT:
            break
        found.append(";")
    return found[:_LONGEST_TEXT]
