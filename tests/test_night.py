"""The whole road over the bundled sample: three nights, over real HTTP on loopback."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from pathlib import Path

import jsonschema_rs
import pytest

from crawler.cli import execute
from crawler.sample import bazaar
from tests.nights import NIGHTS, Place, broken_files, manifest_files


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("sample")).sample(*NIGHTS)


def test_two_runs_from_an_empty_store_give_the_same_bytes(published: Place, tmp_path: Path) -> None:
    again = Place(tmp_path).sample(*NIGHTS)
    assert manifest_files(again.latest) == manifest_files(published.latest)
    assert (again.latest / "manifest.json").read_bytes() == (published.latest / "manifest.json").read_bytes()


def test_a_night_with_nothing_new_rewrites_no_resource_document(tmp_path: Path) -> None:
    place = Place(tmp_path).sample("night-1")
    before = {
        path: entry for path, entry in manifest_files(place.latest.resolve()).items() if path.startswith("resource/")
    }
    assert place.nightly("--replay", Path(bazaar.__file__).parent / "night-1", "--now", "2026-04-22T16:00:00Z") == 0
    after = manifest_files(place.latest)
    assert {path: after[path] for path in before} == before
    inodes = {(release / path).stat().st_ino for release in (place.out / "releases").iterdir() for path in before}
    assert len(inodes) == len(before), "unchanged documents are hard links"


def test_what_its_owner_withdrew_is_shown_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("X402_CATALOG_OPT_OUT", '["gaswatch.example"]')
    place, slug = Place(tmp_path).sample("night-1"), "gaswatch-example-v1-gas"
    capsys.readouterr()
    assert execute(["show", slug, "--out", str(place.out)]) == 0
    assert capsys.readouterr().out == f"{slug} was withdrawn by its owner, 2026-04-22 15:01:35; nothing more is told.\n"
    assert execute(["show", slug, "--json", "--out", str(place.out)]) == 0
    assert json.loads(capsys.readouterr().out) == place.resource(slug)


def test_every_file_is_what_the_manifest_says(published: Place) -> None:
    assert broken_files(published.latest) == []
    named = {*manifest_files(published.latest), "manifest.json"}
    found = {
        str(path.relative_to(published.latest.resolve()))
        for path in published.latest.resolve().rglob("*")
        if path.is_file()
    }
    assert found == named
    manifest = published.read("manifest.json")
    assert manifest["base"] == f"releases/{published.latest.resolve().name}"
    assert manifest["counts"]["resource"] == manifest["counts"]["health"] == 103


@pytest.mark.parametrize("kind", ["resource", "health", "server", "category", "cluster"])
def test_every_document_satisfies_its_schema(published: Place, kind: str) -> None:
    validator = jsonschema_rs.validator_for(published.read(f"schema/{kind}.json"))
    documents = sorted((published.latest / kind).glob("*.json"))
    assert documents
    for path in documents:
        validator.validate(json.loads(path.read_bytes()))


def test_every_row_is_published_or_explained(published: Place) -> None:
    urls = {json.loads(path.read_bytes())["url"] for path in (published.latest / "resource").glob("*.json")}
    explained = [finding for finding in published.findings() if finding["code"].startswith("listing.")]
    for source in bazaar.SOURCES:
        for row in bazaar.listing(source, 3)["items"]:
            listed = row.get("resource") or row.get("url") if isinstance(row, dict) else None
            listed = listed.get("url") if isinstance(listed, dict) else listed
            told = any(str(listed)[:80] in f["url"] + f["evidence"] or not f["url"] for f in explained)
            assert listed in urls or f"{listed}/" in urls or told, listed


def test_history_is_kept(published: Place) -> None:
    with sqlite3.connect(published.latest / "catalog.sqlite") as connection:
        kinds = Counter(kind for (kind,) in connection.execute("SELECT kind FROM offer_changes WHERE source <> 'live'"))
        checks = connection.execute("SELECT COUNT(*), COUNT(DISTINCT run_id) FROM checks").fetchone()
        first = connection.execute("SELECT COUNT(DISTINCT first_seen_at) FROM resources").fetchone()
    connection.close()
    # Two listings depart from the live terms from the first night on: told once.
    assert kinds == {"price": 1, "pay_to": 1, "price_vanished": 1, "differs_price": 1, "differs_pay_to": 1}
    assert checks == (304, 3)
    assert first == (2,)


def test_a_payable_price_that_differs_from_the_listing_is_reported(published: Place) -> None:
    differing = [f for f in published.findings() if f["code"] == "offer.live_differs"]
    assert len(differing) == 2
    with sqlite3.connect(published.latest / "catalog.sqlite") as connection:
        bases = dict(connection.execute("SELECT price_basis, COUNT(*) FROM resources GROUP BY 1"))
    connection.close()
    assert bases["live"] > 60


def test_the_api_key_service_is_never_taken_for_x402(published: Place) -> None:
    with sqlite3.connect(published.latest / "catalog.sqlite") as connection:
        rows = connection.execute(
            "SELECT slug, protocol, price_usd FROM resources WHERE last_outcome = 'plain_402'"
        ).fetchall()
    connection.close()
    assert [(protocol, price) for _, protocol, price in rows] == [("api_key", None)]
    document = published.resource(rows[0][0])
    assert document["accepts"] == []
    assert "offers" not in document["json_ld"]


def test_secrets_and_scripts_do_not_get_out(published: Place) -> None:
    for path in manifest_files(published.latest):
        if path.endswith((".json", ".jsonl", ".sqlite")):
            body = (published.latest / path).read_bytes()
            assert b"hunter2" not in body, path
            if path.endswith(".json"):
                assert b"<script" not in body, path


def test_what_origins_declare_is_known_checked_and_told(published: Place) -> None:
    supply = published.resource("api-tokenscope-example-v1-tokens-supply")  # in no bazaar
    assert (supply["trust_tier"], supply["price"]["usd"]) == ("origin_attested", "0.002")
    assert [source["name"] for source in supply["sources"]] == ["origin:well_known"]
    assert [(a["kind"], a["about"]) for a in supply["attestations"]] == [
        ("well_known", "resource"),
        ("ownership_proofs", "origin"),
    ]
    assert supply["origin"]["favicon"] == "https://api.tokenscope.example/static/scope.svg"
    assert supply["provider"] == "Tokenscope"
    labels = published.resource("walletlens-example-v1-wallets-labels")
    assert (labels["protocol"], labels["price"]) == ("mpp", None)
    (stated,) = labels["attestations"][0]["evidence"]["operations"]
    assert stated["payment"] == {"offers": [{"amount": "5000", "currency": "usd", "method": "card"}]}


def test_operations_that_take_an_api_key_are_reference_entries(published: Place) -> None:
    task = published.resource("api-creditcanvas-example-v1-playground-tasks")
    assert (task["protocol"], task["accepts"], task["price"]) == ("api_key", [], None)
    assert task["pricing_sanity"]["flag"] == "insufficient_data"
    assert list(task["input_schema"]["properties"]) == ["model", "prompt", "callBackUrl"]
    assert task["example_request_body"] == {"model": "canvas/one", "prompt": "A lighthouse"}
    (operation,) = task["attestations"][0]["evidence"]["operations"]
    assert operation["statuses"]["402"].startswith("Insufficient Credits")
    assert operation["callback"]["field"] == "callBackUrl"
    assert task["validation"]["payment_requirements"] == "unknown"
    status = published.health("api-creditcanvas-example-v1-playground-task")
    assert (status["status"], status["recent_checks"]) == ("unknown", [])
    category = published.read(f"category/{task['category']}.json")
    prices = [link["price_usd"] for link in category["resources"] if link["price_usd"] is not None]
    assert category["prices"]["votes"] <= len(prices)
