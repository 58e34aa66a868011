"""The sample's nights: ``python -m crawler.sample.bazaar`` writes them beside this file.

The description is the source of truth; a test holds the committed folders to it. Nothing here reads a clock or rolls
dice: times and jitter follow from the night and the hash of the URL.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from catalog.records import Json
from crawler.sample import answers, dirt, media, origins, services, specimens
from crawler.sample.shapes import ALL_NIGHTS, Row, item_payai

LAST_NIGHT = datetime(2026, 4, 24, 15, 1, 35, 625676, tzinfo=UTC)
SOURCES = {"cdp": "listing.cdp.json", "payai": "listing.payai.json"}
_FOLDER = Path(__file__).parent

# What the smaller bazaar lists too: the same endpoints in its own words.
_ALSO_PAYAI = (
    "https://api.tokenscope.example/v1/tokens/price",
    "https://api.seekwell.example/v1/web/search",
    "https://api.parrotloft.example/v1/chat/completions",
    "https://api.cutline.example/v1/images/remove-background",
    "https://linguaport.example/v1/translate",
    "https://walletlens.example/v1/wallets/pnl",
)


def recorded_at(night: int) -> datetime:
    """When a night's recording was made; night 3 is the last."""
    return LAST_NIGHT - timedelta(days=len(ALL_NIGHTS) - night)


def _also_listed(row: Row) -> Row:
    method = row.item["extensions"]["bazaar"]["info"]["input"]["method"]
    item = item_payai(f"{method} {row.url}", row.item["description"], row.item["accepts"])
    return Row(row.url, item, None, row.nights, "payai")


def rows() -> tuple[Row, ...]:
    """Every row of the sample, all nights and sources, in listing order."""
    own = (*media.ROWS, *services.ROWS, *specimens.ROWS, *answers.ROWS, *dirt.ROWS, *origins.ROWS)
    return own + tuple(_also_listed(row) for row in own if row.url in _ALSO_PAYAI)


def _number(text: str, below: int) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % below


def _updated(row: Row, night: int) -> str | int:
    """When the facilitator last touched the row: within six hours before the recording."""
    moment = recorded_at(night) - timedelta(seconds=60 + _number(row.url, 21_600))
    if row.source == "payai":
        return int(moment.timestamp())
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{_number(row.url, 1000):03d}Z"


def listing(source: str, night: int) -> Json:
    """The document a source publishes on a night: ``{x402Version, items[]}``."""
    items = [
        {**row.item, "lastUpdated": _updated(row, night)} if isinstance(row.item, dict) else row.item
        for row in rows()
        if row.source == source and night in row.nights and row.item is not None
    ]
    return {"x402Version": 2, "items": items}


def responses(night: int) -> Iterator[Json]:
    """The lines of ``responses.jsonl`` of a night, one a URL and method; latencies wander by a tenth."""
    for row in rows():
        answer = row.answer
        if answer is None or night not in row.nights:
            continue
        line: dict[str, Json] = {"method": answer.method, "url": row.url}
        line |= {"error": answer.error} if answer.error else {"status": answer.status}
        spread = (answer.latency_ms or 0) // 10 + 1
        jitter = _number(f"{row.url} {night}", spread)
        line["latency_ms"] = None if answer.latency_ms is None else answer.latency_ms + jitter
        if answer.headers:
            line["headers"] = dict(answer.headers)
        if answer.body:
            line["body"] = answer.body
        yield line


def files(night: int) -> dict[str, str]:
    """The recording of a night: file names to contents, ASCII JSON."""
    head = {
        "recorded_at": recorded_at(night).isoformat().replace("+00:00", "Z"),
        "complete": True,
        "sources": SOURCES,
        "responses": "responses.jsonl",
        "note": "invented, written by crawler.sample.bazaar",
    }
    listings = {name: _text(listing(source, night)) for source, name in SOURCES.items()}
    lines = "".join(json.dumps(line) + "\n" for line in responses(night))
    return {"recording.json": _text(head), **listings, "responses.jsonl": lines}


def _text(document: Json) -> str:
    return json.dumps(document, indent=1) + "\n"


def write(folder: Path = _FOLDER) -> None:
    """Write the three recordings as ``night-1`` to ``night-3`` into ``folder``."""
    for night in ALL_NIGHTS:
        target = folder / f"night-{night}"
        target.mkdir(parents=True, exist_ok=True)
        for name, text in files(night).items():
            (target / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write()
