"""The rules that judge a pair: the first that holds decides, and says why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz

from catalog.duplicates.model import Relation
from catalog.duplicates.profiles import Profile, count_words, words_of
from catalog.environments import MASK, PASSING, Host


@dataclass(frozen=True, slots=True)
class Limits:
    """From which likeness (``fuzz.ratio`` of sorted words, 0 … 100) two texts are taken for one."""

    near_text: int = 80
    """Texts of one route: one text reworded."""
    near_url: int = 85
    """Words of host family and route: an offer that moved."""


LIMITS = Limits()
"""What the labelled pairs bear out: ``make evaluate``."""


TELLING_VALUE = 12
"""Letters from which on an id in common is no accident."""
STANDS_IN = frozenset({"tunnel", "preview"})
"""Hosts that have no name of their own to go by."""

Verdict = tuple[Relation, int, str]


@dataclass(slots=True)
class _Pair:
    """What the rules ask about two profiles."""

    a: Profile
    b: Profile
    pay_to: bool
    """A payTo in common."""
    price: bool | None
    """Same USD price; None where one is unknown."""
    operator: bool
    """Hosts of one operator, as far as names tell."""
    family: bool
    one_host: bool
    """The hosts differ in nothing but a ``www.``."""
    text: Literal["equal", "missing", "other"]

    def likeness(self) -> float:
        return fuzz.ratio(self.a.words, self.b.words)


def _compare(a: Profile, b: Profile) -> _Pair:
    price = None
    if a.price is not None and b.price is not None:
        price = a.price == b.price
    return _Pair(
        a,
        b,
        pay_to=not a.candidate.pay_to.isdisjoint(b.candidate.pay_to),
        price=price,
        operator=_one_operator(a, b),
        family=a.host.family == b.host.family,
        one_host=a.host.name.removeprefix("www.") == b.host.name.removeprefix("www."),
        text="missing" if not a.text or not b.text else "equal" if a.text == b.text else "other",
    )


def _one_operator(a: Profile, b: Profile) -> bool:
    return a.host.operator == b.host.operator or a.host.brand == b.host.brand != ""


def judge(a: Profile, b: Profile, limits: Limits = LIMITS) -> Verdict | None:
    """The first rule that holds decides; None where the two are different APIs, or mere variants."""
    if a.candidate.tool != b.candidate.tool:
        return None
    if a.candidate.identity == b.candidate.identity:
        return "same_endpoint", 100, "One canonical URL."
    alike = a.route.shape == b.route.shape
    if not (alike or a.text == b.text or _one_operator(a, b)):
        return None
    pair = _compare(a, b)
    if alike:
        return _same_route(pair, limits)
    return (
        _relisted(pair)
        or _value_in_place(pair)
        or _value_moved(pair, limits)
        or _moved(pair, limits)
        or _close_sibling(pair)
    )


def _same_route(pair: _Pair, limits: Limits) -> Verdict | None:
    a, b = pair.a, pair.b
    if pair.family and a.route.values == b.route.values:
        # One host but for the words that name its environment: whatever the texts say of it, and whoever is paid.
        return _typed(pair, {"equal": "same text", "missing": "one text missing"}.get(pair.text, "texts differ"))
    if pair.text == "equal":
        # At the root of a host, or in a word or two, strangers say the same.
        telling = count_words(a.text) >= (4 if a.route.literals else 8) or (pair.pay_to and a.route.literals)
        return _typed(pair, "same text") if telling or pair.family else None
    if pair.text == "missing":
        return _typed(pair, "one text missing") if pair.pay_to and _told_by_payee(pair) else None
    if a.route.values != b.route.values:
        return _typed(pair, "texts differ in numbers only") if _differ_in_numbers(pair) else None
    if _namesakes(pair) and (a.route.literals >= 2 or (pair.pay_to and a.route.literals)):
        return _typed(pair, "one host bears the other's name")
    # Hosts of one operator but two families sell two products; tunnels and previews have no family to go by.
    stands_for = a.host.kind in STANDS_IN or b.host.kind in STANDS_IN
    known = pair.operator or pair.pay_to or a.route.literals >= 3
    close = (stands_for and known) or (pair.pay_to and pair.price is not False and not pair.operator)
    return _typed(pair, "nearly the same text") if close and pair.likeness() >= limits.near_text else None


def _differ_in_numbers(pair: _Pair) -> bool:
    """Instances whose texts name their number, price or date: ``0.01 USDC`` and ``0.1 USDC`` for two files."""
    a, b = pair.a, pair.b
    if not pair.one_host or a.route.selects_product or not a.route.literals:
        return False
    return re.sub(r"[\d.,]+", "#", a.text) == re.sub(r"[\d.,]+", "#", b.text)


def _namesakes(pair: _Pair) -> bool:
    """Hosts of no common domain that bear one name: ``acme.com`` and ``acme.xyz``; ``acme-api.onrender.com`` and
    ``acme.com``; a tunnel to ``/gotobi/dates`` and ``gotobi.acme.com`` serving that path (tunnels have no other name)."""
    a, b = pair.a, pair.b
    if a.host.brand and b.host.brand:
        return a.host.brand == b.host.brand and _prefix(a.host) == _prefix(b.host)
    borne, named = (a, b) if b.host.brand else (b, a)
    if not named.host.brand:
        return False
    if borne.host.kind == "tunnel":
        path = a.route.bare.split("/")
        return any(len(label) > 4 and label in path for label in named.host.family.split(".")[:-1])
    tenant = max(words_of(borne.host.family.partition(".")[0]), key=len, default="")
    return len(tenant) > 4 and named.host.brand.replace("-", "").startswith(tenant)


def _prefix(host: Host) -> str:
    """What stands before the brand."""
    return host.family.partition(host.brand)[0]


def _told_by_payee(pair: _Pair) -> bool:
    """Whether route and payTo say enough where no text can: ids must be inputs, and other hosts plausible."""
    a, b = pair.a, pair.b
    instances = a.route.values != b.route.values and not (pair.one_host and a.route.is_template != b.route.is_template)
    if instances and (a.route.selects_product or not a.route.literals or pair.price is False):
        return False
    if pair.family:
        return True
    deployments = {a.host.kind, b.host.kind} != {"production"} and a.route.literals >= 1
    return deployments or a.route.literals >= 2 or (pair.operator and a.host.operator != b.host.operator)


def _relisted(pair: _Pair) -> Verdict | None:
    """The same route under another version, prefix or spelling of one host: ``/lookup`` and ``/v1/lookup``."""
    a, b = pair.a, pair.b
    if not pair.one_host or not pair.pay_to or pair.price is False:
        return None
    if a.route.loose == b.route.loose and a.route.literals and (pair.price or pair.text != "other"):
        if a.route.values == b.route.values:
            return _verdict(pair, "same_endpoint", "One route listed under two spellings of its path")
        if pair.text != "other" and not a.route.selects_product:
            return _verdict(pair, "template_instance", "Instances of one route under two spellings of its path")
    if (
        a.route.values == b.route.values
        and max(map(len, a.route.values), default=0) >= TELLING_VALUE
        and _told_by_text(pair)
    ):
        return _verdict(pair, "same_endpoint", "One id and one text under two paths")
    return None


def _told_by_text(pair: _Pair) -> bool:
    return pair.text == "equal" and count_words(pair.a.text) >= 6


def _value_in_place(pair: _Pair) -> Verdict | None:
    """A named value where the sibling has an id: ``/token_price/ethereum`` and ``/token_price/0x…``."""
    a, b = pair.a.route, pair.b.route
    placed = pair.a.host.name == pair.b.host.name and a.parent == b.parent and (a.name == MASK) != (b.name == MASK)
    if placed and a.literals and pair.text == "equal" and pair.pay_to and pair.price is not False:
        return _verdict(pair, "template_instance", f"A name and an id in one place of {a.parent}")
    return None


def _value_moved(pair: _Pair, limits: Limits) -> Verdict | None:
    """A route that took its value in the path and takes it as a parameter now: ``/users/7/followers``, ``/users/followers``."""
    with_value, without = sorted((pair.a, pair.b), key=lambda p: MASK not in p.route.bare)
    moved = with_value.route.bare.replace(f"/{MASK}", "") == without.route.bare and MASK in with_value.route.bare
    if (
        not moved
        or not pair.one_host
        or not pair.pay_to
        or not without.route.literals
        or with_value.route.selects_product
    ):
        return None
    if count_words(pair.a.text) < 6 or pair.text == "missing" or pair.likeness() < limits.near_text:
        return None
    return _verdict(pair, "template_instance", "One text for the value in the path and without")


def _moved(pair: _Pair, limits: Limits) -> Verdict | None:
    """One offer at two addresses: the same route but for versions and prefixes, or, with one operator, host and path
    made of the same words (``safe-run.acme.io/skill``, ``skills.acme.io/safe-run``)."""
    a, b = pair.a, pair.b
    if a.host.name == b.host.name or not _told_by_text(pair) or a.route.values != b.route.values:
        return None
    if a.route.loose == b.route.loose and a.route.literals and (pair.pay_to or a.route.literals >= 2):
        return _typed(pair, "same text, two spellings of the path")
    if pair.operator and pair.pay_to and pair.price and fuzz.ratio(a.where, b.where) >= limits.near_url:
        return _verdict(pair, "environment", "One offer at two addresses of one operator")
    return None


def _close_sibling(pair: _Pair) -> Verdict | None:
    """``/images/nano-banana`` and ``/images/nano-banana-edit``: one operator and price, and the text is extended by
    the very words the path is extended by, none of them a number (that would be another model)."""
    a, b = pair.a.route, pair.b.route
    if not pair.operator or not pair.price or a.parent != b.parent or a.literals < 2 or pair.text != "other":
        return None
    short, long = sorted((pair.a, pair.b), key=lambda p: (len(p.route.name), p.order))
    added = _added(words_of(short.route.name), words_of(long.route.name))
    if not added or not all(map(str.isalpha, added)) or added != _added(words_of(short.text), words_of(long.text)):
        return None
    return _verdict(pair, "variant", f"Siblings under {a.parent}: path and text differ by “{' '.join(added)}” only")


def _added(short: list[str], long: list[str]) -> list[str]:
    """The words by which ``long`` extends ``short`` at its end; empty where it does not."""
    return long[len(short) :] if short and long[: len(short)] == short else []


def _typed(pair: _Pair, text: str) -> Verdict:
    """The relation of two resources of one route, by their hosts."""
    a, b = pair.a, pair.b
    shape = a.route.shape[:120]
    if pair.one_host and a.route.values != b.route.values:
        return _verdict(pair, "template_instance", f"Instances of {shape} on one host, {text}")
    if pair.one_host:
        return _verdict(pair, "same_endpoint", f"{shape} on one host, {text}")
    kinds = {a.host.kind, b.host.kind}
    deployed = bool(kinds & PASSING) or (kinds == {"production", "platform"} and pair.pay_to)
    if pair.family or deployed or a.host.operator == b.host.operator:
        return _verdict(pair, "environment", f"{shape} on a {a.host.kind} and a {b.host.kind} host, {text}")
    return _verdict(pair, "mirror", f"{shape} on two domains, {text}")


def _verdict(pair: _Pair, relation: Relation, what: str) -> Verdict:
    likeness = {"equal": 20.0, "missing": 5.0}.get(pair.text) or 15 * pair.likeness() / 100
    score = 50 + likeness + 15 * pair.pay_to + 10 * bool(pair.price) + 4 * pair.operator - 20 * (relation == "variant")
    prices = {True: "same price", False: f"prices {pair.a.candidate.price} and {pair.b.candidate.price} USD"}
    facts = ["payTo in common" if pair.pay_to else "no payTo in common"]
    facts += [prices[pair.price]] if pair.price is not None else []
    return relation, int(score), f"{what}; {', '.join(facts)}."
