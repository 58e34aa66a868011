"""Type expressions that stand where a JSON Schema ``type`` should: ``"a" | "b" | null``, ``string[]``, ``number?``.

Sellers write their schemas by hand, mostly in the TypeScript of their handlers. The grammar read here is the part
of TypeScript's type grammar that describes JSON: unions, literals, arrays, generics, inline objects, optional marks.
"""

from __future__ import annotations

import re
from functools import lru_cache

from catalog.records import Json

MAX_EXPRESSION = 2_000
MAX_BARE = 300
MAX_NESTING = 12

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"]*"|'[^']*'|`[^`]*`)|(?P<number>-?\d+(?:\.\d+)?(?![\w.]))"""
    r"""|(?P<name>[A-Za-z_][\w-]*(?:\([\w,.\s]*\))?)|(?P<mark>\[\]|[|&()<>{}\[\]:;,?]))"""
)
_TRAILER = re.compile(
    r"(?i)(?:[\s,;]*\(?\b(?:optional|required|param(?:eter)?|value|field)\)?)+$|\s*\((?:optional|required)\b[^)]*\)$"
)

_SPELLINGS = {
    "string": "string str text varchar char bytes address hex datetime date-time timestamp iso8601 url uri uuid email "
    "file binary base64 blob enum",
    "number": "number float double decimal numeric float32 float64",
    "integer": "integer int int32 int64 uint uint8 uint32 uint64 long bigint",
    "boolean": "boolean bool",
    "object": "object dict map record struct",
    "array": "array list tuple set",
    "null": "null none undefined nil void",
}
_NAMES: dict[str, dict[str, Json]] = {
    **{name: {"type": kind} for kind, names in _SPELLINGS.items() for name in names.split()},
    **{name: {} for name in ("any", "unknown", "mixed", "json")},
    "date": {"type": "string", "format": "date"},
    "true": {"const": True},
    "false": {"const": False},
}
_WORD = "$word"
_PLAIN = frozenset({"string", "number", "integer", "boolean", "object", "array", "float", "int", "bool", "str"})
_SEQUENCES = frozenset({"array", "list", "set", "sequence", "iterable", "readonlyarray"})
_MAPPINGS = frozenset({"record", "dict", "map", "mapping"})
_WRAPPERS = frozenset({"optional", "partial", "promise", "required", "readonly", "annotated"})


class _NotAType(ValueError):
    """The text is no type expression of the grammar."""


def looks_like_type(text: str) -> bool:
    """Whether a bare string in a field map (``{"city": "string"}``) is a type rather than an example value."""
    if len(text) > MAX_BARE:
        return False
    trimmed = _TRAILER.sub("", text).strip().rstrip("?").strip()
    if trimmed.lower() in _PLAIN:
        return True
    if not (trimmed.endswith("[]") or "|" in trimmed or trimmed.lower().startswith(("array<", "record<"))):
        return False
    schema, words = type_schema(text)
    return schema is not None and not words


@lru_cache(maxsize=4096)
def _parsed(text: str) -> tuple[Json, bool]:
    if len(text) > MAX_EXPRESSION:
        return None, False
    try:
        parser = _Parser(_TRAILER.sub("", text))
        return parser.whole(), parser.words
    except _NotAType:
        return None, False


def type_schema(text: str) -> tuple[dict[str, Json] | None, bool]:
    """A type expression as JSON Schema, None for what is no type; and whether bare words were read as an enum.

    ``"a" | "b" | null`` → ``{"type": ["string", "null"], "enum": ["a", "b", None]}``; ``string[]`` →
    ``{"type": "array", "items": {"type": "string"}}``; ``buy|sell`` → ``{"type": "string", "enum": [...]}, True``.
    """
    schema, words = _parsed(text)
    return (dict(schema) if schema is not None else None), words


def union(members: list[dict[str, Json]]) -> dict[str, Json]:
    """One schema for any of ``members``: literals as one ``enum``, plain types as one ``type`` list, else ``anyOf``."""
    distinct: list[dict[str, Json]] = []
    for member in members:
        if member not in distinct:
            distinct.append(member)
    if len(distinct) == 1:
        return distinct[0]
    if {} in distinct:
        return {}
    null = {"type": "null"}
    rest = [member for member in distinct if member != null]
    nullable = len(rest) < len(distinct)
    if all(set(member) == {"const"} for member in rest):
        return enum_schema([member["const"] for member in rest] + [None] * nullable)
    if all(set(member) == {"type"} and isinstance(member["type"], str) for member in distinct):
        return {"type": [member["type"] for member in distinct]}
    return {"anyOf": distinct}


def enum_schema(values: list[Json]) -> dict[str, Json]:
    """``{"type", "enum"}`` of literal values; the type is left out where the values are of many kinds."""
    kinds = list(dict.fromkeys(json_type(value) for value in values))
    if len(kinds) > 2:
        return {"enum": values}
    return {"type": kinds[0] if len(kinds) == 1 else kinds, "enum": values}


def json_type(value: Json) -> str:
    """JSON Schema's name for the kind of ``value``."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    kinds = {float: "number", str: "string", list: "array", dict: "object"}
    return kinds[type(value)]


class _Parser:
    """Recursive descent over the tokens of one expression; :class:`_NotAType` where it does not fit."""

    def __init__(self, text: str) -> None:
        self.tokens = self._tokens(text.strip())
        self.at = 0
        self.depth = 0
        self.words = False

    @staticmethod
    def _tokens(text: str) -> list[tuple[str, str]]:
        tokens, position = [], 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                if text[position:].strip():
                    raise _NotAType(text)
                break
            tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
            position = match.end()
        return tokens

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self, *marks: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at][0] == "mark" and self.peek() in marks:
            self.at += 1
            return True
        return False

    def expect(self, mark: str) -> None:
        if not self.take(mark):
            raise _NotAType(mark)

    def whole(self) -> dict[str, Json]:
        schema = self.union()
        self.take("?")
        if self.at != len(self.tokens):
            raise _NotAType(self.peek())
        return schema

    def union(self) -> dict[str, Json]:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise _NotAType("too deep")
        self.take("|")
        members = [self.postfix()]
        while self.take("|"):
            members.append(self.postfix())
        self.depth -= 1
        return union(self._literals(members))

    def _literals(self, members: list[dict[str, Json]]) -> list[dict[str, Json]]:
        """``buy|sell``: words that are no types, so the author meant an enumeration of strings."""
        unknown = [member for member in members if _WORD in member]
        if not unknown:
            return members
        if len(members) < 2 or any(_WORD not in m and m != {"type": "null"} for m in members):
            raise _NotAType("unknown name")
        self.words = True
        return [{"const": member[_WORD]} if _WORD in member else member for member in members]

    def postfix(self) -> dict[str, Json]:
        schema = self.primary()
        while self.take("[]"):
            if _WORD in schema:
                raise _NotAType("array of an unknown name")
            schema = {"type": "array", "items": schema} if schema else {"type": "array"}
        return schema

    def primary(self) -> dict[str, Json]:
        if self.take("("):
            schema = self.union()
            self.expect(")")
            return schema
        if self.take("{"):
            return self.members()
        if self.at >= len(self.tokens):
            raise _NotAType("ends early")
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "text":
            return {"const": text[1:-1]}
        if kind == "number":
            if len(text) > 15:  # beyond what every reader of JSON takes for the same number
                raise _NotAType(text)
            return {"const": float(text) if "." in text else int(text)}
        if kind != "name":
            raise _NotAType(text)
        return self.named(text)

    def named(self, text: str) -> dict[str, Json]:
        name = text.partition("(")[0].lower()
        bracket = ">" if self.take("<") else "]" if self.take("[") else ""
        if not bracket:
            return _NAMES.get(name, {_WORD: text})
        arguments = [self.union()]
        while self.take(","):
            arguments.append(self.union())
        self.expect(bracket)
        if name in _SEQUENCES:
            return {"type": "array", "items": arguments[0]}
        if name in _MAPPINGS:
            return {"type": "object", "additionalProperties": arguments[-1]}
        if name == "union" or name == "literal":
            return union(arguments)
        if name in _WRAPPERS:
            return arguments[0]
        raise _NotAType(text)

    def members(self) -> dict[str, Json]:
        properties: dict[str, Json] = {}
        required = []
        while not self.take("}"):
            if self.at >= len(self.tokens):
                raise _NotAType("ends early")
            kind, text = self.tokens[self.at]
            self.at += 1
            if kind not in ("name", "text"):
                raise _NotAType(text)
            name = text.strip("\"'`")
            if not self.take("?"):
                required.append(name)
            self.expect(":")
            properties[name] = self.union()
            self.take(";", ",")
        return {"type": "object", "properties": properties} | ({"required": required} if required else {})
