"""Proposing pairs without comparing all with all: exact copies collapse, buckets and MinHash bands propose.

A bucket holds what some rule could call one: the same route, the same text, a payTo in common, … In a bucket of at most
``BUCKET_CAP`` members all pairs are judged, in a bigger one each member against the first and its next neighbours. The
members of a route too common for that (``/search``) are told apart once more by MinHash bands over their texts.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

from catalog.duplicates.model import Candidate, Edge
from catalog.duplicates.moves import TELLING_VALUE, without_value
from catalog.duplicates.pairs import LIMITS, Limits
from catalog.duplicates.profiles import Profile, profile, words_of
from catalog.duplicates.rules import STANDS_IN, judge

BUCKET_CAP = 24
"""Buckets up to this size are compared pair by pair."""
_NEIGHBOURS = 3
_PERMUTATIONS = 64
_ROWS = 4
"""Rows per band: 16 bands of 4 propose pairs from a Jaccard likeness of about one half."""
_SEED = 402
_BATCH = 20_000
"""Texts hashed at a time: digests come as Python integers, 64 for each."""
_FIRST_WORD = re.compile(r"[^\W_]+")
_STEM = 5
"""Letters by which two hosts bear one name."""

Ints = NDArray[np.int64]
Pairs = tuple[Ints, Ints]
"""Indexes i < j."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """A kind of bucket with members that were not all compared with each other."""

    kind: str
    """``route``, ``text``, ``payTo``, …"""
    example: int
    """A resource in such a bucket: the first in the order of identities."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the search found, and where it did not look at everything."""

    edges: list[Edge]
    """Sorted by their resources."""
    crowds: list[Crowd]
    """At most one of a kind."""


def find_edges(candidates: Sequence[Candidate], limits: Limits = LIMITS) -> Found:
    """Typed edges between duplicates and close siblings; the order of ``candidates`` does not matter."""
    profiles = sorted(map(profile, candidates), key=lambda p: p.order)
    pairs, crowds = _proposed(profiles)
    edges = []
    for i, j in pairs:
        if verdict := judge(profiles[i], profiles[j], limits):
            edges.append(Edge(profiles[i].candidate.resource_id, profiles[j].candidate.resource_id, *verdict))
    return Found(edges, crowds)


def _proposed(profiles: Sequence[Profile]) -> tuple[Iterator[tuple[int, int]], list[Crowd]]:
    """Pairs i < j in order, each once, and what was too crowded to look at whole."""
    copies = _keys(_copy_keys, profiles, range(len(profiles)))
    found = [_pairs_within(*copies, near=0)[0]]
    representatives = np.sort(np.unique(copies[1], return_index=True)[1]).tolist()
    crowds = []
    for kind, keys in _BUCKETS.items():
        of_bucket = _keys(keys, profiles, representatives)
        pairs, crowded = (
            _pairs_within(*of_bucket) if kind != "route" else _pairs_within(*of_bucket, first=False, near=0)
        )
        found.append(pairs)
        if len(crowded):
            crowds.append(Crowd(kind, profiles[crowded.min()].candidate.resource_id))
        if kind == "route":
            found += _bands(profiles, np.sort(crowded).tolist())
    return _merged(found, len(profiles)), crowds


def _merged(found: Sequence[Pairs], size: int) -> Iterator[tuple[int, int]]:
    codes = np.unique(np.concatenate([i * size + j for i, j in found]))
    for start in range(0, len(codes), _BATCH):
        batch = codes[start : start + _BATCH]
        yield from zip((batch // size).tolist(), (batch % size).tolist(), strict=True)


def _keys(keys: Callable[[Profile], Iterable[Hashable]], profiles: Sequence[Profile], chosen: Iterable[int]) -> Pairs:
    """(index, hash of a key) for every key of the chosen profiles. Hashes that collide only propose pairs in vain."""
    indexes, hashes = array("q"), array("q")
    for index in chosen:
        for key in keys(profiles[index]):
            indexes.append(index)
            hashes.append(hash(key))
    return np.asarray(indexes, np.int64), np.asarray(hashes, np.int64)


def _copy_keys(profile: Profile) -> Iterator[Hashable]:
    """Equal for resources that every rule would treat alike; MASKed values are all they differ in."""
    c = profile.candidate
    yield c.tool, profile.host.name, profile.route.shape, profile.text, c.price, c.pay_to


def _family_keys(profile: Profile) -> Iterator[Hashable]:
    yield profile.candidate.tool, profile.host.family, profile.route.loose


def _text_keys(profile: Profile) -> Iterator[Hashable]:
    """One text on one route, in one place of a host, or anywhere with one operator."""
    if profile.text:
        tool, route, host = profile.candidate.tool, profile.route, profile.host
        yield tool, route.loose, profile.text
        yield tool, host.name, route.parent, profile.text
        yield tool, host.brand or host.operator, profile.text


def _pay_to_keys(profile: Profile) -> Iterator[Hashable]:
    for address in profile.candidate.pay_to:
        yield profile.candidate.tool, profile.route.shape, address


def _name_keys(profile: Profile) -> Iterator[Hashable]:
    """One route on hosts whose names begin alike."""
    yield profile.candidate.tool, profile.route.shape, _stem(profile.host.brand, profile.host.family)


@lru_cache(maxsize=16384)
def _stem(brand: str, family: str) -> str:
    name = brand or max(words_of(family.partition(".")[0]), key=len, default="")
    return name.replace("-", "")[:_STEM]


def _value_keys(profile: Profile) -> Iterator[Hashable]:
    """One host's routes that are one without their values, or have a value in common."""
    tool, family, route = profile.candidate.tool, profile.host.family, profile.route
    yield tool, family, without_value(route)
    if max(map(len, route.values), default=0) >= TELLING_VALUE:
        yield tool, family, route.values


def _sibling_keys(profile: Profile) -> Iterator[Hashable]:
    host, route = profile.host, profile.route
    if first := _FIRST_WORD.search(route.name):
        yield profile.candidate.tool, host.brand or host.operator, route.parent, first[0]


_BUCKETS: dict[str, Callable[[Profile], Iterable[Hashable]]] = {
    "route": lambda p: [(p.candidate.tool, p.route.shape)],
    "family": _family_keys,
    "text": _text_keys,
    "payTo": _pay_to_keys,
    "name": _name_keys,
    "value": _value_keys,
    "sibling": _sibling_keys,
}


def _pairs_within(index: Ints, keys: Ints, *, first: bool = True, near: int = _NEIGHBOURS) -> tuple[Pairs, Ints]:
    """Pairs that share a key: all of a small bucket; of a big one the ``first`` with all, and each with the ``near``
    next ones; and the members of the big ones. ``index`` ascends for every key."""
    order = np.argsort(keys, kind="stable")
    index, keys = index[order], keys[order]
    starts = np.flatnonzero(np.diff(keys, prepend=keys[:1] - 1)) if len(keys) else np.arange(0)
    sizes = np.diff(starts, append=len(keys))
    rank = np.arange(len(keys)) - np.repeat(starts, sizes)
    size = np.repeat(sizes, sizes)
    crowded = size > BUCKET_CAP
    reach = np.where(crowded, near, BUCKET_CAP)
    later = np.flatnonzero(crowded & (rank > near) & first)
    found = [(index[later - rank[later]], index[later])]
    at = np.flatnonzero(rank > 0)
    for step in range(1, BUCKET_CAP):
        at = at[(rank[at] >= step) & (reach[at] >= step)]
        found.append((index[at - step], index[at]))
    return (np.concatenate([i for i, _ in found]), np.concatenate([j for _, j in found])), index[crowded]


def _bands(profiles: Sequence[Profile], crowd: Sequence[int]) -> list[Pairs]:
    """Pairs of one route with like texts, by locality-sensitive hashing: those that no other bucket holds. Likeness
    alone convinces no rule but where a host stands for another one."""
    indexes = [index for index in crowd if profiles[index].text]
    passing = np.array([profile.host.kind in STANDS_IN for profile in profiles], bool)
    keys = np.empty((len(indexes), _PERMUTATIONS // _ROWS), np.int64)
    for start in range(0, len(indexes), _BATCH):
        batch = [profiles[index] for index in indexes[start : start + _BATCH]]
        digests = RMinHash.digest_matrix_from_token_sets([p.words.split() for p in batch], _PERMUTATIONS, _SEED)
        rows = np.array(digests.to_rows(), np.uint64).reshape(len(batch), -1, _ROWS)
        mixed = (
            np.array([hash(p.route.shape) for p in batch], np.int64).view(np.uint64)[:, None].repeat(rows.shape[1], 1)
        )
        for row in range(_ROWS):
            mixed = (mixed ^ rows[:, :, row]) * np.uint64(0x9E3779B97F4A7C15)
        keys[start : start + len(batch)] = mixed.view(np.int64)
    found = (_pairs_within(np.asarray(indexes, np.int64), band)[0] for band in keys.T)
    return [(i[chosen], j[chosen]) for i, j in found for chosen in [passing[i] | passing[j]]]
