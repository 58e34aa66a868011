"""Whether a model's texts may be published: shape, length, and every number, name and address held by the facts.

A field that fails keeps the deterministic writer's text. The check is strict rather than clever: a good text lost costs
a duller sentence, an invented fact costs the reader's trust.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

from catalog.copywriting.asking import FENCE, LIMITS
from catalog.copywriting.drafts import Facts
from catalog.copywriting.phrases import NOUN_OF_VERB, VERBS
from catalog.copywriting.prose import gives_orders, names_price
from catalog.copywriting.wording import own_case, word_set, words_of
from catalog.copywriting.writer import Copy
from catalog.records import Json
from catalog.text import changed

MAX_KEPT = 2_000
"""Characters of an answered text that are kept."""

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+|\b(?:[\w-]+\.)+[^\W\d_]{2,}\b")
_WORD = re.compile(r"[^\W\d_][\w’']*")
_MARKUP = re.compile(r"[<>{}\[\]`|\\]|\*\*|^#|https?:|www\.|://", re.IGNORECASE)
_ROLE = re.compile(
    r"(?i)\b(?:system|assistant|user|developer)\s*:|\bas an? (?:ai|language) model\b|\binstructions?\b|\bprompt injection\b"
)
_COST = re.compile(
    r"(?i)\b(?:cents?|dollars?|bucks?|satoshis?|price[ds]? at|costs? (?:only|just|under|less)|free of charge|for free"
    r"|cheap\w*|afford\w*|low[- ]cost)\b"
)
_COUNT_WORDS = word_set(
    "two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty sixty seventy eighty ninety dozen "
    "dozens hundred hundreds thousand thousands million millions billion billions trillion"
)
_PLAIN = word_set(
    "a an and any api apis app apps agent agents ai all are as at based be both build builders business by call calls can check "
    "compare create data developer developers each endpoint find for from generate get give given has have help helps how http "
    "if in input into is it its json list look mcp need needs no of on one or output over paid per products provide provides "
    "read receive retrieve return returns run search send service services show supply takes teams that the their them these "
    "they this those to tool tools track turn url urls use used useful users uses using via want what when where which who "
    "with without write x402 your"
)


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
    known = _Known(facts, brand)
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


def _listed(value: object, limit: int, known: _Known) -> str:
    if not isinstance(value, list) or not 2 <= len(value) <= 3:
        return "not two or three texts"
    if len(set(map(str, value))) < len(value):
        return "said twice"
    return next(filter(None, (known.fault(text, limit) for text in value)), "")


class _Known:
    """The words, numbers and addresses of one resource's facts."""

    def __init__(self, facts: Facts, brand: str | None) -> None:
        names = (*facts.inputs, *facts.required_inputs, *facts.outputs, facts.tool, *facts.path.split("/"))
        split = " ".join(" ".join(words_of(name)) for name in names)
        topics = f"{facts.category} {facts.subcategory} {brand or ''} {facts.service_name} {facts.host}"
        self.text = f"{facts.description} {' '.join(names)} {split} {topics}"
        self.lower = self.text.lower()
        self.words = {word.lower() for word in _WORD.findall(self.text.replace("_", " ").replace("-", " "))}
        self.numbers = set(_NUMBER.findall(self.text)) | set(re.findall(r"\d+", self.text)) | {"402"}
        self.checks: tuple[tuple[str, Callable[[str], bool]], ...] = (
            ("markup or a link", lambda text: _MARKUP.search(text) is not None),
            ("instruction-like", lambda text: gives_orders(text) or _ROLE.search(text) is not None or FENCE in text),
            ("a price", lambda text: names_price(text) or _COST.search(text) is not None),
            ("a number that is not declared", self.invents_number),
            ("an address that is not declared", self.invents_address),
            ("a name that is not declared", self.invents_name),
        )

    def fault(self, value: object, limit: int) -> str:
        """Why a text may not be published; empty where it may."""
        if not isinstance(value, str):
            return "not a text"
        if not 3 <= len(value) <= limit:
            return "too long" if len(value) > limit else "too short"
        if (
            value != " ".join(value.split())
            or changed(value)
            or not value.isprintable()
            or "x402 x402" in value.lower()
        ):
            return "not one clean line"
        return next((reason for reason, holds in self.checks if holds(value)), "")

    def invents_number(self, text: str) -> bool:
        words = {word.lower() for word in re.findall(r"[^\W\d_]+", text)}
        return not set(_NUMBER.findall(text)) <= self.numbers or not (words & _COUNT_WORDS) <= self.words

    def invents_address(self, text: str) -> bool:
        return any(found.lower() not in self.lower for found in _ADDRESS.findall(text))

    def invents_name(self, text: str) -> bool:
        """A capitalised word, or one known as a name in any case, that is neither the facts' nor an ordinary word."""
        for match in _WORD.finditer(text):
            word = re.sub(r"['’]s$", "", match[0])
            plain = word.lower()
            if self.has(plain) or any(form in _ordinary() for form in _forms(plain)):
                continue
            if word != plain or not word.isascii() or own_case(plain) not in (None, plain):
                return True
        return False

    def has(self, word: str) -> bool:
        """Whether the facts hold a word, or its plural or singular."""
        return not self.words.isdisjoint(
            {word, f"{word}s", f"{word}es", word.removesuffix("s"), word.removesuffix("es")}
        )


def _forms(word: str) -> tuple[str, ...]:
    """A word and what it may be a form of: ``generates``, ``generating``, ``generated`` of ``generate``."""
    stem = word.removesuffix("ing")
    return (
        word,
        word.removesuffix("s"),
        word.removesuffix("es"),
        word.removesuffix("d"),
        word.removesuffix("ed"),
        stem,
        f"{stem}e",
    )


@cache
def _ordinary() -> frozenset[str]:
    """Words that are nobody's name: function words, verbs, and what the deterministic writer says of subcategories."""
    phrases = (resources.files("catalog") / "data" / "phrases.json").read_text("utf-8")
    own = {word.lower() for word in _WORD.findall(phrases)}
    nouns = {word for noun in NOUN_OF_VERB.values() for word in noun.split()}
    return frozenset(own | nouns | VERBS | _PLAIN)
