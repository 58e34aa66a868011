"""Drift over small stores, night after night: told once when it begins, once when it ends, rotation apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from catalog.records import Listing
from catalog.render import documents
from catalog.store import news, runs
from catalog.store import schema as t
from catalog.store.engine import Store, open_store
from crawler.decoders.challenge import decode_challenge
from tests.stores import (
    OTHER_PAYEE,
    PAYEE,
    SITE,
    USDC,
    accept,
    build,
    check,
    crawl,
    listing,
    night,
    payable,
    resolved,
    rows,
    save_checks,
)

URL = "https://api.example.com/weather"
KEY = f"exact eip155:8453 {USDC.lower()}"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(f"sqlite:///{tmp_path / 'catalog.db'}")) as opened:
        yield opened


def a_night(store: Store, number: int, listed: Sequence[Listing], *answers: Any) -> None:
    """One published night."""
    crawl(store, night(number), *listed)
    save_checks(store, night(number), answers)
    build(store, night(number))
    runs.set_run(store, night(number), status="published")


def told(store: Store, number: int | None = None) -> list[tuple[Any, ...]]:
    """(night, source, kind, old, new) of the recorded changes."""
    names = {night(n).id: n for n in range(100)}
    found = [(names[r["run_id"]], r["source"], r["kind"], r["old"], r["new"]) for r in rows(store, t.offer_changes)]
    return [row for row in found if number is None or row[0] == number]


def findings(store: Store, code: str) -> list[dict[str, Any]]:
    return [row for row in rows(store, t.findings) if row["code"] == code]


def document(store: Store, number: int, url: str = URL) -> Any:
    made = documents(resolved(store, night(number)), SITE)
    return next(body for kind, _, body in made if kind == "resource" and body.get("url") == url)


def paid_to(url: str, address: str, **fields: Any) -> Listing:
    return listing(url, accepts=[accept(url, payTo=address, **fields)])


def address(number: int) -> str:
    return f"0x{number:040x}"


# -- listed against live ------------------------------------------------------------------------------------------


def test_a_listing_that_departs_from_the_live_terms_is_told_when_it_begins_and_when_it_ends(store: Store) -> None:
    for number in range(3):
        a_night(store, number, [listing(URL)], payable(URL, "20000"))
    a_night(store, 3, [listing(URL, "20000")], payable(URL, "20000"))
    a_night(store, 4, [listing(URL, "20000")], payable(URL, "20000"))
    assert told(store) == [
        (0, "cdp", "differs_price", "10000", "20000"),
        (3, "cdp", "price", "10000", "20000"),
        (3, "cdp", "agrees_price", "20000", "20000"),
    ]
    first, *_ = rows(store, t.offer_changes)
    assert (first["accept"], str(first["old_usd"]), str(first["new_usd"])) == (KEY, "0.01", "0.02")


def test_every_field_is_compared(store: Store) -> None:
    live = {"payTo": OTHER_PAYEE, "maxTimeoutSeconds": 300, "scheme": "upto"}
    a_night(store, 0, [listing(URL)], payable(URL, **live))
    assert sorted(kind for _, _, kind, *_ in told(store)) == ["differs_pay_to", "differs_scheme", "differs_timeout"]
    other = "https://api.example.com/other"
    moved = {"asset": "0x60a3E35Cc302bFA44Cb288Bc5a4F316Fdb1adb42"}
    a_night(store, 1, [listing(URL), listing(other)], payable(URL, **live), payable(other, **moved))
    assert [kind for _, _, kind, *_ in told(store, 1)] == ["differs_asset"]


def test_a_listing_that_changed_after_the_last_answer_is_not_judged(store: Store) -> None:
    a_night(store, 0, [listing(URL)], payable(URL, "20000"))
    a_night(store, 1, [listing(URL, "30000")], check(URL, "timeout", status=None, error="timeout"))
    assert [kind for _, _, kind, *_ in told(store, 1)] == ["price"]
    a_night(store, 2, [listing(URL, "30000")], payable(URL, "30000"))
    assert told(store, 2) == [(2, "cdp", "agrees_price", "20000", "30000"), (2, "live", "price", "20000", "30000")]


def test_each_lister_is_held_against_the_answer(store: Store) -> None:
    run = night(0)
    crawl(store, run, listing(URL))
    crawl(store, run, listing(URL, "20000", source="payai"), source="payai")
    save_checks(store, run, [payable(URL, "20000")])
    build(store, run)
    assert told(store) == [(0, "cdp", "differs_price", "10000", "20000")]


def test_what_is_no_x402_departs_from_nothing(store: Store) -> None:
    a_night(store, 0, [listing(URL)], check(URL, "plain_402", terms=decode_challenge({}, b"{}", URL)))
    assert told(store) == []
    assert rows(store, t.payment_options) == []


# -- overnight ----------------------------------------------------------------------------------------------------


def test_what_changed_in_a_night_that_was_never_built_is_told_by_the_next(store: Store) -> None:
    a_night(store, 0, [listing(URL)], payable(URL))
    crawl(store, night(1), listing(URL, "20000"))
    save_checks(store, night(1), [payable(URL, "20000")])
    a_night(store, 2, [listing(URL, "20000")], payable(URL, "20000"))
    assert told(store) == [(2, "cdp", "price", "10000", "20000")]
    a_night(store, 3, [listing(URL, "20000")], payable(URL, "20000"))
    assert told(store, 3) == []


def test_news_are_all_since_the_last_published_run(store: Store) -> None:
    a_night(store, 0, [listing(URL)], payable(URL))
    crawl(store, night(1), listing(URL, "20000"), listing(f"{URL}/b"))
    build(store, night(1))  # and then the disk was full
    a_night(store, 2, [paid_to(URL, OTHER_PAYEE, maxAmountRequired="20000"), listing(f"{URL}/b")])
    found = news.changes(store, night(2))
    assert found["previous_run"] == night(0).id
    assert found["new"] == ["api-example-com-weather-b"]
    assert [(o["kind"], o["at"]) for o in found["offers"]] == [("pay_to", night(2).now), ("price", night(1).now)]
    assert [(o["old_usd"], o["new_usd"]) for o in found["offers"]] == [(None, None), ("0.01", "0.02")]


def test_price_history_is_compact(store: Store) -> None:
    networks = {"base": USDC, "polygon": "0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359"}

    def on_both(amount: str) -> Listing:
        both = [accept(URL, amount, network=name, asset=asset) for name, asset in networks.items()]
        return listing(URL, accepts=both)

    for number, amount in enumerate(["10000", "20000"]):
        a_night(store, number, [on_both(amount)])
    assert len(told(store, 1)) == 2
    (entry,) = document(store, 2)["price_history"]
    assert (entry["kind"], entry["accepts"], entry["old_usd"], entry["new_usd"]) == ("price", 2, "0.01", "0.02")


def schema(**fields: Any) -> dict[str, Any]:
    return {"input": {"type": "http", "method": "POST", "bodyType": "json", "bodyFields": fields}, "output": None}


def test_a_schema_that_changed_is_told_and_other_words_for_it_are_not(store: Store) -> None:
    city = {"type": "string", "description": "A city.", "required": True}
    versions = [
        schema(city=city, days={"type": "integer"}),
        schema(days={"type": "integer", "description": "How many."}, city=city | {"description": "Where."}),
        schema(days={"type": "number"}, city=city),
    ]
    for number, version in enumerate(versions):
        a_night(store, number, [listing(URL, accepts=[accept(URL, outputSchema=version)])])
    ((when, source, kind, old, new),) = told(store)
    assert (when, source, kind) == (2, "cdp", "schema")
    assert old != new
    assert len(old) == len(new) == 16
    assert rows(store, t.offer_changes)[0]["accept"] == "input_schema"


def test_another_live_schema_departs_and_an_unstated_one_does_not(store: Store) -> None:
    listed = listing(URL, accepts=[accept(URL, outputSchema=schema(city={"type": "string"}))])
    a_night(store, 0, [listed], payable(URL))
    assert told(store) == []
    a_night(store, 1, [listed], payable(URL, outputSchema=schema(city={"type": "integer"})))
    assert [row[:3] for row in told(store)] == [(1, "cdp", "differs_schema"), (1, "live", "schema")]


def test_live_hints_serve_where_the_listing_has_the_same_terms_without_a_schema(store: Store) -> None:
    bare = {"input": {"type": "http", "method": "POST"}, "output": None}
    other = f"{URL}/bare"
    crawl(store, night(0), listing(URL), listing(other, accepts=[accept(other, outputSchema=bare)]))
    full = schema(city={"type": "string"})
    save_checks(store, night(0), [payable(URL, outputSchema=full), payable(other, outputSchema=full)])
    for url, hints in ((URL, full), (other, bare)):
        shown = document(store, 0, url)
        assert len(shown["accepts"]) == 1
        assert shown["accepts"][0]["hints"] == hints, "verbatim, and the listing's own word first"
        assert list(shown["input_schema"]["properties"]) == ["city"]


# -- where the money goes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("stood", "severity"), [(7, "error"), (6, "warning")])
def test_another_recipient_of_a_stable_resource_is_a_top_finding(store: Store, stood: int, severity: str) -> None:
    a_night(store, 0, [listing(URL)], payable(URL))
    moved = paid_to(URL, OTHER_PAYEE)
    a_night(store, stood, [moved], payable(URL))
    # The server follows a night later: the same news, which is not told again.
    a_night(store, stood + 1, [moved], payable(URL, payTo=OTHER_PAYEE))
    a_night(store, stood + 2, [moved], payable(URL, payTo=OTHER_PAYEE))
    (finding,) = findings(store, "offer.pay_to_changed")
    assert (finding["severity"], finding["first_run"], finding["last_run"]) == (
        severity,
        night(stood).id,
        night(stood).id,
    )
    assert finding["evidence"] == f"{PAYEE} → {OTHER_PAYEE}"
    assert [(n, source, kind) for n, source, kind, *_ in told(store)] == [
        (stood, "cdp", "pay_to"),
        (stood, "cdp", "differs_pay_to"),
        (stood + 1, "cdp", "agrees_pay_to"),
        (stood + 1, "live", "pay_to"),
    ]


def test_a_recipient_stated_for_the_first_time_moves_nothing(store: Store) -> None:
    a_night(store, 0, [paid_to(URL, "")])
    a_night(store, 9, [paid_to(URL, PAYEE)])
    assert [kind for _, _, kind, *_ in told(store)] == ["pay_to"]
    assert findings(store, "offer.pay_to_changed") == []


def test_a_recipient_that_moves_every_night_is_told_as_rotating_once(store: Store) -> None:
    for number in range(12):
        a_night(store, number, [listing(URL)], payable(URL, payTo=address(number + 1)))
    assert [(n, kind) for n, _, kind, *_ in told(store)] == [
        (0, "differs_pay_to"), (1, "pay_to"), (2, "pay_to"), (3, "pay_to_rotates"),
    ]  # fmt: skip
    (finding,) = findings(store, "offer.pay_to_rotates")
    assert (finding["first_run"], finding["last_run"]) == (night(3).id, night(3).id)
    assert {f["last_run"] for f in findings(store, "offer.pay_to_changed")} == {night(2).id}
    assert [risk["check"] for risk in document(store, 12)["risks"]] == ["pay_to_rotates"]


def test_rotation_that_stood_still_for_a_month_has_settled(store: Store) -> None:
    for number in range(5):
        a_night(store, number, [paid_to(URL, address(number + 1))])
    for number in (20, 33, 34, 35, 50):
        a_night(store, number, [paid_to(URL, address(5))])
    a_night(store, 60, [paid_to(URL, address(6))])
    assert [(n, kind) for n, _, kind, *_ in told(store) if n > 3] == [(34, "pay_to_settled"), (60, "pay_to")]
    assert {f["severity"] for f in findings(store, "offer.pay_to_changed")} == {"error"}


def test_a_pool_of_recipients_is_rotating_at_first_sight(store: Store) -> None:
    def pool(*members: int) -> Listing:
        return listing(URL, accepts=[accept(URL, payTo=address(member)) for member in members])

    a_night(store, 0, [pool(*range(1, 31))])
    a_night(store, 1, [pool(*range(21, 61))])
    a_night(store, 2, [pool(*range(41, 61))])
    assert told(store) == [(0, "cdp", "pay_to_rotates", None, "30")]
    assert findings(store, "offer.pay_to_changed") == []


def test_a_host_that_gives_every_resource_new_recipients_rotates_as_a_whole(store: Store) -> None:
    urls = [f"https://api.example.com/{number}" for number in range(20)]
    for number in range(4):
        listed = [paid_to(url, address(100 * number + index + 1)) for index, url in enumerate(urls)]
        a_night(store, number, listed)
    assert {(n, kind) for n, _, kind, *_ in told(store)} == {(1, "pay_to_rotates")}
    assert findings(store, "offer.pay_to_changed") == []


def test_one_new_recipient_for_a_whole_host_is_no_rotation(store: Store) -> None:
    urls = [f"https://api.example.com/{number}" for number in range(20)]
    a_night(store, 0, [listing(url) for url in urls])
    a_night(store, 9, [paid_to(url, OTHER_PAYEE) for url in urls])
    assert {(n, kind) for n, _, kind, *_ in told(store)} == {(9, "pay_to")}
    assert len(findings(store, "offer.pay_to_changed")) == 20


# -- who has a say ------------------------------------------------------------------------------------------------


def test_what_is_delisted_sets_no_price_for_others(store: Store) -> None:
    prices = ["10000", "20000", "30000", "40000", "50000", "60000", "70000"]
    text = {"description": "Weather forecast"}
    market = [
        listing(f"https://{name}.example/weather/{name}", amount, **text)
        for name, amount in zip(["ada", "bob", "cyd", "dee", "eve", "fay", "gil"], prices, strict=True)
    ]
    for number in range(6):
        a_night(store, number, market if number == 0 else market[:5])
    whole = [row for row in rows(store, t.category_stats) if not row["subcategory"]]
    figures = [(row["run_id"], row["resources"], row["votes"], str(row["median"])) for row in whole]
    assert figures[0] == (night(0).id, 7, 7, "0.04")
    assert figures[-1] == (night(5).id, 7, 5, "0.03")
