"""Copy over every row of the recordings and labels: random titles and summaries as they come, what repeats, is left over
or too long, and how many example bodies hold.

The rows go the real road (decoder, store, fold), so categories and schemas are the published ones.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs

from catalog.records import Listing
from catalog.resolve.model import Published
from catalog.resolve.texts import facts_of
from catalog.schemas.fieldspecs import LINEAR
from catalog.site import Site
from catalog.store.engine import open_store
from catalog.urls import canonical
from tests.evaluate import wordings
from tests.stores import crawl, night, resolved

SEED = 402
SHOWN = 30


def listings(shared: Path) -> list[Listing]:
    """Every resource of the recordings once, the last listing of it."""
    from crawler.decoders.listing import decode_row

    latest: dict[tuple[str, str], Listing] = {}
    for row in _rows(shared / "recordings"):
        listing, _ = decode_row(row, "cdp")
        if listing is not None:
            latest[canonical(listing.url), listing.tool] = listing
    return list(latest.values())


def _rows(recordings: Path) -> Iterator[Any]:
    for recording in sorted(recordings.rglob("recording.json")):
        for name in json.loads(recording.read_text("utf-8"))["sources"].values():
            yield from json.loads((recording.parent / name).read_text("utf-8"))["items"]
    for listing in (recordings / "payai-sample.json", recordings.parent / "labels" / "duplicates_listing.json"):
        yield from json.loads(listing.read_text("utf-8"))["items"]


def published(rows: list[Listing]) -> tuple[Published, ...]:
    """The rows after the fold."""
    store = open_store("sqlite://")
    try:
        crawl(store, night(0), *rows)
        return resolved(store, night(0), Site()).published
    finally:
        store.close()


def bodies(found: tuple[Published, ...]) -> tuple[list[Published], list[Published]]:
    """Resources that declare what they take, and those of them without an example that satisfies it."""
    asked = [p for p in found if p.draft.input_schema is not None]
    return asked, [p for p in asked if not _holds(p)]


def _holds(p: Published) -> bool:
    validator = jsonschema_rs.Draft202012Validator(p.draft.input_schema, pattern_options=LINEAR, offline=True)
    return p.example_body is not None and validator.is_valid(p.example_body)


def main(shared: Path, seed: int = SEED) -> None:
    """Print the batch of ``seed`` and the figure."""
    found = published(listings(shared))
    print(f"Copy: {len(found)} resources of the recordings; {SHOWN} of them at random (seed {seed})\n")
    for p in random.Random(seed).sample(found, SHOWN):
        print(f"  {p.known.url} {p.known.tool}\n    {p.texts.title}\n    {p.texts.summary}")
    print()
    for line in wordings.figures([(facts_of(p.draft, p.category), p.texts) for p in found]):
        print(line)
    asked, without = bodies(found)
    print(f"example_request_body satisfies input_schema: {len(asked) - len(without)} of {len(asked)}")
    for p in without:
        print(f"  none for {p.known.url} {p.known.tool}")
