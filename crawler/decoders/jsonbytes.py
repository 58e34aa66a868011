"""Untrusted bytes → JSON values, so that big integers survive and nothing hostile gets further.

Python's own ``json`` keeps integers of any size (orjson turns 20000000000000000001 into a float), so it is the
reader here; orjson is used outward only.
"""

from __future__ import annotations

import json

from catalog.records import Json

MAX_DIGITS = 4_000
"""Longer integers stay text: Python refuses to convert more than 4,300 digits."""


class BadJSON(ValueError):
    """The bytes are no JSON we read; the message says why in a few words."""


def load(data: bytes) -> Json:
    """The JSON value in ``data`` (UTF-8, a byte-order mark is skipped; NaN and Infinity become None).

    Raises :class:`BadJSON` for anything that is not JSON, is cut off, or nests deeper than Python's stack allows.
    """
    try:
        text = data.decode("utf-8-sig", errors="replace")
        try:
            return json.loads(text, parse_constant=lambda _: None)
        except json.JSONDecodeError:
            raise
        except ValueError:  # an integer beyond Python's digit limit: read once more with the slow hook
            return json.loads(text, parse_constant=lambda _: None, parse_int=_short_int)
    except json.JSONDecodeError as error:
        raise BadJSON(f"not JSON: {error.msg} at character {error.pos} of {len(data)} bytes") from None
    except RecursionError:
        raise BadJSON("nested too deeply") from None


def _short_int(digits: str) -> int | str:
    return int(digits) if len(digits) <= MAX_DIGITS else digits


def dump(value: Json) -> str:
    """A value from :func:`load` as compact JSON text in its own key order; lone surrogates are escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text
