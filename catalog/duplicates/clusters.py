"""Clusters grown from judged edges, their ids kept from night to night, their canonical member chosen."""

from __future__ import annotations

import hashlib
import heapq
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from catalog.duplicates.model import Candidate, Cluster, ClusterEvent, Edge, Relation, order_of
from catalog.duplicates.profiles import split_identity
from catalog.environments import RANK, Host, read_host

REACH = 3
"""How far a member may be from its cluster's centre; a duplicate is one step, a variant two."""
_STEP: dict[Relation, int] = {
    "same_endpoint": 1, "environment": 1, "mirror": 1, "template_instance": 1, "variant": 2,
}  # fmt: skip


def cluster(
    candidates: Sequence[Candidate], edges: Sequence[Edge], known: Mapping[int, str]
) -> tuple[list[Cluster], list[ClusterEvent]]:
    """Clusters grown from ``edges``, ordered by id, and what became of last night's.

    ``known`` is {resource id: last night's cluster id}. Edges to unknown resources are ignored.
    """
    by_id = {c.resource_id: c for c in candidates}
    groups = [[by_id[member] for member in group] for group in _grow(by_id, edges)]
    groups = [sorted(group, key=order_of) for group in groups]
    groups.sort(key=lambda group: order_of(group[0]))
    ids = _keep_ids(groups, _ages(candidates, known), known)
    clusters = [_cluster(cluster_id, group) for cluster_id, group in zip(ids, groups, strict=True)]
    return sorted(clusters, key=lambda c: c.id), _events(ids, groups, known)


def _age(candidate: Candidate) -> tuple[str, str, str, int]:
    """Earliest first_seen, then smallest identity; never seen sorts last."""
    return candidate.first_seen or "~", *order_of(candidate)


def _grow(by_id: Mapping[int, Candidate], edges: Sequence[Edge]) -> list[list[int]]:
    """Groups of two and more: edges join groups, strongest first, while all members stay within ``REACH`` of the
    larger group's centre, so that a chain of near-copies does not glue two families."""
    edges = [edge for edge in edges if edge.a in by_id and edge.b in by_id]
    joined = sorted({member for edge in edges for member in (edge.a, edge.b)}, key=lambda m: order_of(by_id[m]))
    rank = {member: position for position, member in enumerate(joined)}
    edges.sort(key=lambda e: (_STEP[e.relation], -e.score, rank[e.a], rank[e.b]))
    centre = {member: member for member in joined}
    distance = dict.fromkeys(joined, 0)
    groups = {member: [member] for member in joined}
    spread = {member: {0: 1} for member in joined}
    """How many members are how far from the centre."""
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
            spread[stay][distance[member]] = spread[stay].get(distance[member], 0) + 1
        groups[stay] += groups.pop(come)
    return [group for group in groups.values() if len(group) > 1]


def _ages(candidates: Sequence[Candidate], known: Mapping[int, str]) -> dict[str, tuple[str, str, str, int]]:
    """The age of last night's clusters: that of the member first seen earliest, whether it still is one or not."""
    ages: dict[str, tuple[str, str, str, int]] = {}
    for candidate in candidates:
        if old := known.get(candidate.resource_id):
            ages[old] = min(_age(candidate), ages.get(old, _age(candidate)))
    return ages


def _keep_ids(
    groups: Sequence[Sequence[Candidate]], ages: Mapping[str, tuple[str, str, str, int]], known: Mapping[int, str]
) -> list[str]:
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
    for old in sorted(holders, key=lambda name: (ages[name], name)):
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
    return _rank(candidate), insecure, not candidate.payable, candidate.first_seen or "~", order_of(candidate)


def _host(candidate: Candidate) -> Host:
    return read_host(split_identity(candidate.identity)[0])


def _rank(candidate: Candidate) -> int:
    return RANK[_host(candidate).kind]


def _cluster(cluster_id: str, group: Sequence[Candidate]) -> Cluster:
    first, second = heapq.nsmallest(2, group, key=_preference)
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
