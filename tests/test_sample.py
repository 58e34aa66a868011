"""The bundled bazaar: what is committed is what it describes, and it holds what the rest of the tests count on."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from catalog import offers, pricing
from catalog.money import atomic_amount, to_units
from catalog.records import Finding, Json, Listing
from crawler.decoders.challenge import decode_challenge, header_json
from crawler.decoders.listing import decode_page
from crawler.replay import recording
from crawler.sample import bazaar, media
from crawler.sample.shapes import ALL_NIGHTS, Row

FOLDER = Path(bazaar.__file__).parent
SEED_HOSTS = ("x402.dopamint.ai", "x402-dev.dopamint.ai", media.TUNNEL)
PLATFORM_HOSTS = (
    "quotebox-git-preview-invented-sample-team.vercel.app",
    "invented-sample-tunnel-of-nobody.trycloudflare.com",
)


def decoded(night: int, source: str) -> tuple[tuple[Listing, ...], tuple[Finding, ...]]:
    page = decode_page(bazaar.files(night)[bazaar.SOURCES[source]].encode(), source)
    return page.listings, page.findings


def listings(night: int) -> dict[tuple[str, str], Listing]:
    """What both sources list on a night, by (identity, tool)."""
    return {(row.identity, row.tool): row for source in ("payai", "cdp") for row in decoded(night, source)[0]}


def by_url(night: int) -> dict[str, Listing]:
    return {row.url: row for row in listings(night).values()}


def lines(night: int) -> dict[tuple[str, str], Json]:
    return {(line["method"], line["url"]): line for line in bazaar.responses(night)}


# -- the folders --------------------------------------------------------------------------------------------------


def test_committed_nights_equal_their_description(tmp_path: Path) -> None:
    bazaar.write(tmp_path)
    for night in ALL_NIGHTS:
        written = {path.name: path.read_bytes() for path in (tmp_path / f"night-{night}").iterdir()}
        committed = {path.name: path.read_bytes() for path in (FOLDER / f"night-{night}").iterdir()}
        assert committed == written, "run python -m crawler.sample.bazaar"


@pytest.mark.parametrize("night", ALL_NIGHTS)
def test_every_night_is_a_recording(night: int) -> None:
    loaded = recording.load(FOLDER / f"night-{night}")
    assert loaded.recorded_at == bazaar.recorded_at(night)
    assert loaded.complete
    assert list(loaded.sources) == ["cdp", "payai"]
    assert bazaar.recorded_at(3).isoformat() == "2026-04-24T15:01:35.625676+00:00"


@pytest.mark.parametrize("night", ALL_NIGHTS)
def test_a_night_holds_60_to_100_resources_of_two_sources(night: int) -> None:
    assert 60 <= len(listings(night)) <= 100
    cdp, payai = (decoded(night, source)[0] for source in ("cdp", "payai"))
    assert len(cdp) > 80
    assert 8 <= len(bazaar.listing("payai", night)["items"]) <= 12
    assert {row.identity for row in cdp} & {row.identity for row in payai}
    assert {row.identity for row in payai} - {row.identity for row in cdp}


@pytest.mark.parametrize("night", ALL_NIGHTS)
def test_one_line_for_a_url_and_method(night: int) -> None:
    counts = Counter((line["method"], line["url"]) for line in bazaar.responses(night))
    assert set(counts.values()) == {1}
    assert all(line["latency_ms"] is None or line["latency_ms"] > 0 for line in bazaar.responses(night))


def test_every_host_but_the_seeds_is_invented() -> None:
    hosts = {urlsplit(row.url).hostname or "" for night in ALL_NIGHTS for row in listings(night).values()}
    real = {host for host in hosts if not host.endswith(".example")}
    assert real == {*SEED_HOSTS, *PLATFORM_HOSTS}


# -- the three public endpoints -----------------------------------------------------------------------------------


@pytest.mark.recorded
@pytest.mark.parametrize(
    ("file", "row"), [("001_72f264b4d027825c.txt", media.PUBLIC[0]), ("003_50a1e5a307baec1e.txt", media.PUBLIC[1])]
)
def test_public_endpoints_hold_the_published_terms(shared: Path, file: str, row: Row) -> None:
    document = shared / "seeds" / file
    if not document.exists():
        pytest.skip(f"{file} is missing")
    seed = json.loads(document.read_text(encoding="utf-8"))
    (published,) = seed["accepts"]
    (accept,) = row.item["accepts"]
    assert row.url == seed["url"]
    # Compared as text: the order of keys is part of what is published.
    assert json.dumps(accept["outputSchema"]) == json.dumps(published["hints"])
    assert [accept[key] for key in ("payTo", "asset", "maxAmountRequired", "maxTimeoutSeconds")] == [
        published[key] for key in ("pay_to", "asset", "max_amount_required_atomic", "max_timeout_seconds")
    ]
    assert (accept["mimeType"], accept["description"], accept["network"], accept["scheme"]) == (
        published["mime_type"], published["description"], published["network"], published["scheme"],
    )  # fmt: skip


@pytest.mark.recorded
def test_tunnelled_endpoint_holds_the_published_schemas(shared: Path) -> None:
    page = shared / "seeds" / "002_301b556b60d6895d.txt"
    if not page.exists():
        pytest.skip("the page is missing")
    text = page.read_text(encoding="utf-8")
    shown = [json.loads(line) for line in text.splitlines() if line.startswith("{ ")]
    (accept,) = media.PUBLIC[2].item["accepts"]
    assert [accept["outputSchema"]["input"], accept["outputSchema"]["output"]] == shown
    assert media.PUBLIC[2].url in text
    assert accept["description"] in text


@pytest.mark.parametrize("night", ALL_NIGHTS)
def test_public_endpoints_are_down_every_night(night: int) -> None:
    answers = [lines(night)["POST", row.url] for row in media.PUBLIC]
    assert [answer.get("error") or answer["status"] for answer in answers] == ["dns", "dns", 404]


# -- medians ------------------------------------------------------------------------------------------------------


def price(listing: Listing) -> Decimal:
    amounts = [atomic_amount(accept.amount) for accept in listing.accepts]
    return to_units(min(amount for amount in amounts if amount is not None), 6)


@pytest.mark.parametrize("night", ALL_NIGHTS)
def test_the_media_median_is_20000(night: int) -> None:
    rows = by_url(night)
    cluster = {price(rows[row.url]) for row in media.PUBLIC}
    assert cluster == {Decimal("0.0527")}
    neighbours = [rows[row.url] for row in media.NEIGHBOURS]
    assert len({urlsplit(row.url).hostname for row in neighbours}) == len(neighbours) >= 10
    assert len({row.description for row in neighbours}) == len(neighbours)
    votes = [*cluster, *map(price, neighbours)]
    assert pricing.prices(len(rows), votes).median_atomic == 20_000
    # The median stands on its own, whatever a classifier makes of a neighbour or a stranger.
    strays = [Decimal("0.0001"), Decimal("10")]
    for dropped in votes:
        for stray in strays:
            rest = [*votes, stray]
            rest.remove(dropped)
            assert pricing.prices(len(rows), rest).median_atomic == 20_000


def test_the_catalogue_agrees_about_the_shelves() -> None:
    taxonomy = pytest.importorskip("catalog.taxonomy")
    votes: Counter[str] = Counter()
    found = {}
    for listing in listings(3).values():
        inputs = listing.hints.input if isinstance(listing.hints.input, dict) else {}
        fields: Json = next((inputs[key] for key in ("bodyFields", "queryParams", "body") if inputs.get(key)), {})
        described = taxonomy.Described(
            listing.url, listing.description, listing.service_name, listing.tags, tuple(fields)
        )
        found[listing.url] = taxonomy.categorise(described).category
        votes[found[listing.url]] += any(not accept.problems for accept in listing.accepts)
    assert {url for url, category in found.items() if category == "media"} - {
        "https://api.creditcanvas.example/v1/playground/tasks"
    } == {row.url for row in media.ROWS}
    assert all(votes[category] >= 5 for category in ("crypto", "data", "search", "ai", "infrastructure"))


# -- ingredients --------------------------------------------------------------------------------------------------


def test_every_kind_of_answer_occurs() -> None:
    answers = list(bazaar.responses(1)) + list(bazaar.responses(2)) + list(bazaar.responses(3))
    assert {answer.get("error") for answer in answers} == {None, "dns", "refused", "timeout", "reset", "tls"}
    statuses = {answer.get("status") for answer in answers}
    assert statuses >= {200, 301, 402, 404, 405, 422, 429, 500, 503}
    assert Counter(a["status"] for a in bazaar.responses(3) if "status" in a)[402] > 60


def protocols(url: str, method: str = "GET") -> tuple[str, ...]:
    answer = lines(3)[method, url]
    headers = {name.lower(): [value] for name, value in answer["headers"].items()}
    return decode_challenge(headers, answer.get("body", "").encode(), url).protocols


def test_other_402s_are_told_apart() -> None:
    assert protocols("https://zap-almanac.example/api/moon/phase") == ("l402",)
    assert protocols("https://till.example/v1/giftcards/catalogue") == ("mpp",)
    assert protocols("https://api.creditcanvas.example/v1/playground/tasks", "POST") == ()


def drift(url: str, night: int = 3) -> list[str]:
    answer = lines(night)["GET", url]
    headers = {name.lower(): [value] for name, value in answer.get("headers", {}).items()}
    challenge = decode_challenge(headers, answer["body"].encode(), url)
    return sorted(change.kind for change in offers.changes(by_url(night)[url].accepts, challenge.accepts))


def test_live_terms_drift_from_listed_ones() -> None:
    assert drift("https://rugalarm.example/api/token/risk") == ["price"]
    assert drift("https://api.whoisagent.example/v1/reputation") == ["pay_to"]
    assert not drift("https://tutorloft.example/api/lessons/next")
    header = lines(3)["GET", "https://tutorloft.example/api/lessons/next"]["headers"]["PAYMENT-REQUIRED"]
    assert header_json(header)["accepts"][0]["amount"] == "5000"


def change_kinds(url: str, before: int, after: int) -> list[str]:
    old, new = by_url(before)[url], by_url(after)[url]
    return [change.kind for change in offers.changes(old.accepts, new.accepts)]


def test_nights_differ_as_described() -> None:
    assert change_kinds("https://api.oddsmith.example/v1/prediction/odds", 1, 2) == ["price"]
    assert change_kinds("https://mailproof.example/v1/email/validate", 1, 2) == ["pay_to"]
    assert not change_kinds("https://hookshield.example/v1/phishing/check", 1, 2)
    law = "https://jurisfind.example/api/legal/clauses"
    assert change_kinds(law, 2, 3) == ["price_vanished"]
    assert [by_url(night)[law].accepts[0].amount for night in ALL_NIGHTS] == ["30000", "30000", ""]
    present = {
        "https://popup-jokes.example/api/jokes/random": [True, False, False],
        "https://trendpost.example/api/social/trends": [True, False, True],
        "https://api.chronobook.example/v1/calendar/slots": [False, False, True],
    }
    for url, nights in present.items():
        assert [url in by_url(night) for night in ALL_NIGHTS] == nights


@pytest.mark.parametrize("night", ALL_NIGHTS)
def test_dirt_becomes_findings(night: int) -> None:
    codes = Counter(finding.code for source in ("cdp", "payai") for finding in decoded(night, source)[1])
    assert codes["listing.not_an_object"] == 2
    assert codes["listing.no_url"] == 1
    assert codes["listing.url_invalid"] == 3
    assert codes["listing.host_not_public"] == 5
    assert codes["listing.no_accepts"] == 3
    assert codes["listing.secret_redacted"] == 1
    assert codes["accept.amount_invalid"] >= 3
    assert codes["accept.pay_to_missing"] == 1
    assert codes["accept.network_unknown"] == 1
    assert codes["accept.not_an_object"] == 1


def test_special_kinds_occur() -> None:
    rows = by_url(3)
    assert {tool for _, tool in listings(3)} == {"", "convert_units", "next_holiday"}
    assert rows["https://api.peoplebook.example/users/:id"].hints.route_template == "/users/:id"
    assert "https://api.parcelbay.example/parcels/{parcel_id}/track" in rows
    networks = [{accept.network_id for accept in row.accepts} for row in rows.values()]
    base, sepolia = "eip155:8453", "eip155:84532"
    solana = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"
    assert {base} in networks
    assert {solana} in networks
    assert {base, solana} in networks
    assert {sepolia} in networks
    assert {base, sepolia} in networks
    assert {row.x402_version for row in rows.values()} == {1, 2}
    assert {accept.version for row in rows.values() for accept in row.accepts} == {1, 2}
    listed = {
        row.url if row.item is None else recording.listed_url(row.item) for row in bazaar.rows() if 3 in row.nights
    }
    assert {"https://oracle.psalter.example/verse", "https://oracle.psalter.example/verse/"} <= listed
    assert any(len(urlsplit(url).path) >= 300 for url in listed)
    assert any(not url.isascii() for url in listed)
