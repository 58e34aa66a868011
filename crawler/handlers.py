"""The download handler: Scrapy's aiohttp handler behind the address guard, with our caps and plain failure causes.

Judged twice: the URL before anything happens, and the very address just before it is connected to. Under a replay
the connection goes to the recording's server on loopback instead, whatever host and scheme the URL names.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import http_exceptions
from scrapy import Request
from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler, _ClientResponse
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadFailedError,
    DownloadTimeoutError,
    UnsupportedURLSchemeError,
)
from scrapy.utils.ssl import _make_ssl_context

from crawler.connect import GuardedResolver, socket_factory
from crawler.guard import AddressBlocked, Guard

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
    ``X402_MAX_HEADER_BYTES``. Raises :class:`TransferError` only.
    """

    # The base class warns that it is experimental: it was chosen knowingly (docs/operator.md), its failures and
    # caps are covered by this project's tests.
    experimental = False

    def __init__(self, crawler: Crawler) -> None:
        # Not AiohttpDownloadHandler's own: it would open a session on an unguarded connector.
        super(AiohttpDownloadHandler, self).__init__(crawler)
        settings = crawler.settings
        self._guard: Guard = settings.get("X402_GUARD") or Guard()
        self._recording: Recording | None = settings.get("X402_REPLAY")
        self._ssl_context = _make_ssl_context(settings)
        header_bytes = settings.getint("X402_MAX_HEADER_BYTES")
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
            max_line_size=header_bytes,
            max_field_size=header_bytes,
        )

    async def download_request(self, request: Request) -> Response:
        """The answer, or :class:`TransferError`."""
        problem = self._guard.check_url(request.url)
        if problem:
            raise TransferError("blocked", problem)
        line = self._recording.line(request.method, request.url) if self._recording else None
        if line is not None and line.error:
            request.meta["recorded_latency_ms"] = line.latency_ms
            raise TransferError(line.error, f"recorded: {line.error}")
        try:
            response = await super().download_request(request)
        except Exception as error:
            raise TransferError(*_cause(error)) from error
        if self._recording is not None:
            request.meta["recorded_latency_ms"] = line.latency_ms if line else None
        return response

    @asynccontextmanager
    async def _make_request(self, request: Request, timeout: float) -> AsyncIterator[_ClientResponse]:
        sent = self._recording.redirect(request) if self._recording else request
        async with super()._make_request(sent, timeout) as response:
            yield response


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
