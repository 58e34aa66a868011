"""The download handlers: Scrapy's own behind the address guard, with our caps and plain failure causes.

Judged three times: the URL before anything happens, all answers of the resolver, and the very address just before it
is connected to. Under a replay the connection goes to the recording's server on loopback instead, whatever host and
scheme the URL names. :mod:`crawler.fallback` holds a second client behind the same rules.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import aiohttp
from scrapy import Request
from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler, _ClientResponse
from scrapy.core.downloader.handlers._base_streaming import BaseStreamingDownloadHandler
from scrapy.exceptions import DownloadCancelledError
from scrapy.utils._download_handlers import make_response
from scrapy.utils.ssl import _make_ssl_context

from catalog.layers import Trace
from catalog.site import Site
from catalog.urls import has_userinfo, parse
from crawler.causes import TransferError, cause
from crawler.connect import CappedConnector, GuardedResolver, Names, socket_factory
from crawler.guard import Guard
from crawler.watch import CURRENT, Watch, WatchedTLS

if TYPE_CHECKING:
    from ssl import SSLContext

    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from crawler.replay.recording import Recording

CUT = "cut"
"""The flag of a response whose body was beyond the cap, and is left out."""

if TYPE_CHECKING:
    _Base = BaseStreamingDownloadHandler[Any]
else:
    _Base = object


class Guarded(_Base):
    """What both handlers share, to stand before a streaming handler of Scrapy's. Every request of every spider goes
    through here.

    Settings: ``X402_GUARD`` (:class:`~crawler.guard.Guard`), ``X402_REPLAY`` (:class:`Recording` or None),
    ``X402_MAX_HEADER_BYTES``. Only a request with ``configured`` in its meta, for what the operator named himself,
    has the guard's exemptions; others not even a connection or a looked-up address that was had by one. With
    ``body_of`` (statuses) the bodies of other statuses are not read, and one beyond the cap is left out and flagged
    :data:`CUT`. ``trace`` in the meta tells how far the request came. Raises :class:`TransferError` only.
    """

    # The base classes warn that they are experimental: they were chosen knowingly (docs/operator.md), their failures
    # and caps are covered by this project's tests.
    experimental = False

    def __init__(self, crawler: Crawler, guard: Guard | None = None) -> None:
        settings = crawler.settings
        self._guard: Guard = guard or settings.get("X402_GUARD") or Guard()
        self._unexempt: Guarded | None = None
        self._recording: Recording | None = settings.get("X402_REPLAY")
        self._header_bytes = settings.getint("X402_MAX_HEADER_BYTES")
        self._site: Site = settings.get("X402_SITE") or Site()
        self._open(crawler)

    def _owners_word(self, request: Request) -> str | None:
        """Spiders leave out who opted out; whatever one forgets, and wherever a redirect leads, ends here."""
        away = self._site.opt_out and not request.meta.get("configured") and self._site.opted_out(request.url)
        return "its owner opted out" if away else None

    def _open(self, crawler: Crawler) -> None:
        """Open the client, on guarded connections only."""
        raise NotImplementedError

    async def download_request(self, request: Request) -> Response:
        """The answer, or :class:`TransferError`."""
        if self._guard.exempt and not request.meta.get("configured") and self._recording is None:
            self._unexempt = self._unexempt or type(self)(self.crawler, self._guard.without_exemptions())
            return await self._unexempt.download_request(request)
        problem = (
            "a proxy would go round the guard" if request.meta.get("proxy") else self._guard.check_url(request.url)
        )
        problem = problem or self._owners_word(request)
        if problem:
            raise TransferError("blocked", problem)
        line = self._recording.line(request.method, request.url) if self._recording else None
        if line is not None and line.error:
            request.meta["recorded_latency_ms"] = line.latency_ms
            raise TransferError(line.error, f"recorded: {line.error}")
        response = await self._watched(request)
        if self._recording is not None:
            request.meta["recorded_latency_ms"] = line.latency_ms if line else None
        return response

    async def _watched(self, request: Request) -> Response:
        watch = None if self._recording else Watch()
        request.meta["trace"] = watch or Trace()  # under a replay every connection is our own
        token = CURRENT.set(watch)
        try:
            return await super().download_request(request)
        except Exception as error:
            raise cause(error) from error
        finally:
            CURRENT.reset(token)

    def _sent(self, request: Request) -> Request:
        """The request as it goes out: to the host as the guard read it (two parsers can find two hosts in one URL),
        under a replay to the recording's server."""
        if self._recording:
            return self._recording.redirect(request)
        netloc, raw = parse(request.url).netloc, urlsplit(request.url)
        return request if raw.netloc == netloc else request.replace(url=urlunsplit(raw._replace(netloc=netloc)))

    def _take_headers(self, size: int) -> None:
        """The headers are here: the last layer is reached."""
        if size > self._header_bytes:
            raise DownloadCancelledError(f"more than {self._header_bytes} bytes of headers")
        watch = CURRENT.get()
        if watch is not None:
            watch.end()

    async def _read_response(self, response: Any, request: Request) -> Response:
        wanted = request.meta.get("body_of")
        if wanted is None:
            return await super()._read_response(response, request)
        headers = self._extract_headers(response)
        bare = self._build_base_response_args(response, request, headers)
        try:
            if bare["status"] in wanted:
                return await super()._read_response(response, request)
            flags = []
        except DownloadCancelledError:
            flags = [CUT]
        headers.pop(b"Content-Encoding", None)
        return make_response(**bare, flags=flags)

    async def close(self) -> None:
        """Give all connections back."""
        if self._unexempt is not None:
            await self._unexempt.close()
        await super().close()


class GuardedHandler(Guarded, AiohttpDownloadHandler):
    """The aiohttp client, our default."""

    def _open(self, crawler: Crawler) -> None:
        # Not AiohttpDownloadHandler's own: it would open a session on an unguarded connector.
        super(AiohttpDownloadHandler, self).__init__(crawler)
        self._ssl_context = watched_tls(crawler)
        names: Names = crawler.settings.get("X402_NAMES") or Names()
        self._session = aiohttp.ClientSession(
            connector=CappedConnector(
                limit=0,  # lanes and downloader bound them; waiting here would count against a request's time-out
                resolver=GuardedResolver(self._guard, names),
                socket_factory=socket_factory(self._guard),
                use_dns_cache=False,  # a run's names are looked up once anyway
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            response_class=_ClientResponse,
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
            max_line_size=self._header_bytes,
            max_field_size=self._header_bytes,
        )

    @asynccontextmanager
    async def _make_request(self, request: Request, timeout: float) -> AsyncIterator[_ClientResponse]:
        async with super()._make_request(self._sent(request), timeout) as response:
            self._take_headers(sum(len(name) + len(value) for name, value in response.raw_headers))
            yield response


def watched_tls(crawler: Crawler) -> SSLContext:
    """Scrapy's TLS settings on objects that tell when a handshake begins."""
    context = _make_ssl_context(crawler.settings)
    context.sslobject_class = WatchedTLS
    return context


def location(response: Response) -> str | None:
    """The absolute http(s) URL a ``Location`` header names; None without one, or where it names no such URL
    or credentials we would send."""
    named = response.headers.get("Location")
    try:
        target = urljoin(response.url, named.decode("latin-1")) if named else ""
        parse(target)
    except ValueError:  # urljoin's own for half an IPv6 address, InvalidURL for the rest
        return None
    return None if has_userinfo(target) else target
