"""Seed documents and what may become of them: the cases of :mod:`tests.fuzz`.

Structure-aware first (values swapped, dropped, nested, renamed, repeated, taken from another document), bytes after.
Everything is drawn from the generator handed in: the same one gives the same case.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from crawler.replay.recording import rebuilt_402
from tests.conftest import SHARED

MAX_SEED = 1_500
"""Characters of a seed document: a larger one adds time, not forms."""
Slot = tuple[Any, Any]
"""A container and the key or index of one of its values."""

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 3, 0.1, -0.0, 1e308, 5e-324, 2**53, 2**63, 2**64, -(2**70), 10**400, 1745000000,
    1745000000000, "", " ", "0", "-5", "$0.01", "0.01", "1e6", "٣", "²", "null", "1", "x" * 5_000, "é" * 300,
    "a\u0301" * 200, "\x00", "\u202eabc", "\ud800", "\U0001f4b8", "../../etc/passwd", "https://api.example.com/x",
    "http://127.0.0.1/", "http://[::1", "https://u:p@a.example/?api_key=s3cret", "https://xn--/", "//", "monopoly://go",
    "https://a.example/:id/{id}", "mcp://tool/x", "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", "0x" + "0" * 40,
    "USDC", "USDC:0x833589fcd6edb6e08f4c7c32d4f71b54bda02913", "eip155:8453/erc20:0xabc", "eip155:8453", "base", "eip155:",
    "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", "9" * 44, "exact", "GET", "get, post", "2026-05-14T14:26:42.878Z",
    "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "string", "string[]", "string | null", "'a' | 'b'",
    "Array<{a: string}>", "(((((", "^(a+)+$", "\\p{L}{2,3}", "[", "#/$defs/a", "#", "https://a.example/schema.json",
    [], [[]], {}, {"": ""}, [None], {"type": ["string", "null"]}, {"type": "object", "properties": {"a": {"type": "text"}}},
    {"$ref": "#"}, {"$ref": "#/properties/a", "properties": {"a": {"$ref": "#"}}}, {"enum": ["1", 2, None]},
    {"type": "integer", "minimum": 1e308, "multipleOf": 5e-324}, {"allOf": [{"required": ["a"]}, {"not": {}}]},
    {"type": "string", "pattern": "^(a|a)*$", "minLength": 2**70}, {"anyOf": [False, {"const": 10**30}]},
)  # fmt: skip
"""Values that have broken readers of JSON, money, URLs, times, types or schemas."""

KEYS = (
    "accepts", "amount", "asset", "bazaar", "body", "bodyFields", "bodyParams", "bodyType", "const", "data", "default",
    "description", "discoverable", "enum", "example", "examples", "extensions", "extra", "format", "headers", "iconUrl",
    "info", "input", "inputSchema", "items", "lastUpdated", "limit", "maxAmountRequired", "maxTimeoutSeconds", "metadata",
    "method", "mimeType", "minLength", "minimum", "multipleOf", "name", "network", "offset", "oneOf", "output",
    "outputSchema", "pagination", "params", "pathParams", "pattern", "payTo", "properties", "quality", "query",
    "queryParams", "query_params", "required", "resource", "resourceUrl", "resources", "routeTemplate", "schema", "scheme",
    "serviceName", "tags", "tool", "toolName", "total", "transport", "type", "url", "x402Version", "$ref", "$defs", "",
)  # fmt: skip

TOKENS = (
    b"{", b"}", b"[", b"]", b'"', b"\\", b"\\u0000", b"\\ud800", b",", b":", b"null", b"NaN", b"-Infinity", b"1e999",
    b"1" * 400, b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"[" * 300, b'{"a":' * 300, b"<html>", b"//", b"=",
)  # fmt: skip

WORDS = (
    'Payment id="x", realm="a"', "L402 macaroon=abc, invoice=lnbc1", 'LSAT macaroon="', "Basic", "Payment", "=,=", '"\\',
    "{", "eyJ", "e30=", "bnVsbA", "a" * 3_000, "\u00e9", "",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Challenge:
    """A 402 answer."""

    headers: dict[str, list[str]]
    """Lower-case names."""
    body: bytes


@lru_cache(maxsize=1)
def seeds() -> tuple[tuple[str, ...], tuple[Challenge, ...]]:
    """Rows of listings as JSON text, one of every form, and 402 answers: the sample's and the shared ones, sorted."""
    documents = [*_documents(Path(str(files("crawler") / "sample")), "night-*/listing.*.json")]
    documents += _documents(SHARED, "recordings/**/*.json")
    documents += _documents(SHARED, "challenges/listing_shapes/*.json")
    forms: dict[frozenset[str], str] = {}
    for document in documents:
        for row in _rows(document):
            text, form = json.dumps(row), frozenset(_paths(row))
            if len(text) <= MAX_SEED and len(text) < len(forms.get(form, "x" * MAX_SEED)):
                forms[form] = text
    rows = tuple(sorted(forms.values()))
    answers = [_rebuilt(json.loads(text)) for text in rows]
    for document in _documents(SHARED, "challenges/*/*.json"):
        answers += _answers(document)
    return rows, tuple(sorted(answers, key=repr))


def _documents(folder: Path, pattern: str) -> Iterator[Any]:
    for path in sorted(folder.glob(pattern)):
        yield json.loads(path.read_text("utf-8"))


def _rows(document: Any) -> list[dict[str, Any]]:
    if isinstance(document, dict):
        inner = document.get("data")
        inner = inner if isinstance(inner, dict) else document
        document = inner.get("items") or []
    return [row for row in document if isinstance(row, dict)]


def _paths(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _paths(item, f"{path}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from _paths(item, f"{path}[]")
    else:
        yield f"{path}:{type(value).__name__}"


def _rebuilt(row: dict[str, Any]) -> Challenge:
    headers, body = rebuilt_402(row)
    return Challenge({name.lower(): [value] for name, value in headers}, body.encode("utf-8", "surrogatepass"))


def _answers(document: Any) -> Iterator[Challenge]:
    """What a captured document holds: an answer with headers and body, a list of such, or the terms alone."""
    for entry in document if isinstance(document, list) else [document]:
        if not isinstance(entry, dict):
            continue
        headers, body = entry.get("headers") or {}, entry.get("body")
        pairs = list(headers.items()) if isinstance(headers, dict) else headers
        named: dict[str, list[str]] = {}
        for name, value in pairs:
            named.setdefault(str(name).lower(), []).append(str(value))
        if isinstance(entry.get("wwwAuthenticate"), str):
            named["www-authenticate"] = [entry["wwwAuthenticate"]]
        text = body if isinstance(body, str) else json.dumps(entry if body is None else body)
        yield Challenge(named, text[:MAX_SEED].encode("utf-8", "surrogatepass"))


def slots(document: Any) -> list[Slot]:
    """Every place in a JSON value that can be changed."""
    found: list[Slot] = []
    pending = [document]
    while pending:
        node = pending.pop()
        if not isinstance(node, (dict, list)):
            continue
        for key in node if isinstance(node, dict) else range(len(node)):
            found.append((node, key))
            pending.append(node[key])
    return found


def _odd(rng: random.Random, donor: Callable[[], Any]) -> Any:
    """A value to put somewhere: an odd one, a copy so that nothing is shared, or a part of another document."""
    if rng.random() < 0.7:
        value = rng.choice(ODD)
        return json.loads(json.dumps(value)) if isinstance(value, (dict, list)) else value
    places = slots(donor())
    if not places:
        return None
    container, key = rng.choice(places)
    return container[key]


def mutate(document: Any, rng: random.Random, donor: Callable[[], Any], times: int) -> Any:
    """``document``, changed in place ``times`` times; ``donor`` makes fresh documents whose parts may be used."""
    holder = [document]
    for _ in range(times):
        places = slots(holder)
        container, key = rng.choice(places)
        rng.choice(_MUTATORS)(container, key, rng, donor)
        if not holder:
            holder = [None]
    return holder[0]


def _replace(container: Any, key: Any, rng: random.Random, donor: Callable[[], Any]) -> None:
    container[key] = _odd(rng, donor)


def _drop(container: Any, key: Any, *_: Any) -> None:
    del container[key]


def _add(container: Any, key: Any, rng: random.Random, donor: Callable[[], Any]) -> None:
    if isinstance(container, dict):
        container[rng.choice(KEYS)] = _odd(rng, donor)
    else:
        container.insert(key, _odd(rng, donor))


def _rename(container: Any, key: Any, rng: random.Random, *_: Any) -> None:
    if isinstance(container, dict):
        container[rng.choice(KEYS)] = container.pop(key)


def _wrap(container: Any, key: Any, rng: random.Random, *_: Any) -> None:
    for _depth in range(rng.choice((1, 1, 1, 2, 30, 150))):
        container[key] = [container[key]] if rng.random() < 0.5 else {rng.choice(KEYS): container[key]}


def _unwrap(container: Any, key: Any, *_: Any) -> None:
    inner = container[key]
    values = list(inner.values()) if isinstance(inner, dict) else inner
    if isinstance(values, list) and values:
        container[key] = values[0]


def _repeat(container: Any, key: Any, rng: random.Random, *_: Any) -> None:
    """More of the same: items of a list, letters of a text."""
    value = container[key]
    if isinstance(value, (str, list)) and len(value) < 2_000:
        container[key] = value * rng.choice((2, 3, 40) if isinstance(value, str) else (2, 3))


def _edit(container: Any, key: Any, rng: random.Random, *_: Any) -> None:
    """A text cut, doubled, or with something odd in its midst; numbers go through their digits."""
    value = container[key]
    text = value if isinstance(value, str) else str(value) if isinstance(value, (int, float)) else None
    if text is None or len(text) > 5_000:
        return
    at = rng.randrange(len(text) + 1)
    odd = rng.choice(ODD)
    container[key] = text[:at] + (odd if isinstance(odd, str) else "") + text[at + rng.randrange(3) :]


_MUTATORS: tuple[Callable[..., None], ...] = (
    _replace, _replace, _replace, _drop, _add, _add, _rename, _wrap, _unwrap, _repeat, _edit, _edit,
)  # fmt: skip


def garble(data: bytes, rng: random.Random) -> bytes:
    """``data`` with a few bytes flipped, cut out, doubled, or set in."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        start = rng.randrange(len(data) + 1)
        end = min(len(data), start + rng.choice((1, 2, 8, 200)))
        match rng.randrange(5):
            case 0:
                data = data[:start] + bytes([rng.randrange(256)]) + data[start + 1 :]
            case 1:
                data = data[:start] + data[end:]
            case 2:
                data = data[:end] + data[start:]
            case 3:
                data = data[:start] + rng.choice(TOKENS) + data[start:]
            case _:
                data = data[:start]
    return data


def dump(document: Any) -> bytes:
    """A document as a server would send it: lone surrogates escaped or raw, as it comes."""
    return json.dumps(document).encode()


def header(document: bytes, rng: random.Random) -> str:
    """A document as the value of a header, in any of the forms seen."""
    match rng.randrange(5):
        case 0:
            return document.decode("latin-1")
        case 1:
            return base64.urlsafe_b64encode(document).decode()
        case 2:
            return base64.b64encode(document).decode().rstrip("=")
        case _:
            return base64.b64encode(document).decode()
