"""What a resource is called: a noun phrase from its route, else the clause its description begins with.

Routes name things tersely and specifically (``tron/usdt-flows``), so they go first; ids, versions and words every
API uses are no names. A model's name is kept whole: words of the last segment that also stand hyphenated in the
description, completed by what is made (the subcategory's noun) and how (``generations``, ``-edit``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from catalog.copywriting.phrases import FETCHES, LEADING, NOISE, NOUN_OF_VERB, VERBS, Phrases
from catalog.copywriting.prose import is_cjk, names_price, trimmed
from catalog.copywriting.wording import lower, own_case, title, with_article, word_set, words_of
from catalog.environments import MASK, read_route
from catalog.networks import network

MAX_WORDS = 8
MAX_CLAUSE = 16
"""Words of a task or thing."""
MAX_NAME = 60

_VERSION = re.compile(r"v\d+(?:\.\d+)*|\d+|[a-z]?")
_FILE_TYPE = re.compile(r"\.(?:json|html?|php|xml|txt|md|csv)$")
_ENUMERATION_END = re.compile(
    r"\s+[—–]\s+|\s+-{1,2}\s+|[:;|·]\s+|(?<!\w[.]\w)[.!?](?:\s|$)|\s*[(\[]|,\s+(?:including|returning|plus|using)\b"
)
_CLAUSE_END = re.compile(rf"{_ENUMERATION_END.pattern}|,\s+(?:[\w-]+ing)\b")
_ENUMERATION = re.compile(r"^[^:;.—–]+?,[^:;.—–]+,\s(?:and|or)\s")
_SOFT_END = re.compile(
    r",\s+|\s+(?=(and|or|for|with|without|from|into|in|on|by|via|using|including|that|which|who|where|when|based|across|"
    r"before|after|as|through|within|over|at|against|between|under|displaying|providing|featuring|showing|covering|returning|"
    r"containing|offering|delivering|enabling|allowing|combining|giving|helping|while|so|because)\s)"
)
_PARTICIPLE = re.compile(
    r",?(?:\s+(?:ever|newly|recently|fully))?\s+(?:\w+ed|built|made|given|shown|driven|known|run|sent|held|kept)$"
)
_ADJECTIVE = re.compile(
    r"^[A-Z][a-z-]+(?:ed|al|ive|ing|able|ic|ous|ful|less)$|^[A-Z][a-z]+(?:-[a-z]+)+$|^(?:Large|Small|Complete|First|Last)$"
)
_ADDRESS = re.compile(r"\s*\b0x[0-9a-fA-F]{16,}\b")
_CAN = re.compile(r"^Can ([a-z])(?=\w+ )")
_ORDERED = re.compile(r"[A-Z]?[a-z]{3,12}(?= (?:an?|the|any|your|each) \w)")
_MARK = re.compile(r"v\d+|(?=.*\d)(?=.*[a-f])[0-9a-f]{6,}")
"""Versions and the hashes that make slugs unique."""
_ASIDE = re.compile(r"\s*\([^()]*\)")
_INNER_NAME = re.compile(r"(?<=[A-Za-z,;:&/–—-] )[A-Z][A-Za-z0-9]+")
_ACCEPTS = re.compile(r"(?i)^(?:accepts?|takes?) .{3,40}? and (\w+s .+)")
_SECOND_VERB = re.compile(r" and ([a-z]{3,}(?:izes|yzes|ates|ifies|erts|acts|urns|ides|ows|ects)) ")
_VERB_FORM = re.compile(r"^[a-z]{3,}(?:izes|yzes|ifies)$")
_STATEMENT = re.compile(
    r"(?i)\b(?:is|are|was|were|has|have|had|can|will|you|we|our|it|they|i|let|don't|doesn't|helps|gives|offers|makes|provides|enables|delivers|allows|lets|tells|does)\b"
    r"|[a-z]s (?:an?|the|your|its|\d[\d,.]*) "
    r"|^(?:which|what|who|how|when|where|why|if|before|after|pay|please|yes|no)\b|\?"
)
_NAME_THEN_TEXT = re.compile(
    r"^([A-Z][\w.'&$+-]*(?: [\w.'&+-]+){0,3})(?:\s+[—–-]\s+|:\s+|\s+(?:is\s+an?|helps|has|offers|gives|lets|provides|enables|delivers|allows|analyzes|analyses|monitors|"
    r"generates|tracks|performs|conducts)\s)"
)


_BEFORE_ARTICLES = word_set(
    "about across after all and are around before behind beyond both but from for half into just like near not only onto "
    "over per quite such than that this through under until upon via while with within without"
)


@dataclass(frozen=True, slots=True)
class Name:
    """A resource's name in its forms."""

    title: str
    """Title case, no brand: ``Nano-Banana Image Generation``."""
    topic: str
    """The title as a sentence takes it: ``Tron USDT Flows``, ``the Sentiment API``, ``the Shorten a URL call``."""
    task: str
    """What the description says it does, as an imperative clause without end mark; empty where it says nothing so."""
    thing: str
    """What the description says it is, as a noun phrase with its article; empty where it names a task or nothing."""


def name(path: str, tool: str, description: tuple[str, ...], brand: str | None, phrases: Phrases) -> Name:
    """Title, topic and task of a resource from its route (or MCP tool name) and the sentences of its description."""
    first = _ASIDE.sub("", _ADDRESS.sub("", description[0])) if description and not is_cjk(description[0]) else ""
    first = _CAN.sub(lambda match: match[1].upper(), first)
    proper_names = _proper_names(" ".join(description[:3]))
    task = _task(first, proper_names)
    names = [tool] if tool else _segments(path)
    proper = _model_title(names, " ".join(description[:2]), phrases)
    words = proper or _route_words(names, brand)
    if not proper and len(words) < 2:
        words = _described(first, task, brand) or _completed(words or names[-1:], first, phrases)
    text = _limited(words)
    text = phrases.label.title() if not text or names_price(text) else text
    task = "" if names_price(task) else task
    thing = "" if task else " ".join(_short(_clause(first).split(), MAX_CLAUSE))
    named = (
        " " in thing
        and thing.split(" ", 1)[0].lower() not in _BEFORE_ARTICLES - {"all"}
        and not _STATEMENT.search(thing)
        and not names_price(thing)
    )
    return Name(
        title=text,
        topic=_topic(text),
        task=task,
        thing=with_article(_lower_start(thing, proper_names)) if named else "",
    )


def _proper_names(text: str) -> frozenset[str]:
    """Words the text writes with a capital inside its sentences, and never without one."""
    found = _INNER_NAME.findall(text)
    plain = set(text.split()) if found else ()
    return frozenset(word for word in found if word.lower() not in plain)


def _segments(path: str) -> list[str]:
    """Path segments that are names: no ids, versions, templates, noise or file types; case as in the path."""
    raw = [unquote(segment) for segment in path.split("/") if segment]
    shapes = [shape for shape in read_route(path).shape.split("/") if shape]
    if len(shapes) != len(raw):
        shapes = raw
    kept = []
    for segment, shape in zip(raw, shapes, strict=True):
        word = _FILE_TYPE.sub("", segment)
        if (
            (shape == MASK and (segment.isdecimal() or network(segment) is None))
            or (MASK in shape and ":" in shape)
            or shape.startswith((":", "{", "<"))
            or not word.isprintable()
        ):
            continue
        if not re.fullmatch(r"[\w.~ -]+", word) or word.lower().startswith("x402") or _VERSION.fullmatch(word.lower()):
            continue
        if len(word) == 2 and word.lower() != "by" and own_case(word) is None:
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
        if part.lower() == "by" and taken:
            taken = ["by", *taken]
            continue
        words = [word for word in words_of(part) if not _MARK.fullmatch(word.lower())]
        if len(words) == 1 and (words[0].lower() in NOISE or words[0].lower() in own):
            continue
        fresh = [word for word in words if _stem(word) not in {_stem(other) for other in taken}]
        if taken and (len(taken) >= 4 or len(taken) + len(fresh) > 5):
            break
        action = len(fresh) == 1 and taken and fresh[0].lower() in NOUN_OF_VERB and fresh[0].lower() in VERBS
        taken = taken + fresh if action else fresh + taken
    return _noun_phrase(taken[1:] if taken and taken[0] == "by" else taken)


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
        if words[at].lower() in LEADING and words[at - 1].lower() not in LEADING and "by" not in words[:at]:
            words = [words[at], *words[:at], *words[at + 1 :]]
    return words


def _described(first: str, task: str, brand: str | None) -> list[str]:
    """The description's opening as a title: a product's name, else the thing or task of its first clause."""
    if not first:
        return []
    named = _NAME_THEN_TEXT.match(first)
    if named and len(named[1].split()) > 1 and named[1].split()[0].lower() not in VERBS and named[1] != brand:
        return named[1].split()
    clause = _clause(first)
    if not task and (_STATEMENT.search(clause) or clause.split(" ", 1)[0].lower() in _BEFORE_ARTICLES - {"all"}):
        return []
    words = clause.split()
    if brand and clause.lower().startswith(brand.lower() + " "):
        words = words[len(brand.split()) :]
    if (brand and clause.lower() == brand.lower()) or not words:
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


def _completed(words: list[str], first: str, phrases: Phrases) -> list[str]:
    """A single route word needs a noun; without any word a one-word description or the subcategory's label must do."""
    alone = _clause(first)
    if alone and " " not in alone and len(alone) > 2:
        return [alone, phrases.noun if phrases.noun in ("Agent", "Game") else "API"]
    if (
        not words
        or not words[0][0].isalpha()
        or not words[0].isalnum()
        or len(words[0]) < 3
        or words[0].lower() == "api"
    ):
        label = phrases.label.split()
        return label if label[-1] in ("endpoint", "service", "lookup") else [*label, "API"]
    return [NOUN_OF_VERB.get(words[0].lower(), words[0]), "API"]


def _task(first: str, names: frozenset[str]) -> str:
    """``Returns trending tokens across …`` → ``get trending tokens across …``; empty for noun phrases."""
    clause = _clause(first)
    if accepted := _ACCEPTS.match(clause):
        clause = accepted[1]
    words = _short(clause.split(), MAX_CLAUSE)
    if len(words) > 2 and words[0].lower() in ("bulk", "batch", "quickly", "instantly") and _base_verb(words[1]):
        words = words[1:]
    verb = _base_verb(words[0]) if len(words) > 1 else None
    if verb is None and (ordered := _ORDERED.match(clause)) and not _STATEMENT.search(ordered[0]):
        verb = _imperative(ordered[0].lower())
    if verb is None or words[0].endswith(":") or (verb == words[0].lower() and _is_noun_here(words)):
        return ""
    rest = " ".join(words[1:])
    if verb != words[0].lower():
        rest = _SECOND_VERB.sub(lambda m: f" and {_base_verb(m[1]) or m[1].removesuffix('s')} ", rest)
    if sum(word[:1].isupper() for word in words[1:]) * 2 > len(words):  # a headline
        rest = lower(rest, names)
    return f"{'get' if verb in ('return', 'provide') else verb} {rest}"


def _imperative(word: str) -> str | None:
    """``Label a Base address``: a word before an article is a verb unless it is one of the few others."""
    if word in _BEFORE_ARTICLES or word.endswith(("ed", "ing", "ly")):
        return None
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _is_noun_here(words: list[str]) -> bool:
    """``Search results for …``, ``Test endpoint``: a verb's word that modifies a noun."""
    second = words[1].lower()
    if second == "and" and len(words) > 2 and _base_verb(words[2]):
        return False
    nouns = ("api", "endpoint", "service", "results", "report", "score", "tool", "engine", "bot")
    return second in nouns or second in ("is", "of", "and", "by", "vs", "vs.", "versus")


@lru_cache(maxsize=8192)
def _base_verb(word: str) -> str | None:
    """The imperative of a verb descriptions begin with (``Retrieves`` → retrieve), None for other words."""
    plain = word.lower().strip(",.")
    for form in (plain, plain.removesuffix("s"), plain.removesuffix("es"), plain.removesuffix("ies") + "y"):
        if form in VERBS:
            return form
    return f"{plain[:-1]}" if _VERB_FORM.search(plain) else None


def _clause(text: str) -> str:
    """The first clause; in an enumeration a gerund after a comma is one of its items, elsewhere it begins a new clause."""
    end = _CLAUSE_END if not _ENUMERATION.search(text) else _ENUMERATION_END
    return trimmed(end.split(text, maxsplit=1)[0].strip(" \"'“”"))


def _short(words: list[str], most: int) -> list[str]:
    """At most ``most`` words, cut where a phrase ends rather than inside one or inside a list."""
    if len(words) <= most:
        return words
    text = " ".join(words)
    heads = [
        (match[1] or ",", trimmed(_PARTICIPLE.sub("", trimmed(text[: match.start()]))))
        for match in _SOFT_END.finditer(text)
    ]
    fitting = [(mark, head) for mark, head in heads if 1 < len(head.split()) <= most]
    phrases = [head for mark, head in fitting if mark != "," and not (mark in ("and", "or") and "," in head)]
    clauses = [head for mark, head in fitting if mark == "," and len(head.split()) > 2 and "," not in head]
    if phrases and all(
        mark in ("and", "or") for mark, head in fitting if head in phrases
    ):  # the other half may fit too
        phrases += [head for mark, head in heads if mark not in (",", "and", "or") and len(head.split()) <= most + 4][
            :1
        ]
    best = phrases or clauses
    return best[-1].split() if best else trimmed(" ".join(words[:most])).split()


def _limited(words: list[str]) -> str:
    text = title(words)
    while len(text) > MAX_NAME and len(words) > 1:
        words = trimmed(" ".join(words[:-1])).split() or words[:1]
        text = title(words)
    return text if len(text) <= MAX_NAME else ""


def _topic(text: str) -> str:
    if text.endswith((" API", " Endpoint")):
        return f"the {text}"
    return f"the {text} call" if " " in text and text.split(" ", 1)[0].lower() in VERBS else text


def _lower_start(text: str, names: frozenset[str]) -> str:
    first, space, rest = text.partition(" ")
    named = rest[:1].isupper() and first.lower() not in LEADING and not _ADJECTIVE.search(first)
    return text if named else lower(first, names) + space + rest


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
