"""What a resource's history gets tonight: changes, departures and rotation, and the findings they are worth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from catalog import drift, rotation
from catalog.known import Change, Known
from catalog.records import Challenge, Finding, Listing, Severity
from catalog.run import Run

STABLE = timedelta(days=7)
"""A payTo that stood for so long was stable: another one is a top finding."""


def overnight(known: Sequence[Known], run: Run) -> Iterator[tuple[Known, list[Change], bool]]:
    """Every resource with its changes since the last build, and whether its whole host rotates its recipients."""
    changes = [drift.overnight(resource, run.at) for resource in known]
    by_host: dict[str, list[rotation.Moves]] = defaultdict(list)
    for resource, found in zip(known, changes, strict=True):
        by_host[resource.origin].append(rotation.moves(resource, found, run.at))
    hosts = rotation.rotating_hosts(by_host)
    for resource, found in zip(known, changes, strict=True):
        yield resource, found, resource.origin in hosts


def to_tell(
    known: Known, overnight: Sequence[Change], at: datetime, *, x402: bool, host: bool
) -> tuple[bool, list[Change]]:
    """Whether its payTo rotates, and the rows its history gets tonight.

    ``x402``: whether that is what it speaks, else nothing it lists can be held against its answers; ``host``: whether
    its whole host rotates.
    """
    mine = rotation.moves(known, overnight, at)
    pool = max((rotation.pool(terms.accepts) for terms in _stated(known)), default=0)
    rotates = rotation.rotates(mine, host=host, pool=pool)
    if mine.told and pool < rotation.POOL and rotation.has_settled(known, at):
        rotates = False
    told = drift.without_rotation(known, overnight) if rotates else list(overnight)
    if rotates != mine.told:
        kind = rotation.ROTATES if rotates else rotation.SETTLED
        source = next((c.source for c in overnight if rotation.is_move(c)), known.listed[0].listing.source)
        told.append(Change(at, source, kind, "", None, str(max(len(mine.recipients), pool))))
    if x402:
        told += drift.standing(known, at, rotates=rotates)
    return rotates, told


def _stated(known: Known) -> Iterator[Listing | Challenge]:
    for entry in known.listed:
        yield entry.listing
    if known.live is not None:
        yield known.live.challenge


def findings(known: Known, told: Sequence[Change], at: datetime) -> Iterator[Finding]:
    """A recipient that moved, said once whoever says it first; an error where the old one had stood for a week."""
    before = [c for c in known.history if rotation.is_move(c)]
    since = max((c.at for c in before), default=known.first_seen_at)
    said = {(c.accept, c.old, c.new) for c in before if at - c.at < rotation.WINDOW}
    moved: dict[str, dict[str, None]] = defaultdict(dict)
    for change in told:
        if change.kind == rotation.ROTATES:
            evidence = f"{change.new} recipients in {rotation.WINDOW.days} days"
            yield Finding("offer.pay_to_rotates", "info", known.url, change.source, "payTo", evidence)
        if rotation.is_move(change) and (change.accept, change.old, change.new) not in said:
            moved[change.source][f"{change.old} → {change.new}"] = None
    for source, evidence_of in moved.items():
        severity: Severity = "error" if at - since >= STABLE else "warning"
        yield Finding("offer.pay_to_changed", severity, known.url, source, "payTo", "; ".join(evidence_of)[:300])
