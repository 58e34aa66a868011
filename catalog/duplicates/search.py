"""Proposing pairs without comparing all with all: exact copies collapse, buckets and MinHash bands propose."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence

import numpy as np
from rensa import RMinHash

from catalog.duplicates.model import Candidate, Edge
from catalog.duplicates.rules import LIMITS, Limits, Profile, judge, words_of
from catalog.environments import MASK, read_host, read_route
from catalog.networks import network

BUCKET_CAP = 24
"""Buckets up to this size are compared pair by pair."""
_NEIGHBOURS = 3
_PERMUTATIONS = 64
_ROWS = 4
"""Rows per band: 16 bands of 4 propose pairs from a Jaccard likeness of about one half."""
_SEED = 402


def find_edges(candidates: Sequence[Candidate], limits: Limits = LIMITS) -> list[Edge]:
    """Typed edges between duplicates and close siblings, sorted; the order of ``candidates`` does not matter."""
    profiles = sorted(map(_profile, candidates), key=lambda p: p.order)
    copies: dict[Hashable, list[int]] = defaultdict(list)
    for index, profile in enumerate(profiles):
        copies[_copy_key(profile)].append(index)
    pairs = {pair for group in copies.values() for pair in _bucket_pairs(group)}
    pairs.update(_proposed(profiles, [group[0] for group in copies.values()]))
    edges = []
    for i, j in sorted(pairs):
        if verdict := judge(profiles[i], profiles[j], limits):
            edges.append(Edge(profiles[i].candidate.resource_id, profiles[j].candidate.resource_id, *verdict))
    return edges


def _profile(candidate: Candidate) -> Profile:
    netloc, slash, rest = candidate.identity.removeprefix("//").partition("/")
    if not slash:
        netloc, question, rest = netloc.partition("?")
        rest = f"?{rest}" if question else ""
    host, route = read_host(netloc), read_route(rest if rest.startswith("?") else f"/{rest}")
    text = _normal_text(candidate.text, route.values)
    return Profile(candidate, host, route, text, _sorted_words(text), _sorted_words(f"{host.family} {route.shape}"))


def _normal_text(text: str, values: Iterable[str]) -> str:
    """Lower case, single spaces, the resource's own ids masked; empty where nothing but ids is left.

    The name of a chain stays: "… on Base" and "… on Tron" are two offers even where the path takes the chain.
    """
    normal = " ".join(text.casefold().split()).strip(" .")
    for value in values:
        if len(value) > 3 and value in normal and network(value) is None:
            normal = _masked(normal, value)
    return normal if re.search(r"\w", normal) else ""


def _masked(text: str, value: str) -> str:
    """``text`` with ``value`` masked wherever it stands as a word of its own (a pattern would have to be compiled)."""
    before, found, after = text.partition(value)
    made = before
    while found:
        whole = not (made[-1:].isalnum() or after[:1].isalnum())
        before, found, rest = after.partition(value)
        made, after = f"{made}{MASK if whole else value}{before}", rest
    return made


def _sorted_words(text: str) -> str:
    return " ".join(sorted(words_of(text)))


def _copy_key(profile: Profile) -> Hashable:
    """Equal for resources that every rule would treat alike; MASKed values are all they differ in."""
    c = profile.candidate
    return c.tool, profile.host.name, profile.route.shape, profile.text, c.price, tuple(sorted(c.pay_to))


def _proposed(profiles: Sequence[Profile], representatives: Sequence[int]) -> Iterator[tuple[int, int]]:
    buckets: dict[Hashable, list[int]] = defaultdict(list)
    for index in sorted(representatives):
        for key in _bucket_keys(profiles[index]):
            buckets[key].append(index)
    for bucket in buckets.values():
        yield from _bucket_pairs(bucket)
    for bucket in _bands(profiles, sorted(representatives)):
        yield from _bucket_pairs(bucket)


def _bucket_keys(profile: Profile) -> Iterator[Hashable]:
    tool, route = profile.candidate.tool, profile.route
    yield "endpoint", tool, profile.candidate.identity
    yield "route", tool, route.shape
    yield "family", tool, profile.host.family, route.loose
    if profile.text:
        yield "text", tool, route.loose, profile.text
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


def _bands(profiles: Sequence[Profile], indexes: Sequence[int]) -> Iterator[list[int]]:
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
