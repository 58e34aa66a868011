"""Pricing sanity: is a price plausible for what is sold?

A resource is compared with the median of its first-level category. Each duplicate cluster has one vote, so a swarm
of copies cannot move the median; testnets and assets that are no known dollar tokens have none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Literal

from catalog.money import six_decimal_units

MINIMUM_VOTES = 5
THRESHOLDS: dict[str, str] = {"very_low": "0.01", "low": "0.1", "high": "10", "very_high": "100"}
"""very_low < 0.01 ≤ low < 0.1 ≤ normal ≤ 10 < high ≤ 100 < very_high; published with each category."""

Flag = Literal["very_low", "low", "normal", "high", "very_high", "insufficient_data"]

_PLACES = Decimal("0.001")
_WIDE = Context(prec=160)
"""For ratios up to uint256 over the smallest price there is, with three places."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of one (sub)category in dollars: nearest-rank quartiles, the median the lower one."""

    resources: int
    votes: int
    q1: Decimal | None
    median: Decimal | None
    q3: Decimal | None

    @property
    def median_atomic(self) -> int | None:
        """The median in 6-decimal dollar units; None under five votes."""
        if self.median is None or self.votes < MINIMUM_VOTES:
            return None
        return int(six_decimal_units(self.median).to_integral_value())


def prices(resources: int, votes: Iterable[Decimal]) -> Prices:
    """Quartiles over ``votes`` (dollars, one per cluster; free offers are no price and have no vote)."""
    ranked = sorted(vote for vote in votes if vote > 0)
    count = len(ranked)
    if not count:
        return Prices(resources, 0, None, None, None)
    return Prices(resources, count, ranked[(count - 1) // 4], ranked[(count - 1) // 2], ranked[(3 * (count - 1)) // 4])


@dataclass(frozen=True, slots=True)
class Sanity:
    """``ratio`` (three places for display) and flag of a price against its category's median."""

    flag: Flag
    ratio: Decimal | None
    median_category_atomic: int | None

    @property
    def shown_ratio(self) -> float | None:
        """The ratio as published, three places."""
        return None if self.ratio is None else float(self.ratio.quantize(_PLACES, context=_WIDE))


def sanity(price: Decimal | None, category: Prices) -> Sanity:
    """Flag from the unrounded ratio; ``insufficient_data`` without a price or with under five votes."""
    median = category.median_atomic
    if price is None or median is None or category.median is None:
        return Sanity("insufficient_data", None, median)
    ratio = price / category.median
    return Sanity(flag_of(ratio), ratio, median)


def flag_of(ratio: Decimal) -> Flag:
    """The flag an exact ratio earns."""
    if ratio < Decimal(THRESHOLDS["very_low"]):
        return "very_low"
    if ratio < Decimal(THRESHOLDS["low"]):
        return "low"
    if ratio <= Decimal(THRESHOLDS["high"]):
        return "normal"
    return "high" if ratio <= Decimal(THRESHOLDS["very_high"]) else "very_high"
