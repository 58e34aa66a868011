"""The rules that judge a pair: the first that holds decides, and says why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from rapidfuzz import fuzz

from catalog.duplicates.model import Candidate, Relation
from catalog.environments import MASK, PASSING, Host, Route

NEAR_TEXT = 90
"""fuzz.ratio of sorted words from which two texts of one route are taken for one text reworded."""
NAMESAKE_TEXT = 50
"""The same where a tunnel's path bears the other host's name."""
NEAR_URL = 85
"""fuzz.ratio of sorted words of host family and route from which an offer is taken to have moved."""


@dataclass(frozen=True, slots=True)
class Profile:
    candidate: Candidate
    host: Host
    route: Route
    text: str
    """Normalised; empty where it says nothing."""
    words: str
    """The text's words, sorted."""
    where: str
    """The words of host family and route, sorted."""

    @property
    def order(self) -> tuple[str, str, int]:
        return self.candidate.identity, self.candidate.tool, self.candidate.resource_id


def words_of(text: str) -> list[str]:
    """The words of a text or route, in order."""
    return re.findall(r"[^\W_]+|\{\}", text)


Verdict = tuple[Relation, int, str]


@dataclass(frozen=True, slots=True)
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
    if a.candidate.price is not None and b.candidate.price is not None:
        price = Decimal(a.candidate.price) == Decimal(b.candidate.price)
    return _Pair(
        a,
        b,
        pay_to=not a.candidate.pay_to.isdisjoint(b.candidate.pay_to),
        price=price,
        operator=a.host.operator == b.host.operator or (a.host.brand == b.host.brand != ""),
        family=a.host.family == b.host.family,
        one_host=a.host.name.removeprefix("www.") == b.host.name.removeprefix("www."),
        text="missing" if not a.text or not b.text else "equal" if a.text == b.text else "other",
    )


def judge(a: Profile, b: Profile) -> Verdict | None:
    """The first rule that holds decides; None where the two are different APIs, or mere variants."""
    if a.candidate.tool != b.candidate.tool:
        return None
    if a.candidate.identity == b.candidate.identity:
        return "same_endpoint", 100, "One canonical URL."
    pair = _compare(a, b)
    if a.route.shape == b.route.shape:
        return _same_route(pair)
    return _relisted(pair) or _value_in_place(pair) or _moved(pair) or _close_sibling(pair)


def _same_route(pair: _Pair) -> Verdict | None:
    a, b = pair.a, pair.b
    if pair.one_host and a.route.values == b.route.values:
        return _typed(pair, f"{pair.text} text")
    if pair.text == "equal":
        # At the root of a host, or in a word or two, strangers say the same.
        telling = len(words_of(a.text)) >= (4 if a.route.literals else 8) or (pair.pay_to and a.route.literals)
        return _typed(pair, "same text") if telling or pair.family else None
    if pair.text == "missing":
        return _typed(pair, "one text missing") if pair.pay_to and _told_by_payee(pair) else None
    if a.route.values != b.route.values:
        return None
    if _tunnels_to_namesake(pair) and pair.likeness() >= NAMESAKE_TEXT:
        return _typed(pair, "similar text, and the host is named after the route")
    # Hosts of one operator but two families sell two products; tunnels and previews have no family to go by.
    stands_for = pair.family or not {a.host.kind, b.host.kind}.isdisjoint({"tunnel", "preview"})
    known = pair.operator or pair.pay_to or a.route.literals >= 3
    close = (stands_for and known) or (pair.pay_to and pair.price is not False and not pair.operator)
    return _typed(pair, "nearly the same text") if close and pair.likeness() >= NEAR_TEXT else None


def _tunnels_to_namesake(pair: _Pair) -> bool:
    """A tunnel to ``/gotobi/dates`` and a ``gotobi.…`` host serving that path: tunnels carry no other name."""
    a, b = pair.a, pair.b
    if (a.host.kind == "tunnel") == (b.host.kind == "tunnel") or a.route.literals < 2:
        return False
    labels = (b if a.host.kind == "tunnel" else a).host.family.split(".")[:-1]
    return any(len(label) > 4 and label in a.route.shape.split("/") for label in labels)


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
    same = a.host.name == b.host.name and a.route.loose == b.route.loose and a.route.values == b.route.values
    if same and a.route.literals and pair.pay_to and pair.price is not False and (pair.price or pair.text == "equal"):
        return _verdict(pair, "same_endpoint", "One route listed under two spellings of its path")
    return None


def _value_in_place(pair: _Pair) -> Verdict | None:
    """A named value where the sibling has an id: ``/token_price/ethereum`` and ``/token_price/0x…``."""
    a, b = pair.a.route, pair.b.route
    placed = pair.a.host.name == pair.b.host.name and a.parent == b.parent and (a.name == MASK) != (b.name == MASK)
    if placed and a.literals and pair.text == "equal" and pair.pay_to and pair.price is not False:
        return _verdict(pair, "template_instance", f"A name and an id in one place of {a.parent}")
    return None


def _moved(pair: _Pair) -> Verdict | None:
    """One offer at two addresses of one operator whose host and path are made of the same words."""
    if not pair.operator or pair.a.host.name == pair.b.host.name or pair.text != "equal":
        return None
    told = pair.pay_to and pair.price and len(words_of(pair.a.text)) >= 6
    if told and fuzz.ratio(pair.a.where, pair.b.where) >= NEAR_URL:
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
