"""402 answers: header first, then body; every protocol recorded; nothing a server sends raises."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.records import Challenge
from catalog.text import clean
from crawler.decoders import jsonbytes
from crawler.decoders.challenge import decode_challenge, header_json

URL = "https://api.example.com/x"
USDC = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"
ALICE = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
V2_ACCEPT = {
    "scheme": "exact", "network": "eip155:8453", "amount": "10000", "asset": USDC, "payTo": ALICE,
    "maxTimeoutSeconds": 60, "extra": {"name": "USD Coin", "version": "2"},
}  # fmt: skip
V1_ACCEPT = {
    "scheme": "exact", "network": "base", "maxAmountRequired": "10000", "asset": USDC, "payTo": ALICE, "resource": URL,
    "description": "Weather", "mimeType": "application/json", "outputSchema": None, "maxTimeoutSeconds": 60,
}  # fmt: skip
V1 = {"x402Version": 1, "error": "X-PAYMENT header is required", "accepts": [V1_ACCEPT]}
V2 = {
    "x402Version": 2, "error": "Payment required", "accepts": [V2_ACCEPT],
    "resource": {"url": URL, "description": "Weather — 天気", "serviceName": "Example?>", "tags": ["a"]},
}  # fmt: skip


def body(document: Any) -> bytes:
    return json.dumps(document).encode()


def b64(document: Any) -> str:
    return base64.b64encode(json.dumps(document, ensure_ascii=False).encode()).decode()


def decode(header: Any = None, content: bytes = b"", **headers: str) -> Challenge:
    """``header`` is the v2 document in PAYMENT-REQUIRED; ``headers`` are others, ``_`` for ``-``."""
    sent = {name.replace("_", "-"): [value] for name, value in headers.items()}
    if header is not None:
        sent["payment-required"] = [header if isinstance(header, str) else b64(header)]
    return decode_challenge(sent, content, URL)


def codes(challenge: Challenge) -> list[str]:
    return [finding.code for finding in challenge.findings]


def test_v1_body() -> None:
    found = decode(content=body(V1))
    assert (found.protocols, found.x402_version, found.findings) == (("x402",), 1, ())
    (accept,) = found.accepts
    assert (accept.version, accept.atomic, accept.network_id, accept.problems) == (1, 10_000, "eip155:8453", ())
    assert (found.description, found.mime_type, found.error) == ("Weather", "application/json", V1["error"])


def test_v2_header() -> None:
    found = decode(V2, b"{}")
    assert (found.protocols, found.x402_version, found.findings) == (("x402",), 2, ())
    (accept,) = found.accepts
    assert (accept.version, accept.atomic, accept.extra) == (2, 10_000, V2_ACCEPT["extra"])
    assert (found.resource_url, found.description, found.tags) == (URL, "Weather — 天気", ("a",))


ENCODINGS: dict[str, Callable[[dict[str, Any]], str]] = {
    "standard": b64,
    "unpadded": lambda d: b64(d).rstrip("="),
    "url-safe": lambda d: base64.urlsafe_b64encode(body(d)).decode(),
    "url-safe unpadded": lambda d: base64.urlsafe_b64encode(body(d)).decode().rstrip("="),
    "folded": lambda d: " " + "\r\n ".join(b64(d)[i : i + 60] for i in range(0, len(b64(d)), 60)) + " ",
    "raw": json.dumps,
    "raw UTF-8 as a client shows it": lambda d: json.dumps(d, ensure_ascii=False).encode().decode("latin-1"),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("filler", ["", "a", "ab", "?>?>~~"])
def test_header_encodings(encoding: str, filler: str) -> None:
    document = {**V2, "error": filler}
    assert header_json(ENCODINGS[encoding](document)) == document


def test_the_aliased_header_and_a_header_of_70000_bytes() -> None:
    assert decode(x_payment_required=b64(V2)).accepts == decode(V2).accepts
    rich = {
        **V2,
        "extensions": {
            "bazaar": {"info": {"input": {"type": "http", "method": "POST"}}, "schema": {"d": "x" * 52_000}}
        },
    }
    assert len(b64(rich)) > 70_000
    assert decode(rich).accepts[0].hints.input == {"type": "http", "method": "POST"}


@pytest.mark.parametrize(
    "header", ["", "%%%", "{", "bm90anNvbg==", "W10=", "e30=", "null", "é", "a" * 5, b64({"a": 1})]
)
def test_an_unreadable_header_is_a_finding_and_the_body_counts(header: str) -> None:
    assert decode(header, body(V1)).accepts == decode(content=body(V1)).accepts
    assert codes(decode(header, body(V1))) == ["challenge.header_unreadable"]
    plain = decode(header)
    assert (plain.protocols, plain.accepts, codes(plain)) == ((), (), ["challenge.header_unreadable"])


def test_the_header_wins_and_a_difference_is_noticed() -> None:
    assert codes(decode(V2, body(V1))) == []
    dearer = {**V1, "accepts": [{**V1_ACCEPT, "maxAmountRequired": "20000"}]}
    found = decode(V2, body(dearer))
    assert (found.x402_version, [accept.amount for accept in found.accepts]) == (2, ["10000"])
    assert codes(found) == ["challenge.header_and_body_differ"]


@pytest.mark.parametrize(
    ("changes", "version"),
    [
        ({}, 1), ({"x402Version": "1"}, 1), ({"x402Version": 3}, 1), ({"x402Version": True}, 1),
        ({"x402Version": None}, 1), ({"resource": URL}, 1), ({"resource": [1]}, 1), ({"extensions": []}, 1),
        ({"error": {"code": 7}}, 1), ({"accepts": [V2_ACCEPT], "x402Version": None}, 2),
    ],
)  # fmt: skip
def test_types_seen_in_the_wild(changes: dict[str, Any], version: int) -> None:
    found = decode(content=body({**V1, **changes}))
    assert (found.protocols, found.x402_version) == (("x402",), version)
    assert [accept.problems for accept in found.accepts] == [()]


@pytest.mark.parametrize("accepts", [[], None, {}, "exact", [None, "x", 7, [V1_ACCEPT]]])
def test_terms_nobody_could_pay(accepts: Any) -> None:
    found = decode(content=body({"x402Version": 1, "accepts": accepts}))
    assert (found.protocols, found.accepts) == (("x402",), ())
    assert codes(found)[-1] == "challenge.no_accepts"


@pytest.mark.parametrize(("amount", "fine"), [("", False), ("$0.01", False), ("0.01", False), ("-5", False), (7, True)])
def test_v1_and_v2_accepts_side_by_side_and_one_bad_one(amount: Any, fine: bool) -> None:
    accepts = [V1_ACCEPT, V2_ACCEPT, {**V2_ACCEPT, "amount": amount}]
    found = decode({**V2, "accepts": accepts})
    assert [accept.version for accept in found.accepts] == [1, 2, 2]
    assert [not accept.problems for accept in found.accepts] == [True, True, fine]
    assert codes(found) == ([] if fine else [f"accept.{found.accepts[2].problems[0]}"])


def test_the_named_resource_is_shown_without_secrets() -> None:
    found = decode({**V2, "resource": "http://u:p@api.example.com/x?api_key=s3"})
    assert found.resource_url == "http://api.example.com/x?api_key=REDACTED"


@pytest.mark.parametrize(
    "content",
    [
        b"", b"Payment required", b"[]", b"null", b"{}", b'{"error":"insufficient_credits"}', b"<html>402</html>",
        b'{"accepts":["visa","mastercard"]}', b'{"accepts":"application/json"}', b'{"accepts":[', body([V1]),
    ],
)  # fmt: skip
def test_a_plain_402_is_not_x402(content: bytes) -> None:
    assert decode(content=content) == Challenge((), None, (), "", "", "", "", (), "")


def test_a_body_behind_a_byte_order_mark() -> None:
    assert decode(content=b"\xef\xbb\xbf\n" + body(V1)).protocols == ("x402",)


@pytest.mark.parametrize(
    ("headers", "protocols"),
    [
        ({"www_authenticate": 'Payment id="x7", realm="a, b", method="m", intent="charge"'}, ("mpp",)),
        ({"www_authenticate": 'payment realm="a,id=7", id=x7'}, ("mpp",)),
        ({"www_authenticate": 'Payment realm="a, id=7", id=""'}, ()),
        ({"www_authenticate": "Payment"}, ()),
        ({"www_authenticate": 'Bearer id="x7"'}, ()),
        ({"www_authenticate": 'Payment realm="a", Bearer id="x7"'}, ()),
        ({"www_authenticate": 'L402 macaroon="a==", invoice="lnbc1"'}, ("l402",)),
        ({"www_authenticate": 'L402 version="0", token="t", invoice="lnbc1"'}, ("l402",)),
        ({"www_authenticate": 'L402 version="0" token="t" invoice="lnbc1"'}, ("l402",)),
        ({"www_authenticate": 'lsat macaroon="a"'}, ("l402",)),
        ({"www_authenticate": "L402"}, ()),
        ({"www_authenticate": 'Basic realm="L402 macaroon=x"'}, ()),
        ({"www_authenticate": 'Basic dGVzdA==, L402 token="t", Payment id="7"'}, ("l402", "mpp")),
        ({"crawler_price": "USD 0.01"}, ("pay_per_crawl",)),
        ({"x_bsv_payment_version": "1.0"}, ("bsv",)),
    ],
)
def test_other_protocols(headers: dict[str, Any], protocols: tuple[str, ...]) -> None:
    assert decode(**headers).protocols == protocols
    assert decode(V2, **headers).protocols == tuple(sorted({*protocols, "x402"}))


def test_a_gateway_that_only_names_x402_beside_another_offer() -> None:
    assert decode(content=b'{"x402Version":2}', www_authenticate='Payment id="7"').protocols == ("mpp",)
    assert decode(content=b'{"x402Version":2}').protocols == ("x402",)


@pytest.mark.parametrize(
    "hostile", ["Payment " + ",  " * 30_000, 'Payment a="' * 9_000, "L402 " + "a" * 70_000, '"' * 70_000]
)
def test_hostile_headers_take_linear_time(hostile: str) -> None:
    began = time.perf_counter()
    decode(hostile, www_authenticate=hostile)
    assert time.perf_counter() - began < 2


def test_a_bottomless_challenge_keeps_its_terms() -> None:
    deep = body({**V1, "extensions": "@"}).replace(b'"@"', b'{"bazaar":' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001)
    found = decode(content=deep)
    assert found.accepts[0].atomic == 10_000
    assert codes(found) == ["hints.too_deep"]


# --- for anything whatever

TEXT = st.text(alphabet=st.characters(exclude_categories=()))
SCALARS = st.none() | st.booleans() | st.integers() | st.integers(2**63, 10**90) | st.floats() | TEXT
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=6)
ACCEPT = st.fixed_dictionaries(
    {}, optional={key: JSON | st.just(value) for key, value in {**V1_ACCEPT, **V2_ACCEPT}.items()}
)
DOCUMENTS = JSON | st.fixed_dictionaries(
    {},
    optional={
        "x402Version": JSON | st.sampled_from([1, 2]),
        "accepts": JSON | st.lists(ACCEPT | JSON, max_size=4),
        "resource": JSON | st.fixed_dictionaries({"url": JSON}, optional={"tags": JSON, "description": JSON}),
        "error": JSON,
        "extensions": JSON | st.fixed_dictionaries({"bazaar": JSON}),
    },
)
CONTENTS = st.binary() | DOCUMENTS.map(body)
HEADER = (
    TEXT
    | CONTENTS.map(lambda data: base64.b64encode(data).decode())
    | CONTENTS.map(lambda data: data.decode("latin-1"))
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "payment-required": st.lists(HEADER, max_size=2),
            "x-payment-required": st.lists(HEADER, max_size=1),
            "www-authenticate": st.lists(TEXT | st.text("Payment L402 id=\",'\\"), max_size=2),
        },
    ),
    CONTENTS,
)
def test_nothing_a_server_sends_raises(headers: dict[str, list[str]], content: bytes) -> None:
    found = decode_challenge(headers, content, URL)
    assert found == decode_challenge(headers, content, URL)
    assert list(found.protocols) == sorted(set(found.protocols))
    told = {(finding.code, finding.field) for finding in found.findings}
    for accept in found.accepts:
        assert all(any(code == f"accept.{problem}" for code, _ in told) for problem in accept.problems)
        assert clean(accept.description) == accept.description
    json.dumps([found.error, [accept.extra for accept in found.accepts]], allow_nan=False).encode()
    if found.accepts:
        assert "x402" in found.protocols


# --- real answers


def terms(document: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What a challenge document asks for, by its own words."""
    return [
        (a["scheme"], a["network"], a.get("amount", a.get("maxAmountRequired")), a["asset"], a["payTo"],
         a.get("maxTimeoutSeconds"))
        for a in document["accepts"]
    ]  # fmt: skip


def decoded_terms(found: Challenge) -> list[tuple[Any, ...]]:
    return [(a.scheme, a.network, a.amount, a.asset, a.pay_to, a.max_timeout_seconds) for a in found.accepts]


@pytest.mark.recorded
def test_captured_challenges_decode_to_the_terms_they_hold(shared: Path) -> None:
    decoded = 0
    for path in sorted((shared / "challenges" / "captured").glob("*.json")):
        answer = json.loads(path.read_text())
        if answer["status"] != 402:
            continue
        headers: dict[str, list[str]] = {}
        for name, value in answer["headers"]:
            headers.setdefault(name.lower(), []).append(value)
        found = decode_challenge(headers, answer["body"].encode(), answer["request"]["url"])
        expected = answer.get("decoded_payment_required")
        if expected is None and answer["body"].startswith("{"):
            expected = json.loads(answer["body"])
        if expected is None:  # the paywall page for browsers, which carries no terms
            assert (found.protocols, found.accepts) == ((), ()), path.name
            continue
        assert decoded_terms(found) == terms(expected), path.name
        assert (found.protocols, found.x402_version, found.error) == (
            ("x402",), expected["x402Version"], expected["error"],
        ), path.name  # fmt: skip
        assert not [f for f in found.findings if f.severity != "info"], path.name
        assert all(not accept.problems for accept in found.accepts), path.name
        decoded += 1
    assert decoded >= 20


@pytest.mark.recorded
@pytest.mark.parametrize(
    ("name", "protocols"),
    [
        ("both-credentials", ("l402", "mpp")),
        ("direct-l402-macaroon", ("l402", "mpp")),
        ("direct-l402-token", ("l402",)),
        ("l402space-402", ("l402",)),
        ("lsat-scheme", ("l402",)),
        ("non-l402-scheme", ("mpp",)),
        ("x402-v2-ping", ("x402",)),
    ],
)
def test_recorded_answers(shared: Path, name: str, protocols: tuple[str, ...]) -> None:
    answer = json.loads((shared / "challenges" / "recorded" / f"{name}.json").read_text())
    content = answer.get("body", "")
    found = decode_challenge(
        {
            "www-authenticate": [answer["wwwAuthenticate"]] if "wwwAuthenticate" in answer else [],
            "payment-required": [answer["paymentRequiredHeader"]] if "paymentRequiredHeader" in answer else [],
        },
        content.encode() if isinstance(content, str) else body(content),
        URL,
    )
    assert (found.protocols, found.findings) == (protocols, ())
    assert decoded_terms(found) == terms(answer.get("decodedForReference", {"accepts": []}))


@pytest.mark.recorded
def test_402s_of_other_kinds_are_never_x402(shared: Path) -> None:
    names = {"cloudflare_pay_per_crawl": "pay_per_crawl", "bsv_brc": "bsv", "l402": "l402", "mpp": "mpp"}
    answers = json.loads((shared / "challenges" / "non_x402" / "challenges.json").read_text())
    assert len(answers) >= 6
    for answer in answers:
        headers = {name.lower(): [value] for name, value in answer["headers"].items()}
        found = decode_challenge(headers, answer["body"].encode(), URL)
        expected = (names[answer["kind"]],) if answer["kind"] in names else ()
        assert (found.protocols, found.accepts, found.findings) == (expected, (), ()), answer["kind"]


@pytest.mark.recorded
def test_challenges_of_the_specification(shared: Path) -> None:
    decoded = 0
    for path in sorted((shared / "challenges" / "spec").glob("*.json")):
        document = jsonbytes.load(path.read_bytes())
        if "accepts" not in document:
            continue
        for found in (decode(document), decode(content=body(document))):
            assert decoded_terms(found) == terms(document), path.name
            assert found.x402_version == int(document["x402Version"]), path.name
        decoded += 1
    assert decoded >= 10
