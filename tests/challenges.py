"""Generated 402 answers for the oracle: mostly what servers send, with the liberties they take."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

EVM = "0x209693Bc6afc0C5328bA36FaF03C514EF312287C"
SVM = "2wKupLR9q6wXYppw8Gr2NvWxKBUqm4PPJKkQfoxHDBg4"
SOLANA = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"
NETWORKS = ("base", "base-sepolia", "avalanche", "eip155:8453", "eip155:84532", "eip155:137", "solana", SOLANA)
ASSETS = (
    "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", "0x833589FCD6EDB6E08F4C7C32D4F71B54BDA02913",
    "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", "USDC", "USD", "eip155:8453/erc20:0x833589fcd6edb6e08f4c7c32d4f71b54bda02913",
)  # fmt: skip
AMOUNTS = ("0", "1", "10000", "2500000", "007", str(2**64), str(2**256 - 1))
BAD_AMOUNTS = ("", "-5", "$0.01", "0.01", "1e6", "1 0", "1_000", "٣", str(2**256), "9" * 90)
TEXTS = (
    "", "Weather", "天気 🌦", "a\nb\tc", "  padded  ", "e\u0301 and \u00e9", "<b>&amp;</b>", "?>?>~~", "x" * 3_900,
    "\u202eevil", "\x1b[31mred", "line\u2028separator", "quote\"back\\slash",
)  # fmt: skip
ODD = (None, True, 0, 7, 1.5, "", "x", [], ["a"], {}, {"a": 1}, 10**30, [None])
FIELDS = {"city": "string", "days": {"type": "integer", "required": True}, "mode": {"type": '"a" | "b"'}}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
QUERY_ALIASES = ("queryParams", "query_params", "query", "params")
BODY_ALIASES = ("bodyFields", "body_fields", "bodyParams", "body", "data", "properties")


@dataclass(frozen=True, slots=True)
class Case:
    """One generated answer."""

    headers: dict[str, str]
    body: str
    payable: tuple[bool | None, ...]
    """Per accept: whether it was made of valid parts only; None where chance had a hand in it."""

    def line(self) -> str:
        """As the oracle reads it."""
        return json.dumps({"headers": self.headers, "body": self.body})


def cases(seed: int, count: int) -> Iterator[Case]:
    """The same cases for the same seed."""
    chance = random.Random(seed)
    for _ in range(count):
        yield _case(chance)


def _case(chance: random.Random) -> Case:
    version = chance.choice((1, 2))
    accepts = [_accept(chance, version) for _ in range(chance.choice((0, 1, 1, 1, 2, 3)))]
    document: dict[str, Any] = {"x402Version": version, "accepts": [accept for accept, _ in accepts]}
    if chance.random() < 0.8:
        document["error"] = chance.choice((*TEXTS, None))
    if version == 2:
        document |= _around(chance)
    if chance.random() < 0.05:
        document[chance.choice(("x402Version", "accepts", "error", "resource", "extensions"))] = chance.choice(ODD)
    payable = tuple(fine for _, fine in accepts)
    if document["accepts"] != [accept for accept, _ in accepts]:
        payable = ()
    text = json.dumps(document, ensure_ascii=chance.random() < 0.5, indent=chance.choice((None, None, 1)))
    if chance.random() < (0.85 if version == 2 else 0.1):
        name = chance.choice(("PAYMENT-REQUIRED", "payment-required", "Payment-Required"))
        encoded = base64.b64encode(text.encode()).decode()
        if chance.random() < 0.1:
            encoded = "\n ".join(encoded[at : at + 76] for at in range(0, len(encoded), 76))
        return Case({name: encoded}, chance.choice(("{}", "", "<html>pay</html>", "null", text)), payable)
    return Case({}, text, payable)


def _around(chance: random.Random) -> dict[str, Any]:
    """What v2 says beside ``accepts``."""
    said: dict[str, Any] = {}
    if chance.random() < 0.8:
        said["resource"] = {
            "url": chance.choice(("https://api.example.com/x", "http://a.example", "/x", "mcp://tool/x"))
        }
        for key in ("description", "mimeType", "serviceName"):
            if chance.random() < 0.5:
                said["resource"][key] = chance.choice((*TEXTS, None))
        if chance.random() < 0.4:
            said["resource"]["tags"] = chance.choice(([], ["a", "b c"], ["x" * 40], None))
    if chance.random() < 0.5:
        said["extensions"] = chance.choice((None, {}, {"bazaar": _bazaar(chance)}, {"other": {"info": {}}}))
    return said


def _accept(chance: random.Random, version: int) -> tuple[dict[str, Any], bool | None]:
    """One accept, and whether anybody could pay it."""
    network = chance.choice(NETWORKS)
    amount = chance.choice(AMOUNTS if chance.random() < 0.9 else BAD_AMOUNTS)
    accept: dict[str, Any] = {
        "scheme": chance.choice(("exact", "exact", "upto", "permit2-exact")),
        "network": network,
        "asset": chance.choice(ASSETS),
        "payTo": SVM if network.startswith("solana") else chance.choice((EVM, EVM.lower())),
        "maxTimeoutSeconds": chance.choice((0, 60, 300, 30_000, "60", 60.0, 2**31 - 1)),
        "maxAmountRequired" if version == 1 else "amount": amount,
    }
    if version == 1:
        accept |= {"resource": "https://api.example.com/x", "description": chance.choice(TEXTS)}
        accept |= {"mimeType": chance.choice(("", "application/json")), "outputSchema": _output_schema(chance)}
    if chance.random() < 0.7:
        accept["extra"] = chance.choice(
            ({"name": "USDC", "version": "2"}, {}, {"feePayer": SVM, "n": 2**40, "x": [1.5, None]})
        )
    fine: bool | None = amount in AMOUNTS
    if chance.random() < 0.1:
        accept = {_snake(key): value for key, value in accept.items()}
    if chance.random() < 0.12:
        fine = None
        key = chance.choice(list(accept))
        if chance.random() < 0.4:
            del accept[key]
        else:
            accept[key] = chance.choice((*ODD, *TEXTS))
    if chance.random() < 0.2:
        accept[chance.choice(("unknown", "memo", "outputSchema"))] = chance.choice(({}, {"a": {"b": [1]}}))
    return accept, fine


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _output_schema(chance: random.Random) -> Any:
    """A v1 declaration under one of its aliases, the others null, as early servers write it."""
    if chance.random() < 0.3:
        return chance.choice((None, {}, {"output": {"type": "object"}}))
    method = chance.choice(("GET", "POST", "get", "PUT"))
    declared: dict[str, Any] = {"type": "http", "method": method, "discoverable": True}
    if chance.random() < 0.3:
        declared |= {"query_params": None, "body_type": None, "body_fields": None, "header_fields": None}
    if method in ("POST", "PUT"):
        declared |= {chance.choice(("bodyType", "body_type")): "json", chance.choice(BODY_ALIASES): dict(FIELDS)}
    else:
        declared[chance.choice(QUERY_ALIASES)] = dict(FIELDS)
    return {
        "input": declared,
        "output": chance.choice((None, {"type": "object", "properties": {"a": {"type": "number"}}})),
    }


def _bazaar(chance: random.Random) -> dict[str, Any]:
    """A v2 declaration of each kind of input."""
    kind = chance.choice(("query", "body", "mcp"))
    shown: dict[str, Any]
    if kind == "mcp":
        shown = {"type": "mcp", "toolName": "weather", "inputSchema": SCHEMA, "transport": "sse"}
    elif kind == "body":
        shown = {
            "type": "http",
            "method": "POST",
            "bodyType": chance.choice(("json", "form-data")),
            "body": {"city": "Oslo"},
        }
    else:
        shown = {"type": "http", "method": "GET", "queryParams": {"city": "Oslo"}}
    if kind != "mcp" and chance.random() < 0.3:
        shown |= {"pathParams": {"id": "7"}, "headers": {"X-Lang": "en"}}
    place = {"query": "queryParams", "body": "body", "mcp": "inputSchema"}[kind]
    schema = {"type": "object", "properties": {"input": {"type": "object", "properties": {place: SCHEMA}}}}
    declared: dict[str, Any] = {
        "info": {"input": shown, "output": {"type": "json", "example": {"a": 1}}},
        "schema": schema,
    }
    return declared | ({"routeTemplate": "/users/:id"} if "pathParams" in shown else {})
