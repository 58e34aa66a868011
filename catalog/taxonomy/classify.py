"""What a resource is about: the two-level taxonomy and the classifier that files a resource under it.

A resource is filed by what the caller gets. Evidence is counted in points: a term of the lexicon found in the path
weighs most (its last telling segment more than the others), then the opening words of the description, then the rest.
The settled cases of the taxonomy are rules of their own. Where a resource alone says little, its siblings on the same
host are asked. Everything is deterministic: equal scores fall to the label named first in :data:`TAXONOMY`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from catalog.taxonomy.described import Described, View, clauses, names, read
from catalog.taxonomy.lexicon import Match, lexicon, stem, words

TAXONOMY: dict[str, tuple[str, ...]] = {
    "ai": ("llm", "agents", "embeddings", "ml", "translation"),
    "media": ("images", "video", "audio", "design"),
    "crypto": ("tokens", "wallets", "defi", "nft", "chain", "signals", "risk"),
    "finance": ("markets", "prediction", "macro", "accounting", "payments"),
    "data": ("company", "government", "science", "sports", "statistics", "realestate"),
    "search": ("web", "scraping", "news", "code"),
    "social": ("posts", "profiles", "trends"),
    "location": ("geocoding", "weather", "places", "travel"),
    "communication": ("email", "messaging", "voice"),
    "commerce": ("shopping", "jobs", "bookings"),
    "infrastructure": ("network", "compute", "storage", "monitoring", "domains"),
    "security": ("threat", "identity", "safety"),
    "business": ("legal", "marketing", "strategy", "hr"),
    "content": ("articles", "education", "documents"),
    "entertainment": ("games", "fun", "collectibles"),
    "tools": ("utilities", "time", "random", "testing"),
    "other": ("unknown",),
}
"""First level → second levels, in the order of the published taxonomy."""

UNKNOWN = "other/unknown"
TESTING = "tools/testing"
_TOP = {f"{top}/{sub}": top for top, subs in TAXONOMY.items() for sub in subs}
_RANK = {f"{top}/{sub}": rank for rank, (top, sub) in enumerate((t, s) for t, subs in TAXONOMY.items() for s in subs)}

# Points are a term's own (1 to 4) times the weight of the place it stands in.
_LEAF, _PATH = 4, 3
_HOST, _HOST_ALONE, _QUERY = 2, 3, 2
"""A host weighs more where no path word tells, as in ``/v1/search``."""
_LEAD, _AGAIN, _BODY = 3, 2, 1
"""Opening words say less where they only repeat the path."""
_SERVICE, _TAG, _INPUT, _OUTPUT = 2, 2, 1, 1
_LEAD_WORDS = 16
_CAPS = {"description": 12, "tag": 8, "input": 6, "output": 4, "both": 8}
"""The most that long-winded places may add for one label, beyond the opening words."""
_BOTH = 8
_ENOUGH, SURE = 5, 10
"""Points below which nothing is known, and below which siblings are asked."""
_SHOWN = 4
"""Pieces of evidence kept."""

_BOILERPLATE = re.compile(
    r"(?i)\b(?:protected|premium|paid|paywalled|gated|restricted)[ _-](?:content|resource|route|endpoint|page|area|api)\b"
    r"|\baccess to (?:the )?protected\b"
)
_PROTECTED_PATH = re.compile(r"(?i)/(?:protected|paid|premium|paywall(?:ed)?|restricted)(?:/|$)")
_PIECE = re.compile(
    r"(?i)/(?:articles?|blogs?|posts?|stor(?:y|ies)|chapters?|issues?|publications?|secrets?|essays?|contents?|notes?"
    r"|letters?|dossiers?|evidence|cid|unlock)/[^/]+/?$"
)
_HEADLINE = re.compile(
    r"/(?:[a-z]+(?:-[a-z0-9]+){4,}|(?:19|20)\d\d-\d\d-\d\d(?:-[a-z0-9]+){2,})-[a-z]+(?:\.html)?/?$"
    r"|^/\{\}/[a-z]+(?:-[a-z0-9]+){3,}/?$"
)
"""Six words and more (or a day and three; or four below an author's id), as a blog makes a path of a title."""
_SERVED = re.compile(r"(?i)/(?:api|proxy|x402)/")
"""Where APIs stand and blogs do not."""
_ROLE = re.compile(
    r"[_-](?:accountant|adapter|advisor|adviser|analy[sz]er|analyst|architect|builder|coach|consultant|creator"
    r"|designer|expert|framework|manager|mentor|navigator|optimizer|package|planner|playbook|preparation|preparer"
    r"|roadmap|setup|specialist|strategist|writer)$"
)
_TRADES = (*(f"business/{sub}" for sub in TAXONOMY["business"]), "finance/accounting")
"""What consulting personas are filed under."""
_SPOKEN = frozenset({"message", "messages", "prompt", "input", "question", "query", "text"})
_CHATTY = frozenset({"agent", "ask", "chat", "character", "message", "persona", "talk", "x"})
"""Path words under which personas of every kind are reached."""
_CLEAR = 20
"""Points of a topic that is clear."""
_MEDIA_TYPES = {"image": "media/images", "audio": "media/audio", "video": "media/video"}


@dataclass(frozen=True, slots=True)
class Category:
    """Where a resource is filed, and why."""

    category: str
    subcategory: str
    score: int
    """Points of the label; 0 for other/unknown. Comparable between resources, no probability."""
    evidence: tuple[str, ...]
    """Short sentences, the weightiest first; one that says so where nothing was found."""

    @property
    def label(self) -> str:
        """``media/images``."""
        return f"{self.category}/{self.subcategory}"


class _Tally:
    """Points per label with what they were given for; every term counts once per place."""

    def __init__(self) -> None:
        self.points: dict[str, int] = defaultdict(int)
        self._reasons: list[tuple[str, int, str, str]] = []
        self._spent: dict[tuple[str, str], int] = defaultdict(int)

    def add(self, label: str, points: int, reason: str, term: str = "", cap: str = "") -> None:
        """``points`` for ``label``, as far as the place's cap still allows; ``term`` is quoted in the reason."""
        if cap:
            left = _CAPS[cap] - self._spent[cap, label]
            points = points if points < left else left
            self._spent[cap, label] += points
        if points > 0:
            self.points[label] += points
            self._reasons.append((label, points, reason, term))

    def matches(self, matches: Iterable[Match], place: str, weight: int, cap: str = "") -> None:
        """The matches of one place; a term that occurs twice counts once."""
        seen: set[str] = set()
        add = self.add
        for match in matches:
            term = match.term
            if match.entries and term not in seen:
                seen.add(term)
                for entry in match.entries:
                    add(entry.label, entry.points * weight, place, term, cap)

    def totals(self) -> dict[str, int]:
        """Points with a third of what the rest of the first level has, at most as much as the label's own."""
        levels: dict[str, int] = defaultdict(int)
        for label, points in self.points.items():
            levels[_TOP[label]] += points
        return {label: points + min(points, levels[_TOP[label]] - points) // 3 for label, points in self.points.items()}

    def best(self) -> Category:
        """The label with the most points; other/unknown where none has enough."""
        totals = self.totals()
        label = min(totals, key=lambda label: (-totals[label], _RANK[label]), default=UNKNOWN)
        if totals.get(label, 0) < _ENOUGH:
            return _category(UNKNOWN, 0, ("neither URL nor text tells what it offers",))
        reasons = sorted((-p, i, why, term) for i, (to, p, why, term) in enumerate(self._reasons) if to == label)
        told = (_told(why, term, label, -points) for points, _, why, term in reasons[:_SHOWN])
        return _category(label, totals[label], tuple(told))


@lru_cache(maxsize=65536)
def _told(why: str, term: str, label: str, points: int) -> str:
    """One piece of evidence: the same string for all resources it speaks for."""
    return f"{why} '{term}' → {label} (+{points})" if term else f"{why} → {label} (+{points})"


def categorise(resource: Described) -> Category:
    """File one resource by itself."""
    return _filed(read(resource))


@lru_cache(maxsize=4096)
def _filed(view: View) -> Category:
    return _tally(view).best()


def categorise_among(resource: Described, siblings: Counter[str]) -> Category:
    """File a resource that says little by itself, with the labels of the ones on its host that say more."""
    tally = _tally(read(resource))
    _ask_siblings(tally, siblings)
    return tally.best()


def _ask_siblings(tally: _Tally, siblings: Counter[str]) -> None:
    """Up to 8 points for a label at least half of the sure siblings have; tests say nothing about the rest."""
    total = siblings.total()
    most = min(8, 2 + 2 * total)
    for label, count in siblings.items():
        if 2 * count >= total and label not in (UNKNOWN, TESTING):
            tally.add(label, most * count // total, f"{count} of {total} siblings on the host")


def _category(label: str, score: int, evidence: tuple[str, ...]) -> Category:
    top, _, sub = label.partition("/")
    return Category(top, sub, score, evidence)


def _tally(view: View) -> _Tally:
    known, resource, tally = lexicon(), view.resource, _Tally()
    told: set[str] = set()
    for index, segment in enumerate(view.segments):
        found = known.matches(segment)
        told.update(match.term for match in found)
        tally.matches(found, "path word", _LEAF if index == view.leaf else _PATH)
    if len(view.segments) > 1:
        tally.matches(_spanning(view.segments), "path words", _PATH)
    tally.matches(known.matches(view.query), "query word", _QUERY)
    tally.matches(view.host, "host word", _HOST_ALONE if view.leaf is None else _HOST)
    tally.matches(known.matches(tuple(words(resource.service_name))), "service name", _SERVICE)
    tally.matches(known.matches(names(resource.tags)), "tag", _TAG, "tag")
    inputs = (*view.parameters, *names(resource.inputs))
    tally.matches(known.matches(inputs), "input", _INPUT, "input")
    tally.matches(known.matches(names(resource.outputs)), "output", _OUTPUT, "output")
    opening: list[Match] = []
    again: list[Match] = []
    rest: list[Match] = []
    description, found = _described(resource.description)
    lead = dict(enumerate(description[:_LEAD_WORDS]))
    for match in found:
        (rest if match.position >= _LEAD_WORDS else again if match.term in told else opening).append(match)
        if not match.entries:
            for position in range(match.position, match.position + match.length):
                lead.pop(position, None)
    tally.matches(opening, "opening word", _LEAD)
    if again:
        tally.matches(again, "opening word", _AGAIN)
    tally.matches(rest, "description", _BODY, "description")
    for text in (view.path, resource.description, resource.service_name, *resource.tags):
        tally.matches(known.scan_unspaced(text), "word", _LEAD)
    path = (word for segment in view.segments for word in segment)
    host = (word for match in view.host for word in match.term.split()) if view.leaf is None else ()
    for label, pair in known.together((*host, *path, *lead.values(), *inputs)):
        tally.add(label, _BOTH, "words", pair, "both")
    for rule in (_media_type, _piece, _persona, _protected):
        rule(view, tally)
    return tally


@lru_cache(maxsize=4096)
def _described(text: str) -> tuple[Sequence[str], tuple[Match, ...]]:
    """The words of a description and the terms among them; many resources share one."""
    tokens = clauses(text)
    return tokens, tuple(lexicon().scan(tokens))


def _spanning(segments: Sequence[Sequence[str]]) -> Iterator[Match]:
    """Phrases written across segments, such as ``/earnings/calendar``."""
    ends = set(accumulate(map(len, segments)))
    for match in lexicon().matches(tuple(word for segment in segments for word in segment)):
        if any(match.position < end < match.position + match.length for end in ends):
            yield match


# -- settled cases ------------------------------------------------------------------------------------------------


def _media_type(view: View, tally: _Tally) -> None:
    label = _MEDIA_TYPES.get(view.resource.mime_type.partition("/")[0].lower())
    if label:
        tally.add(label, 8, f"answers with {view.resource.mime_type}")


def _piece(view: View, tally: _Tally) -> None:
    """Single pieces by content id or by a headline for a name are content/articles."""
    last = view.path.rstrip("/").rpartition("/")[2].lower()
    if _PIECE.search(view.path) and not lexicon().known(stem(last)):
        tally.add("content/articles", 12, "a single piece by its id")
    if _HEADLINE.search(view.path):
        # The words of a headline say what the piece is about, not what it is.
        above = (
            0 if _SERVED.match(view.path) else max(tally.points.values(), default=0) - tally.points["content/articles"]
        )
        tally.add("content/articles", 12 + above, "a headline for a name")


@lru_cache(maxsize=65536)
def _spoken(inputs: tuple[str, ...]) -> bool:
    """Whether it takes nothing but what is said to it."""
    return bool(inputs) and _SPOKEN.issuperset(map(str.lower, inputs))


def _persona(view: View, tally: _Tally) -> None:
    """A persona takes its topic; a consulting one is business/*, whatever the trade it advises on."""
    if not _spoken(view.resource.inputs):
        return
    role = _ROLE.search(view.path.rstrip("/").rpartition("/")[2].lower())
    if not role and all(_CHATTY.issuperset(segment) for segment in view.segments):
        clear = {label: points for label, points in tally.points.items() if points >= _CLEAR and label[:3] != "ai/"}
        if clear:
            topic = min(clear, key=lambda label: (-clear[label], _RANK[label]))
            tally.add(topic, 24, "the topic of a persona")
    topics = [label for label in _TRADES if label in tally.points]
    if role and topics:
        # Every consultant plans and advises: strategy is the topic only where no other is as clear.
        standing = {label: tally.points[label] - 6 * (label == "business/strategy") for label in topics}
        trade = max(topics, key=lambda label: standing[label])
        tally.add(trade, 16 + max(tally.points.values()) - tally.points[trade], "a consulting persona")


def _protected(view: View, tally: _Tally) -> None:
    """Access to "protected content" is a test on a demo or starter host; on a product's host it says nothing."""
    if view.deployed:
        return
    if _BOILERPLATE.search(view.resource.description) or _PROTECTED_PATH.search(view.path):
        tally.add(TESTING, 8, "protected content on a demo host")
