"""Bazaar rows and pages: whatever is not taken over whole has a Finding."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.records import Finding, Listing
from catalog.text import clean
from crawler.decoders.envelope import BadPage
from crawler.decoders.listing import decode_page, decode_row

USDC = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"
ALICE = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
V1 = {
    "scheme": "exact", "network": "base", "maxAmountRequired": "52700", "asset": USDC, "payTo": ALICE,
    "resource": "https://api.example.com/x", "description": "Weather", "mimeType": "application/json",
    "outputSchema": {"input": {"type": "http", "method": "POST"}, "output": {"t": "number"}},
    "maxTimeoutSeconds": 60, "extra": {"name": "USD Coin", "version": "2"},
}  # fmt: skip
V2 = {
    "scheme": "exact", "network": "eip155:8453", "amount": "52700", "asset": USDC, "payTo": ALICE,
    "maxTimeoutSeconds": 60, "extra": {"name": "USD Coin", "version": "2"},
}  # fmt: skip
ROW = {"resource": "https://api.example.com/x", "type": "http", "x402Version": 1, "accepts": [V1]}


def decode(**changes: Any) -> tuple[Listing | None, list[Finding]]:
    return decode_row({**ROW, **changes}, "test")


def taken(**changes: Any) -> Listing:
    listing, _ = decode(**changes)
    assert listing is not None
    return listing


def codes(**changes: Any) -> list[str]:
    return [finding.code for finding in decode(**changes)[1]]


def test_a_v1_row_is_taken_over_whole() -> None:
    listing, findings = decode()
    assert findings == []
    assert listing is not None
    (accept,) = listing.accepts
    assert (accept.version, accept.amount, accept.atomic, accept.network_id) == (1, "52700", 52700, "eip155:8453")
    assert (accept.pay_to, accept.asset, accept.problems) == (ALICE, USDC, ())
    assert (listing.identity, listing.methods, listing.description) == ("//api.example.com/x", ("POST",), "Weather")
    assert listing.hints.output == {"t": "number"}
    assert json.loads(listing.raw) == ROW


def test_a_v2_row_with_the_bazaar_extension() -> None:
    bazaar = {
        "info": {"input": {"type": "mcp", "toolName": "search", "inputSchema": {}}, "output": {"example": 1}},
        "schema": {"type": "object"}, "routeTemplate": "/x/:id",
    }  # fmt: skip
    resource = {"url": "https://api.example.com/x", "serviceName": "Example", "tags": ["a", "b"]}
    listing, findings = decode(resource=resource, x402Version=2, accepts=[V2], extensions={"bazaar": bazaar})
    assert findings == []
    assert listing is not None
    assert (listing.kind, listing.tool, listing.service_name, listing.tags) == ("mcp", "search", "Example", ("a", "b"))
    assert (listing.hints.schema, listing.hints.route_template) == ({"type": "object"}, "/x/:id")
    assert (listing.accepts[0].version, listing.accepts[0].hints) == (2, listing.hints)


@pytest.mark.parametrize(
    "where",
    [
        {"resource": "https://api.example.com/x"},
        {"resource": {"url": "https://api.example.com/x"}},
        {"resource": None, "url": "https://api.example.com/x"},
        {"resource": None, "resourceUrl": "https://api.example.com/x"},
        {"resource": {"url": ""}, "url": " https://API.example.com/x/ "},
    ],
)
def test_the_places_a_row_names_its_url(where: dict[str, Any]) -> None:
    assert taken(**where).identity == "//api.example.com/x"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"resource": None}, ["listing.no_url"]),
        ({"resource": "monopoly://go"}, ["listing.url_invalid"]),
        ({"resource": "POST https://api.example.com/x"}, ["listing.url_invalid"]),
        ({"resource": "http://127.0.0.1/x"}, ["listing.host_not_public"]),
        ({"resource": "http://[::ffff:7f00:1]/x"}, ["listing.host_not_public"]),
        ({"resource": "https://localhost/x"}, ["listing.host_not_public"]),
    ],
)
def test_a_row_nobody_could_call_is_a_finding(changes: dict[str, Any], expected: list[str]) -> None:
    listing, findings = decode(**changes)
    assert listing is None
    assert [finding.code for finding in findings] == expected
    assert all(finding.evidence for finding in findings)


@pytest.mark.parametrize("row", [None, 7, "https://api.example.com/x", [ROW], True])
def test_a_row_that_is_no_object(row: Any) -> None:
    listing, findings = decode_row(row, "test")
    assert (listing, [finding.code for finding in findings]) == (None, ["listing.not_an_object"])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"accepts": []}, ["listing.no_accepts"]),
        ({"accepts": None}, ["listing.no_accepts"]),
        ({"accepts": {"a": 1}}, ["field.unreadable", "listing.no_accepts"]),
        ({"x402Version": "1"}, []),
        ({"x402Version": 3}, ["listing.version_unknown"]),
        ({"x402Version": True}, ["field.unreadable"]),
        ({"lastUpdated": 10**400}, ["field.unreadable"]),
        ({"extensions": []}, ["hints.extensions_not_an_object"]),
        ({"outputSchema": "x"}, ["hints.output_schema_not_an_object"]),
        ({"description": "a\u202eb"}, ["text.cleaned"]),
        ({"serviceName": "x" * 5_000}, ["text.cleaned"]),
        ({"tags": ["a", 7]}, ["text.tags_cut"]),
        ({"tags": ["x" * 65]}, ["text.tags_cut"]),
        ({"tags": ["a", "b"]}, []),
        ({"resource": "https://api.example.com/x?api_key=s3"}, ["listing.secret_redacted", "accept.other_resource"]),
        ({"resource": "https://u:p@api.example.com/x"}, ["listing.userinfo_removed"]),
    ],
)
def test_what_is_not_taken_over_whole_is_noticed(changes: dict[str, Any], expected: list[str]) -> None:
    assert codes(**changes) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"network": "eip155:8453"}, []),
        ({"maxAmountRequired": 52700}, []),
        ({"maxAmountRequired": None, "amount": "52700"}, []),
        ({"amount": "52700"}, []),
        ({"amount": "1"}, ["accept.two_amounts"]),
        ({"maxAmountRequired": ""}, ["accept.amount_missing"]),
        ({"maxAmountRequired": "$0.01"}, ["accept.amount_invalid"]),
        ({"maxAmountRequired": "0.01"}, ["accept.amount_invalid"]),
        ({"maxAmountRequired": 0.01}, ["accept.amount_invalid"]),
        ({"maxAmountRequired": "-5"}, ["accept.amount_invalid"]),
        ({"maxAmountRequired": 2**256}, ["accept.amount_too_large"]),
        ({"maxAmountRequired": [1]}, ["field.unreadable", "accept.amount_missing"]),
        ({"payTo": ""}, ["accept.pay_to_missing"]),
        ({"payTo": "0xabc..."}, ["accept.pay_to_invalid"]),
        ({"asset": USDC.replace("A0", "a0")}, ["accept.asset_malformed"]),
        ({"asset": "gold"}, ["accept.asset_malformed"]),
        ({"asset": "USDC"}, []),
        ({"payTo": ALICE.replace("A", "a")}, ["accept.pay_to_invalid"]),
        ({"scheme": None}, ["accept.scheme_missing"]),
        ({"asset": ""}, ["accept.asset_missing"]),
        ({"network": "atlantis"}, ["accept.network_unknown"]),
        ({"extra": None}, []),
        ({"extra": [1]}, ["field.unreadable"]),
        ({"maxTimeoutSeconds": -1}, ["accept.timeout_out_of_range"]),
        ({"maxTimeoutSeconds": 10**4_200}, ["accept.timeout_out_of_range"]),
        ({"maxTimeoutSeconds": "60"}, []),
        ({"maxTimeoutSeconds": "a minute"}, ["field.unreadable"]),
        ({"description": "\ud800x"}, ["text.cleaned"]),
        ({"outputSchema": {"input": {"n": 2**64}}}, ["hints.number_too_large"]),
        ({"extra": {"\ud800": 1}}, ["field.unreadable"]),
        ({"extra": {"a\x00": 1}}, ["hints.text_cleaned"]),
        ({"resource": "https://elsewhere.example.org/x"}, ["accept.other_resource"]),
        ({"resource": "http://API.example.com:80/x/"}, []),
    ],
)
def test_one_bad_accept_is_noticed_and_loses_no_sibling(changes: dict[str, Any], expected: list[str]) -> None:
    listing, findings = decode(accepts=[{**V1, **changes}, "x", V1])
    assert listing is not None
    assert sorted(finding.code for finding in findings) == sorted([*expected, "accept.not_an_object"])
    assert len(listing.accepts) == 2
    assert not listing.accepts[1].problems


def test_version_and_amount_are_decided_per_accept() -> None:
    v2_with_v1_key = {key: value for key, value in V2.items() if key != "amount"} | {"maxAmountRequired": "7"}
    accepts = taken(
        x402Version=2, accepts=[{**V1, "amount": "1"}, V2, v2_with_v1_key, {**V1, "maxAmountRequired": None}]
    ).accepts
    assert [(a.version, a.amount) for a in accepts] == [(1, "52700"), (2, "52700"), (1, "7"), (1, "")]


def test_amounts_beyond_64_bits_survive_bytes_and_back() -> None:
    body = b'[{"url":"https://api.example.com/x","accepts":[{"amount":20000000000000000001}]}]'
    (listing,) = decode_page(body, "test").listings
    assert (listing.accepts[0].amount, listing.accepts[0].atomic) == ("20000000000000000001", 20000000000000000001)
    assert '"amount":20000000000000000001' in listing.raw


def test_the_accepts_are_limited() -> None:
    listing, findings = decode(accepts=[V1] * 201)
    assert listing is not None
    assert len(listing.accepts) == 200
    assert [finding.code for finding in findings] == ["accept.too_many"]


def test_no_secret_is_kept_anywhere() -> None:
    url = "https://user:hunter2@api.example.com/x?api_key=hunter2&q=é"
    row = {
        "resource": {"url": url, "tags": 7}, "url": url, "resourceUrl": url, "lastUpdated": "never",
        "accepts": [{**V1, "resource": url}, {**V1, "resource": url.replace("/x", "/y")}],
    }  # fmt: skip
    listing, findings = decode_row(row, "test")
    assert listing is not None
    assert listing.url == "https://api.example.com/x?api_key=REDACTED&q=é"
    assert "hunter2" not in repr(listing)
    assert "hunter2" not in repr(findings)
    _, findings = decode_row({"url": "ftp://user:hunter2@api.example.com/x"}, "test")
    assert "hunter2" not in repr(findings)


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"lastUpdated": "2026-05-14T00:00:00Z"}, True),
        ({"quality": {"l30DaysTotalCalls": 9}}, True),
        ({"accepts": [{**V1, "network": "eip155:8453", "asset": USDC.lower()}]}, True),
        ({"accepts": [{**V1, "extra": {"recentBlockhash": "9x"}}]}, True),
        ({"accepts": [{**V1, "maxAmountRequired": "52701"}]}, False),
        ({"accepts": [{**V1, "payTo": USDC}]}, False),
        ({"accepts": [V1, V1]}, False),
        ({"description": "Weather!"}, False),
    ],
)
def test_the_content_hash_is_of_normalised_terms(changes: dict[str, Any], same: bool) -> None:
    assert (taken(**changes).content_hash == taken().content_hash) is same


def test_the_order_of_keys_is_no_difference() -> None:
    shuffled = dict(random.Random(1).sample(list(ROW.items()), len(ROW)))
    listing, _ = decode_row(shuffled, "test")
    assert listing is not None
    assert listing.content_hash == taken().content_hash


@pytest.mark.parametrize(
    ("envelope", "figures"),
    [
        ({"items": [ROW], "pagination": {"limit": 10, "offset": 0, "total": 5}}, (10, 0, 5)),
        ({"items": [ROW], "limit": 10, "offset": 20, "total": 5}, (10, 20, 5)),
        ({"data": {"items": [ROW], "pagination": {"limit": 25, "offset": 0, "total": 1}}}, (25, 0, 1)),
        ({"data": [ROW], "pagination": {"limit": 25}}, (25, None, None)),
        ({"resources": [ROW], "pagination": {"limit": True, "offset": -1, "total": 2**60}}, (None, None, None)),
        ([ROW], (None, None, None)),
    ],
)
def test_envelopes(envelope: Any, figures: tuple[int | None, ...]) -> None:
    page = decode_page(json.dumps(envelope).encode(), "test")
    assert page.listings == (taken(),)
    assert (page.rows, page.limit, page.offset, page.total) == (1, *figures)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<!doctype html><p>busy", "the answer is HTML"), (b"", "not JSON"), (b'{"items":[', "not JSON"),
        (b'{"error":"rate limited"}', "without a list"), (b'"x"', "without a list"), (b'{"items":{}}', "without a list"),
        (b'["a","b"]', "without a single resource"), (b'{"items":[null]}', "without a single resource"),
        (b"[" * 5_000 + b"]" * 5_000, "nested too deeply"),
    ],
)  # fmt: skip
def test_what_is_no_page(body: bytes, why: str) -> None:
    with pytest.raises(BadPage, match=why):
        decode_page(body, "test")


def test_one_bottomless_row_costs_no_other() -> None:
    deep = b'{"url":"https://api.example.com/deep","extensions":{"bazaar":' + b'{"a":' * 5_000 + b"1" + b"}" * 5_002
    page = decode_page(b"[%s,%s]" % (json.dumps(ROW).encode(), deep), "test")
    assert [listing.url for listing in page.listings] == ["https://api.example.com/x", "https://api.example.com/deep"]
    assert "hints.too_deep" in [finding.code for finding in page.findings]


def test_keys_tell_repeated_rows_from_distinct_ones() -> None:
    rows = [ROW, {**ROW, "lastUpdated": 1}, {**ROW, "resource": "https://api.example.com/y"}, "junk", "junk", "other"]
    keys = decode_page(json.dumps(rows).encode(), "test").keys
    assert [keys.index(key) for key in keys] == [0, 0, 2, 3, 3, 5]


# --- for any value whatever

TEXT = st.text(alphabet=st.characters(exclude_categories=()))
SCALARS = st.none() | st.booleans() | st.integers() | st.integers(2**63, 10**90) | st.floats() | TEXT
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=6)
URLS = st.sampled_from(
    [
        "https://api.example.com/x",
        "https://u:p@api.example.com/y?token=s3cret99",
        "http://10.0.0.1/",
        "a\\@[b",
        "http://a\\@[b",
    ]
)
HINTS = st.fixed_dictionaries({}, optional={"input": JSON, "output": JSON, "info": JSON, "routeTemplate": JSON})
ACCEPTS = st.lists(
    JSON
    | st.fixed_dictionaries(
        {},
        optional={
            **{key: JSON | st.just(value) for key, value in {**V1, **V2}.items()},
            "outputSchema": JSON | HINTS,
            "extensions": JSON | st.fixed_dictionaries({"bazaar": JSON | HINTS}),
        },
    ),
    max_size=4,
)
KEYS = (
    "type", "x402Version", "lastUpdated", "description", "mimeType", "serviceName", "tags", "iconUrl", "method",
    "inputSchema", "outputSchema", "metadata", "extensions", "quality",
)  # fmt: skip
ROWS = st.fixed_dictionaries(
    {
        "resource": JSON
        | URLS
        | st.fixed_dictionaries({"url": URLS | JSON}, optional={"tags": JSON, "serviceName": JSON})
    },
    optional={"url": URLS | JSON, "accepts": JSON | ACCEPTS, **dict.fromkeys(KEYS, JSON)},
)


def unaccounted(row: Any, listing: Listing | None, findings: list[Finding]) -> Iterator[str]:
    """What was lost without a word."""
    if listing is None:
        yield from [] if findings else ["row"]
        return
    accepts = row.get("accepts")
    told = {(finding.code, finding.field) for finding in findings}
    fields = {finding.field for finding in findings}
    if not listing.accepts and ("listing.no_accepts", "accepts") not in told:
        yield "accepts"
    if isinstance(accepts, list):
        bad = sum(not isinstance(accept, dict) for accept in accepts)
        if len(listing.accepts) + bad != len(accepts) or bad != sum(code == "accept.not_an_object" for code, _ in told):
            yield "an accept"
        for index, accept in [(i, a) for i, a in enumerate(accepts) if isinstance(a, dict)]:
            timeout = accept.get("maxTimeoutSeconds")
            kept = listing.accepts[sum(isinstance(a, dict) for a in accepts[:index])]
            yield from (p for p in kept.problems if (f"accept.{p}", f"accepts[{index}]") not in told)
            if timeout != kept.max_timeout_seconds and f"accepts[{index}].maxTimeoutSeconds" not in fields:
                yield "a timeout"
    if isinstance(row.get("tags"), list) and list(listing.tags) != row["tags"] and "tags" not in fields:
        yield "tags"


@given(JSON | ROWS)
def test_any_row_is_decoded_or_found_fault_with(row: Any) -> None:
    listing, findings = decode_row(row, "test")
    assert list(unaccounted(row, listing, findings)) == []
    assert all(len(finding.evidence) <= 300 and clean(finding.evidence) == finding.evidence for finding in findings)
    if listing is not None:
        json.dumps([listing.quality, listing.hints.input, [a.extra for a in listing.accepts]], allow_nan=False).encode()
        listing.raw.encode()
        assert "u:p@" not in listing.url
    assert decode_row(row, "test") == (listing, findings)


@given(
    st.binary()
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.lists(ROWS).map(lambda v: json.dumps(v).encode())
)
def test_any_bytes_are_a_page_or_a_bad_page(body: bytes) -> None:
    try:
        page = decode_page(body, "test")
    except BadPage:
        return
    assert len(page.keys) == page.rows >= len(page.listings)
    assert page.rows <= len(page.listings) + len(page.findings)


# --- real listings


@pytest.mark.recorded
def test_every_recorded_row_is_accounted_for(shared: Path) -> None:
    seen = 0
    for path in sorted((shared / "recordings").rglob("*.json")):
        document = json.loads(path.read_text())
        for row in document if isinstance(document, list) else document.get("items", []):
            listing, findings = decode_row(row, "test")
            assert list(unaccounted(row, listing, findings)) == [], row
            seen += 1
    assert seen > 1_000


@pytest.mark.recorded
@pytest.mark.parametrize(
    ("name", "urls", "expected"),
    [
        ("binance_b402_doc", ["https://api.example.com/btc-price"], ["accept.pay_to_invalid"]),
        ("cdp_item_live_2026-05-14_via_doc", ["https://api.oatp.cc/tools/tx_explainer"], []),
        ("cdp_search_envelope", [], []),
        ("goplausible_shape", ["https://api.example.com/x"], []),
        ("well_known_x402_json_draft", ["https://api.example.com/weather/:city"], []),
    ],
)
def test_listing_shapes(shared: Path, name: str, urls: list[str], expected: list[str]) -> None:
    body = (shared / "challenges" / "listing_shapes" / f"{name}.json").read_bytes()
    page = decode_page(body, "test")
    assert [listing.url for listing in page.listings] == urls
    assert [finding.code for finding in page.findings] == expected


@pytest.mark.recorded
@pytest.mark.parametrize(
    ("name", "updated", "quality"),
    [
        (
            "binance_b402_doc",
            "2026-06-03T08:43:11.702000+00:00",
            {"l30DaysTotalCalls": 1543, "l30DaysUniquePayers": 87, "lastCalledAt": 1780476131000},
        ),
        (
            "cdp_item_live_2026-05-14_via_doc",
            "2026-05-14T14:26:42.878000+00:00",
            {"l30DaysTotalCalls": 18653, "l30DaysUniquePayers": 2598, "lastCalledAt": "2026-05-14T14:26:42.685Z"},
        ),
        ("goplausible_shape", None, {"settleCount": 3, "lastSeen": "2026-10-01T00:00:00Z"}),
        ("well_known_x402_json_draft", None, None),
    ],
)
def test_times_and_usage_of_the_listing_shapes(shared: Path, name: str, updated: str | None, quality: Any) -> None:
    body = (shared / "challenges" / "listing_shapes" / f"{name}.json").read_bytes()
    (listing,) = decode_page(body, "test").listings
    assert (listing.last_updated and listing.last_updated.isoformat(), listing.quality) == (updated, quality)


@pytest.mark.recorded
def test_the_draft_of_site_declared_rows_says_what_it_takes_and_gives(shared: Path) -> None:
    body = (shared / "challenges" / "listing_shapes" / "well_known_x402_json_draft.json").read_bytes()
    (listing,) = decode_page(body, "test").listings
    assert (listing.methods, listing.hints.route_template) == (("GET",), "/weather/:city")
    assert listing.hints.output == {"mimeType": "application/json", "example": {}}


@pytest.mark.recorded
def test_the_search_envelope_calls_itself_partial(shared: Path) -> None:
    page = decode_page((shared / "challenges" / "listing_shapes" / "cdp_search_envelope.json").read_bytes(), "test")
    assert (page.rows, page.partial) == (0, True)


@pytest.mark.recorded
def test_the_rows_of_another_facilitator(shared: Path) -> None:
    page = decode_page((shared / "recordings" / "payai-sample.json").read_bytes(), "payai")
    left_out = {finding.url.partition(":")[0] for finding in page.findings if finding.code == "listing.url_invalid"}
    assert left_out >= {"monopoly", "solana-transfer"}
    refused = [f for f in page.findings if f.code in ("listing.url_invalid", "listing.host_not_public")]
    assert page.rows == 40 == len(page.listings) + len(refused)
    assert all(listing.last_updated and listing.last_updated.year == 2026 for listing in page.listings)


@pytest.mark.recorded
@pytest.mark.parametrize(
    ("name", "why"),
    [("openapi_agentcash_minimal", "without a list"), ("well_known_x402_v1_fanout", "without a single resource")],
)
def test_what_a_site_declares_itself_is_no_listing_page(shared: Path, name: str, why: str) -> None:
    with pytest.raises(BadPage, match=why):
        decode_page((shared / "challenges" / "listing_shapes" / f"{name}.json").read_bytes(), "test")
