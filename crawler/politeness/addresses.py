"""The addresses names lead to: how many requests each gets a night, and how many at a time.

Many names may lead to one server, so hosts alone are no measure. A request counts for every address its host's name
has, since any of them may get it.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence

from catalog.records import Finding
from crawler.politeness.budgets import Budget, Limits

SILENT = 40
"""Unanswered requests after which an address that has answered none in this run counts as dead, whatever the names."""


class Addresses:
    """Counts the requests of one run, per connected address."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._spent: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()
        self._silent: Counter[str] = Counter()
        self._alive: set[str] = set()
        self._underway: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[None]]] = defaultdict(deque)

    def claim(self, addresses: Sequence[str], wanted: int) -> int:
        """Set requests aside at all of ``addresses``; how many of the ``wanted`` there are."""
        free = min((self.limits.address - self._spent[address] for address in addresses), default=wanted)
        granted = max(0, min(wanted, free))
        for address in addresses:
            self._spent[address] += granted
        return granted

    def exhausted(self, addresses: Sequence[str], left_out: int) -> Budget:
        """Note that ``left_out`` resources were not asked; the budget that had no room for them."""
        fullest = max(addresses, key=lambda address: self._spent[address])
        self._left_out[fullest] += left_out
        return Budget("address", fullest, self.limits.address)

    def tell(self, addresses: Sequence[str], answered: bool) -> None:
        """How a request to a name with these addresses ended: any of them may have had it."""
        if answered:
            self._alive.update(addresses)
        else:
            self._silent.update(addresses)

    def dead(self, addresses: Sequence[str]) -> bool:
        """Whether none of ``addresses`` ever answers: thousands of names may lead to one black hole."""
        return bool(addresses) and all(a not in self._alive and self._silent[a] >= SILENT for a in addresses)

    def findings(self) -> Iterator[Finding]:
        """One for each exhausted budget."""
        for address, left_out in sorted(self._left_out.items()):
            yield Budget("address", address, self.limits.address).finding(left_out)

    async def enter(self, addresses: Sequence[str]) -> None:
        """Wait for a place at all of ``addresses``; to be followed by :meth:`leave`."""
        while (full := next((a for a in addresses if self._underway[a] >= self.limits.at_once), None)) is not None:
            place = asyncio.get_running_loop().create_future()
            self._waiting[full].append(place)
            await place
        for address in addresses:
            self._underway[address] += 1

    def leave(self, addresses: Sequence[str]) -> None:
        """A request that entered has ended."""
        for address in addresses:
            self._underway[address] -= 1
            waiting = self._waiting.get(address)
            while waiting:
                place = waiting.popleft()
                if not place.done():
                    place.set_result(None)
                    break
