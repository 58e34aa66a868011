"""Guards: whether tonight's view of the market can be believed, before anything counts.

Two ways it may lie. A *source* may list next to nothing, or other things than yesterday: what it lists is taken
over, what it lacks does not count as absent. *We* may be the ones without a network: among origins that were payable
last time too many fail at once, and the controls fail with them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["accepted", "empty", "partial", "shrunken", "turned_over"]

UNREACHED = frozenset({"dns_error", "connect_error", "tls_error", "timeout"})
"""Outcomes that our own network could have made."""
SILENT = UNREACHED | {"blocked", "inferred", "prober_fault"}
"""Outcomes of a control, or of a check asked again, that bring no answer."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which share on a guard speaks up."""

    shrunken: float = 0.4
    """Share of a source's rows."""
    turned_over: float = 0.6
    """Share of a source's rows."""
    drop: float = 0.3
    """Share of origins."""


# --- sources ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Compared:
    """Tonight's listing of a source beside an earlier one: resources."""

    before: int
    now: int
    missing: int
    """Of those before, not listed now."""


def judge_listing(
    *, complete: bool, rows: int, accepted: Compared | None, suspected: Compared | None, limits: Thresholds
) -> Verdict:
    """What becomes of tonight's listing. Only an accepted one makes anything count as absent.

    ``accepted`` compares it with the last listing that was accepted, ``suspected`` with one that came complete, but
    shrunken or turned over, since then: where tonight's still agrees with that one, the change is real.
    """
    if not rows:
        return "empty"
    if not complete:
        return "partial"
    verdict = _change(accepted, limits)
    if verdict != "accepted" and suspected is not None and _change(suspected, limits) == "accepted":
        return "accepted"
    return verdict


def _change(compared: Compared | None, limits: Thresholds) -> Verdict:
    if compared is None or not compared.before:
        return "accepted"
    if compared.before - compared.now > limits.shrunken * compared.before:
        return "shrunken"
    return "turned_over" if compared.missing > limits.turned_over * compared.before else "accepted"


# --- the prober ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """Tonight's check of a resource, as observed, beside what the resource was before."""

    resource_id: int
    origin: str
    outcome: str
    was_payable: bool

    @property
    def newly_failing(self) -> bool:
        """Payable last time, not reached tonight."""
        return self.was_payable and self.outcome in UNREACHED


@dataclass(frozen=True, slots=True)
class Drop:
    """How many origins that were payable last time fail tonight."""

    origins: int
    failing: tuple[str, ...]
    """Sorted."""

    def exceeds(self, limit: float) -> bool:
        """Whether more than ``limit`` of the origins fail."""
        return len(self.failing) > limit * self.origins


def drop(checks: Iterable[Standing]) -> Drop:
    """The drop of a night. An origin fails where more than half of its checks do; ones that say nothing (blocked,
    inferred, our own fault) are not asked."""
    votes: dict[str, list[bool]] = defaultdict(list)
    for check in checks:
        if check.was_payable and (check.outcome in UNREACHED or check.outcome not in SILENT):
            votes[check.origin].append(check.newly_failing)
    return Drop(len(votes), tuple(sorted(origin for origin, failed in votes.items() if 2 * sum(failed) > len(failed))))


def controls_fail(configured: Sequence[str], sources: Sequence[str]) -> bool:
    """Whether the controls, asked after a drop, accuse us; both are outcomes.

    With configured controls: half of them without an answer. Without: every source.
    """
    silent = [outcome in SILENT for outcome in configured or sources]
    return 2 * sum(silent) >= len(silent) if configured else all(silent)


def unsteady(failing: Iterable[int], again: Mapping[int, str]) -> list[int]:
    """The newly failing resources whose second check was answered, sorted: their first says nothing."""
    return sorted(key for key in failing if key in again and again[key] not in SILENT)
