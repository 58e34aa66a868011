"""The address guard where connections are made: resolver, sockets, and how much a server may say before it answers."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import ip_address
from time import monotonic
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ClientRequest
from aiohttp.connector import Connection
from aiohttp.http_exceptions import LineTooLong
from aiohttp.tracing import Trace

from crawler.guard import AddressBlocked, Guard
from crawler.watch import begin, took

AddrInfo = tuple[Any, Any, int, str, tuple[Any, ...]]
"""(family, type, protocol, canonical name, socket address), as ``getaddrinfo`` gives it."""


LOOKUPS = 64
"""Name look-ups at a time. The loops' own pools have 4 to 6 threads: a few dozen dead names would hold them, and
everybody else's look-up would count as *their* time-out."""


class PooledResolver(AbstractResolver):
    """The operating system's resolver, many look-ups at a time. Raises ``OSError`` for a name without addresses."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """All addresses of ``host`` for streams."""
        look_up = partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)
        self._pool = self._pool or ThreadPoolExecutor(LOOKUPS, thread_name_prefix="resolve")
        found = await asyncio.get_running_loop().run_in_executor(self._pool, look_up)
        return [
            ResolveResult(hostname=host, host=str(address[0]), port=port, family=kind, proto=proto, flags=_NUMERIC)
            for kind, _, proto, _, address in found
        ]

    async def close(self) -> None:
        """Let the threads go, until they are needed again; look-ups under way are not waited for."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


_NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


class Names(AbstractResolver):
    """The names of one run, each looked up once: what is counted against an address is what is connected to.

    A look-up that failed is made again. Raises ``OSError`` for a name without addresses.
    """

    def __init__(self, inner: AbstractResolver | None = None) -> None:
        self._inner = inner or PooledResolver()
        self._known: dict[str, tuple[list[ResolveResult], int]] = {}
        """Name → answers, and the milliseconds the look-up took."""

    def __deepcopy__(self, _memo: object) -> Names:
        """Scrapy copies its settings; all of a run's crawls share one."""
        return self

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """All addresses of ``host``, of the family of the run's first look-up."""
        if host not in self._known:
            began = monotonic()
            answers = await self._inner.resolve(host, port, family)
            self._known[host] = answers, round((monotonic() - began) * 1000)
        answers, milliseconds = self._known[host]
        took("dns", milliseconds)
        return [ResolveResult(**{**answer, "port": port}) for answer in answers]

    async def addresses(self, host: str, timeout: float) -> tuple[str, ...]:
        """The addresses of a host, sorted; a literal's own, none where the name has none in ``timeout`` seconds."""
        literal = _literal(host)
        if literal is not None:
            return (literal,)
        try:
            async with asyncio.timeout(timeout):
                return tuple(sorted({answer["host"] for answer in await self.resolve(host, 0, socket.AF_UNSPEC)}))
        except (OSError, UnicodeError):  # TimeoutError is one; a name DNS cannot hold
            return ()

    async def close(self) -> None:
        """Let the inner resolver go, until it is needed again."""
        await self._inner.close()


def _literal(host: str) -> str | None:
    """The one spelling of an address in any notation a connection could be made by; None for a name."""
    try:
        return str(ip_address(host))
    except ValueError:
        with contextlib.suppress(OSError):
            return socket.inet_ntoa(socket.inet_aton(host))
        return None


class GuardedResolver(AbstractResolver):
    """Resolves names and refuses those that lead anywhere a :class:`Guard` forbids.

    All answers must be allowed or none is used: a name with a public and a private address is an attack, not a
    name with one good address. Raises :class:`AddressBlocked`; look-up failures pass through.
    """

    def __init__(self, guard: Guard, inner: AbstractResolver | None = None) -> None:
        self._guard = guard
        self._inner = inner or PooledResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of ``host``, all of them allowed."""
        begin("dns")
        answers = await self._inner.resolve(host, port, family)
        for answer in answers:
            problem = self._guard.check_address(answer["host"], port, host)
            if problem:
                raise AddressBlocked(f"{host} resolves to {problem}")
        if self._guard.is_exempt(host, port):
            for answer in answers:
                self._guard.grant(answer["host"], port)
        return answers

    async def close(self) -> None:
        """Release the inner resolver."""
        await self._inner.close()


def socket_factory(guard: Guard) -> Callable[[AddrInfo], socket.socket]:
    """For ``aiohttp.TCPConnector(socket_factory=…)``: judges every address just before it is connected to.

    IP literals, which aiohttp does not show its resolver, are seen here too. Raises :class:`AddressBlocked`.
    """

    def create(info: AddrInfo) -> socket.socket:
        family, kind, protocol, _, destination = info
        check_destination(guard, destination[0], destination[1])
        begin("connect")
        return socket.socket(family, kind, protocol)

    return create


def check_destination(guard: Guard, address: str, port: int) -> None:
    """The last word before a connection to ``address``. Raises :class:`AddressBlocked`."""
    problem = guard.check_socket(address, port)
    if problem is None and not guard.may_be_ours(address, port) and is_ours(address):
        problem = f"{address}: this machine's own address"
    if problem:
        raise AddressBlocked(problem)


def is_ours(address: str) -> bool:
    """Whether the address belongs to this machine: only to those can a socket be bound, whatever they are called.

    A public address that a router holds for us is not seen: those are for the setting ``own_addresses``.
    """
    return _bindable(address) and not _bindable("192.0.2.1")  # where any address can be bound it tells nothing


def _bindable(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


class CappedConnector(aiohttp.TCPConnector):
    """Its connections end where an answer's headers do not, see :class:`CappedProtocol`; a request that has one is
    watched at HTTP. (aiohttp's own tracing tells that too, at a cost for everything else it could tell.)"""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._factory = partial(_capped, loop=self._loop)

    async def connect(self, req: ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout) -> Connection:
        """A connection kept open, or a new one."""
        connection = await super().connect(req, traces, timeout)
        begin("http")
        return connection


def _capped(loop: asyncio.AbstractEventLoop) -> ResponseHandler:
    return CappedProtocol(loop=loop)


class CappedProtocol(ResponseHandler):
    """aiohttp caps each header line, and their number: 128 lines of our size would be 32 MiB for every connection.

    This one counts all bytes before an answer's headers are complete, interim answers (1xx) among them.
    """

    _before = 0
    _cap = 0

    def set_response_params(self, **parameters: Any) -> None:
        """A new request: count anew, up to the size of one line."""
        self._before, self._cap = 0, parameters["max_field_size"]
        super().set_response_params(**parameters)

    def feed_data(self, data: Any, size: int = 0) -> None:
        """A message's headers are complete."""
        if not 100 <= data[0].code < 200:
            self._cap = 0
        super().feed_data(data, size)

    def data_received(self, data: bytes) -> None:
        """Bytes of a server."""
        super().data_received(data)
        self._before += len(data)
        if self._cap and self._before > self._cap and self.transport is not None:
            self.transport.close()
            self.set_exception(LineTooLong(b"headers", self._cap))
