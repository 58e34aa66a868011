"""A second client behind the same guard and caps: httpx (``handler = "httpx"``, extra ``x402-catalog[httpx]``).

For the day the aiohttp client has a fault we cannot wait for. Scrapy's Twisted handler is no such fallback: it needs a
reactor, which our nights do not run (:mod:`crawler.settings`). Slower than aiohttp, and it tries the addresses of a
host one after another.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpcore2
import httpx2
from scrapy import Request
from scrapy.core.downloader.handlers._httpx import HttpxDownloadHandler
from scrapy.exceptions import DownloadCancelledError
from scrapy.utils._download_handlers import NullCookieJar

from crawler.causes import beneath
from crawler.connect import GuardedResolver, Names, check_destination
from crawler.guard import Guard
from crawler.handlers import Guarded, watched_tls
from crawler.watch import begin

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Headers


class GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Where httpx gets its connections: looks names up once, judges every answer, and connects to those addresses."""

    def __init__(self, guard: Guard, names: Names | None = None) -> None:
        self._guard = guard
        self._resolver = GuardedResolver(guard, names)
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A connection to the first address that takes it. Raises :class:`~crawler.guard.AddressBlocked`."""
        addresses = list(dict.fromkeys(answer["host"] for answer in await self._resolver.resolve(host, port)))
        share = None if timeout is None else timeout / len(addresses)
        for address in addresses:
            check_destination(self._guard, address, port)
            begin("connect")
            try:
                return Connection(await self._network.connect_tcp(address, port, share, local_address, socket_options))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
        raise failed

    async def close(self) -> None:
        """Let the resolver's threads go."""
        await self._resolver.close()


class Connection(httpcore2.AsyncNetworkStream):
    """One that is closed where its TLS handshake is cut short: httpcore closes it for its own time-outs only."""

    def __init__(self, inner: httpcore2.AsyncNetworkStream) -> None:
        self._inner = inner
        self.read, self.write, self.aclose = inner.read, inner.write, inner.aclose  # type: ignore[method-assign]
        self.get_extra_info = inner.get_extra_info  # type: ignore[method-assign]

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        """The same connection under TLS."""
        try:
            return await self._inner.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self._inner.aclose()
            raise


class GuardedTransport(httpx2.AsyncHTTPTransport):
    """httpx's transport over a pool of guarded connections; no other pool is ever made."""

    def __init__(self, backend: GuardedBackend, context: ssl.SSLContext, limit: int) -> None:
        self._backend = backend
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=context, max_connections=limit, max_keepalive_connections=limit, keepalive_expiry=15,
            network_backend=backend,
        )  # fmt: skip

    async def aclose(self) -> None:
        """Close the pool and its backend."""
        await super().aclose()
        await self._backend.close()


class HttpxHandler(Guarded, HttpxDownloadHandler):
    """The httpx client, HTTP/1.1 only."""

    def _open(self, crawler: Crawler) -> None:
        # Not HttpxDownloadHandler's own: it would open a client on an unguarded pool.
        super(HttpxDownloadHandler, self).__init__(crawler)
        httpcore2.AsyncHTTP11Connection.MAX_INCOMPLETE_EVENT_SIZE = self._header_bytes
        backend = GuardedBackend(self._guard, crawler.settings.get("X402_NAMES"))
        transport = GuardedTransport(backend, watched_tls(crawler), self._pool_size_total)
        self._default_client = httpx2.AsyncClient(transport=transport, cookies=NullCookieJar(), trust_env=False)
        self._default_client.headers.clear()  # ours alone are sent
        self._proxy_clients = {}

    @asynccontextmanager
    async def _make_request(self, request: Request, timeout: float) -> AsyncIterator[httpx2.Response]:
        sent = self._sent(request)
        parts = urlsplit(sent.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            # httpx's own time-outs are for each read: a slow drip would never end.
            async with asyncio.timeout(timeout), self._default_client.stream(
                sent.method, sent.url, content=sent.body, headers=self._request_headers(sent).to_tuple_list(),
                timeout=timeout, extensions={"target": target.encode(), "trace": _begun},
            ) as response:  # fmt: skip
                self._take_headers(sum(len(name) + len(value) for name, value in response.headers.raw))
                yield response
        except httpx2.RemoteProtocolError as error:
            told = _told(error)
            if told is None:
                raise
            raise told from error

    @staticmethod
    def _build_base_response_args(response: httpx2.Response, request: Request, headers: Headers) -> Any:
        # Scrapy's own fails where the server has closed the connection already: its address is gone with it.
        stream = response.extensions["network_stream"]
        peer, tls = stream.get_extra_info("server_addr"), stream.get_extra_info("ssl_object")
        return {
            "status": response.status_code,
            "url": request.url,
            "headers": headers,
            "certificate": tls.getpeercert(binary_form=True) if isinstance(tls, ssl.SSLObject) else None,
            "ip_address": ip_address(peer[0]) if peer else None,
            "protocol": response.http_version,
        }


async def _begun(event: str, info: Any) -> None:
    """Tells the watch of a request when it has a connection."""
    del info
    if event == "http11.send_request_headers.started":
        begin("http")


def _told(error: httpx2.RemoteProtocolError) -> Exception | None:
    """What httpx calls a protocol error and is another one; None where it is one."""
    if any(getattr(e, "error_status_hint", None) == 431 for e in beneath(error)):  # h11: too many bytes of headers
        return DownloadCancelledError(str(error))
    ended = str(error).startswith(("Server disconnected", "peer closed connection"))
    return ConnectionResetError(str(error)) if ended else None
