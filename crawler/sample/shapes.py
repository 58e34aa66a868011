"""How the sample is written down: endpoints, their terms in both protocol versions, their rows and answers."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import base58

from catalog.records import Json

ALL_NIGHTS = (1, 2, 3)

Field = tuple[str, str, Any]
"""JSON type, description and example of one parameter; optional where its name ends in ``?``."""
Fields = Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said when asked: one line of ``responses.jsonl``, ``latency_ms`` before nightly jitter."""

    method: str = "GET"
    status: int | None = 402
    latency_ms: int | None = None
    error: str | None = None
    """``dns``, ``refused``, ``timeout``, ``reset`` or ``tls``: no HTTP answer came."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One endpoint on some nights: how a bazaar lists it (None: it does not) and how it answers."""

    url: str
    item: Json = None
    answer: Answer | None = None
    """None where its listed terms are all there is to say."""
    nights: tuple[int, ...] = ALL_NIGHTS
    source: str = "cdp"


@dataclass(frozen=True, slots=True)
class Token:
    """A network and the asset paid with on it."""

    name: str
    """v1 network name."""
    caip2: str
    asset: str
    extra: Mapping[str, str] | None


_FEE_PAYER = base58.b58encode(hashlib.sha256(b"fee payer").digest()).decode()
BASE = Token("base", "eip155:8453", "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", {"name": "USD Coin", "version": "2"})
POLYGON = Token(
    "polygon",
    "eip155:137",
    "0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359",
    {"name": "USD Coin", "version": "2"},
)
SEPOLIA = Token(
    "base-sepolia",
    "eip155:84532",
    "0x036CbD53842c5426634e7929541eC2318f3dCF7e",
    {"name": "USDC", "version": "2"},
)
SOLANA = Token(
    "solana",
    "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
    "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",
    {"feePayer": _FEE_PAYER},
)


def operator(url: str) -> str:
    """Who runs an endpoint: the last two labels of its host."""
    return ".".join((urlsplit(url).hostname or "").split(".")[-2:])


def payee(name: str, token: Token = BASE) -> str:
    """An address that belongs to nobody: the hash of ``name``, in the form the token's network uses."""
    digest = hashlib.sha256(name.encode()).digest()
    if token.caip2.startswith("solana:"):
        return base58.b58encode(digest).decode()
    return "0x" + digest.hex()[:40]


def _split(fields: Fields) -> tuple[dict[str, Field], list[str]]:
    return (
        {name.rstrip("?"): spec for name, spec in fields.items()},
        [name for name in fields if not name.endswith("?")],
    )


def _json_type(value: object) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names[type(value)]


def input_v1(method: str, fields: Fields) -> Json:
    """v1 ``outputSchema.input``: a map from field names to type, requiredness and description."""
    plain, required = _split(fields)
    described = {
        name: {"type": kind, "required": name in required, "description": text}
        for name, (kind, text, _) in plain.items()
    }
    if method == "GET":
        return {"type": "http", "method": method, "discoverable": True, "queryParams": described}
    return {
        "type": "http",
        "method": method,
        "discoverable": True,
        "bodyType": "json",
        "bodyFields": described,
    }


def terms_v1(url: str, amount: Json, text: str, schema: Json, *, token: Token = BASE, pay_to: str = "") -> Json:
    """One v1 payment option; ``amount`` is the atomic amount as it shall stand in the JSON."""
    return {
        "scheme": "exact",
        "network": token.name,
        "maxAmountRequired": amount,
        "resource": url,
        "description": text,
        "mimeType": "application/json",
        "payTo": pay_to or payee(operator(url), token),
        "maxTimeoutSeconds": 60,
        "asset": token.asset,
        "outputSchema": schema,
        "extra": token.extra,
    }


def terms_v2(url: str, amount: Json, *, token: Token = BASE, pay_to: str = "") -> Json:
    """One v2 payment option."""
    return {
        "scheme": "exact",
        "network": token.caip2,
        "amount": amount,
        "asset": token.asset,
        "payTo": pay_to or payee(operator(url), token),
        "maxTimeoutSeconds": 60,
        "extra": token.extra,
    }


def json_schema(fields: Fields) -> Json:
    """The parameters as JSON Schema."""
    plain, required = _split(fields)
    properties = {name: {"type": kind, "description": text} for name, (kind, text, _) in plain.items()}
    return {"type": "object", "properties": properties, "required": required}


def bazaar(method: str, fields: Fields, output: Mapping[str, Json]) -> Json:
    """The v2 ``extensions.bazaar``: an example call with its answer, and the JSON Schema of the two."""
    place = "queryParams" if method == "GET" else "body"
    examples = {name.rstrip("?"): value for name, (_, _, value) in fields.items()}
    body = {} if method == "GET" else {"bodyType": "json"}
    body_schema = {} if method == "GET" else {"bodyType": {"type": "string", "const": "json"}}
    return {
        "info": {
            "input": {"type": "http", "method": method, **body, place: examples},
            "output": {"type": "json", "example": output},
        },
        "schema": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {
                "input": {
                    "type": "object",
                    "properties": {
                        "type": {"type": "string", "const": "http"},
                        "method": {"type": "string", "enum": [method]},
                        **body_schema,
                        place: json_schema(fields),
                    },
                    "required": ["type", "method"],
                },
                "output": {"type": "object", "properties": {"type": {"type": "string"}}},
            },
            "required": ["input"],
        },
    }


def item_v1(url: str, accepts: Json) -> Json:
    """A v1 row as CDP lists it."""
    return {"resource": url, "type": "http", "x402Version": 1, "accepts": accepts, "metadata": {}}


def item_v2(url: str, text: str, accepts: Json, extension: Json, **more: Json) -> Json:
    """A v2 row as CDP lists it; ``more`` are keys such as ``serviceName``, ``tags``, ``quality``."""
    row = {"resource": url, "type": "http", "x402Version": 2, "description": text, "accepts": accepts}
    return {**row, "extensions": {"bazaar": extension}, **more}


def item_payai(call: str, text: str, accepts: Json, *, version: int = 2, schema: Json = None) -> Json:
    """A row as PayAI lists it: ``url`` for ``resource``, method and schema beside it, null where unknown."""
    method, url = call.split(" ", 1)
    return {
        "url": url, "type": "http", "x402Version": version, "description": text, "mimeType": None,
        "serviceName": None, "tags": None, "method": method, "inputSchema": schema, "outputSchema": None,
        "accepts": accepts, "metadata": None,
    }  # fmt: skip


def paid(
    version: int,
    call: str,
    price: int,
    latency_ms: int,
    text: str,
    fields: Fields,
    output: Mapping[str, Json],
    *,
    on: Sequence[Token] = (BASE,),
    pay_to: str = "",
    answer: Answer | None = None,
    nights: tuple[int, ...] = ALL_NIGHTS,
    **more: Json,
) -> Row:
    """An ordinary paid endpoint: ``call`` is ``METHOD URL``, ``price`` is atomic, and it answers 402 in time."""
    method, url = call.split(" ", 1)
    if version == 1:
        kinds = {name: {"type": _json_type(value)} for name, value in output.items()}
        schema = {"input": input_v1(method, fields), "output": kinds}
        item = item_v1(url, [terms_v1(url, str(price), text, schema, token=t, pay_to=pay_to) for t in on])
    else:
        accepts = [terms_v2(url, str(price), token=t, pay_to=pay_to) for t in on]
        item = item_v2(url, text, accepts, bazaar(method, fields, output), **more)
    return Row(url, item, answer or Answer(method, latency_ms=latency_ms), nights)


def challenge_body(accepts: Json) -> str:
    """The JSON body of a v1 challenge."""
    return json.dumps({"x402Version": 1, "error": "X-PAYMENT header is required", "accepts": accepts})


def challenge_header(url: str, text: str, accepts: Json) -> str:
    """The base64 ``PAYMENT-REQUIRED`` header of a v2 challenge."""
    resource = {"url": url, "description": text, "mimeType": "application/json"}
    document = {"x402Version": 2, "error": "Payment required", "resource": resource, "accepts": accepts}
    return base64.b64encode(json.dumps(document).encode()).decode()
