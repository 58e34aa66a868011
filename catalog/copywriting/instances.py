"""What tells paths apart that lead to one name: ``0x37bb…528c`` of ``/label/eth/0x37bb…`` among its like."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import unquote

MAX_SHOWN = 40
WHOLE = 24
"""Longest segment that is shown whole."""
ENDS = ((6, 4), (10, 8))
"""Characters kept at the two ends of an id; more where the shorter form is not enough."""


def instances(paths: Collection[str]) -> dict[str, str]:
    """Path → its segments that not all of the paths have, ids in short; empty where it has none of its own."""
    split = {path: [unquote(segment) for segment in path.split("/") if segment] for path in sorted(paths)}
    common = set.intersection(*(set(segments) for segments in split.values()))
    own = {
        path: [s for s in segments if s not in common] or segments * _twins(split, path)
        for path, segments in split.items()
    }
    bare = {path: [s for s in segments if not s.startswith((":", "{", "["))] for path, segments in own.items()}
    own = bare if len(set(map(tuple, bare.values()))) == len(own) else own  # a template itself needs no mark
    for head, tail in ENDS:
        shown = {path: "/".join(_short(s, head, tail) for s in segments) for path, segments in own.items()}
        if len(set(shown.values())) == len(shown):
            break
    return {path: text if text.isprintable() and len(text) <= MAX_SHOWN else "" for path, text in shown.items()}


def _twins(split: dict[str, list[str]], path: str) -> bool:
    """Whether another path has the same segments in another order, so that only the whole tells them apart."""
    return any(other != path and sorted(split[other]) == sorted(split[path]) for other in split)


def _short(segment: str, head: int, tail: int) -> str:
    if len(segment) <= WHOLE:
        return segment
    last = segment.rsplit(":", 1)[-1]
    return last if len(last) <= head + tail else f"{last[:head]}…{last[-tail:]}"
