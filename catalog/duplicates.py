"""The duplicate search: which resources are one API listed several times, and why that is believed.

The way: exact copies collapse to one representative; buckets (same route, same text, payTo in common) and MinHash
bands propose pairs of representatives; a few readable rules judge each pair; clusters grow from the judged edges,
strongest first, as long as no member is too far from the cluster's centre. Proposing is near-linear: in a bucket of
more than ``BUCKET_CAP`` each member is compared with the first and its next neighbours only.

What the rules rest on: the route's shape (values masked) is the base; *equal* text then tells a duplicate from a
variant, likeness does not ("… on Base", "… on Tron"); a payTo in common only helps where a text is missing, since
unrelated products share one and true copies (previews, forks, tunnels) differ in it; prices change between copies.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Literal

import numpy as np
from rapidfuzz import fuzz
from rensa import RMinHash

from catalog.environments import MASK, PASSING, RANK, Host, Route, read_host, read_route

Relation = Literal["same_endpoint", "environment", "mirror", "template_instance", "variant"]

BUCKET_CAP = 24
"""Buckets up to this size are compared pair by pair."""
_NEIGHBOURS = 3
_PERMUTATIONS = 64
_ROWS = 4
"""Rows per band: 16 bands of 4 propose pairs from a Jaccard likeness of about one half."""
_SEED = 402
NEAR_TEXT = 90
"""fuzz.ratio of sorted words from which two texts of one route are taken for one text reworded."""
NAMESAKE_TEXT = 50
"""The same where a tunnel's path bears the other host's name."""
NEAR_URL = 85
"""fuzz.ratio of sorted words of host family and route from which an offer is taken to have moved."""
REACH = 3
"""How far a member may be from its cluster's centre; a duplicate is one step, a variant two."""
_STEP: dict[Relation, int] = {
    "same_endpoint": 1, "environment": 1, "mirror": 1, "template_instance": 1, "variant": 2,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """A resource as the duplicate search sees it."""

    resource_id: int
    url: str
    identity: str
    """Canonical ``//host/path?query``, see :mod:`catalog.urls`."""
    tool: str = ""
    text: str = ""
    """The description."""
    pay_to: frozenset[str] = frozenset()
    price: str | None = None
    """USD, exact."""
    category: str = ""
    payable: bool = False
    first_seen: str = ""
    """ISO 8601."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Two resources believed to be one, or close siblings."""

    a: int
    b: int
    """Resource ids; a's (identity, tool) sorts before b's."""
    relation: Relation
    score: int
    """0 … 100."""
    evidence: str
    """One sentence."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Resources that count as one."""

    id: str
    """``data-cl-`` and 12 hex digits, kept while members come and go."""
    canonical: int
    reason: str
    """Why this member is the canonical one: one sentence."""
    members: tuple[int, ...]
    """At least two, in the order of their identities."""


@dataclass(frozen=True, slots=True)
class ClusterEvent:
    """What became of last night's clusters."""

    kind: Literal["merged", "split"]
    cluster_id: str
    """The id that stays."""
    other_id: str
    """merged: the id that went; split: the id the other side has now."""
    evidence: str


# --- pairs ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Profile:
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


_Verdict = tuple[Relation, int, str]


def find_edges(candidates: Sequence[Candidate]) -> list[Edge]:
    """Typed edges between duplicates and close siblings, sorted; the order of ``candidates`` does not matter."""
    profiles = sorted(map(_profile, candidates), key=lambda p: p.order)
    copies: dict[Hashable, list[int]] = defaultdict(list)
    for index, profile in enumerate(profiles):
        copies[_copy_key(profile)].append(index)
    pairs = {pair for group in copies.values() for pair in _bucket_pairs(group)}
    pairs.update(_proposed(profiles, [group[0] for group in copies.values()]))
    edges = []
    for i, j in sorted(pairs):
        if verdict := _judge(profiles[i], profiles[j]):
            edges.append(Edge(profiles[i].candidate.resource_id, profiles[j].candidate.resource_id, *verdict))
    return edges


def _profile(candidate: Candidate) -> _Profile:
    netloc, slash, rest = candidate.identity.removeprefix("//").partition("/")
    if not slash:
        netloc, question, rest = netloc.partition("?")
        rest = f"?{rest}" if question else ""
    host, route = read_host(netloc), read_route(rest if rest.startswith("?") else f"/{rest}")
    text = _normal_text(candidate.text, route.values)
    return _Profile(candidate, host, route, text, _sorted_words(text), _sorted_words(f"{host.family} {route.shape}"))


def _normal_text(text: str, values: Iterable[str]) -> str:
    """Lower case, single spaces, the resource's own ids masked; empty where nothing but ids is left."""
    normal = " ".join(text.casefold().split()).strip(" .")
    for value in values:
        if len(value) > 3:
            normal = normal.replace(value, MASK)
    return normal if re.search(r"\w", normal) else ""


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+|\{\}", text)


def _sorted_words(text: str) -> str:
    return " ".join(sorted(_words(text)))


def _copy_key(profile: _Profile) -> Hashable:
    """Equal for resources that every rule would treat alike; MASKed values are all they differ in."""
    c = profile.candidate
    return c.tool, profile.host.name, profile.route.shape, profile.text, c.price, tuple(sorted(c.pay_to))


def _proposed(profiles: Sequence[_Profile], representatives: Sequence[int]) -> Iterator[tuple[int, int]]:
    buckets: dict[Hashable, list[int]] = defaultdict(list)
    for index in sorted(representatives):
        for key in _bucket_keys(profiles[index]):
            buckets[key].append(index)
    for bucket in buckets.values():
        yield from _bucket_pairs(bucket)
    for bucket in _bands(profiles, sorted(representatives)):
        yield from _bucket_pairs(bucket)


def _bucket_keys(profile: _Profile) -> Iterator[Hashable]:
    tool, route = profile.candidate.tool, profile.route
    yield "endpoint", tool, profile.candidate.identity
    yield "route", tool, route.shape
    yield "family", tool, profile.host.family, route.loose
    if profile.text:
        yield "text", tool, route.shape, profile.text
        yield "place", tool, profile.host.name, route.parent, profile.text
    for address in sorted(profile.candidate.pay_to):
        yield "payTo", tool, route.shape, address


def _bucket_pairs(bucket: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Pairs (i < j) of an ascending bucket: all of a small one, first × all and near neighbours of a big one."""
    small = len(bucket) <= BUCKET_CAP
    for position, i in enumerate(bucket):
        others = bucket[position + 1 :] if small or position == 0 else bucket[position + 1 : position + 1 + _NEIGHBOURS]
        for j in others:
            yield i, j


def _bands(profiles: Sequence[_Profile], indexes: Sequence[int]) -> Iterator[list[int]]:
    """Buckets of a locality-sensitive hash over the words of URL and text (texts only: a path alone is no evidence)."""
    indexes = [index for index in indexes if profiles[index].text]
    if len(indexes) < 2:
        return
    words = [sorted({*profiles[i].where.split(), *profiles[i].words.split()}) for i in indexes]
    digests = RMinHash.digest_matrix_from_token_sets(words, _PERMUTATIONS, _SEED).to_rows()
    matrix = np.array(digests, dtype=np.uint32).reshape(len(indexes), _PERMUTATIONS // _ROWS, _ROWS)
    for band in range(matrix.shape[1]):
        _, labels = np.unique(matrix[:, band], axis=0, return_inverse=True)
        order = np.argsort(labels.ravel(), kind="stable")
        borders = np.flatnonzero(np.diff(labels.ravel()[order])) + 1
        for bucket in np.split(order, borders):
            if len(bucket) > 1:
                yield [indexes[position] for position in bucket]


# --- rules ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Pair:
    """What the rules ask about two profiles."""

    a: _Profile
    b: _Profile
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


def _compare(a: _Profile, b: _Profile) -> _Pair:
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


def _judge(a: _Profile, b: _Profile) -> _Verdict | None:
    """The first rule that holds decides; None where the two are different APIs, or mere variants."""
    if a.candidate.tool != b.candidate.tool:
        return None
    if a.candidate.identity == b.candidate.identity:
        return "same_endpoint", 100, "One canonical URL."
    pair = _compare(a, b)
    if a.route.shape == b.route.shape:
        return _same_route(pair)
    return _relisted(pair) or _value_in_place(pair) or _moved(pair) or _close_sibling(pair)


def _same_route(pair: _Pair) -> _Verdict | None:
    a, b = pair.a, pair.b
    if pair.one_host and a.route.values == b.route.values:
        return _typed(pair, f"{pair.text} text")
    if pair.text == "equal":
        # At the root of a host, or in a word or two, strangers say the same.
        telling = len(_words(a.text)) >= (4 if a.route.literals else 8) or (pair.pay_to and a.route.literals)
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


def _relisted(pair: _Pair) -> _Verdict | None:
    """The same route under another version, prefix or spelling of one host: ``/lookup`` and ``/v1/lookup``."""
    a, b = pair.a, pair.b
    same = a.host.name == b.host.name and a.route.loose == b.route.loose and a.route.values == b.route.values
    if same and a.route.literals and pair.pay_to and pair.price is not False and (pair.price or pair.text == "equal"):
        return _verdict(pair, "same_endpoint", "One route listed under two spellings of its path")
    return None


def _value_in_place(pair: _Pair) -> _Verdict | None:
    """A named value where the sibling has an id: ``/token_price/ethereum`` and ``/token_price/0x…``."""
    a, b = pair.a.route, pair.b.route
    placed = pair.a.host.name == pair.b.host.name and a.parent == b.parent and (a.name == MASK) != (b.name == MASK)
    if placed and a.literals and pair.text == "equal" and pair.pay_to and pair.price is not False:
        return _verdict(pair, "template_instance", f"A name and an id in one place of {a.parent}")
    return None


def _moved(pair: _Pair) -> _Verdict | None:
    """One offer at two addresses of one operator whose host and path are made of the same words."""
    if not pair.operator or pair.a.host.name == pair.b.host.name or pair.text != "equal":
        return None
    told = pair.pay_to and pair.price and len(_words(pair.a.text)) >= 6
    if told and fuzz.ratio(pair.a.where, pair.b.where) >= NEAR_URL:
        return _verdict(pair, "environment", "One offer at two addresses of one operator")
    return None


def _close_sibling(pair: _Pair) -> _Verdict | None:
    """``/images/nano-banana`` and ``/images/nano-banana-edit``: one operator and price, and the text is extended by
    the very words the path is extended by, none of them a number (that would be another model)."""
    a, b = pair.a.route, pair.b.route
    if not pair.operator or not pair.price or a.parent != b.parent or a.literals < 2 or pair.text != "other":
        return None
    short, long = sorted((pair.a, pair.b), key=lambda p: (len(p.route.name), p.order))
    added = _added(_words(short.route.name), _words(long.route.name))
    if not added or not all(map(str.isalpha, added)) or added != _added(_words(short.text), _words(long.text)):
        return None
    return _verdict(pair, "variant", f"Siblings under {a.parent}: path and text differ by “{' '.join(added)}” only")


def _added(short: list[str], long: list[str]) -> list[str]:
    """The words by which ``long`` extends ``short`` at its end; empty where it does not."""
    return long[len(short) :] if short and long[: len(short)] == short else []


def _typed(pair: _Pair, text: str) -> _Verdict:
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


def _verdict(pair: _Pair, relation: Relation, what: str) -> _Verdict:
    likeness = {"equal": 20.0, "missing": 5.0}.get(pair.text) or 15 * pair.likeness() / 100
    score = 50 + likeness + 15 * pair.pay_to + 10 * bool(pair.price) + 4 * pair.operator - 20 * (relation == "variant")
    prices = {True: "same price", False: f"prices {pair.a.candidate.price} and {pair.b.candidate.price} USD"}
    facts = ["payTo in common" if pair.pay_to else "no payTo in common"]
    facts += [prices[pair.price]] if pair.price is not None else []
    return relation, int(score), f"{what}; {', '.join(facts)}."


# --- clusters ------------------------------------------------------------------------------------------------------


def cluster(
    candidates: Sequence[Candidate], edges: Sequence[Edge], known: Mapping[int, str]
) -> tuple[list[Cluster], list[ClusterEvent]]:
    """Clusters grown from ``edges``, ordered by id, and what became of last night's.

    ``known`` is {resource id: last night's cluster id}. Edges to unknown resources are ignored.
    """
    by_id = {c.resource_id: c for c in candidates}
    groups = [[by_id[member] for member in group] for group in _grow(by_id, edges)]
    groups = [sorted(group, key=_order) for group in groups]
    groups.sort(key=lambda group: _order(group[0]))
    ids = _keep_ids(groups, known)
    clusters = [_cluster(cluster_id, group) for cluster_id, group in zip(ids, groups, strict=True)]
    return sorted(clusters, key=lambda c: c.id), _events(ids, groups, known)


def _order(candidate: Candidate) -> tuple[str, str, int]:
    return candidate.identity, candidate.tool, candidate.resource_id


def _age(candidate: Candidate) -> tuple[str, str, str, int]:
    """Earliest first_seen, then smallest identity; never seen sorts last."""
    return candidate.first_seen or "~", *_order(candidate)


def _grow(by_id: Mapping[int, Candidate], edges: Sequence[Edge]) -> list[list[int]]:
    """Groups of two and more: edges join groups, strongest first, while all members stay within ``REACH`` of the
    larger group's centre, so that a chain of near-copies does not glue two families."""
    centre = {member: member for member in by_id}
    distance = dict.fromkeys(by_id, 0)
    groups = {member: [member] for member in by_id}
    spread = {member: Counter({0: 1}) for member in by_id}
    edges = [edge for edge in edges if edge.a in by_id and edge.b in by_id]
    edges.sort(key=lambda e: (_STEP[e.relation], -e.score, _order(by_id[e.a]), _order(by_id[e.b])))
    for edge in edges:
        stay, come = centre[edge.a], centre[edge.b]
        near, far = edge.a, edge.b
        if stay == come:
            continue
        if len(groups[stay]) < len(groups[come]):
            stay, come, near, far = come, stay, far, near
        offset = distance[near] + _STEP[edge.relation]
        others = [d for d, members in spread[come].items() if members > (d == distance[far])]
        # Others are reached through their old centre: an upper bound, so nobody is farther than believed.
        if offset + max((distance[far] + d for d in others), default=0) > REACH:
            continue
        detour = offset + distance[far]
        for member in groups[come]:
            centre[member] = stay
            distance[member] = offset if member == far else detour + distance[member]
            spread[stay][distance[member]] += 1
        groups[stay] += groups.pop(come)
    return [group for group in groups.values() if len(group) > 1]


def _keep_ids(groups: Sequence[Sequence[Candidate]], known: Mapping[int, str]) -> list[str]:
    """An id for each group: the oldest of last night's that is its to keep, else a new one from its founder.

    An id is claimed by the group of the most canonical of its members; ids are given oldest first (that held by the
    member first seen earliest), one to a group. So the older id survives a merge, and on a split the canonical
    member's side keeps it.
    """
    holders: dict[str, list[tuple[Candidate, int]]] = defaultdict(list)
    for position, group in enumerate(groups):
        for member in group:
            if member.resource_id in known:
                holders[known[member.resource_id]].append((member, position))
    given: dict[int, str] = {}
    for old in sorted(holders, key=lambda name: (min(_age(member) for member, _ in holders[name]), name)):
        claims = sorted(holders[old], key=lambda claim: _preference(claim[0]))
        heir = next((position for _, position in claims if position not in given), None)
        if heir is not None:
            given[heir] = old
    taken = set(known.values())
    for position, group in enumerate(groups):
        if position not in given:
            given[position] = next(name for name in _founded(group) if name not in taken)
            taken.add(given[position])
    return [given[position] for position in range(len(groups))]


def _founded(group: Sequence[Candidate]) -> Iterator[str]:
    """Ids in the order of founders: the next member's where the first one's is another cluster's already."""
    for turn in count():
        for founder in sorted(group, key=_age):
            key = "\n".join(filter(None, (founder.identity, founder.tool, str(turn or ""))))
            yield f"data-cl-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def _events(ids: Sequence[str], groups: Sequence[Sequence[Candidate]], known: Mapping[int, str]) -> list[ClusterEvent]:
    events = []
    for own, group in zip(ids, groups, strict=True):
        for old in sorted({known[m.resource_id] for m in group if m.resource_id in known} - {own}):
            came = sum(known.get(m.resource_id) == old for m in group)
            members = f"{came} member{'s' if came > 1 else ''}"
            if old in ids:
                events.append(ClusterEvent("split", old, own, f"{members} of {old} now stand in {own}."))
            else:
                events.append(ClusterEvent("merged", own, old, f"{members} of {old} joined the older {own}."))
    return sorted(events, key=lambda e: (e.kind, e.cluster_id, e.other_id))


def _preference(candidate: Candidate) -> tuple[int, bool, bool, str, tuple[str, str, int]]:
    """Sorts the canonical member first: production, https, payable, oldest, identity."""
    insecure = not candidate.url.lower().startswith("https:")
    return _rank(candidate), insecure, not candidate.payable, candidate.first_seen or "~", _order(candidate)


def _host(candidate: Candidate) -> Host:
    return read_host(re.split(r"[/?]", candidate.identity.removeprefix("//"), maxsplit=1)[0])


def _rank(candidate: Candidate) -> int:
    return RANK[_host(candidate).kind]


def _cluster(cluster_id: str, group: Sequence[Candidate]) -> Cluster:
    first, second = sorted(group, key=_preference)[:2]
    return Cluster(cluster_id, first.resource_id, _reason(first, second), tuple(m.resource_id for m in group))


def _reason(first: Candidate, second: Candidate) -> str:
    """What sets the canonical member apart from the runner-up."""
    reasons = (
        f"A {_host(first).kind} host goes before a {_host(second).kind} one.",
        "https goes before http.",
        "The payable one goes first.",
        f"Listed longest, since {first.first_seen}.",
        "First in the order of canonical URLs; nothing else tells the members apart.",
    )
    differs = [ours != theirs for ours, theirs in zip(_preference(first), _preference(second), strict=True)]
    return reasons[differs.index(True)]
