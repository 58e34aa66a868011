"""Validation: whether the terms could be paid, whether the asset is what it says, and why not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from catalog import validation
from catalog.records import Outcome
from catalog.render import documents
from catalog.store.engine import Store, open_store
from crawler.decoders.challenge import decode_challenge
from tests.stores import SITE, USDC, accept, check, crawl, listing, night, payable, resolved, save_checks

URL = "https://api.example.com/weather"
OTHER = "0x" + "c3" * 20


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'catalog.db'}")
    crawl(opened, night(0), listing(URL))
    yield opened
    opened.close()


def shown(store: Store, number: int) -> Any:
    made = documents(resolved(store, night(number)), SITE)
    return next(found for kind, _, found in made if kind == "resource")["validation"]


def answered(store: Store, number: int, outcome: Outcome, *accepts: dict[str, Any]) -> None:
    terms = decode_challenge({}, json.dumps({"x402Version": 1, "accepts": accepts}).encode(), URL)
    save_checks(store, night(number), [check(URL, outcome, terms=terms)])


def test_nothing_is_known_before_a_check_counts(store: Store) -> None:
    assert (shown(store, 0)["payment_requirements"], shown(store, 0)["reasons"]) == (
        "unknown", ["no check has counted yet"],
    )  # fmt: skip
    save_checks(store, night(0), [check(URL, "rate_limited", status=429)])
    assert shown(store, 0)["payment_requirements"] == "unknown"


def test_valid_terms_name_the_accepts_nobody_could_pay(store: Store) -> None:
    answered(store, 0, "payable", accept(URL), accept(URL, "ten"), accept(URL, payTo="0x12"))
    found = shown(store, 0)
    assert found["payment_requirements"] == "valid"
    assert found["reasons"] == ["accepts[1]: amount_invalid", "accepts[2]: pay_to_invalid"]


def test_terms_nobody_could_pay_are_invalid(store: Store) -> None:
    answered(store, 0, "invalid_terms", accept(URL, payTo=""))
    assert (shown(store, 0)["payment_requirements"], shown(store, 0)["reasons"]) == (
        "invalid", ["accepts[0]: pay_to_missing"],
    )  # fmt: skip


@pytest.mark.parametrize("outcome", ["plain_402", "other_payment"])
def test_a_402_without_x402_is_invalid(store: Store, outcome: Outcome) -> None:
    save_checks(store, night(0), [check(URL, outcome)])
    assert (shown(store, 0)["payment_requirements"], shown(store, 0)["reasons"]) == (
        "invalid", ["the last 402 held no x402 terms"],
    )  # fmt: skip


def test_another_answer_says_nothing_of_the_terms(store: Store) -> None:
    save_checks(store, night(0), [check(URL, "client_error", status=404)])
    assert shown(store, 0)["reasons"] == ["the last counted check was no 402 (client_error); it never answered any"]
    crawl(store, night(1), listing(URL))
    save_checks(store, night(1), [payable(URL)])
    assert (shown(store, 1)["payment_requirements"], shown(store, 1)["reasons"]) == ("valid", [])
    crawl(store, night(2), listing(URL))
    save_checks(store, night(2), [check(URL, "timeout", status=None, error="timeout")])
    found = shown(store, 2)
    assert found["payment_requirements"] == "unknown"
    assert found["reasons"] == [
        f"the last counted check was no 402 (timeout); x402 terms were last answered at {night(1).now}"
    ]


SOLANA = {"network": "solana", "asset": "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", "extra": {}}


@pytest.mark.parametrize(
    ("fields", "value", "reasons"),
    [
        ({}, True, ()),
        ({"asset": USDC.lower()}, True, ()),
        ({"extra": {"name": "USDC", "version": "2"}}, False, ("name is 'USDC', USDC has 'USD Coin'",)),
        (
            {"extra": {"name": "USDC", "version": 1}},
            False,
            ("name is 'USDC', USDC has 'USD Coin'", "version is '1', USDC has '2'"),
        ),
        ({"extra": {"name": "USD Coin", "version": 2}}, True, ()),
        ({"extra": {"name": "USD Coin"}}, None, ("declares no EIP-712 version",)),
        ({"extra": None}, None, ("declares no EIP-712 name", "declares no EIP-712 version")),
        ({"asset": "0x" + "ee" * 20}, None, ("not in the registry of known assets",)),
        ({"network": "moonbase"}, None, ("unknown network",)),
        (SOLANA, True, ()),
    ],
)
def test_assets_are_held_against_the_registry(fields: dict[str, Any], value: bool | None, reasons: Any) -> None:
    (found,) = listing(URL, accepts=[accept(URL, **fields)]).accepts
    assert validation.asset(found) == validation.Verdict(value, reasons)


def test_each_accept_has_its_own_verdict(store: Store) -> None:
    named = {"name": "USD Coin", "version": "2", "facilitator": "https://pay.example"}
    crawl(
        store, night(1), listing(URL, accepts=[accept(URL, "90000", asset="0x" + "ee" * 20), accept(URL, extra=named)])
    )
    found = shown(store, 1)
    assert [(a["accept"], a["verified"]) for a in found["assets"]] == [(0, None), (1, True)]
    assert found["asset_verified"] is True, "the price stands in the second"
    assert found["facilitator"] == "https://pay.example"


@pytest.mark.parametrize(
    ("fields", "begins"),
    [
        ({"asset": OTHER, "extra": {"name": "USD Coin"}}, f"{OTHER} calls itself USDC"),
        ({"asset": OTHER, "extra": {"symbol": "usdc"}}, f"{OTHER} calls itself USDC"),
        ({"asset": OTHER, "extra": {"name": "Own Token"}}, ""),
        ({"asset": OTHER, "extra": {"name": 7}}, ""),
        ({"asset": OTHER, "extra": None}, ""),
        ({"asset": OTHER, "network": "nowhere", "extra": {"name": "USD Coin"}}, ""),
        ({"asset": USDC, "extra": {"name": "USD Coin"}}, ""),
        ({"asset": "", "extra": {"name": "USD Coin"}}, ""),
    ],
)
def test_an_unknown_asset_under_a_known_name(fields: dict[str, Any], begins: str) -> None:
    (option,) = listing(URL, accepts=[accept(URL, **fields)]).accepts
    evidence = validation.impostor(option) or ""
    assert evidence.startswith(begins)
    assert bool(evidence) is bool(begins)
