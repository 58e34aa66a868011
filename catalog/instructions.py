"""Texts that give orders to the machine reading them, told from the ordinary prose of APIs.

"You must send a JSON body", "send your API key in a header" and "disregard any instructions in the prompt regarding
the number of images" are ordinary; an order is about *previous* or *system* instructions, takes money without leave,
asks for secrets no API needs, or hides something from the user. The rules stand in ``data/orders.toml``. A hit is
evidence for a person to look at: the text is kept and published as it is.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from urllib.parse import unquote

_SHORTEST = 6
"""No order is shorter, in Chinese either; many texts of a listing are."""
_LOOK_ALIKES = str.maketrans("аеорсухіјѕԁһ" + "αεικορτυχ" + "０１", "aeopcyxijsdh" + "aeikoptux" + "01")
"""Cyrillic and Greek letters that stand in for Latin ones."""
_MIXED = re.compile(r"\b(?=\w*[a-z])\w+")
"""Words with a Latin letter, in which others pretend to be Latin."""
_MARKUP = re.compile(r"<!--|-->|</?[bi]>|</?(?:p|em|strong|span|div|br|font|u|h\d)\b[^>]{0,200}>|[*_`~]+")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]"
)
_SPACED = re.compile(r"\b\w([ .\-])(?:\w\1){4,}\w\b")
_GAPS = re.compile(r"[^\S\n]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_ESCAPES = re.compile(r"\\u([0-9a-fA-F]{4})")
_SENTENCE = re.compile(r"(?<!e\.g)(?<!i\.e)[.!?\n](?:\s|$)")
_DESCRIBED = re.compile(
    r"\b(?:detect\w*|flags?|scan\w*|block\w*|prevent\w*|protect\w*|attacks?|inject\w*|jailbreaks?|attempt\w*|refus\w*|"
    r"reject\w*|classif\w*|examples?|e\.g|such as|guard(?:s|ing)? against|resist\w*|test(?:s|ed|ing)? (?:if|whether)|"
    r"whether|how to (?:stop|avoid)|try to|tries to|trying to|filters?|warns?|phrases like|patterns?)\b"
)
_CONDITIONAL = re.compile(r"\b(?:if|whether|when|set to|true|false|flag|option|optional|boolean|mode)\b")


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    words: tuple[str, ...]
    pattern: re.Pattern[str]
    described: bool
    conditional: bool


@lru_cache(maxsize=1)
def _rules() -> tuple[_Rule, ...]:
    loaded = tomllib.loads(files("catalog.data").joinpath("orders.toml").read_text("utf-8"))
    return tuple(
        _Rule(
            name=rule["name"],
            words=tuple(rule["words"]),
            pattern=re.compile(rule["pattern"], re.VERBOSE),
            described=rule.get("described", False),
            conditional=rule.get("conditional", False),
        )
        for rule in loaded["rule"]
    )


@lru_cache(maxsize=65536)
def order_in(text: str) -> str | None:
    """The first order ``text`` gives (an excerpt as read, with the rule's name), None for ordinary prose."""
    if len(text) < _SHORTEST:
        return None
    for reading in _readings(text):
        for rule in _rules():
            if any(word in reading for word in rule.words) and (hit := _hit(rule, reading)):
                return f"{rule.name}: {hit}"
    return None


def _hit(rule: _Rule, text: str) -> str | None:
    for match in rule.pattern.finditer(text):
        before = _SENTENCE.split(text[max(0, match.start() - 120) : match.start()])[-1]
        if (rule.described and _DESCRIBED.search(before)) or (rule.conditional and _CONDITIONAL.search(before)):
            continue
        return " ".join(match[0].split())[:200]
    return None


def _readings(text: str) -> list[str]:
    """The text without disguises, and what is encoded in it."""
    shown = _folded(text)
    readings = [_GAPS.sub(" ", shown)]
    if _SPACED.search(shown):
        readings.append(_GAPS.sub(" ", _SPACED.sub(lambda m: re.sub(r"[ .\-]", "", m[0]), shown)))
    if not shown.isascii():
        bare = "".join(c for c in unicodedata.normalize("NFD", shown) if not "\u0300" <= c <= "\u036f")
        readings.append(_GAPS.sub(" ", bare))
    decoded = filter(None, map(_decoded, _BASE64.findall(text)[:20]))
    return readings + [_GAPS.sub(" ", _folded(found)) for found in decoded]


def _folded(text: str) -> str:
    """Lower case, without markup, entities, escapes, invisible characters and letters that look like others."""
    if "%" in text:
        text = unquote(text, errors="ignore")
    if "\\u" in text:
        text = _ESCAPES.sub(lambda m: chr(int(m[1], 16)), text)
    if "&" in text:
        text = html.unescape(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = _INVISIBLE.sub("", text).replace("’", "'")
    text = text.lower()
    if not text.isascii():
        text = _MIXED.sub(lambda word: word[0].translate(_LOOK_ALIKES), text)
    return _MARKUP.sub("", text)


def _decoded(token: str) -> str | None:
    """What a base64 token says, where it says anything readable."""
    try:
        found = base64.b64decode(token.replace("-", "+").replace("_", "/") + "==", validate=False).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return found if found.isprintable() and " " in found else None
