"""What both spiders share: the job they work on, and how they end when the store fails."""

from __future__ import annotations

import asyncio
from typing import Any

from scrapy import Spider

from crawler.config import standalone_job
from crawler.job import Job


class JobSpider(Spider):
    """A spider of one :class:`~crawler.job.Job`; under ``scrapy crawl`` it makes its own from the configuration."""

    def __init__(self, job: Job | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.job = job or standalone_job()
        self.failed: BaseException | None = None
        self._stopping: asyncio.Future[None] | None = None

    def stop(self, error: BaseException) -> None:
        """End early because of ``error``: going on would only ask servers for answers nobody keeps."""
        self.failed = self.failed or error
        engine = self.crawler.engine
        if engine is not None and self._stopping is None:
            self._stopping = asyncio.ensure_future(engine.close_spider_async(reason="store_failed"))
