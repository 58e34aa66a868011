"""Untrusted bytes → JSON values and fields, with nothing lost in silence and nothing that can stop a run."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.decoders import jsonbytes
from crawler.decoders.jsonbytes import MAX_DEPTH, TOO_DEEP, BadJSON
from crawler.decoders.wire import WireAccept, WireRow, tolerant, wire_names

SURROGATES = st.text(alphabet=st.characters(exclude_categories=()))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | SURROGATES
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(SURROGATES, inner), max_leaves=30)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'{"a":1}', {"a": 1}),
        (b'\xef\xbb\xbf {"a":1}', {"a": 1}),
        (b"20000000000000000001", 20000000000000000001),
        (b"-115792089237316195423570985008687907853269984665640564039457584007913129639935", 1 - 2**256),
        (b"[NaN,Infinity,-Infinity,1e999,-1e999,1e2]", [None, None, None, None, None, 100.0]),
        (b'"\\ud800"', "\ud800"),
        (b'"a\xffb"', "a\ufffdb"),
        (b'{"payTo":"a","payTo":"b"}', {"payTo": "b"}),
        (b"9" * 4_000, int("9" * 4_000)),
        (b'["' + b"[" * 5_000 + b'\\""]', ["[" * 5_000 + '"']),
    ],
)
def test_load(data: bytes, value: Any) -> None:
    assert jsonbytes.load(data) == value


def test_an_integer_of_ten_thousand_digits_stays_text_and_its_neighbours_numbers() -> None:
    digits = b"9" * 10_000
    assert jsonbytes.load(b'{"big":%s,"small":7}' % digits) == {"big": digits.decode(), "small": 7}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not JSON"),
        (b"<html>", "not JSON"),
        (b'{"items":[{"a":1},', "of 18 bytes"),
        (b"{'a':1}", "not JSON"),
        (b'{"a":1} x', "Extra data"),
        (b"[" * 5_000, "not JSON"),
        (b"[}" * 5_000, "not JSON"),
        (b'["a', "Unterminated string"),
    ],
)
def test_what_is_no_json_is_refused_with_a_reason(data: bytes, why: str) -> None:
    with pytest.raises(BadJSON, match=why):
        jsonbytes.load(data)


def depth(value: Any) -> int:
    levels = 0
    while isinstance(value, (list, dict)):
        value = next(iter(value.values() if isinstance(value, dict) else value), None)
        levels += 1
    assert value in (None, TOO_DEEP)
    return levels


@pytest.mark.parametrize("levels", [MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH + 1, 900, 990, 1_000, 5_000, 100_000])
def test_a_bottomless_value_costs_only_its_depths(levels: int) -> None:
    half = levels // 2
    deep = b'{"a":[' * half + b"[" * (levels % 2) + b"]" * (levels % 2) + b"]}" * half
    found = jsonbytes.load(b"[" + deep + b',{"url":"https://a.example"},"[",' + deep + b"]")
    assert found[1:3] == [{"url": "https://a.example"}, "["]
    assert depth(found) == min(levels + 1, MAX_DEPTH)
    assert found[0] == found[3]
    assert jsonbytes.load(jsonbytes.dump(found).encode()) == found


def test_hostile_nesting_takes_linear_time() -> None:
    began = time.perf_counter()
    for data in (b'[{"a' * 300_000, b'["\\"' * 300_000, b"[" * 999 + b'"' + b'\\"' * 300_000, b"[" * 1_000_000):
        with pytest.raises(BadJSON):
            jsonbytes.load(data)
    assert time.perf_counter() - began < 5


@given(JSON)
def test_load_and_dump_are_inverse(value: Any) -> None:
    text = jsonbytes.dump(value)
    assert jsonbytes.load(text.encode()) == value
    assert json.loads(text) == value


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()[:-1]))
def test_load_fails_only_as_declared(data: bytes) -> None:
    with suppress(BadJSON):
        jsonbytes.dump(jsonbytes.load(data)).encode()


@pytest.mark.parametrize(
    ("declared", "moment"),
    [
        ("2026-05-14T14:26:42.878Z", datetime(2026, 5, 14, 14, 26, 42, 878000, UTC)),
        ("2026-05-14T14:26:42+02:00", datetime(2026, 5, 14, 12, 26, 42, tzinfo=UTC)),
        ("2026-05-14T14:26:42", datetime(2026, 5, 14, 14, 26, 42, tzinfo=UTC)),
        (1703123456, datetime(2023, 12, 21, 1, 50, 56, tzinfo=UTC)),
        ("1703123456", datetime(2023, 12, 21, 1, 50, 56, tzinfo=UTC)),
        (1780476191702, datetime(2026, 6, 3, 8, 43, 11, 702000, UTC)),
        (1703123456.5, datetime(2023, 12, 21, 1, 50, 56, 500000, UTC)),
        (None, None),
    ],
)
def test_times_in_every_form_listings_hold(declared: Any, moment: datetime | None) -> None:
    row, dropped = tolerant(WireRow, {"lastUpdated": declared})
    assert (row.last_updated, dropped) == (moment, [])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lastUpdated", "soon"), ("lastUpdated", 10**20), ("lastUpdated", 10**400), ("lastUpdated", -(10**20)),
        ("lastUpdated", "9" * 5_000), ("lastUpdated", True), ("lastUpdated", "0001-01-01T00:00:00+14:00"),
        ("x402Version", True), ("x402Version", "two"), ("x402Version", 1.5), ("accepts", {}), ("accepts", "x"),
        ("quality", [1]), ("description", {"a": 1}), ("tags", {"a": 1}), ("tags", 7), ("serviceName", 7),
    ],
)  # fmt: skip
def test_a_bad_field_costs_itself_alone_and_is_reported(field: str, value: Any) -> None:
    row, dropped = tolerant(WireRow, {field: value, "url": "https://a.example/x"})
    assert row == WireRow(url="https://a.example/x")
    assert [d.field for d in dropped] == [field]
    assert dropped[0].why
    assert dropped[0].evidence


@pytest.mark.parametrize(("value", "version"), [(1, 1), ("2", 2), (" 1 ", 1), (2.0, 2), (3, 3), (None, None)])
def test_versions(value: Any, version: int | None) -> None:
    assert tolerant(WireRow, {"x402Version": value}) == (WireRow(x402Version=version), [])


@pytest.mark.parametrize(
    ("value", "amount"),
    [("52700", "52700"), (52700, "52700"), (2**256, str(2**256)), (0.01, "0.01"), (" 5 ", "5"), ("", ""), (None, None)],
)
def test_amounts_are_verbatim(value: Any, amount: str | None) -> None:
    wire, dropped = tolerant(WireAccept, {"amount": value})
    assert (wire.amount or None, dropped) == (amount or None, [])


def test_wire_names_are_camel_case() -> None:
    assert {"x402Version", "payTo", "maxAmountRequired", "maxTimeoutSeconds"} <= {
        *wire_names(WireRow),
        *wire_names(WireAccept),
    }


@pytest.mark.parametrize(
    ("text", "values"),
    [(b"[1,2,3]", 4), (b'{"a":1,"b":[2]}', 4), (b'[",,[[{{"]', 2), (b'["\\",",2]', 3), (b'["unfinished,,,', 2)],
)  # fmt: skip
def test_values_are_counted_without_being_made(text: bytes, values: int) -> None:
    assert jsonbytes.holds_more(text, values - 2)
    assert not jsonbytes.holds_more(text, values - 1)
