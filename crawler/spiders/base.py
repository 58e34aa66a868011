"""What both spiders share: the job they work on, and how they end when the store fails."""

from __future__ import annotations

import asyncio
from typing import Any

from scrapy import Spider

from crawler.config import standalone_job
from crawler.job import Job
from crawler.politeness.lanes import Reception
from crawler.politeness.robotstxt import receive


class JobSpider(Spider):
    """A spider of one :class:`~crawler.job.Job`; under ``scrapy crawl`` it makes its own from the configuration."""

    def __init__(self, job: Job | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.job = job or standalone_job()
        self.failed: BaseException | None = None
        self._stopping: asyncio.Future[None] | None = None

    async def receive(self, url: str) -> Reception:
        """What the robots.txt of ``url``'s origin says to us; asked for once per origin and run."""
        return await receive(self.crawler, self.job, url)

    def stop(self, error: BaseException) -> None:
        """End early because of ``error``: going on would only ask servers for answers nobody keeps."""
        self.failed = self.failed or error
        engine = self.crawler.engine
        if engine is not None and self._stopping is None:
            self._stopping = asyncio.ensure_future(engine.close_spider_async(reason="store_failed"))
