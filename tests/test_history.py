"""Many nights of one small bazaar: listing, leaving, returning, dying — told by the published documents."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.nights import Place

DAY_ONE = datetime(2026, 1, 1, tzinfo=UTC)
STAYS, LEAVES = "https://stays.example/api/a", "https://leaves.example/api/b"


def item(url: str, amount: str = "1000", pay_to: str = "0x209693Bc6afc0C5328bA36FaF03C514EF312287C") -> dict[str, Any]:
    accept = {
        "scheme": "exact", "network": "base", "maxAmountRequired": amount, "payTo": pay_to, "resource": url,
        "asset": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", "maxTimeoutSeconds": 60, "description": "Weather now",
        "mimeType": "application/json", "extra": {"name": "USD Coin", "version": "2"},
        "outputSchema": {"input": {"type": "http", "method": "GET"}, "output": None},
    }  # fmt: skip
    return {"resource": url, "type": "http", "x402Version": 1, "accepts": [accept]}


def night(place: Place, day: float, items: list[dict[str, Any]], *lines: dict[str, Any], complete: bool = True) -> int:
    """Replay one night, ``day`` days after the first; neighbours keep the listing from shrinking by half."""
    items = [*items, *(item(f"https://neighbour{number}.example/api") for number in range(4))]
    folder = place.folder / "recording"
    folder.mkdir(exist_ok=True)
    (folder / "listing.json").write_text(json.dumps({"x402Version": 1, "items": items}))
    (folder / "responses.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    head = {
        "recorded_at": (DAY_ONE + timedelta(days=day)).isoformat(), "complete": complete,
        "sources": {"s": "listing.json"}, "responses": "responses.jsonl",
    }  # fmt: skip
    (folder / "recording.json").write_text(json.dumps(head))
    return place.nightly("--replay", folder)


def states(place: Place, slug: str, *nights: tuple[int, list[dict[str, Any]]], complete: bool = True) -> list[str]:
    found = []
    for day, items in nights:
        assert night(place, day, items, complete=complete) == 0
        found.append(place.resource(slug)["lifecycle"])
    return found


def test_delisted_after_three_complete_listings_and_72_hours_and_back(tmp_path: Path) -> None:
    place, both, one = Place(tmp_path), [item(STAYS), item(LEAVES)], [item(STAYS)]
    without = [(day, one) for day in range(1, 6)]
    seen = states(place, "leaves-example-api-b", (0, both), *without, (6, both))
    assert seen == ["active", "active", "active", "active", "delisted", "delisted", "active"]
    document = place.resource("leaves-example-api-b")
    assert document["first_seen_at"] == "2026-01-01T00:00:00.000000+00:00", "a returning resource keeps its history"
    moved = place.read("changes.json")["lifecycle"]
    assert [(m["slug"], m["old"], m["new"]) for m in moved] == [("leaves-example-api-b", "delisted", "active")]


def test_three_listings_within_72_hours_delist_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert night(place, 0, [item(STAYS), item(LEAVES)]) == 0
    for hour in range(1, 6):
        assert night(place, hour / 24, [item(STAYS)]) == 0
    assert place.resource("leaves-example-api-b")["lifecycle"] == "active"


def test_partial_listings_delist_nothing(tmp_path: Path) -> None:
    nights = [(0, [item(STAYS), item(LEAVES)]), *((day, [item(STAYS)]) for day in range(1, 9))]
    assert set(states(Place(tmp_path), "leaves-example-api-b", *nights, complete=False)) == {"active"}


def test_gone_after_thirty_days_without_dns_and_unlisted_then_no_more_checked(tmp_path: Path) -> None:
    place = Place(tmp_path)
    dead = {"method": "GET", "url": LEAVES, "error": "dns"}
    assert night(place, 0, [item(STAYS), item(LEAVES)], dead) == 0
    for day in (1, 2, 3, 5, 31):
        assert night(place, day, [item(STAYS)], dead) == 0
    assert place.resource("leaves-example-api-b")["lifecycle"] == "gone"
    checks = len(place.health("leaves-example-api-b")["recent_checks"])
    assert night(place, 32, [item(STAYS)], dead) == 0
    assert len(place.health("leaves-example-api-b")["recent_checks"]) == checks
    assert place.resource("leaves-example-api-b")["slug"] == "leaves-example-api-b", "nothing is ever deleted"


def test_failing_then_dormant_then_active_again(tmp_path: Path) -> None:
    place, listed = Place(tmp_path), [item(STAYS)]
    broken = {"method": "GET", "url": STAYS, "status": 500, "latency_ms": 5}
    seen = []
    for day, lines in ((0, ()), (1, (broken,)), (2, (broken,)), (3, (broken,)), (31, (broken,)), (32, ())):
        assert night(place, day, listed, *lines) == 0
        seen.append((place.resource("stays-example-api-a")["lifecycle"], place.health("stays-example-api-a")["status"]))
    assert seen == [
        ("active", "healthy"),
        ("active", "degraded"),
        ("active", "degraded"),
        ("failing", "down"),
        ("dormant", "down"),
        ("active", "healthy"),
    ]


def test_changes_of_terms_are_told_once(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert night(place, 0, [item(STAYS)]) == 0
    assert night(place, 1, [item(STAYS, amount="2000")]) == 0
    assert night(place, 2, [item(STAYS, amount="2000")]) == 0
    moved = item(STAYS, amount="2000", pay_to="0x85BdB78Ad4C39565F767da6733a071F86BAEDb6b")
    assert night(place, 3, [moved]) == 0
    document = place.resource("stays-example-api-a")
    assert [(c["kind"], c["old"], c["new"], c["source"]) for c in document["price_history"]] == [
        ("price", "1000", "2000", "s"),
        ("pay_to", "0x209693bc6afc0c5328ba36faf03c514ef312287c", "0x85bdb78ad4c39565f767da6733a071f86baedb6b", "s"),
    ]
    assert "pay_to_changed" in {risk["check"] for risk in document["risks"]}
    assert [c["kind"] for c in place.read("changes.json")["offers"]] == ["pay_to"]


def test_two_names_of_one_network_and_letter_case_are_no_change(tmp_path: Path) -> None:
    place, other = Place(tmp_path), item(STAYS)
    other["accepts"][0] |= {
        "network": "eip155:8453",
        "asset": "0x833589FCD6EDB6E08F4C7C32D4F71B54BDA02913".replace("X", "x"),
    }
    assert night(place, 0, [item(STAYS)]) == 0
    assert night(place, 1, [other]) == 0
    assert place.resource("stays-example-api-a")["price_history"] == []
