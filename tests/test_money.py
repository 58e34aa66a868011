"""Money is exact, however large or small."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.money import atomic_amount, padded, plain, six_decimal_units, to_units


@pytest.mark.parametrize(
    ("text", "atomic"),
    [
        ("52700", 52700), ("0", 0), ("007", 7), ("20000000000000000001", 20000000000000000001),
        (str(2**256 - 1), 2**256 - 1), ("9" * 78, 10**78 - 1), ("9" * 79, None), ("", None), ("-5", None),
        ("+5", None), ("0.01", None), ("$0.01", None), ("1e6", None), ("1_000", None), ("٣", None), ("²", None),
        (" 5", None), ("5\n", None), ("9" * 10_000, None),
    ],
)  # fmt: skip
def test_atomic_amount(text: str, atomic: int | None) -> None:
    assert atomic_amount(text) == atomic


@pytest.mark.parametrize(
    ("atomic", "decimals", "short", "long"),
    [
        (52700, 6, "0.0527", "0.052700"), (1, 6, "0.000001", "0.000001"), (3_000_000, 6, "3", "3.000000"),
        (0, 6, "0", "0.000000"), (1, 18, "0.000000000000000001", "0.000000000000000001"),
        (10_000, 7, "0.001", "0.001000"), (100, 0, "100", "100.000000"),
        (100_000 * 10**6, 6, "100000", "100000.000000"),
    ],
)  # fmt: skip
def test_shown_amounts_are_exact(atomic: int, decimals: int, short: str, long: str) -> None:
    units = to_units(atomic, decimals)
    assert (plain(units), padded(units)) == (short, long)


@given(st.integers(0, 10**78 - 1), st.integers(0, 36))
def test_money_survives_the_round_trip_beyond_64_bits(atomic: int, decimals: int) -> None:
    assert atomic_amount(str(atomic)) == atomic
    units = to_units(atomic, decimals)
    for text in (plain(units), padded(units)):
        assert "E" not in text.upper()
        whole, _, fraction = text.partition(".")
        assert int(whole + fraction.ljust(decimals, "0")[:decimals]) == atomic
        assert not fraction[decimals:].strip("0")


def test_median_units() -> None:
    assert six_decimal_units(Decimal("0.02")) == 20_000
    assert six_decimal_units(to_units(2**200, 18)) == to_units(2**200, 12)
