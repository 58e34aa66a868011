"""Roll-ups: the checks of one resource over a day, an ISO week, a calendar month (UTC), or all time.

Raw checks are kept :data:`RAW_KEPT`; what a period was stays for ever. A :class:`Tally` holds all that a period's
figures need, latencies one by one, so that the sum of tallies has the very figures a recount of the checks has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from catalog.records import UNANSWERED, UNCOUNTED

RAW_KEPT = timedelta(days=90)
"""How long single checks are kept, and the furthest that anything looks back at them."""
DAYS, MONTHS = 30, 12
"""Days and months shown in a document, the current one included; weeks are those the days fall into."""
DAYS_RELEASED = 365
"""Days a release's ``catalog.sqlite`` holds, filled up to whole weeks; its months are all there are."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What the checks of one period came to."""

    outcomes: Mapping[str, int]
    """Outcome → how often, never 0."""
    latencies: tuple[int, ...] = ()
    """Of payable answers, milliseconds, as far as they were measured."""

    @property
    def checks(self) -> int:
        """All of them."""
        return sum(self.outcomes.values())

    @property
    def counted(self) -> int:
        """Those that count."""
        return sum(count for outcome, count in self.outcomes.items() if outcome not in UNCOUNTED)

    @property
    def payable(self) -> int:
        """Those that were answered with terms one can pay."""
        return self.outcomes.get("payable", 0)

    @property
    def answered(self) -> int:
        """Counted ones with an HTTP answer."""
        return self.counted - sum(self.outcomes.get(outcome, 0) for outcome in UNANSWERED)

    def __add__(self, other: Tally) -> Tally:
        return Tally(Counter(self.outcomes) + Counter(other.outcomes), self.latencies + other.latencies)


NOTHING = Tally({})


def tally(checks: Iterable[tuple[str, int | None]]) -> Tally:
    """The tally of checks, each an outcome and a latency in milliseconds (None: not measured)."""
    seen = list(checks)
    return Tally(
        Counter(outcome for outcome, _ in seen),
        tuple(ms for outcome, ms in seen if outcome == "payable" and ms is not None),
    )


def total(tallies: Iterable[Tally]) -> Tally:
    """The tally of all periods together."""
    return sum(tallies, NOTHING)


def day_of(at: datetime) -> str:
    """``2026-04-24``: the UTC day, as are all periods named by their first day or month."""
    return f"{at:%Y-%m-%d}"


def week_of(day: str) -> str:
    """The Monday of the ISO week ``day`` falls into."""
    found = date.fromisoformat(day)
    return (found - timedelta(days=found.weekday())).isoformat()


def month_of(day: str) -> str:
    """``2026-04``."""
    return day[:7]


def weeks(days: Mapping[str, Tally]) -> dict[str, Tally]:
    """Tallies by ISO week, in order, from those of days."""
    found: dict[str, Tally] = {}
    for day in sorted(days):
        found[week_of(day)] = found.get(week_of(day), NOTHING) + days[day]
    return found


def first_day(at: datetime) -> str:
    """The first of the :data:`DAYS` days shown."""
    return day_of(at - timedelta(days=DAYS - 1))


def first_day_released(at: datetime) -> str:
    """The first day of a release's ``catalog.sqlite``, a Monday."""
    return week_of(day_of(at - timedelta(days=DAYS_RELEASED - 1)))


def first_month(at: datetime) -> str:
    """The first of the :data:`MONTHS` months shown."""
    months = at.year * 12 + at.month - MONTHS
    return f"{months // 12:04}-{months % 12 + 1:02}"


def write_outcomes(outcomes: Mapping[str, int]) -> str:
    """As stored: ``payable*28,timeout``; a name alone is one."""
    return ",".join(name if count == 1 else f"{name}*{count}" for name, count in sorted(outcomes.items()))


def write_latencies(latencies: Iterable[int]) -> str:
    """As stored: ``120,95``."""
    return ",".join(map(str, latencies))


def read(outcomes: str, latencies: str) -> Tally:
    """A tally as it was stored."""
    found = {}
    for entry in filter(None, outcomes.split(",")):
        name, _, count = entry.partition("*")
        found[name] = int(count or 1)
    return Tally(found, tuple(int(ms) for ms in latencies.split(",") if ms))
