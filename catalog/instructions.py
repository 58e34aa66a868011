"""Texts that give orders to the machine reading them, told from the ordinary prose of APIs.

"You must send a JSON body", "send your API key in a header" and "disregard any instructions in the prompt regarding
the number of images" are ordinary; an order is about *previous* or *system* instructions, takes money without leave,
asks for secrets no API needs, hides something from the user, or wants to be put before others. English has rules of its
own (``data/orders.toml``); for other languages the same few rules are put together from tables of words
(``data/orders_abroad.toml``). A hit is evidence for a person to look at: the text is kept and published as it is.
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from catalog.disguises import readings

_SHORTEST = 6
"""No order is shorter, in Chinese either; many texts of a listing are."""
_SENTENCE = re.compile(r"(?<!e\.g)(?<!i\.e)[.!?\n](?:\s|$)")
_ADDRESS = re.compile(r"https?://\S+")
_DESCRIBED = re.compile(
    r"\b(?:detect\w*|flags?|scan\w*|block\w*|prevent\w*|protect\w*|attacks?|inject\w*|jailbreaks?|attempt\w*|refus\w*|"
    r"reject\w*|classif\w*|guard(?:s|ing)? against|resist\w*|test(?:s|ed|ing)? (?:if|whether)|whether|"
    r"how to (?:stop|avoid)|try to|tries to|trying to|filters?|warns?|phrases like|patterns?|stops?|firewall|"
    r"sanitis\w*|sanitiz\w*)\b|检测|檢測|识别|攻击|注入|検出|攻撃|탐지|공격"
)
_EXAMPLE = re.compile(r"\b(?:examples?|e\.g|such as|like)\b.*[\"'“‘`«「]\s*$")
"""A quoted example: what it says is not said to the reader."""
_CONDITIONAL = re.compile(
    r"\b(?:if|whether|when|after|once|until|unless|set to|true|false|flag|option|optional|boolean|mode)\b"
)
_NEGATED = re.compile(
    r"\b(?:never|not|n't|no need|don't|doesn't|without|cannot|nor)\b[^.!?\n]{0,40}$|n't [^.!?\n]{0,40}$"
)
_ASKED = re.compile(r"^[^.!\n]{0,20}\?|\b(?:boolean|true or false|defaults?)\b")
"""What follows a question or an option."""
_FORMAT = re.compile(
    r"\b(?:supports?|templates?|tokens?|formats?|delimiters?|chatml|parse[sd]?|wraps?|special|tags?|xml|extracts?)\b"
)
_CORE = re.compile(
    r"(?:ignore|disregard|forget|override)(?:all|any|every|the|of|your|my)*(?:previous|prior|above|earlier)(?:system)?"
    r"(?:instructions|prompts|rules|messages|orders)"
)
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_GAP, _SHORT_GAP = "[^.!?\\n。！？]{0,40}?", "[^.!?;,\\n。！？；、]{0,20}?"
_ABROAD: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = (
    ("override", (("void", "earlier", "orders"), ("void", "orders", "earlier"), ("earlier", "orders", "void"),
                  ("orders", "earlier", "void"), ("whole",))),
    ("concealment", (("hush", "user"), ("user", "hush"), ("hushed",))),
    ("consent", (("unasked", "pay"), ("pay", "unasked"))),
    ("money", (("move", "all", "funds", "here"), ("all", "funds", "here", "move"), ("all", "funds", "move", "here"))),
    ("secrets", (("give", "secret"), ("secret", "give"))),
    ("new_self", (("you_are", "unbound"),)),
)  # fmt: skip
"""Rules of other languages: words of these kinds, near each other within one sentence, in one of these orders."""


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    words: frozenset[str]
    """Of which one must occur before the pattern is tried."""
    pattern: re.Pattern[str]
    excuses: tuple[re.Pattern[str], ...]
    """What before a hit, in the same sentence, makes it no order."""
    format: bool


@lru_cache(maxsize=1)
def _rules() -> tuple[_Rule, ...]:
    return (*_english(), *_abroad())


@lru_cache(maxsize=2)
def _words(ascii_only: bool) -> tuple[str, ...]:
    """The words of all rules, each once."""
    every = frozenset[str]().union(*(rule.words for rule in _rules()))
    return tuple(sorted(word for word in every if word.isascii() or not ascii_only))


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(files("catalog.data").joinpath(name).read_text("utf-8"))


def _english() -> Iterator[_Rule]:
    excuses = {"described": (_DESCRIBED, _EXAMPLE), "conditional": (_CONDITIONAL,), "negated": (_NEGATED,)}
    for rule in _table("orders.toml")["rule"]:
        yield _Rule(
            name=rule["name"],
            words=frozenset(rule["words"]),
            pattern=re.compile(rule["pattern"], re.VERBOSE),
            excuses=tuple(pattern for flag, patterns in excuses.items() if rule.get(flag) for pattern in patterns),
            format=rule.get("format", False),
        )


def _abroad() -> Iterator[_Rule]:
    for language in _table("orders_abroad.toml")["language"]:
        found = "|".join(
            f"(?P<{name}>{_near(language, orders)})" for name, orders in _ABROAD if _near(language, orders)
        )
        pattern = re.compile(found, re.VERBOSE)
        yield _Rule(language["name"], frozenset(language["gate"]), pattern, (_DESCRIBED, _EXAMPLE), format=False)


def _near(language: Mapping[str, Any], orders: tuple[tuple[str, ...], ...]) -> str:
    """The pattern of those orders of words for which the language has all words; "" for none."""
    edge = r"\b" if language.get("spaced", True) else ""
    return "|".join(
        (_GAP if len(kinds) == 2 else _SHORT_GAP).join(f"{edge}(?:{language[kind]}){edge}" for kind in kinds)
        for kinds in orders
        if all(kind in language for kind in kinds)
    )


@lru_cache(maxsize=65536)
def order_in(text: str) -> str | None:
    """The first order ``text`` gives (an excerpt as read, with the rule's name), None for ordinary prose."""
    if len(text) < _SHORTEST:
        return None
    for reading in readings(text):
        words = {word for word in _words(reading.isascii()) if word in reading}
        for rule in _rules() if words else ():
            if not rule.words.isdisjoint(words) and (hit := _hit(rule, reading)):
                return f"{rule.name}: {hit}"
        if hit := _scattered(reading):
            return f"override: {hit}"
    return None


def _hit(rule: _Rule, text: str) -> str | None:
    for match in rule.pattern.finditer(text):
        before = _SENTENCE.split(_ADDRESS.sub("", text[max(0, match.start() - 120) : match.start()]))[-1]
        after = text[match.end() : match.end() + 40]
        if any(excuse.search(before) for excuse in rule.excuses):
            continue
        if _CONDITIONAL in rule.excuses and _ASKED.search(after):
            continue
        if rule.format and (_FORMAT.search(before) or _FORMAT.search(_SENTENCE.split(after)[0])):
            continue
        return " ".join(match[0].split())[:200]
    return None


def _scattered(text: str) -> str | None:
    """The plainest order of all, its letters pulled apart in whatever way; those not pulled apart are for the rules."""
    hit = _CORE.search("".join(text.split()).translate(_PUNCTUATION))
    if hit is None:
        return None
    found = re.search(r"[^a-z]*".join(hit[0]), text)
    if found is None or (re.fullmatch(r"[a-z]+(?: [a-z]+)*", found[0]) and found[0].count(" ") <= 5):
        return None
    return " ".join(found[0].split())[:200]
