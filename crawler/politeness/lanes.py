"""Lanes: each host's checks, one after another as the rules of politeness allow.

A lane waits where its host is to be left alone, and the others go on. What is decided here for a resource follows
from the order of identities and from the answers, never from the moment they come in; but for ``Retry-After``, which
speaks of time, and for an address that answers under none of its names.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from catalog.records import UNANSWERED, Finding, Outcome
from catalog.store.checks import Asked, Target
from catalog.urls import parse
from crawler.politeness.addresses import Addresses
from crawler.politeness.breaker import LATER, Breaker
from crawler.politeness.budgets import allot
from crawler.politeness.quiet import Quiet
from crawler.politeness.robots import NO_RULES, Robots

Refusal = tuple[Outcome, str]
"""The outcome of a resource that is not asked, and why, for people."""

_DEAD: Refusal = ("inferred", "Not asked: its host gave no answer tonight.")
_SILENT: Refusal = ("inferred", "Not asked: its server's address gave no answer tonight.")
_QUIET: Refusal = ("rate_limited", "Not asked: its host asked to be left alone for longer than this run waits.")
_ROBOTS: Refusal = ("blocked", "Not asked: its host's robots.txt names us and says no.")


@dataclass(frozen=True, slots=True)
class Reception:
    """How a host received its first request, for robots.txt."""

    robots: Robots = NO_RULES
    answered: bool = False
    """Whether there was any HTTP answer."""
    quiet: float | None = None
    """Seconds of quiet it asked for."""


@dataclass(slots=True, eq=False)
class _Lane:
    """One host and port: what is to be asked, and how it stands with it."""

    targets: list[Target]
    quiet: Quiet
    breaker: Breaker = field(default_factory=Breaker)
    addresses: tuple[str, ...] = ()
    underway: int = 0
    not_before: float = 0.0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    claimed: asyncio.Event = field(default_factory=asyncio.Event)


class Lanes:
    """Iterates over ``(target, None)`` for those to be asked now and ``(target, refusal)`` for the others.

    Every target handed out to be asked must come back through :meth:`done`, or its lane stands still.

    ``addresses_of`` looks a host up (an empty tuple where that fails or does not matter), ``receive`` fetches a
    host's robots.txt, given one of its URLs. ``before`` is what this run asked before it was killed.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        addresses: Addresses,
        *,
        addresses_of: Callable[[str], Awaitable[tuple[str, ...]]],
        receive: Callable[[str], Awaitable[Reception]],
        per_host: int,
        at_once: int,
        delay: float,
        before: Sequence[Asked] = (),
    ) -> None:
        self._per_host, self._delay = per_host, delay
        self._addresses, self._addresses_of, self._receive = addresses, addresses_of, receive
        self._window = asyncio.Semaphore(at_once)
        # Requests for robots.txt at a time, beside those of the window.
        self._receptions = asyncio.Semaphore(at_once // 2 or 1)
        # More hosts than requests: dead ones are waited for here, too, and the last to begin ends last.
        self._places = asyncio.Semaphore(4 * at_once)
        self._lookups = asyncio.Semaphore(at_once // 8 or 1)
        self._sent_before = [asked.url for asked in before if asked.sent]
        self._allotment = allot(targets, self._sent_before, addresses.limits)
        self._lanes = self._made(before)
        self._underway: dict[int, tuple[_Lane, int]] = {}
        self._ready: asyncio.Queue[tuple[Target, Refusal | None] | None] = asyncio.Queue()

    def _made(self, before: Iterable[Asked]) -> dict[str, _Lane]:
        lanes: dict[str, _Lane] = {}
        for target in self._allotment.asked:
            lane = lanes.setdefault(parse(target.url).netloc, _Lane([], Quiet(self._addresses.limits.patience)))
            lane.targets.append(target)
        for asked in before:
            lane_before = lanes.get(parse(asked.url).netloc)
            if lane_before is not None and (asked.sent or asked.outcome == "inferred"):
                for _ in range(1 if asked.sent else LATER):
                    lane_before.breaker.tell(lane_before.breaker.ask(), asked.sent and asked.outcome not in UNANSWERED)
        return lanes

    def findings(self) -> Iterator[Finding]:
        """One for each budget that did not suffice; complete after the iteration."""
        yield from self._allotment.findings()
        yield from self._addresses.findings()

    async def __aiter__(self) -> AsyncGenerator[tuple[Target, Refusal | None], None]:
        for target, budget in self._allotment.refused:
            yield target, ("blocked", budget.message)
        walking = asyncio.create_task(self._walk_all())
        try:
            while (step := await self._ready.get()) is not None:
                yield step
            await walking
        finally:
            walking.cancel()

    def done(self, target: Target, *, answered: bool, quiet: float | None = None) -> None:
        """A target that was handed out has been asked: whether its host answered, and what quiet it wants."""
        lane, number = self._underway.pop(target.resource_id)
        lane.underway -= 1
        lane.breaker.tell(number, answered)
        self._addresses.tell(lane.addresses, answered)
        if quiet is not None:
            lane.quiet.ask(_now(), quiet)
        self._window.release()
        self._addresses.leave(lane.addresses)
        lane.changed.set()

    def once_more(self, target: Target) -> bool:
        """Whether a target that was handed out may be sent another request: its address's budget decides."""
        return self._addresses.claim(self._underway[target.resource_id][0].addresses, 1) == 1

    async def _walk_all(self) -> None:
        previous: _Lane | None = None
        try:
            await self._charge_before()
            async with asyncio.TaskGroup() as walks:
                for lane in self._lanes.values():
                    await self._places.acquire()
                    walks.create_task(self._walk(lane, previous)).add_done_callback(lambda _: self._places.release())
                    previous = lane
        finally:
            self._ready.put_nowait(None)

    async def _charge_before(self) -> None:
        """Charge addresses with what this run asked before it was killed: the checks and each host's robots.txt."""
        sent = Counter(parse(url).host for url in self._sent_before)

        async def charge(host: str, requests: int) -> None:
            async with self._lookups:
                self._addresses.claim(await self._addresses_of(host), requests + 1)

        async with asyncio.TaskGroup() as looking:
            for host, requests in sent.items():
                looking.create_task(charge(host, requests))

    async def _walk(self, lane: _Lane, previous: _Lane | None) -> None:
        """Hand out a lane's targets, each at its time or with the reason why not."""
        granted = await self._granted(lane, previous)
        if granted < len(lane.targets):
            budget = self._addresses.exhausted(lane.addresses, len(lane.targets) - granted)
            for target in lane.targets[granted:]:
                self._ready.put_nowait((target, ("blocked", budget.message)))
        robots = await self._received(lane) if granted else NO_RULES
        for target in lane.targets[:granted]:
            refusal = await self._turn(lane) if robots.permits(target.url, listed=True) else _ROBOTS
            if refusal is None:
                lane.underway += 1
                lane.not_before = _now() + self._delay
                self._underway[target.resource_id] = (lane, lane.breaker.ask())
            self._ready.put_nowait((target, refusal))

    async def _granted(self, lane: _Lane, previous: _Lane | None) -> int:
        """How many of a lane's targets its addresses have room for, beside robots.txt. Claimed in order of lanes."""
        async with self._lookups:  # waiting for a turn is not to count against a name's time-out
            lane.addresses = await self._addresses_of(parse(lane.targets[0].url).host)
        if previous is not None:
            await previous.claimed.wait()
        granted = self._addresses.claim(lane.addresses, len(lane.targets) + 1)
        lane.claimed.set()
        return max(0, granted - 1)

    async def _received(self, lane: _Lane) -> Robots:
        """What the host's robots.txt says, the first thing it is asked for."""
        await self._addresses.enter(lane.addresses)
        try:
            async with self._receptions:
                if self._addresses.dead(lane.addresses):
                    return NO_RULES
                secure = next((target.url for target in lane.targets if target.url.startswith("https:")), None)
                reception = await self._receive(secure or lane.targets[0].url)
        finally:
            self._addresses.leave(lane.addresses)
        self._addresses.tell(lane.addresses, reception.answered)
        if reception.answered:
            lane.breaker.tell(lane.breaker.ask(), answered=True)
        if reception.quiet is not None:
            lane.quiet.ask(_now(), reception.quiet)
        return reception.robots

    async def _turn(self, lane: _Lane) -> Refusal | None:
        """Wait until one more request may go to the host; or why none may."""
        while self._refusal(lane) is None:
            pause = max(lane.quiet.until, lane.not_before) - _now()
            if pause <= 0 and lane.underway < self._per_host and lane.breaker.allows:
                await self._addresses.enter(lane.addresses)
                await self._window.acquire()
                if lane.quiet.until <= _now() and self._refusal(lane) is None:
                    return None
                self._window.release()
                self._addresses.leave(lane.addresses)
                continue
            lane.changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause if pause > 0 else None):
                    await lane.changed.wait()
        return self._refusal(lane)

    def _refusal(self, lane: _Lane) -> Refusal | None:
        """Why nothing more is asked here tonight."""
        if lane.breaker.open:
            return _DEAD
        if lane.quiet.ended:
            return _QUIET
        return _SILENT if self._addresses.dead(lane.addresses) else None


def _now() -> float:
    return asyncio.get_running_loop().time()
