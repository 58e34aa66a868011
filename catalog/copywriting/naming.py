"""What a resource is called: a noun phrase from its route, else the clause its description begins with.

Routes name things tersely and specifically (``tron/usdt-flows``), so they go first; ids, versions and words every
API uses are no names. A model's name is kept whole: words of the last segment that also stand hyphenated in the
description, completed by what is made (the subcategory's noun) and how (``generations``, ``-edit``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from catalog.copywriting.clauses import (
    BEFORE_ARTICLES,
    CLAUSE_END,
    STATEMENT,
    base_verb,
    clause_of,
    essence,
    introduced,
    noun_clause,
    short,
    task_of,
    thing_of,
)
from catalog.copywriting.cutting import trimmed
from catalog.copywriting.pathwords import ATTRIBUTES, MAX_WORDS, route_words, segments, singular
from catalog.copywriting.phrases import FETCHES, LEADING, NOUN_OF_VERB, VERBS, Phrases
from catalog.copywriting.prose import names_price
from catalog.copywriting.wording import head_of, lower, own_case, title, with_article, word_set, words_of

MAX_NAME = 68
MAX_HEADLINE = 72
"""Characters of a name, and of the headline that a long slug is."""

_ADJECTIVE = re.compile(
    r"^[A-Z][a-z-]+(?:ed|al|ive|ing|able|ic|ous|ful|less)$|^[A-Z][a-z]+(?:-[a-z]+)+$|^(?:Large|Small|Complete|First|Last|Fresh|Approximate|Real|Raw|Live|Full|Token|Domain|Wallet|Contract|Market|Candlestick)$"
)
_ADDRESS = re.compile(r"\s*\b0x[0-9a-fA-F]{16,}\b")
_ACCESS_TO = re.compile(r"^Access to (?=\w+ \w)")
_LOUD = re.compile(r"(?<= )(?:ALL|ANY|EVERY|NOT|ONLY|AND|OR|BEFORE|AFTER|THE|YOUR)(?= )|^ALL(?= [a-z])")
_CAN = re.compile(r"^Can ([a-z])(?=\w+ )")
_MIXED = re.compile(r"\b(?:[A-Za-z]*[a-z][A-Z]\w*|[A-Z]{2,6})\b")
"""Names and acronyms: what is not written like an ordinary word."""
_ASIDE = re.compile(r"\s*\([^()]*\)")
_INNER_NAME = re.compile(r"(?<=[A-Za-z,;:&/–—-] )[A-Z][A-Za-z0-9]+")
_UNSPECIFIC = word_set("any all each every more multiple single specific new the a an your our its this some")
_NO_OBJECTS = word_set("if whether how anything on to at in of by up out down")
_COMMON = VERBS | LEADING
_DOER = re.compile(r"(?:er|or|ist|ant|agent|bot|report|digest)$")
_QUESTIONS = word_set("who what which how why when where would should is are can do does")
_NOUNS = ATTRIBUTES | frozenset(NOUN_OF_VERB.values())


@dataclass(frozen=True, slots=True)
class Name:
    """A resource's name in its forms."""

    title: str
    """Title case, no brand: ``Nano-Banana Image Generation``."""
    topic: str
    """The title as a sentence takes it: ``Tron USDT Flows``, ``the Sentiment API``, ``URL shortening``."""
    task: str
    """What the description says it does, as an imperative clause without end mark; empty where it says nothing so."""
    thing: str
    """What the description says it is, as a noun phrase with its article; empty where it names a task or nothing."""


def name(
    path: str, tool: str, description: tuple[str, ...], brand: str | None, phrases: Phrases, *, foreign: bool = False
) -> Name:
    """Title, topic and task of a resource from its route (or MCP tool name) and the sentences of its description, of
    which a ``foreign`` one gives names only."""
    first = _ASIDE.sub("", _ADDRESS.sub("", description[0])) if description and not foreign else ""
    first = _CAN.sub(lambda match: match[1].upper(), _ACCESS_TO.sub("", first))
    first = essence(_LOUD.sub(lambda match: match[0].lower(), first))
    lead = first.split(" ", 1)[0]
    first = first[:1].upper() + first[1:] if lead.islower() and own_case(lead) is None else first
    proper_names = _proper_names(" ".join(description[:3]))
    called, stated = introduced(first)
    task = "" if stated else task_of(first, proper_names)
    names = [tool] if tool else segments(path)
    proper = _model_title(names, " ".join(description[:2]), phrases)
    words = proper or _cased(route_words(names, brand), description[:2])
    spoken = [] if proper or len(words) > 1 else _described(first, task, called, brand)
    if not proper and len(words) < 2:
        words = spoken or _completed(words or _unbranded(names[-1:], brand), first, called, phrases)
    text = _limited(words)
    text = phrases.label.title() if not text or names_price(text) else text
    task = "" if names_price(task) else task
    thing = "" if task or stated or phrases.noun == "Article" else thing_of(first)
    ordered = bool(spoken) and task.startswith(spoken[0].lower())
    product = bool(called) and spoken == called.split()
    return Name(
        title=text,
        topic=_topic(text, task if ordered else "", phrases, product=product),
        task=task,
        thing=with_article(_lower_start(thing, proper_names)),
    )


def _cased(words: list[str], description: tuple[str, ...]) -> list[str]:
    """The words of a route as the description writes them: ``dflow`` → dFlow."""
    text = " ".join(description)
    known = {word.lower(): word for word in _MIXED.findall(text)}
    if not known or text.isupper():
        return words
    return [word if word.lower() in _COMMON else known.get(word.lower(), word) for word in words]


def _unbranded(names: list[str], brand: str | None) -> list[str]:
    return [name for name in names if brand is None or name.lower() != brand.lower().replace(" ", "")]


def _proper_names(text: str) -> frozenset[str]:
    """Words the text writes with a capital inside its sentences, and never without one."""
    found = _INNER_NAME.findall(text)
    plain = set(text.split()) if found else ()
    return frozenset(word for word in found if word.lower() not in plain)


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


def _described(first: str, task: str, called: str, brand: str | None) -> list[str]:
    """The description's opening as a title: a product's name, else the thing or task of its first clause."""
    if not first:
        return []
    if " " in called and called != brand:
        return called.split()
    clause = clause_of(first) if task else noun_clause(first)
    if not task and (STATEMENT.search(clause) or clause.split(" ", 1)[0].lower() in BEFORE_ARTICLES - {"all"}):
        return []
    words = clause.split()
    if brand and own_case(brand) is None and clause.lower().startswith(brand.lower() + " "):
        words = words[len(brand.split()) :]
    if (brand and clause.lower() == brand.lower()) or not words:
        rest = CLAUSE_END.split(first, maxsplit=1)
        words = clause_of(rest[1]).split() if len(rest) > 1 and rest[1] else []
    if words and base_verb(words[0]) in FETCHES and len(words) > 1:
        words = words[1:]
    if words and words[0].lower() in ("a", "an", "the", "your"):
        words = words[1:]
    verb = task.split(" ", 1)[0]
    if words and task and (base_verb(words[0]) or words[0].lower() == f"{verb}s"):
        words = [base_verb(words[0]) or verb, *words[1:]]
    words = short(words, MAX_WORDS)
    words = [word.strip("\"“”'") for word in words]
    if len(words) == 1 and task and words[0].isalpha() and len(words[0]) > 2:
        return [*words, "API"]
    return words if len(words) > 1 else []


def _completed(words: list[str], first: str, called: str, phrases: Phrases) -> list[str]:
    """A single route word needs a noun; without any word a one-word description or the subcategory's label must do."""
    alone = called or clause_of(first)
    if alone and " " not in alone and len(alone) > 2:
        return [alone, phrases.noun if phrases.noun in ("Agent", "Game") else "API"]
    if (
        not words
        or not words[0][0].isalpha()
        or not words[0].isalnum()
        or (len(words[0]) < 3 and own_case(words[0]) is None)
        or words[0].lower() == "api"
    ):
        label = phrases.label.split()
        return label if label[-1] in ("endpoint", "service", "lookup") else [*label, "API"]
    return [NOUN_OF_VERB.get(words[0].lower(), words[0]), "API"]


def _limited(words: list[str]) -> str:
    """The words as a title of bounded length, shortened where a phrase ends; a headline may be longer, and is cut."""
    text = title(words)
    if len(words) > MAX_WORDS + 2:
        while len(text) > MAX_HEADLINE and len(words) > 1:
            words = words[:-1]
            text = f"{title(words)}…"
        return text if len(text) <= MAX_HEADLINE else ""
    while len(text) > MAX_NAME and len(words) > 1:
        words = short(words, len(words) - 1)[: len(words) - 1]
        words = trimmed(" ".join(words)).split() or words[:1]
        text = title(words)
    return text if len(text) <= MAX_NAME else ""


def _topic(text: str, task: str, phrases: Phrases, *, product: bool) -> str:
    """A title inside a sentence: with an article, as the noun of its action, or quoted where it is a sentence or headline."""
    first, _, rest = text.partition(" ")
    if text.endswith((" API", " Endpoint")):
        return f"the {text}"
    if task:
        return _action(task) or f"“{text}”"
    last = rest.rsplit(" ", 1)[-1]
    ordered = (
        first.lower() in VERBS and not rest.startswith("of ") and last.lower() not in _NOUNS and not _DOER.search(last)
    )
    if phrases.noun == "Article" or (rest and not product and (ordered or first.lower() in _QUESTIONS)):
        return f"“{text}”"
    named = (last or first).isupper() or last.endswith("ed") or with_article(text) == text
    return text if named else f"the {text}"


def _action(task: str) -> str:
    """``shorten a URL`` → URL shortening; empty where the task has no such noun or its object no plain head."""
    verb, _, rest = task.replace("look up ", "lookup ", 1).partition(" ")
    noun = NOUN_OF_VERB.get(verb)
    words = head_of(rest).split()
    while words and (words[0].lower() in _UNSPECIFIC or words[0][0].isdigit()):
        words = words[1:]
    if noun is None or not 0 < len(words) <= 5 or words[0].lower() in BEFORE_ARTICLES | _NO_OBJECTS:
        return ""
    last = words[-1]
    single = last[:-1] if last.endswith("s") and last[:-1].isupper() else singular(last)
    return with_article(" ".join([*words[:-1], single, noun]))


def _lower_start(text: str, names: frozenset[str]) -> str:
    first, space, rest = text.partition(" ")
    then = rest.removeprefix("& ").split(" ", 1)[0]
    capital = then[:1].isupper() and (own_case(then) is not None or then.isupper() or not then.isalpha())
    named = then[:1].isupper() and first.lower() not in LEADING and not (capital and _ADJECTIVE.search(first))
    return text if named else lower(first, names) + space + rest
