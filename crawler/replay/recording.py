"""A recording on disk: which listings were served, and what each URL answered that night."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request

from catalog.records import Json
from catalog.run import parse_time
from catalog.urls import InvalidURL, canonical, redact
from crawler.decoders import jsonbytes

ERRORS = ("dns", "refused", "timeout", "reset", "tls")
LISTING_PATH = "/_listing"
"""Where the replay server serves the sources' listings, by name."""


class BadRecording(ValueError):
    """The folder is no recording; the message says what is wrong in one line."""


@dataclass(frozen=True, slots=True)
class Line:
    """One recorded answer: ``status`` or ``error``."""

    method: str
    url: str
    status: int | None
    error: str | None
    latency_ms: int | None
    headers: tuple[tuple[str, str], ...]
    body: str | None

    @property
    def holds_for_any_method(self) -> bool:
        """402, 429, 5xx and errors say the same whatever was asked."""
        return self.status is None or self.status in (402, 429) or self.status >= 500


@dataclass(slots=True)
class Recording:
    """A recorded night, indexed by URL."""

    folder: Path
    recorded_at: datetime
    complete: bool
    sources: dict[str, list[Json]]
    lines: dict[str, list[Line]]
    """By exact URL and by identity."""
    listed: dict[str, dict[str, Json]]
    """Listed items by identity, for answers rebuilt from terms."""
    controls: tuple[str, ...] = ()
    """URLs whose lines tell whether the prober itself had a network that night; without a line they answer."""
    address: str = field(default="")
    """``127.0.0.1:port`` of the replay server, once it listens."""

    def line(self, method: str, url: str) -> Line | None:
        """The recorded line for a request, the method's own before one that holds for any."""
        found = self.lines.get(url) or self.lines.get(_key(url)) or []
        own = next((line for line in found if line.method == method), None)
        return own or next((line for line in found if line.holds_for_any_method), None)

    def knows(self, url: str) -> bool:
        """Whether any method was recorded for the URL."""
        return url in self.lines or _key(url) in self.lines

    def item(self, url: str) -> dict[str, Json] | None:
        """The listed item of a URL."""
        return self.listed.get(_key(url))

    def redirect(self, request: Request) -> Request:
        """The same request, sent to the replay server on loopback; its Host and scheme travel as headers."""
        parts = urlsplit(request.url)
        if parts.netloc == self.address:
            return request
        local = f"http://{self.address}{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")
        headers = {**request.headers.to_unicode_dict(), "Host": parts.netloc, "X-Forwarded-Proto": parts.scheme}
        return request.replace(url=local, headers=headers)


def _key(url: str) -> str:
    try:
        return canonical(redact(url))
    except InvalidURL:
        return url


def load(folder: Path) -> Recording:
    """Read a recording. Raises :class:`BadRecording` for anything missing or malformed."""
    if not folder.is_dir():
        raise BadRecording(f"{folder} is no folder")
    head = _object(folder / "recording.json")
    try:
        recorded_at = parse_time(str(head["recorded_at"]))
    except (KeyError, ValueError):
        raise BadRecording(f"{folder}/recording.json has no usable recorded_at") from None
    named = head.get("sources")
    if not isinstance(named, dict) or not named:
        raise BadRecording(f"{folder}/recording.json names no sources")
    sources = {str(name): _items(folder / str(file)) for name, file in named.items()}
    controls = head.get("controls") or []
    if not isinstance(controls, list) or not all(isinstance(url, str) for url in controls):
        raise BadRecording(f"{folder}/recording.json: controls is no list of URLs")
    recording = Recording(folder, recorded_at, bool(head.get("complete", True)), sources, {}, {}, tuple(controls))
    _index_listings(recording)
    responses = head.get("responses")
    if responses:
        for line in _lines(folder / str(responses)):
            recording.lines.setdefault(line.url, []).append(line)
            if _key(line.url) != line.url:
                recording.lines.setdefault(_key(line.url), []).append(line)
    return recording


def _object(path: Path) -> dict[str, Any]:
    try:
        value = jsonbytes.load(path.read_bytes())
    except OSError as error:
        raise BadRecording(f"cannot read {path}: {error.strerror}") from None
    except jsonbytes.BadJSON as error:
        raise BadRecording(f"{path}: {error}") from None
    if not isinstance(value, dict):
        raise BadRecording(f"{path} holds no JSON object")
    return value


def _items(path: Path) -> list[Json]:
    items = _object(path).get("items")
    if not isinstance(items, list):
        raise BadRecording(f"{path} has no list of items")
    return items


def _index_listings(recording: Recording) -> None:
    for items in recording.sources.values():
        for item in items:
            url = listed_url(item)
            if url and isinstance(item, dict):
                held = recording.listed.get(_key(url))
                if held is None or (not held.get("accepts") and item.get("accepts")):
                    recording.listed[_key(url)] = item


def listed_url(item: Json) -> str:
    """The URL an item lists, in any of its spellings; "" where it names none."""
    if not isinstance(item, dict):
        return ""
    for value in (item.get("resource"), item.get("url"), item.get("resourceUrl")):
        text = value.get("url") if isinstance(value, dict) else value
        if isinstance(text, str) and text:
            return text
    return ""


def _lines(path: Path) -> Iterator[Line]:
    try:
        rows = path.read_bytes().splitlines()
    except OSError as error:
        raise BadRecording(f"cannot read {path}: {error.strerror}") from None
    for number, row in enumerate(rows, 1):
        if not row.strip():
            continue
        try:
            yield _line(jsonbytes.load(row))
        except (jsonbytes.BadJSON, ValueError) as error:
            raise BadRecording(f"{path} line {number}: {error}") from None


def _line(value: Json) -> Line:
    if not isinstance(value, dict) or not isinstance(value.get("url"), str):
        raise ValueError("no object with a url")
    status, error, latency = value.get("status"), value.get("error"), value.get("latency_ms")
    if error not in ERRORS if error is not None else not (isinstance(status, int) and 100 <= status <= 599):
        raise ValueError("neither an HTTP status nor a known error")
    headers = value.get("headers") or {}
    pairs = list(headers.items()) if isinstance(headers, dict) else headers
    if not isinstance(pairs, list) or not all(isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in pairs):
        raise ValueError("headers are neither an object nor a list of pairs")
    body = value.get("body")
    return Line(
        method=str(value.get("method") or "GET").upper(),
        url=value["url"],
        status=status if error is None else None,
        error=error,
        latency_ms=latency if isinstance(latency, int) else None,
        headers=tuple((str(name), str(text)) for name, text in pairs),
        body=body if isinstance(body, str) or body is None else jsonbytes.dump(body),
    )


def rebuilt_402(item: dict[str, Json]) -> tuple[list[tuple[str, str]], str]:
    """Headers and body of a 402 rebuilt from listed terms: a v2 header, or a v1 body."""
    accepts = item.get("accepts")
    if item.get("x402Version") in (2, "2"):
        document: dict[str, Json] = {"x402Version": 2, "error": "Payment required"}
        resource = item.get("resource")
        if isinstance(resource, dict):
            document["resource"] = resource
        else:
            described = {key: item[key] for key in ("description", "mimeType") if item.get(key)}
            document["resource"] = {"url": listed_url(item), **described}
        document["accepts"] = accepts
        if item.get("extensions"):
            document["extensions"] = item["extensions"]
        header = base64.b64encode(json.dumps(document).encode()).decode()
        return [("PAYMENT-REQUIRED", header), ("Content-Type", "application/json")], "{}"
    body = jsonbytes.dump({"x402Version": 1, "error": "X-PAYMENT header is required", "accepts": accepts})
    return [("Content-Type", "application/json")], body
