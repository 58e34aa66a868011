"""A candidate read for the rules: its host, its route, its text in normal form. Each is read once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from catalog.duplicates.model import Candidate
from catalog.environments import Host, read_host
from catalog.networks import network
from catalog.routes import MASK, Route, read_route

_LETTER = re.compile(r"\w")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")
"""Thai, kana, Han."""
_WORD = re.compile(r"[^\W_]+|\{\}")


@dataclass(frozen=True, slots=True)
class Profile:
    """What the rules compare."""

    candidate: Candidate
    host: Host
    route: Route
    text: str
    """Normalised; empty where it says nothing."""
    price: Decimal | None

    @property
    def order(self) -> tuple[str, str, int]:
        """By identity, then tool."""
        return self.candidate.identity, self.candidate.tool, self.candidate.resource_id

    @property
    def words(self) -> str:
        """The text's words, sorted."""
        return sorted_words(self.text)


def profile(candidate: Candidate) -> Profile:
    """Read one candidate."""
    netloc, path = split_identity(candidate.identity)
    route = read_route(path)
    text = _normal_text(candidate.text, route.values)
    price = None if candidate.price is None else Decimal(candidate.price)
    return Profile(candidate, read_host(netloc), route, text, price)


def split_identity(identity: str) -> tuple[str, str]:
    """(host, path and query) of a canonical ``//host/path?query``."""
    netloc, _, path = identity[2:].partition("/")
    if "?" in netloc:
        netloc, _, query = identity[2:].partition("?")
        return netloc, f"?{query}"
    return netloc, f"/{path}"


def words_of(text: str) -> list[str]:
    """The words of a text or route, in order."""
    return _WORD.findall(text)


@lru_cache(maxsize=16384)
def count_words(text: str) -> int:
    """How many words a text has; two signs are one where words are not set apart."""
    return len(_WORD.findall(text)) + (0 if text.isascii() else len(_UNSPACED.findall(text)) // 2)


def sorted_words(text: str) -> str:
    """The words of a text, sorted."""
    return " ".join(sorted(_WORD.findall(text)))


def _normal_text(text: str, values: Iterable[str]) -> str:
    """Lower case, single spaces, the resource's own ids masked; empty where nothing but ids is left.

    The name of a chain stays: "… on Base" and "… on Tron" are two offers even where the path takes the chain.
    """
    normal = plain = _in_lower_case(text)
    for value in values:
        if len(value) > 3 and value in normal and network(value) is None:
            normal = _masked(normal, value)
    return normal if normal is plain or _LETTER.search(normal) else ""


@lru_cache(maxsize=65536)
def _in_lower_case(text: str) -> str:
    """One string for all copies of a text."""
    normal = " ".join(text.casefold().split()).strip(" .")
    return normal if _LETTER.search(normal) else ""


def _masked(text: str, value: str) -> str:
    """``text`` with ``value`` masked wherever it stands as a word of its own (a pattern would have to be compiled)."""
    before, found, after = text.partition(value)
    made = before
    while found:
        whole = not (made[-1:].isalnum() or after[:1].isalnum())
        before, found, rest = after.partition(value)
        made, after = f"{made}{MASK if whole else value}{before}", rest
    return made
