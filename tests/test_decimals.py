"""Decimals mistakes: against the text, the options, the siblings, the category; and against real rows, mutated."""

from __future__ import annotations

from decimal import Decimal as D
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.decimals import Usual, median_of_others, suspect
from catalog.pricing import Prices, prices
from tests.evaluate.prices import Market, Row, items, rows, share

CENT = prices(5, [D("0.01")] * 5)
NOBODY = prices(0, [])
FEW = prices(4, [D("0.01")] * 4)


def evidence(
    price: str | None,
    *amounts: str,
    said: str | None = None,
    options: str = "",
    siblings: str | None = None,
    category: Prices = CENT,
) -> str:
    """What is said of a price, "" for nothing."""
    usual = Usual(D(said) if said else None, [*map(D, options.split())], D(siblings) if siblings else None, category)
    return suspect(D(price) if price else None, amounts, usual) or ""


@pytest.mark.parametrize(
    ("price", "said", "begins"),
    [
        ("0.00000001", "0.01", "10^-6 times the price in its text"),
        ("0.00001", "0.01", "10^-3 times the price in its text"),
        ("10000000000", "0.01", "10^12 times the price in its text"),
        ("10", "0.01", "10^3 times the price in its text"),
        ("20", "0.01", "10^3 times the price in its text"),  # sellers move prices and forget the text
        ("10", "10", ""),  # a thousand times its category, but its text says so
        ("0.00001", "0.00001", ""),
        ("1", "0.01", ""),  # a hundredfold is dear, no decimals mistake
    ],
)
def test_against_the_text(price: str, said: str, begins: str) -> None:
    found = evidence(price, said=said)
    assert found.startswith(begins)
    assert bool(found) is bool(begins)


@pytest.mark.parametrize(
    ("price", "siblings", "category", "begins"),
    [
        ("10", "0.01", CENT, "about 10^3 times the median of its siblings"),
        ("10000", "0.01", CENT, "about 10^6 times the median of its siblings"),
        ("0.00001", "0.01", CENT, "about 10^-3 times the median of its siblings"),
        ("10", "0.01", NOBODY, "about 10^3 times the median of its siblings"),
        ("10", "0.01", FEW, "about 10^3 times the median of its siblings"),
        ("0.01", "10", CENT, ""),  # cheap among dear siblings, and just what its category costs
        ("10", "10", CENT, ""),  # siblings agree: dear, no mistake
        ("10000", "10000", CENT, "about 10^6 times the median of its category"),  # a whole host can be wrong
        ("0.000001", "0.000001", CENT, "about 10^-4 times the median of its category"),
        ("1", "0.01", CENT, ""),
        ("10", None, CENT, "about 10^3 times the median of its category"),
        ("5", None, CENT, ""),
        ("0.00001", None, CENT, "about 10^-3 times the median of its category"),
        ("0.0001", None, CENT, ""),
        ("1000000", None, NOBODY, ""),  # nothing to hold it against
        ("1000000", None, FEW, ""),
        ("0", "0.01", CENT, ""),  # free is no mistake of decimals
    ],
)
def test_against_siblings_and_category(price: str, siblings: str | None, category: Prices, begins: str) -> None:
    found = evidence(price, siblings=siblings, category=category)
    assert found.startswith(begins)
    assert bool(found) is bool(begins)


def test_one_amount_on_assets_of_different_decimals() -> None:
    assert "10^12" in evidence("0.00000000000001", options="0.01 0.00000000000001", siblings="0.01")
    assert evidence("0.01", options="0.01 0.02 0") == ""
    assert "10^12" in evidence("0.01", said="0.01", options="0.01 10000000000"), "the text speaks for one of them only"


@pytest.mark.parametrize("amount", ["0.01", ".5", "1.00", "$1", "$ 0.01", "0.01 USDC", "1 usd", " 0.10 USDC "])
def test_dollars_where_smallest_units_belong(amount: str) -> None:
    assert evidence(None, amount) == f"dollars where smallest units belong: {amount}"
    assert evidence("0.01", "x", amount).startswith("dollars"), "though another option has a price"


@pytest.mark.parametrize("amount", ["", "free", "-1", "1e6", "0x10", "1,000", "10 sats", "1.2.3"])
def test_other_invalid_amounts_say_nothing(amount: str) -> None:
    assert evidence(None, amount) == ""


@given(st.lists(st.integers(1, 50), min_size=1).map(sorted), st.data())
def test_the_median_of_the_others(ranked: list[int], data: st.DataObject) -> None:
    own = data.draw(st.sampled_from(ranked))
    others = list(ranked)
    others.remove(own)
    expected = D(others[(len(others) - 1) // 2]) if others else None
    assert median_of_others([*map(D, ranked)], D(own)) == expected
    assert median_of_others([*map(D, ranked)], None) == D(ranked[(len(ranked) - 1) // 2])


def test_nothing_around() -> None:
    assert median_of_others([], None) is None


def test_the_largest_price_there_can_be() -> None:
    assert evidence(str(D(2**256 - 1).scaleb(-6))).startswith("about 10^7")


# -- real rows, mutated ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mutated(shared: Path) -> list[Row]:
    return rows(Market(items(shared)))


@pytest.mark.recorded
def test_untouched_real_rows_are_no_mistakes(mutated: list[Row]) -> None:
    assert len(mutated) > 900
    assert share(row.untouched.suspect() for row in mutated) <= 0.01


@pytest.mark.recorded
@pytest.mark.parametrize("development", [True, False])
def test_mistakes_in_real_rows_are_found(mutated: list[Row], development: bool) -> None:
    half = [row for row in mutated if row.development is development]
    for name in half[0].mutated:
        found = share(row.mutated[name].suspect() for row in half)
        assert found >= (0.6 if name.endswith("10^3") else 0.95), name
