"""Runs spiders to their end in one asyncio program, and ends them in order when we are told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import signal
import sys
import threading
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from scrapy.crawler import AsyncCrawlerRunner

from catalog.store.checks import Target, targets
from catalog.store.visits import visits
from crawler.decoders.origin import PATHS, READER
from crawler.job import Job
from crawler.spiders.base import JobSpider
from crawler.spiders.bazaar import BazaarSpider
from crawler.spiders.challenge import ChallengeSpider
from crawler.spiders.origin import OriginSpider

RESULT = TypeVar("RESULT")
GRACE = 2.0
"""Seconds for what is under way when we are told to stop; answers that came in are kept."""


async def crawl(job: Job) -> None:
    """Read all sources' listings into the store."""
    await _run(job, BazaarSpider)


async def visit(job: Job) -> int:
    """Read origins' own documents into the store; the number of origins that were due."""
    due = visits(job.store, job.run, PATHS, READER, job.recording.knows if job.recording else None)
    if due:
        await _run(job, OriginSpider, visits=due)
    return len(due)


async def probe(job: Job, due: Sequence[Target] | None = None, *, only_due: bool = False) -> int:
    """Ask each resource for its 402 challenge; the number of resources that were due.

    ``due`` defaults to everything known that was not asked in this run, or with ``only_due`` to what is due of it
    (:mod:`catalog.schedule`). An awaitable over a list, so that it can be cut in parts.
    """
    if due is None:
        due = targets(job.store, job.run, job.recording.knows if job.recording else None, only_due=only_due)
    if due:
        await _run(job, ChallengeSpider, targets=due)
    return len(due)


async def _run(job: Job, spider: type[JobSpider], **arguments: Any) -> None:
    runner = AsyncCrawlerRunner(job.scrapy_settings())
    crawler = runner.create_crawler(spider)
    try:
        # Shielded: Scrapy's engine takes a cancellation for an ordinary end, and half a night would be published.
        await asyncio.shield(runner.crawl(crawler, job=job, **arguments))
    except asyncio.CancelledError:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(runner.stop(), GRACE)
        raise
    if isinstance(crawler.spider, JobSpider) and crawler.spider.failed is not None:
        raise crawler.spider.failed


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
