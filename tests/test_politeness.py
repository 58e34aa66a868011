"""What listings make us do harms nobody, shown by counting at the server: real crawls against loopback."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from sqlalchemy import select

from catalog.records import Finding, Hints, Listing
from catalog.run import Run, parse_time
from catalog.site import Site
from catalog.store import intake, runs
from catalog.store import schema as t
from catalog.store.checks import Target, targets
from catalog.store.engine import Store, open_store
from catalog.store.settling import settle
from catalog.urls import canonical, parse
from crawler import runner
from crawler.connect import Names
from crawler.guard import Guard
from crawler.job import Job
from crawler.politeness.addresses import Addresses
from crawler.politeness.budgets import Limits, allot
from crawler.spiders.challenge import ChallengeSpider

NIGHT = parse_time("2026-04-24T00:00:00Z")
Answer = Callable[[str, str, int], bytes]
"""(host, path, how many of this host came before) → the bytes to answer with; none: not a word."""


def answer(status: int, body: str = "", **headers: str) -> bytes:
    lines = [
        f"HTTP/1.1 {status} X",
        f"Content-Length: {len(body)}",
        *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def open_to_all(_host: str, path: str, _before: int) -> bytes:
    return answer(404 if path == "/robots.txt" else 200)


class Server:
    """Answers as it is told on one port of all loopback addresses, and counts."""

    def __init__(self, told: Answer) -> None:
        self.told = told
        self.seen: list[tuple[str, str, float]] = []
        self.hosts: Counter[str] = Counter()
        self.underway = self.most = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await self._answer((await reader.readuntil(b"\r\n\r\n")).decode(), writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()

    async def _answer(self, head: str, writer: asyncio.StreamWriter) -> None:
        path = head.split(" ", 2)[1]
        named = next(line for line in head.split("\r\n") if line.lower().startswith("host:"))
        host = named[5:].strip().rpartition(":")[0]
        self.seen.append((host, path, time.monotonic()))
        self.underway += 1
        self.most = max(self.most, self.underway)
        reply = self.told(host, path, self.hosts[host])
        self.hosts[host] += 1
        await asyncio.sleep(0.005 if reply else 60)
        self.underway -= 1
        writer.write(reply)

    def checks(self) -> list[tuple[str, str]]:
        """What was asked for, without robots.txt."""
        return [(host, path) for host, path, _ in self.seen if path != "/robots.txt"]

    @contextlib.contextmanager
    def listening(self) -> Iterator[int]:
        """Serve from a thread of its own; the port."""
        ready: queue.Queue[tuple[int, Callable[[], None]]] = queue.Queue()

        async def serve() -> None:
            ended = asyncio.Event()
            server = await asyncio.start_server(self.talk, "0.0.0.0", 0, backlog=1024)
            stop = functools.partial(asyncio.get_running_loop().call_soon_threadsafe, ended.set)
            ready.put((server.sockets[0].getsockname()[1], stop))
            await ended.wait()
            server.close()

        thread = threading.Thread(target=asyncio.run, args=(serve(),))
        thread.start()
        port, stop = ready.get(timeout=10)
        try:
            yield port
        finally:
            stop()
            thread.join()


class Everywhere(AbstractResolver):
    """Every name leads to the same loopback addresses."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses or ("127.0.0.1",)

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        del family
        return [
            ResolveResult(hostname=host, host=address, port=port, family=2, proto=6, flags=0)
            for address in self._addresses
        ]

    async def close(self) -> None:
        pass


def filled(store: Store, run: Run, urls: Sequence[str]) -> None:
    """List ``urls``."""
    runs.begin_run(store, run, replay=False)
    intake.begin_source(store, run, "s", "http://bazaar.example/")
    rows = [
        Listing("s", url, canonical(url), "", "http", 1, ("GET",), "", "", "", (), "", (), Hints(), None, None, "", url)
        for url in urls
    ]
    intake.save_page(store, run, "s", rows, [], rows=len(rows), distinct=len(rows), total=len(rows))


def probed(
    store: Store, urls: Sequence[str], limits: Limits, *, run: Run | None = None, names: Names | None = None,
    site: Site | None = None, **settings: Any,
) -> dict[str, tuple[str, str]]:  # fmt: skip
    """List and probe ``urls``: URL → (outcome, message)."""
    run = run or Run(NIGHT)
    filled(store, run, urls)
    settings = {"DOWNLOAD_TIMEOUT": 20, **settings}
    job = Job(
        store, run, (), Guard(allow_private=True), site or Site(), settings=settings, addresses=Addresses(limits),
        names=names or Names(Everywhere()),
    )  # fmt: skip
    runner.run(runner.probe(job))
    settle(store, run)
    return outcomes(store, run)


def outcomes(store: Store, run: Run) -> dict[str, tuple[str, str]]:
    query = select(t.resources.c.url, t.checks.c.outcome, t.checks.c.message).join(
        t.resources, t.resources.c.id == t.checks.c.resource_id
    )
    with store.begin() as connection:
        return {
            row.url: (row.outcome, row.message) for row in connection.execute(query.where(t.checks.c.run_id == run.id))
        }


def told(store: Store) -> list[tuple[str, str, str]]:
    with store.begin() as connection:
        rows = connection.execute(select(t.findings).order_by(t.findings.c.code, t.findings.c.url))
        return [(row.code, row.url, row.evidence) for row in rows]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'catalog.db'}")
    yield opened
    opened.close()


FAST = Limits(delay=0)


def test_ten_thousand_urls_at_one_host_stay_within_its_budget(store: Store) -> None:
    server = Server(open_to_all)
    with server.listening() as port:
        urls = [f"http://victim.example:{port}/r/{n:05}" for n in range(10_000)]
        found = probed(store, urls, FAST, CONCURRENT_REQUESTS_PER_DOMAIN=16)
    assert len(server.seen) == 1_001, "a thousand checks and robots.txt"
    assert sorted(server.checks()) == [("victim.example", f"/r/{n:05}") for n in range(1_000)]
    assert Counter(outcome for outcome, _ in found.values()) == {"open": 1_000, "blocked": 9_000}
    assert "1,000 checks a night that its host" in found[urls[-1]][1]
    assert told(store) == [
        (
            "budget.host",
            "http://victim.example/",
            "9000 resources at this host were not asked: its budget is 1000 a night",
        )
    ]


def test_many_hosts_of_one_domain_stay_within_its_budget_and_take_turns(store: Store) -> None:
    server = Server(open_to_all)
    with server.listening() as port:
        urls = [f"http://n{host:03}.victim.example:{port}/{n}" for host in range(20) for n in range(10)]
        found = probed(store, urls, replace(FAST, domain=50))
    assert len(server.checks()) == 50
    assert {host: count - 1 for host, count in server.hosts.items()} == {
        f"n{host:03}.victim.example": 3 if host < 10 else 2 for host in range(20)
    }
    assert Counter(outcome for outcome, _ in found.values()) == {"open": 50, "blocked": 150}
    assert [(code, url) for code, url, _ in told(store)] == [("budget.domain", "http://victim.example/")]


def test_ten_thousand_names_of_one_address_stay_within_its_budget(store: Store) -> None:
    server = Server(open_to_all)
    with server.listening() as port:
        urls = [f"http://n{n:05}.d{n:05}.example:{port}/" for n in range(10_000)]
        found = probed(store, urls, replace(FAST, address=1_000, at_once=8))
    assert len(server.seen) == 1_000
    assert server.most <= 8
    asked = sorted(url for url, (outcome, _) in found.items() if outcome == "open")
    assert asked == sorted(urls)[:500], "a check and robots.txt each, in the order of identities"
    assert [finding[:2] for finding in told(store)] == [("budget.address", "http://127.0.0.1/")]
    assert told(store)[0][2].startswith("9500 resources")


def test_every_address_of_a_name_is_charged(store: Store) -> None:
    server = Server(open_to_all)
    with server.listening() as port:
        urls = [f"http://n{n}.d{n}.example:{port}/" for n in range(10)]
        probed(store, urls, replace(FAST, address=8), names=Names(Everywhere("127.0.0.1", "127.0.0.2")))
    assert len(server.seen) == 8


def test_a_budget_is_for_the_whole_night_though_it_was_killed(store: Store) -> None:
    server = Server(open_to_all)
    limits = replace(FAST, host=10)
    with server.listening() as port:
        urls = [f"http://victim.example:{port}/{n:02}" for n in range(30)]
        probed(store, urls[:6], limits)
        found = probed(store, urls, limits)
    assert sorted(server.checks()) == [("victim.example", f"/{n:02}") for n in range(10)]
    assert Counter(outcome for outcome, _ in found.values()) == {"open": 10, "blocked": 20}


def test_an_addresss_budget_is_for_the_whole_night_though_it_was_killed(store: Store) -> None:
    server = Server(open_to_all)
    limits = replace(FAST, address=20)
    with server.listening() as port:
        urls = [f"http://n{n:02}.d{n:02}.example:{port}/" for n in range(30)]
        probed(store, urls[:6], limits)
        found = probed(store, urls, limits)
    assert len(server.seen) == 20, "a check and robots.txt each"
    assert Counter(outcome for outcome, _ in found.values()) == {"open": 10, "blocked": 20}


def test_what_was_left_out_comes_first_the_next_night(store: Store) -> None:
    server = Server(open_to_all)
    limits = replace(FAST, host=10)
    with server.listening() as port:
        urls = [f"http://victim.example:{port}/{n:02}" for n in range(30)]
        for day in range(3):
            probed(store, urls, limits, run=Run(NIGHT.replace(day=1 + day)))
    assert [path for _, path in server.checks()] == [f"/{n:02}" for n in range(30)]


def test_a_dead_hosts_other_resources_are_inferred_in_order(store: Store) -> None:
    server = Server(lambda *_: b"")
    with server.listening() as port:
        urls = [f"http://dead.example:{port}/{n}" for n in range(9)]
        found = probed(store, urls, FAST, DOWNLOAD_TIMEOUT=2)
    assert [found[url][0] for url in urls] == ["timeout"] * 3 + ["inferred"] * 6
    assert sorted(server.checks()) == [("dead.example", f"/{n}") for n in range(3)]


def test_a_black_hole_is_not_asked_under_every_name_it_has(store: Store) -> None:
    server = Server(lambda *_: b"")
    with server.listening() as port:
        urls = [f"http://n{n:03}.d{n:03}.example:{port}/" for n in range(300)]
        found = probed(store, urls, replace(FAST, at_once=8), DOWNLOAD_TIMEOUT=0.5)
    counts = Counter(outcome for outcome, _ in found.values())
    assert counts["inferred"] > 240
    assert counts["inferred"] + counts["timeout"] == 300
    assert len(server.seen) <= 40 + 8, "what an address is granted, and what was on its way"
    assert {message for outcome, message in found.values() if outcome == "inferred"} == {
        "Not asked: its server's address gave no answer tonight."
    }


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "xn--" + "a" * 70 + ".example"])
def test_a_name_dns_cannot_hold_has_no_address(host: str) -> None:
    assert asyncio.run(Names().addresses(host, 1)) == ()


def test_an_address_that_answers_under_one_name_is_asked_under_all(store: Store) -> None:
    server = Server(lambda host, *_: answer(200) if host == "n000.d000.example" else b"")
    with server.listening() as port:
        urls = [f"http://n{n:03}.d{n:03}.example:{port}/" for n in range(60)]
        found = probed(store, urls, FAST, DOWNLOAD_TIMEOUT=0.5)
    assert Counter(outcome for outcome, _ in found.values()) == {"open": 1, "timeout": 59}


def test_slow_ones_do_not_speak_for_a_living_host(store: Store) -> None:
    """Those without an answer last time come last, so the living are asked first."""
    dead = {f"/{n}" for n in range(3)}
    server = Server(lambda _host, path, _before: b"" if path in dead or path == "/robots.txt" else answer(200))
    with server.listening() as port:
        urls = [f"http://slow.example:{port}/{n}" for n in range(9)]
        first = probed(store, urls, FAST, DOWNLOAD_TIMEOUT=2)
        second = probed(store, urls, FAST, run=Run(NIGHT.replace(day=25)), DOWNLOAD_TIMEOUT=2)
    assert [first[url][0] for url in urls] == ["timeout"] * 3 + ["inferred"] * 6
    assert [second[url][0] for url in urls] == ["timeout"] * 3 + ["open"] * 6


def test_a_host_is_left_alone_for_as_long_as_it_asks(store: Store) -> None:
    def limited(_host: str, path: str, before: int) -> bytes:
        return answer(429, Retry_After="1") if before == 3 else open_to_all(_host, path, before)

    server = Server(limited)
    with server.listening() as port:
        urls = [f"http://busy.example:{port}/{n}" for n in range(6)]
        found = probed(store, urls, FAST, CONCURRENT_REQUESTS_PER_DOMAIN=1)
    assert [found[url][0] for url in urls] == ["open", "open", "rate_limited", "open", "open", "open"]
    gaps = [later - earlier for (_, _, earlier), (_, _, later) in pairwise(server.seen)]
    assert gaps[3] >= 0.95


def test_a_host_that_asks_for_more_than_our_patience_is_not_asked_again(store: Store) -> None:
    server = Server(lambda _host, path, _before: answer(503, Retry_After="3600") if path == "/1" else answer(200))
    with server.listening() as port:
        urls = [f"http://busy.example:{port}/{n}" for n in range(6)]
        found = probed(store, urls, FAST, CONCURRENT_REQUESTS_PER_DOMAIN=1)
    assert [found[url][0] for url in urls] == ["open", "server_error"] + ["rate_limited"] * 4
    assert len(server.checks()) == 2


@pytest.mark.parametrize(
    ("robots", "asked"),
    [
        (answer(200, "User-agent: *\nDisallow: /\n"), ["/a", "/b"]),
        (answer(200, "User-agent: x402-catalog\nDisallow: /b\n"), ["/a"]),
        (answer(500), ["/a", "/b"]),
        (answer(301, Location="http://elsewhere.example:{port}/robots.txt"), ["/a"]),
        (answer(301, Location="http://169.254.169.254/robots.txt"), ["/a", "/b"]),
        (answer(301, Location="/robots.txt"), ["/a", "/b"]),
        (b"garbage\r\n\r\n", ["/a", "/b"]),
    ],
    ids=["everyone", "us", "error", "moved", "private", "loop", "garbage"],
)
def test_robots_txt_binds_where_it_names_us(store: Store, robots: bytes, asked: list[str]) -> None:
    def told_by(host: str, path: str, _before: int) -> bytes:
        if path != "/robots.txt":
            return answer(200)
        if host == "elsewhere.example":
            return answer(200, "User-agent: x402-catalog\nDisallow: /b\n")
        return robots.replace(b"{port}", str(port).encode())

    server = Server(told_by)
    with server.listening() as port:
        urls = [f"http://owner.example:{port}{path}" for path in ("/a", "/b")]
        found = probed(store, urls, FAST)
    assert [path for _, path in server.checks()] == asked
    refused = [message for outcome, message in found.values() if outcome == "blocked"]
    assert refused == ["Not asked: its host's robots.txt names us and says no."] * (2 - len(asked))


def test_who_opted_out_is_not_asked_for_robots_txt_either(store: Store) -> None:
    away = answer(302, Location="http://gone.example:{port}/robots.txt")

    def told_by(_host: str, path: str, _before: int) -> bytes:
        return away.replace(b"{port}", str(port).encode()) if path == "/robots.txt" else answer(200)

    server = Server(told_by)
    with server.listening() as port:
        urls = [f"http://gone.example:{port}/a", f"http://here.example:{port}/a"]
        found = probed(store, urls, FAST, site=Site(opt_out=frozenset({"gone.example"})))
    assert set(server.hosts) == {"here.example"}
    assert [found[url][0] for url in urls] == ["blocked", "open"]


def test_requests_to_a_host_begin_apart(store: Store) -> None:
    server = Server(open_to_all)
    with server.listening() as port:
        probed(store, [f"http://small.example:{port}/{n}" for n in range(6)], Limits(delay=0.2))
    moments = [moment for _, path, moment in server.seen if path != "/robots.txt"]
    # A busy machine may note one of them late: that shortens the next gap, not the middle one.
    assert len(moments) == 6
    assert median(later - earlier for earlier, later in pairwise(moments)) >= 0.15


# --- the shares by themselves ------------------------------------------------------------------------------------


def made(*urls: str) -> list[Target]:
    return [Target(number, url, "http", ("GET",)) for number, url in enumerate(sorted(urls))]


def test_a_domain_with_one_big_host_leaves_room_for_the_small_ones() -> None:
    big = [f"https://a.shop.example/{n:03}" for n in range(100)]
    small = [f"https://{name}.shop.example/" for name in "bcdefghij"]
    shared = allot(made(*big, *small), [], Limits(domain=20))
    hosts = Counter(parse(target.url).host for target in shared.asked)
    assert hosts == {"a.shop.example": 11, **{f"{name}.shop.example": 1 for name in "bcdefghij"}}


def test_one_finding_for_each_exhausted_budget() -> None:
    urls = [f"https://{host}.example/{n}" for host in ("one", "two") for n in range(5)]
    shared = allot(made(*urls), [], Limits(host=3))
    findings: list[Finding] = list(shared.findings())
    assert [(f.code, f.url, f.evidence[:1]) for f in findings] == [
        ("budget.host", "http://one.example/", "2"), ("budget.host", "http://two.example/", "2"),
    ]  # fmt: skip
    assert [target.resource_id for target, _ in shared.refused] == [3, 4, 8, 9]


def test_tenants_of_a_platform_share_no_budget() -> None:
    urls = [f"https://{name}.vercel.app/" for name in "abcdef"]
    assert len(allot(made(*urls), [], Limits(domain=2)).asked) == 6


def test_the_whole_spider_ends_where_a_lane_breaks(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr(ChallengeSpider, "receive", broken)
    with pytest.raises(ExceptionGroup, match="unhandled errors"):
        probed(store, ["http://a.example/1", "http://b.example/1"], FAST)
    assert len(targets(store, Run(NIGHT))) == 2
