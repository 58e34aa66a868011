"""402 answers: header first, then body; every protocol recorded; nothing a server sends raises."""

from __future__ import annotations

import base64
import json
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.records import Challenge, Hints
from catalog.text import clean
from crawler.decoders import jsonbytes
from crawler.decoders.accepts import methods_of, tool_of
from crawler.decoders.challenge import decode_agent_task, decode_challenge, decode_tool_result, header_json

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


@pytest.mark.parametrize("content", [b"<!DOCTYPE html><html>pay</html>", b"", b"null", b"\xff\xfe", body(V1)])
def test_a_paywall_page_with_the_header_is_read_by_its_header(content: bytes) -> None:
    assert decode(V2, content) == decode(V2, b"{}")


def test_two_headers_that_differ() -> None:
    dearer = {**V2, "accepts": [{**V2_ACCEPT, "amount": "20000"}]}
    for headers in (
        {"payment-required": [b64(V2), b64(dearer)]},
        {"payment-required": [b64(V2)], "x-payment-required": [b64(dearer)]},
    ):
        found = decode_challenge(headers, b"", URL)
        assert (found.accepts, codes(found)) == (decode(V2).accepts, ["challenge.headers_differ"])
    same = {"payment-required": [b64(V2), json.dumps(V2)], "x-payment-required": [b64(V2).rstrip("=")]}
    assert decode_challenge(same, b"", URL) == decode(V2)


def test_snake_case_as_the_python_package_reads_it() -> None:
    snake = {
        "scheme": "exact", "network": "base", "max_amount_required": "10000", "asset": USDC, "pay_to": ALICE,
        "resource": URL, "description": "Weather", "mime_type": "application/json", "max_timeout_seconds": "60",
    }  # fmt: skip
    assert decode(content=body({"x402_version": 1, "accepts": [snake]})).accepts == decode(content=body(V1)).accepts
    found = decode(content=body({"accepts": [{**snake, "pay_to": 7, "max_timeout_seconds": True}, V1_ACCEPT]}))
    assert [accept.problems for accept in found.accepts] == [("pay_to_missing",), ()]
    assert [f.field for f in found.findings] == [
        "accepts[0].max_timeout_seconds", "accepts[0].pay_to", "accepts[0]",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "seconds"), [(60, 60), ("60", 60), (60.0, 60), (True, None), ("1m", None), (2**40, None)]
)
def test_timeouts(sent: Any, seconds: int | None) -> None:
    found = decode({**V2, "accepts": [{**V2_ACCEPT, "maxTimeoutSeconds": sent}]})
    assert found.accepts[0].max_timeout_seconds == seconds
    assert bool(found.findings) is (seconds is None)


LEFTOVER = {"input": {"type": "http", "method": "GET"}, "output": None}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
BAZAARS: dict[str, dict[str, Any]] = {
    "query": {"type": "http", "method": "GET", "queryParams": {"city": "Oslo"}},
    "head": {"type": "http", "method": "HEAD"},
    "path": {"type": "http", "method": "DELETE", "pathParams": {"id": "7"}, "headers": {"X-Lang": "en"}},
    "json": {"type": "http", "method": "POST", "bodyType": "json", "body": {"city": "Oslo"}},
    "form": {"type": "http", "method": "PUT", "bodyType": "form-data", "body": {"city": "Oslo"}},
    "text": {"type": "http", "method": "PATCH", "bodyType": "text", "body": "Oslo"},
    "mcp": {
        "type": "mcp",
        "toolName": "weather",
        "inputSchema": SCHEMA,
        "transport": "sse",
        "example": {"city": "Oslo"},
    },
}


@pytest.mark.parametrize("kind", BAZAARS)
def test_bazaar_extensions_of_every_kind_stand_verbatim(kind: str) -> None:
    info = {"input": BAZAARS[kind], "output": {"type": "json", "example": {"celsius": 7}}}
    bazaar = {"info": info, "schema": {"properties": {"input": {}}}, "routeTemplate": "/users/:id"}
    for accept in (V2_ACCEPT, {**V2_ACCEPT, "outputSchema": LEFTOVER}):
        (found,) = decode({**V2, "accepts": [accept], "extensions": {"bazaar": bazaar}}).accepts
        assert found.hints == Hints(info["input"], info["output"], bazaar["schema"], "/users/:id")
        assert methods_of(found.hints) == ({BAZAARS[kind]["method"]} if kind != "mcp" else set())
        assert tool_of(found.hints) == ("weather" if kind == "mcp" else "")


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


@pytest.mark.parametrize(("version", "told"), [(3, True), ("7", True), (2, False), ("1", False), (None, False)])
def test_a_version_nobody_knows_is_told_and_costs_nothing(version: Any, told: bool) -> None:
    found = decode(content=body({**V1, "x402Version": version}))
    assert [accept.amount for accept in found.accepts] == ["10000"]
    assert [f.code for f in found.findings] == ["challenge.version_unknown"] * told


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
        b'{"error":"insufficient_credits","accepts":[{"type":"card","url":"/top-up"}]}',
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


def test_all_protocols_at_once() -> None:
    found = decode_challenge(
        {
            "payment-required": [b64(V2)],
            "www-authenticate": ['LSAT macaroon="a", invoice="i"', 'L402 macaroon="a", invoice="i"', 'Payment id="7"'],
            "crawler-price": ["USD 0.01"],
            "x-bsv-payment-satoshis-required": ["10"],
        },
        b'{"type":"https://paymentauth.org/problems/payment-required","status":402}',
        URL,
    )
    assert found.protocols == ("bsv", "l402", "mpp", "pay_per_crawl", "x402")
    assert found.accepts == decode(V2).accepts


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


# --- other transports


def tool_result(document: Any, **changes: Any) -> dict[str, Any]:
    text = {"type": "text", "text": json.dumps(document)}
    return {"isError": True, "structuredContent": document, "content": [text], **changes}


def agent_task(document: Any) -> dict[str, Any]:
    said = {"x402.payment.status": "payment-required", "x402.payment.required": document}
    return {"kind": "task", "status": {"state": "input-required", "message": {"role": "agent", "metadata": said}}}


@pytest.mark.parametrize("document", [V1, V2])
def test_tool_results_and_agent_tasks_hold_the_same_challenge(document: dict[str, Any]) -> None:
    expected = decode(content=body(document))
    bare = tool_result(document)
    for result in (
        bare,
        tool_result(document, structuredContent=None),
        tool_result(document, structuredContent={"a": 1}),
    ):
        for answer in (result, {"jsonrpc": "2.0", "id": 1, "result": result}):
            assert decode_tool_result(body(answer), URL) == expected
            assert decode(content=body(answer)) == expected, "a 402 over HTTP may carry either"
            assert decode_agent_task(body(answer), URL).protocols == ()
    for answer in (agent_task(document), {"jsonrpc": "2.0", "id": 1, "result": agent_task(document)}):
        assert decode_agent_task(body(answer), URL) == expected
        assert decode(content=body(answer)) == expected
        assert decode_tool_result(body(answer), URL).protocols == ()


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"[]", b"null", b"{", body(V1), body({"result": None}), body({"result": [V1]}),
        body(tool_result(V1, isError=False)), body(tool_result(V1, isError="true")), body(tool_result({"a": 1})),
        body(tool_result(None, content=None)), body(tool_result(None, content=[None, {"text": 7}, {"text": "{"}])),
        body(agent_task({"a": 1})), body({"status": {"message": [agent_task(V1)]}}),
    ],
)  # fmt: skip
def test_results_that_ask_for_no_payment(answer: bytes) -> None:
    nothing = Challenge((), None, (), "", "", "", "", (), "")
    assert decode_tool_result(answer, URL) == decode_agent_task(answer, URL) == nothing


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
    held = empty = 0
    for path in sorted((shared / "challenges" / "captured").glob("*.json")):
        answer = json.loads(path.read_text())
        headers: dict[str, list[str]] = {}
        for name, value in answer["headers"]:
            headers.setdefault(name.lower(), []).append(value)
        found = decode_challenge(headers, answer["body"].encode(), answer["request"]["url"])
        if "payment-required" in headers:
            expected = json.loads(base64.b64decode(headers["payment-required"][0]))
            assert expected == answer["decoded_payment_required"], path.name
        elif answer["status"] == 402 and answer["body"].startswith("{"):
            expected = json.loads(answer["body"])
        else:  # a wrong verb, HEAD, OPTIONS, or a v1 paywall page for browsers, which carries no terms
            assert (found.protocols, found.accepts) == ((), ()), path.name
            empty += 1
            continue
        assert decoded_terms(found) == terms(expected), path.name
        assert (found.protocols, found.x402_version, found.error) == (
            ("x402",), expected["x402Version"], expected["error"],
        ), path.name  # fmt: skip
        assert not [f for f in found.findings if f.severity != "info"], path.name
        assert all(not accept.problems for accept in found.accepts), path.name
        declared = (expected.get("extensions") or {}).get("bazaar", {}).get("info")
        declared = declared or expected["accepts"][0].get("outputSchema") or {}
        hints = found.accepts[0].hints
        assert (hints.input, hints.output) == (declared.get("input"), declared.get("output")), path.name
        held += 1
    assert (held, empty) == (26, 9)


RECORDED = {
    "both-credentials": ("l402", "mpp"),
    "direct-l402-macaroon": ("l402", "mpp"),
    "direct-l402-token": ("l402",),
    "l402space-402": ("l402",),
    "lsat-scheme": ("l402",),
    "non-l402-scheme": ("mpp",),
    "x402-v2-ping": ("x402",),
}


@pytest.mark.recorded
@pytest.mark.parametrize(("name", "protocols"), RECORDED.items())
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
def test_every_recorded_answer_has_a_test(shared: Path) -> None:
    names = {path.stem for path in (shared / "challenges" / "recorded").iterdir()}
    assert names == set(RECORDED)


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
    kinds: Counter[str] = Counter()
    for path in sorted((shared / "challenges" / "spec").glob("*.json")):
        document = jsonbytes.load(path.read_bytes())
        if "__mcp__" in path.name:
            kinds["mcp"] += 1
            wanted = document["result"]["structuredContent"]
            readings = [decode_tool_result(path.read_bytes(), URL)]
        elif "__a2a__" in path.name:
            kinds["a2a"] += 1
            wanted = document["result"]["status"]["message"]["metadata"]["x402.payment.required"]
            readings = [decode_agent_task(path.read_bytes(), URL)]
        elif "items" in document:
            kinds["listing"] += 1
            wanted = document["items"][0]
            readings = [decode(content=body({"accepts": wanted["accepts"]}))]
            wanted["x402Version"] = readings[0].x402_version
        else:
            kinds["http"] += 1
            wanted = document
            readings = [decode(document), decode(content=body(document))]
        for found in readings:
            assert decoded_terms(found) == terms(wanted), path.name
            assert found.x402_version == int(wanted["x402Version"]), path.name
    assert kinds == {"http": 13, "mcp": 4, "a2a": 2, "listing": 2}
