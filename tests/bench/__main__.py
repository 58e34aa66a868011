"""``make bench``: ratios against a baseline measured in the same run. Absolutes belong to the machine, ratios to us.

Loopback only, bounded in count and time. Server and crawler run in processes of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from catalog.records import Hints, Listing
from catalog.run import Run, parse_time
from catalog.store import checks, intake, runs
from catalog.store.engine import Store, open_store
from catalog.urls import canonical
from crawler.politeness.lanes import Lanes
from tests.bench import intelligence, year

NOW = parse_time("2026-04-24T00:00:00Z")
REQUESTS = 4_000
ROUNDS = 3
HOSTS = 5_000
TIMEOUT = 3
"""Seconds before a black hole is given up."""
CONCURRENCY = 512


# --- the server: a fixed 2 KB challenge on many loopback addresses -----------------------------------------------


def challenge_bytes() -> bytes:
    """A v1 402 of about 2 KB."""
    accept = {
        "scheme": "exact", "network": "base", "maxAmountRequired": "10000", "resource": "", "mimeType": "application/json",
        "description": "x" * 1200, "payTo": "0x209693Bc6afc0C5328bA36FaF03C514EF312287C", "maxTimeoutSeconds": 60,
        "asset": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", "extra": {"name": "USD Coin", "version": "2"},
        "outputSchema": {"input": {"type": "http", "method": "GET"}, "output": None},
    }  # fmt: skip
    body = json.dumps({"x402Version": 1, "error": "payment required", "accepts": [accept]}).encode()
    head = f"HTTP/1.1 402 Payment Required\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Fixed(asyncio.Protocol):
    """Answers every request head with the same bytes."""

    ANSWER = challenge_bytes()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(self.ANSWER * data.count(b"\r\n\r\n"))


class Holes(Fixed):
    """The same, but every fifth address takes connections and never says a word."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.dead = dead(transport.get_extra_info("sockname")[0])

    def data_received(self, data: bytes) -> None:
        if not self.dead:
            super().data_received(data)


def dead(host: str) -> bool:
    """Whether this address is one of the fifth that never answers."""
    return int(host.rpartition(".")[2]) % 5 == 0


async def serve_holes() -> None:
    """Listen on every loopback address at one port, tell the port, and go on until killed."""
    server = await asyncio.get_running_loop().create_server(Holes, "0.0.0.0", 0, backlog=8192)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.sleep(600)


async def serve(hosts: int) -> None:
    """Listen on ``hosts`` loopback addresses at one port, tell the port, and go on until killed."""
    loop = asyncio.get_running_loop()
    first = await loop.create_server(Fixed, "127.0.0.1", 0, backlog=4096)
    port = first.sockets[0].getsockname()[1]
    for index in range(1, hosts):
        await loop.create_server(Fixed, address(index), port, backlog=64)
    print(port, flush=True)
    await asyncio.sleep(600)


def address(index: int) -> str:
    """The ``index``-th loopback address."""
    return f"127.0.{index // 250}.{index % 250 + 1}"


# --- the crawler ---------------------------------------------------------------------------------------------------


def filled_store(folder: Path, hosts: int, port: int, requests: int) -> tuple[Store, Run]:
    """A store that knows ``requests`` resources spread over the hosts."""
    store, run = open_store(f"sqlite:///{folder}/bench.db"), Run(NOW)
    runs.begin_run(store, run, replay=False)
    listings = []
    for index in range(requests):
        url = f"http://{address(index % hosts)}:{port}/r/{index}"
        listings.append(
            Listing(
                "bench", url, canonical(url), "", "http", 1, ("GET",), "", "", "", (), "", (), Hints(), None, None, "",
                str(index),
            )
        )  # fmt: skip
    intake.begin_source(store, run, "bench", "http://bench.example/")
    intake.save_page(store, run, "bench", listings, [], rows=requests, distinct=requests, total=requests)
    return store, run


def crawl(kind: str, hosts: int, port: int, requests: int) -> tuple[float, float]:
    """Seconds from the first request to the last stored check, and seconds of processor they took."""
    from catalog.site import Site
    from crawler import runner
    from crawler.guard import Guard
    from crawler.job import Job
    from crawler.politeness.addresses import Addresses
    from crawler.politeness.budgets import Limits

    with tempfile.TemporaryDirectory() as folder:
        store, run = filled_store(Path(folder), hosts, port, requests)
        # One host may be asked more than a thousand times here.
        limits = Limits() if kind == "holes" else Limits(host=requests, domain=requests, at_once=512)
        settings = {"DOWNLOAD_TIMEOUT": TIMEOUT, "CONCURRENT_REQUESTS": CONCURRENCY} if kind == "holes" else {}
        job = Job(
            store, run, (), Guard(allow_private=True), Site(), politeness=False, addresses=Addresses(limits),
            settings=settings,
        )  # fmt: skip
        began, cpu = time.perf_counter(), time.process_time()
        if kind == "defaults":
            defaults(job)
        else:
            runner.run(runner.probe(job))
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        answered = payable(store)
        store.close()
    expected = sum(not dead(address(index % hosts)) for index in range(requests)) if kind == "holes" else requests
    if answered != expected:
        raise SystemExit(f"{kind}: {answered} of {expected} checks stored")
    return seconds, cpu


def payable(store: Store) -> int:
    """Stored payable checks."""
    from catalog.store.reports import report

    return int(report(store)["payable"])


def defaults(job: Any) -> None:
    """The same spider and pipeline on Scrapy's own settings (its reactor, handler, concurrency and middlewares), and
    without our politeness: no lanes, no robots.txt, no guard, no layers."""
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.settings import Settings

    from crawler.spiders.challenge import ChallengeSpider

    class Unhindered(ChallengeSpider):
        async def start(self) -> AsyncIterator[Any]:
            self._lanes = Open()
            for target in self.targets:
                yield self._first(target)

    settings = Settings({"ITEM_PIPELINES": {"crawler.pipeline.StorePipeline": 100}, "LOG_LEVEL": "INFO"})
    process = AsyncCrawlerProcess(settings)
    process.crawl(Unhindered, job=job, targets=checks.targets(job.store, job.run))
    process.start()


class Open(Lanes):
    """No lanes at all: whoever is through with a resource tells nobody."""

    def __init__(self) -> None:
        """Nothing to walk."""

    def done(self, target: checks.Target, *, answered: bool, quiet: float | None = None) -> None:
        """Nobody waits."""


@contextlib.contextmanager
def server(*arguments: object) -> Iterator[int]:
    """A fixed server in a process of its own: on so many addresses, or "holes"."""
    command = [sys.executable, "-m", "tests.bench", "serve", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def timed(kind: str, hosts: int, port: int, requests: int) -> tuple[float, float]:
    """Seconds, and seconds of processor, of one crawl in a process of its own."""
    arguments = [sys.executable, "-m", "tests.bench", "crawl", kind, str(hosts), str(port), str(requests)]
    done = subprocess.run(arguments, capture_output=True, timeout=300, check=True)
    seconds, cpu = map(float, done.stdout.split()[-2:])
    return seconds, cpu


def bench_crawl() -> None:
    """Crawl to store, ours with all its politeness against Scrapy's defaults without any, in turn.

    Ours asks every host for its robots.txt first, which is not counted among the checks. On a machine
    with other work, processor time tells more than the clock.
    """
    for hosts in (1, 1000):
        ours, theirs = [], []
        with server(hosts) as port:
            for _ in range(ROUNDS):
                ours.append(timed("ours", hosts, port, REQUESTS))
                theirs.append(timed("defaults", hosts, port, REQUESTS))
        (a, a_cpu), (b, b_cpu) = middles(ours), middles(theirs)
        print(
            f"crawl to store, {hosts:>4} hosts: {REQUESTS / a:5.0f} checks/s, Scrapy's defaults {REQUESTS / b:5.0f}: "
            f"ratio {b / a:.2f} (goal 2); ms of processor a check {a_cpu / REQUESTS * 1000:.2f}, "
            f"Scrapy's defaults {b_cpu / REQUESTS * 1000:.2f}: ratio {b_cpu / a_cpu:.2f}"
        )


def bench_holes() -> None:
    """Thousands of hosts, a fifth of them black holes, against what both halves would take by themselves.

    Live requests, which are checks and every live host's robots.txt, at the rate of a single host, measured here;
    dead checks at the concurrency there is. That dead hosts are asked for robots.txt takes part in neither.
    """
    with server(1) as port:
        alone = middles([timed("ours", 1, port, REQUESTS) for _ in range(ROUNDS)])[0]
    requests, rate = HOSTS * 2, REQUESTS / alone
    with server("holes") as port:
        seconds, cpu = timed("holes", HOSTS, port, requests)
    silent = sum(dead(address(index % HOSTS)) for index in range(requests))
    live, robots = requests - silent, sum(not dead(address(index)) for index in range(HOSTS))
    bound = max((live + robots) / rate, silent * TIMEOUT / CONCURRENCY)
    bare = max(live / rate, silent * TIMEOUT / CONCURRENCY)
    print(
        f"{HOSTS} hosts x 2 URLs, {silent} of {requests} checks black holes ({TIMEOUT} s, {CONCURRENCY} at a time): "
        f"{seconds:.1f} s ({cpu:.1f} s of processor), bound {bound:.1f} s ({live} live checks and {robots} live "
        f"robots.txt at {rate:.0f}/s, a single host's rate): ratio {seconds / bound:.2f} (goal at most 1.5); "
        f"without robots.txt in the bound {seconds / bare:.2f}"
    )


def middles(values: list[tuple[float, float]]) -> tuple[float, float]:
    """The medians of both."""
    return middle([seconds for seconds, _ in values]), middle([cpu for _, cpu in values])


def middle(values: list[float]) -> float:
    """The median."""
    return sorted(values)[len(values) // 2]


# --- build and export ------------------------------------------------------------------------------------------------


def bench_build() -> None:
    """Build and export of the sample, many times over, against writing the same bytes with orjson alone."""
    import orjson

    from catalog.store.published import documents
    from crawler import config as configuration
    from crawler import stages
    from crawler.job import silent
    from exports.release import export

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store, run = generated_store(folder, 3_000)
        config = configuration.load(store=store.url, out=folder / "out")
        began = time.perf_counter()
        stages.build(config, store, run, silent)
        built = time.perf_counter()
        made = export(store, run, folder / "out", silent)
        ended = time.perf_counter()
        kept = [(d.path, orjson.loads(d.body)) for d in documents(store)]
        target = folder / "alone"
        for kind in {path.split("/")[0] for path, _ in kept}:
            (target / kind).mkdir(parents=True)
        began_alone = time.perf_counter()
        for path, document in kept:
            with open(target / path, "xb") as file:
                file.write(orjson.dumps(document, option=orjson.OPT_INDENT_2))
        alone = len(kept) / (time.perf_counter() - began_alone)
        store.close()
    both, exporting = made.documents / (ended - began), made.documents / (ended - built)
    print(
        f"build and export: {both:6.0f} documents/s (export {exporting:.0f}), orjson alone {alone:6.0f}: ratio {both / alone:.3f}"
    )


def generated_store(folder: Path, count: int) -> tuple[Store, Run]:
    """A store with ``count`` varied listings, made from the bundled sample's rows."""
    from crawler.decoders.listing import decode_row
    from crawler.sample import bazaar

    rows = [row for row in bazaar.listing("cdp", 1)["items"] if isinstance(row, dict)]
    store, run = open_store(f"sqlite:///{folder}/build.db"), Run(NOW)
    runs.begin_run(store, run, replay=False)
    intake.begin_source(store, run, "bench", "http://bench.example/")
    listings = []
    for index in range(count):
        row = json.loads(json.dumps(rows[index % len(rows)], default=str))
        if isinstance(row.get("resource"), str):
            row["resource"] = row["resource"].replace("://", f"://n{index // len(rows)}.", 1)
        listing, _ = decode_row(row, "bench")
        if listing is not None:
            listings.append(listing)
    intake.save_page(store, run, "bench", listings, [], rows=count, distinct=count, total=count)
    return store, run


def main(arguments: list[str]) -> None:
    """Run all, or one of the child processes' parts."""
    if arguments[:1] == ["serve"]:
        asyncio.run(serve_holes() if arguments[1] == "holes" else serve(int(arguments[1])))
    elif arguments[:1] == ["crawl"]:
        kind, hosts, port, requests = arguments[1], *map(int, arguments[2:5])
        print(*crawl(str(kind), int(hosts), int(port), int(requests)))
    else:
        print(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}")
        bench_crawl()
        bench_holes()
        bench_build()
        year.measure(20_000)
        intelligence.measure()


if __name__ == "__main__":
    main(sys.argv[1:])
