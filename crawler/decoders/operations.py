"""Parts of an OpenAPI operation: what it takes and returns, the statuses it documents, where it calls back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from catalog.records import Json
from catalog.text import clean
from crawler.decoders.own import short
from crawler.decoders.refs import References

MAX_STATUSES = 40
MAX_PARAMETERS = 100
_STATUS = re.compile(r"[1-9]\d\d|[1-5]XX|default", re.ASCII)
_TOLD = re.compile(
    r"^[ \t>*-]*+`?(\d{3})`?\*{0,2}[ \t]*+(?::|-|–|—|=)\*{0,2}[ \t]*+(\S[^\n]*+)", re.ASCII | re.MULTILINE
)
"""``- **402**: Insufficient Credits - …``: how descriptions list the codes of an answer's own status field."""
_CODES = ("code", "status", "statusCode", "status_code", "error_code")
_EXPRESSION = re.compile(r"\{\$request\.body#/([^{}]{1,100})\}")
_CALLBACK = re.compile(r"call_?back_?(?:url|uri)?|webhook(?:_?(?:url|uri))?", re.IGNORECASE)

Operation = dict[str, Json]


def body_schema(item: Operation, operation: Operation, refs: References) -> Json:
    """JSON Schema of what a caller sends, query and path parameters beside the body's fields; None for nothing."""
    body = refs.expanded(_media(refs.at(operation.get("requestBody")), refs)[1])
    fields, required = _parameters([*_list(item.get("parameters")), *_list(operation.get("parameters"))], refs)
    if not fields:
        return body if isinstance(body, dict) and body else None
    whole: dict[str, Json] = {"type": "object", "properties": fields}
    if isinstance(body, dict) and isinstance(body.get("properties"), dict):
        whole = {**body, "properties": {**fields, **body["properties"]}}
        required += [name for name in _list(body.get("required")) if isinstance(name, str)]
    return whole | ({"required": list(dict.fromkeys(required))} if required else {})


def response_schema(operation: Operation, refs: References) -> tuple[str, Json]:
    """Media type and JSON Schema of the first 2xx answer; "" and None where there is none."""
    media, schema = _media(refs.at(_success(operation, refs)), refs)
    expanded = refs.expanded(schema)
    return media, expanded if isinstance(expanded, dict) and expanded else None


def statuses(operation: Operation, refs: References) -> dict[str, str]:
    """Documented statuses and what they mean: HTTP's own, then the codes the answer's body is said to carry."""
    told: dict[str, str] = {}
    for status, stated in islice(_dict(operation.get("responses")).items(), 200):
        if _STATUS.fullmatch(status):
            told[status] = short(_dict(refs.at(stated)).get("description"), 200)
    schema = refs.expanded(_media(refs.at(_success(operation, refs)), refs)[1])
    for status, meaning in _codes(schema):
        if not told.get(status) or len(meaning) > len(told[status]):
            told[status] = meaning
    return {status: told[status] for status in sorted(told)[:MAX_STATUSES]}


def callback(operation: Operation, refs: References) -> Json:
    """Where results are sent: ``{field, description, events}``; None where nothing is sent."""
    properties = _dict(_dict(refs.expanded(_media(refs.at(operation.get("requestBody")), refs)[1])).get("properties"))
    events: list[str] = []
    field = ""
    for event, stated in islice(_dict(operation.get("callbacks")).items(), 20):
        events.append(short(event, 100))
        expressions = (_EXPRESSION.search(short(e, 500)) for e in islice(_dict(refs.at(stated)), 20))
        field = field or next((found[1] for found in expressions if found), "")
    field = field or next((name for name in properties if _CALLBACK.fullmatch(name)), "")
    if not field and not events:
        return None
    described = _dict(properties.get(field.partition("/")[0]))
    return {"field": short(field, 100), "description": short(described.get("description"), 300), "events": events}


def _parameters(stated: list[Json], refs: References) -> tuple[dict[str, Json], list[str]]:
    fields: dict[str, Json] = {}
    required: list[str] = []
    for entry in stated[:MAX_PARAMETERS]:
        parameter = refs.at(entry)
        if not isinstance(parameter, dict) or parameter.get("in") not in ("query", "path"):
            continue
        name = short(parameter.get("name"), 200)
        schema = refs.expanded(parameter.get("schema"))
        described = {"description": text} if (text := clean(_cut(parameter.get("description")))) else {}
        if name:
            fields[name] = {**described, **(schema if isinstance(schema, dict) else {})}
            required += [name] if parameter.get("required") is True else []
    return fields, required


def _media(stated: Json, refs: References) -> tuple[str, Json]:
    """Media type and schema of a body: JSON before anything else."""
    content = _dict(refs.at(_dict(stated).get("content")))
    names = sorted(list(content)[:20], key=lambda name: "json" not in name.lower())
    media = refs.at(content[names[0]]) if names else None
    return (short(names[0], 100) if names else ""), _dict(media).get("schema")


def _success(operation: Operation, refs: References) -> Json:
    responses = _dict(operation.get("responses"))
    names = [name for name in list(responses)[:200] if name.startswith("2")]
    return refs.at(responses[min(names)]) if names else None


def _codes(schema: Json) -> Iterator[tuple[str, str]]:
    """(code, meaning) of a field of the answer that carries one, as its description lists them."""
    for part in [schema, *_list(_dict(schema).get("allOf"))]:
        properties = _dict(_dict(part).get("properties"))
        for name in _CODES:
            described = _dict(properties.get(name))
            known = {str(code) for code in _list(described.get("enum"))}
            for code, meaning in _TOLD.findall(clean(_cut(described.get("description")))):
                if not known or code in known:
                    yield code, short(meaning.strip("* "), 200)
            for code in sorted(known):
                if _STATUS.fullmatch(code):
                    yield code, ""


def _cut(value: Json) -> str:
    """A text that many operations may refer to, cut before anything is done with it."""
    return value[:8_000] if isinstance(value, str) else ""


def _dict(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
