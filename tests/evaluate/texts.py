"""Every real text that is taken for an order to its reader: precision is read off the list by a person."""

from __future__ import annotations

from pathlib import Path

from catalog.instructions import order_in
from catalog.resolve.finish import texts_of
from tests.evaluate.prices import catalogue, items


def texts(shared: Path) -> dict[str, str]:
    """Every third-party text of the recorded and labelled resources, with a place it stands in."""
    return {
        text: f"{p.known.url} {field}"
        for p in catalogue(items(shared).values()).published
        for field, text in texts_of(p.draft)
    }


def hits(shared: Path) -> list[str]:
    """What was taken for an order, and where."""
    return sorted(f"{place}: {hit}" for text, place in texts(shared).items() if (hit := order_in(text)))


def main(shared: Path) -> None:
    """Print every hit."""
    every = texts(shared)
    found = hits(shared)
    print(f"Texts: {len(every)} distinct ones, {sum(map(len, every))} characters; {len(found)} taken for orders")
    for hit in found:
        print(f"  {hit}")
