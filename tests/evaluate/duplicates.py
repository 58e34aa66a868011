"""Duplicates against the labelled pairs: a pair counts as found where both resources stand in one cluster.

Precision is duplicates against ``different``, recall over all duplicates; variants are counted apart. A few hosts
supply many pairs, so every figure is given twice: over pairs, and averaged over pairs of hosts. The limits of the rules
are chosen anew on the other folds for every fold of hosts, so no host is judged by a limit chosen on it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from catalog.duplicates import LIMITS, Candidate, Limits, cluster, find_edges
from catalog.resolve.whole import candidates_of
from catalog.site import Site
from catalog.store.engine import open_store
from catalog.urls import canonical, resource_id
from tests.stores import crawl, night, resolved

FOLDS = 5
GRID = [Limits(near_text) for near_text in (70, 75, 80, 85, 90, 95)]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two listed URLs and what a reader said of them."""

    a: int
    b: int
    relation: str
    sure: bool
    hosts: frozenset[str]
    why: str

    @property
    def duplicate(self) -> bool:
        """Whether the two must share a cluster."""
        return self.relation not in ("variant", "different")


def pairs(shared: Path) -> list[Pair]:
    """The labelled pairs, by resource id."""
    lines = (shared / "labels" / "duplicates.jsonl").read_text("utf-8").splitlines()
    return [
        Pair(
            *(resource_id(canonical(pair[side])) for side in "ab"),
            relation=pair["relation"],
            sure=pair["confidence"] == "high",
            hosts=frozenset(urlsplit(pair[side]).netloc for side in "ab"),
            why=f"{pair['a']} {pair['b']}: {pair['why']}",
        )
        for pair in map(json.loads, lines)
    ]


def candidates(shared: Path) -> list[Candidate]:
    """What the duplicate search sees of the listing after the real road: decoder, store, fold."""
    from crawler.decoders.listing import decode_row

    items = json.loads((shared / "labels" / "duplicates_listing.json").read_text("utf-8"))["items"]
    rows = [listing for item in items if (listing := decode_row(item, "cdp")[0]) is not None]
    store = open_store("sqlite://")
    try:
        crawl(store, night(0), *rows)
        published = resolved(store, night(0), Site()).published
    finally:
        store.close()
    return candidates_of([p.draft for p in published])


Together = Callable[[Pair], bool]


def clustered(found: Sequence[Candidate], limits: Limits) -> Together:
    """Whether a pair shares a cluster; two listed URLs that are one resource do."""
    clusters, _ = cluster(found, find_edges(found, limits).edges, {})
    home = {member: c.id for c in clusters for member in c.members}
    return lambda pair: pair.a == pair.b or home.get(pair.a, pair.a) == home.get(pair.b, pair.b)


def share(hits: Iterable[bool]) -> tuple[int, int]:
    """How many of how many."""
    listed = list(hits)
    return sum(listed), len(listed)


def macro(judged: Sequence[Pair], together: Together) -> tuple[float, float]:
    """(recall, share of different pairs apart), every pair of hosts one voice."""
    voices: dict[tuple[bool, frozenset[str]], list[bool]] = defaultdict(list)
    for pair in judged:
        voices[pair.duplicate, pair.hosts].append(together(pair) == pair.duplicate)
    means = {True: [0.0], False: [0.0]}
    for kind in means:
        means[kind] = [sum(v) / len(v) for (duplicate, _), v in voices.items() if duplicate is kind]
    return sum(means[True]) / len(means[True]), sum(means[False]) / len(means[False])


def line(name: str, judged: Sequence[Pair], together: Together) -> str:
    """Precision and recall of the pairs that must and must not share a cluster."""
    judged = [pair for pair in judged if pair.relation != "variant"]
    hits, duplicates = share(together(p) for p in judged if p.duplicate)
    wrong, different = share(together(p) for p in judged if not p.duplicate)
    recall, apart = macro(judged, together)
    return (
        f"{name}: precision {hits / (hits + wrong):.3f} ({wrong} of {different} different joined), recall"
        f" {hits / duplicates:.3f} ({hits} of {duplicates}); by host pair: recall {recall:.3f}, apart {apart:.3f}"
    )


def folds(labelled: Sequence[Pair]) -> list[list[Pair]]:
    """The pairs in ``FOLDS`` parts of like size, all pairs that share a host, however indirectly, in one."""
    group: dict[str, str] = {}

    def root(host: str) -> str:
        while group.setdefault(host, host) != host:
            host = group[host]
        return host

    for pair in labelled:
        first, *others = sorted(pair.hosts)
        if pair.relation != "different":  # random pairs would tie all hosts together
            for host in others:
                group[root(host)] = root(first)
    parts: dict[str, list[Pair]] = defaultdict(list)
    for pair in labelled:
        parts[root(min(pair.hosts))].append(pair)
    made: list[list[Pair]] = [[] for _ in range(FOLDS)]
    for part in sorted(parts.values(), key=lambda part: (-len(part), part[0].why)):
        min(made, key=len).extend(part)
    return made


def unseen(labelled: Sequence[Pair], fold: Sequence[Pair]) -> list[Pair]:
    """The pairs that share no host with the fold."""
    hosts = {host for pair in fold for host in pair.hosts}
    return [pair for pair in labelled if hosts.isdisjoint(pair.hosts)]


def right(labelled: Sequence[Pair], together: Together) -> int:
    """Pairs judged as the reader did; a variant is right where it stands apart."""
    return sum(together(pair) == pair.duplicate for pair in labelled)


def validated(labelled: Sequence[Pair], runs: Mapping[Limits, Together]) -> tuple[Together, list[Limits]]:
    """Every pair judged with the limits that do best on the other folds' hosts (the strictest of equals)."""
    judged_by: dict[Pair, Together] = {}
    chosen = []
    for fold in folds(labelled):
        others = unseen(labelled, fold)
        best = max(runs, key=lambda lim: (right(others, runs[lim]), lim.near_text))
        chosen.append(best)
        judged_by |= dict.fromkeys(fold, runs[best])
    return lambda pair: judged_by[pair](pair), chosen


def runs(found: Sequence[Candidate]) -> dict[Limits, Together]:
    """The clusters under every choice of limits."""
    return {limits: clustered(found, limits) for limits in GRID}


def main(shared: Path) -> None:
    """Print the figures."""
    labelled, found = pairs(shared), candidates(shared)
    ours = clustered(found, LIMITS)
    print(f"Duplicates: {len(labelled)} labelled pairs, {len(found)} resources\n")
    for relation in ("same_endpoint", "environment", "mirror", "template_instance", "variant", "different"):
        kinds = [
            share(ours(p) for p in labelled if p.relation == relation and p.sure is sure) for sure in (True, False)
        ]
        print(f"  {relation:<18} together: {kinds[0][0]} of {kinds[0][1]} sure, {kinds[1][0]} of {kinds[1][1]} unsure")
    sure = [pair for pair in labelled if pair.sure]
    across, chosen = validated(labelled, runs(found))
    print()
    print(line("as shipped, all pairs ", labelled, ours))
    print(line("as shipped, sure pairs", sure, ours))
    print(line("by folds, all pairs   ", labelled, across))
    print(line("by folds, sure pairs  ", sure, across))
    print("limits chosen by fold: " + "; ".join(map(str, chosen)))
    print("\nnot as the reader said:")
    for pair in sorted(labelled, key=lambda p: p.why):
        if pair.relation != "variant" and ours(pair) != pair.duplicate:
            print(f"  {pair.relation} ({'sure' if pair.sure else 'unsure'}): {pair.why}")
