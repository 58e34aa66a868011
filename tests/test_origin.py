"""Visits to origins over real HTTP on loopback: what is asked, how often, and what is left alone."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest

from crawler.decoders.origin import PATHS
from tests import loopback
from tests.nights import Place
from tests.test_live import V1

BOMB = gzip.compress(b" " * 30_000_000, 1)
Answer = tuple[int, bytes, dict[str, str]]


class Server(loopback.Quiet):
    """A bazaar, one paid resource, and whatever documents a test wants."""

    seen: ClassVar[list[tuple[str, str, dict[str, str]]]] = []
    pages: ClassVar[dict[str, Answer]] = {}

    def do_GET(self) -> None:
        self.seen.append((self.command, self.path, dict(self.headers.items())))
        host = f"http://{self.headers['Host']}"
        if self.path.startswith("/bazaar"):
            row = {"resource": f"{host}/paid", "type": "http", "x402Version": 1, "accepts": json.loads(V1)["accepts"]}
            return self.send(200, json.dumps({"items": [row], "pagination": {"total": 1}}).encode(), {})
        if self.path in self.pages:
            status, body, headers = self.pages[self.path]
            if headers.get("ETag") and self.headers.get("If-None-Match") == headers["ETag"]:
                return self.send(304, b"", headers)
            return self.send(status, body.replace(b"HOST", host.encode()), headers)
        return self.send(402, V1, {}) if self.path in ("/paid", "/declared") else self.send(404, b"", {})

    do_POST = do_HEAD = do_OPTIONS = do_GET

    def send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving(pages: dict[str, Answer], handler: type[Server] = Server) -> Iterator[str]:
    """The server with these documents; yields ``127.0.0.1:port``."""
    Server.seen, Server.pages = [], pages
    with loopback.serving(handler) as server:
        yield loopback.host_of(server)


def night(place: Place, host: str, day: int = 1) -> None:
    source = f"local=http://{host}/bazaar"
    assert place.nightly("--source", source, "--allow-private-hosts", "--now", f"2026-04-{day:02d}T00:00:00Z") == 0


def asked() -> list[str]:
    return [path for _, path, _ in Server.seen if not path.startswith("/bazaar")]


def resource(place: Place, host: str, path: str) -> Any:
    return place.resource(f"{host}{path}".replace(".", "-").replace(":", "-").replace("/", "-"))


def codes(place: Place) -> set[str]:
    return {finding["code"] for finding in place.findings() if finding["code"].startswith("declared.")}


WELL_KNOWN = b'{"version":1,"resources":["HOST/paid","HOST/declared"]}'


def test_one_visit_a_night_and_only_news_the_next(tmp_path: Path) -> None:
    place = Place(tmp_path)
    pages: dict[str, Answer] = {
        "/.well-known/x402": (200, WELL_KNOWN, {"ETag": '"one"', "Last-Modified": "Wed, 01 Apr 2026 00:00:00 GMT"}),
        "/": (200, b"<title>Corner Shop</title>", {"ETag": "not\x7fone of ours"}),
    }
    with serving(pages) as host:
        night(place, host)
        assert asked() == ["/robots.txt", *PATHS, "/declared", "/paid"]
        for command, path, headers in Server.seen:
            assert command == "GET"
            assert headers["User-Agent"].startswith("x402-catalog/")
            assert headers["Accept"] == {"/": "text/html", "/robots.txt": "text/plain,*/*;q=0.5"}.get(
                path, "application/json"
            )
            assert not {"Cookie", "Referer", "Authorization", "If-None-Match"} & set(headers)
        first = {path: resource(place, host, path) for path in ("/paid", "/declared")}
        Server.seen.clear()
        night(place, host, 2)
        sent = {path: headers for _, path, headers in Server.seen}
        assert sent["/.well-known/x402"]["If-None-Match"] == '"one"'
        assert sent["/.well-known/x402"]["If-Modified-Since"] == "Wed, 01 Apr 2026 00:00:00 GMT"
        assert "If-None-Match" not in sent["/"]
        second = {path: resource(place, host, path) for path in ("/paid", "/declared")}
    assert second == first, "a 304 keeps what was known"
    assert {path: d["trust_tier"] for path, d in first.items()} == {
        "/paid": "origin_attested",
        "/declared": "origin_attested",
    }
    assert first["/declared"]["provider"] == "Corner Shop"
    with sqlite3.connect(place.latest / "catalog.sqlite") as connection:
        pages_seen = dict(connection.execute("SELECT path, status FROM origin_pages").fetchall())
    connection.close()
    assert pages_seen == {"/.well-known/x402": 304, "/": 200, **dict.fromkeys(PATHS[1:4], 404)}


def test_robots_txt_is_heeded_for_an_origins_own_pages(tmp_path: Path) -> None:
    place = Place(tmp_path)
    rules = b"User-agent: *\nDisallow: /\nAllow: /openapi.json\n"
    with serving({"/robots.txt": (200, rules, {})}) as host:
        night(place, host)
        assert [path for path in asked() if path in PATHS] == ["/openapi.json"]
        assert "/paid" in asked(), "listed in a bazaar: only a group that names us binds"


@pytest.mark.parametrize(
    "pages",
    [
        {"/openapi.json": (200, b"{not json", {})},
        {"/.well-known/x402": (200, b"[" * 100_000, {})},
        {"/openapi.json": (200, BOMB, {"Content-Encoding": "gzip"})},
        {"/openapi.json": (200, b"[" + b"0," * 2_000_000 + b"0]", {})},
    ],
    ids=["broken", "deep", "bomb", "large"],
)
def test_a_hostile_document_is_a_finding_and_costs_nothing_else(tmp_path: Path, pages: dict[str, Answer]) -> None:
    place = Place(tmp_path)
    with serving({**pages, "/": (200, b"<title>Corner Shop</title>", {})}) as host:
        night(place, host)
        assert asked()[-1] == "/paid"
        assert resource(place, host, "/paid")["provider"] == "Corner Shop"
    assert codes(place)
    assert codes(place) <= {"declared.unreadable", "declared.too_large"}


def test_redirects_lead_nowhere_else(tmp_path: Path) -> None:
    place = Place(tmp_path)
    away = {"Location": "http://169.254.169.254/latest/meta-data/"}
    loop = {"Location": "/openapi.json"}
    moved = {"Location": "/elsewhere.json"}
    with serving(
        {
            "/.well-known/x402": (302, b"", away), "/openapi.json": (301, b"", loop), "/": (302, b"", {"Location": "http://[::1"}),
            "/.well-known/x402.json": (307, b"", moved),
            "/elsewhere.json": (200, b'{"items":[{"resource":{"url":"HOST/declared"}}]}', {"ETag": '"x"'}),
        }
    ) as host:  # fmt: skip
        night(place, host)
        assert asked().count("/openapi.json") == 4
        assert [s["name"] for s in resource(place, host, "/declared")["sources"]] == ["origin:x402_json"]
        Server.seen.clear()
        night(place, host, 2)
        assert not [headers for *_, headers in Server.seen if "If-None-Match" in headers], "not where a redirect led"


class Dead(Server):
    """Its resources' host closes every connection."""

    def do_GET(self) -> None:
        if self.path.startswith("/bazaar"):
            return super().do_GET()
        self.seen.append((self.command, self.path, {}))
        return self.connection.close()


def test_a_dead_origin_is_left_alone(tmp_path: Path) -> None:
    with serving({}, Dead) as host:
        night(Place(tmp_path), host)
        assert asked()[0] == "/robots.txt"
        assert not set(PATHS) & set(asked())


def test_owners_who_opted_out_are_not_visited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(tmp_path)
    with serving({"/.well-known/x402": (200, WELL_KNOWN, {})}) as host:
        monkeypatch.setenv("X402_CATALOG_OPT_OUT", json.dumps([f"http://{host}"]))
        night(place, host)
        assert asked() == []


def test_reading_the_listings_only_visits_nobody(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with serving({}) as host:
        arguments = ("--source", f"local=http://{host}/bazaar", "--allow-private-hosts", "--no-probe")
        assert place.nightly(*arguments) == 0
        assert asked() == []
