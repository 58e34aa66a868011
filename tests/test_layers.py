"""How far a check came: the rules by themselves, in the store, and over real connections that end in each layer."""

from __future__ import annotations

import pytest

from catalog.layers import LAYERS, Trace, dumps, judged, loads, transport
from catalog.records import Layer, LayerName, Outcome
from catalog.store import reading
from catalog.store import schema as t
from catalog.store.engine import Store
from tests.stores import OTHER_PAYEE, challenge, check, crawl, listing, night, payable, rows, save_checks

URL = "https://api.example.com/v1/weather"


def states(layers: tuple[Layer, ...]) -> str:
    """One letter for each: ok, failed, not reached, - for not judged."""
    return "".join("-" if layer.state is None else layer.state[0] for layer in layers)


@pytest.mark.parametrize(
    ("kind", "at", "expected"),
    [
        (None, "http", "oooo"),
        (None, None, "oooo"),
        ("dns", "dns", "fnnn"),
        ("dns", None, "fnnn"),
        ("refused", "connect", "ofnn"),
        ("tls", "tls", "oofn"),
        ("timeout", "dns", "fnnn"),
        ("timeout", "connect", "ofnn"),
        ("timeout", "tls", "oofn"),
        ("timeout", "http", "ooof"),
        ("timeout", None, "----"),
        ("reset", "tls", "oofn"),
        ("reset", "http", "ooof"),
        ("reset", None, "----"),
        ("too_large", "http", "ooof"),
        ("bad_http", "http", "ooof"),
        ("blocked", None, "nnnn"),
        ("blocked", "dns", "onnn"),
    ],
)
def test_a_failure_ends_in_its_layer(kind: str | None, at: LayerName | None, expected: str) -> None:
    assert states(transport(kind, Trace(at), secure=True, literal=False)) == expected


def test_what_does_not_apply_is_not_judged() -> None:
    assert states(transport(None, Trace("http"), secure=False, literal=True)) == "-o-o"
    assert states(transport("refused", Trace("connect"), secure=False, literal=True)) == "-f-n"


def test_only_what_was_gone_through_has_a_latency() -> None:
    trace = Trace("tls", {"dns": 3, "connect": 20, "tls": 900})
    assert [layer.ms for layer in transport("timeout", trace, secure=True, literal=False)] == [3, 20, None, None]


@pytest.mark.parametrize(
    ("outcome", "answered", "expected"),
    [
        ("payable", True, "oo-"),
        ("invalid_terms", True, "ofn"),
        ("other_payment", True, "fnn"),
        ("plain_402", True, "fnn"),
        ("open", True, "fnn"),
        ("client_error", True, "fnn"),
        ("not_exercised", True, "---"),
        ("rate_limited", True, "---"),
        ("prober_fault", True, "---"),
        ("timeout", False, "nnn"),
        ("blocked", False, "nnn"),
    ],
)
def test_an_answer_is_judged_by_its_outcome(outcome: Outcome, answered: bool, expected: str) -> None:
    spoken = challenge(URL) if outcome in ("payable", "invalid_terms") else None
    assert states(judged(outcome, spoken, answered=answered)) == expected


def test_layers_come_back_as_they_were_stored() -> None:
    layers = tuple(Layer(name, "ok", n) for n, name in enumerate(LAYERS))
    assert loads(dumps(layers)) == layers
    assert dumps(()) is None
    assert loads(None) == ()


def stored(store: Store) -> tuple[Layer, ...]:
    (row,) = rows(store, t.checks)
    return loads(row["layers"])


@pytest.mark.parametrize(
    ("listed", "live", "expected"),
    [
        (listing(URL), payable(URL), "ok"),
        (listing(URL), payable(URL, "20000"), "failed"),
        (listing(URL), payable(URL, payTo=OTHER_PAYEE), "failed"),
        (listing(URL, accepts=[]), payable(URL), None),
    ],
    ids=["equal", "another price", "another payee", "nothing listed"],
)
def test_live_terms_are_held_against_the_listed_ones(
    store: Store, listed: object, live: object, expected: str | None
) -> None:
    crawl(store, night(1), listed)  # type: ignore[arg-type]
    save_checks(store, night(1), [live])  # type: ignore[list-item]
    layers = stored(store)
    assert [layer.name for layer in layers] == list(LAYERS)
    assert layers[-1] == Layer("match", expected)  # type: ignore[arg-type]


def test_the_listing_that_counts_is_the_latest(store: Store) -> None:
    crawl(store, night(1), listing(URL, "20000", source="old", lastUpdated="2026-01-01T00:00:00Z"), source="old")
    crawl(store, night(1), listing(URL, source="new", lastUpdated="2026-02-01T00:00:00Z"), source="new")
    save_checks(store, night(1), [payable(URL)])
    assert stored(store)[-1].state == "ok"


def test_a_failed_check_has_no_match_and_names_its_attempt(store: Store) -> None:
    crawl(store, night(1), listing(URL))
    save_checks(store, night(1), [check(URL, "dns_error", status=None, error="dns")])
    (row,) = rows(store, t.checks)
    assert row["answered_by"] == 0
    assert states(loads(row["layers"])) == "fnnnnnn"
    (known,) = reading.load(store, night(1))[0]
    assert known.checks[-1].layers == loads(row["layers"])
    assert known.checks[-1].error == "dns"


def test_where_nothing_was_sent_there_are_no_layers(store: Store) -> None:
    crawl(store, night(1), listing(URL))
    save_checks(store, night(1), [check(URL, "not_exercised", status=None)])
    (row,) = rows(store, t.checks)
    assert (row["layers"], row["answered_by"]) == (None, None)
