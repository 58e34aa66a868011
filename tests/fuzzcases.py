"""The cases of :mod:`tests.fuzz`: seed documents in every envelope, header and transport, mutated."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from tests import mutations
from tests.mutations import Challenge

ENVELOPES: tuple[Callable[[list[Any]], Any], ...] = (
    lambda rows: rows,
    lambda rows: {"x402Version": 2, "items": rows, "pagination": {"limit": 100, "offset": 0, "total": len(rows)}},
    lambda rows: {"resources": rows, "partialResults": False},
    lambda rows: {"data": {"items": rows, "pagination": {"limit": 25, "offset": 0, "total": len(rows)}}},
    lambda rows: {"code": "000000", "data": {"items": rows}, "success": True},
)


@dataclass(frozen=True, slots=True)
class Case:
    """One input."""

    kind: Literal["page", "answer", "tool", "task"]
    """A listing page, a 402 answer, the result of an MCP tool, an A2A task."""
    body: bytes
    headers: dict[str, list[str]] = field(default_factory=dict)
    """Of an answer."""


def case(seed: int, number: int) -> Case:
    """The case of that number."""
    rng = random.Random(seed * 2**40 + number)
    rows, answers = mutations.seeds()

    def row() -> Any:
        return json.loads(rng.choice(rows))

    if rng.random() < 0.5:
        kept = [
            mutations.mutate(row(), rng, row, rng.choice((0, 1, 1, 2, 3, 6))) for _ in range(rng.choice((1, 1, 1, 2)))
        ]
        page = rng.choice(ENVELOPES)(kept)
        if rng.random() < 0.1:
            page = mutations.mutate(page, rng, row, 1)
        body = mutations.dump(page)
        return Case("page", mutations.garble(body, rng) if rng.random() < 0.2 else body)
    if rng.random() < 0.1:
        return _envoy(rng, rng.choice(answers), row)
    return _challenge(rng, rng.choice(answers), row)


def _challenge(rng: random.Random, answer: Challenge, donor: Callable[[], Any]) -> Case:
    document = _document(answer)
    headers = {name: list(values) for name, values in answer.headers.items()}
    body = answer.body
    if document is not None:
        changed = mutations.dump(mutations.mutate(document, rng, donor, rng.choice((0, 1, 1, 2, 3, 6))))
        where = rng.randrange(3)
        if where != 0:
            headers[rng.choice(("payment-required", "x-payment-required"))] = [mutations.header(changed, rng)]
        if where != 1:
            body = changed
    if rng.random() < 0.1:
        headers.setdefault("www-authenticate", []).append("".join(rng.choices(mutations.WORDS, k=rng.randrange(1, 5))))
    if rng.random() < 0.1 and headers:
        name = rng.choice(sorted(headers))
        headers[name] = [mutations.garble(v.encode("latin-1", "replace"), rng).decode("latin-1") for v in headers[name]]
    return Case("answer", mutations.garble(body, rng) if rng.random() < 0.2 else body, headers)


def _envoy(rng: random.Random, answer: Challenge, donor: Callable[[], Any]) -> Case:
    """Terms as an MCP tool's result or an A2A task carries them."""
    terms = _document(answer)
    kind: Literal["tool", "task"] = rng.choice(("tool", "task"))
    if kind == "tool":
        result: Any = {
            "isError": True,
            "structuredContent": terms,
            "content": [{"type": "text", "text": json.dumps(terms)}],
        }
    else:
        result = {"kind": "task", "status": {"message": {"metadata": {"x402.payment.required": terms}}}}
    document = rng.choice((result, {"jsonrpc": "2.0", "id": 1, "result": result}))
    body = mutations.dump(mutations.mutate(document, rng, donor, rng.choice((0, 1, 2, 4))))
    return Case(kind, mutations.garble(body, rng) if rng.random() < 0.2 else body)


def _document(answer: Challenge) -> Any:
    """The terms of an answer, for mutation: its header's, else its body's, else None."""
    for text in (*answer.headers.get("payment-required", ()), answer.body):
        try:
            return json.loads(base64.b64decode(text) if isinstance(text, str) else text)
        except ValueError:
            continue
    return None
