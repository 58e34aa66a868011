"""The night's own judgement: did the market fail, or did we? Only then do its checks count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from catalog import guards
from catalog.guards import Drop, Standing
from catalog.records import Check, Finding, Outcome
from catalog.store import checks, judging
from catalog.store.checks import Target
from crawler import runner
from crawler.job import Job
from crawler.politeness.addresses import Addresses

SHOWN = 5
"""Names in one sentence."""


class Refused(RuntimeError):
    """A guard refused to publish; the message says why and what to do."""


async def judge(job: Job, *, accepted: bool = False) -> None:
    """Let the run's checks count, unless a drop is ours: then :class:`Refused`, and they lie as prober faults.

    ``accepted``: an operator has looked, and takes what was observed for true. A run once refused stays so.
    """
    found = judging.standings(job.store, job.run)
    drop = guards.drop(found)
    if accepted:
        told = f"{_counted(drop, drop.failing)}; accepted by the operator"
        judging.accept(job.store, job.run, Finding("probe.drop", "warning", "", "probe", "", told))
        return
    if judging.is_refused(job.store, job.run):
        raise Refused(_refusal(job, drop))
    if not drop.exceeds(job.thresholds.drop):
        judging.settle_judged(job.store, job.run, (), ())
    elif await _controls_fail(job):
        reason = _refusal(job, drop)
        judging.refuse(job.store, job.run, Finding("probe.fault", "error", "", "probe", "", reason[:300]))
        raise Refused(reason)
    else:
        await _confirm(job, found, drop)


async def _confirm(job: Job, found: Sequence[Standing], drop: Drop) -> None:
    """Ask the newly failing again: what is answered now was no failure, and no payable answer either."""
    failing = [check.resource_id for check in found if check.newly_failing]
    targets = checks.targets_of(job.store, failing)
    again = {check.resource_id: check.outcome for check in await _ask(job, targets, "checks again")}
    shaky = guards.unsteady(failing, again)
    left = guards.drop(check for check in found if check.resource_id not in set(shaky))
    findings = []
    if shaky:
        told = f"{len(shaky)} of {len(failing)} checks of resources that newly fail were answered when asked again"
        findings.append(Finding("probe.unsteady", "warning", "", "probe", "", told))
    if left.failing:
        told = f"{_counted(drop, left.failing)}, asked twice; the controls answer"
        findings.append(Finding("probe.drop", "warning", "", "probe", "", told[:300]))
    judging.settle_judged(job.store, job.run, shaky, findings)


async def _controls_fail(job: Job) -> bool:
    configured = await _outcomes(job, job.controls)
    sources = [] if configured else await _outcomes(job, [source.url for source in job.sources], sources=True)
    return guards.controls_fail(configured, sources)


async def _outcomes(job: Job, urls: Sequence[str], *, sources: bool = False) -> list[Outcome]:
    targets = [Target(number, url, "http", (), configured=sources) for number, url in enumerate(urls)]
    return [check.outcome for check in await _ask(job, targets, "controls")]


async def _ask(job: Job, targets: Sequence[Target], what: str) -> list[Check]:
    """Checks that are not kept, through the same spider, guard and politeness as all others; what was asked
    before neither fills their budgets nor counts their hosts as dead."""
    answers: list[Check] = []
    quiet = replace(
        job,
        keep=answers.extend,
        addresses=Addresses(job.limits),
        progress=lambda _, done, total: job.progress(what, done, total),
    )
    await runner.probe(quiet, targets)
    return answers


def _refusal(job: Job, drop: Drop) -> str:
    controls = job.controls or [source.shown or source.url for source in job.sources]
    return (
        f"{_counted(drop, drop.failing)}, and the controls do not answer us ({_some(controls)}): the fault may be "
        f"ours, so this run's checks count for nothing. To publish it as observed: --accept-drop {job.run.id}"
    )


def _counted(drop: Drop, failing: Sequence[str]) -> str:
    names = f" ({_some(failing)})" if failing else ""
    return f"{len(failing)} of {drop.origins} origins that were payable last time were not reached{names}"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
