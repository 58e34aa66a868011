"""The real recordings: a whole CDP page, another facilitator's rows, and thirty nights into one store."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from math import ceil
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from catalog.run import Run, parse_time
from catalog.urls import canonical
from tests.nights import Place, broken_files, manifest_files

pytestmark = pytest.mark.recorded


def rows(place: Place, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(place.latest / "catalog.sqlite")) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def page(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("page"))
    assert place.nightly("--replay", shared / "recordings" / "cdp-2026-03-17") == 0
    return place


def test_every_one_of_the_634_resources_is_published(page: Place, shared: Path) -> None:
    items = json.loads((shared / "recordings/cdp-2026-03-17/listing.cdp.json").read_bytes())["items"]
    urls = {json.loads(path.read_bytes())["url"] for path in (page.latest / "resource").iterdir()}
    assert {item["resource"] for item in items} <= urls
    assert len(urls) == 634


def test_what_the_634_came_to(page: Place) -> None:
    outcomes = Counter(dict(rows(page, "SELECT outcome, COUNT(*) FROM checks GROUP BY 1")))  # type: ignore[arg-type]
    assert outcomes == {"payable": 614, "not_exercised": 16, "invalid_terms": 4}
    ((unknown,),) = rows(page, "SELECT COUNT(*) FROM resources WHERE category = 'other'")
    assert isinstance(unknown, int)
    assert unknown / 634 <= 0.08
    flags = dict(rows(page, "SELECT pricing_flag, COUNT(*) FROM resources GROUP BY 1"))  # type: ignore[arg-type]
    assert flags["normal"] > 400
    assert broken_files(page.latest) == []


def test_every_document_of_the_634_satisfies_its_schema(page: Place) -> None:
    for kind in ("resource", "health", "server", "category", "cluster"):
        validator = jsonschema_rs.validator_for(page.read(f"schema/{kind}.json"))
        for path in (page.latest / kind).iterdir():
            validator.validate(json.loads(path.read_bytes()))


def test_two_runs_over_the_634_are_byte_identical(page: Place, shared: Path, tmp_path: Path) -> None:
    again = Place(tmp_path)
    assert again.nightly("--replay", shared / "recordings" / "cdp-2026-03-17") == 0
    assert manifest_files(again.latest) == manifest_files(page.latest)


def test_payai_rows_are_published_or_explained(shared: Path, tmp_path: Path) -> None:
    folder = tmp_path / "payai"
    folder.mkdir()
    listing = json.loads((shared / "recordings" / "payai-sample.json").read_bytes())
    (folder / "listing.json").write_text(json.dumps(listing))
    head = {"recorded_at": "2026-07-24T00:00:00Z", "complete": True, "sources": {"payai": "listing.json"}}
    (folder / "recording.json").write_text(json.dumps(head))
    place = Place(tmp_path)
    assert place.nightly("--replay", folder) == 0
    urls = {json.loads(path.read_bytes())["url"] for path in (place.latest / "resource").iterdir()}
    explained = {f["url"] for f in place.findings() if f["code"].startswith("listing.")}
    assert {item["url"] for item in listing["items"]} <= urls | explained
    assert urls
    assert {url.partition(":")[0] for url in explained - urls} > {"monopoly", "solana-transfer"}


@pytest.fixture(scope="module")
def nights(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Place, list[int]]]:
    place = Place(tmp_path_factory.mktemp("nights"))
    folders = sorted((shared / "recordings" / "nights").iterdir())
    return place, [place.nightly("--replay", folder) for folder in folders]


def test_the_first_night_is_empty_and_every_other_publishes(nights: tuple[Place, list[int]]) -> None:
    assert nights[1] == [3] + [0] * 29


def test_thirty_nights_keep_history(nights: tuple[Place, list[int]]) -> None:
    place, _ = nights
    assert rows(place, "SELECT COUNT(*) FROM resources") == [(573,)]
    changed = dict(rows(place, "SELECT kind, COUNT(DISTINCT run_id || resource_id) FROM offer_changes GROUP BY 1"))  # type: ignore[arg-type]
    assert changed["price"] == 49
    assert changed["price_appeared"] + changed["price_vanished"] == 31
    assert changed["pay_to"] == 19
    assert "network" not in changed, "base and eip155:8453 are one network"
    assert rows(place, "SELECT COUNT(*) FROM checks") == [(1660,)]
    assert rows(place, "SELECT SUM(checks) FROM check_days") == [(1660,)]


def test_partial_listings_delist_nothing(nights: tuple[Place, list[int]]) -> None:
    states = {state for (state,) in rows(nights[0], "SELECT DISTINCT lifecycle FROM resources")}
    assert states <= {"active", "failing", "dormant"}
    assert rows(nights[0], "SELECT COUNT(*) FROM listings WHERE missed > 0") == [(0,)]


def test_cluster_ids_stand_while_their_cluster_has_a_member(nights: tuple[Place, list[int]]) -> None:
    released = sorted((nights[0].out / "releases").iterdir())
    before: dict[str, str] = {}
    for release in released:
        with closing(sqlite3.connect(release / "catalog.sqlite")) as connection:
            now = dict(connection.execute("SELECT slug, cluster_id FROM resources WHERE cluster_id IS NOT NULL"))
            merged = {key for (key,) in connection.execute("SELECT id FROM clusters WHERE merged_into IS NOT NULL")}
        moved = {slug for slug, key in before.items() if now.get(slug, key) != key and key not in merged}
        assert not moved, release.name
        before = now


# -- every stored check against its raw line ------------------------------------------------------------------------

OUTCOMES = {
    "payable": 1149, "not_exercised": 364, "invalid_terms": 93, "client_error": 18, "server_error": 16,
    "connect_error": 7, "open": 6, "timeout": 5, "rate_limited": 2,
}  # fmt: skip
BY_ERROR = {"refused": "connect_error", "timeout": "timeout", "dns": "dns_error", "tls": "tls_error"}


def expected_outcomes(line: dict[str, Any] | None, asked: str | None) -> set[str]:
    """What a recorded line makes of a check by DESIGN's rules; of a 402 the listed terms decide between two."""
    if asked is None:  # a template's parameters are not made up
        return {"not_exercised"}
    if line is None or line.get("status") == 402:
        return {"payable", "invalid_terms"}
    if "error" in line:
        return {BY_ERROR[line["error"]]}
    status = line["status"]
    if status == 429:
        return {"rate_limited"}
    if status >= 500:
        return {"server_error"}
    if asked != line["method"] or status in (400, 405, 422):
        return {"not_exercised"}
    return {"open" if status < 300 else "redirect" if status < 400 else "client_error"}


@pytest.fixture(scope="module")
def held(nights: tuple[Place, list[int]], shared: Path) -> dict[str, list[dict[str, Any]]]:
    """slug → its stored checks, oldest first, each with the raw line of its night beside it."""
    raw: dict[tuple[str, str], dict[str, Any]] = {}
    for folder in sorted((shared / "recordings" / "nights").iterdir()):
        run = Run(parse_time(json.loads((folder / "recording.json").read_bytes())["recorded_at"])).id
        for text in (folder / "responses.jsonl").read_text().splitlines():
            line = json.loads(text)
            raw.setdefault((run, canonical(line["url"])), line)
            raw[run, line["url"]] = line
    query = """
        SELECT r.slug, r.url, r.identity, c.run_id, c.at, c.outcome, c.method, c.status, c.error, c.latency_ms
        FROM checks c JOIN resources r ON r.id = c.resource_id ORDER BY r.slug, c.run_id
    """
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for slug, url, identity, run_id, at, *rest in rows(nights[0], query):
        line = raw.get((str(run_id), str(url))) or raw.get((str(run_id), str(identity)))
        names = ("outcome", "method", "status", "error", "latency_ms")
        check = dict(zip(names, rest, strict=True)) | {"at": at, "line": line}
        found[str(slug)].append(check)
    return found


def test_what_the_recorded_checks_came_to(nights: tuple[Place, list[int]]) -> None:
    found = dict(rows(nights[0], "SELECT outcome, COUNT(*) FROM checks GROUP BY 1"))
    assert found == OUTCOMES
    assert sum(OUTCOMES.values()) == 1660


def test_every_stored_check_is_its_raw_line(held: dict[str, list[dict[str, Any]]]) -> None:
    assert sum(map(len, held.values())) == 1660
    for slug, checks in held.items():
        for check in checks:
            line, where = check["line"], f"{slug} at {check['at']}: {check}"
            assert check["outcome"] in expected_outcomes(line, check["method"]), where
            if line is None:
                assert (check["status"], check["latency_ms"]) == (402, None), where
            elif check["outcome"] != "not_exercised":
                told = (line.get("status"), line.get("error"), line.get("latency_ms"))
                assert (check["status"], check["error"], check["latency_ms"]) == told, where


def test_the_figures_of_the_ten_longest_are_a_recount(
    nights: tuple[Place, list[int]], held: dict[str, list[dict[str, Any]]]
) -> None:
    ten = sorted(held, key=lambda slug: (-len(held[slug]), slug))[:10]
    end = parse_time(str(rows(nights[0], "SELECT MAX(started_at) FROM runs")[0][0]))
    for slug in ten:
        told, checks = nights[0].health(slug), held[slug]
        counted = [c for c in checks if c["outcome"] not in ("not_exercised", "rate_limited")]
        good = [c for c in counted if c["outcome"] == "payable"]
        window = [c for c in counted if end - parse_time(c["at"]) < timedelta(days=30)]
        recent = [c for c in window if c["outcome"] == "payable"]
        assert (told["uptime_30d"]["numerator"], told["uptime_30d"]["denominator"]) == (len(recent), len(window)), slug
        assert told["reachability_30d"]["numerator"] == sum(c["line"] is None or "status" in c["line"] for c in window)
        speeds = sorted(
            c["line"]["latency_ms"] for c in recent if c["line"] and c["line"].get("latency_ms") is not None
        )
        ranks = [speeds[ceil(len(speeds) * share) - 1] if speeds else None for share in (0.5, 0.95)]
        assert [told["latency"]["p50_ms"], told["latency"]["p95_ms"], told["latency"]["count"]] == [*ranks, len(speeds)]
        assert told["last_healthy_at"] == (good[-1]["at"] if good else None)
        assert told["last_checked_at"] == checks[-1]["at"]
        assert told["consecutive_failures"] == len(counted) - max((counted.index(c) + 1 for c in good), default=0)
        ever = told["periods"]["all_time"]
        assert (ever["checks"], ever["counted"], ever["payable"]) == (len(checks), len(counted), len(good))
        assert ever["outcomes"] == Counter(c["outcome"] for c in checks)
        days = {c["at"][:10]: c["outcome"] for c in checks}
        assert {d["start"]: d["outcomes"] for d in told["periods"]["days"]} == {
            day: {outcome: 1} for day, outcome in days.items() if day >= f"{end - timedelta(days=29):%Y-%m-%d}"
        }
        assert [m["start"] for m in told["periods"]["months"]] == sorted({f"{day[:7]}-01" for day in days})
        assert [c["at"] for c in told["recent_checks"]] == [c["at"] for c in checks[-20:][::-1]]
