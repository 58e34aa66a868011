"""The download handler: Scrapy's aiohttp handler behind the address guard, with our caps and plain failure causes.

Judged twice: the URL before anything happens, and the very address just before it is connected to. Under a replay
the connection goes to the recording's server on loopback instead, whatever host and scheme the URL names.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import aiohttp
from aiohttp import http_exceptions
from scrapy import Request
from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler, _ClientResponse
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    UnsupportedURLSchemeError,
)
from scrapy.utils.ssl import _make_ssl_context

from catalog.layers import Trace
from catalog.urls import has_userinfo, parse
from crawler.connect import GuardedResolver, socket_factory
from crawler.guard import AddressBlocked, Guard
from crawler.watch import CURRENT, Watch, WatchedTLS, begin

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from crawler.replay.recording import Recording

DNS_TTL = 300
RESOLVED_HOSTS = 10_000


class TransferError(DownloadFailedError):
    """No usable answer; ``kind`` is dns, refused, reset, tls, timeout, too_large, bad_http or blocked."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


class GuardedHandler(AiohttpDownloadHandler):
    """Every request of every spider goes through here.

    Settings: ``X402_GUARD`` (:class:`~crawler.guard.Guard`), ``X402_REPLAY`` (:class:`Recording` or None),
    ``X402_MAX_HEADER_BYTES``. A request with ``redirected`` in its meta has none of the guard's exemptions, nor a
    connection or a looked-up address that was had by one. Raises :class:`TransferError` only.
    """

    # The base class warns that it is experimental: it was chosen knowingly (docs/operator.md), its failures and
    # caps are covered by this project's tests.
    experimental = False

    def __init__(self, crawler: Crawler, guard: Guard | None = None) -> None:
        # Not AiohttpDownloadHandler's own: it would open a session on an unguarded connector.
        super(AiohttpDownloadHandler, self).__init__(crawler)
        settings = crawler.settings
        self._guard: Guard = guard or settings.get("X402_GUARD") or Guard()
        self._for_redirects: GuardedHandler | None = None
        self._recording: Recording | None = settings.get("X402_REPLAY")
        self._ssl_context = _make_ssl_context(settings)
        self._ssl_context.sslobject_class = WatchedTLS
        self._header_bytes = settings.getint("X402_MAX_HEADER_BYTES")
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._pool_size_total,
                resolver=GuardedResolver(self._guard),
                socket_factory=socket_factory(self._guard),
                ttl_dns_cache=DNS_TTL,
                dns_cache_max_size=RESOLVED_HOSTS,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            response_class=_ClientResponse,
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
            max_line_size=self._header_bytes,
            max_field_size=self._header_bytes,
            trace_configs=[_watching()],
        )

    async def download_request(self, request: Request) -> Response:
        """The answer, or :class:`TransferError`."""
        if request.meta.get("redirected") and self._guard.exempt:
            self._for_redirects = self._for_redirects or GuardedHandler(self.crawler, self._guard.without_exemptions())
            return await self._for_redirects.download_request(request)
        problem = self._guard.check_url(request.url)
        if problem:
            raise TransferError("blocked", problem)
        line = self._recording.line(request.method, request.url) if self._recording else None
        if line is not None and line.error:
            request.meta["recorded_latency_ms"] = line.latency_ms
            raise TransferError(line.error, f"recorded: {line.error}")
        watch = None if self._recording else Watch()
        request.meta["trace"] = watch or Trace()  # under a replay every connection is our own
        token = CURRENT.set(watch)
        try:
            response = await super().download_request(request)
        except Exception as error:
            raise TransferError(*_cause(error)) from error
        finally:
            CURRENT.reset(token)
        if self._recording is not None:
            request.meta["recorded_latency_ms"] = line.latency_ms if line else None
        return response

    @asynccontextmanager
    async def _make_request(self, request: Request, timeout: float) -> AsyncIterator[_ClientResponse]:
        sent = self._recording.redirect(request) if self._recording else request
        async with super()._make_request(sent, timeout) as response:
            if sum(len(name) + len(value) for name, value in response.raw_headers) > self._header_bytes:
                raise DownloadCancelledError(f"more than {self._header_bytes} bytes of headers")
            watch = CURRENT.get()
            if watch is not None:
                watch.end()
            yield response

    async def close(self) -> None:
        """Give all connections back."""
        if self._for_redirects is not None:
            await self._for_redirects.close()
        await super().close()


def _watching() -> aiohttp.TraceConfig:
    """Tells the watch of a request what aiohttp alone knows: names it waits for, and when it has a connection."""

    async def named(*_: object) -> None:
        begin("dns", timed=False)  # known, or somebody else's look-up, perhaps still under way

    async def connected(*_: object) -> None:
        begin("http")

    config = aiohttp.TraceConfig()
    config.on_dns_cache_hit.append(named)
    config.on_connection_create_end.append(connected)
    config.on_connection_reuseconn.append(connected)
    return config


def failure_kind(error: BaseException | None) -> str:
    """The kind of a request that failed: a :class:`TransferError`'s own, or what Scrapy's middlewares raise."""
    if isinstance(error, TransferError):
        return error.kind
    # Of those in use only decompression ignores an answer, where it grows beyond the cap.
    return "too_large" if isinstance(error, IgnoreRequest) else "bad_http"


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


def _cause(error: BaseException) -> tuple[str, str]:
    """What went wrong, told apart by the exceptions beneath Scrapy's (which hide TLS failures and resets)."""
    chain = list(_chain(error))
    blocked = next((e for e in chain if isinstance(e, AddressBlocked)), None)
    if blocked is not None:
        return "blocked", str(blocked)
    detail = f"{type(chain[-1]).__name__}: {chain[-1]}"[:300]
    for kind, classes in _KINDS:
        if any(isinstance(e, classes) for e in chain):
            return kind, detail
    return "bad_http", detail


_KINDS: tuple[tuple[str, tuple[type[BaseException], ...]], ...] = (
    ("too_large", (DownloadCancelledError, http_exceptions.LineTooLong)),
    ("timeout", (DownloadTimeoutError, TimeoutError)),
    ("dns", (CannotResolveHostError, aiohttp.ClientConnectorDNSError)),
    ("tls", (aiohttp.ClientSSLError, ssl.SSLError, ssl.CertificateError)),
    ("refused", (ConnectionRefusedError,)),
    ("reset", (ConnectionResetError, BrokenPipeError, aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError)),
    ("bad_http", (http_exceptions.HttpProcessingError, aiohttp.ClientResponseError, UnsupportedURLSchemeError)),
    ("refused", (aiohttp.ClientConnectorError, OSError)),
)


def _chain(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        inner = getattr(current, "os_error", None)
        if isinstance(inner, BaseException):
            yield inner
        current = current.__cause__ or current.__context__
