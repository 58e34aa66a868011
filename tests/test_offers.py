"""Payment terms: validity, dollars, identity and what changed overnight."""

from __future__ import annotations

import json
import random
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import networks, offers
from catalog.money import atomic_amount
from catalog.offers import Change
from catalog.records import Accept, Hints

BASE_USDC = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"
POLYGON_USDC = "0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359"
BASE_EURC = "0x60a3E35Cc302bFA44Cb288Bc5a4F316Fdb1adb42"
BSC_USDC = "0x8AC76a51cc950d9822D68b83fE1Ad97B32Cd580d"
SOLANA_USDC = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"
ALICE = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
BOB = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
KEY = f"exact eip155:8453 {BASE_USDC.lower()}"


def accept(
    amount: str = "10000",
    *,
    scheme: str = "exact",
    network: str = "base",
    asset: str = BASE_USDC,
    pay_to: str = ALICE,
    timeout: int | None = 60,
) -> Accept:
    network_id = networks.network_id(network)
    return Accept(
        scheme=scheme,
        network=network,
        network_id=network_id,
        asset=asset,
        asset_id=networks.asset_id(network_id, asset),
        pay_to=pay_to,
        amount=amount,
        atomic=atomic_amount(amount),
        max_timeout_seconds=timeout,
        mime_type="",
        description="",
        resource="",
        extra=None,
        hints=Hints(),
        version=1,
        problems=offers.problems(
            scheme=scheme, network_id=network_id, network=network, asset=asset, pay_to=pay_to, amount=amount
        ),
    )


@pytest.mark.parametrize(
    ("offer", "codes"),
    [
        (accept(), ()),
        (accept("0"), ()),
        (accept(str(2**256 - 1)), ()),
        (accept(network="eip155:99999"), ()),
        (accept(network="keeta:main", asset="USDC", pay_to="keeta_aab"), ()),
        (accept(network="cloudflare:402", asset="USD", pay_to="merchant"), ()),
        (accept(scheme=""), ("scheme_missing",)),
        (accept(network=""), ("network_missing",)),
        (accept(network="nonsense"), ("network_unknown",)),
        (accept(asset=""), ("asset_missing",)),
        (accept(pay_to=""), ("pay_to_missing",)),
        (accept(pay_to="0xServerWalletAddressHere"), ("pay_to_invalid",)),
        (accept(pay_to=ALICE.replace("5aA", "5AA")), ("pay_to_invalid",)),
        (accept(network="solana", asset=SOLANA_USDC, pay_to=ALICE), ("pay_to_invalid",)),
        (accept(""), ("amount_missing",)),
        (accept("$0.01"), ("amount_invalid",)),
        (accept("0.01"), ("amount_invalid",)),
        (accept("-5"), ("amount_invalid",)),
        (accept("1e4"), ("amount_invalid",)),
        (accept("１０"), ("amount_invalid",)),
        (accept(" 1"), ("amount_invalid",)),
        (accept(str(2**256)), ("amount_too_large",)),
        (accept("9" * 5_000), ("amount_too_large",)),
        (
            accept("", scheme="", network="", asset="", pay_to=""),
            ("scheme_missing", "network_missing", "asset_missing", "pay_to_missing", "amount_missing"),
        ),
    ],
)
def test_problems(offer: Accept, codes: tuple[str, ...]) -> None:
    assert offer.problems == codes


@pytest.mark.parametrize(
    ("offer", "dollars"),
    [
        (accept("52700"), "0.0527"),
        (accept("1"), "0.000001"),
        (accept("10000000000000000", network="eip155:56", asset=BSC_USDC), "0.01"),
        (accept("100000", network="stellar:pubnet", asset="USDC"), "0.01"),
        (accept("20000000000000000001"), "20000000000000.000001"),
        (accept(asset="USDC"), "0.01"),
        (accept(asset=BASE_EURC), None),
        (accept(asset=ALICE), None),
        (accept("$0.01"), None),
        (accept(network="eip155:99999"), None),
    ],
)
def test_dollars_only_where_the_token_is_a_known_dollar(offer: Accept, dollars: str | None) -> None:
    assert offers.usd(offer) == (None if dollars is None else Decimal(dollars))


def test_the_cheapest_is_valid_on_mainnet_and_in_dollars() -> None:
    dear, cheap = accept("20000"), accept("10000", network="solana", asset=SOLANA_USDC, pay_to=SOLANA_USDC)
    testnet = accept("10", network="base-sepolia", asset="USDC")
    invalid, euro, unknown = accept("1", pay_to=""), accept("1", asset=BASE_EURC), accept("1", network="eip155:99999")
    assert offers.cheapest([dear, testnet, invalid, euro, unknown, cheap]) == (cheap, Decimal("0.01"))
    assert offers.cheapest([testnet, invalid, euro, unknown]) is None
    assert offers.cheapest([]) is None


def test_the_cheapest_does_not_depend_on_the_order() -> None:
    same = [accept(), accept(network="polygon", asset=POLYGON_USDC), accept(pay_to=BOB)]
    assert offers.cheapest(same) == offers.cheapest(same[::-1])


def test_same_terms_see_through_spellings() -> None:
    shouted = f"USDC:{BASE_USDC.upper()}"
    same = accept("010000", scheme="EXACT", network="eip155:8453", asset=shouted, pay_to=ALICE.lower())
    assert offers.same_terms(accept("10000"), same)
    assert not offers.same_terms(accept(), accept(pay_to=BOB))
    assert not offers.same_terms(accept(), accept("10001"))
    assert not offers.same_terms(accept(""), accept("$0.01"))
    assert not offers.same_terms(
        accept(network="solana", asset=SOLANA_USDC), accept(network="solana", asset=SOLANA_USDC.lower())
    )


def test_pay_to_is_compared_without_case_where_it_is_hexadecimal() -> None:
    assert offers.pay_to_id(accept()) == ALICE.lower()
    assert offers.pay_to_id(accept(network="solana", pay_to=SOLANA_USDC)) == SOLANA_USDC


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([accept()], [accept("20000")], [Change("price", KEY, "10000", "20000")]),
        ([accept()], [accept(pay_to=BOB)], [Change("pay_to", KEY, ALICE.lower(), BOB.lower())]),
        ([accept()], [accept(timeout=300)], [Change("timeout", KEY, "60", "300")]),
        ([accept()], [accept(timeout=None)], [Change("timeout", KEY, "60", None)]),
        ([accept("")], [accept()], [Change("price_appeared", KEY, None, "10000")]),
        ([accept("$0.01")], [accept()], [Change("price_appeared", KEY, "$0.01", "10000")]),
        ([accept()], [accept("")], [Change("price_vanished", KEY, "10000", None)]),
        ([accept("$0.01")], [accept("")], []),
        ([accept("0010000")], [accept()], []),
        ([accept()], [accept(scheme="upto")], [Change("scheme", KEY, "exact", "upto")]),
        ([accept()], [accept(asset=BASE_EURC)], [Change("asset", KEY, BASE_USDC.lower(), BASE_EURC.lower())]),
        (
            [accept()],
            [accept(network="polygon", asset=POLYGON_USDC)],
            [Change("network", KEY, "eip155:8453", "eip155:137")],
        ),
        (
            [accept()],
            [accept("10000000000000000", network="bsc", asset=BSC_USDC)],
            [Change("network", KEY, "eip155:8453", "eip155:56")],
        ),
        (
            [accept()],
            [accept("20000000000000000", network="bsc", asset=BSC_USDC)],
            [
                Change("network", KEY, "eip155:8453", "eip155:56"),
                Change("price", KEY, "10000", "20000000000000000"),
            ],
        ),
        ([], [accept()], [Change("accept_added", KEY, None, f"10000 {ALICE.lower()}")]),
        ([accept()], [], [Change("accept_removed", KEY, f"10000 {ALICE.lower()}", None)]),
        (
            [accept(scheme="exact", asset=BASE_EURC)],
            [accept(scheme="upto", asset=ALICE)],
            [
                Change("accept_removed", f"exact eip155:8453 {BASE_EURC.lower()}", f"10000 {ALICE.lower()}", None),
                Change("accept_added", f"upto eip155:8453 {ALICE.lower()}", None, f"10000 {ALICE.lower()}"),
            ],
        ),
        ([], [], []),
    ],
)
def test_changes(old: list[Accept], new: list[Accept], expected: list[Change]) -> None:
    assert offers.changes(old, new) == expected


def test_two_names_of_one_network_are_no_change() -> None:
    v1 = accept()
    v2 = accept(network="eip155:8453", asset=BASE_USDC.lower(), pay_to=ALICE.lower())
    assert offers.changes([v1], [v2]) == []
    assert offers.changes([v1, v2], [v2]) == []


def test_rotating_pay_to_is_matched_as_a_multiset() -> None:
    wallets = [f"0x{number:040x}" for number in range(1, 40)]
    many = [accept(str(1000 + index), pay_to=wallet) for index, wallet in enumerate(wallets)]
    assert offers.changes(many, many[::-1]) == []
    repriced = [*many[:5], accept("7", pay_to=wallets[5]), *many[6:]]
    assert offers.changes(many, repriced) == [Change("price", KEY, "1005", "7")]
    moved = [*many[:5], accept("1005", pay_to=BOB), *many[6:]]
    assert offers.changes(many, moved) == [Change("pay_to", KEY, wallets[5], BOB.lower())]
    assert [change.kind for change in offers.changes(many, many[1:])] == ["accept_removed"]


def test_an_added_sibling_disturbs_nobody() -> None:
    solana = accept(network="solana", asset=SOLANA_USDC, pay_to=SOLANA_USDC)
    found = offers.changes([accept()], [solana, accept("20000")])
    assert [change.kind for change in found] == ["price", "accept_added"]


some_accepts = st.lists(
    st.builds(
        accept,
        st.sampled_from(["", "$1", "1", "2"]),
        scheme=st.sampled_from(["exact", "upto"]),
        network=st.sampled_from(["base", "eip155:8453", "polygon", "", "nonsense"]),
        asset=st.sampled_from([BASE_USDC, BASE_USDC.lower(), POLYGON_USDC, "", "gold"]),
        pay_to=st.sampled_from([ALICE, ALICE.lower(), BOB, ""]),
        timeout=st.sampled_from([None, 60]),
    ),
    max_size=6,
)


@given(some_accepts, some_accepts, st.randoms(use_true_random=False))
def test_the_order_of_accepts_never_matters(old: list[Accept], new: list[Accept], chance: random.Random) -> None:
    shuffled = chance.sample(new, len(new))
    assert offers.changes(old, shuffled) == offers.changes(old, new)
    assert offers.changes(new, shuffled) == []
    assert offers.cheapest(shuffled) == offers.cheapest(new) or not new


@given(some_accepts, some_accepts)
def test_nothing_is_counted_twice(old: list[Accept], new: list[Accept]) -> None:
    kinds = Counter(change.kind for change in offers.changes(old, new))
    assert kinds["accept_removed"] <= len(old)
    assert kinds["accept_added"] <= len(new)


@pytest.mark.recorded
def test_real_nights_change_as_a_reader_counts_them(shared: Path) -> None:
    """49 price changes and 31 prices appearing or vanishing, counted once per resource and night."""
    last: dict[str, list[Accept]] = {}
    nights: Counter[str] = Counter()
    for night in sorted((shared / "recordings" / "nights").iterdir()):
        for url, terms in _terms_of(night).items():
            kinds = {change.kind for change in offers.changes(last.get(url, terms), terms)}
            nights.update(kinds - {"price_appeared", "price_vanished"})
            nights["price_appeared_or_vanished"] += bool(kinds & {"price_appeared", "price_vanished"})
            last[url] = terms
    assert nights["price"] == 49
    assert nights["price_appeared_or_vanished"] == 31
    assert nights["pay_to"] == 19
    # base and eip155:8453 take turns in these listings.
    assert nights["network"] == nights["asset"] == nights["scheme"] == 0


def _terms_of(night: Path) -> dict[str, list[Accept]]:
    terms: dict[str, list[Accept]] = {}
    for listing in sorted(night.glob("listing*.json")):
        for item in json.loads(listing.read_text("utf-8"))["items"]:
            terms[item["resource"]] = [_decoded(row) for row in item.get("accepts") or ()]
    return terms


def _decoded(row: dict[str, Any]) -> Accept:
    return accept(
        row.get("maxAmountRequired", row.get("amount")) or "",
        scheme=row["scheme"],
        network=row["network"],
        asset=row["asset"],
        pay_to=row["payTo"],
        timeout=row.get("maxTimeoutSeconds"),
    )
