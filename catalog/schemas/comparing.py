"""The schemas several declarations of one resource give, and whether two schemas say the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from catalog.records import Hints, Json
from catalog.schemas.declared import input_schema, output_schema
from catalog.schemas.fieldspecs import Schema

_ANNOTATIONS = frozenset({"title", "description", "examples", "deprecated"})
"""Say nothing about what is valid."""
_SETS = frozenset({"required", "enum", "type"})
"""Lists whose order says nothing."""
_MAPS = frozenset({"properties", "patternProperties"})
"""Hold names of fields, which may be those of keywords."""


@dataclass(frozen=True, slots=True)
class Schemas:
    """What a resource takes and gives; None where nothing is declared. ``notes``: what the conversion lost."""

    input: Schema | None = None
    output: Schema | None = None
    input_notes: tuple[str, ...] = ()
    output_notes: tuple[str, ...] = ()


def distinct(declarations: Iterable[Hints]) -> list[Hints]:
    """Those that say anything, each once, in their order."""
    found: list[Hints] = []
    for hints in declarations:
        if hints != Hints() and hints not in found:
            found.append(hints)
    return found


def schemas_of(declarations: Iterable[Hints]) -> Schemas:
    """For each side the schema of the first of ``declarations`` that gives one."""
    declared = distinct(declarations)
    takes, gives = _first(declared, input_schema), _first(declared, output_schema)
    return Schemas(takes[0], gives[0], tuple(takes[1]), tuple(gives[1]))


def _first(
    declarations: list[Hints], read: Callable[[Hints], tuple[Schema | None, list[str]]]
) -> tuple[Schema | None, list[str]]:
    """The first schema there is; where there is none, what was lost on the way to it."""
    lost: list[str] = []
    for hints in declarations:
        schema, notes = read(hints)
        if schema is not None:
            return schema, notes
        lost += notes
    return None, lost


def fingerprint(schema: Json) -> str | None:
    """16 hex digits of the sha256 of what a schema holds valid, whatever its texts, examples and order; None for None."""
    if schema is None:
        return None
    content = json.dumps(_normal(schema), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _normal(node: Json, *, fields: bool = False) -> Json:
    """``node`` without annotations, sets in order; ``fields`` where its keys are names of fields."""
    if isinstance(node, list):
        return [_normal(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if fields or key not in _ANNOTATIONS}
    return {key: _value(key, value) if not fields else _normal(value) for key, value in kept.items()}


def _value(key: str, value: Json) -> Json:
    if key in _SETS and isinstance(value, list):
        return sorted(value, key=lambda item: json.dumps(item, sort_keys=True))
    if key in ("const", "enum", "default"):
        return value
    return _normal(value, fields=key in _MAPS)
