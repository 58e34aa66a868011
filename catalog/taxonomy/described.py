"""What the classifier sees of a resource, cut into words once.

The words of a path are those of its names: identifiers, versions and values are left out, and a segment that only says
how (``search``, ``latest``) is told from one that says what.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from catalog.environments import Host, read_host
from catalog.taxonomy.lexicon import lexicon, name_words, words
from catalog.urls import public_suffix

_LONGEST_TEXT = 70
"""Words of a description that are read."""
_ID = re.compile(
    r"0x[0-9a-fA-F]{6,}|[0-9]+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{20,}|Qm[1-9A-HJ-NP-Za-km-z]{40,}|baf[a-z2-7]{40,}"
    r"|(?=[^/]*\d)[A-Za-z0-9]{16,}|[1-9A-HJ-NP-Za-km-z]{32,44}|[a-z0-9]+:[0-9a-z:]*\d[0-9a-z:]*"
    r"|(?:[a-z0-9-]+\.)+(?!(?:aspx?|csv|html?|js|json|md|pdf|php|png|svg|txt|xml|ya?ml)$)[a-z]{2,}"
)
_PARAMETER = re.compile(r":(\w+)|\{(\w+)\}|\[(?:\.{3})?(\w+)\]|<(\w+)>")
_VERSION = re.compile(r"v\d+(?:beta|alpha)?")
_GENERIC = frozenset("""
analysis analyze api batch buy by calculate check compare convert create current custom data decode detail
details download encode execute fetch find forward full generate generation get history id index info latest
list lookup make new next number overview paid parse post premium protected proxy public purchase query
quote read render request resolve resource route run scan score search send service specific status submit
summary today v validate verify x402
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
    """A resource in words."""

    resource: Described
    host: Host
    host_words: list[str]
    path: str
    segments: list[list[str]]
    """Words of the path segments that are names, in order."""
    leaf: int | None
    """Index of the last segment that says what rather than how; None where there is none."""
    parameters: list[str]
    query: list[str]
    description: list[str]


def read(resource: Described) -> View:
    """Cut a resource into words."""
    known = lexicon()
    split = urlsplit(resource.url)
    host = read_host(split.netloc.lower())
    name = host.family.removesuffix(public_suffix(host.family))  # suffixes such as .fun and .tools say nothing
    path = unquote(split.path)
    segments, parameters = [], []
    for segment in filter(None, path.split("/")):
        parameter = _PARAMETER.fullmatch(segment)
        if parameter:
            parameters += name_words(parameter[parameter.lastindex or 0])
        elif not _ID.fullmatch(segment) and not _VERSION.fullmatch(segment):
            segments.append([part for word in name_words(segment) for part in known.unglued(word)])
    telling = [i for i, segment in enumerate(segments) if any(w not in _GENERIC for w in segment)]
    return View(
        resource=resource,
        host=host,
        host_words=[part for word in name_words(name) for part in known.unglued(word)],
        path=path,
        segments=segments,
        leaf=telling[-1] if telling else None,
        parameters=parameters,
        query=name_words(unquote(split.query)),
        description=words(resource.description)[:_LONGEST_TEXT],
    )


def names(names: Iterable[str]) -> list[str]:
    """The words of several names, in order."""
    # A separator that no phrase spans stands between two names.
    return [word for name in names for word in (*name_words(name), ";")]
