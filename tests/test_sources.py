"""Every built-in source against a server that pages as that facilitator does; and pages beyond all bounds."""

from __future__ import annotations

import json
import sqlite3
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from crawler.cli import execute
from crawler.decoders.envelope import MAX_ROWS, MAX_VALUES, BadPage, HugePage, open_page
from crawler.decoders.listing import decode_page
from crawler.sources import LIVE
from tests.loopback import Quiet, host_of, serving

Pager = Callable[[int, int], Any]
"""(limit, offset) → the JSON of a page, or an HTTP status."""


def rows(name: str, count: int, **more: Any) -> list[dict[str, Any]]:
    accept = {
        "scheme": "exact", "network": "eip155:8453", "amount": "1000", "maxTimeoutSeconds": 60,
        "asset": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", "payTo": "0x209693Bc6afc0C5328bA36FaF03C514EF312287C",
    }  # fmt: skip
    row = {"type": "http", "x402Version": 2, "accepts": [accept], **more}
    return [{"resource": f"https://{name}.example/things/{number}", **row} for number in range(count)]


def figures(limit: Any, offset: Any, total: Any) -> dict[str, Any]:
    return {"limit": limit, "offset": offset, "total": total}


def named(items: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    return [{key if name == "resource" else name: value for name, value in row.items()} for row in items]


def cdp(limit: int, offset: int) -> Any:
    """The limit rounded to tens, the offset snapped to a page, rows repeated, a total that moves."""
    listed = rows("cdp", 2_350, lastUpdated="2026-05-14T14:26:42.878Z", quality={"l30DaysTotalCalls": 7})
    size = min(1_000, max(20, round(limit / 10) * 10))
    start = offset // size * size
    page = figures(size, start, 2_350 - start // 1_000)
    return {"x402Version": 2, "items": listed[max(0, start - 3) : start + size], "pagination": page}


def payai(limit: int, offset: int) -> Any:
    """Nulls wherever nothing is known; the URL under ``url``; method and schema beside it."""
    unknown: dict[str, Any] = dict.fromkeys(("description", "mimeType", "serviceName", "tags", "iconUrl", "extensions"))
    schema = {"type": "object", "properties": {"q": {"type": "string"}}}
    listed = named(rows("payai", 230, method="post", inputSchema=schema, lastUpdated=1767429328, **unknown), "url")
    return {"x402Version": 2, "items": listed[offset : offset + limit], "pagination": figures(limit, offset, 230)}


def dexter(limit: int, offset: int) -> Any:
    metadata = {"displayName": "Price feed", "category": "finance", "qualityScore": 87, "verified": True}
    listed = rows("dexter", 120, metadata=metadata)
    return {"x402Version": 2, "items": listed[offset : offset + limit], "pagination": figures(limit, offset, 120)}


def goplausible(limit: int, offset: int) -> Any:
    if limit > 200:
        return 400
    listed = named(
        rows("goplausible", 450, method="GET", settleCount=3, lastSeen="2026-10-01T00:00:00Z"), "resourceUrl"
    )
    return {"items": listed[offset : offset + limit], "pagination": figures(limit, offset, 450)}


def binance(limit: int, offset: int) -> Any:
    """An envelope of its own, also for failures, always with status 200."""
    if limit > 100:
        return {"code": "000002", "message": "illegal parameter", "data": {"items": []}, "success": False}
    listed = rows("binance", 150, lastUpdated=1780476191702)
    data = {"items": listed[offset : offset + limit], "pagination": figures(limit, offset, 150), "x402Version": 2}
    return {"code": "000000", "message": None, "messageDetail": None, "data": data, "success": True}


def thirdweb(_limit: int, _offset: int) -> Any:
    """Without a key."""
    return 401


def anyspend(limit: int, offset: int) -> Any:
    """Rows inside ``data``, the figures outside."""
    return {
        "data": {"items": rows("anyspend", 140)[offset : offset + limit]},
        "pagination": figures(limit, offset, 140),
    }


def questflow(limit: int, offset: int) -> Any:
    """A bare list that does page."""
    return rows("questflow", 200)[offset : offset + limit]


def aurracloud(_limit: int, _offset: int) -> Any:
    """Everything at once, whatever was asked."""
    return {"resources": rows("aurracloud", 130)}


def ultravioleta(limit: int, offset: int) -> Any:
    """Figures as text, as they came in the query."""
    listed = rows("ultravioleta", 110)
    return {"items": listed[offset : offset + limit], "pagination": figures(str(limit), str(offset), "110")}


FACILITATORS: tuple[Pager, ...] = (
    cdp, payai, dexter, goplausible, binance, thirdweb, anyspend, questflow, aurracloud, ultravioleta,
)  # fmt: skip


@dataclass
class Crawled:
    """What a crawl of some servers left behind."""

    store: Path
    status: int = 0
    asked: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """Source → (limit, offset) of every request."""

    def read(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.store)) as connection:
            return connection.execute(query, values).fetchall()

    def run(self, source: str) -> tuple[Any, ...]:
        """(status, distinct rows, total, complete) of a source."""
        query = "SELECT status, distinct_rows, total, complete FROM source_runs WHERE source = ?"
        (found,) = self.read(query, source)
        return found

    def codes(self, source: str) -> list[str]:
        query = "SELECT code FROM findings WHERE source = ? AND code LIKE 'source.%' ORDER BY code"
        return [code for (code,) in self.read(query, source)]

    def records(self, source: str) -> list[tuple[Any, Any]]:
        """(record, quality) of a source's rows."""
        found = self.read("SELECT record, quality FROM listings WHERE source = ?", source)
        return [(json.loads(record), quality and json.loads(quality)) for record, quality in found]


@contextmanager
def paging(pagers: dict[str, Pager], asked: dict[str, list[tuple[int, int]]]) -> Iterator[str]:
    class Handler(Quiet):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            name, query = parts.path.strip("/"), parse_qs(parts.query)
            limit, offset = int(query["limit"][0]), int(query["offset"][0])
            asked.setdefault(name, []).append((limit, offset))
            answer = pagers[name](limit, offset)
            status = answer if isinstance(answer, int) else 200
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.answer(status, body)

    with serving(Handler) as server:
        yield f"http://{host_of(server)}"


def crawl(folder: Path, pagers: dict[str, Pager]) -> Crawled:
    done = Crawled(folder / "catalog.db")
    with paging(pagers, done.asked) as base:
        sources = [f"--source={name}={base}/{name}" for name in pagers]
        done.status = execute(["crawl", f"--store=sqlite:///{done.store}", "--no-progress", *sources])
    return done


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    return crawl(tmp_path_factory.mktemp("sources"), {pager.__name__: pager for pager in FACILITATORS})


def test_every_facilitator_is_built_in() -> None:
    assert {source.name for source in LIVE} == {pager.__name__ for pager in FACILITATORS}
    assert all(urlsplit(source.url).scheme == "https" for source in LIVE)


@pytest.mark.parametrize(
    ("source", "asked", "found"),
    [
        ("cdp", [(1000, 0), (1000, 1000), (1000, 2000)], ("done", 2_350, 2_348, 1)),
        ("payai", [(100, 0), (100, 100), (100, 200)], ("done", 230, 230, 1)),
        ("dexter", [(100, 0), (100, 100)], ("done", 120, 120, 1)),
        ("goplausible", [(200, 0), (200, 200), (200, 400)], ("done", 450, 450, 1)),
        ("binance", [(100, 0), (100, 100)], ("done", 150, 150, 1)),
        ("anyspend", [(100, 0), (100, 100)], ("done", 140, 140, 1)),
        ("questflow", [(100, 0), (100, 100), (100, 200)], ("done", 200, None, 1)),
        ("aurracloud", [(100, 0)], ("done", 130, None, 1)),
        ("ultravioleta", [(100, 0), (100, 100)], ("done", 110, 110, 1)),
    ],
)
def test_each_is_read_whole_with_its_own_paging(
    crawled: Crawled, source: str, asked: list[tuple[int, int]], found: tuple[Any, ...]
) -> None:
    assert crawled.status == 0
    assert crawled.asked[source] == asked
    assert crawled.run(source) == found
    assert crawled.codes(source) == []
    assert len(crawled.records(source)) == found[1]


def test_one_that_wants_a_key_is_unreadable_and_costs_no_other(crawled: Crawled) -> None:
    assert crawled.run("thirdweb") == ("failed", 0, None, 0)
    assert crawled.codes("thirdweb") == ["source.unreadable"]
    assert len(crawled.asked["thirdweb"]) == 1


def test_what_each_declares_of_use_and_worth_is_kept(crawled: Crawled) -> None:
    assert {json.dumps(quality) for _, quality in crawled.records("cdp")} == {'{"l30DaysTotalCalls": 7}'}
    (_, dexter_says), *_ = crawled.records("dexter")
    assert dexter_says == {"displayName": "Price feed", "category": "finance", "qualityScore": 87}
    (_, goplausible_says), *_ = crawled.records("goplausible")
    assert goplausible_says == {"settleCount": 3, "lastSeen": "2026-10-01T00:00:00Z"}
    (record, nothing), *_ = crawled.records("payai")
    assert nothing is None
    assert record["methods"] == ["POST"]
    assert record["hints"]["input"]["inputSchema"]["properties"] == {"q": {"type": "string"}}


def test_every_form_of_time_is_one_time(crawled: Crawled) -> None:
    moments = crawled.read("SELECT DISTINCT source, last_updated FROM listings WHERE last_updated IS NOT NULL")
    assert {source: str(moment)[:19].replace("T", " ") for source, moment in moments} == {
        "cdp": "2026-05-14 14:26:42", "payai": "2026-01-03 08:35:28", "binance": "2026-06-03 08:43:11",
    }  # fmt: skip


# --- answers that are no listing, though their status is 200


@pytest.mark.parametrize(
    "document",
    [
        {"code": "000001", "message": "system error", "data": None, "success": False},
        {"code": "000001", "message": "system error", "data": {"items": []}},
        {"code": 500, "data": {"items": []}},
        {"success": False, "items": [], "pagination": figures(100, 0, 0)},
        {"success": False, "data": []},
        {"items": [], "error": {"message": "upstream"}},
        {"items": rows("x", 1), "success": False},
    ],
)
def test_an_answer_that_says_it_failed_is_no_empty_listing(document: Any) -> None:
    with pytest.raises(BadPage, match=r"says it failed|without a list"):
        decode_page(json.dumps(document).encode(), "test")


@pytest.mark.parametrize(
    "more",
    [{}, {"code": "000000"}, {"code": 0}, {"code": 200}, {"code": "SUCCESS", "success": True}, {"code": None}, {"error": None}],
)  # fmt: skip
def test_an_answer_that_says_it_is_well_is_a_listing(more: dict[str, Any]) -> None:
    assert decode_page(json.dumps({"items": rows("x", 1), **more}).encode(), "test").rows == 1
    assert decode_page(json.dumps({"data": {"items": []}, **more}).encode(), "test").rows == 0


def test_a_failure_in_the_middle_leaves_the_listing_unread_not_shorter(tmp_path: Path) -> None:
    def failing(limit: int, offset: int) -> Any:
        return {"code": "000001", "data": None, "success": False} if offset else binance(limit, offset)

    done = crawl(tmp_path, {"binance": failing})
    assert done.run("binance") == ("failed", 100, 150, 0)
    assert done.codes("binance") == ["source.unreadable"]
    assert done.asked["binance"] == [(100, 0)] + [(100, 100)] * 3


def test_a_search_that_calls_itself_partial_is_no_complete_listing(tmp_path: Path) -> None:
    done = crawl(tmp_path, {"search": lambda _, __: {"resources": rows("search", 3), "partialResults": True}})
    assert done.run("search") == ("done", 3, None, 0)
    assert done.codes("search") == ["source.partial"]


# --- pages beyond all bounds


def test_rows_beyond_the_bound_are_left_out_and_nothing_counts_as_absent(tmp_path: Path) -> None:
    body = json.dumps([{"url": f"https://a.example/{number}"} for number in range(MAX_ROWS + 5)]).encode()
    page = decode_page(body, "test")
    assert (page.rows, len(page.listings), len(page.keys), page.partial) == (MAX_ROWS + 5, MAX_ROWS, MAX_ROWS, True)
    assert page.findings[-1].code == "source.rows_left_out"
    done = crawl(tmp_path, {"wide": lambda _, __: [*rows("wide", 1), *[0] * MAX_ROWS]})
    assert done.run("wide")[3] == 0
    assert done.codes("wide") == ["source.partial", "source.rows_left_out"]


@pytest.mark.parametrize(
    "page",
    [b"[" + b"{}," * 3_000_000 + b"{}]", b"[" + b"[" * 5_000_000, b'[{"a":[' + b'"",' * 3_000_000 + b'""]}]'],
)
def test_a_page_of_too_many_values_is_refused_before_it_takes_memory(page: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(HugePage, match=f"more than {MAX_VALUES} JSON values"):
            open_page(page)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_punctuation_in_texts_counts_for_nothing() -> None:
    text = ',[{\\"' * 200_000
    assert open_page(json.dumps([{"url": "https://a.example/", "description": text}]).encode()).held == 1


def test_a_page_too_large_is_asked_for_in_smaller_ones(tmp_path: Path) -> None:
    filler = "x" * 12_000

    def heavy(limit: int, offset: int) -> Any:
        listed = rows("heavy", 1_000, description=filler)
        return {"items": listed[offset : offset + limit], "pagination": figures(limit, offset, 1_000)}

    done = crawl(tmp_path, {"cdp": heavy})
    assert done.asked["cdp"][:3] == [(1000, 0), (100, 0), (100, 100)]
    assert done.run("cdp") == ("done", 1_000, 1_000, 1)
    assert done.codes("cdp") == ["source.page_too_large"]


@pytest.mark.parametrize(
    ("body", "word"), [(b"[" + b" " * 11_000_000 + b"]", "too_large"), (b"[" + b"0," * 400_000 + b"0]", "JSON values")]
)
def test_one_that_has_no_smaller_page_is_unreadable(tmp_path: Path, body: bytes, word: str) -> None:
    done = crawl(tmp_path, {"goplausible": lambda _, __: body})
    assert done.asked["goplausible"] == [(200, 0), (20, 0)]
    assert done.run("goplausible") == ("failed", 0, None, 0)
    assert done.codes("goplausible") == ["source.page_too_large", "source.unreadable"]
    ((told,),) = done.read("SELECT evidence FROM findings WHERE code = 'source.unreadable'")
    assert word in told


def test_a_listing_without_end_ends_at_the_bound_of_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(limit: int, offset: int) -> Any:
        listed = [{"url": f"https://a.example/{number}"} for number in range(offset, offset + limit)]
        return {"items": listed, "pagination": figures(limit, offset, 10**9)}

    bounded = [type(source)(source.name, source.url, max_rows=250) for source in LIVE if source.name == "payai"]
    monkeypatch.setattr("crawler.config.LIVE", tuple(bounded))
    done = crawl(tmp_path, {"payai": endless})
    assert done.run("payai") == ("done", 300, 10**9, 0)
    assert done.codes("payai") == ["source.endless"]


def test_a_listing_of_just_one_page_that_ignores_the_offset_is_whole(tmp_path: Path) -> None:
    done = crawl(tmp_path, {"payai": lambda _limit, _offset: {"items": rows("payai", 100)}})
    assert done.asked["payai"] == [(100, 0), (100, 100)]
    assert done.run("payai") == ("done", 100, None, 1)
    assert done.codes("payai") == []
