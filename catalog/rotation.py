"""Rotating recipients: servers that give every caller, or every night, another payTo.

Such a change says nothing, and nightly news of it would bury the one that does: another recipient on a resource that
always had the same. Rotation is told once when it is recognised and once when it has settled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from catalog import offers
from catalog.known import Change, Known
from catalog.records import Accept

WINDOW = timedelta(days=30)
NIGHTS = 3
"""Nights of the window with another payTo that make a resource rotate."""
POOL = 3
"""Recipients side by side for one and the same offer that make a pool."""
HOST_RECIPIENTS = 12
"""Different recipients that most resources of one host moved to in the window, that make the host rotate."""
ROTATES, SETTLED = "pay_to_rotates", "pay_to_settled"


@dataclass(frozen=True, slots=True)
class Moves:
    """One resource's changes of payTo in the window, tonight's among them."""

    told: bool
    """Whether it was recognised as rotating before, and has not settled."""
    nights: int
    recipients: frozenset[str]
    """Whom they led to."""


def moves(known: Known, tonight: Sequence[Change], at: datetime) -> Moves:
    """What is known of one resource; ``tonight`` holds tonight's changes of terms."""
    marks = [change.kind for change in known.history if change.kind in (ROTATES, SETTLED)]
    recent = [c for c in (*known.history, *tonight) if is_move(c) and at - c.at < WINDOW]
    return Moves(
        told=marks[-1:] == [ROTATES],
        nights=len({change.at for change in recent}),
        recipients=frozenset(change.new for change in recent if change.new),
    )


def is_move(change: Change) -> bool:
    """Whether the money goes elsewhere: an address that is stated for the first time moves nothing."""
    return change.kind == "pay_to" and bool(change.old)


def rotating_hosts(by_host: Mapping[str, Sequence[Moves]]) -> frozenset[str]:
    """Hosts most of whose resources moved, to dozens of recipients or as known rotating ones.

    One new address for all of a host, however many resources it has, is no rotation.
    """
    return frozenset(host for host, group in by_host.items() if _rotates(group))


def _rotates(group: Sequence[Moves]) -> bool:
    told = sum(m.told for m in group)
    moved = sum(m.told or m.nights > 0 for m in group)
    recipients = frozenset[str]().union(*(m.recipients for m in group))
    return 2 * told > len(group) or (2 * moved > len(group) and len(recipients) >= HOST_RECIPIENTS)


def pool(accepts: Sequence[Accept]) -> int:
    """How many recipients one and the same offer names side by side, at most."""
    found: dict[object, set[str]] = {}
    for accept in accepts:
        price = accept.amount if accept.atomic is None else accept.atomic
        found.setdefault((offers.match_key(accept), price), set()).add(offers.pay_to_id(accept))
    return max(map(len, found.values()), default=0)


def rotates(mine: Moves, *, host: bool, pool: int) -> bool:
    """Whether a resource's payTo rotates; ``host``: whether its host does, ``pool``: as :func:`pool`."""
    return mine.told or mine.nights >= NIGHTS or pool >= POOL or (host and mine.nights > 0)


def has_settled(known: Known, at: datetime) -> bool:
    """Whether what it states, and still states, has stood for the whole window."""
    stated = [entry.since for entry in known.listed if entry.presence.missed == 0]
    if known.live is not None:
        stated.append(known.live.since)
    return bool(stated) and all(at - since >= WINDOW for since in stated)
