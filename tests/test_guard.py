"""The address guard: by name, by address, and at the socket of a real aiohttp session on loopback."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from crawler import guard
from crawler.connect import GuardedResolver, PooledResolver, socket_factory
from crawler.guard import AddressBlocked, Guard

HOSTILE_ADDRESSES = {
    "0.0.0.0": "this network",
    "0.1.2.3": "this network",
    "10.0.0.1": "private",
    "10.255.255.255": "private",
    "100.64.0.1": "shared",
    "100.127.255.254": "shared",
    "100.100.100.200": "cloud metadata",
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "168.63.129.16": "cloud metadata",
    "169.254.169.254": "cloud metadata",
    "169.254.170.2": "link-local",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.0.0.1": "IETF protocol",
    "192.0.0.9": "IETF protocol",
    "192.0.0.170": "IETF protocol",
    "192.0.0.192": "cloud metadata",
    "192.0.2.7": "documentation",
    "192.31.196.1": "AS112",
    "192.52.193.1": "AMT",
    "192.88.99.1": "6to4",
    "192.168.1.1": "private",
    "192.175.48.6": "AS112",
    "198.18.0.1": "benchmarking",
    "198.19.255.255": "benchmarking",
    "198.51.100.1": "documentation",
    "203.0.113.9": "documentation",
    "224.0.0.1": "multicast",
    "239.255.255.250": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "broadcast",
    "::": "unspecified",
    "::1": "loopback",
    "0:0:0:0:0:0:0:1": "loopback",
    "::127.0.0.1": "IPv4-compatible",
    "::8.8.8.8": "IPv4-compatible",
    "::ffff:127.0.0.1": "IPv4-mapped",
    "::ffff:a9fe:a9fe": "IPv4-mapped",
    "::ffff:0:127.0.0.1": "IPv4-translated",
    "64:ff9b::7f00:1": "NAT64",
    "64:ff9b::169.254.169.254": "NAT64",
    "64:ff9b:1::a00:1": "NAT64",
    "100::1": "discard",
    "100:0:0:1::1": "dummy",
    "2001::1": "Teredo",
    "2001:0:7f00:1::": "Teredo",
    "2001:2::1": "IETF protocol",
    "2001:10::1": "IETF protocol",
    "2001:20::1": "IETF protocol",
    "2001:db8::1": "documentation",
    "2002:7f00:1::": "6to4",
    "2002:a9fe:a9fe::1": "6to4",
    "2620:4f:8000::1": "AS112",
    "3ffe::1": "6bone",
    "3fff::1": "documentation",
    "4000::1": "not global unicast",
    "5f00::1": "segment routing",
    "8000::1": "not global unicast",
    "fc00::1": "unique local",
    "fd00:ec2::254": "cloud metadata",
    "fd12:3456::1": "unique local",
    "fe80::1": "link-local",
    "fe80::1%eth0": "zone id",
    "2606:4700::1%1": "zone id",
    "febf::1": "link-local",
    "fec0::1": "site-local",
    "ff02::1": "multicast",
    "127.1": "not an IP address",
    "": "not an IP address",
    "localhost": "not an IP address",
}
GOOD_ADDRESSES = (
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1",
    "191.255.255.255", "192.0.1.1", "198.17.0.1", "198.20.0.1", "223.255.255.254",
    "2606:4700:4700::1111", "2a00:1450:4001:82a::200e", "2001:4860:4860::8888", "2001:200::1", "2620:fe::fe",
)  # fmt: skip

HOSTILE_HOSTS = {
    "127.0.0.1": "loopback",
    "127.0.0.1.": "loopback",
    "127.1": "loopback",
    "127.0.1": "loopback",
    "0177.0.0.1": "loopback",
    "0x7f.0.0.1": "loopback",
    "0X7F.0x0.0x0.0x1": "loopback",
    "0x7f000001": "loopback",
    "017700000001": "loopback",
    "2130706433": "loopback",
    "00000177.0.0.1": "loopback",
    "0": "this network",
    "0x": "this network",
    "0xa9fea9fe": "cloud metadata",
    "2852039166": "cloud metadata",
    "0251.0376.0251.0376": "cloud metadata",
    "169.254.43518": "cloud metadata",
    "169.16689662": "cloud metadata",
    "3232235777": "private",
    "192.168.257": "private",
    "１２７.０.０.１": "loopback",
    "①②⑦.⓪.⓪.①": "loopback",
    "127。0。0。1": "loopback",
    "127．0．0．1": "loopback",
    "256.256.256.256": "not a valid IPv4",
    "1.2.3.4.5": "not a valid IPv4",
    "08.8.8.8": "not a valid IPv4",
    "4294967296": "not a valid IPv4",
    "evil.com.1": "not a valid IPv4",
    "evil.0x7f": "not a valid IPv4",
    "::1": "loopback",
    "[::1]": "loopback",
    "[0:0:0:0:0:0:0:1]": "loopback",
    "[::ffff:127.0.0.1]": "IPv4-mapped",
    "[::ffff:7f00:1]": "IPv4-mapped",
    "[::127.0.0.1]": "IPv4-compatible",
    "[64:ff9b::127.0.0.1]": "NAT64",
    "[2002:7f00:1::]": "6to4",
    "[fe80::1%25eth0]": "zone id",
    "[fd00:ec2::254]": "cloud metadata",
    "[v1.x]": "not an IP address",
    "localhost": "single-label",
    "LOCALHOST.": "single-label",
    "metadata": "single-label",
    "kubernetes": "single-label",
    "a.localhost": "reserved name",
    "x402.LOCALHOST": "reserved name",
    "localhost.localdomain": "reserved name",
    "printer.local": "reserved name",
    "metadata.google.internal": "reserved name",
    "metadata.google.internal.": "reserved name",
    "router.home.arpa": "reserved name",
    "ipv4only.arpa": "reserved name",
    "nas.lan": "reserved name",
    "wiki.intranet": "reserved name",
    "mail.corp": "reserved name",
    "db.private": "reserved name",
    "api.test": "reserved name",
    "api.invalid": "reserved name",
    "abc.onion": "reserved name",
    "abc.alt": "reserved name",
    "": "not a host name",
    ".": "not a host name",
    "..": "not a host name",
    "a..com": "not a host name",
    "%31%32%37.0.0.1": "not a host name",
    "127.0.0.1%00.com": "not a host name",
    "127.0.0.1#.com": "not a host name",
    "evil.com/": "not a host name",
    "evil.com\n": "not a host name",
    f"{'a' * 64}.com": "not a host name",
    f"{'a.' * 127}com": "not a host name",
}
GOOD_HOSTS = (
    "example.com", "api.example", "x402.dopamint.ai", "EXAMPLE.com.", "boss-grossly-redbird.ngrok-free.app",
    "xn--r8jz45g.jp", "a_b.example.org", "1.1.1.1", "0x08080808", "134744072", "[2606:4700:4700::1111]",
    "2606:4700:4700::1111", "127.0.0.1.nip.io", "3com.com", "0x7f.com",
)  # fmt: skip

HOSTILE_URLS = {
    "ftp://example.com/": "scheme",
    "file:///etc/passwd": "scheme",
    "gopher://127.0.0.1:6379/_": "scheme",
    "javascript:alert(1)": "scheme",
    "example.com": "scheme",
    "http://": "no host",
    "http://example.com:0/": "port 0",
    "http://example.com:22/": "port 22",
    "http://example.com:25/": "port 25",
    "http://example.com:81/": "port 81",
    "https://example.com:6667/": "port 6667",
    "https://example.com:2049/": "port 2049",
    "https://example.com:10080/": "port 10080",
    "http://example.com:65536/": "ort",
    "http://127.0.0.1:8402/": "loopback",
    "http://user:pass@127.0.0.1/": "loopback",
    "http://example.com@127.0.0.1/": "loopback",
    "http://127.0.0.1\\@example.com/": "loopback",
    "http://example.com\\@127.0.0.1/x": None,
    "http://[::ffff:169.254.169.254]/latest/meta-data/": "IPv4-mapped",
    "http://127。0。0。1/": "loopback",
    "http://localhost/": "single-label",
    "http://exa mple.com/": "white space",
    "http://example.com\t/": "white space",
}


@pytest.mark.parametrize(("address", "reason"), HOSTILE_ADDRESSES.items())
def test_hostile_addresses_are_refused(address: str, reason: str) -> None:
    assert reason in (guard.address_problem(address) or "allowed")


@pytest.mark.parametrize("address", GOOD_ADDRESSES)
def test_public_addresses_pass(address: str) -> None:
    assert guard.address_problem(address) is None


@pytest.mark.parametrize(("host", "reason"), HOSTILE_HOSTS.items())
def test_hostile_hosts_are_refused_by_name(host: str, reason: str) -> None:
    assert reason in (guard.host_problem(host, None, "https") or "allowed")


@pytest.mark.parametrize("host", GOOD_HOSTS)
def test_public_hosts_pass(host: str) -> None:
    assert guard.host_problem(host, 8443, "http") is None


@pytest.mark.parametrize(("url", "reason"), HOSTILE_URLS.items())
def test_hostile_urls_are_refused(url: str, reason: str | None) -> None:
    problem = guard.url_problem(url)
    assert problem is None if reason is None else reason in (problem or "allowed")


@pytest.mark.parametrize("url", ["https://example.com/", "http://例え.jp:8080/a?b=c", "https://api.example:1024/"])
def test_public_urls_pass(url: str) -> None:
    assert guard.url_problem(url) is None


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6))
def test_nothing_passes_that_the_library_calls_private(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if guard.address_problem(str(address)) is None:
        assert address.is_global
        assert not address.is_multicast


@given(st.ip_addresses(v=4), st.sampled_from(["{:d}", "0x{:x}", "0{:o}"]))
def test_a_number_is_judged_like_the_address_it_spells(address: ipaddress.IPv4Address, form: str) -> None:
    literal = guard.host_problem(form.format(int(address)), None, "http")
    assert (literal is None) == (guard.address_problem(str(address)) is None)


def test_exemptions_hold_for_host_and_port_only() -> None:
    configured = Guard(exempt=frozenset({("127.0.0.1", 81), ("facilitator.internal", 9000)}))
    assert configured.check_url("http://127.0.0.1:81/list") is None
    assert configured.check_url("http://facilitator.internal:9000/list") is None
    assert configured.check_url("http://127.0.0.1:82/")
    assert configured.check_url("http://facilitator.internal/")
    assert configured.check_address("10.0.0.5", 9000, "facilitator.internal") is None
    assert configured.check_address("10.0.0.5", 9000, "evil.com")
    assert configured.check_address("10.0.0.5", 443, "facilitator.internal")


def test_allow_private_still_judges_ports_and_schemes() -> None:
    lenient = Guard(allow_private=True)
    assert lenient.check_url("http://localhost:8402/") is None
    assert lenient.check_address("10.0.0.5", 8402, "x") is None
    assert lenient.check_url("http://localhost:22/")
    assert lenient.check_url("ftp://localhost/")


class StubResolver(AbstractResolver):
    """Answers every name with the addresses it was given."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family or socket.AF_INET, proto=0, flags=0)
            for address in self.addresses
        ]

    async def close(self) -> None:
        pass


def test_mixed_answers_are_refused_whole() -> None:
    resolver = GuardedResolver(Guard(), StubResolver("1.1.1.1", "10.0.0.1"))
    with pytest.raises(AddressBlocked, match=r"rebind\.example resolves to 10\.0\.0\.1: private") as blocked:
        asyncio.run(resolver.resolve("rebind.example", 443))
    assert isinstance(blocked.value, OSError)


def test_public_answers_pass() -> None:
    resolver = GuardedResolver(Guard(), StubResolver("1.1.1.1", "8.8.8.8"))
    answers = asyncio.run(resolver.resolve("one.example", 443))
    assert [answer["host"] for answer in answers] == ["1.1.1.1", "8.8.8.8"]


def test_the_default_resolver_is_the_systems() -> None:
    async def resolve() -> list[ResolveResult]:
        resolver = GuardedResolver(Guard(exempt=frozenset({("localhost", 8402)})))
        try:
            return await resolver.resolve("localhost", 8402)
        finally:
            await resolver.close()

    assert {answer["host"] for answer in asyncio.run(resolve())} <= {"127.0.0.1", "::1"}


async def _on_loopback(scenario: Callable[[int], Awaitable[None]]) -> int:
    """Run ``scenario(port)`` against a listening socket; how many connections it got."""
    accepted = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal accepted
        accepted += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 402 Payment Required\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        await scenario(server.sockets[0].getsockname()[1])
    return accepted


async def _get(url: str, configured: Guard, inner: AbstractResolver) -> int:
    connector = aiohttp.TCPConnector(
        resolver=GuardedResolver(configured, inner), socket_factory=socket_factory(configured)
    )
    async with aiohttp.ClientSession(connector=connector) as session, session.get(url) as response:
        return response.status


@pytest.mark.parametrize(
    ("host", "answers"),
    [
        ("127.0.0.1", ()),
        ("[::1]", ()),
        ("[::ffff:127.0.0.1]", ()),
        ("localhost", ("127.0.0.1",)),
        ("rebind.example", ("127.0.0.1",)),
        ("mixed.example", ("1.1.1.1", "127.0.0.1")),
    ],
)
def test_no_connection_reaches_a_private_socket(host: str, answers: tuple[str, ...]) -> None:
    async def scenario(port: int) -> None:
        with pytest.raises(aiohttp.ClientConnectorError) as failure:
            await _get(f"http://{host}:{port}/", Guard(), StubResolver(*answers))
        assert isinstance(failure.value.os_error, AddressBlocked)

    assert asyncio.run(_on_loopback(scenario)) == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "facilitator.example"])
def test_an_exempt_host_and_port_is_connected_to(host: str) -> None:
    async def scenario(port: int) -> None:
        configured = Guard(exempt=frozenset({(host, port)}))
        assert await _get(f"http://{host}:{port}/", configured, StubResolver("127.0.0.1")) == 402

    assert asyncio.run(_on_loopback(scenario)) == 1


def test_another_name_of_an_exempt_address_is_not_exempt() -> None:
    async def scenario(port: int) -> None:
        configured = Guard(exempt=frozenset({("facilitator.example", port)}))
        stub = StubResolver("127.0.0.1")
        assert await _get(f"http://facilitator.example:{port}/", configured, stub) == 402
        with pytest.raises(aiohttp.ClientConnectorError):
            await _get(f"http://evil.example:{port}/", configured, stub)

    assert asyncio.run(_on_loopback(scenario)) == 1


def test_dead_names_do_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty look-ups that hang (no test may ask a real name server) leave a thread for one that answers."""
    real, hang = socket.getaddrinfo, threading.Event()

    def look_up(host: str, *arguments: Any) -> Any:
        if host.startswith("dead-"):
            hang.wait(10)
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, *arguments)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    async def work() -> str:
        resolver = PooledResolver()
        dead = [asyncio.ensure_future(resolver.resolve(f"dead-{n}.example", 80)) for n in range(40)]
        try:
            alive = await asyncio.wait_for(resolver.resolve("localhost", 80, socket.AF_INET), 5)
        finally:
            hang.set()
            failed = await asyncio.gather(*dead, return_exceptions=True)
            await resolver.close()
        assert {type(error) for error in failed} == {socket.gaierror}
        return alive[0]["host"]

    assert asyncio.run(work()) == "127.0.0.1"
