"""Pricing sanity: is a price plausible for what is sold?

A resource is compared with the median of its first-level category. Each duplicate cluster has one vote, so a swarm
of copies cannot move the median; testnets and assets that are no known dollar tokens have none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
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
_MISTAKES = (Decimal(10) ** 3, Decimal(10) ** 6, Decimal(10) ** 12, Decimal(10) ** 18)
_PROSE = re.compile(
    r"\$\s?(?P<dollars>\d{1,6}(?:\.\d{1,18})?)\s*(?:USDC?\s*)?(?:/|per\b|a\b|each\b)\s*"
    r"(?:api\s+)?(?:call|request|query|image|generation|use|hit|message|run|lookup|check|report|search)"
    r"|(?<![\d.,])(?P<usdc>\d{1,6}(?:\.\d{1,18})?)\s?(?:USDC|USD)\b",
    re.IGNORECASE,
)


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


def prose_prices(text: str) -> tuple[Decimal, ...]:
    """Dollar prices a description names (``$0.01/call``, ``0.10 USDC``), in order; never used as the price."""
    return tuple(Decimal(m["dollars"] or m["usdc"]) for m in _PROSE.finditer(text))


def prose_disagrees(price: Decimal | None, text: str) -> str | None:
    """Evidence where the text names exactly one price and it is more than twice or less than half of ours."""
    named = set(prose_prices(text))
    if price is None or len(named) != 1:
        return None
    (said,) = named
    if said == 0 or price == 0:
        return None if said == price else f"text says ${said}, terms say ${price:f}"
    return None if Decimal("0.5") <= price / said <= 2 else f"text says ${said}, terms say ${price:f}"


def decimal_suspect(
    price: Decimal | None, text: str, siblings: Sequence[Decimal], category: Prices, amount: str
) -> str | None:
    """Evidence that the amount is off by a power of ten that a decimals mistake makes (10^3, 6, 12, 18).

    Judged against the price in prose, then the median of ``siblings`` (same cluster or host, in dollars), then the
    category; ``amount`` is the verbatim amount, which may hold dollars where smallest units belong.
    """
    if price is None:
        return f"dollars in the atomic field: {amount}" if re.fullmatch(r"\$?\s?\d*\.\d+", amount) else None
    if price <= 0:
        return None
    for name, reference, tolerance in (
        ("the price in its text", _only(prose_prices(text)), Decimal("1.05")),
        ("its siblings", _median(siblings), Decimal("1.5")),
    ):
        if reference is not None and reference > 0:
            factor = _mistake(price / reference, tolerance)
            if factor:
                return f"{factor} {name} (${price:f} against ${reference:f})"
            return None
    if category.median_atomic is not None and category.median:
        off = price / category.median
        if off >= Decimal(10) ** 5 or off <= Decimal(10) ** -5:
            return f"{off:.3g} times the median of its category"
    return None


def _only(values: Sequence[Decimal]) -> Decimal | None:
    return values[0] if len(set(values)) == 1 else None


def _median(values: Sequence[Decimal]) -> Decimal | None:
    ranked = sorted(value for value in values if value > 0)
    return ranked[(len(ranked) - 1) // 2] if len(ranked) >= 3 else None


def _mistake(ratio: Decimal, tolerance: Decimal) -> str | None:
    for power in _MISTAKES:
        for factor, sign in ((power, ""), (1 / power, "-")):
            if 1 / tolerance <= ratio / factor <= tolerance:
                return f"10^{sign}{len(str(power)) - 1} times"
    return None
