"""The stages of a night that belong to the crawl side: crawl, probe, build. Export and publish follow in the CLI."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

from catalog.render import documents
from catalog.resolve import resolve
from catalog.run import Run
from catalog.store import days, ledger, reading
from catalog.store.engine import Store
from catalog.store.intake import finish_source
from catalog.store.reports import passing, report
from catalog.store.runs import set_run
from crawler import config as configuration
from crawler import judgement, runner, writing
from crawler.config import Config
from crawler.job import Job, Progress
from crawler.politeness.addresses import Addresses
from crawler.replay.recording import LISTING_PATH, Recording
from crawler.replay.server import serving
from crawler.sources import Source


class NoSourceRead(RuntimeError):
    """Not one source could be read: the run failed, what is known stays as it is."""


@contextlib.asynccontextmanager
async def prepared(
    config: Config, store: Store, run: Run, recording: Recording | None, progress: Progress, *, allow_private: bool
) -> AsyncIterator[Job]:
    """The job of a run: live, or with its recording served on loopback while the context lasts."""
    if recording is None:
        sources = config.live_sources()
        guard = config.guard(allow_private=allow_private)
        yield Job(
            store, run, sources, guard, config.site(),
            progress=progress, contact=config.contact, settings=config.scrapy(),
            addresses=Addresses(config.limits()),
            thresholds=config.thresholds(), controls=config.controls,
        )  # fmt: skip
        return
    async with serving(recording) as address:
        sources = tuple(_recorded(name, address) for name in sorted(recording.sources))
        guard = config.guard(allow_private=allow_private, replay=address)
        yield Job(
            store, run, sources, guard, config.site(), recording, progress, config.contact, politeness=False,
            settings={"DOWNLOAD_TIMEOUT": 60, "DOWNLOAD_HANDLERS": config.scrapy()["DOWNLOAD_HANDLERS"]},
            addresses=Addresses(config.limits()),
            thresholds=config.thresholds(), controls=recording.controls,
        )  # fmt: skip


def _recorded(name: str, address: str) -> Source:
    return replace(configuration.source(name, f"http://{address}{LISTING_PATH}/{name}"), shown=f"replay:{name}")


async def crawl(job: Job) -> None:
    """Read the listings. Raises :class:`NoSourceRead` where every source failed."""
    set_run(job.store, job.run, stage="crawl")
    await runner.crawl(job)
    for name, source in report(job.store, job.run.id)["sources"].items():
        if source["status"] == "running":
            finish_source(job.store, job.run, name, complete=False, failed="it ended half-way; the log says why")
    sources = report(job.store, job.run.id)["sources"]
    if sources and all(source["status"] == "failed" for source in sources.values()):
        reasons = "; ".join(f"{name}: {source['message']}" for name, source in sources.items())
        raise NoSourceRead(f"no source could be read ({reasons})")


async def visit(job: Job) -> None:
    """Read what origins say about themselves: what they declare is known and checked tonight."""
    await runner.visit(job)


async def probe(job: Job, *, only_due: bool = False, accept_drop: bool = False) -> None:
    """Check everything, or what is due, and judge the night. Raises :class:`~crawler.judgement.Refused`."""
    set_run(job.store, job.run, stage="probe")
    await runner.probe(job, only_due=only_due)
    await judgement.judge(job, accepted=accept_drop)


def build(config: Config, store: Store, run: Run, progress: Progress) -> ledger.Built:
    """Resolve everything known into tonight's catalogue and its documents; then let go of checks of long ago."""
    set_run(store, run, stage="build")
    known, names = reading.load(store, run)
    site = config.site()
    catalogue = resolve(known, names, run, site, progress)
    if endpoint := config.writer():
        catalogue, _ = writing.rewrite(endpoint, store, catalogue, progress)
    built = ledger.save(store, catalogue, documents(catalogue, site))
    days.prune(store, run)
    # Only how many there are: how many were rewritten depends on what was built before.
    set_run(store, run, counts={"documents": built.documents, **passing(store, run)})
    return built
