"""Payment terms as comparable values: whether they can be paid, what they cost, and what changed overnight.

Two names of one network, letter case of EVM addresses and the order of ``accepts`` are no differences.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from catalog import networks
from catalog.addresses import address_id
from catalog.money import atomic_amount, to_units
from catalog.records import Accept

MAX_UINT256 = 2**256 - 1
_DIGITS = re.compile(r"[0-9]+")

Pair = tuple[Accept, Accept]
Likeness = Callable[[Accept], Hashable]

ChangeKind = Literal[
    "price", "price_appeared", "price_vanished", "pay_to", "asset", "network", "timeout", "scheme",
    "accept_added", "accept_removed", "schema",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between yesterday's and today's terms."""

    kind: ChangeKind
    key: str
    """The :func:`match_key` of yesterday's accept (of today's, where one was added), joined by spaces; of a schema
    which one it is: ``input_schema`` or ``output_schema``."""
    old: str | None
    """Prices in the asset's smallest unit, timeouts in seconds, others in comparable form; an accept that was
    added or removed as ``amount payTo``, a schema as :func:`catalog.schemas.fingerprint`."""
    new: str | None
    old_usd: Decimal | None = field(default=None, compare=False)
    """Of prices: exact dollars, None where the asset is no known dollar token."""
    new_usd: Decimal | None = field(default=None, compare=False)


def problems(
    *, scheme: str, network_id: str | None, network: str, asset: str, pay_to: str, amount: str
) -> tuple[str, ...]:
    """Why nobody could pay these terms, as codes; empty for valid ones.

    ``scheme_missing``, ``network_missing``, ``network_unknown`` (neither CAIP-2 nor a known name),
    ``asset_missing``, ``pay_to_missing``, ``pay_to_invalid``, ``amount_missing``, ``amount_invalid`` (not a
    non-negative integer), ``amount_too_large`` (beyond uint256).
    """
    found = (
        "" if scheme else "scheme_missing",
        "" if network_id else "network_unknown" if network else "network_missing",
        "" if asset else "asset_missing",
        _pay_to_problem(network_id, pay_to),
        _amount_problem(amount),
    )
    return tuple(filter(None, found))


def _pay_to_problem(network_id: str | None, pay_to: str) -> str:
    if not pay_to.strip():
        return "pay_to_missing"
    return "pay_to_invalid" if networks.address_problem(network_id, pay_to) else ""


def _amount_problem(amount: str) -> str:
    if not amount:
        return "amount_missing"
    if not _DIGITS.fullmatch(amount):
        return "amount_invalid"
    atomic = atomic_amount(amount)
    return "amount_too_large" if atomic is None or atomic > MAX_UINT256 else ""


def usd(accept: Accept) -> Decimal | None:
    """Exact dollars where the asset is a known dollar token and the amount an integer; testnets included."""
    known = networks.asset(accept.network_id, accept.asset)
    if known is None or not known.usd or accept.atomic is None:
        return None
    return to_units(accept.atomic, known.decimals)


def cheapest(accepts: Sequence[Accept]) -> tuple[Accept, Decimal] | None:
    """The cheapest valid mainnet accept in a known dollar token, with its dollars; ties go by :func:`match_key`."""
    priced = [(accept, price) for accept in accepts if (price := mainnet_usd(accept)) is not None]
    return min(priced, key=lambda pair: (pair[1], *match_key(pair[0]), pay_to_id(pair[0])), default=None)


def mainnet_usd(accept: Accept) -> Decimal | None:
    """:func:`usd` of a valid accept on a known mainnet."""
    settles_on = networks.network(accept.network_id) if accept.network_id else None
    if settles_on is None or settles_on.testnet or accept.problems:
        return None
    return usd(accept)


_KEY = ("scheme", "network", "asset")


def match_key(accept: Accept) -> tuple[str, str, str]:
    """(scheme, network, asset) in comparable form: which of yesterday's accepts this one is."""
    return (
        accept.scheme.lower(),
        accept.network_id or accept.network.lower(),
        accept.asset_id or accept.asset,
    )


def pay_to_id(accept: Accept) -> str:
    """``payTo`` in comparable form: without letter case where it is hexadecimal."""
    return address_id(accept.pay_to)


def same_terms(a: Accept, b: Accept) -> bool:
    """Whether both ask for the same scheme, network, asset, payTo and amount."""
    return (*match_key(a), pay_to_id(a), _price_id(a)) == (*match_key(b), pay_to_id(b), _price_id(b))


def _price_id(accept: Accept) -> int | str:
    return accept.amount if accept.atomic is None else accept.atomic


def stated(accepts: Sequence[Accept], kind: str, key: str) -> str | None:
    """What the first of ``accepts`` that answers to ``key`` (of a :class:`Change`) states now of ``kind``."""
    for accept in accepts:
        if _key_text(accept) == key:
            if kind == "price":
                return _price_text(accept)
            if kind == "timeout":
                return _text(accept.max_timeout_seconds)
            return pay_to_id(accept) if kind == "pay_to" else dict(zip(_KEY, match_key(accept), strict=True))[kind]
    return None


def changes(old: Sequence[Accept], new: Sequence[Accept]) -> list[Change]:
    """What differs between two nights' terms of one resource, sorted.

    An accept keeps its identity by :func:`match_key`. Where several share one (rotating payTo), identical ones are
    set off against each other first, then those with the same payTo, the same amount, any. What is left over on
    both sides is paired where exactly one of scheme, network and asset differs, and is otherwise added or removed.
    A price appears or vanishes where an integer amount stands against none. One offer stated twice counts once.
    """
    pairs, removed, added = _paired(old, new)
    found = [change for before, after in pairs for change in _differences(before, after)]
    found += [Change("accept_removed", _key_text(accept), _terms_text(accept), None) for accept in removed]
    found += [Change("accept_added", _key_text(accept), None, _terms_text(accept)) for accept in added]
    return sorted(found, key=lambda change: (change.key, change.kind, change.old or "", change.new or ""))


def departures(listed: Sequence[Accept], answered: Sequence[Accept]) -> list[Change]:
    """How live terms differ from listed ones in what a buyer pays, whom, and with what; none where one side is empty."""
    kinds = ("price", "pay_to", "asset", "network", "price_appeared", "price_vanished")
    return [c for c in changes(listed, answered) if c.kind in kinds] if listed and answered else []


def _paired(old: Sequence[Accept], new: Sequence[Accept]) -> tuple[list[Pair], list[Accept], list[Accept]]:
    """Yesterday's accepts with their successors, and the rest of both sides."""
    pairs: list[Pair] = []
    before, after = _distinct(old), _distinct(new)
    for likeness in _LIKENESSES:
        found, before, after = _pair(before, after, likeness)
        pairs += found
    return pairs, before, after


def _distinct(accepts: Sequence[Accept]) -> list[Accept]:
    """Sorted, each offer once: a server that states one offer in v1 and in v2 does not make two."""
    return list({_full_terms(accept): accept for accept in sorted(accepts, key=_full_terms)}.values())


def _pair(
    before: Sequence[Accept], after: Sequence[Accept], likeness: Likeness
) -> tuple[list[Pair], list[Accept], list[Accept]]:
    """Pair off what is alike, in the order given."""
    candidates: dict[Hashable, deque[Accept]] = {}
    for accept in after:
        candidates.setdefault(likeness(accept), deque()).append(accept)
    pairs: list[Pair] = []
    left: list[Accept] = []
    for accept in before:
        alike = candidates.get(likeness(accept))
        if alike:
            pairs.append((accept, alike.popleft()))
        else:
            left.append(accept)
    return pairs, left, [accept for alike in candidates.values() for accept in alike]


def _full_terms(accept: Accept) -> tuple[tuple[str, str, str], str, int, str, int]:
    """Everything that is compared, in a sortable form; -1 for an absent number."""
    amount = "" if accept.atomic is not None else accept.amount
    atomic = -1 if accept.atomic is None else accept.atomic
    timeout = -1 if accept.max_timeout_seconds is None else accept.max_timeout_seconds
    return match_key(accept), pay_to_id(accept), atomic, amount, timeout


def _token(accept: Accept) -> str:
    """What is paid with, whatever the network: the symbol of a known asset, since its address differs."""
    known = networks.asset(accept.network_id, accept.asset)
    return known.symbol if known else match_key(accept)[2]


def _but_asset(accept: Accept) -> Hashable:
    return match_key(accept)[:2]


def _but_network(accept: Accept) -> Hashable:
    return match_key(accept)[0], _token(accept)


def _but_scheme(accept: Accept) -> Hashable:
    return match_key(accept)[1:]


def _with_pay_to(likeness: Likeness) -> Likeness:
    return lambda accept: (likeness(accept), pay_to_id(accept))


_BUT_ONE: tuple[Likeness, ...] = (_but_asset, _but_network, _but_scheme)
_LIKENESSES: tuple[Likeness, ...] = (
    _full_terms,
    _with_pay_to(match_key),
    lambda accept: (match_key(accept), _price_id(accept)),
    match_key,
    *(_with_pay_to(likeness) for likeness in _BUT_ONE),
    *_BUT_ONE,
)
"""From the closest to the loosest. The loose ones meet only accepts whose whole key found no match."""


def _differences(before: Accept, after: Accept) -> Iterator[Change]:
    key = _key_text(before)
    (scheme, network, asset), (new_scheme, new_network, new_asset) = match_key(before), match_key(after)
    if scheme != new_scheme:
        yield Change("scheme", key, scheme, new_scheme)
    if network != new_network:
        yield Change("network", key, network, new_network)
    if asset != new_asset and (network == new_network or _token(before) != _token(after)):
        yield Change("asset", key, asset, new_asset)
    if pay_to_id(before) != pay_to_id(after):
        yield Change("pay_to", key, pay_to_id(before), pay_to_id(after))
    price_change = _price_change(before, after)
    if price_change:
        yield Change(price_change, key, _price_text(before), _price_text(after), usd(before), usd(after))
    if before.max_timeout_seconds != after.max_timeout_seconds:
        yield Change("timeout", key, _text(before.max_timeout_seconds), _text(after.max_timeout_seconds))


def _price_change(before: Accept, after: Accept) -> Literal["price", "price_appeared", "price_vanished"] | None:
    if before.atomic is None or after.atomic is None:
        if before.atomic == after.atomic:
            return None
        return "price_appeared" if before.atomic is None else "price_vanished"
    # Units of two assets compare in dollars only: a cent is 10000 of one and 10**16 of another.
    dollars = usd(before), usd(after)
    comparable = match_key(before) == match_key(after) or None in dollars
    same = before.atomic == after.atomic if comparable else dollars[0] == dollars[1]
    return None if same else "price"


def _price_text(accept: Accept) -> str | None:
    return (accept.amount or None) if accept.atomic is None else str(accept.atomic)


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _key_text(accept: Accept) -> str:
    return " ".join(match_key(accept))


def _terms_text(accept: Accept) -> str:
    return f"{_price_text(accept) or '-'} {pay_to_id(accept) or '-'}"
