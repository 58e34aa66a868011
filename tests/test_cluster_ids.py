"""Cluster ids through the nights: by any change of members and edges, and over the thirty recorded nights."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.duplicates import Candidate, ClusterEvent, Edge, Relation, cluster
from catalog.render import documents
from catalog.run import Run, parse_time
from catalog.store import ledger
from catalog.store.engine import open_store
from tests.stores import SITE, crawl, resolved

Homes = Mapping[int, str]
"""Resource id → cluster id."""


def unexplained(before: Homes, now: Homes, alive: set[int], events: Sequence[ClusterEvent]) -> Iterator[str]:
    """What became of last night's clusters without being recorded."""
    merged = {(e.other_id, e.cluster_id) for e in events if e.kind == "merged"}
    split = {(e.cluster_id, e.other_id) for e in events if e.kind == "split"}
    for member, old in before.items():
        new = now.get(member)
        if new not in (None, old) and (old, new) not in merged | split:
            yield f"{member} went from {old} to {new}"
    for old in set(before.values()):
        stayed = {now[m] for m, home in before.items() if home == old and m in alive and m in now}
        if stayed and old not in stayed and old not in {gone for gone, _ in merged}:
            yield f"{old} is gone, though it keeps {stayed}"


MEMBERS = [
    Candidate(n, f"https://host{n}.io/x", f"//host{n}.io/x", payable=n % 3 == 0, first_seen=f"2026-01-{30 - n:02}")
    for n in range(12)
]
RELATIONS: list[Relation] = ["same_endpoint", "environment", "mirror", "template_instance", "variant"]
links = st.tuples(st.integers(0, 11), st.integers(0, 11), st.sampled_from(RELATIONS), st.integers(50, 100))
a_night = st.tuples(st.sets(st.integers(0, 11), min_size=1), st.lists(links, max_size=14), st.booleans())


@settings(max_examples=300)
@given(st.lists(a_night, min_size=2, max_size=6))
def test_an_id_changes_only_by_a_recorded_merge_or_split(
    nights: list[tuple[set[int], list[tuple[int, int, Relation, int]], bool]],
) -> None:
    before: dict[int, str] = {}
    used: set[str] = set()
    for alive, drawn, forgets in nights:
        found = [Edge(min(a, b), max(a, b), relation, score, "Drawn.") for a, b, relation, score in drawn if a != b]
        clusters, events = cluster([m for m in MEMBERS if m.resource_id in alive], found, before)
        now = {member: c.id for c in clusters for member in c.members}
        assert len({c.id for c in clusters}) == len(clusters), "one id, one cluster"
        assert list(unexplained(before, now, alive, events)) == []
        for event in events:
            holders = {old: [m for m in alive if before.get(m) == old] for old in (event.cluster_id, event.other_id)}
            if event.kind == "merged" and holders[event.cluster_id]:
                ages = [min(MEMBERS[m].first_seen for m in holders[old]) for old in (event.cluster_id, event.other_id)]
                assert ages[0] <= ages[1], "the older id stays"
        assert {c.id for c in clusters} - used - set(before.values()) == {c.id for c in clusters} - used, (
            "new ids are new"
        )
        used |= set(now.values())
        before = now if forgets else before | now


def test_the_canonical_side_keeps_the_id_of_a_split() -> None:
    payable, other = MEMBERS[3], MEMBERS[4]
    alive = [payable, MEMBERS[1], other, MEMBERS[5]]
    known = dict.fromkeys((m.resource_id for m in alive), "data-cl-000000000001")
    edges = [Edge(1, 3, "mirror", 90, "Drawn."), Edge(4, 5, "mirror", 90, "Drawn.")]
    clusters, events = cluster(alive, edges, known)
    assert {c.canonical for c in clusters if c.id == "data-cl-000000000001"} == {payable.resource_id}
    assert [event.kind for event in events] == ["split"]


@pytest.mark.recorded
def test_ids_stand_through_thirty_nights(shared: Path, tmp_path: Path) -> None:
    from crawler.decoders.listing import decode_row

    store = open_store(f"sqlite:///{tmp_path / 'catalog.db'}")
    before: dict[int, str] = {}
    ever: set[str] = set()
    kept = 0
    for folder in sorted((shared / "recordings" / "nights").iterdir()):
        run = Run(parse_time(json.loads((folder / "recording.json").read_bytes())["recorded_at"]))
        items = json.loads((folder / "listing.cdp.json").read_bytes())["items"]
        rows = [listing for item in items if (listing := decode_row(item, "cdp")[0]) is not None]
        if not rows:
            continue
        crawl(store, run, *rows, complete=False)
        catalogue = resolved(store, run)
        now = {p.known.id: p.cluster.id for p in catalogue.published if p.cluster}
        alive = {p.known.id for p in catalogue.published}
        assert list(unexplained(before, now, alive, catalogue.cluster_events)) == [], folder.name
        kept += sum(now.get(member) == old for member, old in before.items())
        ever |= set(now.values())
        ledger.save(store, catalogue, documents(catalogue, SITE))
        before = now
    store.close()
    assert len(ever) > 30
    assert kept > 1_000, "nothing was asked of the ids"
