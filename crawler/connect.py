"""The address guard where connections are made: the resolver and the socket factory of the aiohttp client."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from crawler.guard import AddressBlocked, Guard
from crawler.watch import begin

AddrInfo = tuple[Any, Any, int, str, tuple[Any, ...]]
"""(family, type, protocol, canonical name, socket address), as ``getaddrinfo`` gives it."""


LOOKUPS = 64
"""Name look-ups at a time. The loops' own pools have 4 to 6 threads: a few dozen dead names would hold them, and
everybody else's look-up would count as *their* time-out."""


class PooledResolver(AbstractResolver):
    """The operating system's resolver, many look-ups at a time. Raises ``OSError`` for a name without addresses."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(LOOKUPS, thread_name_prefix="resolve")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """All addresses of ``host`` for streams."""
        look_up = partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)
        found = await asyncio.get_running_loop().run_in_executor(self._pool, look_up)
        return [
            ResolveResult(hostname=host, host=str(address[0]), port=port, family=kind, proto=proto, flags=_NUMERIC)
            for kind, _, proto, _, address in found
        ]

    async def close(self) -> None:
        """Let the threads go; look-ups under way are not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)


_NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


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
        problem = guard.check_socket(destination[0], destination[1])
        if problem:
            raise AddressBlocked(problem)
        begin("connect")
        return socket.socket(family, kind, protocol)

    return create
