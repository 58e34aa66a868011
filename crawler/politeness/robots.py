"""robots.txt (RFC 9309), read so that no pattern its owner chooses costs us more than a moment.

Protego is not used: it keeps every rule once for each user agent it stands under, which a hostile file multiplies to
gigabytes. Here only the groups that concern us are kept, under caps, and a wildcard is found by plain text search.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from catalog.urls import normal_escapes

TOKEN = "x402-catalog"
"""Our product token: what a ``User-agent`` line names us by."""
MAX_BYTES = 500 * 1024
"""Of a file; the least a crawler must read (RFC 9309 §2.5). What lies beyond is not read."""
MAX_RULES = 10_000
"""Of one group; what lies beyond is not read."""
MAX_WILD = 16 * 1024
"""Characters of one group's patterns with a ``*``, whose search is the only thing that takes time."""

_PRODUCT = re.compile(r"\*|[A-Za-z0-9_-]+")
_RULES = {"allow": True, "disallow": False}


@dataclass(frozen=True, slots=True)
class Rule:
    """One ``Allow`` or ``Disallow`` line."""

    allow: bool
    pieces: tuple[str, ...]
    """The pattern, cut at its ``*``."""
    anchored: bool
    """Whether it ended in ``$``."""
    weight: int
    """Its length: the most specific rule that matches decides."""

    def matches(self, target: str) -> bool:
        """Whether path and query, as :func:`path_of` gives them, match from their beginning."""
        first, *rest = self.pieces
        if not target.startswith(first):
            return False
        if not rest:
            return not self.anchored or len(target) == len(first)
        position = len(first)
        for piece in rest[:-1]:
            found = target.find(piece, position)
            if found < 0:
                return False
            position = found + len(piece)
        if self.anchored:
            return target.endswith(rest[-1]) and len(target) - len(rest[-1]) >= position
        return target.find(rest[-1], position) >= 0


@dataclass(frozen=True, slots=True)
class Rules:
    """A group's rules, the most specific first, ``Allow`` before ``Disallow`` (RFC 9309 §2.2.2)."""

    rules: tuple[Rule, ...]

    def permit(self, target: str) -> bool:
        """Whether the first rule that matches allows it; what no rule matches is allowed."""
        return next((rule.allow for rule in self.rules if rule.matches(target)), True)


@dataclass(frozen=True, slots=True)
class Robots:
    """What an origin's robots.txt says to us."""

    named: Rules | None = None
    """The groups that name our token; None where none does."""
    everyone: Rules | None = None
    """The groups for ``*``; None where there is none."""

    def permits(self, url: str, *, listed: bool) -> bool:
        """Whether we may ask for ``url`` of this origin.

        ``listed``: its owner listed it in a bazaar, and only a group that names us binds; for an origin's own pages
        (documents, icons) the groups for everyone do as well, where none names us.
        """
        rules = self.named if self.named is not None or listed else self.everyone
        target = path_of(url)
        return rules is None or target == "/robots.txt" or rules.permit(target)


NO_RULES = Robots()
"""There is no robots.txt (any 4xx): everything is allowed."""
UNREACHABLE = Robots(everyone=Rules((Rule(False, ("/",), False, 1),)))
"""It could not be had (5xx, 429, no answer): nothing that only everyone's groups could allow (RFC 9309 §2.3.1.4)."""


def parse(body: bytes) -> Robots:
    """Read a robots.txt; whatever it holds, there is an answer."""
    named, everyone = _Group(), _Group()
    speaking: list[_Group] = []
    naming = False
    for field, value in _lines(body[:MAX_BYTES]):
        if field == "user-agent":
            speaking = speaking if naming else []
            naming = True
            product = _PRODUCT.match(value)
            token = product[0].lower() if product else ""
            if token in (TOKEN, "*"):
                speaking.append(everyone if token == "*" else named)
                speaking[-1].named = True
        elif field in _RULES:
            naming = False
            for group in speaking:
                group.add(_RULES[field], value)
    return Robots(named.rules(), everyone.rules())


def path_of(url: str) -> str:
    """Path and query of a URL in the form patterns are compared in."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _literal(normal_escapes(target)).replace("*", "%2A")


class _Group:
    """The rules of one or more groups for the same user agent, under the caps."""

    def __init__(self) -> None:
        self.named = False
        self._rules: set[Rule] = set()
        self._wild = 0

    def add(self, allow: bool, pattern: str) -> None:
        """Keep a rule; an empty one says nothing (``Disallow:`` alone allows everything)."""
        wild = len(pattern) if "*" in pattern else 0
        if not pattern or len(self._rules) >= MAX_RULES or self._wild + wild > MAX_WILD:
            return
        self._wild += wild
        anchored = pattern.endswith("$")
        text = _literal(normal_escapes(pattern.removesuffix("$")))
        pieces = re.sub(r"\*+", "*", text).split("*")
        self._rules.add(Rule(allow, tuple(pieces), anchored, len(text) + anchored))

    def rules(self) -> Rules | None:
        if not self.named:
            return None
        return Rules(tuple(sorted(self._rules, key=lambda r: (-r.weight, not r.allow, r.pieces))))


def _lines(body: bytes) -> Iterator[tuple[str, str]]:
    """(field in lower case, value) of each line that has both; comments dropped."""
    for line in body.decode("utf-8-sig", "replace").splitlines():
        field, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield field.strip().lower(), value.strip()


def _literal(text: str) -> str:
    """A ``$`` that ends no pattern stands for itself."""
    return text.replace("$", "%24")
