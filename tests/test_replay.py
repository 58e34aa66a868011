"""Recordings: how listings are paged and answers rebuilt, and that a replay stays on this machine."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from crawler.replay.recording import BadRecording, load, rebuilt_402
from crawler.replay.server import answer, paged
from tests.nights import SAMPLE, Place


@pytest.mark.parametrize(
    ("limit", "offset", "size", "start"),
    [
        ("1000", "0", 1000, 0),
        ("104", "250", 100, 200),
        ("5", "30", 20, 20),
        ("99999", "7", 1000, 0),
        (None, None, 100, 0),
        ("20", "-40", 20, 0),
    ],
)
def test_pages_are_cut_as_cdp_cuts_them(limit: str | None, offset: str | None, size: int, start: int) -> None:
    items: list[object] = list(range(300))
    page = paged(items, limit, offset, complete=True)
    assert page["pagination"] == {"limit": size, "offset": start, "total": 300}
    assert page["items"] == items[start : start + size]
    assert paged(items, limit, offset, complete=False)["pagination"]["total"] == 301


def test_a_bare_402_is_rebuilt_from_the_listed_terms() -> None:
    accepts = [{"scheme": "exact", "maxAmountRequired": 20000000000000000001}]
    _, body = rebuilt_402({"resource": "https://a.example/x", "x402Version": 1, "accepts": accepts})
    assert json.loads(body)["accepts"] == accepts
    headers, body = rebuilt_402({"resource": "https://a.example/x", "x402Version": 2, "accepts": accepts})
    document = json.loads(base64.b64decode(dict(headers)["PAYMENT-REQUIRED"]))
    assert (document["x402Version"], document["accepts"], body) == (2, accepts, "{}")


def recording(folder: Path, *lines: dict[str, object]) -> Path:
    """A recording of one POST resource with the given lines."""
    accept = {
        "scheme": "exact",
        "network": "base",
        "maxAmountRequired": "1",
        "outputSchema": {"input": {"method": "POST"}},
    }
    item = {"resource": "https://a.example/x", "x402Version": 1, "accepts": [accept]}
    folder.mkdir(exist_ok=True)
    (folder / "listing.json").write_text(json.dumps({"x402Version": 1, "items": [item]}))
    (folder / "responses.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    head = {
        "recorded_at": "2026-01-01T00:00:00Z",
        "complete": True,
        "sources": {"s": "listing.json"},
        "responses": "responses.jsonl",
    }
    (folder / "recording.json").write_text(json.dumps(head))
    return folder


@pytest.mark.parametrize(
    ("line", "outcome", "latency"),
    [
        ({"method": "GET", "status": 402, "latency_ms": 12}, "invalid_terms", 12),
        ({"method": "GET", "status": 404, "latency_ms": 12}, "not_exercised", None),
        ({"method": "GET", "status": 405}, "not_exercised", None),
        ({"method": "GET", "status": 200}, "not_exercised", None),
        ({"method": "POST", "status": 404, "latency_ms": 3}, "client_error", 3),
        ({"method": "GET", "status": 429}, "rate_limited", None),
        ({"method": "GET", "status": 503, "latency_ms": 9}, "server_error", 9),
        ({"method": "GET", "error": "dns"}, "dns_error", None),
        ({"method": "GET", "error": "tls", "latency_ms": 40}, "tls_error", 40),
        ({"method": "GET", "error": "timeout", "latency_ms": 8000}, "timeout", 8000),
        ({"method": "GET", "error": "reset"}, "connect_error", None),
        ({"method": "GET", "error": "refused"}, "connect_error", None),
        (None, "invalid_terms", None),
    ],
)
def test_lines_hold_as_the_design_says(
    line: dict[str, object] | None, outcome: str, latency: int | None, tmp_path: Path
) -> None:
    lines = [{"url": "https://a.example/x", **line}] if line else []
    place = Place(tmp_path)
    assert place.nightly("--replay", recording(tmp_path / "r", *lines)) == 0
    (check,) = place.health("a-example-x")["recent_checks"]
    assert (check["outcome"], check["latency_ms"]) == (outcome, latency)


def test_only_what_was_listed_or_recorded_tonight_is_checked(tmp_path: Path) -> None:
    place = Place(tmp_path).sample("night-1")
    assert place.nightly("--replay", recording(tmp_path / "r"), "--now", "2026-05-01T00:00:00Z", "--json") == 0
    with_two = [
        path for path in (place.latest / "health").iterdir() if len(json.loads(path.read_bytes())["recent_checks"]) > 1
    ]
    assert with_two == []


def test_an_unknown_url_is_404_and_another_method_405() -> None:
    night = load(SAMPLE / "night-1")
    assert answer(night, "GET", "https://nowhere.example/").status == 404
    line = next(lines[0] for lines in night.lines.values() if lines[0].status == 404 and lines[0].method == "GET")
    assert answer(night, "POST", line.url).status == 405


def test_the_replay_command_serves_a_recording_until_interrupted() -> None:
    command = [sys.executable, "-m", "crawler.cli", "replay", str(SAMPLE / "night-1")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        sources = [process.stdout.readline().strip() for _ in range(2)]
        url = sources[0].partition("cdp=")[2]
        with urllib.request.urlopen(f"{url}?limit=20&offset=25") as response:
            page = json.load(response)
        assert page["pagination"]["offset"] == 20
        process.terminate()
        assert process.wait(timeout=10) in (0, 1)
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def test_nothing_leaves_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look-up during a replay would be a name of the recording: there is none."""
    asked: list[object] = []
    original = socket.getaddrinfo

    def watched(host: object, *arguments: object, **more: object) -> object:
        asked.append(host)
        return original(host, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", watched)
    Place(tmp_path).sample("night-1")
    assert {str(host) for host in asked} <= {"127.0.0.1"}


@pytest.mark.parametrize(
    "line",
    [
        {"status": 402, "error": "frobnicated"},
        {"status": 402, "headers": 5},
        {"status": 402, "headers": "Allow"},
        {"status": 402, "headers": [["Allow"]]},
        {"status": "402"},
        {"error": "frobnicated"},
    ],
)
def test_a_line_that_says_nothing_we_know_is_named(line: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(BadRecording, match=r"line 1: (neither|headers)"):
        load(recording(tmp_path / "r", {"url": "https://a.example/x", **line}))
