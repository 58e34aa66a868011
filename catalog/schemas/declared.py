"""Hints → JSON Schema: what a resource takes and gives, from every form in which listings declare it.

v1 puts field maps under ``outputSchema.input`` and ``.output``; the v2 bazaar extension carries a JSON Schema of
``{input, output}`` beside ``info``, whose values are *examples* there; MCP tools carry an ``inputSchema``
(PROTOCOL "402 challenges"). Aliases are those seen in real listings.
"""

from __future__ import annotations

import jsonschema_rs

from catalog.records import Hints, Json
from catalog.schemas.fieldspecs import LINEAR, FieldReader, Schema, infer, is_schema, is_spec
from catalog.schemas.typescript import looks_like_type, type_schema

_BODY = ("bodyFields", "body_fields", "bodyParams", "body_params", "body", "data")
_QUERY = ("queryParams", "query_params", "query", "params", "parameters")
_APART = {
    "path_params_apart": ("pathParams", "path_params"),
    "headers_apart": ("headers", "headerFields", "header_fields"),
}
"""What a caller sends beside body and query, and the note that says so."""
_WHOLE = ("inputSchema", "input_schema")
_META = frozenset(
    {"type", "method", "discoverable", "bodyType", "body_type", "contentType", "headerFields", "header_fields"}
    | {"headers", "pathParams", "path_params", "toolName", "tool", "transport", "description", "example", "required"}
)


def input_schema(hints: Hints) -> tuple[Schema | None, list[str]]:
    """JSON Schema of what a caller sends (body and query in one object), and notes of what the conversion lost.

    None where nothing is declared. The notes are :class:`catalog.fieldspecs.FieldReader`'s and
    ``query_and_body_merged``, ``schema_invalid``, and ``path_params_apart``, ``headers_apart``, ``body_is_text`` for
    what no JSON object says: the hints alone keep it.
    """
    reader = FieldReader(hints.schema)
    schema = _bazaar_input(hints, reader) or _declared_input(hints.input, reader)
    if schema is None and isinstance(hints.output, dict):  # seen: the whole contract nested under `output`
        schema = _declared_input(hints.output.get("input"), reader)
    finished, notes = _finished(schema, reader)
    return finished, sorted({*notes, *_apart(hints.input)})


def _apart(declared: Json) -> set[str]:
    """Notes of what a caller sends that no JSON object says."""
    if not isinstance(declared, dict):
        return set()
    notes = {note for note, names in _APART.items() if any(declared.get(name) for name in names)}
    kind = declared.get("bodyType", declared.get("body_type"))
    return notes | ({"body_is_text"} if isinstance(kind, str) and kind.lower().startswith("text") else set())


def output_schema(hints: Hints) -> tuple[Schema | None, list[str]]:
    """JSON Schema of what the caller gets, and notes as for :func:`input_schema`; None where nothing is declared."""
    reader = FieldReader(hints.schema)
    return _finished(_bazaar_output(hints.schema, reader) or _declared_output(hints.output, reader), reader)


def field_names(schema: Json) -> tuple[str, ...]:
    """Names of the top-level properties in declared order, those of an array's items and of alternatives included."""
    names: dict[str, None] = {}
    pending = [schema]
    while pending:
        node = pending.pop(0)
        if not isinstance(node, dict):
            continue
        if isinstance(node.get("properties"), dict):
            names.update(dict.fromkeys(node["properties"]))
        pending += [item for key in ("allOf", "anyOf", "oneOf") for item in node.get(key, ())]
        pending.append(node.get("items"))
    return tuple(names)


def _finished(schema: Json, reader: FieldReader) -> tuple[Schema | None, list[str]]:
    """The schema if a validator takes it and it says anything, with the notes sorted."""
    if not isinstance(schema, dict) or not _says_something(schema):
        return None, []
    try:
        jsonschema_rs.Draft202012Validator(schema, pattern_options=LINEAR, offline=True)
    except ValueError:
        return None, sorted({*reader.notes, "schema_invalid"})
    return schema, sorted(reader.notes)


def _says_something(schema: Schema) -> bool:
    if schema.get("properties") or schema.get("type", "object") not in ("object", "array"):
        return True
    return bool(set(schema) - {"type", "title", "description", "additionalProperties", "properties", "examples"})


def _member(schema: Json, *path: str) -> Json:
    """``properties.<name>.properties.<name>…`` of a schema, None where it ends."""
    for name in path:
        properties = schema.get("properties") if isinstance(schema, dict) else None
        schema = properties.get(name) if isinstance(properties, dict) else None
    return schema


def _bazaar_input(hints: Hints, reader: FieldReader) -> Schema | None:
    """The body's or query's schema inside the extension's, with the declared example beside it."""
    examples = hints.input if isinstance(hints.input, dict) else {}
    parts = [_part(_member(hints.schema, "input", name), examples.get(name), reader) for name in (*_BODY, *_QUERY)]
    found = [part for part in parts if part is not None]
    if not found and _member(hints.schema, "input") is None and is_schema(hints.schema):
        return _object(reader.read(hints.schema))
    return _merged(found, reader)


def _part(schema: Json, declared: Json, reader: FieldReader) -> Schema | None:
    if not isinstance(schema, dict):
        return None
    read = _object(reader.read(schema))
    if read is None or not _says_something(read):
        return None
    return read | ({"examples": [declared]} if isinstance(declared, dict) and declared else {})


def _declared_input(declared: Json, reader: FieldReader) -> Schema | None:
    if not isinstance(declared, dict):
        return None
    for name in _WHOLE:
        if isinstance(declared.get(name), dict) and declared[name]:
            inner = FieldReader(declared[name])
            schema = _fields(declared[name], inner)
            reader.notes |= inner.notes
            shown = declared.get("input") or declared.get("example")
            return schema and schema | ({"examples": [shown]} if isinstance(shown, dict) and shown else {})
    body = next(filter(None, (_fields(declared.get(name), reader) for name in _BODY)), None)
    query = next(filter(None, (_fields(declared.get(name), reader) for name in _QUERY)), None)
    if body or query:
        return _merged([part for part in (body, query) if part], reader)
    if isinstance(declared.get("properties"), (dict, list)):
        return _object(reader.read({**declared, "type": "object"}))
    rest = {key: value for key, value in declared.items() if key not in _META}
    described = bool(rest) and all(is_spec(v) or (isinstance(v, str) and looks_like_type(v)) for v in rest.values())
    return reader.fields(rest) if described else None


def _fields(declared: Json, reader: FieldReader) -> Schema | None:
    """A schema, a field map, a list of named fields or an example value, as an object schema; None for nothing."""
    if isinstance(declared, list) and declared and all(is_spec(item) and "name" in item for item in declared):
        return reader.fields(declared)
    if not isinstance(declared, dict) or not declared:
        return None
    if is_schema(declared):
        return _object(reader.read(declared))
    if set(declared) == {"example"} and isinstance(declared["example"], dict):
        declared = declared["example"]
    elif any(is_spec(v) or (isinstance(v, str) and looks_like_type(v)) for v in declared.values()):
        return reader.fields(declared)
    if not declared:
        return None
    reader.notes.add("inferred_from_example")
    return infer(declared) | {"examples": [declared]}


def _object(schema: Json) -> Schema | None:
    """``schema`` as that of an object: callers send objects, whatever the declaration forgot to say."""
    if not isinstance(schema, dict) or schema.get("type") not in (None, "object"):
        return schema if isinstance(schema, dict) and schema.get("type") == "array" else None
    return {"type": "object", **schema}


def _merged(parts: list[Schema], reader: FieldReader) -> Schema | None:
    if len(parts) < 2:
        return parts[0] if parts else None
    reader.notes.add("query_and_body_merged")
    first, second = parts[0], parts[1]
    merged = {**second, **first}
    merged["properties"] = {**first.get("properties", {}), **second.get("properties", {})}
    required = list(dict.fromkeys([*first.get("required", ()), *second.get("required", ())]))
    shown = [{**b, **a} for a in first.get("examples", [{}])[:1] for b in second.get("examples", [{}])[:1]]
    merged |= {"required": required} if required else {}
    return merged | ({"examples": shown} if any(shown) else {})


def _bazaar_output(schema: Json, reader: FieldReader) -> Schema | None:
    """The extension describes ``{type, example}``: the example's schema is the output's, if it says anything."""
    shown = _member(schema, "output", "example")
    if shown is None and _member(schema, "output", "type") is None:
        shown = _member(schema, "output")
    read = reader.read(shown) if isinstance(shown, dict) else None
    return read if isinstance(read, dict) and _says_something(read) else None


def _declared_output(declared: Json, reader: FieldReader) -> Schema | None:
    if isinstance(declared, list) and declared:
        reader.notes.add("inferred_from_example")
        return infer(declared)
    if not isinstance(declared, dict):
        return None
    nested = _nested_output(declared)
    if nested is not None:
        return _declared_output(nested, reader)
    kind = declared.get("type")
    if "example" in declared and not is_schema(declared.get("properties")):
        shown = declared["example"]
        only_words = isinstance(shown, dict) and set(shown) == {"description"}
        if not declared.get("properties") and isinstance(shown, (dict, list)) and not only_words:
            reader.notes.add("inferred_from_example")
            return infer(shown)
    if is_schema(declared) or any(isinstance(declared.get(key), list) for key in ("anyOf", "oneOf", "allOf")):
        inner = FieldReader(declared if reader.root is None else reader.root)
        read = inner.read({key: value for key, value in declared.items() if key not in ("input", "example")})
        reader.notes |= inner.notes
        return read if isinstance(read, dict) else None
    if isinstance(kind, str) and (type_schema(kind)[0] is None or set(declared) <= {"type", "description", "example"}):
        return None  # a media type or `json`, nothing about the shape
    rest = {key: value for key, value in declared.items() if key != "input"}
    described = bool(rest) and any(is_spec(v) or (isinstance(v, str) and looks_like_type(v)) for v in rest.values())
    return reader.fields(rest) if described else None


def _nested_output(declared: Schema) -> Json:
    """The schema a declaration wraps: ``{schema}``, OpenAPI's ``{content: {media: {schema}}}``, ``{input, output}``."""
    if isinstance(declared.get("schema"), dict) and not is_spec(declared.get("status")):
        return declared["schema"]
    content = declared.get("content")
    if isinstance(content, dict) and not is_spec(content):
        media = next((item for item in content.values() if isinstance(item, dict)), {})
        return media.get("schema")
    return declared.get("output") if "input" in declared and isinstance(declared.get("output"), dict) else None
