"""The scheduler: first come, first served. Who may be asked when is decided before (:mod:`crawler.politeness.lanes`)."""

from __future__ import annotations

from collections import deque

from scrapy import Request
from scrapy.core.scheduler import BaseScheduler


class Queue(BaseScheduler):
    """Requests in the order they came, none twice judged: Scrapy's own keeps a queue for each host."""

    def __init__(self) -> None:
        self._waiting: deque[Request] = deque()

    def has_pending_requests(self) -> bool:
        """Whether any waits."""
        return bool(self._waiting)

    def enqueue_request(self, request: Request) -> bool:
        """Take every request: each is meant."""
        self._waiting.append(request)
        return True

    def next_request(self) -> Request | None:
        """The one that has waited longest."""
        return self._waiting.popleft() if self._waiting else None
