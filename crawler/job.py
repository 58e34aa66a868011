"""A job: one run of the crawl or the probe, as Scrapy sees it.

Spiders and the pipeline get everything they need from here: the store, the run's clock, the guard, the recording of
a replay, and who wants to see progress.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from scrapy import Spider
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings

import crawler.settings as project_settings
from catalog.resolve import Site
from catalog.run import Run
from catalog.store.engine import Store
from catalog.store.intake import Target, targets
from crawler.guard import Guard
from crawler.replay.recording import Recording
from crawler.sources import Source

RESULT = TypeVar("RESULT")
Progress = Callable[[str, int, int | None], None]
"""Called as (what, done, total or None)."""
GRACE = 2.0
"""Seconds for what is under way when we are told to stop; answers that came in are kept."""


def silent(what: str, done: int, total: int | None) -> None:
    """Progress nobody looks at."""


@dataclass(slots=True)
class Job:
    """What the spiders of one run share."""

    store: Store
    run: Run
    sources: Sequence[Source]
    guard: Guard
    site: Site
    recording: Recording | None = None
    progress: Progress = silent
    contact: str = "https://x402all.com/crawler"
    politeness: bool = True
    settings: dict[str, Any] = field(default_factory=dict)
    """Overrides of :mod:`crawler.settings`, for configuration and benchmarks."""

    def scrapy_settings(self) -> Settings:
        """The project's settings with this job's guard, recording and politeness."""
        settings = Settings()
        settings.setmodule(project_settings, priority="project")
        settings.set("USER_AGENT", f"x402-catalog/0.1 (+{self.contact})")
        settings.set("X402_GUARD", self.guard)
        settings.set("X402_REPLAY", self.recording)
        if not self.politeness:
            settings.set("CONCURRENT_REQUESTS_PER_DOMAIN", 64)
        elif self.recording is None:
            # Between two requests to one host, beside the two at a time of crawler.settings.
            settings.set("DOWNLOAD_DELAY", 0.25)
        settings.update(self.settings, priority="cmdline")
        return settings


async def crawl(job: Job) -> None:
    """Read all sources' listings into the store."""
    from crawler.spiders.bazaar import BazaarSpider

    await _run(job, BazaarSpider)


async def probe(job: Job, due: Sequence[Target] | None = None) -> int:
    """Ask each resource for its 402 challenge; the number of resources that were due.

    ``due`` defaults to everything that is due in this run. An awaitable over a list, so that it can be cut in parts.
    """
    from crawler.spiders.challenge import ChallengeSpider

    if due is None:
        due = targets(job.store, job.run, job.recording.knows if job.recording else None)
    if due:
        await _run(job, ChallengeSpider, targets=due)
    return len(due)


async def _run(job: Job, spider: type[Spider], **arguments: Any) -> None:
    runner = AsyncCrawlerRunner(job.scrapy_settings())
    crawler = runner.create_crawler(spider)
    try:
        # Shielded: Scrapy's engine takes a cancellation for an ordinary end, and half a night would be published.
        await asyncio.shield(runner.crawl(crawler, job=job, **arguments))
    except asyncio.CancelledError:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(runner.stop(), GRACE)
        raise
    failed = getattr(crawler.spider, "failed", None)
    if isinstance(failed, BaseException):
        raise failed


def run(coroutine: Coroutine[Any, Any, RESULT]) -> RESULT:
    """Run to the end on uvloop where there is one (not on Windows). Ctrl-C and SIGTERM end it in order.

    Raises KeyboardInterrupt where it was ended.
    """
    factory = None
    if sys.platform != "win32":
        import uvloop

        factory = uvloop.new_event_loop
    try:
        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(_stoppable(coroutine))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


async def _stoppable(coroutine: Coroutine[Any, Any, RESULT]) -> RESULT:
    """SIGTERM cancels as Ctrl-C does: an exception raised wherever the loop happens to be may get lost in it."""
    task = asyncio.current_task()
    if task is None or threading.current_thread() is not threading.main_thread():
        return await coroutine
    cancel = functools.partial(asyncio.get_running_loop().call_soon_threadsafe, task.cancel)
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: cancel())
    try:
        return await coroutine
    finally:
        signal.signal(signal.SIGTERM, before)
