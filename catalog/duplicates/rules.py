"""The rules that judge a pair: the first that holds decides, and says why. Here those of one route."""

from __future__ import annotations

import re

from catalog.duplicates.moves import TELLING_VALUE, judge_moved
from catalog.duplicates.pairs import (
    LIMITS,
    Limits,
    Pair,
    Verdict,
    compare,
    from_a_kit,
    named_apart,
    one_operator,
    own_names,
    related,
    says_nothing,
    typed,
)
from catalog.duplicates.profiles import Profile, count_words, words_of

STANDS_IN = frozenset({"tunnel", "preview"})
"""Hosts that have no name of their own to go by."""
_VERBATIM = 90
"""From which likeness a long text stands for itself where a tunnel says it."""
_PROTOCOLS = (
    "/mcp", "/sse", "/rpc", "/graphql", "/chat/completions", "/completions", "/embeddings", "/images/generations",
)  # fmt: skip
"""Routes that a protocol names, not the API behind it."""
_SHORT = 6
"""Letters up to which a value may well be an amount."""
_KIT = re.compile(r"[a-z\d-]+?-(?:starter|template|boilerplate|quickstart)\b")
"""A tenant's name as far as the starter kit it is a copy of: ``x402-ai-starter-eta``."""


def judge(a: Profile, b: Profile, limits: Limits = LIMITS) -> Verdict | None:
    """The first rule that holds decides; None where the two are different APIs, or mere variants."""
    if a.candidate.tool != b.candidate.tool:
        return None
    if a.candidate.identity == b.candidate.identity:
        return "same_endpoint", 100, "One canonical URL."
    alike = a.route.shape == b.route.shape
    if not (alike or a.text == b.text or one_operator(a, b)):
        return None
    pair = compare(a, b)
    return _same_route(pair, limits) if alike else judge_moved(pair, limits)


def _same_route(pair: Pair, limits: Limits) -> Verdict | None:
    a, b = pair.a, pair.b
    same_values = a.route.values == b.route.values
    if pair.family and same_values:
        # One host but for the words that name its environment: whatever the texts say of it, and whoever is paid.
        return typed(pair, {"equal": "same text", "missing": "one text missing"}.get(pair.text, "texts differ"))
    if pair.text == "equal":
        return typed(pair, "same text") if pair.family or _says_enough(pair) or _one_kit(pair) else None
    if pair.text == "missing" and _told_by_payee(pair):
        return typed(pair, "one text missing")
    if not same_values:
        if _left_open(pair):
            return typed(pair, "its parameter left open in one")
        return typed(pair, "texts differ in numbers only") if _differ_in_numbers(pair) else None
    if a.route.literals and _namesakes(pair) and (a.route.literals >= 2 or pair.pay_to or _reworded(pair, limits)):
        return typed(pair, "one host bears the other's name")
    if pair.text == "missing":
        return typed(pair, "two copies of a starter kit") if _one_kit(pair) else None
    return typed(pair, "nearly the same text") if _near(pair, limits) else None


def _says_enough(pair: Pair) -> bool:
    """At the root of a host, on a protocol's route, or in a word or two, strangers say the same; what a starter kit
    says makes two copies of it."""
    route = pair.a.route
    own = route.literals and not route.bare.endswith(_PROTOCOLS)
    if pair.operator and says_nothing(pair.a.text) and named_apart(pair):
        return False
    words = count_words(pair.a.text)
    if words >= (4 if own else 8) or (own and words >= 2 and from_a_kit(pair.a.text)):
        return True
    return pair.pay_to and bool(route.literals) and not named_apart(pair)


def _near(pair: Pair, limits: Limits) -> bool:
    """Whether one text reworded is one offer. Hosts of one operator but two families sell two products; tunnels and
    previews have no family to go by."""
    literals = pair.a.route.literals
    if pair.a.host.kind not in STANDS_IN and pair.b.host.kind not in STANDS_IN:
        paid_alike = pair.pay_to and (pair.price is not False or literals >= 2) and not pair.operator
        return paid_alike and _reworded(pair, limits) and not _self_named(pair)
    known = pair.operator or pair.pay_to or literals >= 3 or _namesakes(pair)
    if not known and (literals < 2 or count_words(pair.a.text) < 8):
        return False
    return pair.likeness() >= (limits.near_text if known else max(limits.near_text, _VERBATIM))


def _reworded(pair: Pair, limits: Limits) -> bool:
    """Whether one text is the other in other words, or goes on where it ends."""
    a, b = pair.a.text, pair.b.text
    goes_on = (a.startswith(b) or b.startswith(a)) and min(count_words(a), count_words(b)) >= 2
    return goes_on or pair.likeness() >= limits.near_text


def _self_named(pair: Pair) -> bool:
    """Whether one text has its host's name in it and the other has not: ``cat.fun`` sells CAT, ``dog.fun`` sells DOG."""
    one, other = pair.a.host.family, pair.b.host.family
    differing = set(words_of(pair.a.text)) ^ set(words_of(pair.b.text))
    return any(len(word) > 2 and (word in one) != (word in other) for word in differing)


def _left_open(pair: Pair) -> bool:
    """A route and an instance of it, by an id that is no word or by what they speak of: ``/resolve/:name`` and
    ``/resolve/nick.eth``."""
    a, b = pair.a.route, pair.b.route
    if not pair.one_host or not pair.pay_to or a.is_template == b.is_template:
        return False
    told = max(map(len, (*a.values, *b.values))) >= TELLING_VALUE or related(pair.a.text, pair.b.text)
    return a.literals > 0 and not a.selects_product and told


def _differ_in_numbers(pair: Pair) -> bool:
    """Instances whose texts name their number, price or date: ``0.01 USDC`` and ``0.1 USDC`` for two files."""
    a, b = pair.a, pair.b
    if pair.text != "other" or not pair.one_host or a.route.selects_product or not a.route.literals:
        return False
    return re.sub(r"[\d.,]+", "#", a.text) == re.sub(r"[\d.,]+", "#", b.text)


def _namesakes(pair: Pair) -> bool:
    """Hosts that bear one name: ``acme.com``, ``api.acme.com`` and ``acme.xyz``; ``acme-api.onrender.com`` and
    ``acme.com``; a preview of ``acme`` and ``acme.vercel.app``; a tunnel to ``/gotobi/dates`` and ``gotobi.acme.com``
    serving that path (tunnels have no other name)."""
    a, b = pair.a.host, pair.b.host
    if not a.brand and not b.brand:
        project, _, _ = a.family.partition(".")
        previews = (a.kind == "preview") + (b.kind == "preview")
        return previews == 1 and len(project) > 4 and b.family.startswith(f"{project}.")
    if "tunnel" in (a.kind, b.kind):
        named, path = a if a.brand else b, pair.a.route.bare.split("/")
        return any(len(label) > 4 and label in path for label in named.family.split(".")[:-1])
    names = own_names(pair)
    if names is None or (a.brand and b.brand):
        return names is not None and names[0] == names[1]
    return not named_apart(pair)


def _one_kit(pair: Pair) -> bool:
    """Two tenants of platforms that are copies of one starter kit by their names."""
    if pair.a.host.brand or pair.b.host.brand or not pair.a.route.literals:
        return False
    one, other = (_KIT.match(profile.host.family) for profile in (pair.a, pair.b))
    return one is not None and other is not None and one[0] == other[0]


def _told_by_payee(pair: Pair) -> bool:
    """Whether route and payTo say enough where no text can: ids must be inputs, and other hosts plausible."""
    a, b = pair.a, pair.b
    if not pair.pay_to and not (pair.one_host and not (a.candidate.pay_to and b.candidate.pay_to)):
        return False
    left_open = pair.one_host and a.route.is_template != b.route.is_template
    if left_open and a.route.selects_product and (a.text or b.text):
        return False  # one of many products, and the route to all of them
    instances = a.route.values != b.route.values and not left_open
    if instances and (a.route.selects_product or not a.route.literals):
        return False
    if instances and pair.price is False and min(map(len, (*a.route.values, *b.route.values))) < _SHORT:
        return False  # 10 and 50 credits, not two files
    if pair.family:
        return True
    if named_apart(pair):
        return False
    deployments = {a.host.kind, b.host.kind} != {"production"} and a.route.literals >= 1 and not pair.operator
    return deployments or a.route.literals >= 2 or (pair.operator and a.host.operator != b.host.operator)
