"""Third-party text and JSON made safe to keep: cleaned once at the decoders, escaped per output later."""

from __future__ import annotations

import math
import re
import unicodedata

from catalog.records import Json

MAX_TEXT = 4_000
MAX_HINT_TEXT = 8_000
MAX_KEY = 200
MAX_DEPTH = 24
MAX_NODES = 4_000
EVIDENCE = 300
INT64 = 2**63

# Control characters but \t \n \r; bidi controls and isolates; lone surrogates; zero-width no-break space.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def clean(value: object, limit: int = MAX_TEXT) -> str:
    """``value`` as safe text: unsafe characters gone, NFC, at most ``limit`` characters; "" for non-strings."""
    if not isinstance(value, str):
        return ""
    # Cut before NFC, which takes quadratic time over a long row of combining marks, and again after: it can grow.
    text = _UNSAFE.sub("", value)[:limit]
    return text if text.isascii() else unicodedata.normalize("NFC", text)[:limit]


def changed(text: str, limit: int = MAX_TEXT) -> bool:
    """Whether :func:`clean` takes something away."""
    return len(text) > limit or _UNSAFE.search(text) is not None


def one_line(value: object, limit: int = MAX_TEXT) -> str:
    """:func:`clean`, with white space folded to single spaces."""
    return " ".join(clean(value, limit).split())


def evidence(value: object) -> str:
    """A short excerpt of any value, for a Finding."""
    try:
        text = value if isinstance(value, str) else repr(value)
    except (RecursionError, ValueError):  # nested beyond Python's stack, or an integer beyond its digit limit
        text = f"a {type(value).__name__} too large to show"
    return one_line(text[: 4 * EVIDENCE], EVIDENCE)


def clean_json(value: Json) -> tuple[Json, list[str]]:
    """A JSON value made safe to publish, and the notes of what was changed.

    Strings are cleaned (white space kept), integers beyond 64 bits become strings, non-finite floats None, what
    lies deeper than 24 levels or beyond 4,000 nodes is dropped. Notes are short codes: ``text_cleaned``,
    ``number_too_large``, ``number_not_finite``, ``too_deep``, ``too_many``.
    """
    notes: set[str] = set()
    budget = [MAX_NODES]

    def key(name: str) -> str:
        text = clean(name, MAX_KEY)
        if text != name:
            notes.add("text_cleaned")
        return text

    def walk(node: Json, depth: int) -> Json:
        budget[0] -= 1
        if budget[0] < 0:
            notes.add("too_many")
            return None
        if isinstance(node, str):
            text = clean(node, MAX_HINT_TEXT)
            if text != node:
                notes.add("text_cleaned")
            return text
        if isinstance(node, bool) or node is None:
            return node
        if isinstance(node, int):
            if -INT64 <= node < INT64:
                return node
            notes.add("number_too_large")
            return big_int_text(node)
        if isinstance(node, float):
            if math.isfinite(node):
                return node
            notes.add("number_not_finite")
            return None
        if depth >= MAX_DEPTH:
            notes.add("too_deep")
            return None
        if isinstance(node, dict):
            return {key(str(k)): walk(v, depth + 1) for k, v in node.items()}
        if isinstance(node, (list, tuple)):
            return [walk(v, depth + 1) for v in node]
        return clean(str(node))

    return walk(value, 0), sorted(notes)


def big_int_text(number: int) -> str:
    """Decimal digits of any integer; those beyond 4,300 digits (Python's own guard) as hexadecimal."""
    try:
        return str(number)
    except ValueError:
        return hex(number)[:MAX_TEXT]
