"""Hostile URLs × kinds of request × download handlers: nothing connects, shown by a socket that counts.

Every name the rules let pass resolves to the trap, so only the guard stands between a request and a connection. It
judges three times; each layer is also taken away, the others must hold. Without any the trap is reached.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from scrapy import Request
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.utils.misc import load_object

import crawler.connect
import crawler.guard
from catalog.resolve import Site
from catalog.store.checks import Target
from catalog.store.engine import open_store
from crawler.causes import TransferError
from crawler.connect import GuardedResolver
from crawler.guard import Guard
from crawler.handlers import Guarded
from crawler.job import Job
from crawler.sources import Source
from crawler.spiders.bazaar import BazaarSpider
from crawler.spiders.challenge import ChallengeSpider
from tests.stores import night
from tests.test_guard import HOSTILE_ADDRESSES, HOSTILE_HOSTS

HANDLERS = {"aiohttp": "crawler.handlers.GuardedHandler", "httpx": "crawler.fallback.HttpxHandler"}
KINDS = ("listing", "redirected listing", "GET", "POST", "https hop", "any other spider's")
PUBLIC = "127.0.0.2"
"""Stands for a server on the internet, where a test needs one that answers."""
NAMES = (
    "rebind.example.com", "127.0.0.1.nip.io", "localtest.me", "a.b.c.xn--p1ai", "metadata.example.com",
    "ｅxample.com", "ⓔⓧⓐⓜⓟⓛⓔ.com", "exаmple.com", "gооgle.com", "example.com.", "EXAMPLE.COM", "xn--exmple-4nf.com",
)  # fmt: skip
"""Names, look-alikes among them, that only their answers give away."""
DISGUISES = (
    "http://user:secret@127.0.0.1:{port}/", "http://example.com@127.0.0.1:{port}/",
    "http://example.com:80@127.0.0.1:{port}/", "http://example.com%40127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@example.com/", "http://example.com\\@127.0.0.1:{port}/",
    "http:\\\\127.0.0.1:{port}/", "http:///127.0.0.1:{port}/", "http://127.0.0.1:{port}#@example.com/",
    "http://127.0.0.1:{port}?@example.com/", "https://[::ffff:127.0.0.1]:{port}/", "https://127.1:{port}/",
    "http://localhost%00.example.com:{port}/", "http://①②⑦.⓪.⓪.①:{port}/", "http://ｌｏｃａｌｈｏｓｔ:{port}/",
    "http://ⓛocalhost:{port}/", "http://loc\u00adalhost:{port}/", "http://0:{port}/", "http://[::]:{port}/",
)  # fmt: skip


def hostile(port: int) -> list[str]:
    """Every hostile URL, aimed at the trap's port."""
    hosts = [host for host in HOSTILE_HOSTS if not set(host) & set("/#\n")]
    addresses = [f"[{a}]" if ":" in a else a for a in HOSTILE_ADDRESSES if a not in HOSTILE_HOSTS]
    urls = [f"http://{host}:{port}/" for host in (*hosts, *addresses, *NAMES)]
    return list(dict.fromkeys([*urls, *(url.format(port=port) for url in DISGUISES)]))


class Trap:
    """Listens on a port of several loopback addresses, answers 402 and counts connections by address."""

    def __init__(self) -> None:
        self.reached: dict[str, int] = {}
        first = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = first.getsockname()[1]
        self._sockets = [first, socket.create_server((PUBLIC, self.port), backlog=512)]
        if socket.has_ipv6:
            self._sockets.append(socket.create_server(("::1", self.port), family=socket.AF_INET6, backlog=512))
        for listener in self._sockets:
            address = listener.getsockname()[0]
            self.reached[address] = 0
            threading.Thread(target=self._serve, args=(listener, address), daemon=True).start()

    def _serve(self, listener: socket.socket, address: str) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.reached[address] += 1
            with connection:
                connection.settimeout(2)
                try:
                    connection.recv(65536)
                    connection.sendall(b"HTTP/1.1 402 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
                except OSError:
                    pass

    def close(self) -> None:
        for listener in self._sockets:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    @property
    def count(self) -> int:
        """Connections that no request should have made."""
        return sum(n for address, n in self.reached.items() if address != PUBLIC)


@pytest.fixture
def trap(monkeypatch: pytest.MonkeyPatch) -> Iterator[Trap]:
    """A trap to which proxies of the environment lead as well."""
    with closing(Trap()) as opened:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{opened.port}")
        monkeypatch.setenv("NO_PROXY", "")
        yield opened


class Names(AbstractResolver):
    """Answers every look-up with the next of its answers, the last one for ever; ``asked`` counts them."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family or socket.AF_INET, proto=0, flags=0)
            for address in found
        ]

    async def close(self) -> None:
        pass


Scene = Callable[[Guarded, Callable[[str, str], Request]], Coroutine[Any, Any, Any]]


def play(
    name: str,
    guard: Guard,
    folder: Path,
    scene: Scene,
    loop: Callable[[Coroutine[Any, Any, Any]], Any] = asyncio.run,
    timeout: float = 5,
) -> Any:
    """Run a scene with a handler, and with what makes each kind of request as the spiders make it."""
    with closing(open_store(f"sqlite:///{folder / 'catalog.db'}")) as store:
        job = Job(store, night(1), (), guard, Site(), settings={"DOWNLOAD_TIMEOUT": timeout})
        runner = AsyncCrawlerRunner(job.scrapy_settings())

        async def run() -> Any:
            made = runner.create_crawler(ChallengeSpider)
            probe = ChallengeSpider.from_crawler(made, job=job, targets=[])
            bazaar = BazaarSpider.from_crawler(runner.create_crawler(BazaarSpider), job=job)
            handler = load_object(HANDLERS[name])(made)

            def request(kind: str, url: str) -> Request:
                target = Target(1, url, "http", ())
                source = Source("built-in", "https://bazaar.example.com/discovery/resources")
                if kind == "listing":
                    return bazaar._page(source, 0, 1, url)
                if kind == "redirected listing":
                    return bazaar._page(source, 0, 1, url, 1)
                if kind == "https hop":
                    return probe._request(target, "GET", url.replace("http:", "https:", 1), ())
                return probe._request(target, kind, url, ()) if kind in ("GET", "POST") else Request(url)

            try:
                return await scene(handler, request)
            finally:
                await handler.close()

        return loop(run())


async def outcome(handler: Guarded, request: Request) -> str:
    """The failure's kind, or the answer's status."""
    try:
        return str((await handler.download_request(request)).status)
    except TransferError as error:
        return error.kind


def sent(kinds: tuple[str, ...], urls: list[str]) -> Scene:
    """All URLs in all kinds; (kind, URL) → outcome, ``never made`` for what cannot become a request."""

    async def scene(handler: Guarded, request: Callable[[str, str], Request]) -> dict[tuple[str, str], str]:
        made: dict[tuple[str, str], Request] = {}
        results: dict[tuple[str, str], str] = {}
        for kind in kinds:
            for url in urls:
                try:
                    made[kind, url] = request(kind, url)
                except ValueError:
                    results[kind, url] = "never made"
        found = await asyncio.gather(*(outcome(handler, r) for r in made.values()))
        return results | dict(zip(made, found, strict=True))

    return scene


def exempting(port: int) -> Guard:
    """The guard of an operator who named private bazaars, at the very places the URLs aim at."""
    return Guard(exempt=frozenset({("127.0.0.1", port), ("localhost", port), ("rebind.example.com", port)}))


def blind(monkeypatch: pytest.MonkeyPatch, layer: str) -> None:
    """Take a layer of the guard away."""
    if layer in ("name", "all"):
        monkeypatch.setattr(Guard, "check_url", lambda *_: None)
    if layer in ("answers", "all"):

        async def unjudged(self: GuardedResolver, host: str, port: int = 0, family: Any = socket.AF_INET) -> Any:
            return await self._inner.resolve(host, port, family)

        monkeypatch.setattr(GuardedResolver, "resolve", unjudged)
    if layer in ("socket", "all"):
        monkeypatch.setattr(Guard, "check_socket", lambda *_: None)
        monkeypatch.setattr(crawler.connect, "is_ours", lambda _: False)


def test_the_table_is_long_enough(trap: Trap) -> None:
    assert len(hostile(trap.port)) >= 150


@pytest.mark.parametrize("without", ["nothing", "name", "answers", "socket"])
@pytest.mark.parametrize("handler", HANDLERS)
def test_nothing_hostile_is_connected_to(
    handler: str, without: str, trap: Trap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Names(("127.0.0.1",))
    monkeypatch.setattr("crawler.connect.PooledResolver", lambda: names)
    blind(monkeypatch, without)
    urls = hostile(trap.port)
    results = play(handler, Guard(), tmp_path, sent(KINDS, urls))
    results |= play(handler, exempting(trap.port), tmp_path, sent(KINDS[1:], urls))
    assert len(results) == len(KINDS) * len(urls)
    assert trap.count == 0
    if without == "nothing":
        assert set(results.values()) <= {"blocked", "never made"}
        # Nobody's name server is asked for what its name alone gives away.
        assert {name.lower().rstrip(".") for name in names.asked} <= {
            name.encode("idna").decode() if not name.isascii() else name.lower().rstrip(".")
            for name in (*NAMES, "example.com", "v1.x")
        }


@pytest.mark.parametrize("handler", HANDLERS)
def test_without_the_guard_the_trap_is_reached(
    handler: str, trap: Trap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.connect.PooledResolver", lambda: Names(("127.0.0.1",)))
    blind(monkeypatch, "all")
    results = play(handler, Guard(), tmp_path, sent(("GET", "POST"), hostile(trap.port)))
    assert trap.count > 40
    assert list(results.values()).count("402") > 40


@pytest.mark.parametrize("handler", HANDLERS)
def test_with_private_hosts_allowed_every_kind_is_sent(
    handler: str, trap: Trap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.connect.PooledResolver", lambda: Names(("127.0.0.1",)))
    urls = [f"http://127.0.0.1:{trap.port}/", f"http://rebind.example.com:{trap.port}/"]
    plain = tuple(kind for kind in KINDS if kind != "https hop")
    results = play(handler, Guard(allow_private=True), tmp_path, sent(plain, urls))
    assert {k: v for k, v in results.items() if v != "402"} == {}
    assert trap.count == len(results)


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> None:
    """:data:`PUBLIC` counts as a public address."""
    judge, ours = crawler.guard.address_problem, crawler.connect.is_ours
    monkeypatch.setattr(crawler.guard, "address_problem", lambda a: None if a == PUBLIC else judge(a))
    monkeypatch.setattr(crawler.connect, "is_ours", lambda a: a != PUBLIC and ours(a))


@pytest.mark.usefixtures("public")
@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("another_night", [False, True])
def test_an_answer_that_changes_between_look_ups_leads_nowhere(
    another_night: bool, kind: str, handler: str, trap: Trap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within a run a name keeps its first addresses; another look-up is judged anew."""
    names = Names((PUBLIC,), ("127.0.0.1",))
    monkeypatch.setattr("crawler.connect.PooledResolver", lambda: names)
    url = f"http://rebind.example.com:{trap.port}/"

    async def scene(serving: Guarded, request: Callable[[str, str], Request]) -> list[str]:
        first = await outcome(serving, request("GET", url))
        if another_night:
            serving.crawler.settings["X402_NAMES"]._known.clear()
        return [first, await outcome(serving, request(kind, url))]

    kept = "tls" if kind == "https hop" else "402"
    assert play(handler, Guard(), tmp_path, scene) == ["402", "blocked" if another_night else kept]
    assert (trap.reached[PUBLIC], trap.count) == (1 if another_night else 2, 0)
    assert len(names.asked) == (2 if another_night else 1), "none between judging and connecting"


@pytest.mark.usefixtures("public")
@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize(
    "answers", [(PUBLIC, "127.0.0.1"), ("127.0.0.1", PUBLIC), (PUBLIC, "10.0.0.1"), (PUBLIC, "::1")]
)
def test_a_name_with_a_private_answer_among_others_is_not_connected_to(
    answers: tuple[str, ...], handler: str, trap: Trap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.connect.PooledResolver", lambda: Names(answers))
    urls = [f"http://mixed.example.com:{trap.port}/"]
    results = play(handler, Guard(), tmp_path, sent(KINDS, urls))
    assert set(results.values()) == {"blocked"}
    assert sum(trap.reached.values()) == 0


@pytest.mark.parametrize("handler", HANDLERS)
def test_addresses_of_ours_are_not_connected_to(
    handler: str, trap: Trap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This machine's own address is refused were it public; one a router holds for us where it is configured."""
    monkeypatch.setattr(crawler.guard, "address_problem", lambda _: None)
    crawler.guard._name_problem.cache_clear()
    monkeypatch.setattr("crawler.connect.PooledResolver", lambda: Names(("127.0.0.1",)))
    urls = [f"http://127.0.0.1:{trap.port}/", f"http://ours.example.com:{trap.port}/", f"http://{PUBLIC}:{trap.port}/"]
    assert set(play(handler, Guard(), tmp_path, sent(("GET", "POST"), urls)).values()) == {"blocked"}
    monkeypatch.setattr(crawler.connect, "is_ours", lambda _: False)
    configured = Guard(own=frozenset({"127.0.0.1", PUBLIC}))
    assert set(play(handler, configured, tmp_path, sent(("GET", "POST"), urls)).values()) == {"blocked"}
    assert sum(trap.reached.values()) == 0
    assert set(play(handler, Guard(), tmp_path, sent(("GET",), urls)).values()) == {"402"}
    crawler.guard._name_problem.cache_clear()


def test_this_machine_knows_its_own_addresses() -> None:
    assert crawler.connect.is_ours("127.0.0.1")
    assert not crawler.connect.is_ours("8.8.8.8")
    assert not crawler.connect.is_ours("2606:4700:4700::1111")


@pytest.mark.usefixtures("public")
@pytest.mark.parametrize("handler", HANDLERS)
def test_a_proxy_named_in_a_request_is_not_used(
    handler: str, trap: Trap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even a public one: it would connect for us to whatever it likes."""
    monkeypatch.setattr("crawler.connect.PooledResolver", lambda: Names((PUBLIC,)))

    async def scene(serving: Guarded, _: Any) -> str:
        proxy = f"http://proxy.example.com:{trap.port}"
        return await outcome(serving, Request("http://example.com:8402/", meta={"proxy": proxy}))

    assert play(handler, Guard(), tmp_path, scene) == "blocked"
    assert sum(trap.reached.values()) == 0
