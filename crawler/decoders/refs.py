"""References inside one JSON document: local ones are resolved within bounds, external ones never are."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from typing import TypeVar
from urllib.parse import unquote

from catalog.records import Json

MAX_NODES = 200_000
"""Values copied for a whole document: references to references multiply. A long text counts as many."""
MAX_PART = 4_000
"""Values copied for one schema."""
MAX_DEPTH = 40
MAX_HOPS = 16
MAX_POINTER = 500
_TEXT = 64
"""Characters that count as one value."""

ITEM = TypeVar("ITEM")


class References:
    """Follows ``$ref`` in one document. ``notes`` tell what was not followed: ``external_ref``, ``ref_missing``,
    ``ref_recursive`` or ``too_large``."""

    def __init__(self, document: Json) -> None:
        self.notes: set[str] = set()
        self._document = document
        self._left = MAX_NODES
        self._part = 0

    def at(self, node: Json) -> Json:
        """``node``, or what it refers to; None where that leads nowhere."""
        for _ in range(MAX_HOPS):
            if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
                return node
            node = self._target(node["$ref"])
        self.notes.add("ref_recursive")
        return None

    def expanded(self, node: Json) -> Json:
        """A copy of ``node`` without references; ``{}`` stands where one was not followed."""
        self._part = min(MAX_PART, self._left)
        before = self._part
        copy = self._copy(node, 0, frozenset())
        self._left -= before - self._part
        return copy

    def _copy(self, node: Json, depth: int, inside: frozenset[str]) -> Json:
        self._part -= 1
        if self._part < 0 or depth > MAX_DEPTH:
            self.notes.add("too_large")
            return {}
        if isinstance(node, list):
            return [self._copy(item, depth + 1, inside) for item in self._within(node)]
        if isinstance(node, str):
            return self._text(node)
        if not isinstance(node, dict):
            return node
        name = node.get("$ref")
        if not isinstance(name, str):
            return {self._text(key): self._copy(node[key], depth + 1, inside) for key in self._within(node)}
        if name in inside:
            self.notes.add("ref_recursive")
            return {}
        target = self._target(name)
        return {} if target is None else self._copy(target, depth + 1, inside | {name})

    def _within(self, items: Collection[ITEM]) -> Iterator[ITEM]:
        """As many items as may still be copied, so that a cut costs no more than what was copied."""
        left = max(self._part, 0)
        if len(items) > left:
            self.notes.add("too_large")
        return islice(items, left)

    def _text(self, text: str) -> str:
        left = max(self._part, 0) * _TEXT
        if len(text) > left:
            self.notes.add("too_large")
            text = text[:left]
        self._part -= len(text) // _TEXT
        return text

    def _target(self, name: str) -> Json:
        """What a JSON pointer names (RFC 6901)."""
        if not name.startswith("#"):
            self.notes.add("external_ref")
            return None
        if len(name) > MAX_POINTER:
            self.notes.add("ref_missing")
            return None
        node = self._document
        for step in unquote(name[1:]).split("/")[1:]:
            step = step.replace("~1", "/").replace("~0", "~")
            if isinstance(node, list) and step.isdecimal() and len(step) < 6 and int(step) < len(node):
                node = node[int(step)]
            elif isinstance(node, dict) and step in node:
                node = node[step]
            else:
                self.notes.add("ref_missing")
                return None
        return node
