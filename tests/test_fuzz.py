"""A short run of the fuzzer, and that it tells what it finds. The long one: ``python -m tests.fuzz``."""

from __future__ import annotations

import orjson
import pytest

from catalog import schemas
from catalog.records import Hints
from crawler.decoders.accepts import decode_accepts
from tests import fuzz


def test_thousands_of_mutated_documents_end_in_records_and_findings() -> None:
    crashes, (seconds, _) = fuzz.fuzz(3_000, seed=402)
    assert crashes == {}
    assert seconds < fuzz.HANGS


def test_a_case_is_its_seed_and_number() -> None:
    assert [fuzz.case(1, number) for number in range(50)] == [fuzz.case(1, number) for number in range(50)]
    assert fuzz.case(1, 7) != fuzz.case(2, 7)


def test_a_crash_is_told_with_its_number(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr(fuzz, "decode_page", broken)
    crashes, _ = fuzz.fuzz(20, seed=1)
    (number,) = crashes.values()
    said = capsys.readouterr().err
    assert f"--seed 1 --only {number}: RuntimeError in broken" in said
    assert "nobody foresaw this" in said
    assert fuzz.case(1, number).kind == "page"


# --- what fuzzing has found


@pytest.mark.parametrize(
    "hints",
    [
        Hints({"bodyFields": {"limit": {"type": "-1180591620717411303424"}}}),
        Hints({"bodyFields": {"name": {"type": "string", "minLength": 1e308}}}),
        Hints({"bodyFields": {"size": {"type": "number", "required": True, "minimum": 1e308}}}),
        Hints(None, None, {"allOf": [], "properties": {"input": {"properties": {"body": {"$ref": f"#/allOf/{'1' * 5_000}"}}}}}),
    ],
)  # fmt: skip
def test_numbers_no_reader_of_json_agrees_on_stay_out_of_schemas(hints: Hints) -> None:
    schema, _ = schemas.input_schema(hints)
    orjson.dumps([schema, schemas.example(schema)])


def test_the_evidence_of_two_long_amounts_is_cut() -> None:
    accept = {"scheme": "exact", "maxAmountRequired": "10000", "amount": "é" * 600}
    _, findings = decode_accepts([accept], url=fuzz.URL, source="test")
    (evidence,) = (finding.evidence for finding in findings if finding.code == "accept.two_amounts")
    assert len(evidence) == 300
