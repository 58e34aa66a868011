"""The words by which paid APIs say what they offer, and the matcher that finds them.

The lexicon itself is packaged data (``data/lexicon/*.toml``); it is compiled once into plain dictionaries: a text is cut
into words once, and every word is looked up once, together with the words after it. The longest phrase wins and takes
its words out of play. Chinese, Japanese and Korean are written without (reliable) spaces, so their terms are found
anywhere in a text, character by character; traditional Chinese is read as simplified (``data/han.toml``).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from itertools import filterfalse

TIERS = {"strong": 4, "plain": 2, "hint": 1}
"""Points of a term by how surely it names its label; a strong phrase of several words has one more."""

_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_INTO = re.compile(r"([a-z]{3,})2([a-z]{3,})")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_MARKS = re.compile("[\u0300-\u036f]")
_STROKED = str.maketrans({"đ": "d", "Đ": "d", "ı": "i", "ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "ß": "ss"})
"""Letters whose stroke (or missing dot) is no mark that can be taken off."""
_ARTICLES = frozenset({"a", "an", "the"})
"""Of no meaning, and in the middle of phrases: "verify a signature"."""
_CASES = re.compile(
    "(?<=.{4})(?:иями|ями|ами|ией|иям|иях|ием|ого|его|ому|ему|ыми|ими|ов|ев|ей|ой|ий|ый|ая|яя|ое|ее|ые|ие|ых|их|ую|юю|ом|ем"
    "|ым|им|ам|ям|ах|ях|ию|ия|ии|[аеиоуыьюяй])$"
)
"""Endings of Russian nouns and adjectives, the longest first; four letters stay."""
_NO_PLURALS = frozenset({
    "always", "atlas", "aws", "axios", "bonus", "campus", "canvas", "chaos", "chess", "corpus", "css", "customs", "does", "ethos",
    "https", "kansas", "lens", "mass", "news", "perhaps", "series", "sms", "species", "texas", "this", "towards",
})  # fmt: skip
_GLUE = frozenset("""
able advisor ai al all an and any api app are at auto bay be beam bee bench best bird bit biz board bolt boost bot box
bro bud buddy by case cast checker club code core craft crew data deck desk dev dex digest dock dot drop dude easy
engine er ers eye eyes fast fetch finder first flash fly for forge form free fresh from full gear gen genie get ghost
go grab guide guru heaven hero hint hop house hub hunt hunter ify in insight io is it jet keep kit lab land lane layer
layers lens let like line link list lite live ly make maker man master mate matic me meter mind mint my nest net next
node now of on one only open or os our out pad pal palace palooza pass path pay peek pilot pit planet play plus point
pool port post power pro pulse quick r radar ray ready rex road robot room run scope scout sense service set shed
shield ship shot side sight sky smart smith snap sphere spot spy stack star stash station stop storm stream street
super sure swift talk tap tastic tech that the time to tool top tracker trail tree tribe up us vault verse view vision
wall watch wave way we well whiz wire wise with wiz wizard wizards work world x your zap zen zone
""".split())  # noqa: SIM905 # fmt: skip
"""Small words that glue a compound together without saying what it is about."""
_ENDINGS = (("ied", ("y",)), ("ed", ("e", "")), ("ing", ("e", "")), ("er", ("e", "")), ("or", ("e", "")), ("ly", ("",)))
"""English endings of verbs and adverbs, and what stands in their place in the base form."""
_SHORTEST_GLUED, _SHORTEST_COMPOUND, _LONGEST_COMPOUND = 5, 6, 32


@dataclass(frozen=True, slots=True)
class Entry:
    """One label a term speaks for, with its points."""

    label: str
    points: int


@dataclass(frozen=True, slots=True)
class Match:
    """A term found at a word position; a neutral phrase has no entries."""

    position: int
    term: str
    entries: tuple[Entry, ...]
    length: int = 1
    """Words it takes."""


class Lexicon:
    """The compiled terms of all labels."""

    def __init__(self, tables: Mapping[str, Mapping[str, str]], neutral: str) -> None:
        terms: dict[tuple[str, ...], dict[str, int]] = defaultdict(dict)
        unspaced: dict[str, dict[str, int]] = defaultdict(dict)
        together: dict[str, list[tuple[frozenset[str], str, str]]] = defaultdict(list)
        for label, tiers in tables.items():
            for tier, points in TIERS.items():
                for term in _split(tiers.get(tier, "")):
                    for where, key in _spellings(term):
                        known = unspaced[str(key)] if where == "unspaced" else terms[tuple(key)]
                        sure = tier == "strong" and where == "words" and len(key) > 1
                        known[label] = max(points + sure, known.get(label, 0))
            for pair in _split(tiers.get("both", "")):
                first, *others = (stem(word) for word in pair.split(" + "))
                together[first].append((frozenset(others), label, pair))
        self._terms = {key: (" ".join(key), _entries(labels)) for key, labels in terms.items()}
        self._unspaced = {term: _entries(labels) for term, labels in unspaced.items()}
        for phrase in _split(neutral):
            where, key = next(_spellings(phrase))
            if where == "unspaced":
                self._unspaced[str(key)] = ()
            else:
                self._terms[tuple(key)] = (phrase, ())
        self._unspaced_lengths = _lengths(self._unspaced)
        self._lengths = _lengths(self._terms)
        self._words = frozenset(word for key in self._terms for word in key)
        self._together = dict(together)
        self._vocabulary = frozenset(key[0] for key in self._terms if len(key) == 1 and self._terms[key][1])

    def scan(self, tokens: Sequence[str]) -> Iterator[Match]:
        """All terms among stemmed ``tokens``, longest first at every position, none overlapping."""
        reach = 0
        for position, token in enumerate(tokens):
            if position < reach or token not in self._lengths:
                continue
            for length in self._lengths[token]:
                found = self._terms.get(tuple(tokens[position : position + length]))
                if found and position + length <= len(tokens):
                    yield Match(position, *found, length)
                    reach = position + length
                    break

    @lru_cache(maxsize=65536)  # noqa: B019 - the one lexicon lives as long as the process
    def matches(self, tokens: tuple[str, ...]) -> tuple[Match, ...]:
        """:meth:`scan` for what comes again and again: segments, names of fields and hosts."""
        return tuple(self.scan(tokens))

    def scan_unspaced(self, text: str) -> Iterator[Match]:
        """All Chinese, Japanese and Korean terms in ``text``; positions count characters."""
        if text.isascii() or not _UNSPACED.search(text):
            return
        reach, written = 0, text.lower()
        text = written.translate(_simplified())
        for position, character in enumerate(text):
            if position < reach or character not in self._unspaced_lengths:
                continue
            for length in self._unspaced_lengths[character]:
                end = position + length
                found = self._unspaced.get(text[position:end])
                if found is not None:
                    yield Match(position, written[position:end], found)
                    reach = end
                    break

    def together(self, tokens: Iterable[str]) -> Iterator[tuple[str, str]]:
        """(label, pair) of every "both" rule whose words all occur."""
        present = set(tokens)
        for token in sorted(present & self._together.keys()):
            for others, label, pair in self._together[token]:
                if others <= present:
                    yield label, pair

    def known(self, token: str) -> bool:
        """Whether the stem is a term, or begins one, by itself."""
        return token in self._lengths

    @lru_cache(maxsize=65536)  # noqa: B019 - the one lexicon lives as long as the process
    def base(self, token: str) -> str:
        """A word no term holds as the form of it one does: ``minted`` → mint, ``scores`` stays."""
        if token in self._words:
            return token
        for ending, others in _ENDINGS:
            if token.endswith(ending) and len(token) > len(ending) + 2:
                bare = token[: -len(ending)]
                undoubled = bare[:-1] if bare[-1] == bare[-2] else bare
                for form in (*(bare + other for other in others), undoubled):
                    if form in self._words:
                        return form
        return token

    @lru_cache(maxsize=65536)  # noqa: B019 - the one lexicon lives as long as the process
    def unglued(self, token: str) -> tuple[str, ...]:
        """A word with its parts apart where only known words make it up: ``walletguard`` → wallet, guard."""
        bare = token.rstrip("0123456789")
        if bare != token and not self.known(token) and self.known(stem(bare)):
            return (stem(bare),)
        into = _INTO.fullmatch(token)
        if into and not self.known(token):
            return (into[1], "to", into[2])
        if self.known(token) or not _SHORTEST_COMPOUND <= len(token) <= _LONGEST_COMPOUND:
            return (token,)
        best: list[tuple[str, ...] | None] = [()] + [None] * len(token)
        for end in range(1, len(token) + 1):
            for start in range(max(0, end - 14), end):
                head, part = best[start], token[start:end]
                if head is not None and self._part(part) and (best[end] is None or len(head) < len(best[end] or ())):
                    best[end] = (*head, stem(part))
        parts = best[-1]
        return parts if parts and len(parts) <= 4 and any(map(self.known, parts)) else (token,)

    def _part(self, part: str) -> bool:
        return part in _GLUE or (len(part) >= 3 and (part in self._vocabulary or stem(part) in self._vocabulary))


def words(text: str) -> list[str]:
    """The stemmed words of a text: lower-case, without articles and accents (but of kana), plurals gone."""
    return list(map(stem, filterfalse(_ARTICLES.__contains__, _WORD.findall(_folded(text)))))


@lru_cache(maxsize=65536)
def name_words(name: str) -> tuple[str, ...]:
    """The stemmed words of an identifier: ``getWalletBalances``, ``wallet_balances``, ``wallet-balances``."""
    return tuple(words(_CAMEL.sub(" ", name)))


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    return "".join(map(_bare, unicodedata.normalize("NFC", text))).lower()


@lru_cache(maxsize=4096)
def _bare(letter: str) -> str:
    """A letter without its marks; only those on Latin letters go, in kana and Devanagari they make other letters."""
    if "\u00c0" <= letter <= "\u024f" or "\u1e00" <= letter <= "\u1eff":
        return _MARKS.sub("", unicodedata.normalize("NFD", letter)).translate(_STROKED)
    return letter


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The singular of an English plural, a Russian word without the ending of its case; anything else as it is."""
    if len(word) > 4 and "\u0400" <= word[0] <= "\u04ff":
        return _CASES.sub("", word.replace("ё", "е"))
    if len(word) < 4 or not word.endswith("s") or word in _NO_PLURALS or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "shes", "ches", "xes", "zzes")) else word[:-1]


def _split(terms: str) -> list[str]:
    return [term for term in (" ".join(term.split()) for term in terms.split(",")) if term]


def _spellings(term: str) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """How a term may be written: as words, glued together, or (unspaced scripts) anywhere in a text."""
    if _UNSPACED.search(term):
        yield "unspaced", term.lower().translate(_simplified())
        return
    tokens = tuple(words(term))
    yield "words", tokens
    glued = "".join(tokens)
    if len(tokens) > 1 and len(glued) >= _SHORTEST_GLUED:
        yield "words", (glued,)


def _entries(labels: Mapping[str, int]) -> tuple[Entry, ...]:
    return tuple(Entry(label, points) for label, points in labels.items())


def _lengths(keys: Iterable[Sequence[str]]) -> dict[str, tuple[int, ...]]:
    """For each first word (or character) the lengths of the terms it begins, longest first."""
    lengths: dict[str, set[int]] = defaultdict(set)
    for key in keys:
        lengths[key[0]].add(len(key))
    return {word: tuple(sorted(found, reverse=True)) for word, found in lengths.items()}


@cache
def _simplified() -> dict[int, str]:
    """The packaged table of traditional characters, for ``str.translate``."""
    text = (resources.files("catalog") / "data" / "han.toml").read_text("utf-8")
    return {ord(traditional): simplified for traditional, simplified in tomllib.loads(text)["pairs"].split()}


@cache
def tables() -> dict[str, dict[str, str]]:
    """The packaged lexicon by label (``crypto/tokens``), and the neutral phrases under ``neutral``."""
    found: dict[str, dict[str, str]] = {}
    for file in sorted((resources.files("catalog") / "data" / "lexicon").iterdir(), key=lambda file: file.name):
        name, data = file.name.removesuffix(".toml"), tomllib.loads(file.read_text("utf-8"))
        found |= {name: data} if name == "neutral" else {f"{name}/{sub}": tiers for sub, tiers in data.items()}
    return found


@cache
def lexicon() -> Lexicon:
    """The packaged lexicon, compiled."""
    found = dict(tables())
    neutral = found.pop("neutral")["terms"]
    return Lexicon(found, neutral)
