"""The clauses a description is made of: what it says a thing does, what it calls it, where it may be cut.

A clause is only ever shortened, at the end of a phrase; whether it orders something (``Returns trending tokens …``),
states something or names a thing is told by its first words.
"""

from __future__ import annotations

import re
from functools import lru_cache

from catalog.copywriting.cutting import trimmed
from catalog.copywriting.phrases import VERBS
from catalog.copywriting.prose import names_price
from catalog.copywriting.wording import article, head_of, lower, word_set

MAX_CLAUSE = 16
"""Words of a task or thing."""

_ENUMERATION_END = re.compile(
    r"\s+[—–]\s+|\s+-{1,2}\s+|[:;|·]\s+|(?<![a-z][.][a-z])(?<! [A-Z])[.!?](?:\s|$)|\s*[(\[]|,\s+(?:including|returning|plus|using)\b"
)
CLAUSE_END = re.compile(rf"{_ENUMERATION_END.pattern}|,\s+(?:[\w-]+ing|\w+s\s+you)\b")
_ENUMERATION = re.compile(r"^[^:;.—–]+?,[^:;.—–]+,\s(?:and|or)\s")
_SOFT_END = re.compile(
    r",\s+|\s+(?=(and|or|for|with|without|from|into|in|on|by|via|using|including|that|which|who|where|when|based|across|"
    r"before|after|as|through|within|over|at|against|between|under|displaying|providing|featuring|showing|covering|returning|"
    r"containing|offering|delivering|enabling|allowing|combining|giving|helping|while|so|because)\s)"
)
_PARTICIPLE = re.compile(
    r",?(?:\s+(?:ever|newly|recently|fully))?\s+(?:\w+ed|built|made|given|shown|driven|known|run|sent|held|kept|compliant|relevant|due|such|according)$"
)
_ORDERED = re.compile(r"[A-Z]?[a-z]{3,12}(?= (?:an?|the|any|your|each) \w)")
_ACCEPTS = re.compile(r"(?i)^(?:accepts?|takes?) .{3,40}?(?:,? and|, then) (\w+s .+)")
_SECOND_VERB = re.compile(r" and ([a-z]{3,}s) (?!(?:for|of|in|on|by|to|from|with|across|and|or|at|as)\b)")
_VERBAL = re.compile(r"(?:izes|yzes|ates|ifies|erts|acts|urns|ides|ows|ects)$")
_VERB_FORM = re.compile(r"^[a-z]{3,}(?:izes|yzes|ifies)$")
STATEMENT = re.compile(
    r"(?i)\b(?:is|are|was|were|has|have|had|can|will|you|we|our|it|they|i|let|don't|doesn't|helps|gives|offers|makes|provides|enables|delivers|allows|lets|tells|does)\b"
    r"|[a-rt-z]s (?:an?|the|your|its|\d[\d,.]*) |[a-z]s [a-z]{3,}(?<!ed) to (?:people|all|any|every|the)\b"
    r"|^(?:which|what|who|how|when|where|why|if|before|after|pay|please|yes|no)\b|\?"
)
_NAME_THEN_TEXT = re.compile(
    r"^([A-Z][\w.'&$+-]*(?: [\w.'&+-]+){0,6}?)(?:\s+[—–-]\s+|:\s+|\s+(is\s+an?|can|helps|has|offers|gives|lets|provides|enables|"
    r"delivers|allows|analyzes|analyses|monitors|generates|tracks|performs|conducts)[\s:])"
)
BEFORE_ARTICLES = word_set(
    "about across after all and are around before behind beyond both but from for half into just like near not only onto "
    "over per quite such than that this through under until upon via while with within without"
)


_COLLECTIVES = word_set("Data Info Information Details List Report Results Stats Statistics Summary History Analysis")
"""Last words of headlines that name no product: ``Get Address PnL Data``."""
_WHOM = r"(?:(?:you|users|agents|developers|clients|anyone|people) )?(?:to )?"
_SUBJECT = re.compile(
    r"(?:(?:this|the|our|an?) (?:[\w-]+ ){0,2}?)?(?:api|endpoint|service|tool|route|resource) (?:that |which )?(?:(?:is |can be )?used )?(?:to |for )?"
    rf"(?:(?:allows|lets|enables|helps) {_WHOM})?|(?:allows|lets|enables|helps) {_WHOM}|(?:is |can be )?used (?:to|for) |we |(?:quickly|instantly|easily|automatically|securely|simply|safely|seamlessly|efficiently|programmatically) ",
    re.IGNORECASE,
)
"""Who does it: ``This endpoint``, ``Allows you to``, ``We``."""
_SELF = re.compile(r"I(?: am|['’]m) (?=an? )")
_WITH_WHOM = re.compile(r"(?<=^Provides )(?:you|users|agents) with |(?<=^Gives )(?:you|users|agents) ")
_HEADS = word_set(
    "api endpoint service results report reports score tool tools engine bot agent assistant digest summary papers stats "
    "statistics metrics is of and by vs vs. versus"
)
"""Words after which a verb's word was a noun."""
_HALVED = re.compile(r" (?:and|or) (\w+)$")
_SYMBOL = re.compile(r"[A-Z0-9]+")
"""``USDC on Base: supply, volume``: what is reported on, not what is had."""
_SUBORDINATE = re.compile(
    r" (?:when|what|because|who|if) |^\w+ing (?:an?|the|your) |^(?:used|based|powered|built|designed) ", re.IGNORECASE
)
_RELATIVE = re.compile(r" (?:that|which|who) ")
_ARTICLE = re.compile(r"^an? (?=(\S+))", re.IGNORECASE)


def essence(first: str) -> str:
    """A description's first sentence from its verb on, where it begins with who does it: ``This API lets you …``."""
    first = _SELF.sub("", _WITH_WHOM.sub("", first), count=1) if first[:2] in ("I ", "I'", "I’", "Pr", "Gi") else first
    subject = _SUBJECT.match(first)
    if subject is None:
        return first
    word, _, rest = first[subject.end() :].partition(" ")
    verb = word if base_verb(word) else _of_gerund(word)
    return f"{verb} {rest}" if verb and rest else first


def _of_gerund(word: str) -> str:
    """``looking`` → look; empty for other words."""
    stem = word.lower().removesuffix("ing")
    forms = (stem, f"{stem}e", stem[:-1]) if stem != word.lower() else ()
    return next((form for form in forms if form in VERBS), "")


def introduced(first: str) -> tuple[str, bool]:
    """The name a description begins with, and whether the name's own sentence goes on: ``Find People is a …``."""
    match = _NAME_THEN_TEXT.match(first)
    if match is None or STATEMENT.search(match[1]):
        return "", False
    stated = match[2] is not None
    words = trimmed(match[1]).split()
    words = words[1:] if len(words) > 2 and words[0].lower() in ("a", "an", "the", "your") else words
    if not words or words[0].lower() in ("this", "these", "that"):
        return "", False
    if base_verb(words[0]) and not (stated and all(word[0].isupper() for word in words)):
        return "", False
    return " ".join(words), stated


def task_of(first: str, names: frozenset[str]) -> str:
    """``Returns trending tokens across …`` → ``get trending tokens across …``; empty for noun phrases."""
    clause = clause_of(first)
    if accepted := _ACCEPTS.match(clause):
        clause = accepted[1]
    words = short(clause.split(), MAX_CLAUSE)
    if len(words) > 2 and words[0].lower() in ("bulk", "batch") and base_verb(words[1]):
        words = words[1:]
    verb = base_verb(words[0]) if len(words) > 1 else None
    if verb is None and (ordered := _ORDERED.match(clause)) and not STATEMENT.search(ordered[0]):
        verb = _imperative(ordered[0].lower())
    if verb is None or words[0].endswith(":") or (verb == words[0].lower() and _is_noun_here(words)):
        return ""
    rest = " ".join(words[1:])
    if verb != words[0].lower():
        rest = _SECOND_VERB.sub(lambda match: f" and {_second(match[1])} ", rest)
    if sum(word[:1].isupper() for word in words[1:]) * 2 > len(words):  # a headline
        rest = lower(rest, frozenset() if words[-1] in _COLLECTIVES else names)
    return f"{'get' if verb in ('return', 'provide', 'give') else verb} {rest}"


def _second(word: str) -> str:
    """The imperative of what follows ``and``, where it is a verb."""
    return base_verb(word) or (word[:-1] if _VERBAL.search(word) else word)


def thing_of(first: str) -> str:
    """What the description's first clause calls the resource; empty where it is no noun phrase."""
    thing = " ".join(short(noun_clause(first).split(), MAX_CLAUSE))
    thing = _ARTICLE.sub(lambda match: f"{article(match[1])} ", thing)
    named = (
        " " in thing
        and thing.split(" ", 1)[0].lower() not in BEFORE_ARTICLES - {"all"}
        and not STATEMENT.search(thing)
        and not _SUBORDINATE.search(thing)
        and not names_price(thing)
        and not _SYMBOL.fullmatch(head_of(thing))
    )
    return thing if named else ""


def _imperative(word: str) -> str | None:
    """``Label a Base address``: a word before an article is a verb unless it is one of the few others."""
    if word in BEFORE_ARTICLES or word.endswith(("ed", "ing", "ly")):
        return None
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _is_noun_here(words: list[str]) -> bool:
    """``Search results for …``, ``Test endpoint``: a verb's word that modifies a noun."""
    second = words[1].lower()
    if second == "and" and len(words) > 2 and base_verb(words[2]):
        return False
    return second in _HEADS


@lru_cache(maxsize=8192)
def base_verb(word: str) -> str | None:
    """The imperative of a verb descriptions begin with (``Retrieves`` → retrieve), None for other words."""
    plain = word.lower().strip(",.")
    for form in (plain, plain.removesuffix("s"), plain.removesuffix("es"), plain.removesuffix("ies") + "y"):
        if form in VERBS:
            return form
    return f"{plain[:-1]}" if _VERB_FORM.search(plain) else None


@lru_cache(maxsize=16)  # asked for several times of one resource
def clause_of(text: str) -> str:
    """The first clause; in an enumeration a gerund after a comma is one of its items, elsewhere it begins a new clause."""
    end = CLAUSE_END if not _ENUMERATION.search(text) else _ENUMERATION_END
    return trimmed(end.split(text, maxsplit=1)[0].strip(" \"'“”"))


def noun_clause(text: str) -> str:
    """The first clause without a relative one that makes a statement of it."""
    clause = clause_of(text)
    return trimmed(_RELATIVE.split(clause, maxsplit=1)[0]) if STATEMENT.search(clause) else clause


def short(words: list[str], most: int) -> list[str]:
    """At most ``most`` words, cut where a phrase ends rather than inside one or inside a list."""
    if len(words) <= most:
        return words
    text = " ".join(words)
    heads = [
        (match[1] or ",", trimmed(_PARTICIPLE.sub("", trimmed(text[: match.start()]))))
        for match in _SOFT_END.finditer(text)
    ]
    fitting = [(mark, head) for mark, head in heads if 1 < len(head.split()) <= most]
    whole = [head for mark, head in fitting if mark not in (",", "and", "or") and _closed(head)]
    whole = whole or [head for mark, head in fitting if mark == "," and len(head.split()) > 2 and "," not in head]
    if whole:
        return whole[-1].split()
    halves = [head for mark, head in fitting if mark in ("and", "or") and "," not in head]
    if halves:  # the other half may fit too
        ends = [head for mark, head in heads if mark not in (",", "and", "or") and _closed(head)] or [text]
        return (ends[0] if len(ends[0].split()) <= most + 4 else halves[-1]).split()
    return words if len(words) <= most + 2 else trimmed(" ".join(words[:most])).split()


def _closed(head: str) -> bool:
    """Whether a list in the text has its last item, and a second verb what it needs: not ``run a job and poll``."""
    _, comma, tail = head.rpartition(",")
    if (halved := _HALVED.search(head)) and base_verb(halved[1]):
        return False
    return not comma or " and " in f" {tail}" or " or " in f" {tail}"
