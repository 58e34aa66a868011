"""The one place where items are stored: listing pages one by one, checks in batches.

A failing store ends the spider: going on would only ask servers for answers nobody keeps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog.records import Check
from catalog.store.checks import keep_checks

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.job import Job

BATCH = 200


class StorePipeline:
    """Takes :class:`~catalog.records.Check` items; listing pages are saved by their spider, which needs the answer
    (how many distinct resources so far) to know whether to go on."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._waiting: list[Check] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StorePipeline:
        """Scrapy's constructor."""
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        """Keep a check; a full batch is committed. (A coroutine: Scrapy awaits others by way of a Twisted Deferred.)"""
        if isinstance(item, Check):
            self._waiting.append(item)
            if len(self._waiting) >= BATCH and not self._flush():
                self._spider.stop(self._spider.failed)
        return item

    def close_spider(self) -> None:
        """Commit what is left."""
        self._flush()

    @property
    def _spider(self) -> Any:
        return self._crawler.spider

    def _flush(self) -> bool:
        """Whether what was waiting is kept."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return True
        job: Job = self._spider.job
        try:
            if job.keep is not None:
                job.keep(waiting)
            else:
                keep_checks(job.store, job.run, waiting)
        except Exception as error:  # whatever it is, a run that lost checks has failed
            self._spider.failed = error
            return False
        return True
