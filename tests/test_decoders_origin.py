"""What origins say about themselves, decoded: well-known documents, OpenAPI, agent cards, front pages, hostile ones."""

from __future__ import annotations

import json
from typing import Any

import pytest

from catalog.declared import API_KEY, Attested, Declaration, declared_protocol
from catalog.records import Json
from catalog.run import parse_time
from crawler.decoders.openapi import MAX_OPERATIONS
from crawler.decoders.origin import KINDS, PATHS, decode
from crawler.decoders.own import MAX_FINDINGS, MAX_RESOURCES, BadDocument, NoDocument, icon
from crawler.decoders.payment import decode_payment
from crawler.decoders.refs import MAX_NODES, MAX_PART, References
from crawler.decoders.well_known import MAX_ENTRIES, MAX_PROOFS

HOST = "https://api.shop.example"
NOW = parse_time("2026-03-01T00:00:00Z")


def read(path: str, document: Json) -> Declaration:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return decode(path, body, HOST + path)


def codes(declared: Declaration) -> list[str]:
    return [finding.code for finding in declared.findings]


def openapi(paths: Json, **more: Any) -> Declaration:
    return read("/openapi.json", {"openapi": "3.1.0", "info": {"title": "Shop"}, "paths": paths, **more})


# -- /.well-known/x402 and x402.json ------------------------------------------------------------------------------


def test_a_well_known_document_declares_resources_and_keeps_proofs_unverified() -> None:
    declared = read(
        "/.well-known/x402",
        {"version": 1, "resources": [f"{HOST}/a", "POST https://api.shop.example/b/"], "ownershipProofs": ["0xabc"]},
    )
    assert [(row.source, row.identity, row.methods, row.accepts) for row in declared.listings] == [
        ("origin:well_known", "//api.shop.example/a", (), ()),
        ("origin:well_known", "//api.shop.example/b", ("POST",), ()),
    ]
    about = {(a.kind, a.subject): a.evidence for a in declared.attestations}
    assert about["well_known", "//api.shop.example/a"] == {"document": f"{HOST}/.well-known/x402", "url": f"{HOST}/a"}
    proofs = about["ownership_proofs", "//api.shop.example"]
    assert (proofs["proofs"], proofs["verified"]) == (["0xabc"], False)
    assert codes(declared) == []


def test_the_draft_holds_items_with_a_resource_object() -> None:
    terms = {
        "scheme": "exact", "network": "eip155:8453", "amount": "2000", "payTo": "0x" + "a1" * 20,
        "asset": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", "maxTimeoutSeconds": 60,
    }  # fmt: skip
    item = {
        "resource": {"url": f"{HOST}/a", "description": "Thing"},
        "type": "http",
        "x402Version": 2,
        "accepts": [terms],
    }
    declared = read("/.well-known/x402.json", {"x402Version": 2, "items": [item]})
    assert [(row.source, row.description, row.accepts[0].atomic) for row in declared.listings] == [
        ("origin:x402_json", "Thing", 2000)
    ]
    assert codes(declared) == []


@pytest.mark.parametrize(
    ("resource", "code"),
    [
        ("https://api.other.example/a", "declared.other_origin"),
        ("https://shop.example/a", "declared.other_origin"),
        ("https://api.shop.example:8443/a", "declared.other_origin"),
        ("http://169.254.169.254/latest", "listing.host_not_public"),
        ("javascript:alert(1)", "listing.url_invalid"),
        (7, "declared.unreadable"),
        ({}, "listing.no_url"),
    ],
)
def test_an_origin_speaks_for_itself_only(resource: Json, code: str) -> None:
    declared = read("/.well-known/x402", {"version": 1, "resources": [resource, f"{HOST}/fine"]})
    assert [row.url for row in declared.listings] == [f"{HOST}/fine"]
    assert codes(declared) == [code]


def test_a_million_resources_are_not_read() -> None:
    declared = read("/.well-known/x402", {"resources": [f"{HOST}/{n}" for n in range(20_000)]})
    assert len(declared.listings) == MAX_RESOURCES
    assert declared.findings[-1].evidence == f"{20_000 - MAX_RESOURCES} beyond the first {MAX_RESOURCES} are left out"
    foreign = read("/.well-known/x402", {"resources": [f"https://x{n}.example/" for n in range(MAX_ENTRIES)]})
    assert len(foreign.findings) == MAX_FINDINGS + 1
    proofs = read("/.well-known/x402", {"resources": [], "ownershipProofs": ["p"] * 1000})
    assert len(proofs.attestations[0].evidence["proofs"]) == MAX_PROOFS
    assert codes(proofs) == ["declared.too_many"]


# -- what is no document ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", list(KINDS))
@pytest.mark.parametrize("body", [b"", b"  ", b"<!doctype html><title>Shop</title>", b"\xef\xbb\xbf<html>"])
def test_html_in_place_of_json_is_no_document(path: str, body: bytes) -> None:
    with pytest.raises(NoDocument):
        read(path, body)


@pytest.mark.parametrize("path", list(KINDS))
@pytest.mark.parametrize("body", [b"{", b"7", b'"text"', b"{}", b"[" * 100_000, b'{"paths":7,"resources":{},"name":1}'])
def test_a_document_nobody_understands_is_told(path: str, body: bytes) -> None:
    with pytest.raises(BadDocument) as caught:
        read(path, body)
    assert caught.value.finding.code == "declared.unreadable"
    assert caught.value.finding.url == HOST + path


def test_swagger_two_is_told() -> None:
    with pytest.raises(BadDocument, match=r"version '2\.0', not 3"):
        read("/openapi.json", {"swagger": "2.0", "paths": {}})


# -- /openapi.json: payments --------------------------------------------------------------------------------------


def test_an_operation_for_sale_is_a_resource_with_its_schema() -> None:
    chain = {"name": "chain", "in": "query", "schema": {"$ref": "#/components/schemas/Chain"}}
    declared = openapi(
        {
            "/pay/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "post": {
                    "summary": "Do it.",
                    "x-payment-info": {"price": {"mode": "fixed", "currency": "USD", "amount": "0.01"}, "protocols": ["x402"]},
                    "parameters": [chain],
                    "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]}}}},
                    "responses": {"200": {"content": {"application/json": {"schema": {"type": "object", "properties": {"a": {"type": "number"}}}}}}},
                },
                "get": {"summary": "free"},
            }
        },
        servers=[{"url": "/{v}", "variables": {"v": {"default": "v1"}}}],
        components={"schemas": {"Chain": {"type": "string", "enum": ["base"]}}},
    )  # fmt: skip
    (row,) = declared.listings
    assert (row.url, row.methods, row.kind, row.description) == (f"{HOST}/v1/pay/{{id}}", ("POST",), "http", "Do it")
    takes = row.hints.input["inputSchema"]
    assert takes["properties"] == {
        "id": {"type": "string"},
        "chain": {"type": "string", "enum": ["base"]},
        "q": {"type": "string"},
    }
    assert takes["required"] == ["id", "q"]
    assert row.hints.output["properties"] == {"a": {"type": "number"}}
    (attestation,) = declared.attestations
    assert attestation.evidence["operations"] == [
        {
            "operation": "POST /pay/{id}",
            "payment": {"dollars": {"mode": "fixed", "currency": "USD", "amount": "0.01"}, "protocols": ["x402"]},
        }
    ]
    assert declared.name == row.service_name == "Shop"


def test_dollars_and_the_smallest_unit_stay_apart() -> None:
    both = {
        "price": {"currency": "USD", "amount": "1"},
        "offers": [{"amount": "1", "currency": "0x20c0", "intent": "charge"}],
    }
    told, problems = decode_payment(both)
    assert told == {
        "dollars": {"currency": "USD", "amount": "1"},
        "offers": [{"amount": "1", "currency": "0x20c0", "intent": "charge"}],
    }
    assert problems == []


@pytest.mark.parametrize(
    ("info", "told", "fields"),
    [
        ({"price": {"mode": "dynamic", "min": 0.1, "max": "2"}}, {"dollars": {"mode": "dynamic", "min": "0.1", "max": "2"}}, []),
        ({"pricingMode": "fixed", "price": "$0.05", "protocols": ["X402"]}, {"dollars": {"mode": "fixed", "amount": "0.05"}, "protocols": ["x402"]}, []),
        ({"protocols": [{"x402": {}}, {"mpp": {"method": "tempo"}}]}, {"protocols": ["x402", "mpp"]}, []),
        ({"amount": 20000000000000000001, "currency": "usd", "method": "tempo"}, {"offers": [{"amount": "20000000000000000001", "currency": "usd", "method": "tempo"}]}, []),
        ({"offers": [{"amount": None, "currency": "usd"}]}, {"offers": [{"amount": None, "currency": "usd"}]}, []),
        ({"price": {"amount": "-1"}}, {}, ["price.amount"]),
        ({"price": {"amount": "1e9"}}, {}, ["price.amount"]),
        ({"price": {"amount": True}}, {}, ["price.amount"]),
        ({"offers": [{"amount": "0.5"}, 7, {"amount": "5"}]}, {"offers": [{"amount": "5"}]}, ["offers[0].amount", "offers[1]"]),
        ({"offers": "5"}, {}, ["offers"]),
        ("free", {}, [""]),
        ({}, {}, [""]),
    ],
)  # fmt: skip
def test_payment_info_in_every_form(info: Json, told: Json, fields: list[str]) -> None:
    found, problems = decode_payment(info)
    assert found == told
    assert [field for field, _ in problems] == fields


@pytest.mark.parametrize(
    ("payment", "protocol"),
    [
        ({}, "x402"), ({"dollars": {"amount": "1"}}, "x402"), ({"offers": [{"amount": "1"}]}, "mpp"),
        ({"protocols": ["mpp", "x402"]}, "x402"), ({"protocols": ["l402"]}, "l402"),
        ({"offers": [{"amount": "1"}], "dollars": {"amount": "1"}}, "x402"),
    ],
)  # fmt: skip
def test_the_declared_protocol(payment: Json, protocol: str) -> None:
    attested = Attested("openapi", "resource", NOW, {"operations": [{"operation": "GET /"}, {"payment": payment}]})
    assert declared_protocol((attested,)) == protocol


def test_an_unreadable_payment_costs_neither_its_operation_nor_its_neighbours() -> None:
    declared = openapi(
        {
            "/a": {"get": {"x-payment-info": {"price": {"amount": "cheap"}}}},
            "/b": {"get": {"x-payment-info": {"price": {"amount": "1"}}}},
        }
    )
    assert [row.url for row in declared.listings] == [f"{HOST}/a", f"{HOST}/b"]
    assert [(f.code, f.field, f.evidence) for f in declared.findings] == [
        ("declared.payment_unreadable", "GET /a.price.amount", "cheap")
    ]


# -- /openapi.json: API keys --------------------------------------------------------------------------------------

STATUSES = (
    "Response status code\n\n- **200**: Success - Done\n- **402**: Insufficient Credits - Top up\n- 455 - Maintenance"
)
KEYED = {
    "security": [{"key": []}],
    "components": {
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-api-key"}},
        "schemas": {"Answer": {"type": "object", "properties": {"code": {"type": "integer", "enum": [200, 402, 455, 505], "description": STATUSES}}}},
    },
}  # fmt: skip
TASK = {
    "summary": "Create a task",
    "requestBody": {"content": {"application/json": {"schema": {"type": "object", "required": ["model"], "properties": {
        "model": {"type": "string", "enum": ["one", "two"]},
        "callBackUrl": {"type": "string", "format": "uri", "description": "Receives the result."},
    }}}}},
    "responses": {
        "200": {"description": "ok", "content": {"application/json": {"schema": {"allOf": [{"$ref": "#/components/schemas/Answer"}]}}}},
        "500": {"description": "Broken"},
    },
}  # fmt: skip


def test_an_operation_that_takes_an_api_key_is_documented_and_not_for_sale() -> None:
    declared = openapi({"/v1/jobs": {"post": TASK}}, **KEYED)
    (row,) = declared.listings
    assert (row.kind, row.methods, row.accepts) == (API_KEY, ("POST",), ())
    assert row.hints.input["inputSchema"]["required"] == ["model"]
    (operation,) = declared.attestations[0].evidence["operations"]
    assert operation["security"] == [{"in": "header", "name": "x-api-key"}]
    assert operation["statuses"] == {
        "200": "Success - Done", "402": "Insufficient Credits - Top up", "455": "Maintenance", "500": "Broken", "505": "",
    }  # fmt: skip
    assert operation["callback"] == {"field": "callBackUrl", "description": "Receives the result.", "events": []}
    assert "payment" not in operation


def test_callbacks_name_the_field_that_holds_their_url() -> None:
    operation = {**TASK, "callbacks": {"done": {"{$request.body#/callBackUrl}": {"post": {}}}}}
    declared = openapi({"/v1/jobs": {"post": operation}}, **KEYED)
    (told,) = declared.attestations[0].evidence["operations"]
    assert told["callback"] == {"field": "callBackUrl", "description": "Receives the result.", "events": ["done"]}


@pytest.mark.parametrize(
    ("security", "taken"),
    [
        ([{"key": []}], True), ([{"key": []}, {"bearer": []}], True), ([{"key": []}, {}], False), ([], False), (None, False),
        ([{"basic": []}], False), ([{"oauth": []}], False), ([{"plain": []}], False), ([{"unknown": []}], False), ("key", False),
    ],
)  # fmt: skip
def test_what_is_secured_by_an_api_key(security: Json, taken: bool) -> None:
    schemes = {
        "key": {"type": "apiKey", "in": "query", "name": "k"}, "basic": {"type": "http", "scheme": "basic"},
        "bearer": {"type": "http", "scheme": "bearer", "description": "Your API key"}, "oauth": {"type": "oauth2"},
        "plain": {"type": "http", "scheme": "bearer"},
    }  # fmt: skip
    declared = openapi({"/a": {"get": {"security": security}}}, components={"securitySchemes": schemes})
    assert bool(declared.listings) == taken


def test_of_two_operations_the_one_for_sale_counts() -> None:
    item = {"get": TASK, "post": {"security": [], "x-payment-info": {"price": {"amount": "1"}}}}
    declared = openapi({"/v1/jobs": item}, **KEYED)
    (row,) = declared.listings
    assert (row.kind, row.methods) == ("http", ("GET", "POST"))
    assert [o["operation"] for o in declared.attestations[0].evidence["operations"]] == [
        "GET /v1/jobs",
        "POST /v1/jobs",
    ]


# -- hostile documents --------------------------------------------------------------------------------------------


def nodes(value: Json) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(nodes, inner))


def test_references_are_local_and_bounded() -> None:
    bomb: dict[str, Json] = {f"L{n}": {"allOf": [{"$ref": f"#/components/schemas/L{n + 1}"}] * 10} for n in range(30)}
    bomb["Self"] = {"$ref": "#/components/schemas/Self"}
    document = {"components": {"schemas": bomb | {"Loop": {"items": {"$ref": "#/components/schemas/Loop"}}}}}
    refs = References(document)
    assert nodes(refs.expanded({"$ref": "#/components/schemas/L0"})) <= 2 * MAX_PART
    assert refs.expanded({"$ref": "#/components/schemas/Loop"}) == {"items": {}}
    assert refs.expanded({"$ref": "https://evil.example/schema.json"}) == {}
    assert refs.expanded({"$ref": "file:///etc/passwd"}) == {}
    assert refs.expanded({"$ref": "#/components/none"}) == {}
    assert refs.at({"$ref": "#/components/schemas/Self"}) is None
    assert refs.notes == {"too_large", "ref_recursive", "external_ref", "ref_missing"}


def test_a_document_of_references_stays_small() -> None:
    long = {"type": "object", "properties": {f"p{n}": {"description": "d" * 50_000} for n in range(20)}}
    operation = {
        "x-payment-info": {"price": {"amount": "1"}},
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Long"}}}},
    }
    paths = {f"/{n}": {"post": operation} for n in range(MAX_OPERATIONS + 10)}
    declared = openapi(paths, components={"schemas": {"Long": long}})
    assert len(declared.listings) == MAX_RESOURCES
    assert sum(len(row.raw) for row in declared.listings) < 100 * MAX_NODES
    assert {"declared.reference", "declared.too_many"} <= set(codes(declared))


def test_descriptions_made_of_nothing_take_no_time() -> None:
    described = {"type": "integer", "description": ("\n- *>" * 4_000) + "402"}
    answer = {"200": {"content": {"application/json": {"schema": {"properties": {"code": described}}}}}}
    paths = {f"/{n}": {"get": {"responses": answer}} for n in range(200)}
    assert len(openapi(paths, **KEYED).listings) == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "junk", [None, True, 7, -1.5, "x", [], {}, [[]], {"a": None}, "\ud800", {"$ref": "#"}, 10**400]
)
def test_junk_in_every_place_is_survived(path: str, junk: Json) -> None:
    whole = {
        "openapi": "3.0.0", "info": junk, "servers": junk, "components": {"securitySchemes": {"k": junk}, "schemas": junk},
        "security": [{"k": junk}], "name": "n", "url": junk, "provider": junk, "skills": [junk], "capabilities": junk,
        "iconUrl": junk, "resources": [junk, {"resource": junk}], "ownershipProofs": junk,
        "paths": {
            "/j": junk, "/k": {"get": junk}, "/l": {"post": {
                "x-payment-info": junk, "parameters": [junk], "requestBody": junk, "responses": {"200": junk, "402": junk},
                "callbacks": {"c": junk}, "tags": junk, "servers": junk, "security": junk, "summary": junk,
            }},
        },
    }  # fmt: skip
    declared = read(path, json.dumps(whole).encode())
    assert all(len(finding.evidence) <= 300 for finding in declared.findings)


# -- agent card and front page ------------------------------------------------------------------------------------


def test_an_agent_card_names_its_operator() -> None:
    card = {
        "name": "Shop agent", "url": f"{HOST}/a2a", "provider": {"organization": "Shop Ltd"},
        "capabilities": {"extensions": [{"uri": "https://x402.example/v1"}]}, "skills": [{"name": "buy"}],
        "iconUrl": "https://cdn.shop.example/i.png",
    }  # fmt: skip
    declared = read("/.well-known/agent-card.json", card)
    assert (declared.name, declared.favicon, declared.listings) == ("Shop Ltd", "https://cdn.shop.example/i.png", ())
    (told,) = declared.attestations
    assert told.subject == "//api.shop.example"
    assert told.evidence == {
        "document": f"{HOST}/.well-known/agent-card.json", "name": "Shop agent", "url": f"{HOST}/a2a",
        "organization": "Shop Ltd", "skills": ["buy"], "extensions": ["https://x402.example/v1"],
    }  # fmt: skip
    assert codes(read("/.well-known/agent-card.json", card | {"url": "https://other.example/"})) == [
        "declared.other_origin"
    ]


@pytest.mark.parametrize(
    ("head", "name", "favicon"),
    [
        ('<meta property="og:site_name" content="Shop"><title>Buy | Shop</title><link rel="icon" href="/i.svg">', "Shop", f"{HOST}/i.svg"),
        ('<meta name="application-name" content="  Shop\n App ">', "Shop App", ""),
        ('<title>Shop</title><link rel="SHORTCUT ICON" href="i.ico">', "Shop", f"{HOST}/i.ico"),
        ("<title>React App</title>", "", ""),
        ("<title>The very best shop of all the shops in the world</title>", "", ""),
        ("<title>Shop | Things</title>", "", ""),
        ('<base href="https://cdn.shop.example/x/"><link rel="apple-touch-icon" href="t.png"><link rel=icon href=f.png>', "", "https://cdn.shop.example/x/f.png"),
        ('<link rel="icon" href="data:image/svg+xml,<svg/>"><link rel="icon" href="https://127.0.0.1/i.png">', "", ""),
        ('<link rel="icon" href="https://[::1]/i.png"><link rel="icon" href="http://[::1/i"><link rel=icon href="javascript:x">', "", ""),
        ("", "", ""),
    ],
)  # fmt: skip
def test_a_front_page_names_site_and_icon(head: str, name: str, favicon: str) -> None:
    declared = read("/", f"<!doctype html><html><head>{head}</head><body><title>no</title></body></html>".encode())
    assert (declared.name, declared.favicon) == (name, favicon)


@pytest.mark.parametrize(
    "body",
    [b"", b"\x00\xff" * 1000, b"<" * 300_000, b"<div>" * 100_000, b"{}", "<title>Füße</title>".encode("latin-1")],
)
def test_no_page_stops_the_night(body: bytes) -> None:
    assert read("/", body).favicon == ""


@pytest.mark.parametrize(
    "url", ["https://8.8.8.8/i", "https://[2606:4700::1]/i", "https://u:p@shop.example/i", "ftp://shop.example/i",
            "http://localhost/i", "https://shop.example/" + "i" * 3000, 7, None, "https://10.0.0.1/i"],
)  # fmt: skip
def test_icons_nobody_should_load(url: Json) -> None:
    assert icon(url, HOST) == ""
