"""``/openapi.json``: operations an origin sells by ``x-payment-info``, and those it secures by an API key.

OpenAPI 3 as JSON. An operation with neither says nothing about payment and is left alone. What takes an API key is
documented as such (statuses, its 402 among them, and callback), and never taken for x402: such a 402 means that
prepaid credits ran out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from catalog.declared import API_KEY, Declaration
from catalog.records import Json
from catalog.text import clean, clean_json, one_line
from crawler.decoders.operations import body_schema, callback, response_schema, statuses
from crawler.decoders.own import BadDocument, Taking, load, short, unreadable
from crawler.decoders.payment import decode_payment
from crawler.decoders.refs import References

METHODS = ("get", "post", "put", "patch", "delete")
MAX_OPERATIONS = 2_000
"""Operations looked at."""
MAX_TITLE = 40
_GENERIC = frozenset(
    {"fastapi", "api", "openapi", "swagger", "swagger petstore", "rest api", "http api", "openapi definition"}
)
"""Titles that frameworks put there."""
_SAYS_API_KEY = re.compile(r"api[\s_-]?key", re.IGNORECASE)


def decode_openapi(body: bytes, url: str, *, allow_private: bool = False) -> Declaration:
    """The document at ``url``. Raises as :func:`own.load`."""
    document = load(body, url, "openapi")
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        raise BadDocument(unreadable(url, "openapi", "paths", document))
    version = document.get("openapi") or document.get("swagger")
    if not str(version).startswith("3."):
        raise BadDocument(unreadable(url, "openapi", "openapi", f"version {version!r}, not 3"))
    info = document.get("info")
    title = one_line(info.get("title"), 200) if isinstance(info, dict) else ""
    title = "" if title.lower() in _GENERIC or len(title) > MAX_TITLE else title
    reading = _Reading(document, url, title, Taking(url, "openapi", allow_private=allow_private))
    for number, (path, item, method, operation) in enumerate(_operations(document["paths"])):
        if number >= MAX_OPERATIONS:
            reading.taking.note("declared.too_many", "paths", f"only the first {MAX_OPERATIONS} operations are read")
            break
        reading.take(path, item, method, operation)
    for note in sorted(reading.refs.notes):
        reading.taking.note("declared.reference", "$ref", note)
    return reading.taking.done(name=title)


Operation = dict[str, Json]


def _operations(paths: dict[str, Json]) -> Iterator[tuple[str, Operation, str, Operation]]:
    """Path, path item, method and operation. A path item is read where it stands: many that refer to one would
    make a small document large."""
    for path, item in paths.items():
        for method in METHODS if isinstance(item, dict) else ():
            operation = item.get(method)
            if isinstance(operation, dict):
                yield path, item, method, operation


class _Reading:
    """One document on its way into listings."""

    def __init__(self, document: dict[str, Json], url: str, title: str, taking: Taking) -> None:
        self.refs = References(document)
        self.taking = taking
        self._document = document
        self._url = url
        self._title = title
        components = self.refs.at(document.get("components"))
        schemes = self.refs.at(components.get("securitySchemes")) if isinstance(components, dict) else None
        self._schemes: dict[str, Json] = schemes if isinstance(schemes, dict) else {}

    def take(self, path: str, item: Operation, method: str, operation: Operation) -> None:
        """Keep an operation that declares a payment or takes an API key."""
        paid = "x-payment-info" in operation
        keys = self._api_keys(operation.get("security", self._document.get("security")))
        if not paid and not keys:
            return
        call = f"{method.upper()} {path}"
        told: dict[str, Json] = {"operation": one_line(call, 300)}
        if paid:
            told["payment"], problems = decode_payment(operation["x-payment-info"])
            for field, shown in problems:
                self.taking.note("declared.payment_unreadable", ".".join(filter(None, (call[:200], field))), shown)
        if keys:
            told["security"] = keys
        if not paid:
            told["statuses"] = statuses(operation, self.refs)
            told["callback"] = callback(operation, self.refs)
        row = self._row(path, item, method, operation)
        self.taking.row(row, {"operations": [clean_json(told)[0]]}, kind="" if paid else API_KEY)

    def _row(self, path: str, item: Operation, method: str, operation: Operation) -> dict[str, Json]:
        """The operation as a bazaar would list it, without terms."""
        media, answer = response_schema(operation, self.refs)
        takes = body_schema(item, operation, self.refs)
        texts = [clean(operation.get(key)).strip() for key in ("summary", "description")]
        told = dict.fromkeys(text.rstrip(".") for text in texts if text)
        declared: dict[str, Json] = {"input": {"type": "http", "method": method.upper()}}
        if takes is not None:
            declared["input"]["inputSchema"] = takes
        if answer is not None:
            declared["output"] = answer
        return {
            "resource": self._place(path, item, operation), "type": "http", "method": method.upper(),
            "description": ". ".join(told), "mimeType": media, "serviceName": self._title,
            "tags": operation.get("tags") if isinstance(operation.get("tags"), list) else None,
            "outputSchema": declared,
        }  # fmt: skip

    def _place(self, path: str, item: Operation, operation: Operation) -> str:
        """The operation's URL: its server's (the first, variables at their defaults) and its path."""
        stated = next((s["servers"] for s in (operation, item, self._document) if s.get("servers")), None)
        server = stated[0] if isinstance(stated, list) and isinstance(stated[0], dict) else {}
        base = short(server.get("url"), 2_000) or "/"
        variables = server.get("variables")
        for name, variable in list(variables.items())[:20] if isinstance(variables, dict) else ():
            if isinstance(variable, dict):
                base = base.replace(f"{{{name}}}", short(variable.get("default"), 200))[:4_000]
        try:
            return urljoin(self._url, base).rstrip("/") + (path if path.startswith("/") else f"/{path}")
        except ValueError:  # half an IPv6 address
            return base

    def _api_keys(self, requirements: Json) -> list[Json]:
        """The API keys one of which, at least, every call takes; none where a call may go without."""
        if not isinstance(requirements, list) or not requirements:
            return []
        found: dict[tuple[str, str], Json] = {}
        for requirement in requirements[:20]:
            names = list(requirement)[:20] if isinstance(requirement, dict) else []
            keys = list(filter(None, map(self._api_key, names)))
            if not keys:
                return []
            found.update({(key["in"], key["name"]): key for key in keys})
        return [found[key] for key in sorted(found)]

    def _api_key(self, name: str) -> dict[str, str] | None:
        scheme = self.refs.at(self._schemes.get(name))
        if not isinstance(scheme, dict):
            return None
        if scheme.get("type") == "apiKey" and scheme.get("in") in ("header", "query"):
            return {"in": scheme["in"], "name": short(scheme.get("name"), 100)}
        words = " ".join(short(scheme.get(key), 1_000) for key in ("description", "bearerFormat"))
        bearer = scheme.get("type") == "http" and str(scheme.get("scheme")).lower() == "bearer"
        return {"in": "header", "name": "Authorization"} if bearer and _SAYS_API_KEY.search(f"{name} {words}") else None
