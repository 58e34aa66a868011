"""The words of a route: segments that are names, put together as English orders them.

A route goes from the general to the special and often ends with what is done (``images/generate``, ``tokens/trending``);
a noun phrase has its modifiers first, singular, and its action last, as a noun.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from catalog.copywriting.phrases import FETCHES, LEADING, NOISE, NOUN_OF_VERB, VERBS
from catalog.copywriting.wording import own_case, word_set, words_of
from catalog.networks import network
from catalog.routes import MASK, read_route

MAX_WORDS = 8

_VERSION = re.compile(r"v\d+(?:\.\d+)*|\d+|[a-z]?")
_FILE_TYPE = re.compile(r"\.(?:json|html?|php|xml|txt|md|csv)$")
_MARK = re.compile(r"v\d+|402|(?=.*\d)[0-9a-f]{6,}")
"""Versions and the hashes that make slugs unique."""
_HOST = re.compile(r"(?:[\w-]+\.)+[a-z]{2,24}")
_CHAINS = word_set("base ethereum eth solana polygon arbitrum bsc avalanche tron bitcoin btc")
"""Last segments that say where, and stand first in English: ``gas/base``."""
ATTRIBUTES = word_set(
    "quote quotes status history price prices route routes result results list info details data stats fees events logs report"
)
"""What a verb's word before it is the name of: ``swap/quote``, ``order/status``."""
_PLURAL = word_set("options futures sales sports earnings savings goods news series stats gas lens maps terms trenches")
"""Words that keep their ``s`` before another noun."""
_PLACED = word_set("by from for in of to with on at today tomorrow yesterday")
_INNER_VERBS = word_set("get fetch compare convert create detect generate")
"""Verbs that are nothing else, wherever a route has them."""


def segments(path: str) -> list[str]:
    """Path segments that are names: no ids, versions, templates, noise or file types; case as in the path."""
    raw = [unquote(segment) for segment in path.split("/") if segment]
    shapes = [shape for shape in read_route(path).shape.split("/") if shape]
    if len(shapes) != len(raw):
        shapes = raw
    kept = []
    for segment, shape in zip(raw, shapes, strict=True):
        word = _FILE_TYPE.sub("", segment)
        if (
            segment.startswith(".")
            or (shape == MASK and (segment.isdecimal() or network(segment) is None))
            or (MASK in shape and ":" in shape)
            or shape.startswith((":", "{", "<"))
            or not word.isprintable()
            or _HOST.fullmatch(word)
        ):
            continue
        if not re.fullmatch(r"[\w.~ -]+", word) or word.lower().startswith("x402") or _VERSION.fullmatch(word.lower()):
            continue
        if len(word) == 2 and word.lower() != "by" and own_case(word) is None:
            continue
        kept.append(word)
    return kept


def route_words(names: list[str], brand: str | None) -> list[str]:
    """Words of the route as a noun phrase: modifiers first, the action last, the brand and repetitions left out."""
    taken: list[str] = []
    own = set(words_of(brand.lower())) | {brand.lower().replace(" ", "")} if brand else set()
    if len(names) > 1 and names[-1].lower() in _CHAINS and names[-2].lower() not in _CHAINS:
        names = [names[-1], *names[:-1]]
    for part in reversed(names):
        if part.lower() == "by" and taken:
            taken = ["by", *taken]
            continue
        words = [word for word in words_of(part) if not _MARK.fullmatch(word.lower())]
        if len(words) == 1 and (words[0].lower() in NOISE or words[0].lower() in own):
            continue
        fresh = [word for word in words if _stem(word) not in {_stem(other) for other in taken}]
        if taken and (len(taken) >= 4 or len(taken) + len(fresh) > 5):
            break
        action = len(fresh) == 1 and taken and _orders(fresh[0], taken[-1])
        if fresh and taken and not action and _is_noun(taken):
            fresh = [*fresh[:-1], _modifier(fresh[-1])]
        taken = taken + fresh if action else fresh + taken
    return _noun_phrase(taken[1:] if taken and taken[0] == "by" else taken)


def _orders(word: str, last: str) -> bool:
    """Whether a route's word is the verb to a thing that ends with ``last``: ``search images``, not ``swap quote``."""
    return word.lower() in NOUN_OF_VERB and word.lower() in VERBS and last.lower() not in ATTRIBUTES


def _is_noun(words: list[str]) -> bool:
    """Whether words can be what belongs to a collection: not ``rising``, ``from image``, ``trending``."""
    first = words[0].lower()
    return not (first in _PLACED or first.endswith(("ing", "ed")) or LEADING.issuperset(map(str.lower, words)))


def _modifier(word: str) -> str:
    """A collection's name before what belongs to it: ``users/followers`` → user followers."""
    return word if word.lower() in _PLURAL or word.lower().endswith(("ics", "ings", "as")) else singular(word)


def _noun_phrase(words: list[str]) -> list[str]:
    """``generate video`` → video generation; ``tokens trending`` → trending tokens; ``get card`` → card."""
    if len(words) > 1 and words[0].lower() in FETCHES:
        words = words[1:]
    if len(words) > 1 and words[-1].lower() in FETCHES and words[-1].lower() != "list":
        words = words[:-1]
    inner = [word for word in words[1:-1] if word.lower() in _INNER_VERBS]
    if inner and words[-1].lower() not in NOUN_OF_VERB:
        words = [word for word in words if word not in inner] + [w for w in inner if w.lower() in NOUN_OF_VERB]
    if 1 < len(words) <= 4 and _orders(words[0], words[-1]) and words[1].lower() not in ("by", "to", "a"):
        words = [*words[1:], words[0]]
    if "to" in words[1:-1] and words[0].lower() not in VERBS and len(words) < 6:
        words = [*words, "conversion"]
    if len(words) > 1 and words[-1].lower() in NOUN_OF_VERB:
        words = [*words[:-2], singular(words[-2]), NOUN_OF_VERB[words[-1].lower()]]
    for at in range(1, len(words) if len(words) <= MAX_WORDS else 1):
        if words[at].lower() in LEADING and words[at - 1].lower() not in LEADING and "by" not in words[:at]:
            words = [words[at], *words[:at], *words[at + 1 :]]
    return words


def _stem(word: str) -> str:
    return singular(word.lower())


def singular(word: str) -> str:
    """A plural's singular; names and words that only look like plurals as they are."""
    if own_case(word) or word.lower().endswith(("ss", "us", "is", "news", "series", "stats")) or len(word) < 4:
        return word
    if word.endswith("ies"):
        return word[:-1] if word.lower() in ("movies", "cookies", "calories", "selfies") else word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word
