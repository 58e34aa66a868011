"""The live path, without a replay: real servers on loopback, reached because the operator allowed private hosts."""

from __future__ import annotations

import base64
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.loopback import Quiet, serving
from tests.nights import Place
from tests.test_guard import StubResolver

ACCEPT = {
    "scheme": "exact", "network": "base", "maxAmountRequired": "10000", "resource": "", "description": "Thing",
    "mimeType": "application/json", "payTo": "0x209693Bc6afc0C5328bA36FaF03C514EF312287C", "maxTimeoutSeconds": 60,
    "asset": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", "extra": {"name": "USD Coin", "version": "2"},
}  # fmt: skip
V1 = json.dumps({"x402Version": 1, "error": "payment required", "accepts": [ACCEPT]}).encode()
BIG = {"x402Version": 2, "accepts": [{**ACCEPT, "description": "d" * 52_000}]}
BOMB = gzip.compress(b" " * 50_000_000, 1)
BIG_HEADER = base64.b64encode(json.dumps(BIG).encode()).decode()
RAW = {
    "/garbage": b"this is not HTTP\r\n\r\n",
    "/lost": b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n",
    "/loop": b"HTTP/1.1 301 Moved\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n",
    "/length": b"HTTP/1.1 402 Payment Required\r\nContent-Length: -5\r\n\r\n{}",
    "/chunks": b"HTTP/1.1 402 Payment Required\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
    "/cut": b"HTTP/1.1 402 Payment Required\r\nContent-Length: 500\r\n\r\n{",
    "/many": b"HTTP/1.1 402 Payment Required\r\n" + b"".join(b"X-%d: %b\r\n" % (n, b"x" * 60_000) for n in range(9))
    + b"Content-Length: 0\r\n\r\n",
    "/bare": b"HTTP/1.1 402 \r\nContent-Length: 0\r\n\r\n",
    "/bomb": b"HTTP/1.1 402 Payment Required\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(BOMB), BOMB),
    "/claims": b"HTTP/1.1 402 Payment Required\r\nContent-Length: 99999999999\r\n\r\n",
    "/status": b"HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n",
}  # fmt: skip
"""Answers a server of ours would not give, byte by byte."""


class Server(Quiet):
    """A bazaar and its resources on one port."""

    host: ClassVar[str] = "127.0.0.1"
    seen: ClassVar[list[tuple[str, str, dict[str, str], bytes]]] = []
    resources: ClassVar[dict[str, str | None]] = {
        "/v1": "GET", "/post": "POST", "/big": "GET", "/swapped": "GET", "/open": "GET", "/moved": "GET",
        "/delete": "DELETE", "/needs": "POST", "/users/:id": "GET", "/gone": "GET", "/garbage": "GET",
        "/lost": "GET", "/loop": "GET", "/length": "GET", "/chunks": "GET", "/cut": "GET", "/many": "GET",
        "/bare": "GET", "/bomb": "GET", "/claims": "GET", "/status": "GET",
    }  # fmt: skip

    def do_GET(self) -> None:
        self.answer("GET", b"")

    def do_POST(self) -> None:
        self.answer("POST", self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def answer(self, method: str, body: bytes) -> None:
        path = self.path.partition("?")[0]
        if path == "/bazaar":
            return self.send(200, self.listing())
        self.seen.append((method, path, dict(self.headers.items()), body))
        if path in ("/v1",) or (path, method) in (("/post", "POST"), ("/swapped", "POST")):
            return self.send(402, V1)
        if path == "/big":
            return self.send(402, b"{}", {"PAYMENT-REQUIRED": BIG_HEADER})
        if path in ("/post", "/swapped"):
            return self.send(405, b"", {"Allow": "POST" if path == "/swapped" else "GET, POST"})
        if path == "/moved":
            return self.send(302, b"", {"Location": "http://169.254.169.254/latest/meta-data/"})
        if path in RAW:
            self.wfile.write(RAW[path])
            return None
        return self.send({"/open": 200, "/needs": 422, "/gone": 410}.get(path, 404), b"{}")

    def listing(self) -> bytes:
        base = f"http://{self.host}:{self.server.server_address[1]}"  # type: ignore[misc]
        items = [
            {"resource": base + path, "type": "http", "x402Version": 1, "lastUpdated": 1745000000,
             "accepts": [{**ACCEPT, "outputSchema": {"input": {"type": "http", "method": method}, "output": None}}]}
            for path, method in self.resources.items()
        ]  # fmt: skip
        return json.dumps({"items": items, "pagination": {"limit": 100, "offset": 0, "total": len(items)}}).encode()

    def send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module", params=["aiohttp", "httpx"])
def night(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Place, str]]:
    """One night with each of the download handlers: nothing but speed may tell them apart."""
    place = Place(tmp_path_factory.mktemp("live"))
    with served() as port, pytest.MonkeyPatch.context() as patch:
        host = f"127.0.0.1:{port}"
        source = f"local=http://{host}/bazaar"
        patch.setenv("X402_CATALOG_HANDLER", request.param)
        assert place.nightly("--source", source, "--allow-private-hosts", "--now", "2026-04-24T00:00:00Z") == 0
    return place, host


def outcome(night: tuple[Place, str], path: str) -> dict[str, Any]:
    place, host = night
    slug = (host + path).replace(".", "-").replace(":", "-").replace("/", "-").replace("--", "-")
    check: dict[str, Any] = place.health(slug)["recent_checks"][0]
    return check


@pytest.mark.parametrize(
    ("path", "expected", "status", "method"),
    [
        ("/v1", "payable", 402, "GET"),
        ("/post", "payable", 402, "POST"),
        ("/big", "payable", 402, "GET"),
        ("/swapped", "payable", 402, "POST"),
        ("/open", "open", 200, "GET"),
        ("/moved", "redirect", 302, "GET"),
        ("/delete", "not_exercised", None, None),
        ("/needs", "not_exercised", 422, "POST"),
        ("/users/:id", "not_exercised", None, None),
        ("/gone", "client_error", 410, "GET"),
        ("/garbage", "protocol_error", None, "GET"),
        ("/lost", "redirect", 302, "GET"),
        ("/loop", "redirect", 301, "GET"),
        ("/length", "protocol_error", None, "GET"),
        ("/chunks", "protocol_error", None, "GET"),
        ("/cut", "connect_error", None, "GET"),
        ("/many", "protocol_error", None, "GET"),
        ("/bare", "plain_402", 402, "GET"),
        ("/bomb", "protocol_error", None, "GET"),
        ("/claims", "protocol_error", None, "GET"),
        ("/status", "protocol_error", 999, "GET"),
    ],
)
def test_outcomes(night: tuple[Place, str], path: str, expected: str, status: int | None, method: str | None) -> None:
    check = outcome(night, path)
    assert (check["outcome"], check["http_status"], check["method"]) == (expected, status, method)


def test_what_was_sent_is_what_we_promise(night: tuple[Place, str]) -> None:
    del night
    assert {method for method, *_ in Server.seen} == {"GET", "POST"}
    assert [path for _, path, *_ in Server.seen].count("/robots.txt") == 1
    for method, path, headers, body in Server.seen:
        assert headers["User-Agent"].startswith("x402-catalog/")
        assert "+https://" in headers["User-Agent"]
        accept = {"/robots.txt": "text/plain,*/*;q=0.5", "/": "text/html"}.get(path, "application/json")
        assert headers["Accept"] == accept
        assert body == (b"{}" if method == "POST" else b"")
        assert not [name for name in headers if "payment" in name.lower() or name in ("Cookie", "Referer")]
    assert Counter(path for _, path, *_ in Server.seen)["/swapped"] == 2
    assert "/users/:id" not in {path for _, path, *_ in Server.seen}


def test_latency_is_measured_of_payable_answers(night: tuple[Place, str]) -> None:
    assert outcome(night, "/v1")["latency_ms"] >= 0
    assert outcome(night, "/delete")["latency_ms"] is None


def test_without_permission_a_private_listing_reaches_nobody(tmp_path: Path) -> None:
    with served() as port:
        # The configured source itself is exempt; what it lists is not.
        assert Place(tmp_path).nightly("--source", f"local=http://127.0.0.1:{port}/bazaar") == 3
    assert Server.seen == []


def test_what_is_too_large_is_a_finding(night: tuple[Place, str]) -> None:
    place, host = night
    large = {f["url"] for f in place.findings() if f["code"] == "check.too_large"}
    assert large == {f"http://{host}{path}" for path in ("/many", "/bomb", "/claims")}


@contextmanager
def served() -> Iterator[str]:
    """The server of this module; yields its port."""
    Server.seen.clear()
    with serving(Server) as server:
        yield str(server.server_address[1])


def test_an_answer_that_breaks_our_checker_costs_only_its_own_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr("crawler.spiders.challenge.decode_challenge", broken)
    place = Place(tmp_path)
    with served() as port:
        assert place.nightly("--source", f"local=http://127.0.0.1:{port}/bazaar", "--allow-private-hosts") == 0
    shown = {path.stem: place.health(path.stem)["recent_checks"][0] for path in (place.latest / "health").iterdir()}
    assert shown[f"127-0-0-1-{port}-v1"]["outcome"] == "prober_fault"
    assert shown[f"127-0-0-1-{port}-open"]["outcome"] == "open"
    assert len(shown) == len(Server.resources)
    assert "nobody foresaw this" in {f["evidence"] for f in place.findings() if f["code"] == "check.prober_fault"}.pop()


def test_what_a_private_source_lists_about_itself_is_not_exempt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that looks public and is private: the operator's word is for the listing, not for what it lists."""
    monkeypatch.setattr("crawler.connect.PooledResolver", lambda: StubResolver("127.0.0.1"))
    monkeypatch.setattr(Server, "host", "bazaar.example.com")
    place = Place(tmp_path)
    with served() as port:
        assert place.nightly("--source", f"local=http://bazaar.example.com:{port}/bazaar") == 0
    assert Server.seen == []
    check = place.health(f"bazaar-example-com-{port}-v1")["recent_checks"][0]
    assert check["outcome"] == "blocked"
