"""Origins that say something about themselves: documents under ``/.well-known``, an OpenAPI document, a front page.

A resource that stands in none of the bazaars is known from here alone; an ordinary API-key service documents what its
402 means.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from catalog.records import Json
from crawler.sample.answers import API_KEY_SERVICE
from crawler.sample.shapes import Answer, Row, challenge_header, payee, terms_v2

_TOKENSCOPE = "https://api.tokenscope.example"
_SUPPLY = f"{_TOKENSCOPE}/v1/tokens/supply"
_SUPPLY_TEXT = "Circulating and total supply of a token."
_CREDITS = "https://api.creditcanvas.example"
_HTML = {"Content-Type": "text/html; charset=utf-8"}


def _json(url: str, document: Json, headers: Mapping[str, str] | None = None) -> Row:
    """A JSON document an origin serves every night, in few bytes."""
    told = {"Content-Type": "application/json", **(headers or {})}
    return Row(url, None, Answer("GET", 200, 41, headers=told, body=json.dumps(document, separators=(",", ":"))))


def _page(url: str, head: str) -> Row:
    return Row(
        url, None, Answer("GET", 200, 38, headers=_HTML, body=f"<!doctype html><html><head>{head}</head></html>")
    )


def _unlisted(url: str, text: str, price: str) -> Row:
    """A paid endpoint no bazaar lists: known because its origin declares it."""
    header = challenge_header(url, text, [terms_v2(url, price)])
    return Row(url, None, Answer("GET", latency_ms=57, headers={"PAYMENT-REQUIRED": header}, body="{}"))


WELL_KNOWN = (
    Row(
        f"{_TOKENSCOPE}/.well-known/x402", None,
        Answer(
            "GET", 200, 33, headers={"Content-Type": "application/json", "ETag": '"supply-1"'},
            body=json.dumps(
                {
                    "version": 1,
                    "resources": [f"{_TOKENSCOPE}/v1/tokens/price", f"{_TOKENSCOPE}/v1/tokens/holders", _SUPPLY],
                    "ownershipProofs": [payee("proof of tokenscope") + payee("its other half")[2:]],
                }
            ),
        ),
        nights=(1, 2),
    ),
    # Nothing new: what it declared still stands.
    Row(f"{_TOKENSCOPE}/.well-known/x402", None, Answer("GET", 304, 19, headers={"ETag": '"supply-1"'}), nights=(3,)),
    _unlisted(_SUPPLY, _SUPPLY_TEXT, "2000"),
    _page(
        f"{_TOKENSCOPE}/",
        '<title>Tokenscope | Token data</title><meta property="og:site_name" content="Tokenscope">'
        '<link rel="icon" href="/static/scope.svg">',
    ),
)  # fmt: skip

_WALLETLENS = "https://walletlens.example"
_PAID = {"price": {"mode": "fixed", "currency": "USD", "amount": "0.01"}, "protocols": ["x402"]}
PRICED = (
    # Dollars beside a smallest unit: two dialects of one field, which are never mixed.
    _json(
        f"{_WALLETLENS}/openapi.json",
        {
            "openapi": "3.1.0",
            "info": {"title": "Walletlens", "version": "1"},
            "paths": {
                "/v1/wallets/pnl": {
                    "get": {
                        "summary": "Profit and loss of a wallet",
                        "x-payment-info": _PAID,
                        "parameters": [
                            {"name": "address", "in": "query", "required": True, "schema": {"type": "string"}},
                            {"name": "chain", "in": "query", "schema": {"$ref": "#/components/schemas/Chain"}},
                        ],
                    }
                },
                "/v1/wallets/labels": {
                    "get": {
                        "summary": "Known labels of a wallet address",
                        "x-payment-info": {"offers": [{"amount": "5000", "currency": "usd", "method": "card"}]},
                        "parameters": [
                            {"name": "address", "in": "query", "required": True, "schema": {"type": "string"}}
                        ],
                    }
                },
            },
            "components": {"schemas": {"Chain": {"type": "string", "enum": ["base", "solana"]}}},
        },
    ),
    Row(
        f"{_WALLETLENS}/v1/wallets/labels", None,
        Answer(
            "GET", 402, 64,
            headers={"WWW-Authenticate": 'Payment id="wl-1", realm="walletlens.example", method="card", intent="charge"'},
            body='{"title":"Payment Required","status":402}',
        ),
    ),
    _json(
        f"{_WALLETLENS}/.well-known/agent-card.json",
        {
            "name": "Walletlens agent", "url": f"{_WALLETLENS}/a2a", "version": "1.0.0",
            "description": "Answers questions about wallets.",
            "provider": {"organization": "Walletlens", "url": _WALLETLENS},
            "capabilities": {"extensions": [{"uri": "https://github.com/google-agentic-commerce/a2a-x402/v0.1"}]},
            "skills": [{"id": "pnl", "name": "Profit and loss"}],
        },
    ),
)  # fmt: skip

_CODES = {
    200: "Success - the request was taken", 401: "Unauthorized - the API key is missing or wrong",
    402: "Insufficient Credits - the account does not hold enough credits", 422: "Validation Error - a parameter is wrong",
    429: "Rate Limited - too many requests", 500: "Server Error - something broke",
}  # fmt: skip
_ANSWER = {
    "type": "object",
    "properties": {
        "code": {
            "type": "integer",
            "enum": list(_CODES),
            "description": "Response status code\n\n" + "\n".join(f"- **{c}**: {told}" for c, told in _CODES.items()),
        },
        "msg": {"type": "string", "description": "Response message, error description when failed"},
    },
}
_ANSWERED = {
    "200": {
        "description": "Request successful",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}},
    }
}
BY_API_KEY = _json(
    f"{_CREDITS}/openapi.json",
    {
        "openapi": "3.0.3",
        "info": {"title": "Creditcanvas", "version": "1"},
        "servers": [{"url": f"{_CREDITS}/v1"}],
        "security": [{"key": []}],
        "paths": {
            API_KEY_SERVICE.url.removeprefix(f"{_CREDITS}/v1"): {
                "post": {
                    "summary": "Generate a picture",
                    "description": "Create picture generation tasks from a text.",
                    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Task"}}}},
                    "callbacks": {"onPicture": {"{$request.body#/callBackUrl}": {"post": {}}}},
                    "responses": _ANSWERED,
                }
            },
            "/playground/task": {
                "get": {
                    "summary": "Status and results of a picture generation task",
                    "parameters": [
                        {"name": "taskId", "in": "query", "required": True, "schema": {"type": "string"}},
                    ],
                    "responses": _ANSWERED,
                }
            },
        },
        "components": {
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-api-key"}},
            "schemas": {
                "Answer": _ANSWER,
                "Task": {
                    "type": "object",
                    "required": ["model", "prompt"],
                    "properties": {
                        "model": {"type": "string", "enum": ["canvas/one", "canvas/two"]},
                        "prompt": {"type": "string", "description": "What the picture shows", "example": "A lighthouse"},
                        "callBackUrl": {
                            "type": "string",
                            "format": "uri",
                            "description": "Optional. Receives the results when the task is done.",
                        },
                    },
                },
            },
        },
    },
)  # fmt: skip

ROWS = (*WELL_KNOWN, *PRICED, BY_API_KEY)
