"""What hostile servers can do to us: cost one check and a finding, within the caps. Never memory, never the night.

The crawling process is a child of its own here, so that its peak is its own.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import hostile

MEMORY = 300 * hostile.MIB
TIMEOUT = 3


@dataclass(frozen=True, slots=True)
class Night:
    """What a crawl and a probe of all hostile servers left in the store, and the peak memory in bytes of each."""

    checks: dict[str, sqlite3.Row]
    findings: list[tuple[str, str, str]]
    peaks: dict[str, int]


def path_of(url: str) -> str:
    return urlsplit(url).path


CHILD = """
import sys
from pathlib import Path
from crawler.cli import execute
status = execute(sys.argv[2:])
Path(sys.argv[1]).write_text(Path("/proc/self/status").read_text())
sys.exit(status)
"""
"""One command of ours, which leaves what the kernel says of its memory. (``ru_maxrss`` of a child counts what its
parent had when it was made.)"""


def peak(command: list[str], environment: dict[str, str], log: Path) -> tuple[int, int]:
    """Exit status and peak resident memory in bytes of one command of ours."""
    told = log.with_suffix(".status")
    with log.open("wb") as out:
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(told), *command], env=environment, stdout=out, stderr=subprocess.STDOUT,
            timeout=300, check=False,
        )  # fmt: skip
    kibibytes = next(line.split()[1] for line in told.read_text().splitlines() if line.startswith("VmHWM:"))
    return done.returncode, int(kibibytes) * 1024


@pytest.fixture(scope="module", params=["aiohttp", "httpx"])
def night(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Night:
    folder = tmp_path_factory.mktemp("hostile")
    with hostile.serving() as base:
        names = ["bazaar", *(f"listing/{name}" for name in ("gzip-gzip", "br", "endless", "deep", "endless-headers"))]
        sources = {name.rpartition("/")[2]: f"{base}/{name}" for name in names}
        environment = {
            **os.environ, "X402_CATALOG_HANDLER": request.param, "X402_CATALOG_TIMEOUT": str(TIMEOUT),
            "X402_CATALOG_PER_HOST": "64", "X402_CATALOG_SOURCES": json.dumps(sources),
            "X402_CATALOG_STORE": f"sqlite:///{folder / 'catalog.db'}",
        }  # fmt: skip
        peaks = {}
        for stage in ("crawl", "probe"):
            log = folder / f"{stage}.log"
            status, peaks[stage] = peak([stage, "--allow-private-hosts", "--no-progress"], environment, log)
            assert status == 0, log.read_text()
    with closing(sqlite3.connect(folder / "catalog.db")) as store:
        store.row_factory = sqlite3.Row
        rows = store.execute("SELECT url, checks.* FROM checks JOIN resources ON resources.id = resource_id")
        checks = {path_of(row["url"]): row for row in rows}
        found = store.execute("SELECT code, url, source FROM findings").fetchall()
    return Night(checks, [(code, path_of(url), source) for code, url, source in found], peaks)


@pytest.mark.parametrize(
    ("path", "outcome", "finding"),
    [
        *((f"/{name}", "protocol_error", "check.too_large") for name in hostile.BOMBS),
        ("/endless", "protocol_error", "check.too_large"),
        ("/endless-headers", "protocol_error", "check.too_large"),
        ("/endless-line", "protocol_error", "check.too_large"),
        ("/drip-body", "timeout", "check.too_slow"),
        ("/drip-headers", "timeout", "check.too_slow"),
        ("/deep", "payable", "accept.not_an_object"),
        ("/rich-and-bomb", "payable", "check.too_large"),
    ],
)
def test_each_ends_in_a_finding(night: Night, path: str, outcome: str, finding: str) -> None:
    assert night.checks[path]["outcome"] == outcome
    assert finding in {code for code, url, _ in night.findings if url == path}


def test_interim_answers_without_end_are_no_answer(night: Night) -> None:
    """aiohttp's headers are counted across them; httpx reads on until the time is up."""
    found = {code for code, url, _ in night.findings if url == "/endless-interim"}
    outcome = night.checks["/endless-interim"]["outcome"]
    assert (outcome, found) in [("protocol_error", {"check.too_large"}), ("timeout", {"check.too_slow"})]


def test_a_header_of_70_000_bytes_is_read(night: Night) -> None:
    assert len(hostile.RICH) >= 70_000
    assert night.checks["/rich"]["outcome"] == "payable"


@pytest.mark.parametrize("name", [*hostile.BOMBS, "endless", "drip-body"])
def test_a_body_that_tells_nothing_is_not_read(night: Night, name: str) -> None:
    """Only a 402 has terms; whatever else is answered is judged by its status."""
    assert night.checks[f"/200/{name}"]["outcome"] == "open"
    assert not [code for code, url, _ in night.findings if url == f"/200/{name}" and code.startswith("check.")]


@pytest.mark.parametrize("source", ["gzip-gzip", "br", "endless", "deep", "endless-headers"])
def test_a_hostile_listing_ends_in_a_finding(night: Night, source: str) -> None:
    assert [code for code, _, name in night.findings if name == source and code.startswith("source.")]


def test_memory_stays_small(night: Night) -> None:
    assert max(night.peaks.values()) < MEMORY, night.peaks
