"""Which of a model's texts may be published: those of the right shape and length that hold nothing but facts.

A field that fails keeps the deterministic writer's text. What a text may say is :mod:`catalog.copywriting.checking`'s.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from catalog.copywriting.asking import LIMITS
from catalog.copywriting.checking import Known
from catalog.copywriting.drafts import Facts
from catalog.copywriting.writer import Copy
from catalog.records import Json
from catalog.text import changed

MAX_KEPT = 2_000
"""Characters of an answered text that are kept."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Texts after the review."""

    copy: Copy
    accepted: tuple[str, ...]
    """Fields that are the model's, sorted."""
    refused: tuple[str, ...]
    """``field: reason`` of the others the model answered, sorted."""


class Unusable(ValueError):
    """The answer is no JSON object of texts; the message says why in few words."""


def parse_answer(content: object) -> dict[str, Any]:
    """The object in a chat message's content, which servers without schemas wrap in prose or a code block."""
    if not isinstance(content, str):
        raise Unusable("no text")
    begin, end = content.find("{"), content.rfind("}")
    if begin < 0 or end < begin:
        raise Unusable("no JSON object")
    try:
        answer = json.loads(content[begin : end + 1])
    except (ValueError, RecursionError):
        raise Unusable("broken JSON") from None
    if not isinstance(answer, dict):
        raise Unusable("no JSON object")
    return answer


def storable(value: object) -> Json:
    """An answered field as it is kept: texts within bounds, None for anything else."""
    if isinstance(value, str):
        return None if changed(value, MAX_KEPT) else value
    if isinstance(value, list) and len(value) <= 10:
        return [storable(text) if isinstance(text, str) else None for text in value]
    return None


def review(answer: Mapping[str, Any], facts: Facts, brand: str | None, rules: Copy) -> Reviewed:
    """``rules`` with every field of the answer that holds nothing but facts."""
    known = Known(facts, brand)
    accepted: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for field, limit in LIMITS.items():
        if field not in answer:
            refused[field] = "missing"
            continue
        reason = _listed(answer[field], limit, known) if field == "use_cases" else known.fault(answer[field], limit)
        if reason:
            refused[field] = reason
        else:
            accepted[field] = tuple(answer[field]) if field == "use_cases" else answer[field]
    return Reviewed(
        replace(rules, **accepted),
        tuple(sorted(accepted)),
        tuple(sorted(f"{field}: {reason}" for field, reason in refused.items())),
    )


def _listed(value: object, limit: int, known: Known) -> str:
    if not isinstance(value, list) or not 2 <= len(value) <= 3:
        return "not two or three texts"
    if len(set(map(str, value))) < len(value):
        return "said twice"
    return next(filter(None, (known.fault(text, limit) for text in value)), "")
