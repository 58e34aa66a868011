"""Pricing sanity: medians, ratios and flags."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.pricing import Prices, Sanity, flag_of, prices, sanity

CENT = prices(5, [D("0.01")] * 5)


@pytest.mark.parametrize(
    ("votes", "q1", "median", "q3"),
    [
        ("1 2 3 4 5", "2", "3", "4"),
        ("5 1 4 2 3", "2", "3", "4"),
        ("1 2 3 4", "1", "2", "3"),
        ("7", "7", "7", "7"),
        ("0 0 7", "7", "7", "7"),
    ],
)
def test_quartiles_and_the_lower_median(votes: str, q1: str, median: str, q3: str) -> None:
    found = prices(9, map(D, votes.split()))
    assert (found.q1, found.median, found.q3) == (D(q1), D(median), D(q3))
    assert found.resources == 9


def test_no_votes_no_median() -> None:
    assert prices(3, [D(0)]) == Prices(3, 0, None, None, None)


def test_five_votes_are_needed() -> None:
    assert sanity(D("0.01"), prices(9, [D("0.01")] * 4)) == Sanity("insufficient_data", None, None)
    assert sanity(None, CENT) == Sanity("insufficient_data", None, 10_000)
    assert sanity(D("0.01"), CENT) == Sanity("normal", D(1), 10_000)


def test_the_seeds_own_figures() -> None:
    found = sanity(D("0.0527"), prices(5, [D("0.02")] * 5))
    assert (found.flag, found.shown_ratio, found.median_category_atomic) == ("normal", 2.635, 20_000)


@pytest.mark.parametrize(
    ("ratio", "flag"),
    [
        ("0", "very_low"), ("0.009999999999", "very_low"), ("0.01", "low"), ("0.0999999", "low"), ("0.1", "normal"),
        ("1", "normal"), ("10", "normal"), ("10.0000000001", "high"), ("100", "high"), ("100.0001", "very_high"),
    ],
)  # fmt: skip
def test_thresholds(ratio: str, flag: str) -> None:
    assert flag_of(D(ratio)) == flag


def test_the_flag_is_of_the_unrounded_ratio() -> None:
    found = sanity(D("0.0000999999"), CENT)
    assert (found.flag, found.shown_ratio) == ("very_low", 0.01)


@given(st.lists(st.decimals("0.000001", "1000000", places=6), min_size=5), st.decimals("0.000001", "1000", places=6))
def test_the_median_is_a_vote_and_the_ratio_exact(votes: list[D], price: D) -> None:
    category = prices(len(votes), votes)
    found = sanity(price, category)
    assert category.median in votes
    assert sum(v < category.median for v in votes) <= len(votes) // 2
    assert found.flag == flag_of(price / category.median)
    assert category.median_atomic == category.median * 10**6


def test_the_largest_price_there_can_be_is_shown() -> None:
    """An amount of 2^256 - 1 is valid, and one such row must not end the build."""
    category = prices(5, [D("0.000001")] * 5)
    found = sanity(D(2**256 - 1).scaleb(-6), category)
    assert found.flag == "very_high"
    assert found.shown_ratio == pytest.approx(float(2**256))
