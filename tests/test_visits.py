"""What origins declare, kept: listings of their own, attestations, absences, caps, and what a 304 leaves standing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from catalog.declared import API_KEY, Attestation, Declaration
from catalog.money import plain
from catalog.records import Listing
from catalog.run import Run
from catalog.store import checks, reading, runs
from catalog.store.engine import Store
from catalog.store.schema import attestations, findings, listings, origin_pages, resources
from catalog.store.visits import MAX_NEW, Page, Validators, Visit, save_visit, visits
from catalog.urls import canonical
from crawler.decoders.origin import KINDS, PATHS, READER
from tests.stores import build, check, crawl, id_of, listing, night, payable, resolved, rows, save_checks

HOST = "https://api.shop.example"
LISTED, UNLISTED = f"{HOST}/a", f"{HOST}/b"
WELL_KNOWN = "/.well-known/x402"


def declared(*urls: str, source: str = "origin:well_known", kind: str = "", **more: Any) -> Declaration:
    found = tuple(replace(listing(url, source=source, accepts=[]), kind=kind or "http") for url in urls)
    told = tuple(
        Attestation("well_known", row.identity, {"document": HOST + WELL_KNOWN, "url": row.url}) for row in found
    )
    return Declaration(found, told, **more)


def due(store: Store, run: Run) -> Visit:
    return next(visit for visit in visits(store, run, PATHS, READER) if visit.url == HOST)


def visited(store: Store, run: Run, *pages: Page) -> None:
    save_visit(store, run, due(store, run), pages, READER, KINDS)


def tonight(store: Store, number: int, *pages: Page, bazaar: Sequence[Listing] | None = None) -> Run:
    run = night(number)
    crawl(store, run, *(bazaar if bazaar is not None else [listing(LISTED)]))
    visited(store, run, *pages)
    return run


def said(store: Store) -> dict[str, bool]:
    return {row["subject"]: row["current"] for row in rows(store, attestations)}


def test_a_declared_resource_is_known_listed_and_due_tonight(store: Store) -> None:
    run = tonight(store, 0, Page(WELL_KNOWN, 200, declared=declared(LISTED, UNLISTED)))
    assert {row["id"] for row in rows(store, resources)} == {id_of(LISTED), id_of(UNLISTED)}
    assert [target.url for target in checks.targets(store, run)] == [LISTED, UNLISTED]
    known, _ = reading.load(store, run)
    assert [[entry.listing.source for entry in k.listed] for k in known] == [
        ["cdp", "origin:well_known"],
        ["origin:well_known"],
    ]
    assert [[(a.kind, a.about) for a in k.attested] for k in known] == [[("well_known", "resource")]] * 2


def test_a_replay_checks_no_declared_resource_that_was_not_recorded(store: Store) -> None:
    run = tonight(store, 0, Page(WELL_KNOWN, 200, declared=declared(LISTED, UNLISTED)))
    assert [target.url for target in checks.targets(store, run, lambda _: False)] == [LISTED]
    assert [target.url for target in checks.targets(store, run, UNLISTED.__eq__)] == [LISTED, UNLISTED]


def test_the_origin_lifts_the_tier_and_the_live_402_wins(store: Store) -> None:
    run = tonight(
        store,
        0,
        Page(WELL_KNOWN, 200, declared=declared(LISTED, UNLISTED)),
        bazaar=[listing(LISTED), listing(f"{HOST}/c")],
    )
    save_checks(store, run, [payable(LISTED), payable(UNLISTED, "7000"), payable(f"{HOST}/c")])
    tiers = {p.known.url: (p.tier, p.draft.price and plain(p.draft.price.usd)) for p in resolved(store, run).published}
    assert tiers == {
        LISTED: ("origin_attested", "0.01"), UNLISTED: ("origin_attested", "0.007"), f"{HOST}/c": ("terms_verified", "0.01"),
    }  # fmt: skip


def test_what_did_not_change_stands_as_it_was_declared(store: Store) -> None:
    etag = Validators('"1"', "Sun, 01 Mar 2026 00:00:00 GMT")
    tonight(store, 0, Page(WELL_KNOWN, 200, etag, declared(LISTED, UNLISTED, name="Shop")))
    before = rows(store, attestations, without=["last_run"])
    run = night(1)
    crawl(store, run, listing(LISTED))
    assert due(store, run).pages[WELL_KNOWN] == etag
    visited(store, run, Page(WELL_KNOWN, 304))
    assert rows(store, attestations, without=["last_run"]) == before
    assert {row["last_run"] for row in rows(store, listings)} == {run.id}
    (page,) = rows(store, origin_pages)
    assert (page["status"], page["etag"], page["name"], page["changed_run"]) == (304, '"1"', "Shop", night(0).id)
    assert visits(store, run, PATHS, READER) == [], "one visit a night"


def test_another_reader_asks_for_everything_again(store: Store) -> None:
    tonight(store, 0, Page(WELL_KNOWN, 200, Validators('"1"'), declared(LISTED)))
    (visit,) = visits(store, night(1), PATHS, READER + 1)
    assert set(visit.pages.values()) == {Validators()}


@pytest.mark.parametrize(
    "page", [Page(WELL_KNOWN), Page(WELL_KNOWN, 503), Page(WELL_KNOWN, 402), Page(WELL_KNOWN, 200)], ids=str
)
def test_what_could_not_be_read_takes_nothing_back(store: Store, page: Page) -> None:
    tonight(store, 0, Page(WELL_KNOWN, 200, Validators('"1"'), declared(UNLISTED)))
    tonight(store, 1, page)
    assert said(store) == {canonical(UNLISTED): True}
    assert [row["missed"] for row in rows(store, listings) if row["source"] != "cdp"] == [0]
    assert rows(store, origin_pages)[0]["etag"] == '"1"'


def test_what_is_declared_no_more_is_absent_and_in_the_end_delisted(store: Store) -> None:
    tonight(store, 0, Page(WELL_KNOWN, 200, declared=declared(LISTED, UNLISTED)))
    for number in (2, 4, 6):
        run = tonight(store, number, Page(WELL_KNOWN, 200, declared=declared(LISTED)))
        build(store, run)
    assert said(store) == {canonical(LISTED): True, canonical(UNLISTED): False}
    states = {p.known.url: p.lifecycle for p in resolved(store, night(6)).published}
    assert states == {LISTED: "active", UNLISTED: "delisted"}
    run = tonight(store, 8, Page(WELL_KNOWN, 200, declared=declared(LISTED, UNLISTED)))
    assert {p.lifecycle for p in resolved(store, run).published} == {"active"}
    assert all(said(store).values())


def test_what_a_dead_origin_declared_does_not_keep_its_resources_listed(store: Store) -> None:
    """Nobody can read its documents any more, so nothing in them is ever taken back; it is gone all the same."""
    crawl(store, night(0), listing(LISTED), listing("https://other.example/"))
    visited(store, night(0), Page(WELL_KNOWN, 200, declared=declared(LISTED, UNLISTED)))
    save_checks(store, night(0), [payable(LISTED), payable(UNLISTED)])
    states = []
    for number in (1, 3, 5, 29, 31):
        run = night(number)
        crawl(store, run, listing("https://other.example/"))
        visited(store, run, Page(WELL_KNOWN))
        dead = [check(url, "dns_error", status=None, error="dns") for url in (LISTED, UNLISTED)]
        save_checks(store, run, dead)
        build(store, run)
        found = {p.known.url: p.lifecycle for p in resolved(store, run).published}
        states.append([found[LISTED], found[UNLISTED]])
    assert states == [["active"] * 2, ["active"] * 2, ["failing"] * 2, ["failing"] * 2, ["gone"] * 2]


def test_a_document_that_is_gone_declares_nothing(store: Store) -> None:
    tonight(store, 0, Page(WELL_KNOWN, 200, declared=declared(LISTED)))
    run = tonight(store, 1, Page(WELL_KNOWN, 404, declared=Declaration()))
    assert said(store) == {canonical(LISTED): False}
    assert resolved(store, run).published[0].known.attested == ()


def test_one_origin_adds_so_many_and_no_more(store: Store) -> None:
    many = [f"{HOST}/{n}" for n in range(MAX_NEW + 20)]
    tonight(store, 0, Page(WELL_KNOWN, 200, declared=declared(LISTED, *many)))
    assert len(rows(store, resources)) == MAX_NEW + 1
    assert len(said(store)) == MAX_NEW + 1
    (finding,) = [row for row in rows(store, findings) if row["code"] == "declared.too_many"]
    assert finding["evidence"].startswith("20 resources")
    more = [f"{HOST}/more/{n}" for n in range(10)]
    tonight(store, 1, Page(WELL_KNOWN, 200, declared=declared(LISTED, *more)))
    assert len(rows(store, resources)) == MAX_NEW + 1, "another list the next night adds none"


def test_a_bazaar_says_what_kind_a_resource_is(store: Store) -> None:
    both = declared(LISTED, UNLISTED, source="origin:openapi", kind=API_KEY)
    run = tonight(store, 0, Page("/openapi.json", 200, declared=both))
    kinds = {row["url"]: row["kind"] for row in rows(store, resources)}
    assert kinds == {LISTED: "http", UNLISTED: API_KEY}
    assert {p.known.url: p.protocol for p in resolved(store, run).published} == {LISTED: "x402", UNLISTED: "api_key"}
    run = tonight(store, 1, Page("/openapi.json", 304), bazaar=[listing(LISTED), listing(UNLISTED)])
    assert {row["kind"] for row in rows(store, resources)} == {"http"}
    assert {p.protocol for p in resolved(store, run).published} == {"x402"}


def test_methods_an_origin_declares_hold_on_nights_without_news(store: Store) -> None:
    told = declared(LISTED)
    told = replace(told, listings=(replace(told.listings[0], methods=("POST",)),))
    tonight(store, 0, Page(WELL_KNOWN, 200, declared=told))
    tonight(store, 1, Page(WELL_KNOWN, 304))
    assert rows(store, resources)[0]["methods"] == "POST"


def test_names_and_icon_of_an_origin_are_published(store: Store) -> None:
    front = Page("/", 200, declared=Declaration(name="Shop Front", favicon="https://cdn.shop.example/i.png"))
    run = tonight(store, 0, Page("/openapi.json", 200, declared=Declaration(name="Shop API Ltd")), front)
    (published,) = resolved(store, run).published
    assert (published.provider, published.origin.provider) == ("Shop API Ltd", "Shop API Ltd")
    assert published.origin.favicon == "https://cdn.shop.example/i.png"
    assert published.origin.facts.names == ("Shop API Ltd", "Shop Front")
    run = tonight(store, 1, Page("/openapi.json", 404, declared=Declaration()), Page("/", 304))
    (published,) = resolved(store, run).published
    assert (published.provider, published.origin.favicon) == ("Shop Front", "https://cdn.shop.example/i.png")


def test_a_price_declared_in_dollars_is_held_against_the_live_one(store: Store) -> None:
    payment = {"dollars": {"mode": "fixed", "currency": "USD", "amount": "0.05"}, "offers": [{"amount": "10000"}]}
    told = Attestation("openapi", canonical(LISTED), {"operations": [{"payment": payment}]})
    page = Page("/openapi.json", 200, declared=replace(declared(LISTED, source="origin:openapi"), attestations=(told,)))
    run = tonight(store, 0, page)
    save_checks(store, run, [payable(LISTED)])
    catalogue = resolved(store, run)
    assert [f.evidence for f in catalogue.findings if f.code == "offer.declared_differs"] == [
        "declared 0.05 dollars, asks for 0.01"
    ]
    assert catalogue.published[0].draft.price is not None
    assert plain(catalogue.published[0].draft.price.usd) == "0.01"


def test_who_is_visited(store: Store) -> None:
    run = night(0)
    runs.begin_run(store, run, replay=False)
    urls = [
        "http://a.example/x",
        "https://a.example/y",
        "http://b.example:8080/z",
        "https://c.example/?q=1",
        "https://d.example",
    ]
    crawl(store, run, *map(listing, urls))
    found = {visit.url: list(visit.pages) for visit in visits(store, run, PATHS, READER)}
    assert found == {
        "https://a.example": list(PATHS), "http://b.example:8080": list(PATHS), "https://c.example": list(PATHS),
        "https://d.example": list(PATHS[:-1]),  # its front page is a listed resource
    }  # fmt: skip
    recorded = {"https://a.example/openapi.json", "https://d.example/"}
    (replayed,) = visits(store, run, PATHS, READER, recorded.__contains__)
    assert (replayed.url, list(replayed.pages)) == ("https://a.example", ["/openapi.json"])
