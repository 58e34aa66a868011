"""The address guard where connections are made: the resolver and the socket factory of the aiohttp client."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from crawler.guard import AddressBlocked, Guard

AddrInfo = tuple[Any, Any, int, str, tuple[Any, ...]]
"""(family, type, protocol, canonical name, socket address), as ``getaddrinfo`` gives it."""


class GuardedResolver(AbstractResolver):
    """Resolves names and refuses those that lead anywhere a :class:`Guard` forbids.

    All answers must be allowed or none is used: a name with a public and a private address is an attack, not a
    name with one good address. Raises :class:`AddressBlocked`; look-up failures pass through.
    """

    def __init__(self, guard: Guard, inner: AbstractResolver | None = None) -> None:
        self._guard = guard
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of ``host``, all of them allowed."""
        # Here and not in __init__: ThreadedResolver wants a running loop.
        self._inner = self._inner or aiohttp.ThreadedResolver()
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
        if self._inner:
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
        return socket.socket(family, kind, protocol)

    return create
