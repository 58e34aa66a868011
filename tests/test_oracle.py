"""The ``x402`` package as oracle: what it parses, and our validity rules allow, comes out equal field by field."""

from __future__ import annotations

import base64
import json
import subprocess
from collections import Counter
from typing import Any

import pytest

from catalog.records import Accept, Challenge, Hints, Json
from catalog.schemas import field_names, input_schema
from catalog.text import clean, clean_json, one_line
from crawler.decoders import jsonbytes
from crawler.decoders.accepts import methods_of, tool_of
from crawler.decoders.challenge import decode_challenge
from tests import peers
from tests.challenges import Case, cases

SEED, COUNT = 402, 16_000
URL = "https://api.example.com/x"


@pytest.fixture(scope="module")
def answers() -> list[tuple[Case, Json]]:
    """The generated challenges, each with what the package reads of it."""
    generated = list(cases(SEED, COUNT))
    done = subprocess.run(
        [str(peers.python("v2")), "-I", str(peers.HERE / "oracle.py")],
        input="".join(case.line() + "\n" for case in generated), capture_output=True, text=True, env=peers.quiet(),
        timeout=300, check=True,
    )  # fmt: skip
    return list(zip(generated, map(jsonbytes.load, done.stdout.encode().splitlines()), strict=True))


def decode(case: Case) -> Challenge:
    return decode_challenge({name.lower(): [value] for name, value in case.headers.items()}, case.body.encode(), URL)


def sent(case: Case) -> Any:
    """The document as the server wrote it."""
    text = base64.b64decode(next(iter(case.headers.values()))) if case.headers else case.body
    return json.loads(text)


def expected_accept(theirs: dict[str, Json], wire: dict[str, Json]) -> dict[str, Any]:
    """The package's accept as our record holds it: texts cleaned, and a timeout is a number, and a plausible one."""
    old = "maxAmountRequired" in theirs
    timeout = theirs["maxTimeoutSeconds"]
    no_number = isinstance(wire.get("maxTimeoutSeconds", wire.get("max_timeout_seconds")), bool)
    return {
        "scheme": one_line(theirs["scheme"]),
        "network": one_line(theirs["network"]),
        "asset": one_line(theirs["asset"]),
        "pay_to": one_line(theirs["payTo"]),
        "amount": one_line(theirs["maxAmountRequired" if old else "amount"]),
        "max_timeout_seconds": None if no_number or not 0 <= timeout < 2**31 else timeout,
        "extra": clean_json(theirs["extra"] or {})[0],
        "version": 1 if old else 2,
        "resource": one_line(theirs.get("resource")),
        "description": clean(theirs.get("description")).strip(),
        "mime_type": one_line(theirs.get("mimeType")),
    }


_FIELDS = (
    "scheme", "network", "asset", "pay_to", "amount", "max_timeout_seconds", "version", "resource", "description",
    "mime_type",
)  # fmt: skip


def held(ours: Accept) -> dict[str, Any]:
    """Our accept, field by field."""
    return {name: getattr(ours, name) for name in _FIELDS} | {"extra": ours.extra or {}}


def expected_challenge(theirs: dict[str, Json], wire: dict[str, Json]) -> dict[str, Any]:
    """The package's challenge as our record holds it; a v1 resource is described by its accepts, and only
    1 and 2 are versions."""
    resource, accepts = theirs.get("resource") or {}, theirs["accepts"]
    described = [resource, *accepts]
    known: dict[str, Any] = {}
    if theirs["x402Version"] in (1, 2) and wire.get("x402Version") is not True:
        known["x402_version"] = theirs["x402Version"]
    if theirs["x402Version"] != 1:  # v1 has no such field: what a server writes there, the package does not read
        known["resource_url"] = one_line(resource.get("url"))
    return known | {
        "protocols": ("x402",),
        "description": next(filter(None, (clean(d.get("description")).strip() for d in described)), ""),
        "mime_type": next(filter(None, (one_line(d.get("mimeType")) for d in described)), ""),
        "service_name": one_line(resource.get("serviceName")),
        "tags": tuple(one_line(tag, 64) for tag in resource.get("tags") or ()),
        "error": one_line(theirs["error"], 300),
    }


def test_what_the_package_parses_comes_out_equal(answers: list[tuple[Case, Json]]) -> None:
    parsed: Counter[str] = Counter()
    for case, theirs in answers:
        if theirs is None:
            decode(case)
            continue
        wire = sent(case)
        ours, want = decode(case), expected_challenge(theirs, wire)
        assert {name: getattr(ours, name) for name in want} == want, case
        terms = zip(theirs["accepts"], wire["accepts"], strict=True)
        assert [held(accept) for accept in ours.accepts] == [expected_accept(*pair) for pair in terms], case
        parsed[f"v{theirs['x402Version']} {'header' if case.headers else 'body'}"] += 1
    assert sum(parsed.values()) >= 10_000, parsed
    assert min(parsed[kind] for kind in ("v1 header", "v1 body", "v2 header", "v2 body")) >= 300, parsed


def test_terms_made_of_valid_parts_are_payable_and_no_others(answers: list[tuple[Case, Json]]) -> None:
    judged: Counter[bool] = Counter()
    for case, theirs in answers:
        if theirs is None or len(case.payable) != len(theirs["accepts"]):
            continue
        for accept, fine in zip(decode(case).accepts, case.payable, strict=True):
            if fine is not None:
                assert (not accept.problems) is fine, case
                judged[fine] += 1
    assert judged[True] >= 5_000, judged
    assert judged[False] >= 500, judged


def test_declared_inputs_come_out_equal(answers: list[tuple[Case, Json]]) -> None:
    found: Counter[str] = Counter()
    for case, theirs in answers:
        ours = decode(case)
        if theirs is None or theirs["discovery"] is None or not ours.accepts:
            continue
        shown, hints = theirs["discovery"]["input"], ours.accepts[0].hints
        assert methods_of(hints) == ({shown["method"]} if "method" in shown else set()), case
        assert tool_of(hints) == shown.get("toolName", ""), case
        if theirs["x402Version"] == 2:
            assert hints.input == shown, case
            assert hints.output == theirs["discovery"].get("output"), case
        assert _names(hints) == [*shown.get("body", ()), *shown.get("queryParams", ())] or shown["type"] == "mcp", case
        found[f"v{theirs['x402Version']} {shown['type']} {shown.get('method', '')}"] += 1
    assert set(found) == {"v1 http GET", "v1 http POST", "v1 http PUT", "v2 http GET", "v2 http POST", "v2 mcp "}
    assert min(found.values()) >= 100, found


def _names(hints: Hints) -> list[str]:
    return list(field_names(input_schema(hints)[0]))
