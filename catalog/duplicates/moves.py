"""The rules of pairs whose routes differ: one offer relisted, moved, or asked for in another way."""

from __future__ import annotations

import re
from urllib.parse import unquote

from catalog.duplicates.pairs import (
    COMMON_NAMES,
    Limits,
    Pair,
    Verdict,
    related,
    says_nothing,
    told_by_text,
    typed,
    verdict,
)
from catalog.duplicates.profiles import Profile, count_words, words_of
from catalog.routes import MASK, VERSION, Route

TELLING_VALUE = 12
"""Letters from which on an id in common is no accident."""
_CURRENT = frozenset({"latest", "current", "newest", "today", "now"})
_ASKED_FOR = frozenset({"by-id", "by_id", "detail", "details", "get", "info", "lookup"})
"""Names of routes that take the id as a parameter."""
_IN_ORDER = re.compile(
    r"(?:[a-z]+[-_])?(?:block|date|day|edition|epoch|height|issue|ledger|month|number|period|release|revision|round|season"
    r"|slot|timestamp|version|week|year)s?"
)
"""What has a latest one: parameters and the words before them."""
_OPEN = re.compile(r"[:{\[<]+([\w-]+)[}\]>]*")
_SEVERAL = frozenset({"all", "batch", "bulk", "every", "list", "lists", "multiple", "several"})
_ENTITIES = re.compile(
    r"(?:airlines?|airports?|cit(?:y|ies)|collections?|compan(?:y|ies)|countr(?:y|ies)|currenc(?:y|ies)|domains?|ens"
    r"|handles?|keywords?|languages?|leagues?|packages?|players?|quotes?|repos?|slugs?|stocks?|symbols?|teams?|tickers?"
    r"|usernames?|zips?)"
)
"""Behind these words stands a name, even where it looks like a word of the API."""
_NO_VALUES = frozenset({"all", "batch", "bulk", "list", "me", "new", "random", "search", "stats", "top", "trending"})
_OWNERS = re.compile(r"(?:accounts?|channels?|coins?|profiles?|regions?|tokens?|topics?|users?|wallets?|words?)")
"""The same, where the path goes on: ``/users/jane/posts``, while ``/users/search`` searches them."""


def judge_moved(pair: Pair, limits: Limits) -> Verdict | None:
    """The first rule that holds decides."""
    return (
        _relisted(pair)
        or _value_in_place(pair)
        or _current(pair)
        or _parameters_given(pair, limits)
        or _value_moved(pair, limits)
        or _moved(pair)
        or _close_sibling(pair)
    )


def without_value(route: Route) -> str:
    """The route's path without its values, whichever way they are asked for: ``/users`` for ``/users/{}``,
    ``/users/by/id`` and ``/users/latest``."""
    bare = route.bare
    if route.name in _CURRENT or route.name in _ASKED_FOR:
        bare = route.parent
    elif route.name == "id" and route.parent.endswith("/by"):
        bare = route.parent.removesuffix("/by")
    return bare.replace(f"/{MASK}", "")


def _relisted(pair: Pair) -> Verdict | None:
    """The same route under another version, prefix or spelling of one host: ``/lookup`` and ``/v1/lookup``."""
    a, b = pair.a, pair.b
    if not pair.one_host or not pair.pay_to or pair.price is False:
        return None
    alike = pair.text != "other" or (pair.price and related(pair.a.text, pair.b.text))
    if a.route.loose == b.route.loose and a.route.literals and alike:
        if a.route.values == b.route.values:
            return verdict(pair, "same_endpoint", "One route listed under two spellings of its path")
        if pair.text != "other" and not a.route.selects_product:
            return verdict(pair, "template_instance", "Instances of one route under two spellings of its path")
    if (
        a.route.values == b.route.values
        and max(map(len, a.route.values), default=0) >= TELLING_VALUE
        and (told_by_text(pair) or (pair.text == "equal" and _prefixed(a.route, b.route)))
    ):
        return verdict(pair, "same_endpoint", "One id and one text under two paths")
    return None


def _prefixed(a: Route, b: Route) -> bool:
    return a.bare.endswith(b.bare) or b.bare.endswith(a.bare)


def _value_in_place(pair: Pair) -> Verdict | None:
    """A name where the sibling has an id, or another name of the kind: ``/token_price/ethereum`` and
    ``/token_price/0x…``, ``/country/de`` and ``/country/fr``."""
    a, b = pair.a, pair.b
    if a.host.name != b.host.name or pair.text != "equal" or not pair.pay_to or pair.price is False:
        return None
    if not _one_place(a.route, b.route) or not min(a.route.literals, b.route.literals) or says_nothing(a.text):
        return None
    return verdict(pair, "template_instance", f"Two names, or a name and an id, in one place of {a.route.shape[:120]}")


def _one_place(a: Route, b: Route) -> bool:
    """Whether two paths differ in one segment, a value in one of them or, by the word before, in both."""
    one, other = a.bare.split("/"), b.bare.split("/")
    differing = [at for at, (x, y) in enumerate(zip(one, other, strict=False)) if x != y]
    if len(one) != len(other) or len(differing) != 1:
        return False
    at = differing[0]
    if not _NO_VALUES.isdisjoint((one[at], other[at])):
        return False
    before, goes_on = one[at - 1], at + 1 < len(one)
    return MASK in (one[at], other[at]) or bool(_ENTITIES.fullmatch(before) or (goes_on and _OWNERS.fullmatch(before)))


def _parameters_given(pair: Pair, limits: Limits) -> Verdict | None:
    """A route and a call of it: ``/dns`` and ``/dns?name=acme.io``. What chooses a product is no input."""
    a, b = pair.a.route, pair.b.route
    asked = a.shape.removeprefix(a.bare) + b.shape.removeprefix(b.bare)
    if a.bare != b.bare or (a.shape != a.bare) == (b.shape != b.bare) or asked.count("=") != asked.count(f"={MASK}"):
        return None
    if not pair.one_host or not pair.pay_to or pair.price is False or not a.literals:
        return None
    if pair.text == "other" and pair.likeness() < limits.near_text:
        return None
    return verdict(pair, "template_instance", f"{a.bare[:120]} with and without its parameters")


def _current(pair: Pair) -> Verdict | None:
    """The latest of what a sibling takes by its number or date: ``/block/latest`` and ``/block/:number``."""
    latest, numbered = (pair.a, pair.b) if pair.a.route.name in _CURRENT else (pair.b, pair.a)
    if latest.route.name not in _CURRENT or numbered.route.name != MASK or latest.route.parent != numbered.route.parent:
        return None
    if not pair.one_host or not pair.pay_to or pair.price is False or pair.text == "other":
        return None
    if not latest.route.literals or not _in_order(numbered):
        return None
    return verdict(pair, "template_instance", f"The {latest.route.name} one of {numbered.route.bare[:120]}")


def _in_order(profile: Profile) -> bool:
    """Whether the last segment is the number or date of one in a row."""
    *_, before, last = profile.candidate.identity.partition("?")[0].split("/")
    parameter = _OPEN.fullmatch(unquote(last))
    named = (before, parameter[1]) if parameter else (before,)
    return any(_IN_ORDER.fullmatch(name.lower()) for name in named) or bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", last))


def _value_moved(pair: Pair, limits: Limits) -> Verdict | None:
    """A route that took its value in the path and takes it as a parameter now: ``/users/7/followers``,
    ``/users/followers``; ``/users/7``, ``/users/by/id``. ``/users`` may well list them all."""
    with_value, without = sorted((pair.a, pair.b), key=lambda p: MASK not in p.route.bare)
    path, asked = with_value.route, without.route
    if MASK not in path.bare or MASK in asked.bare or asked.name in _CURRENT:
        return None
    if path.bare.replace(f"/{MASK}", "") not in (asked.bare, without_value(asked)):
        return None
    if not pair.one_host or not pair.pay_to or not asked.literals or path.selects_product:
        return None
    told = path.bare != f"{asked.bare}/{MASK}" or "/by/" in asked.bare
    if count_words(pair.a.text) < 6 or pair.text == "missing" or pair.likeness() < limits.near_text - 10 * told:
        return None
    several = [not _SEVERAL.isdisjoint(words_of(text)) for text in (pair.a.text, pair.b.text)]
    if several[0] != several[1]:
        return None
    return verdict(pair, "template_instance", "One text for the value in the path and without")


def _moved(pair: Pair) -> Verdict | None:
    """One offer at two addresses: the same route but for versions and prefixes, or, with one operator, host and path
    made of the same words (``safe-run.acme.io/skill``, ``skills.acme.io/safe-run``)."""
    a, b = pair.a, pair.b
    if a.host.name == b.host.name or not told_by_text(pair) or a.route.values != b.route.values:
        return None
    if a.route.loose == b.route.loose and a.route.literals and (pair.pay_to or a.route.literals >= 2):
        return typed(pair, "same text, two spellings of the path")
    if pair.operator and pair.pay_to and pair.price and _place_words(a) == _place_words(b):
        return verdict(pair, "environment", "One offer at two addresses of one operator")
    return None


def _place_words(profile: Profile) -> frozenset[str]:
    """What host and path are made of, one or many, but for the words any may have."""
    words = words_of(f"{profile.host.family} {profile.route.bare}")
    return frozenset(word.removesuffix("s") for word in words if not VERSION.fullmatch(word)) - COMMON_NAMES


def _close_sibling(pair: Pair) -> Verdict | None:
    """``/images/nano-banana`` and ``/images/nano-banana-edit``: one operator and price, and the text is extended by
    the very words the path is extended by, none of them a number (that would be another model)."""
    a, b = pair.a.route, pair.b.route
    if not pair.operator or not pair.price or a.parent != b.parent or a.literals < 2 or pair.text != "other":
        return None
    short, long = sorted((pair.a, pair.b), key=lambda p: (len(p.route.name), p.order))
    added = _added(words_of(short.route.name), words_of(long.route.name))
    if not added or not all(map(str.isalpha, added)) or added != _added(words_of(short.text), words_of(long.text)):
        return None
    return verdict(pair, "variant", f"Siblings under {a.parent}: path and text differ by “{' '.join(added)}” only")


def _added(short: list[str], long: list[str]) -> list[str]:
    """The words by which ``long`` extends ``short`` at its end; empty where it does not."""
    return long[len(short) :] if short and long[: len(short)] == short else []
