"""Money: integers in the asset's smallest unit and exact decimals. Never a float, never assumed decimals."""

from __future__ import annotations

import re
from decimal import Context, Decimal

_INTEGER = re.compile(r"[0-9]{1,78}")
"""78 digits hold every uint256 (EIP-20 amounts)."""
_EXACT = Context(prec=120)


def atomic_amount(text: str) -> int | None:
    """The integer an amount names (``"52700"`` → 52700), None for anything but plain ASCII digits."""
    return int(text) if _INTEGER.fullmatch(text) else None


def to_units(atomic: int, decimals: int) -> Decimal:
    """``atomic`` smallest units as whole units, exactly: ``to_units(52700, 6) == Decimal("0.052700")``."""
    return _EXACT.scaleb(Decimal(atomic), -decimals)


def plain(amount: Decimal) -> str:
    """Shortest exact text: ``"0.0527"``, ``"3"``; never an exponent, never rounded."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def padded(amount: Decimal, places: int = 6) -> str:
    """Exact text with at least ``places`` decimals: ``"0.052700"``; more where the amount has more."""
    whole, _, fraction = plain(amount).partition(".")
    return f"{whole}.{fraction.ljust(places, '0')}"


def six_decimal_units(usd: Decimal) -> Decimal:
    """Dollars in the 6-decimal atomic unit in which medians are kept; exact, so possibly fractional."""
    return _EXACT.scaleb(usd, 6)
