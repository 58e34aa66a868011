"""Third-party text and JSON made safe to keep."""

from __future__ import annotations

import json
import math
import time
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import text
from catalog.text import changed, clean, clean_json, evidence, one_line

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))
SCALARS = st.none() | st.booleans() | st.integers() | st.integers(10**70, 10**90) | st.floats() | ANY_TEXT
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner), max_leaves=30)


@pytest.mark.parametrize(
    ("dirty", "cleaned"),
    [
        ("a\tb\r\nc", "a\tb\r\nc"),
        ("a\x00b\x1b[31mc\x7f\x9b", "ab[31mc"),
        ("abc\u202ecba\u2066x\u2069\u200f", "abccbax"),
        ("\ufefftitle", "title"),
        ("a\ud800b\udfff", "ab"),
        ("cafe\u0301", "café"),
        ("e\u200f\u0301", "é"),
        ("🍕 价格", "🍕 价格"),
        (None, ""),
        (7, ""),
        (["a"], ""),
    ],
)
def test_clean(dirty: object, cleaned: str) -> None:
    assert clean(dirty) == cleaned


def test_texts_are_cut_and_the_cut_is_noticed() -> None:
    assert clean("x" * 5_000) == "x" * text.MAX_TEXT
    assert clean("xyz", 2) == "xy"
    assert clean("\ufb2c", 2) == "\u05e9\u05bc", "NFC makes three characters of it"
    assert changed("x" * 5_000)
    assert changed("a\x00")
    assert not changed("x" * text.MAX_TEXT)


@given(ANY_TEXT, st.integers(0, 20))
def test_clean_text_is_encodable_normal_short_and_stays_as_it_is(dirty: str, limit: int) -> None:
    cleaned = clean(dirty, limit)
    cleaned.encode()
    assert len(cleaned) <= limit
    assert unicodedata.is_normalized("NFC", cleaned)
    assert clean(cleaned, limit) == cleaned
    assert not changed(cleaned, limit)


def test_a_long_row_of_combining_marks_takes_no_quadratic_time() -> None:
    began = time.perf_counter()
    clean("a" + "\u0315\u0300" * 100_000)
    assert time.perf_counter() - began < 2


def test_one_line() -> None:
    assert one_line("  a\n\t b\u00a0c ") == "a b c"
    assert one_line({"a": 1}) == ""


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a\nb", "a b"),
        ({"a": 1}, "{'a': 1}"),
        (None, "None"),
        ("x" * 999, "x" * 300),
        ([10**5000], "a list too large to show"),
    ],
)
def test_evidence(value: object, shown: str) -> None:
    assert evidence(value) == shown


def test_evidence_of_a_bottomless_list() -> None:
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    assert evidence(deep) == "a list too large to show"


def nested(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "cleaned", "notes"),
    [
        ({"a": [1, 2.5, True, None, "x\n"]}, {"a": [1, 2.5, True, None, "x\n"]}, []),
        (2**63 - 1, 2**63 - 1, []),
        (2**63, "9223372036854775808", ["number_too_large"]),
        (-(2**63) - 1, "-9223372036854775809", ["number_too_large"]),
        ([10**5000], [hex(10**5000)[:4000]], ["number_too_large"]),
        ([math.nan, math.inf], [None, None], ["number_not_finite"]),
        ("a\x00", "a", ["text_cleaned"]),
        ({"a\x00": 1}, {"a": 1}, ["text_cleaned"]),
        ({"k" * 300: 1}, {"k" * 200: 1}, ["text_cleaned"]),
        ("x" * 9_000, "x" * 8_000, ["text_cleaned"]),
        (nested(24), nested(24), []),
    ],
)  # fmt: skip
def test_clean_json(value: Any, cleaned: Any, notes: list[str]) -> None:
    assert clean_json(value) == (cleaned, notes)


def test_what_is_too_deep_or_too_much_is_dropped() -> None:
    assert clean_json(nested(5_000))[1] == ["too_deep"]
    many, notes = clean_json(list(range(10_000)))
    assert notes == ["too_many"]
    assert [v for v in many if v is not None] == list(range(text.MAX_NODES - 1))


@given(JSON)
def test_clean_json_is_strict_json_and_changes_nothing_in_silence(value: Any) -> None:
    cleaned, notes = clean_json(value)
    again = json.loads(json.dumps(cleaned, ensure_ascii=False, allow_nan=False).encode())
    assert clean_json(again) == (cleaned, [])
    assert notes or cleaned == value
