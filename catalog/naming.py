"""What a resource is called: a noun phrase from its route, else the clause its description begins with.

Routes name things tersely and specifically (``tron/usdt-flows``), so they go first; ids, versions and words every
API uses are no names. A model's name is kept whole: words of the last segment that also stand hyphenated in the
description, completed by what is made (the subcategory's noun) and how (``generations``, ``-edit``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from catalog.environments import MASK, read_route
from catalog.phrases import FETCHES, LEADING, NOISE, NOUN_OF_VERB, VERBS, Phrases
from catalog.prose import is_cjk, trimmed
from catalog.wording import capital, lower, own_case, title, words_of

MAX_WORDS = 8
MAX_NAME = 60

_VERSION = re.compile(r"v\d+(?:\.\d+)*|\d+|[a-z]{0,2}")
_FILE_TYPE = re.compile(r"\.(?:json|html?|php|xml|txt|md|csv)$")
_CLAUSE_END = re.compile(
    r"\s+[—–]\s+|\s+-{1,2}\s+|[:;|·]\s+|(?<!\w[.]\w)[.!?](?:\s|$)|\s*[(\[]|,\s+(?:including|with|returning|plus|using|and)\b"
    r"|,\s+(?:[\w-]+ing)\b"
)
_SOFT_END = re.compile(
    r"(?:,\s+|\s+(?=(?:and|or|for|with|without|from|into|in|on|by|via|using|including|that|which|who|where|when|based|"
    r"across|before|after|as|through|within|over|at|of|to|against|against|between)\s))"
)
_NAME_THEN_TEXT = re.compile(
    r"^([A-Z][\w.'&$+-]*(?: [A-Z0-9][\w.'&+-]*){0,4})(?:\s+[—–-]\s+|:\s+|\s+is\s+an?\s+|\s+helps\s)"
)


@dataclass(frozen=True, slots=True)
class Name:
    """A resource's name in its forms."""

    title: str
    """Title case, no brand: ``Nano-Banana Image Generation``."""
    topic: str
    """The same as a noun phrase inside a sentence."""
    task: str
    """What the description says it does, as an imperative clause without end mark; empty where it says nothing so."""


def name(path: str, tool: str, description: tuple[str, ...], brand: str | None, phrases: Phrases) -> Name:
    """Title, topic and task of a resource from its route (or MCP tool name) and the sentences of its description."""
    first = description[0] if description and not is_cjk(description[0]) else ""
    task = _task(first)
    segments = [[tool]] if tool else []
    segments = segments or [[segment] for segment in _segments(path)]
    names = [segment[0] for segment in segments]
    proper = _model_title(names, " ".join(description[:2]), phrases)
    words = proper or _route_words(names, brand)
    if not proper and len(words) < 2:
        words = _described(first, task, brand) or _completed(words, phrases)
    text = _limited(words)
    return Name(title=text, topic=_topic(text), task=task)


def _segments(path: str) -> list[str]:
    """Path segments that are names: no ids, versions, templates, noise or file types; case as in the path."""
    raw = [unquote(segment) for segment in path.split("/") if segment]
    shapes = [shape for shape in read_route(path).shape.split("/") if shape]
    if len(shapes) != len(raw):
        shapes = raw
    kept = []
    for segment, shape in zip(raw, shapes, strict=True):
        word = _FILE_TYPE.sub("", segment)
        if MASK in shape or shape.startswith((":", "{", "<")) or not word.isprintable():
            continue
        if not re.fullmatch(r"[\w.~ -]+", word) or word.lower().startswith("x402") or _VERSION.fullmatch(word.lower()):
            continue
        kept.append(word)
    return kept


def _model_title(names: list[str], description: str, phrases: Phrases) -> list[str]:
    """``nano-banana-edit`` under ``generations/images`` → Nano-Banana, Image, Edit; empty where no model is named."""
    leaf = names[-1].lower().split("-") if names else []
    action = ""
    if len(leaf) > 2 and leaf[-1] in NOUN_OF_VERB:
        action = NOUN_OF_VERB[leaf.pop()]
    model = "-".join(leaf)
    if (
        len(leaf) < 2
        or leaf[0] in VERBS
        or not re.search(rf"(?<![\w-]){re.escape(model)}(?![\w-])", description.lower())
    ):
        return []
    route = [NOUN_OF_VERB[word] for part in names[:-1] for word in words_of(part.lower()) if word in NOUN_OF_VERB]
    action = action or (route[-1] if route else "")
    return [model, phrases.noun, action] if action else []


def _route_words(names: list[str], brand: str | None) -> list[str]:
    """Words of the route as a noun phrase: modifiers first, the action last, the brand and repetitions left out."""
    taken: list[str] = []
    own = set(words_of(brand.lower())) | {brand.lower().replace(" ", "")} if brand else set()
    for part in reversed(names):
        words = [word for word in words_of(part) if not re.fullmatch(r"v\d+", word.lower())]
        if len(words) == 1 and (words[0].lower() in NOISE or words[0].lower() in own):
            continue
        fresh = [word for word in words if _stem(word) not in {_stem(other) for other in taken}]
        if taken and (len(taken) >= 3 or len(taken) + len(fresh) > 5):
            break
        taken = fresh + taken
    return _noun_phrase(taken)


def _noun_phrase(words: list[str]) -> list[str]:
    """``generate video`` → video generation; ``tokens trending`` → trending tokens; ``get card`` → card."""
    if len(words) > 1 and words[0].lower() in FETCHES:
        words = words[1:]
    if len(words) > 1 and words[-1].lower() in FETCHES and words[-1].lower() != "list":
        words = words[:-1]
    if (
        1 < len(words) <= 4
        and words[0].lower() in NOUN_OF_VERB
        and words[0].lower() in VERBS
        and words[1].lower() not in ("by", "to", "a")
    ):
        words = [*words[1:], words[0]]
    if len(words) > 1 and words[-1].lower() in NOUN_OF_VERB:
        words = [*words[:-2], _singular(words[-2]), NOUN_OF_VERB[words[-1].lower()]]
    for at in range(1, len(words)):
        if words[at].lower() in LEADING and words[at - 1].lower() not in LEADING and at == len(words) - 1:
            words = [words[at], *words[:at]]
    return words


def _described(first: str, task: str, brand: str | None) -> list[str]:
    """The description's opening as a title: a product's name, else the thing or task of its first clause."""
    if not first:
        return []
    named = _NAME_THEN_TEXT.match(first)
    if named and len(named[1].split()) > 1 and named[1].split()[0].lower() not in VERBS and named[1] != brand:
        return named[1].split()
    clause = _clause(first)
    words = clause.split()
    if brand and clause.lower().startswith(brand.lower() + " "):
        words = words[len(brand.split()) :]
    if brand and clause.lower() == brand.lower() or not words:
        rest = _CLAUSE_END.split(first, maxsplit=1)
        words = _clause(rest[1]).split() if len(rest) > 1 and rest[1] else []
    if words and _base_verb(words[0]) in FETCHES and len(words) > 2:
        words = words[1:]
    if words and words[0].lower() in ("a", "an", "the", "your"):
        words = words[1:]
    if words and task and _base_verb(words[0]):
        words = [_base_verb(words[0]) or words[0], *words[1:]]
    words = _short(words, MAX_WORDS)
    return [word.strip("\"“”'") for word in words] if len(words) > 1 else []


def _completed(words: list[str], phrases: Phrases) -> list[str]:
    """A single route word needs a noun; without any word the subcategory's label must do."""
    if not words:
        label = phrases.label.split()
        return label if label[-1] in ("endpoint", "service", "lookup") else [*label, "API"]
    word = NOUN_OF_VERB.get(words[0].lower(), words[0])
    return [word] if word.upper() == "API" else [word, "API"]


def _task(first: str) -> str:
    """``Returns trending tokens across …`` → ``get trending tokens across …``; empty for noun phrases."""
    clause = _clause(first)
    words = _short(clause.split(), 14)
    verb = _base_verb(words[0]) if len(words) > 1 else None
    if verb is None or words[0].endswith(":") or (verb == words[0].lower() and _is_noun_here(words)):
        return ""
    if verb in (
        "access",
        "list",
        "load",
        "obtain",
        "provide",
        "read",
        "receive",
        "return",
        "view",
        "accept",
        "support",
    ):
        verb = {"return": "get", "provide": "get", "list": "list", "access": "access"}.get(verb, verb)
    return " ".join([verb, *words[1:]])


def _is_noun_here(words: list[str]) -> bool:
    """``Search results for …``, ``Test endpoint``: a verb's word that modifies a noun."""
    second = words[1].lower()
    nouns = ("api", "endpoint", "service", "results", "data", "report", "score", "agent", "content", "tool", "engine")
    return second in nouns or second in ("is", "of", "and", "by")


def _base_verb(word: str) -> str | None:
    """The imperative of a verb descriptions begin with (``Retrieves`` → retrieve), None for other words."""
    plain = word.lower().strip(",.")
    for form in (plain, plain.removesuffix("s"), plain.removesuffix("es"), plain.removesuffix("ies") + "y"):
        if form in VERBS:
            return form
    return None


def _clause(text: str) -> str:
    return trimmed(_CLAUSE_END.split(text, maxsplit=1)[0].strip(" \"'“”"))


def _short(words: list[str], most: int) -> list[str]:
    """At most ``most`` words, cut where a phrase ends rather than inside one."""
    if len(words) <= most:
        return words
    text = " ".join(words)
    for match in reversed(list(_SOFT_END.finditer(text))):
        head = trimmed(text[: match.start()]).split()
        if 2 < len(head) <= most:
            return head
    return trimmed(" ".join(words[:most])).split()


def _limited(words: list[str]) -> str:
    text = title(words)
    while len(text) > MAX_NAME and len(words) > 1:
        words = trimmed(" ".join(words[:-1])).split() or words[:1]
        text = title(words)
    return text if len(text) <= MAX_NAME else ""


def _topic(text: str) -> str:
    """A title inside a sentence: ordinary words lowered, names with hyphens kept only where they were names."""
    lowered = lower(text)
    return lowered[:-4] + " API" if lowered.lower().endswith(" api") else lowered


def _stem(word: str) -> str:
    return _singular(word.lower())


def _singular(word: str) -> str:
    if own_case(word) or word.lower().endswith(("ss", "us", "is", "news", "series", "stats")) or len(word) < 4:
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word


def starts_with_vowel_sound(text: str) -> bool:
    """Whether ``an`` goes before the text (letters of acronyms are spelt out: an NFT, an x402 API)."""
    first = text.split(" ", 1)[0]
    if own_case(first) and first.isupper():
        return first[0] in "AEFHILMNORSX"
    return capital(first)[:1] in "AEIOU" and not first.lower().startswith(("uni", "use", "eu", "one", "url", "usd"))
