"""A minimal body that satisfies a JSON Schema: declared examples first, else the least that its keywords ask for.

Whatever is built is checked against the whole schema by a validator with a linear-time regex engine, so a wrong
guess ends as None and never as a wrong example.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from math import isfinite

import jsonschema_rs

from catalog.records import Json
from catalog.schemas.fieldspecs import LINEAR, MAX_DEPTH, Schema
from catalog.schemas.patterns import sample

MAX_TRIES = 400
MAX_ITEMS = 20
MAX_LENGTH = 2_000

_FORMATS = {
    "date": "2026-01-31", "date-time": "2026-01-31T12:00:00Z", "time": "12:00:00Z", "duration": "P1D",
    "email": "agent@example.com", "idn-email": "agent@example.com", "hostname": "example.com",
    "idn-hostname": "example.com", "ipv4": "192.0.2.1", "ipv6": "2001:db8::1", "uri": "https://example.com/",
    "url": "https://example.com/", "iri": "https://example.com/", "uri-reference": "/", "iri-reference": "/",
    "uri-template": "https://example.com/{id}", "uuid": "00000000-0000-4000-8000-000000000000",
    "json-pointer": "/a", "relative-json-pointer": "0", "regex": "a", "byte": "YQ==",
}  # fmt: skip
_BY_NAME = (
    ("email", "email"),
    ("url", "url"),
    ("urls", "url"),
    ("uri", "url"),
    ("website", "url"),
    ("domain", "hostname"),
)
_PLACEHOLDER = re.compile(r"\{\w*\}|:\w+|<\w+>")
_KEYWORD_KINDS = (
    ("properties", "object"), ("required", "object"), ("additionalProperties", "object"), ("items", "array"),
    ("prefixItems", "array"), ("minItems", "array"), ("pattern", "string"), ("format", "string"),
    ("minLength", "string"), ("maxLength", "string"), ("minimum", "number"), ("maximum", "number"),
    ("exclusiveMinimum", "number"), ("exclusiveMaximum", "number"), ("multipleOf", "number"),
)  # fmt: skip


class _Unsatisfied(ValueError):
    """No value was found for a part of the schema."""


def example(schema: Json) -> Json | None:
    """A minimal value that ``schema`` accepts, or None where none was found within bounds.

    Required properties and those with a declared example are filled in; everything else is left out.
    """
    validator = _validator(schema)
    if validator is None:
        return None
    try:
        value = _Maker().value(schema, "")
    except _Unsatisfied:
        return None
    return value if validator.is_valid(value) else None


def _validator(schema: Json) -> jsonschema_rs.Draft202012Validator | None:
    try:
        return jsonschema_rs.Draft202012Validator(schema, pattern_options=LINEAR, offline=True)
    except (ValueError, TypeError):
        return None


class _Maker:
    """One construction, bounded in the number of nodes it visits."""

    def __init__(self) -> None:
        self.tries = MAX_TRIES

    def value(self, schema: Json, name: str, depth: int = 0) -> Json:
        self.tries -= 1
        if schema is False or self.tries < 0 or depth > MAX_DEPTH:
            raise _Unsatisfied(name)
        if not isinstance(schema, dict) or not schema:
            return "string"
        declared = _declared(schema)
        if declared:
            validator = _validator(schema)
            for candidate in declared:
                if validator is not None and validator.is_valid(candidate):
                    return candidate
            if "enum" in schema or "const" in schema:
                raise _Unsatisfied(name)
        if isinstance(schema.get("allOf"), list):
            return self.value(_all_of(schema), name, depth + 1)
        for key in ("anyOf", "oneOf"):
            if isinstance(schema.get(key), list):
                return self.alternative(schema, key, name, depth)
        return self.of_kind(_kind(schema), schema, name, depth)

    def alternative(self, schema: Schema, key: str, name: str, depth: int) -> Json:
        base = {word: value for word, value in schema.items() if word != key}
        validator = _validator(schema)
        for branch in schema[key]:
            try:
                candidate = self.value(_both(base, branch), name, depth + 1)
            except _Unsatisfied:
                continue
            if validator is not None and validator.is_valid(candidate):
                return candidate
        raise _Unsatisfied(name)

    def of_kind(self, kind: str, schema: Schema, name: str, depth: int) -> Json:
        if kind == "object":
            return self.object(schema, depth)
        if kind == "array":
            return self.array(schema, name, depth)
        if kind in ("number", "integer"):
            return _number(schema, kind == "integer")
        if kind == "boolean":
            return False
        return None if kind == "null" else _text(schema, name)

    def object(self, schema: Schema, depth: int) -> dict[str, Json]:
        properties = schema.get("properties", {})
        other = schema.get("additionalProperties", {})
        required = dict.fromkeys(schema.get("required", ()))
        built = {key: self.value(properties.get(key, other), key, depth + 1) for key in required}
        least = schema.get("minProperties", 0)
        for key, inner in properties.items():
            if key in built or (not _shown(inner) and len(built) >= least):
                continue
            try:
                built[key] = self.value(inner, key, depth + 1)
            except _Unsatisfied:
                continue
        return {key: built[key] for key in (*properties, *required) if key in built}

    def array(self, schema: Schema, name: str, depth: int) -> list[Json]:
        built = [self.value(inner, name, depth + 1) for inner in schema.get("prefixItems", ())]
        wanted = max(schema.get("minItems", 0), 0 if built or schema.get("items") is False else 1)
        wanted = min(wanted, schema.get("maxItems", wanted))
        if wanted > MAX_ITEMS:
            raise _Unsatisfied(name)
        inner = schema.get("items", {})
        pool = _distinct(inner, self.value(inner, name, depth + 1)) if wanted > len(built) else iter(())
        for item in pool:
            if len(built) >= wanted:
                break
            if not schema.get("uniqueItems") or item not in built:
                built.append(item)
        return built


def _declared(schema: Schema) -> list[Json]:
    """Values the schema itself offers, the most telling first; a placeholder shows nothing."""
    offered = [schema["const"]] if "const" in schema else []
    shown = schema.get("examples", []) if isinstance(schema.get("examples"), list) else []
    offered += [value for value in shown if not (isinstance(value, str) and _PLACEHOLDER.fullmatch(value))]
    offered += [schema["default"]] if schema.get("default") is not None else []
    return offered + (schema.get("enum", []) if isinstance(schema.get("enum"), list) else [])


def _shown(schema: Json) -> bool:
    return isinstance(schema, dict) and bool(schema.get("examples"))


def _kind(schema: Schema) -> str:
    kinds = schema.get("type")
    kinds = [kinds] if isinstance(kinds, str) else kinds or []
    chosen = next((kind for kind in kinds if kind != "null"), None) or ("null" if kinds else None)
    return chosen or next((kind for key, kind in _KEYWORD_KINDS if key in schema), "string")


def _both(base: Schema, other: Json) -> Json:
    """``base`` and ``other`` at once, as far as keywords can be laid over each other."""
    if not isinstance(other, dict):
        return base if other is True else other
    merged = {**base, **other}
    if "properties" in base and "properties" in other:
        merged["properties"] = {**base["properties"], **other["properties"]}
    if "required" in base and "required" in other:
        merged["required"] = [*base["required"], *other["required"]]
    return merged


def _all_of(schema: Schema) -> Json:
    merged: Json = {key: value for key, value in schema.items() if key != "allOf"}
    for part in schema["allOf"]:
        merged = _both(merged, part) if isinstance(merged, dict) else merged
    return merged


def _text(schema: Schema, name: str) -> str:
    least, most = schema.get("minLength", 0), schema.get("maxLength", MAX_LENGTH)
    if least > MAX_LENGTH:
        raise _Unsatisfied(name)
    if isinstance(schema.get("pattern"), str):
        built = sample(schema["pattern"], least)
        if built is None:
            raise _Unsatisfied(name)
        return built
    shape = schema.get("format") or next((f for word, f in _BY_NAME if name.lower().endswith(word)), "")
    text = _FORMATS.get(shape, "string")
    if "format" not in schema and not least <= len(text) <= most:
        text = "string"
    return text if text in _FORMATS.values() else text.ljust(least, "x")[:most]


def _number(schema: Schema, whole: bool) -> int | float:
    """The number nearest to 1 inside the declared limits, a multiple where one is asked for."""
    step = Decimal(repr(schema["multipleOf"])) if "multipleOf" in schema else Decimal(1)
    value = Decimal(1) if "multipleOf" not in schema else step
    for key, sign in (("exclusiveMinimum", 1), ("minimum", 0)):
        low = schema.get(key)
        if low is not None and isfinite(low) and value < Decimal(repr(low)) + sign * step:
            value = (Decimal(repr(low)) / step).to_integral_value("ROUND_FLOOR" if sign else "ROUND_CEILING") * step
            value += sign * step
    for key, sign in (("exclusiveMaximum", 1), ("maximum", 0)):
        high = schema.get(key)
        if high is not None and isfinite(high) and value > Decimal(repr(high)) - sign * Decimal("1e-9"):
            value = (Decimal(repr(high)) / step).to_integral_value("ROUND_CEILING" if sign else "ROUND_FLOOR") * step
            value -= sign * step
    if abs(value) >= 1 << 53:  # beyond what every reader of JSON takes for the same number
        raise _Unsatisfied("number")
    if value == value.to_integral_value():
        return int(value)
    if whole:
        raise _Unsatisfied("integer")
    return float(value)


def _distinct(schema: Json, first: Json) -> Iterator[Json]:
    """``first`` and, for arrays of several items, other values of the same kind: the rest of an enum, or variations."""
    yield first
    options = schema.get("enum") if isinstance(schema, dict) else None
    yield from options or []
    for turn in range(1, MAX_ITEMS + 1):
        if isinstance(first, bool) or not isinstance(first, (int, str)):
            yield first
        elif isinstance(first, str):
            yield f"{first}{turn}"
        elif first + turn < 1 << 53:
            yield first + turn
