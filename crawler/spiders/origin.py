"""Reads what origins say about themselves."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.exceptions import IgnoreRequest

from catalog.declared import OWN, Declaration
from catalog.records import Finding
from catalog.store.engine import StoreError
from catalog.store.visits import Page, Validators, Visit, save_visit, visits
from catalog.text import one_line
from catalog.urls import parse, registrable_domain
from crawler.causes import TransferError, failure_kind
from crawler.decoders.origin import KINDS, PATHS, READER, decode
from crawler.decoders.own import BadDocument, NoDocument
from crawler.handlers import CUT, location
from crawler.politeness.robots import Robots
from crawler.spiders.base import JobSpider

if TYPE_CHECKING:
    from scrapy.http import Response

    from crawler.job import Job

WINDOW = 200
"""Origins visited at a time."""
REDIRECTS = 3
MAX_BYTES = 2 * 1024 * 1024
"""Per document, decompressed."""
_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{0,200}"')
_DATE = re.compile(r"[A-Za-z0-9,: +-]{1,40}")


class OriginSpider(JobSpider):
    """Visits each origin once a night: ``/.well-known/x402``, ``/.well-known/x402.json``, ``/openapi.json``,
    ``/.well-known/agent-card.json`` and its front page, with plain GET requests one after another.

    An origin that gives no answer to the first request is left alone, a document that did not change is not sent again
    (ETag, Last-Modified), redirects are followed within its registrable domain only, and robots.txt is heeded. What
    an origin declares about itself is kept as attestation; a resource it declares is checked tonight.

    :input: the origins of all known resources, see :func:`catalog.store.visits.visits`
    :output: rows in ``origin_pages``, ``attestations``, ``listings``, ``resources`` and ``findings``
    """

    name = "origin"

    def __init__(self, job: Job | None = None, visits: Sequence[Visit] | None = None, **kwargs: Any) -> None:
        super().__init__(job, **kwargs)
        self.visits = _due(self.job) if visits is None else visits
        self._window = asyncio.Semaphore(WINDOW)
        self._done = 0
        self._spent: Counter[str] = Counter()

    async def start(self) -> AsyncIterator[Any]:
        """All visits, a window at a time; nothing is left for Scrapy to schedule."""
        claimed = asyncio.Event()
        claimed.set()
        async with asyncio.TaskGroup() as walking:
            for visit in self.visits:
                await self._window.acquire()
                if self.failed is not None:
                    break
                before, claimed = claimed, asyncio.Event()
                walking.create_task(self._visit(visit, before, claimed))
        nothing: tuple[Request, ...] = ()
        for request in nothing:
            yield request

    async def _visit(self, visit: Visit, before: asyncio.Event, claimed: asyncio.Event) -> None:
        """One visit; the addresses' budgets are claimed in the order of visits, whatever name resolves first."""
        try:
            addresses = await self._addresses_of(visit)
            await before.wait()
            granted = self._granted(addresses, len(visit.pages) + 1)
            claimed.set()
            pages = await self._pages(visit, addresses) if granted else []
            if pages:
                save_visit(self.job.store, self.job.run, visit, pages, READER, KINDS)
        except StoreError as error:
            self.stop(error)
        finally:
            claimed.set()
            self._window.release()
            self._done += 1
            self.job.progress("origins", self._done, len(self.visits))

    async def _addresses_of(self, visit: Visit) -> tuple[str, ...]:
        """Where the origin's name leads; a replay names hosts, but asks nobody but itself."""
        if self.job.recording is not None or self.job.site.opted_out(visit.url):
            return ()
        return await self.job.names.addresses(parse(visit.url).host, self.settings.getfloat("DOWNLOAD_TIMEOUT"))

    def _granted(self, addresses: Sequence[str], wanted: int) -> bool:
        """Whether all the addresses have room for a visit; half of each one's budget is for checks alone."""
        limit = self.job.limits.address // 2
        if any(self._spent[address] + wanted > limit for address in addresses):
            return False
        self._spent.update(dict.fromkeys(addresses, wanted))
        return self.job.addresses.claim(addresses, wanted) == wanted

    async def _pages(self, visit: Visit, addresses: Sequence[str]) -> list[Page]:
        """What the origin's documents answered, up to the first that got no answer; nothing of who opted out."""
        if self.job.site.opted_out(visit.url):
            return []
        await self.job.addresses.enter(addresses)
        try:
            if self.job.addresses.dead(addresses):
                return [Page(path) for path in visit.pages]
            reception = await self.receive(visit.url)
            self.job.addresses.tell(addresses, reception.answered)
            if self.job.recording is None and (not reception.answered or reception.quiet is not None):
                return [Page(path) for path in visit.pages]
            return await self._read(visit, reception.robots)
        finally:
            self.job.addresses.leave(addresses)

    async def _read(self, visit: Visit, robots: Robots) -> list[Page]:
        pages: list[Page] = []
        for path, known in visit.pages.items():
            if not robots.permits(f"{visit.url}{path}", listed=False):
                pages.append(Page(path))
                continue
            try:
                pages.append(await self._page(visit, path, known))
            except (TransferError, IgnoreRequest) as error:
                kind = failure_kind(error)
                if kind != "too_large":
                    return [*pages, Page(path)]
                pages.append(Page(path, findings=(_finding(visit, path, kind, str(error)),)))
        return pages

    async def _page(self, visit: Visit, path: str, known: Validators) -> Page:
        response, direct = await self._fetched(visit, path, known)
        if response is None:
            return Page(path)
        if response.status == 304 and direct:
            return Page(path, 304)
        if response.status in (404, 410):
            return Page(path, response.status, declared=Declaration())
        if response.status != 200:
            return Page(path, response.status)
        if CUT in response.flags:
            return Page(path, 200, findings=(_finding(visit, path, "too_large", f"more than {MAX_BYTES} bytes"),))
        given = _validators(response) if direct else Validators()
        document = response.url if path == "/" else f"{visit.url}{path}"
        try:
            declared = decode(path, response.body, document, allow_private=self.job.guard.allow_private)
        except NoDocument:
            return Page(path, 200, given, Declaration())
        except BadDocument as error:
            return Page(path, 200, findings=(error.finding,))
        except Exception as error:  # whatever a document does to us, it costs neither the night nor its neighbours
            self.logger.exception("the document %s", document)
            return Page(path, 200, findings=(_finding(visit, path, "prober_fault", repr(error), severity="error"),))
        return Page(path, 200, given, declared)

    async def _fetched(self, visit: Visit, path: str, known: Validators) -> tuple[Response | None, bool]:
        """The answer at the end of few redirects, None where they lead out of the origin's domain or too far; and
        whether it came without any."""
        assert self.crawler.engine is not None
        url, headers = f"{visit.url}{path}", _asking(path, known)
        for hop in range(REDIRECTS + 1):
            meta = {"download_maxsize": MAX_BYTES, "body_of": (200,)}
            response = await self.crawler.engine.download_async(Request(url, headers=headers, meta=meta))
            if response.status not in (301, 302, 303, 307, 308):
                return response, hop == 0
            target = location(response)
            if target is None or not self._same_place(target, visit.url):
                return None, False
            url, headers = target, _asking(path, Validators())
        return None, False

    def _same_place(self, url: str, other: str) -> bool:
        """Whether both lie under one registrable domain, and nobody there opted out."""
        same = registrable_domain(parse(url).host) == registrable_domain(parse(other).host)
        return same and not self.job.site.opted_out(url)


def _due(job: Job) -> list[Visit]:
    return visits(job.store, job.run, PATHS, READER, job.recording.knows if job.recording else None)


def _asking(path: str, known: Validators) -> dict[str, str]:
    """Headers that ask for a page or for JSON, and only for news."""
    headers = {"Accept": "text/html" if path == "/" else "application/json"}
    if known.etag:
        headers["If-None-Match"] = known.etag
    if known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    return headers


def _validators(response: Response) -> Validators:
    """Those we may send back: nothing else that a server says goes into our requests."""
    etag = (response.headers.get("ETag") or b"").decode("latin-1")
    modified = (response.headers.get("Last-Modified") or b"").decode("latin-1")
    return Validators(etag if _ETAG.fullmatch(etag) else "", modified if _DATE.fullmatch(modified) else "")


def _finding(visit: Visit, path: str, code: str, why: str, *, severity: Any = "warning") -> Finding:
    source = OWN + KINDS.get(path, "page")
    return Finding(f"declared.{code}", severity, f"{visit.url}{path}", source, "", one_line(why, 300))
