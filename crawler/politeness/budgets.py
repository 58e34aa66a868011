"""Budgets: no listing can aim us at a victim, whatever it lists.

Who is asked within a budget follows from what was known before the first request goes out, so it never depends on
the order answers come in: those not checked for longest come first, hosts of one domain take turns, and on a tie
the order of identities decides. What is left out tonight is therefore first in line the next night.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from catalog.records import Finding
from catalog.store.checks import Target
from catalog.urls import parse, registrable_domain

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may ask of others."""

    host: int = 1_000
    """Checks of one host's resources."""
    domain: int = 2_000
    """Checks of the resources under one registrable domain."""
    address: int = 10_000
    """Requests to one address."""
    at_once: int = 32
    """Requests to one address at a time."""
    delay: float = 0.25
    """Seconds between the beginnings of two requests to one host."""
    patience: float = 300.0
    """Seconds of quiet (``Retry-After``) one host is granted, all together."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The budget of one host, domain or address."""

    kind: str
    """``host``, ``domain`` or ``address``."""
    name: str
    limit: int

    @property
    def message(self) -> str:
        """Why a resource was not asked, for people."""
        what = {"host": "host", "domain": "domain", "address": "server's address"}[self.kind]
        unit = "requests" if self.kind == "address" else "checks"
        return f"Not asked: the {self.limit:,} {unit} a night that its {what} is given went to other resources."

    def finding(self, left_out: int) -> Finding:
        """That it was exhausted, told once."""
        shown = f"[{self.name}]" if ":" in self.name else self.name
        evidence = f"{left_out} resources at this {self.kind} were not asked: its budget is {self.limit} a night"
        return Finding(f"budget.{self.kind}", "warning", f"http://{shown}/", "live", self.kind, evidence)


@dataclass(slots=True)
class Allotment:
    """Whom a run asks, and whom it does not."""

    asked: list[Target] = field(default_factory=list)
    """In order of identity, but for those that gave no answer last time: they come last."""
    refused: list[tuple[Target, Budget]] = field(default_factory=list)

    def findings(self) -> Iterator[Finding]:
        """One for each exhausted budget."""
        for budget, left_out in Counter(budget for _, budget in self.refused).items():
            yield budget.finding(left_out)


def allot(targets: Sequence[Target], spent: Iterable[str], limits: Limits) -> Allotment:
    """Share the budgets of hosts and domains out among ``targets``, which stand in order of identity.

    ``spent`` are the URLs already asked in this run, before it was killed and went on.
    """
    spent_hosts = Counter(map(_host, spent))
    result = Allotment()
    places = {target.resource_id: place for place, target in enumerate(targets)}
    ranked: list[tuple[int, datetime, int, Target]] = []
    for host, own in _grouped(targets, lambda target: _host(target.url)).items():
        own.sort(key=lambda target: target.last_checked_at or _NEVER)  # stable: identity decides
        free = max(0, limits.host - spent_hosts[host])
        result.refused += [(target, Budget("host", host, limits.host)) for target in own[free:]]
        for rank, target in enumerate(own[:free], spent_hosts[host]):
            ranked.append((rank, target.last_checked_at or _NEVER, places[target.resource_id], target))
    ranked.sort(key=lambda entry: entry[:3])
    spent_domains: Counter[str] = Counter()
    for host, count in spent_hosts.items():
        spent_domains[registrable_domain(host)] += count
    by_domain = _grouped([entry[3] for entry in ranked], lambda target: registrable_domain(_host(target.url)))
    for domain, own in by_domain.items():
        free = max(0, limits.domain - spent_domains[domain])
        result.asked += own[:free]
        result.refused += [(target, Budget("domain", domain, limits.domain)) for target in own[free:]]
    result.asked.sort(key=lambda target: (target.unanswered, places[target.resource_id]))
    result.refused.sort(key=lambda entry: places[entry[0].resource_id])
    return result


def _host(url: str) -> str:
    return parse(url).host


def _grouped(targets: Sequence[Target], key: Callable[[Target], str]) -> dict[str, list[Target]]:
    groups: dict[str, list[Target]] = defaultdict(list)
    for target in targets:
        groups[key(target)].append(target)
    return groups
