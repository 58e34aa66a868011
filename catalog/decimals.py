"""Amounts that look off by a power of ten, as a decimals mistake leaves them.

Typical mistakes: dollars where smallest units belong, an 18-decimals amount of a 6-decimals asset (and the reverse),
thousandths for millionths. An amount is held against the price its text names, then against the resource's own other
options, its siblings (same cluster, else same host) and its category. A price in its text that agrees settles all but
the other options.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal

from catalog.money import plain
from catalog.pricing import Prices

_POWERS = (3, 6, 12, 18)
_NEAR = Decimal(3)
"""How far from a power of ten a ratio may be and still be taken for it, where the true price is known: sellers who
change a price do not always change what the text says."""
_DOLLARS = re.compile(r"\s*(?:\$\s?\d+(?:\.\d+)?|\d*\.\d+)(?:\s?USD[CT]?)?\s*|\s*\d+\s?USD[CT]?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limits:
    """Ratios of a price to a median from which on it is suspect; chosen by ``tests/evaluate/prices.py``."""

    over_siblings: Decimal = Decimal(500)
    under_siblings: Decimal = Decimal("0.01")
    """Siblings may agree with each other and differ from the category: the category must point the same way."""
    over_both: Decimal = Decimal(64)
    under_both: Decimal = Decimal("0.15")
    """What the ratio to the category must be besides."""
    over_category: Decimal = Decimal(800)
    under_category: Decimal = Decimal("0.004")
    """Where there are no siblings."""
    over_any: Decimal = Decimal(10_000)
    under_any: Decimal = Decimal("0.001")
    """Against the category, whatever the siblings say: a whole host can be wrong."""


LIMITS = Limits()
"""Published with each category."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What a resource's price is held against; dollars, None where there is nothing."""

    said: Decimal | None
    """The price its text names."""
    options: Sequence[Decimal]
    """Prices of its own valid mainnet options."""
    siblings: Decimal | None
    """Median of its cluster's other members, else of its host's other resources."""
    category: Prices


def published(limits: Limits = LIMITS) -> dict[str, str]:
    """The limits by name, as documents show them."""
    return {field.name: plain(getattr(limits, field.name)) for field in fields(limits)}


def suspect(price: Decimal | None, amounts: Sequence[str], usual: Usual, limits: Limits = LIMITS) -> str | None:
    """Evidence that an amount is off by a power of ten; ``amounts`` are those that are no integers, verbatim."""
    dollars = next((amount for amount in amounts if _DOLLARS.fullmatch(amount)), None)
    if dollars is not None:
        return f"dollars where smallest units belong: {dollars[:100]}"
    if price is None or price <= 0:
        return None
    if usual.said:
        if Decimal("0.5") <= price / usual.said <= 2:
            return _among_options(usual.options)  # the text speaks for the cheapest of them
        if power := _power(price / usual.said):
            return f"10^{power} times the price in its text (${plain(price)} against ${plain(usual.said)})"
    return _among_options(usual.options) or _far(price, usual, limits)


def median_of_others(ranked: Sequence[Decimal], own: Decimal | None) -> Decimal | None:
    """The lower median of ``ranked`` (ascending) without one ``own``, which stands in it if it is not None."""
    count = len(ranked) - (own is not None)
    if count < 1:
        return None
    middle = (count - 1) // 2
    return ranked[middle + (own is not None and bisect_left(ranked, own) <= middle)]


def _among_options(options: Sequence[Decimal]) -> str | None:
    priced = sorted(price for price in options if price > 0)
    power = _power(priced[-1] / priced[0]) if priced else None
    return f"its options differ by 10^{power} (${plain(priced[0])} and ${plain(priced[-1])})" if power else None


def _far(price: Decimal, usual: Usual, limits: Limits) -> str | None:
    siblings, median = usual.siblings, usual.category.median if usual.category.median_atomic is not None else None
    to_siblings = price / siblings if siblings else None
    to_category = price / median if median else None
    if to_siblings is not None:
        both = to_siblings if to_category is None else to_category
        if (to_siblings >= limits.over_siblings and both >= limits.over_both) or (
            to_siblings <= limits.under_siblings and both <= limits.under_both
        ):
            return f"{_times(to_siblings)} the median of its siblings (${plain(price)} against ${plain(siblings or price)})"
    if to_category is not None:
        over, under = (
            (limits.over_category, limits.under_category)
            if to_siblings is None
            else (limits.over_any, limits.under_any)
        )
        if to_category >= over or to_category <= under:
            return (
                f"{_times(to_category)} the median of its category (${plain(price)} against ${plain(median or price)})"
            )
    return None


def _times(ratio: Decimal) -> str:
    """The ratio with the power of ten nearest to it."""
    return f"about 10^{(ratio * ratio).logb() // 2 if ratio >= 1 else -((1 / (ratio * ratio)).logb() // 2)} times"


def _power(ratio: Decimal) -> int | None:
    for power in _POWERS:
        for exponent in (power, -power):
            if 1 / _NEAR <= ratio.scaleb(-exponent) <= _NEAR:
                return exponent
    return None
