"""The real recordings: a whole CDP page, another facilitator's rows, and thirty nights into one store."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import jsonschema_rs
import pytest

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
