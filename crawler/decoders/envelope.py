"""The envelopes of listing pages: bytes → rows and where the facilitator says they stand, within bounds.

Seen: ``items`` or ``resources`` beside ``pagination``, the same inside ``data`` (with ``code`` and ``success``), ``data``
as a list, and a bare list. An answer that says it failed is no listing, whatever its status and however empty its list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from catalog.records import Json
from catalog.text import evidence
from crawler.decoders import jsonbytes

MAX_ROWS = 10_000
"""Rows of one page that are read: ten times what the largest page of a real facilitator holds."""
MAX_VALUES = 300_000
"""JSON values of one page: a thousand rows of seven times the usual size. Some 100 bytes of memory each."""
_WELL = frozenset({"200", "ok", "success"})


class BadPage(ValueError):
    """The bytes are no listing page at all; the message says what they are."""


class HugePage(BadPage):
    """A page beyond our bounds: fewer rows at a time may be within them."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A page opened, its rows still as they came."""

    rows: list[Any]
    """At most :data:`MAX_ROWS` of them."""
    held: int
    """How many rows the page held."""
    partial: bool
    """Whether there is more to this listing than can be read: rows beyond our bound, or by its own word."""
    limit: int | None
    offset: int | None
    total: int | None


def open_page(body: bytes) -> Envelope:
    """The rows and figures in ``body``.

    Raises :class:`BadPage` where there is no list of resources: HTML, an error document, truncated JSON, a list of
    words, an envelope that reports failure; :class:`HugePage` beyond :data:`MAX_VALUES`.
    """
    document = _load(body)
    _refuse_failure(document)
    rows, envelope = _rows(document)
    if rows and not any(isinstance(row, dict) for row in rows):
        # Taken for a listing, it would be one that has dropped every resource.
        raise BadPage(f"a list without a single resource: {evidence(rows)[:120]}")
    if not rows and envelope.get("error"):
        raise BadPage(f"the answer says it failed: {evidence(envelope['error'])[:120]}")
    figures = _figures(document, envelope)
    return Envelope(
        rows=rows[:MAX_ROWS],
        held=len(rows),
        partial=len(rows) > MAX_ROWS or envelope.get("partialResults") is True,
        limit=_count(figures.get("limit")),
        offset=_count(figures.get("offset")),
        total=_count(figures.get("total")),
    )


def _load(body: bytes) -> Json:
    if body.lstrip()[:1] == b"<":
        raise BadPage("the answer is HTML")
    if jsonbytes.holds_more(body, MAX_VALUES):
        raise HugePage(f"more than {MAX_VALUES} JSON values in one page")
    try:
        return jsonbytes.load(body)
    except jsonbytes.BadJSON as error:
        raise BadPage(str(error)) from None


def _refuse_failure(document: Json) -> None:
    """An envelope with ``success: false``, or a ``code`` that is not all zeros, 200 or a word for success."""
    if not isinstance(document, dict):
        return
    code = document.get("code")
    word = str(code).strip().lower() if isinstance(code, (str, int)) and not isinstance(code, bool) else ""
    failed = bool(word.strip("0")) and word not in _WELL
    if failed or document.get("success") is False:
        said = {key: document[key] for key in ("code", "message", "error") if document.get(key) is not None}
        raise BadPage(f"the answer says it failed: {evidence(said)[:120]}")


def _rows(document: Json) -> tuple[list[Any], dict[str, Any]]:
    """The list of rows and the object that holds it (empty around a bare list)."""
    if isinstance(document, list):
        return document, {}
    if isinstance(document, dict):
        inner = document.get("data")
        if isinstance(inner, list):
            return inner, document
        for envelope in (document, inner):
            if isinstance(envelope, dict):
                for key in ("items", "resources"):
                    if isinstance(envelope.get(key), list):
                        return envelope[key], envelope
    raise BadPage(f"JSON without a list of resources: {evidence(document)[:120]}")


def _figures(document: Json, envelope: dict[str, Any]) -> dict[str, Any]:
    """Where limit, offset and total stand: in ``pagination`` beside the rows or outside ``data``, else beside the rows."""
    for holder in (envelope, document):
        if isinstance(holder, dict) and isinstance(holder.get("pagination"), dict):
            figures: dict[str, Any] = holder["pagination"]
            return figures
    return envelope


def _count(value: Json) -> int | None:
    """A number of rows; digits as text are what servers make of our own query."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value[:20])
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None
