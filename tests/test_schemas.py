"""Declared hints become valid JSON Schema, and examples satisfy it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest

from catalog.records import Hints
from catalog.schemas import example, field_names, input_schema, output_schema
from catalog.schemas.fieldspecs import pattern_ok
from catalog.schemas.patterns import sample
from catalog.schemas.typescript import looks_like_type, type_schema
from catalog.text import clean_json
from crawler.decoders.listing import decode_row


def v1(**fields: Any) -> Hints:
    return Hints(input={"type": "http", "method": "POST", "bodyType": "json", "bodyFields": fields})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"21:9" | "16:9"', {"type": "string", "enum": ["21:9", "16:9"]}),
        ("'a' | null", {"type": ["string", "null"], "enum": ["a", None]}),
        ("string[]", {"type": "array", "items": {"type": "string"}}),
        ("(string | null)[]", {"type": "array", "items": {"type": ["string", "null"]}}),
        ("string | number", {"type": ["string", "number"]}),
        ("number?", {"type": "number"}),
        ("string (optional)", {"type": "string"}),
        ("1 | 2", {"type": "integer", "enum": [1, 2]}),
        ("Array<number>", {"type": "array", "items": {"type": "number"}}),
        ("Record<string, boolean>", {"type": "object", "additionalProperties": {"type": "boolean"}}),
        ("list[str]", {"type": "array", "items": {"type": "string"}}),
        (
            "{ a: string; b?: number[] }",
            {
                "type": "object",
                "properties": {"a": {"type": "string"}, "b": {"type": "array", "items": {"type": "number"}}},
                "required": ["a"],
            },
        ),
        (
            "string | string[]",
            {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        ),
        ("any", {}),
        ("text/html", None),
        ("http", None),
        ("", None),
        ("string |", None),
        ("(" * 500, None),
    ],
)
def test_type_expressions(text: str, expected: Any) -> None:
    schema, words = type_schema(text)
    assert schema == expected
    assert not words


def test_bare_words_are_an_enumeration_and_say_so() -> None:
    assert type_schema("buy|sell") == ({"type": "string", "enum": ["buy", "sell"]}, True)


@pytest.mark.parametrize("text", ["string", "integer parameter", "string[]", '"a" | "b"', "boolean (optional)"])
def test_bare_types(text: str) -> None:
    assert looks_like_type(text)


@pytest.mark.parametrize(
    "text", ["USDC", "json", "8.8.8.8", "a,b", "buy|sell", "What is x?", "0xabc|0xdef", "x" * 5000]
)
def test_bare_examples(text: str) -> None:
    assert not looks_like_type(text)


def test_field_map() -> None:
    schema, notes = input_schema(
        v1(
            prompt={"type": "string", "required": True, "description": "What to draw"},
            size={"type": '"s" | "l"', "required": False},
            images={"type": "string[]"},
            count={"type": "integer", "enum": ["1"]},
            city="string",
        )
    )
    assert schema == {
        "type": "object",
        "properties": {
            "prompt": {"type": "string", "description": "What to draw"},
            "size": {"type": "string", "enum": ["s", "l"]},
            "images": {"type": "array", "items": {"type": "string"}},
            "count": {"type": "integer", "enum": [1]},
            "city": {"type": "string"},
        },
        "required": ["prompt"],
    }
    assert notes == ["enum_coerced"]
    assert field_names(schema) == ("prompt", "size", "images", "count", "city")
    assert example(schema) == {"prompt": "string"}


@pytest.mark.parametrize(
    "alias",
    ["bodyFields", "body_fields", "bodyParams", "body", "data", "queryParams", "query_params", "query", "params"],
)
def test_aliases(alias: str) -> None:
    schema, _ = input_schema(Hints(input={"type": "http", alias: {"q": {"type": "string", "required": True}}}))
    assert schema is not None
    assert schema["required"] == ["q"]


@pytest.mark.parametrize("alias", ["properties", "inputSchema"])
def test_schemas_as_input(alias: str) -> None:
    properties = {"q": {"type": "string"}}
    declared = properties if alias == "properties" else {"type": "object", "properties": properties}
    schema, _ = input_schema(Hints(input={"type": "http", alias: declared}))
    assert schema == {"type": "object", "properties": properties}


def test_headers_are_no_input() -> None:
    assert input_schema(Hints(input={"headerFields": {"X-Budget": {"type": "string", "required": True}}})) == (
        None,
        ["headers_apart"],
    )


@pytest.mark.parametrize(
    ("declared", "notes"),
    [
        ({"pathParams": {"id": "7"}}, ["path_params_apart"]),
        ({"path_params": {"id": {"type": "string"}}, "header_fields": {"X-Lang": "en"}}, ["headers_apart", "path_params_apart"]),
        ({"headers": {"X-Lang": "en"}, "pathParams": None}, ["headers_apart"]),
        ({"bodyType": "text/plain"}, ["body_is_text"]),
        ({"body_type": "text"}, ["body_is_text"]),
        ({"bodyType": "form-data", "headers": {}, "pathParams": []}, []),
    ],
)  # fmt: skip
def test_what_no_json_object_says_is_told(declared: dict[str, Any], notes: list[str]) -> None:
    query = {"queryParams": {"q": {"type": "string"}}}
    assert input_schema(Hints(input={"type": "http", **declared})) == (None, notes)
    schema, found = input_schema(Hints(input={"type": "http", **declared, **query}))
    assert (field_names(schema), found) == (("q",), notes)


def test_nothing_declared() -> None:
    for hints in (Hints(), v1(), Hints(input={"type": "http", "method": "GET"}), Hints(input="x", output=7)):
        assert input_schema(hints) == (None, [])
        assert output_schema(hints) == (None, [])


def test_examples_where_fields_should_be() -> None:
    given = {"limit": 10, "chains": ["base"], "date": {"from": "2026-01-01"}, "page": None}
    schema, notes = input_schema(Hints(input={"type": "http", "queryParams": given}))
    assert notes == ["inferred_from_example"]
    assert schema is not None
    assert schema["properties"]["date"]["properties"]["from"] == {"type": "string"}
    assert "required" not in schema
    assert example(schema) == given


def test_bazaar_extension() -> None:
    hints = Hints(
        input={"type": "http", "method": "POST", "bodyType": "json", "body": {"query": "x"}},
        output={"type": "json", "example": {"rows": [{"id": 1}]}},
        schema={
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "$defs": {"text": {"type": "string", "minLength": 1}},
            "properties": {
                "input": {
                    "type": "object",
                    "properties": {
                        "method": {"enum": ["POST"]},
                        "body": {"properties": {"query": {"$ref": "#/$defs/text"}}, "required": ["query"]},
                    },
                },
                "output": {"properties": {"type": {"type": "string"}, "example": {"type": "object"}}},
            },
        },
    )
    schema, notes = input_schema(hints)
    assert (schema, notes) == (
        {
            "type": "object",
            "properties": {"query": {"type": "string", "minLength": 1}},
            "required": ["query"],
            "examples": [{"query": "x"}],
        },
        [],
    )
    assert example(schema) == {"query": "x"}
    out, notes = output_schema(hints)
    assert field_names(out) == ("rows",)
    assert notes == ["inferred_from_example"]


def test_mcp() -> None:
    tool = {"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}}, "required": ["a", "b"]}
    hints = Hints(
        input={"type": "mcp", "toolName": "add", "inputSchema": tool, "transport": "sse", "example": {"a": 2, "b": 3}},
        schema={"properties": {"input": {"properties": {"inputSchema": {"type": "object"}}}}},
    )
    shown = {**tool, "examples": [{"a": 2, "b": 3}]}
    assert input_schema(hints) == (shown, [])
    assert example(shown) == {"a": 2, "b": 3}
    assert example(tool) == {"a": 1, "b": 1}


def test_external_references_are_dropped_and_recursion_ends() -> None:
    tool = {
        "properties": {"x": {"$ref": "https://evil.example/s.json"}, "n": {"$ref": "#/$defs/node"}},
        "$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}}},
    }
    schema, notes = input_schema(Hints(input={"inputSchema": tool}))
    assert notes == ["ref_dropped", "ref_recursive"]
    assert "$ref" not in json.dumps(schema)


def test_references_cannot_multiply_without_bound() -> None:
    definitions = {f"d{i}": {"properties": {k: {"$ref": f"#/$defs/d{i + 1}"} for k in "abcd"}} for i in range(12)}
    started = time.perf_counter()
    schema, notes = input_schema(Hints(input={"inputSchema": {"$defs": definitions, "$ref": "#/$defs/d0"}}))
    assert time.perf_counter() - started < 2
    assert "too_large" in notes
    assert len(json.dumps(schema)) < 200_000


def test_lossy_conversions_are_noted() -> None:
    schema, notes = input_schema(
        v1(
            a={"type": "integer", "enum": ["1", "x"]},
            b={"type": "string", "pattern": "(?=a)b"},
            c={"type": "wibble", "description": "c", "required": True},
            d={"type": "string", "minLength": "many"},
            e={"type": "string", "colour": "red"},
        )
    )
    assert notes == ["enum_dropped", "keyword_dropped", "pattern_dropped", "type_unknown", "value_dropped"]
    assert schema is not None
    assert schema["properties"]["a"] == {"type": "integer", "enum": [1]}
    assert schema["properties"]["b"] == {"type": "string"}
    assert schema["properties"]["c"] == {"description": "c"}


def test_older_drafts_and_openapi() -> None:
    schema, notes = input_schema(
        v1(
            a={"type": "number", "minimum": 5, "exclusiveMinimum": True},
            b={"type": "string", "nullable": True, "example": "x"},
            c={"type": "array", "items": [{"type": "string"}, {"type": "number"}]},
        )
    )
    assert notes == []
    assert schema is not None
    properties = schema["properties"]
    assert properties["a"]["exclusiveMinimum"] == 5
    assert properties["b"] == {"type": ["string", "null"], "examples": ["x"]}
    assert properties["c"]["prefixItems"] == [{"type": "string"}, {"type": "number"}]


@pytest.mark.parametrize(
    "output",
    [
        {"type": "json", "schema": {"type": "object", "properties": {"id": {"type": "string"}}}},
        {"content": {"application/json": {"schema": {"properties": {"id": {"type": "string"}}}}}},
        {"input": {"type": "http"}, "output": {"properties": {"id": {"type": "string"}}}},
        {"id": {"type": "string"}},
        {"id": "string"},
        {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "string"}}}},
        {"example": {"id": "7"}, "type": "json"},
    ],
)
def test_outputs(output: Any) -> None:
    schema, _ = output_schema(Hints(output=output))
    assert field_names(schema) == ("id",)


@pytest.mark.parametrize(
    "output", [{}, {"type": "json"}, {"type": "text/html", "description": "A page"}, None, [], "x"]
)
def test_outputs_without_a_shape(output: Any) -> None:
    assert output_schema(Hints(output=output))[0] is None


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "required": ["a"], "properties": {"a": {"enum": ["x", "y"]}}},
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "minimum": 10, "multipleOf": 4}}},
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "number", "exclusiveMaximum": 0}}},
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "number", "exclusiveMinimum": 0.5, "maximum": 0.9, "multipleOf": 0.1}}},
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "format": "date-time"}}},
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "minLength": 30, "maxLength": 31}}},
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "pattern": "^0x[a-fA-F0-9]{40}$"}}},
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$"}}},
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "pattern": "^[^a0]+$", "minLength": 9}}},
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "array", "minItems": 3, "uniqueItems": True, "items": {"type": "string"}}}},
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "minItems": 2}}},
        {"type": "object", "required": ["a"], "properties": {"a": {"anyOf": [False, {"type": "null"}]}}},
        {"type": "object", "anyOf": [{"required": ["a"]}, {"required": ["b"]}], "properties": {"a": False, "b": {"type": "integer"}}},
        {"allOf": [{"type": "object", "required": ["a"]}, {"properties": {"a": {"const": 7}}}]},
        {"type": "object", "minProperties": 2, "properties": {"a": {}, "b": {}, "c": {}}},
        {"type": "object", "required": ["a"], "additionalProperties": {"type": "boolean"}},
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "examples": [7, "seven"]}}},
    ],
)  # fmt: skip
def test_examples_satisfy_their_schema(schema: Any) -> None:
    value = example(schema)
    assert value is not None
    assert jsonschema_rs.is_valid(schema, value)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "required": ["a"], "properties": {"a": False}},
        {
            "type": "object",
            "required": ["a"],
            "properties": {"a": {"type": "string", "pattern": "^a$", "minLength": 9}},
        },
        {"type": "object", "required": ["a"], "properties": {"a": {"enum": ["x"], "type": "integer"}}},
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "array", "minItems": 10**6}}},
        {"type": "integer", "minimum": 1.2, "maximum": 1.8},
        {"type": "no such type"},
        {"$ref": "https://evil.example/s.json"},
    ],
)
def test_unsatisfiable_schemas_have_no_example(schema: Any) -> None:
    assert example(schema) is None


@pytest.mark.parametrize(
    "pattern", ["^(a+)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(x+x+)+y", "(a{1,999}){1,999}b", "(" * 900, "a{99999}"]
)
def test_hostile_patterns_are_bounded(pattern: str) -> None:
    field = {"type": "string", "pattern": pattern, "examples": ["a" * 5000 + "!"], "minLength": 40, "required": True}
    started = time.perf_counter()
    schema, _ = input_schema(v1(a=field))
    value = example(schema)
    assert time.perf_counter() - started < 1
    assert value is None or jsonschema_rs.is_valid(schema or {}, value)


@pytest.mark.parametrize(
    ("pattern", "made"),
    [
        (r"^\pL+$", "a"), (r"^\p{L}{2}$", "aa"), (r"^\p", None), (r"^\p{L", None), (r"\u{110000}", None), (r"\uzzzz", None),
        (r"\x", None), ("(?<n", None), ("(?P<n>a)b", "ab"), ("a{x}", None), ("a{", None), ("[a-", None), ("[^", None), ("\\", None),
    ],
)  # fmt: skip
def test_odd_patterns_make_a_sample_or_none(pattern: str, made: str | None) -> None:
    assert sample(pattern) == made
    value = example({"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "pattern": pattern}}})
    assert value is None or pattern_ok(pattern)


HUGE = 10**400


@pytest.mark.parametrize(
    "field",
    [
        {"type": "1 | " + "9" * 30}, {"type": "9" * 300 + ".5 | 2"}, {"type": "integer", "minimum": 2**62},
        {"type": "integer", "enum": ["9" * 30, "1e999", "nan", "7"]}, {"type": "array", "minItems": 1e308},
        {"type": "number", "multipleOf": 1e308}, {"type": "number", "multipleOf": 5e-324, "minimum": 1},
        {"type": "number", "multipleOf": 0}, {"type": "integer", "exclusiveMinimum": 1e308}, {"type": "string", "minLength": HUGE},
        {"type": "string", "maxLength": -1}, {"type": "array", "uniqueItems": True, "minItems": 5, "items": {"const": 2**53 - 2}},
        {"type": "array", "minItems": 5, "items": {"type": "integer", "default": 2**53 - 2}, "uniqueItems": True},
        {"const": HUGE}, {"default": HUGE}, {"example": [HUGE, -HUGE]}, {"minimum": HUGE, "maximum": -HUGE},
    ],
)  # fmt: skip
def test_numbers_no_reader_of_json_takes_never_come_out(field: dict[str, Any]) -> None:
    cleaned, _ = clean_json({"a": {**field, "required": True}, "b": field})
    for declared in (v1(**cleaned), Hints(input={"body": cleaned}), Hints(output=cleaned), Hints(schema=cleaned)):
        for convert in (input_schema, output_schema):
            schema, _ = convert(declared)
            made = example(schema)
            orjson.loads(orjson.dumps([schema, made]))
            json.dumps([schema, made], allow_nan=False)


def nested(depth: int) -> dict[str, Any]:
    node: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        node = {"type": "object", "properties": {"a": node}, "anyOf": [{"required": ["a"]}, {"not": {}}]}
    return node


HOSTILE_REFERENCES: dict[str, dict[str, Any]] = {
    "self": {"$ref": "#"},
    "ring": {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
    "file": {"properties": {"a": {"$ref": "file:///etc/passwd"}}},
    "http": {"properties": {"a": {"$ref": "http://169.254.169.254/latest/meta-data"}}},
    "relative": {"properties": {"a": {"$ref": "other.json#/a"}}, "$id": "https://evil.example/"},
    "nowhere": {"properties": {"a": {"$ref": "#/$defs/none"}, "b": {"$ref": "#/properties/99999999999999999999"}}},
    "no text": {"properties": {"a": {"$ref": 7}, "b": {"$ref": None}, "c": {"$ref": ["#"]}}},
    "dynamic": {"$dynamicRef": "https://evil.example/#a", "$recursiveRef": "#", "properties": {"a": {"type": "string"}}},
    "vocabulary": {"$schema": "https://evil.example/draft", "$vocabulary": {"https://evil.example/v": True}, "properties": {"a": {}}},
    "deep": nested(500),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE_REFERENCES)
def test_references_are_never_followed_outside_and_never_for_ever(name: str) -> None:
    cleaned, _ = clean_json(HOSTILE_REFERENCES[name])
    started = time.perf_counter()
    for hints in (
        Hints(input={"inputSchema": cleaned}),
        Hints(
            schema={"properties": {"input": {"properties": {"body": cleaned}}, "output": cleaned}}, input={"body": {}}
        ),
        Hints(output={"schema": cleaned}),
    ):
        for convert in (input_schema, output_schema):
            schema, _ = convert(hints)
            text = json.dumps(schema)
            assert "evil" not in text
            assert '"$ref": "' not in text
            assert "Ref" not in text
            example(schema)
    assert time.perf_counter() - started < 3


@pytest.mark.recorded
def test_real_resources_have_valid_schemas_and_examples(shared: Path) -> None:
    rows = json.loads((shared / "recordings/cdp-2026-03-17/listing.cdp.json").read_text())["items"]
    hints = [listing.hints for row in rows if (listing := decode_row(row, "cdp")[0]) is not None]
    schemas = [schema for h in hints if (schema := input_schema(h)[0]) is not None]
    invalid = [notes for h in hints for _, notes in (input_schema(h), output_schema(h)) if "schema_invalid" in notes]
    assert not invalid
    assert len(schemas) > 0.45 * len(hints)
    satisfied = [schema for schema in schemas if jsonschema_rs.is_valid(schema, example(schema))]
    assert len(satisfied) >= 0.97 * len(schemas)
    assert sum(output_schema(h)[0] is not None for h in hints) > 0.6 * len(hints)


@pytest.mark.recorded
def test_seed_schema(shared: Path) -> None:
    seed = json.loads((shared / "seeds/003_50a1e5a307baec1e.txt").read_text())
    declared = seed["accepts"][0]["hints"]
    schema, notes = input_schema(Hints(declared["input"], declared["output"]))
    assert schema is not None
    assert schema["required"] == ["prompt", "image_urls"]
    assert schema["properties"]["num_images"]["enum"] == [1]
    assert None in schema["properties"]["aspect_ratio"]["enum"]
    assert notes == ["enum_coerced"]
    assert jsonschema_rs.is_valid(schema, example(schema))
