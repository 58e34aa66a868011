"""Untrusted bytes → JSON values, so that big integers survive and nothing hostile gets further.

Python's own ``json`` keeps integers of any size (orjson turns 20000000000000000001 into a float), so it is the
reader here; orjson is used outward only.
"""

from __future__ import annotations

import json
import math
import re
from itertools import chain, islice
from typing import Any

from catalog.records import Json

MAX_DIGITS = 4_000
"""Longer integers stay text: Python refuses to convert more than 4,300 digits."""
MAX_DEPTH = 100
"""A container below this level becomes :data:`TOO_DEEP`, so that a bottomless row costs neither its page nor the stack."""
TOO_DEEP = "nested too deeply"
_VALUE = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|([\[{,])', re.DOTALL)
_TOKENS = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[{\]}]', re.DOTALL)


def holds_more(data: bytes, limit: int) -> bool:
    """Whether there are more than ``limit`` values in a JSON text, told before any of them takes memory.

    Counts commas and opening brackets outside strings: every value but the first has one of its own before it.
    """
    if data.count(b",") + data.count(b"[") + data.count(b"{") <= limit:
        return False
    marks = (match for match in _VALUE.finditer(data) if match[1])
    return next(islice(marks, limit, None), None) is not None


class BadJSON(ValueError):
    """The bytes are no JSON we read; the message says why in a few words."""


def load(data: bytes) -> Json:
    """The JSON value in ``data`` (UTF-8, a byte-order mark is skipped; NaN, Infinity and numbers beyond a float become
    None, what nests deeper than 100 levels :data:`TOO_DEEP`; of a repeated key the last value holds).

    Raises :class:`BadJSON` for anything that is not JSON or is cut off.
    """
    text = data.decode("utf-8-sig", errors="replace")
    try:
        try:
            value = _read(text)
        except RecursionError:
            return _read(_pruned(text))
        return _read(_pruned(text)) if _is_deep(value) else value
    except json.JSONDecodeError as error:
        raise BadJSON(f"not JSON: {error.msg} at character {error.pos} of {len(data)} bytes") from None


def _read(text: str) -> Json:
    try:
        return json.loads(text, parse_constant=lambda _: None, parse_float=_finite)
    except json.JSONDecodeError:
        raise
    except ValueError:  # an integer beyond Python's digit limit: read once more with the slow hook
        return json.loads(text, parse_constant=lambda _: None, parse_float=_finite, parse_int=_short_int)


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _short_int(digits: str) -> int | str:
    return int(digits) if len(digits) <= MAX_DIGITS else digits


def _is_deep(value: Json) -> bool:
    level: list[Any] = [value] if isinstance(value, (dict, list)) else []
    for _ in range(MAX_DEPTH):
        if not level:
            return False
        inner = chain.from_iterable(node.values() if isinstance(node, dict) else node for node in level)
        level = [node for node in inner if isinstance(node, (dict, list))]
    return bool(level)


def _pruned(text: str) -> str:
    """``text`` with every container below :data:`MAX_DEPTH` levels replaced by :data:`TOO_DEEP`."""
    kept: list[str] = []
    depth = start = 0
    for token in _TOKENS.finditer(text):
        if token[0] in ("[", "{"):
            depth += 1
            if depth == MAX_DEPTH + 1:
                kept += text[start : token.start()], f'"{TOO_DEEP}"'
                start = len(text)
        elif token[0] in ("]", "}"):
            depth -= 1
            if depth == MAX_DEPTH:
                start = token.end()
    return "".join(kept) + text[start:]


def dump(value: Json) -> str:
    """A value from :func:`load` as compact JSON text in its own key order; lone surrogates are escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text
