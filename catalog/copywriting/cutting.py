"""Texts cut where they may be: between sentences, at a clause's end, at a list's comma, never inside a word."""

from __future__ import annotations

import re

from catalog.copywriting.wording import sentence, word_set

CUTS = re.compile(r"\s+[—–-]{1,2}\s+|[;:]\s+|,\s+|\s+\(|[，、；：]")
"""Where a sentence may be cut: dashes, semicolons, commas, brackets."""
_CLAUSE = re.compile(
    r"(?i)(?:^|, |\b)(?:and|or|which|who|that|where|with|without|including|plus|no|not|so|but|\w+ing|is|are|was|has|have|can|will)\b"
)
_LAST_ITEM = re.compile(r",? and \w")
_INTRODUCTION = re.compile(r"(?i)\s*(?:in|on|at|for|with|if|when|after|before|unlike|while|from|by|as)\b")
_ENDS = " ,;:—–-("
_OPEN_WORDS = word_set(
    "and or with without the a an of for to in on by via from at as into that which including using plus per is are be your any "
    "its their over between before after when where than vs vs. versus so"
)
"""Words that leave a text open."""


def fit(parts: tuple[str, ...], limit: int, most: int = 3) -> str:
    """The first sentences that fit whole, and of the next its first clauses where the text would stay short; if not
    even one fits, its clauses; if none does, its words and an ellipsis."""
    text = ""
    for part in parts[:most]:
        longer = f"{text} {part}".strip()
        if len(longer) > limit:
            more = shorten(part, limit - len(text) - 1) if text and 3 * len(text) < limit else ""
            return f"{text} {more}" if len(more) > 30 and not more.endswith("…") else text or shorten(part, limit)
        text = longer
    return text


def shorten(text: str, limit: int) -> str:
    """One sentence cut at its last clause boundary within ``limit``, else at a word, never inside one."""
    if len(text) <= limit:
        return text
    ends = [cut for cut in CUTS.finditer(text, 0, limit) if cut.start() >= limit // 3]
    for end in reversed(ends):
        clause = trimmed(text[: end.start()])
        if clause.count("(") == clause.count(")") and len(clause) < limit:
            listing = end[0].startswith(",") and _LAST_ITEM.search(text, end.start())
            closed = _closed_list(clause) if listing else clause
            return sentence(closed if len(closed) < limit else clause)
    head = text[:limit].rsplit(" ", 1)[0] if " " in text[:limit] else ""
    head = trimmed(head[: limit - 1].rsplit(" ", 1)[0] if len(head) >= limit else head)
    return f"{head}…" if head and len(head) < limit else ""


def _closed_list(clause: str) -> str:
    """A list that was cut at a comma, with ``and`` before what is now its last item: ``a, b`` → ``a and b``."""
    start = max(clause.rfind(mark) for mark in (" — ", " – ", " - ", ": ", "; ", "(", ". "))
    head, tail = clause[: start + 1], clause[start + 1 :]
    items = tail.split(", ")
    if (
        len(items) < 2
        or any(item.count(" ") > 4 for item in items[1:])
        or _CLAUSE.search(", ".join(items[1:]))
        or _INTRODUCTION.match(tail)
    ):
        return clause
    return f"{head}{', '.join(items[:-1])} and {items[-1]}"


def trimmed(text: str) -> str:
    """The text without the function words and punctuation that a cut leaves at its end."""
    text = text.rstrip(_ENDS)
    while " " in text:
        head, _, last = text.rpartition(" ")
        if last.lower() not in _OPEN_WORDS:
            break
        text = head.rstrip(_ENDS)
    return text
