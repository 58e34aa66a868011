"""Reads the facilitators' bazaars."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from scrapy import Request

from catalog.records import Finding, Severity
from catalog.store.engine import StoreError
from catalog.store.findings import note
from catalog.store.intake import begin_source, finish_source, save_page
from crawler.causes import failure_kind
from crawler.decoders.envelope import BadPage, HugePage
from crawler.decoders.listing import ListingPage, decode_page
from crawler.handlers import location
from crawler.politeness.quiet import Quiet
from crawler.politeness.robotstxt import quiet_of
from crawler.spiders.base import JobSpider

if TYPE_CHECKING:
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from crawler.job import Job
    from crawler.sources import Source

REPEATS = 3
"""Pages in a row without a single new resource before a listing counts as endless."""
ATTEMPTS = 3
"""Per page: a listing is worth asking for again."""
REDIRECTS = 5
TIMEOUT = 60
RETRYABLE = ("dns", "refused", "reset", "timeout", "bad_http")


class BazaarSpider(JobSpider):
    """Reads every configured facilitator's ``/discovery/resources``, page by page.

    Pages as CDP really pages: the limit is rounded and the offset snapped by the server, so the next offset is what
    it *returned*; pages repeat rows, and the total moves. Every page is committed as it comes; a killed crawl leaves
    out the sources it had finished and reads the others again. A listing is complete when its distinct rows reach
    its total.

    :input: the configured sources
    :output: rows in ``listings``, ``resources``, ``findings`` and ``source_runs``
    """

    name = "bazaar"

    def __init__(self, job: Job | None = None, **kwargs: Any) -> None:
        super().__init__(job, **kwargs)
        self._reading: dict[str, Reading] = {}

    async def start(self) -> AsyncIterator[Request]:
        """One chain of pages per source."""
        for source in self.job.sources:
            try:
                begun = begin_source(self.job.store, self.job.run, source.name, source.shown or source.url)
            except StoreError as error:
                self.stop(error)
                return
            if begun:
                self._reading[source.name] = Reading(Quiet(self.job.limits.patience))
                yield self._page(source, 0)

    def _page(self, source: Source, offset: int, attempt: int = 1, url: str = "", hops: int = 0) -> Request:
        parts = urlsplit(source.url)
        query = dict(parse_qsl(parts.query, keep_blank_values=True)) | {"limit": source.page_size, "offset": offset}
        return Request(
            url or urlunsplit(parts._replace(query=urlencode(query))),
            callback=self.parse,
            errback=self.errback,
            dont_filter=True,
            meta={
                "handle_httpstatus_all": True,
                "download_timeout": TIMEOUT,
                "download_maxsize": source.max_bytes,
                "configured": hops == 0,
            },
            cb_kwargs={"source": source, "offset": offset, "attempt": attempt, "hops": hops},
        )

    async def parse(
        self, response: Response, source: Source, offset: int, attempt: int, hops: int
    ) -> AsyncIterator[Request]:
        """A page, or why there is none; a server that asks for quiet first (``Retry-After``) is given it."""
        waited = await self._waited(response, source, attempt)
        for request in self._stored(self._take(response, source, offset, attempt, hops, waited)):
            yield request

    async def _waited(self, response: Response, source: Source, attempt: int) -> bool | None:
        """Whether the quiet the server asked for has passed: False where it is longer than our patience with the
        source, or there is no further attempt; None where it asked for none."""
        asked = quiet_of(response)
        if asked is None:
            return None
        quiet, now = self._reading[source.name].quiet, asyncio.get_running_loop().time()
        quiet.ask(now, asked)
        if quiet.ended or attempt >= ATTEMPTS:
            return False
        await asyncio.sleep(asked)
        return True

    def _stored(self, steps: Iterator[Request]) -> Iterator[Request]:
        """``steps``, which store what they read; a failing store ends the spider."""
        try:
            yield from steps
        except StoreError as error:
            self.stop(error)

    def _take(
        self, response: Response, source: Source, offset: int, attempt: int, hops: int, waited: bool | None
    ) -> Iterator[Request]:
        if response.status in (301, 302, 303, 307, 308):
            target = location(response)
            if target is not None and hops < REDIRECTS:
                yield self._page(source, offset, attempt, target, hops + 1)
                return
            where = "nowhere we could ask" if target is None else f"further after {REDIRECTS} redirects"
            yield from self._again(source, offset, attempt, f"HTTP status {response.status}, pointing {where}", False)
            return
        if response.status != 200:
            retry = response.status >= 500 if waited is None else waited
            yield from self._again(source, offset, attempt, f"HTTP status {response.status}", retry)
            return
        try:
            page = decode_page(response.body, source.name, allow_private=self.job.guard.allow_private)
        except HugePage as error:
            yield from self._smaller(source, offset, attempt, str(error))
            return
        except BadPage as error:
            yield from self._again(source, offset, attempt, str(error), retry=True)
            return
        yield from self._next(source, offset, page)

    def errback(self, failure: Failure) -> Iterator[Request]:
        """No answer at all."""
        request: Request = failure.request  # type: ignore[attr-defined]
        error = failure.value
        kind = failure_kind(error)
        source, offset, attempt = (request.cb_kwargs[name] for name in ("source", "offset", "attempt"))
        why = f"{kind}: {error}"
        if kind == "too_large":
            yield from self._stored(self._smaller(source, offset, attempt, why))
        else:
            yield from self._stored(self._again(source, offset, attempt, why, retry=kind in RETRYABLE))

    def _smaller(self, source: Source, offset: int, attempt: int, why: str) -> Iterator[Request]:
        """Ask for fewer rows at a time where a page was beyond our bounds."""
        smaller = source.smaller()
        if smaller is None:
            yield from self._again(source, offset, attempt, why, retry=False)
            return
        told = f"{why}; asked again for {smaller.page_size} rows at a time"[:300]
        finding = Finding("source.page_too_large", "info", "", source.name, f"offset {offset}", told)
        note(self.job.store, self.job.run, [finding])
        yield self._page(smaller, offset)

    def _again(self, source: Source, offset: int, attempt: int, why: str, retry: bool) -> Iterator[Request]:
        if retry and attempt < ATTEMPTS:
            yield self._page(source, offset, attempt + 1)
            return
        finding = Finding("source.unreadable", "error", "", source.name, f"offset {offset}", why[:300])
        note(self.job.store, self.job.run, [finding])
        finish_source(self.job.store, self.job.run, source.name, complete=False, failed=why[:300])

    def _next(self, source: Source, offset: int, page: ListingPage) -> Iterator[Request]:
        start = page.offset if page.offset is not None else offset
        following = start + (page.limit or page.rows)
        reading = self._reading[source.name]
        reading.take(page)
        save_page(
            self.job.store, self.job.run, source.name, page.listings, page.findings,
            rows=page.rows, distinct=len(reading.seen), total=page.total,
        )  # fmt: skip
        self.job.progress(source.name, reading.rows, page.total)
        ended = _ended(source, page, reading, start, following)
        if ended is None:
            yield self._page(source, following)
        else:
            self._finish(source, page, reading, ended)

    def _finish(self, source: Source, page: ListingPage, reading: Reading, ended: str) -> None:
        distinct = len(reading.seen)
        total = page.total if page.total is not None else distinct
        complete = not ended and distinct > 0 and distinct >= total and not reading.partial
        code, message = "", ended
        if ended:
            code = "source.endless"
        elif distinct == 0:
            code, message = "source.empty", "the listing is empty: nothing it held before counts as absent"
        elif not complete:
            code = "source.partial"
            missing = ", and rows were left out" if reading.partial else ""
            message = f"{distinct} distinct rows of {total} reported{missing}: nothing else counts as absent"
        if code:
            severity: Severity = "info" if code == "source.partial" else "warning"
            note(self.job.store, self.job.run, [Finding(code, severity, "", source.name, "pagination", message)])
        finish_source(
            self.job.store, self.job.run, source.name, complete=complete, message=message, limits=self.job.thresholds
        )


@dataclass(slots=True)
class Reading:
    """Where the reading of one source stands: distinct rows so far, and pages in a row without a new one."""

    quiet: Quiet
    seen: set[str] = field(default_factory=set)
    stale: int = 0
    pages: int = 0
    rows: int = 0
    partial: bool = False

    def take(self, page: ListingPage) -> None:
        """Count a page."""
        before = len(self.seen)
        self.seen.update(page.keys)
        self.stale = self.stale + 1 if len(self.seen) == before else 0
        self.pages += 1
        self.rows += page.rows
        self.partial = self.partial or page.partial


def _ended(source: Source, page: ListingPage, reading: Reading, start: int, following: int) -> str | None:
    """Why there is no next page ("" for an ordinary end), or None where there is one."""
    if page.rows == 0:
        return ""
    if page.total is None and page.limit is None and (page.rows != source.page_size or reading.stale):
        # Without figures, only a page of just the size we asked for can have one behind it; one that then repeats
        # its rows has ignored the offset and is the whole listing.
        return ""
    if reading.stale >= REPEATS:
        # A server that answers beyond its end with its last page again has shown all it reports.
        whole = page.total is not None and len(reading.seen) >= page.total
        return "" if whole else f"{REPEATS} pages in a row held nothing new"
    if reading.pages >= source.max_pages:
        return f"stopped after {source.max_pages} pages"
    if len(reading.seen) >= source.max_rows:
        return f"stopped after {source.max_rows} rows"
    if following <= start:
        return "the next page would not go on"
    if page.total is not None and following >= page.total and page.rows < (page.limit or source.page_size):
        return ""
    return None
