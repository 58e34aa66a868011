"""Whatever a source, a file or a caller gets wrong ends in one clear word, and nothing is lost."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from crawler.cli import execute
from tests.loopback import Quiet, host_of, serving
from tests.nights import SAMPLE, Place, broken_files, manifest_files

Answer = Callable[[str], tuple[int, str, bytes]]
"""Path → status, content type, body; the body of a redirect is where it leads."""


@contextmanager
def facilitator(answer: Answer) -> Iterator[str]:
    """A real HTTP server on loopback that answers as told; yields its listing's URL."""

    class Handler(Quiet):
        def do_GET(self) -> None:
            status, kind, body = answer(self.path)
            headers = {"Content_Type": kind}
            if 300 <= status < 400:
                headers["Location"] = body.decode()
            if status == 429:
                headers["Retry_After"] = body.decode()
            self.answer(status, body, **headers)

    with serving(Handler) as server:
        yield f"http://{host_of(server)}/discovery/resources"


def page(items: list[Any], total: int, limit: int = 100, offset: int = 0) -> bytes:
    pagination = {"limit": limit, "offset": offset, "total": total}
    return json.dumps({"x402Version": 2, "items": items, "pagination": pagination}).encode()


def row(index: int, **more: Any) -> dict[str, Any]:
    accept = {
        "scheme": "exact", "network": "base", "maxAmountRequired": "1000", "description": f"Thing {index}",
        "asset": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", "payTo": "0x209693Bc6afc0C5328bA36FaF03C514EF312287C",
        "maxTimeoutSeconds": 60, "mimeType": "application/json", "resource": f"https://api.example/things/{index}",
    }  # fmt: skip
    return {
        "resource": f"https://api.example/things/{index}",
        "type": "http",
        "x402Version": 1,
        "accepts": [accept | more],
    }


def listed(place: Place, url: str, *more: str) -> int:
    return place.nightly("--source", f"test={url}", "--no-probe", *more)


HTML = b"<!doctype html><title>Just a moment</title>"


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ((200, "text/html", HTML), "the answer is HTML"),
        ((500, "application/json", b"{}"), "HTTP status 500"),
        ((403, "application/json", b"{}"), "HTTP status 403"),
        ((200, "application/json", page([row(1)], 1)[:-40]), "not JSON"),
        ((200, "application/json", b'{"error": "maintenance"}'), "JSON without a list of resources"),
        ((200, "application/json", b"[" * 5000 + b"]" * 5000), "nested too deeply"),
    ],
)
def test_a_source_that_answers_something_else(
    answer: tuple[int, str, bytes], word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Place(tmp_path).sample("night-1")
    before, known = manifest_files(place.latest), len(list((place.latest / "resource").iterdir()))
    with facilitator(lambda _: answer) as url:
        assert listed(place, url) == 1
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("x402-catalog: no source could be read")
    assert word in said
    assert manifest_files(place.latest) == before, "the last release stays what is served"
    with sqlite3.connect(tmp_path / "catalog.db") as connection:
        codes = connection.execute("SELECT code FROM findings WHERE source = 'test'").fetchall()
        kept = connection.execute("SELECT COUNT(*) FROM resources").fetchone()
        status = connection.execute("SELECT status FROM runs ORDER BY started_at DESC").fetchone()
    connection.close()
    assert codes == [("source.unreadable",)]
    assert kept == (known,)
    assert status == ("failed",)


def test_a_source_that_asks_for_quiet_is_given_it(tmp_path: Path) -> None:
    asked: list[float] = []

    def answer(_: str) -> tuple[int, str, bytes]:
        asked.append(time.monotonic())
        return (429, "text/plain", b"1") if len(asked) == 1 else (200, "application/json", page([row(1)], 1))

    with facilitator(answer) as url:
        assert listed(Place(tmp_path), url) == 0
    assert asked[1] - asked[0] >= 1


def test_a_source_that_asks_for_more_than_our_patience_is_not_asked_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []

    def answer(path: str) -> tuple[int, str, bytes]:
        asked.append(path)
        return 429, "text/plain", b"9999"

    with facilitator(answer) as url:
        assert listed(Place(tmp_path), url) == 1
    assert "HTTP status 429" in capsys.readouterr().err
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("target", "word"),
    [
        ("/discovery/resources", "127.0.0.1: loopback"),
        ("http://169.254.169.254/latest/meta-data/", "cloud metadata"),
        ("http://localhost:8402/", "single-label name"),
        ("http://[::1", "HTTP status 302, pointing nowhere we could ask"),
        ("mailto:someone@a.example", "HTTP status 302, pointing nowhere we could ask"),
        ("http://a.example:99999999/", "HTTP status 302, pointing nowhere we could ask"),
        ("https://user:secret@a.example/", "HTTP status 302, pointing nowhere we could ask"),
    ],
)
def test_a_redirect_of_a_source_has_none_of_its_exemption(
    target: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []

    def answer(path: str) -> tuple[int, str, bytes]:
        asked.append(path)
        return 302, "text/plain", target.encode()

    with facilitator(answer) as url:
        assert listed(Place(tmp_path), url) == 1
    assert word in capsys.readouterr().err.splitlines()[-1]
    assert len(asked) == 1


def test_redirects_of_a_source_are_followed_and_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def answer(path: str) -> tuple[int, str, bytes]:
        if path.startswith("/discovery"):
            return 307, "text/plain", b"/here"
        return (200, "application/json", page([row(1)], 1)) if path == "/here" else (302, "text/plain", b"/loop")

    with facilitator(answer) as url:
        assert listed(Place(tmp_path / "a"), url, "--allow-private-hosts") == 0
        assert listed(Place(tmp_path / "b"), url.replace("discovery", "loop"), "--allow-private-hosts") == 1
    assert "HTTP status 302, pointing further after 5 redirects" in capsys.readouterr().err.splitlines()[-1]


def test_a_source_that_answers_markup_of_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def answer(path: str) -> tuple[int, str, bytes]:
        return 200, "application/json", b'{"error": "[/b] [red]x"}' if "bad" in path else page([row(1)], 1)

    place = Place(tmp_path)
    with facilitator(answer) as url:
        assert listed(place, url, "--source", f"bad={url}/bad") == 0
    assert "[/b] [red]x" in capsys.readouterr().out


def test_a_store_that_locks_up_in_the_middle(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    place = Place(tmp_path)
    other = sqlite3.connect(tmp_path / "catalog.db", check_same_thread=False, isolation_level=None)

    def answer(_: str) -> tuple[int, str, bytes]:
        other.execute("BEGIN IMMEDIATE")
        return 200, "application/json", page([row(1)], 1)

    with facilitator(answer) as url:
        assert listed(place, url) == 1
    other.close()
    (said,) = capfd.readouterr().err.splitlines()
    assert said.endswith("database is locked")
    with facilitator(lambda _: (200, "application/json", page([row(1)], 1))) as url:
        assert listed(place, url) == 0


def test_a_server_that_repeats_its_last_page_beyond_the_end_is_read_whole(tmp_path: Path) -> None:
    rows = [row(n) for n in range(20)]
    place = Place(tmp_path)
    with facilitator(lambda _: (200, "application/json", page(rows, 20, 20, 0))) as url:
        assert listed(place, url) == 0
    assert not [f for f in place.findings() if f["code"].startswith("source.")]


def test_a_source_nobody_listens_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert listed(Place(tmp_path), "http://127.0.0.1:9/resources") == 1
    assert "refused" in capsys.readouterr().err


def test_one_failing_source_does_not_cost_the_other(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with facilitator(lambda _: (200, "application/json", page([row(1), row(2)], 2))) as url:
        assert listed(place, url, "--source", "dead=http://127.0.0.1:9/resources") == 0
    assert len(list((place.latest / "resource").iterdir())) == 2
    assert [f["source"] for f in place.findings() if f["code"] == "source.unreadable"] == ["dead"]


def test_an_empty_listing_on_an_empty_store_is_nothing_to_publish(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Place(tmp_path)
    with facilitator(lambda _: (200, "application/json", page([], 0))) as url:
        assert listed(place, url) == 3
    assert "nothing to publish" in capsys.readouterr().err
    assert not place.latest.exists()


def test_an_empty_listing_later_delists_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with facilitator(lambda _: (200, "application/json", page([row(1)], 1))) as url:
        assert listed(place, url, "--now", "2026-01-01T00:00:00Z") == 0
    for day in range(2, 9):
        with facilitator(lambda _: (200, "application/json", page([], 0))) as url:
            assert listed(place, url, "--now", f"2026-01-{day:02}T00:00:00Z") == 0
    assert place.resource("api-example-things-1")["lifecycle"] == "active"
    assert "source.empty" in {f["code"] for f in place.findings()}


@pytest.mark.parametrize("moving", [False, True])
def test_an_endless_listing_ends(moving: bool, tmp_path: Path) -> None:
    """The same page again and again, or a total that runs away while rows repeat."""
    asked: list[str] = []

    def answer(path: str) -> tuple[int, str, bytes]:
        asked.append(path)
        offset = len(asked) * 100 if moving else 0
        return 200, "application/json", page([row(n) for n in range(100)], 10**6 + len(asked), 100, offset)

    place = Place(tmp_path)
    with facilitator(answer) as url:
        assert listed(place, url) == 0
    assert len(asked) < 10
    assert "source.endless" in {f["code"] for f in place.findings()}


def test_pages_are_read_as_cdp_cuts_them(tmp_path: Path) -> None:
    """The limit rounded to tens, the offset snapped down, rows repeated, a total that moves."""
    rows = [row(n) for n in range(95)]
    asked: list[int] = []

    def answer(path: str) -> tuple[int, str, bytes]:
        offset = int(path.partition("offset=")[2].partition("&")[0]) // 20 * 20
        asked.append(offset)
        return 200, "application/json", page(rows[max(0, offset - 3) : offset + 20], 95 + len(asked) % 2, 20, offset)

    place = Place(tmp_path)
    with facilitator(answer) as url:
        assert listed(place, url) == 0
    assert asked == [0, 20, 40, 60, 80]
    assert len(list((place.latest / "resource").iterdir())) == 95


def test_a_bad_row_or_accept_never_costs_its_neighbours(tmp_path: Path) -> None:
    huge = row(3)
    huge["accepts"][0]["maxAmountRequired"] = 20000000000000000001
    beyond = row(4)
    beyond["accepts"][0]["maxAmountRequired"] = "BEYOND"
    deep: Any = "x"
    for _ in range(200):
        deep = [deep]
    items = [
        row(1),
        None,
        7,
        {"resource": 5},
        huge,
        beyond,
        row(5, extra=deep),
        row(6, maxTimeoutSeconds="soon"),
        row(7),
    ]
    items[-1]["accepts"] += ["junk", {"scheme": "exact"}]
    place = Place(tmp_path)
    body = page(items, len(items)).replace(b'"BEYOND"', b"9" * 5000)
    with facilitator(lambda _: (200, "application/json", body)) as url:
        assert listed(place, url) == 0
    slugs = {path.stem for path in (place.latest / "resource").iterdir()}
    assert slugs == {f"api-example-things-{n}" for n in (1, 3, 4, 5, 6, 7)}
    assert place.resource("api-example-things-3")["accepts"][0]["max_amount_required_atomic"] == "20000000000000000001"
    assert place.resource("api-example-things-3")["price"]["usd"] == "20000000000000.000001"
    codes = {f["code"] for f in place.findings()}
    assert codes >= {"listing.not_an_object", "listing.no_url", "accept.not_an_object", "field.unreadable"}
    assert broken_files(place.latest) == []


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--replay", "/nowhere"], "is no folder"),
        (["--source", "nourl"], "--source wants NAME=URL"),
        (["--source", "x=ftp://h/"], "is no http(s) URL"),
        (["--now", "yesterday"], "--now wants an ISO-8601 time"),
        (["--store", "mysql://h/d"], "a store is sqlite:///FILE"),
        (["--store", "nonsense"], "not a store URL"),
        (["--cluster", "tcp://127.0.0.1:1"], "--cluster comes in a later version"),
        (["--frobnicate"], "No such option"),
    ],
)
def test_bad_usage_is_one_line_and_status_2(
    arguments: list[str], word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert execute(["nightly", *arguments]) == 2
    said = capsys.readouterr().err
    assert word in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("recording.json", "{", "not JSON"),
        ("recording.json", '{"sources": {"cdp": "x"}}', "no usable recorded_at"),
        ("recording.json", '{"recorded_at": "2026-01-01T00:00:00Z"}', "names no sources"),
        ("recording.json", '{"recorded_at": "2026-01-01T00:00:00Z", "sources": {"cdp": "gone.json"}}', "cannot read"),
        ("responses.jsonl", '{"url": "https://a.example/", "status": "fine"}\n', "line 1: neither"),
    ],
)
def test_a_wrong_recording_is_named(
    name: str, content: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "recording"
    folder.mkdir()
    for file in (SAMPLE / "night-1").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / name).write_text(content)
    assert Place(tmp_path).nightly("--replay", folder) == 2
    assert word in capsys.readouterr().err


def test_a_clock_before_the_last_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = Place(tmp_path).sample("night-2")
    before = manifest_files(place.latest)
    assert place.nightly("--replay", SAMPLE / "night-1") == 2
    assert "is before the last run" in capsys.readouterr().err
    assert manifest_files(place.latest) == before


def test_no_right_to_write_the_release(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file where a folder must be: works for root too, whom no mode stops."""
    place = Place(tmp_path)
    place.out.write_text("in the way")
    assert place.nightly("--replay", SAMPLE / "night-1") == 1
    assert f"cannot write {place.out}" in capsys.readouterr().err.splitlines()[-1]
    place.out.unlink()
    place.sample("night-1")


def test_a_store_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "catalog.db").write_text("not a database, but long enough to look at " * 100)
    assert Place(tmp_path).nightly("--replay", SAMPLE / "night-1") in (1, 2)
    said = capsys.readouterr().err
    assert "catalog.db" in said
    assert said.count("\n") == 1


def test_a_setting_nobody_knows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("X402_CATALOG_STOER", "sqlite:///x.db")
    assert Place(tmp_path).nightly("--replay", SAMPLE / "night-1") == 2
    assert "unknown setting: X402_CATALOG_STOER" in capsys.readouterr().err
