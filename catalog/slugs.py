"""Slugs: the names under which documents are published. Given once, kept for ever."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

MAX_SLUG = 150
_RUNS = re.compile(r"[^a-z0-9]+")


def slugify(text: str) -> str:
    """Lower-case, runs of anything but ``a-z0-9`` become one ``-``; cut at 150 plus 12 hex of the whole text.

    A text without a single usable character becomes its hash alone.
    """
    slug = _RUNS.sub("-", text.lower()).strip("-")
    if not slug:
        return _hex(text)
    return slug if len(slug) <= MAX_SLUG else f"{slug[:MAX_SLUG].rstrip('-')}-{_hex(text)}"


def _hex(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def assign(wanted: Mapping[str, str], taken: Mapping[str, str]) -> dict[str, str]:
    """Slugs for new keys, given ``taken`` {slug: key}.

    ``wanted`` maps a key (canonical URL, ``#tool`` appended for MCP) to the text its slug is made of (host and
    path, never the query, which may hold secrets). The first in key order gets the plain slug, on collision the
    others get ``-`` and 12 hex of their key, so the outcome does not depend on the order of arrival. Should even
    that be taken (a hash is easily foreseen and squatted), the hash is hashed again. Shape: {key: slug}.
    """
    used = dict(taken)
    given: dict[str, str] = {}
    for key in sorted(wanted):
        slug = plain = slugify(wanted[key])
        mark = key
        while slug in used:
            mark = _hex(mark)
            slug = f"{plain[:MAX_SLUG].rstrip('-')}-{mark}"
        used[slug] = key
        given[key] = slug
    return given
