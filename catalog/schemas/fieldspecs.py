"""Declared fields → JSON Schema 2020-12: field maps, OpenAPI leftovers, TypeScript types, and examples.

What a seller writes under ``bodyFields`` or ``schema`` is rarely a valid schema: ``required: true`` on the field,
enumerations of strings on integers, types such as ``"a" | "b"``, references to other documents. The reader keeps
what can be said in JSON Schema and notes what it left out. References are written out in place, so that nothing
is ever fetched and no validator can be sent round in circles.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import unquote

import jsonschema_rs

from catalog.records import Json
from catalog.schemas.typescript import enum_schema, json_type, looks_like_type, type_schema, union

Schema = dict[str, Json]

MAX_DEPTH = 16
MAX_SCHEMA_NODES = 2_000
MAX_FIELDS = 200
LINEAR = jsonschema_rs.RegexOptions(size_limit=1 << 20, dfa_size_limit=1 << 20)
"""The linear-time regex engine: sellers' patterns are hostile input."""

_KINDS = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})
_TEXTS = ("title", "description", "format")
_SWITCHES = ("uniqueItems", "deprecated", "readOnly", "writeOnly")
_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_NESTED = ("additionalProperties", "propertyNames", "contains", "not", "if", "then", "else")
_HANDLED = frozenset(
    {"type", "enum", "const", "properties", "patternProperties", "required", "optional", "items", "nullable", "pattern"}
    | {"default", "example", "examples", "min", "max", "$ref"}
)
_SILENT = frozenset({"$schema", "$id", "id", "$anchor", "$comment", "$defs", "definitions", "name", "in"})
KEYWORDS = _HANDLED | _SILENT | {*_TEXTS, *_SWITCHES, *_NUMBERS, *_COUNTS, *_LISTS, *_NESTED}
_SHAPES = {"properties": dict, "items": dict, "anyOf": list, "oneOf": list, "allOf": list, "enum": list, "$ref": str}


def is_spec(value: Json) -> bool:
    """Whether a value in a field map describes a field (``{"type": "string", …}``) rather than being an example."""
    if not isinstance(value, dict) or not value:
        return False
    declared = value.get("type")
    known = KEYWORDS.issuperset(value)
    if isinstance(declared, str) and (declared in _KINDS or (known and type_schema(declared)[0] is not None)):
        return True
    if isinstance(declared, list):
        return bool(declared) and all(isinstance(kind, str) and kind in _KINDS for kind in declared)
    if any(isinstance(value.get(key), shape) for key, shape in _SHAPES.items()):
        return known
    described = isinstance(value.get("description"), str) or isinstance(value.get("required"), bool)
    return described and known


def is_schema(value: Json) -> bool:
    """Whether ``value`` is a JSON Schema as a whole rather than a map of fields that happen to bear its names."""
    if not isinstance(value, dict):
        return False
    if isinstance(value.get("properties"), dict) and not is_spec(value["properties"]):
        return True
    return (isinstance(value.get("type"), (str, list)) and is_spec(value)) or isinstance(value.get("$ref"), str)


@lru_cache(maxsize=4096)
def pattern_ok(pattern: str) -> bool:
    """Whether the linear-time engine reads the pattern (no look-around, no back-references, bounded size)."""
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=LINEAR, offline=True)
    except ValueError:
        return False
    return True


def infer(value: Json, depth: int = 0) -> Schema:
    """The loosest useful schema of an example value: kinds and property names, nothing required."""
    if value is None or depth > 8:
        return {}
    if isinstance(value, dict):
        named = list(value.items())[:MAX_FIELDS]
        return {"type": "object", "properties": {key: infer(item, depth + 1) for key, item in named}}
    if isinstance(value, list):
        items = [infer(item, depth + 1) for item in value[:20]]
        same = bool(items) and all(item == items[0] for item in items)
        return {"type": "array", "items": items[0]} if same and items[0] else {"type": "array"}
    return {"type": json_type(value)}


class FieldReader:
    """One conversion: ``root`` is what local references point into; ``notes`` collects what was lost on the way.

    Note codes: ``type_unknown``, ``union_of_words``, ``enum_coerced``, ``enum_dropped``, ``pattern_dropped``,
    ``ref_dropped``, ``ref_recursive``, ``keyword_dropped``, ``value_dropped``, ``inferred_from_example``,
    ``too_large``.
    """

    def __init__(self, root: Json) -> None:
        self.root = root
        self.notes: set[str] = set()
        self.left = MAX_SCHEMA_NODES
        self.following: list[str] = []

    def read(self, node: Json, depth: int = 0) -> Json:
        """Any schema-like node as a schema (``{}`` where nothing can be said)."""
        self.left -= 1
        if self.left < 0 or depth > MAX_DEPTH:
            self.notes.add("too_large")
            return {}
        if isinstance(node, bool):
            return node
        if isinstance(node, str):
            return self._type(node)
        if not isinstance(node, dict):
            self.notes.add("value_dropped")
            return {}
        if isinstance(node.get("$ref"), str):
            return self._reference(node, depth)
        return self._keywords(node, depth)

    def fields(self, named: Json, depth: int = 0) -> Schema:
        """A map of fields (or a list of ``{name, …}``) as an object schema; plain values are read as examples."""
        if isinstance(named, list):
            named = {str(item.get("name")): item for item in named if isinstance(item, dict) and item.get("name")}
        properties: dict[str, Json] = {}
        required = []
        for name, value in list(named.items())[:MAX_FIELDS]:
            properties[name] = self._field(value, depth + 1)
            if isinstance(value, dict) and value.get("required") is True and is_spec(value):
                required.append(name)
        if len(named) > MAX_FIELDS:
            self.notes.add("too_large")
        return {"type": "object", "properties": properties} | ({"required": required} if required else {})

    def _field(self, value: Json, depth: int) -> Json:
        if is_spec(value):
            return self.read(value, depth)
        if isinstance(value, str) and looks_like_type(value):
            return self._type(value)
        if isinstance(value, list) and len(value) == 1 and (is_spec(value[0]) or _is_type(value[0])):
            return {"type": "array", "items": self._field(value[0], depth)}
        if isinstance(value, dict) and value and all(is_spec(item) or _is_type(item) for item in value.values()):
            return self.fields(value, depth)
        if isinstance(value, bool) and depth > 1:
            return value
        if value in ({}, None):
            return {}
        self.notes.add("inferred_from_example")
        return infer(value) | {"examples": [value]}

    def _type(self, declared: str) -> Schema:
        schema, words = type_schema(declared)
        if words:
            self.notes.add("union_of_words")
        if schema is None:
            self.notes.add("type_unknown")
        return schema or {}

    def _types(self, node: Schema) -> Schema:
        declared = node.get("type")
        if isinstance(declared, list):
            return union([self._type(kind) for kind in declared if isinstance(kind, str)] or [{}])
        if isinstance(declared, str):
            return self._type(declared)
        return {"type": "object"} if isinstance(node.get("properties"), dict) else {}

    def _keywords(self, node: Schema, depth: int) -> Schema:
        schema = self._types(node)
        if isinstance(node.get("enum"), list):
            schema = self._enum(schema, node["enum"])
        if "const" in node:
            schema["const"] = node["const"]
        self._members(schema, node, depth)
        for key in _LISTS:
            if isinstance(node.get(key), list) and node[key]:
                schema[key] = [self.read(item, depth + 1) for item in node[key]]
        for key in _NESTED:
            if isinstance(node.get(key), (dict, bool)):
                schema[key] = self.read(node[key], depth + 1)
        self._limits(schema, node)
        self._words(schema, node)
        if not all(key in KEYWORDS or key.startswith("x-") for key in node):
            self.notes.add("keyword_dropped")
        return _nullable(schema) if node.get("nullable") is True else schema

    def _members(self, schema: Schema, node: Schema, depth: int) -> None:
        properties = node.get("properties")
        if isinstance(properties, (dict, list)):
            schema |= self.fields(properties, depth)
        if isinstance(node.get("required"), list):
            names = [*schema.get("required", ()), *(name for name in node["required"] if isinstance(name, str))]
            schema |= {"required": list(dict.fromkeys(names))} if names else {}
        if isinstance(node.get("patternProperties"), dict):
            kept = {key: item for key, item in node["patternProperties"].items() if pattern_ok(key)}
            if len(kept) < len(node["patternProperties"]):
                self.notes.add("pattern_dropped")
            schema["patternProperties"] = {key: self.read(item, depth + 1) for key, item in kept.items()}
        items = node.get("items")
        if isinstance(items, (dict, str, bool)):
            schema["items"] = self.read(items, depth + 1)
        elif isinstance(items, list) and items:
            schema["prefixItems"] = [self.read(item, depth + 1) for item in items]

    def _enum(self, schema: Schema, values: list[Json]) -> Schema:
        """``enum: ["1"], type: integer`` → ``enum: [1]``; values of another kind than the type are left out."""
        if "enum" in schema or "const" in schema:  # the literals of a union: the list says the same, in full
            return enum_schema(values + [None] * (None in schema.get("enum", ()) and None not in values))
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if not kinds or not values:
            return schema | ({"enum": values} if values else {})
        kept = [coerced for coerced in (_coerced(value, kinds) for value in values) if coerced is not _NOTHING]
        if len(kept) < len(values):
            self.notes.add("enum_dropped")
        elif any(type(new) is not type(old) for new, old in zip(kept, values, strict=True)):
            self.notes.add("enum_coerced")
        return schema | ({"enum": kept} if kept else {})

    def _limits(self, schema: Schema, node: Schema) -> None:
        text = schema.get("type") == "string"
        short = {"min": "minLength" if text else "minimum", "max": "maxLength" if text else "maximum"}
        for key, value in node.items():
            name = short.get(key, key)
            if name not in _NUMBERS and name not in _COUNTS:
                continue
            if name.startswith("exclusive") and isinstance(value, bool):  # draft 4: a switch beside the limit
                bound = node.get("minimum" if name == "exclusiveMinimum" else "maximum")
                value = bound if value else None
            if _is_number(value) and (name in _NUMBERS or (0 <= value < 1 << 53 and value == int(value))):
                schema[name] = value if name in _NUMBERS else int(value)
            elif value is not None and value is not False:
                self.notes.add("value_dropped")

    def _words(self, schema: Schema, node: Schema) -> None:
        schema |= {key: node[key] for key in _TEXTS if isinstance(node.get(key), str) and node[key]}
        schema |= {key: node[key] for key in _SWITCHES if isinstance(node.get(key), bool)}
        if "default" in node:
            schema["default"] = node["default"]
        examples = [node["example"]] if "example" in node else node.get("examples")
        if isinstance(examples, dict):  # OpenAPI: {name: {value}}
            examples = [e["value"] for e in examples.values() if isinstance(e, dict) and "value" in e]
        if examples not in (None, []):
            schema["examples"] = examples if isinstance(examples, list) else [examples]
        if isinstance(node.get("pattern"), str) and pattern_ok(node["pattern"]):
            schema["pattern"] = node["pattern"]
        elif "pattern" in node:
            self.notes.add("pattern_dropped")

    def _reference(self, node: Schema, depth: int) -> Json:
        pointer = node["$ref"]
        target = self._pointed(pointer) if pointer.startswith("#") else None
        if not isinstance(target, dict):
            self.notes.add("ref_dropped")
            target = {}
        elif pointer in self.following:
            self.notes.add("ref_recursive")
            return {}
        beside = {key: value for key, value in node.items() if key != "$ref"}
        self.following.append(pointer)
        schema = self.read({**target, **beside}, depth + 1)
        self.following.pop()
        return schema

    def _pointed(self, pointer: str) -> Json:
        node = self.root
        for step in unquote(pointer[1:]).split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            if isinstance(node, list) and key.isdecimal() and len(key) < 10 and int(key) < len(node):
                node = node[int(key)]
            else:
                node = node.get(key) if isinstance(node, dict) else None
        return node


_NOTHING = object()


def _coerced(value: Json, kinds: list[str]) -> Json:
    """``value`` where one of ``kinds`` holds it, as a number where only its spelling was a string, else a sentinel."""
    kind = json_type(value)
    if kind in kinds or (kind == "integer" and "number" in kinds):
        return value
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if "integer" in kinds and number == number and abs(number) < 1 << 53 and number == int(number):
            return int(number)
        if "number" in kinds and abs(number) < 1 << 53:
            return number
        if "boolean" in kinds and value.lower() in ("true", "false"):
            return value.lower() == "true"
    elif "string" in kinds and kind in ("integer", "number"):
        return str(value)
    return _NOTHING


def _is_type(value: Json) -> bool:
    return isinstance(value, str) and looks_like_type(value)


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _nullable(schema: Schema) -> Schema:
    kinds = schema.get("type")
    if kinds is None:
        return schema
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "enum" in schema and None not in schema["enum"]:
        schema = schema | {"enum": [*schema["enum"], None]}
    return schema | {"type": list(dict.fromkeys([*kinds, "null"]))}
