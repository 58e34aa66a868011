"""What a build writes: the same however often it is done, and remembered by the next night."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from catalog.duplicates import Cluster, ClusterEvent
from catalog.site import Site
from catalog.store import findings, intake, ledger, news, published, reading, runs
from catalog.store import schema as t
from catalog.store.engine import Store
from tests.stores import (
    OTHER_PAYEE,
    accept,
    build,
    check,
    crawl,
    dump,
    id_of,
    listing,
    night,
    payable,
    resolved,
    rows,
    save_checks,
)

URL = "https://api.example.com/v1/weather"
OTHER = "https://api.example.org/v1/news"


def document(store: Store, kind: str, name: str) -> Any:
    with store.begin() as connection:
        c = t.documents.c
        body = connection.execute(select(c.body).where(c.kind == kind, c.name == name)).scalar_one()
    return json.loads(body)


@pytest.fixture
def built(store: Store) -> Store:
    """Two nights, the second with another price, another payTo, a miss and a new resource."""
    crawl(store, night(1), listing(URL), listing(OTHER, "50000"))
    save_checks(store, night(1), [payable(URL), payable(OTHER, "50000")])
    build(store, night(1))
    moved = listing(OTHER, accepts=[accept(OTHER, "50000", payTo=OTHER_PAYEE)])
    crawl(store, night(2), listing(URL, "20000"), moved, listing(f"{URL}/hourly"))
    timeout = check(OTHER, "timeout", status=None, error="timeout", latency_ms=None)
    save_checks(store, night(2), [payable(URL, "20000"), timeout])
    build(store, night(2))
    return store


def test_building_a_run_twice_leaves_the_store_as_building_it_once(built: Store) -> None:
    once = dump(built)
    assert build(built, night(2)) == ledger.Built(documents=len(once["documents"]), rewritten=0)
    assert dump(built) == once


def test_changes_of_terms_are_recorded_and_remembered(built: Store) -> None:
    found = {(c["resource_id"], c["source"], c["kind"], c["old"], c["new"]) for c in rows(built, t.offer_changes)}
    assert (id_of(URL), "cdp", "price", "10000", "20000") in found
    assert {(kind, source) for key, source, kind, *_ in found if key == id_of(OTHER)} == {("pay_to", "cdp")}
    known = {k.id: k for k in reading.load(built, night(3))[0]}
    assert {c.kind for c in known[id_of(URL)].history} == {"price"}
    assert known[id_of(URL)].listed[0].previous is None, "told the night before"


def test_slugs_are_given_once(built: Store) -> None:
    before = {r["id"]: r["slug"] for r in rows(built, t.resources)}
    crawl(built, night(3), listing(URL), listing("https://api-example.com/v1/weather"))
    build(built, night(3))
    after = {r["id"]: r["slug"] for r in rows(built, t.resources)}
    assert {key: after[key] for key in before} == before
    assert len(set(after.values())) == len(after) == 4


def test_an_unchanged_document_keeps_its_bytes_and_its_time(built: Store) -> None:
    before = {(d["kind"], d["name"]): d for d in rows(built, t.documents)}
    moved = listing(OTHER, accepts=[accept(OTHER, "50000", payTo=OTHER_PAYEE)])
    crawl(built, night(3), listing(URL, "30000"), moved, listing(f"{URL}/hourly"))
    build(built, night(3))
    after = {(d["kind"], d["name"]): d for d in rows(built, t.documents)}
    same = ("resource", "api-example-org-v1-news")
    assert (after[same]["body"], after[same]["generated_at"]) == (before[same]["body"], night(2).at)
    assert after[same]["last_run"] == night(3).id
    assert after["resource", "api-example-com-v1-weather"]["generated_at"] == night(3).at


def test_declared_usage_is_refreshed_along_with_another_change(store: Store) -> None:
    for number, (calls, amount) in enumerate([(1, "10000"), (2, "10000"), (2, "20000")], 1):
        crawl(store, night(number), listing(URL, amount, quality={"l30DaysTotalCalls": calls}))
        build(store, night(number))
        declared = document(store, "resource", "api-example-com-v1-weather")["quality"]["declared"]
        assert declared == {"l30DaysTotalCalls": 1 if number < 3 else 2}
    crawl(store, night(4), listing(URL, "20000", quality={"l30DaysTotalCalls": 4}))
    (known,), _ = reading.load(store, night(4))
    assert known.listed[0].listing.quality == {"l30DaysTotalCalls": 4}
    assert known.listed[0].since == night(3).at


def test_documents_of_what_is_no_more_go(store: Store) -> None:
    crawl(store, night(1), listing(URL))
    build(store, night(1))
    assert {d["kind"] for d in rows(store, t.documents)} == {"resource", "health", "server", "category"}
    build(store, night(1), Site(opt_out=frozenset({"api.example.com"})))
    found = [(d["kind"], json.loads(d["body"])) for d in rows(store, t.documents)]
    slug = "api-example-com-v1-weather"
    tombstone = {"generated_at": night(1).now, "slug": slug, "lifecycle": "removed_by_owner"}
    assert found == [("resource", tombstone)]


def test_lifecycle_events_are_transitions(store: Store) -> None:
    crawl(store, night(1), listing(URL))
    for number in range(1, 5):
        crawl(store, night(number), listing(URL, source="payai"), source="payai")
        save_checks(store, night(number), [check(URL, "server_error", status=500)])
        build(store, night(number))
        runs.set_run(store, night(number), status="published")
    events = [(e["run_id"], e["old"], e["new"]) for e in rows(store, t.lifecycle_events)]
    assert events == [(night(1).id, None, "active"), (night(3).id, "active", "failing")]
    (resource,) = rows(store, t.resources)
    assert (resource["lifecycle"], resource["lifecycle_since"]) == ("failing", night(3).at)
    assert news.changes(store, night(3))["lifecycle"][0]["new"] == "failing"
    assert news.changes(store, night(4))["lifecycle"] == []


# -- clusters -----------------------------------------------------------------------------------------------------


def founded(name: str, *members: str) -> Cluster:
    ids = tuple(map(id_of, members))
    return Cluster(f"data-cl-{name:0>12}", ids[0], "First.", ids)


def write(store: Store, number: int, clusters: tuple[Cluster, ...], *events: ClusterEvent) -> None:
    runs.begin_run(store, night(number), replay=False)
    catalogue = replace(resolved(store, night(number)), clusters=clusters, cluster_events=events, edges=())
    ledger.save(store, catalogue, ())
    runs.set_run(store, night(number), status="published")


@pytest.fixture
def four(store: Store) -> Store:
    crawl(store, night(1), *(listing(f"{URL}/{name}") for name in "abcd"))
    return store


def test_merges_and_splits_are_recorded_once(four: Store) -> None:
    a, b = founded("a", f"{URL}/a", f"{URL}/b"), founded("b", f"{URL}/c", f"{URL}/d")
    both = founded("a", *(f"{URL}/{name}" for name in "abcd"))
    write(four, 1, (a, b))
    write(four, 2, (both,), ClusterEvent("merged", a.id, b.id, "2 members joined."))
    write(four, 2, (both,))
    write(four, 3, (both,))
    assert [(c["id"], c["size"], c["canonical_id"], c["merged_into"]) for c in rows(four, t.clusters)] == [
        (a.id, 4, both.canonical, None),
        (b.id, 0, None, a.id),
    ]
    assert news.changes(four, night(2))["merged_clusters"] == [{"id": b.id, "into": a.id}]
    assert news.changes(four, night(3))["merged_clusters"] == [], "not told again every night"
    write(four, 4, (a, b), ClusterEvent("split", a.id, b.id, "2 members now stand apart."))
    assert news.changes(four, night(4))["split_clusters"] == [{"id": b.id, "from": a.id}]
    assert [(c["size"], c["merged_into"]) for c in rows(four, t.clusters)] == [(2, None), (2, None)]
    assert [(e["kind"], e["cluster_id"], e["other_id"]) for e in rows(four, t.cluster_events)] == [
        ("merged", a.id, b.id), ("split", a.id, b.id),
    ]  # fmt: skip


def test_a_cluster_dissolved_by_a_second_build_of_the_run_is_dissolved(four: Store) -> None:
    a = founded("a", f"{URL}/a", f"{URL}/b")
    write(four, 1, (a,))
    write(four, 1, ())
    assert [(c["size"], c["canonical_id"]) for c in rows(four, t.clusters)] == [(0, None)]


# -- owners who opted out -----------------------------------------------------------------------------------------


def test_findings_about_owners_who_opted_out_are_withheld(store: Store) -> None:
    bad = [listing(url, accepts=[accept(url, "-5")]) for url in (URL, OTHER)]
    crawl(store, night(1), *bad)
    for url in (URL, URL.replace("https", "http"), f"{URL}/never-listed", OTHER):
        note = replace(intake._repeat(bad[0], bad[1]), url=url, evidence="seen")
        findings.note(store, night(1), [note])
    findings.note(store, night(1), [replace(note, url="", source="cdp")])
    build(store, night(1), Site(opt_out=frozenset({"api.example.com"})))
    assert {f["url"] for f in rows(store, t.findings)} > {URL, OTHER, ""}
    assert {f["url"] for f in published.all_findings(store)} == {OTHER, ""}
