"""What :mod:`catalog.guards` needs to know, and what becomes of a run they have judged."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, and_, exists, func, select, update

from catalog import guards
from catalog.guards import Compared, Standing, Thresholds, Verdict
from catalog.records import UNCOUNTED, Finding
from catalog.run import Run
from catalog.store.engine import Store
from catalog.store.findings import save_findings
from catalog.store.schema import checks, listings, resources, source_runs, unsettled_checks
from catalog.store.settling import SPOILED, pending, same_check, settle_in, spoil


def judge_listing(
    connection: Connection, run: Run, source: str, *, complete: bool, limits: Thresholds
) -> tuple[Verdict, str]:
    """What becomes of the listing a source gave in ``run``, and the sentence that tells it ("" where accepted)."""
    now = _listed(connection, source, run.id)
    accepted = _last(connection, run, source, ("accepted",))
    suspected = _last(connection, run, source, ("shrunken", "turned_over"))
    if accepted is None or (suspected is not None and suspected < accepted):
        suspected = None
    beside = _compared(_listed(connection, source, accepted), now) if accepted else None
    verdict = guards.judge_listing(
        complete=complete,
        rows=len(now),
        accepted=beside,
        suspected=_compared(_listed(connection, source, suspected), now) if suspected else None,
        limits=limits,
    )
    return verdict, _told(verdict, beside)


def _told(verdict: Verdict, beside: Compared | None) -> str:
    if beside is None or verdict not in ("shrunken", "turned_over"):
        return ""
    until = "nothing counts as absent until a second night says the same"
    if verdict == "shrunken":
        return f"shrunken: {beside.now} resources where {beside.before} were listed; {until}"
    return f"turned over: {beside.missing} of the {beside.before} resources listed before are missing; {until}"


def _listed(connection: Connection, source: str, run_id: str) -> set[int]:
    c = listings.c
    query = select(c.resource_id).where(c.source == source, c.first_run <= run_id, c.last_run >= run_id)
    return set(connection.execute(query).scalars())


def _last(connection: Connection, run: Run, source: str, verdicts: Sequence[Verdict]) -> str | None:
    c = source_runs.c
    query = select(func.max(c.run_id)).where(c.source == source, c.run_id < run.id, c.verdict.in_(verdicts))
    found: str | None = connection.execute(query).scalar()
    return found


def _compared(before: set[int], now: set[int]) -> Compared:
    return Compared(len(before), len(now), len(before - now))


# --- the prober ------------------------------------------------------------------------------------------------


def standings(store: Store, run: Run) -> list[Standing]:
    """The run's checks that are not settled, as observed, in the order of their resources."""
    query = (
        select(
            resources.c.id, resources.c.identity, func.coalesce(checks.c.observed, checks.c.outcome),
            resources.c.last_outcome,
        )
        .join(checks, checks.c.resource_id == resources.c.id)
        .join(unsettled_checks, same_check())
        .where(unsettled_checks.c.run_id == run.id)
        .order_by(resources.c.id)
    )  # fmt: skip
    with store.begin() as connection:
        return [
            Standing(key, identity[2:].partition("/")[0].partition("?")[0], outcome, last == "payable")
            for key, identity, outcome, last in connection.execute(query)
        ]


def is_unsettled(store: Store, run: Run) -> bool:
    """Whether the run has checks that count for nothing yet."""
    with store.begin() as connection:
        return bool(connection.execute(select(exists(pending(run)))).scalar())


def is_refused(store: Store, run: Run) -> bool:
    """Whether a guard refused the run: its checks lie unsettled, as prober faults."""
    spoiled = pending(run).join(checks, same_check()).where(checks.c.observed.is_not(None))
    with store.begin() as connection:
        return bool(connection.execute(select(exists(spoiled))).scalar())


def refuse(store: Store, run: Run, finding: Finding) -> None:
    """All of the run's checks are prober faults. They stay unsettled: only accepting them makes them count."""
    with store.begin() as connection:
        spoil(connection, run)
        save_findings(connection, run, [finding])


def accept(store: Store, run: Run, finding: Finding) -> None:
    """A refused run's checks are what was observed, and count."""
    c = checks.c
    values = {"outcome": c.observed, "observed": None, "message": func.substr(c.message, len(SPOILED) + 1)}
    mine = and_(c.run_id == run.id, c.observed.is_not(None), c.resource_id.in_(pending(run)))
    with store.begin() as connection:
        connection.execute(update(checks).where(mine).values(counted=c.observed.not_in(sorted(UNCOUNTED)), **values))
        save_findings(connection, run, [finding])
        settle_in(connection, run)


def settle_judged(store: Store, run: Run, unsteady: Sequence[int], findings: Sequence[Finding]) -> None:
    """The night is believed, but for ``unsteady`` resources, whose checks count for nothing."""
    with store.begin() as connection:
        spoil(connection, run, unsteady)
        save_findings(connection, run, findings)
        settle_in(connection, run)
