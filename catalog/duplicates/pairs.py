"""Two profiles side by side: what the rules ask about them, and how a verdict is put."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rapidfuzz import fuzz

from catalog.duplicates.model import Relation
from catalog.duplicates.profiles import Profile, count_words, words_of
from catalog.environments import PASSING

Verdict = tuple[Relation, int, str]
_SAYING_NOTHING = frozenset({
    "a", "access", "an", "api", "call", "content", "data", "demo", "endpoint", "exclusive", "for", "gated", "get", "of",
    "on", "paid", "page", "pay", "payment", "per", "premium", "private", "protected", "request", "required", "resource",
    "resources", "route", "service", "test", "the", "this", "to", "unlock", "usdc", "via", "with", "x402", "your",
})  # fmt: skip
"""What the texts of starter kits are made of: ``Access to protected content``."""
_PAYWALL = frozenset({"access", "exclusive", "gated", "paid", "payment", "premium", "private", "protected"})
COMMON_NAMES = frozenset({"api", "app", "backend", "gateway", "mcp", "server", "service", "web", "www", "x402"})
"""Words of host names that tell no product from another."""
_NO_BRANDS = COMMON_NAMES | {"", "402", "agent", "agents", "ai", "bot", "chat", "data", "pay", "search", "tools"}
"""Names of domains that strangers have under several suffixes, and that of no domain."""


@dataclass(frozen=True, slots=True)
class Limits:
    """From which likeness (``fuzz.ratio`` of sorted words, 0 … 100) two texts are taken for one."""

    near_text: int = 80
    """Texts of one route: one text reworded."""


LIMITS = Limits()
"""The middle of what the labelled pairs bear out: 70 to 90 give the same clusters (``make evaluate``)."""


@dataclass(slots=True)
class Pair:
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
    """What a starter kit says is as good as missing, unless both say it."""

    def likeness(self) -> float:
        """0 … 100, of the texts' sorted words."""
        return fuzz.ratio(self.a.words, self.b.words)


def compare(a: Profile, b: Profile) -> Pair:
    """The two side by side."""
    price = None
    if a.price is not None and b.price is not None:
        price = a.price == b.price
    return Pair(
        a,
        b,
        pay_to=not a.candidate.pay_to.isdisjoint(b.candidate.pay_to),
        price=price,
        operator=one_operator(a, b),
        family=a.host.family == b.host.family,
        one_host=a.host.name.removeprefix("www.") == b.host.name.removeprefix("www."),
        text=_texts(a.text, b.text),
    )


def one_operator(a: Profile, b: Profile) -> bool:
    """Whether the hosts' names say so."""
    return a.host.operator == b.host.operator or (a.host.brand == b.host.brand and a.host.brand not in _NO_BRANDS)


def _texts(a: str, b: str) -> Literal["equal", "missing", "other"]:
    if a == b:
        return "equal" if a else "missing"
    return "missing" if says_nothing(a) or says_nothing(b) else "other"


def says_nothing(text: str) -> bool:
    """Whether a text is missing, or a starter kit's."""
    return len(text) < 50 and _all_common(text)


def from_a_kit(text: str) -> bool:
    """Whether a starter kit says it of the page it protects."""
    return says_nothing(text) and not _PAYWALL.isdisjoint(words_of(text))


@lru_cache(maxsize=16384)
def _all_common(text: str) -> bool:
    return _SAYING_NOTHING.issuperset(words_of(text))


def told_by_text(pair: Pair) -> bool:
    """Whether both say the same, and enough of it."""
    return pair.text == "equal" and count_words(pair.a.text) >= 6


def related(text: str, other: str) -> bool:
    """Whether three in ten of the shorter text's words, small ones aside, are the other's too."""
    one, two = ({word for word in words_of(text) if len(word) > 3} for text in (text, other))
    return 10 * len(one & two) >= 3 * min(len(one), len(two)) > 0


def own_names(pair: Pair) -> tuple[frozenset[str], frozenset[str]] | None:
    """What tells two hosts' names apart, where they can be compared: those of one brand, or tenants of platforms."""
    a, b = pair.a.host, pair.b.host
    if a.brand and b.brand:
        if not one_operator(pair.a, pair.b):
            return None
        return _before(a.family, a.brand), _before(b.family, b.brand)
    if "tunnel" in (a.kind, b.kind):
        return None
    brand = a.brand or b.brand
    one = _before(a.family, brand) if a.brand else _beside(a.family, brand)
    other = _before(b.family, brand) if b.brand else _beside(b.family, brand)
    return None if one is None or other is None else (one, other)


def named_apart(pair: Pair) -> bool:
    """Whether either host's name says what the other's does not: ``btc.acme.io`` and ``eth.acme.io``, two products."""
    names = own_names(pair)
    return names is not None and not names[0] <= names[1] and not names[1] <= names[0]


@lru_cache(maxsize=16384)
def _before(family: str, brand: str) -> frozenset[str]:
    """What stands before the brand, but for words any host may bear: ``wallet`` of ``wallet-api.acme.io``."""
    return frozenset(words_of(family.partition(brand)[0])) - COMMON_NAMES


@lru_cache(maxsize=16384)
def _beside(family: str, brand: str) -> frozenset[str] | None:
    """The words of a platform's tenant, but for the brand, those any host may bear and those with a platform's digits:
    none of ``acme-x402``, ``wallet`` of ``acme-wallet``. None where the name does not bear the brand."""
    words = words_of(family.partition(".")[0])
    tenant = [word for word in words if word.isalpha() and word not in COMMON_NAMES]
    if not brand:
        return frozenset(tenant)
    name = brand.replace("-", "")
    longest = max(tenant, key=len, default="")
    for bearer in ("".join(tenant), longest):
        if len(bearer) > 4 and name.startswith(bearer) and 5 * len(bearer) >= 3 * len(name):
            return frozenset(tenant) - {longest} if bearer == longest else frozenset()
    return None


def typed(pair: Pair, text: str) -> Verdict:
    """The relation of two resources of one route, by their hosts."""
    a, b = pair.a, pair.b
    shape = a.route.shape[:120]
    if pair.one_host and a.route.values != b.route.values:
        return verdict(pair, "template_instance", f"Instances of {shape} on one host, {text}")
    if pair.one_host:
        return verdict(pair, "same_endpoint", f"{shape} on one host, {text}")
    kinds = {a.host.kind, b.host.kind}
    deployed = bool(kinds & PASSING) or (kinds == {"production", "platform"} and pair.pay_to)
    if pair.family or deployed or a.host.operator == b.host.operator:
        return verdict(pair, "environment", f"{shape} on a {a.host.kind} and a {b.host.kind} host, {text}")
    return verdict(pair, "mirror", f"{shape} on two domains, {text}")


def verdict(pair: Pair, relation: Relation, what: str) -> Verdict:
    likeness = {"equal": 20.0, "missing": 5.0}.get(pair.text) or 15 * pair.likeness() / 100
    score = 50 + likeness + 15 * pair.pay_to + 10 * bool(pair.price) + 4 * pair.operator - 20 * (relation == "variant")
    prices = {True: "same price", False: f"prices {pair.a.candidate.price} and {pair.b.candidate.price} USD"}
    facts = ["payTo in common" if pair.pay_to else "no payTo in common"]
    facts += [prices[pair.price]] if pair.price is not None else []
    return relation, int(score), f"{what}; {', '.join(facts)}."
