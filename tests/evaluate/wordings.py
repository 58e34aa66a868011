"""How the texts of a whole catalogue stand beside each other: what repeats on a host, what is left over, how long."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from statistics import median

from catalog.copywriting import Copy, Facts
from catalog.copywriting.wording import word_set

Row = tuple[Facts, Copy]

DEBRIS = {
    "placeholder": re.compile(r"[{}]|(?<![\w/$]):[a-z]\w+|%7B"),
    "markdown": re.compile(r"\*\*|`|^#|\]\(|(?<!\w)__|__(?!\w)"),
    "HTML": re.compile(r"</?[a-z]+\b|&(?:amp|lt|gt|quot|nbsp|#\d+);"),
    "link": re.compile(r"://|\bwww\."),
    "word twice": re.compile(r"(?i)(?<![\w-])([a-z]\w*) \1(?![\w-])"),
    "loose mark": re.compile(r" [,.;!?](?:\s|$)|,,|\.\.(?!\.)|  | >|^\W*$"),
    "open bracket": re.compile(r"^[^()]*\([^()]*$|^[^“”]*“[^“”]*$"),
    "verb form": re.compile(r"\bto (?:gets|lists|returns|provides|fetches|access to)\b"),
}
"""What no text may hold."""
WRONG_ARTICLE = re.compile(
    r"(?i)\ban (?!8|11|18)(?=[bcdgjkpqtvwyz]|uni|us[aei]|eu|one\b|url)"
    r"|(?<![\w-])(?-i:a) (?!uni|us[aei]|eu|one\b|url|u[A-Z]|U[A-Z])(?=[aeiou])"
)
_WORD = re.compile(r"[^\W_]+")
HOST_ROWS = 5
"""Fewest resources of a host whose sentences are compared."""


def figures(rows: Sequence[Row]) -> list[str]:
    """Lines to print."""
    twins = alike(rows)
    debris = Counter(kind for kind, _, _ in left_over(rows))
    said = [f"titles that are one resource's alone on its host: {_share(len(rows) - twins['title'], len(rows))}"]
    said.append(f"summaries equal to another's of the host though facts differ: {_share(twins['summary'], len(rows))}")
    said.append(f"search descriptions likewise: {_share(twins['seo_description'], len(rows))}")
    for field in ("use_cases", "ideal_buyer", "example_prompt"):
        most = skeletons(rows, field)
        said.append(
            f"commonest skeleton of {field} on hosts of {HOST_ROWS} or more: {median(most):.0%} of the host's (median of {len(most)} hosts)"
        )
    said.append(f"texts with debris: {sum(debris.values())} {dict(debris) or ''}".rstrip())
    for name in ("title", "seo_title", "seo_description", "summary"):
        lengths = sorted(len(getattr(copy, name)) for _, copy in rows)
        said.append(
            f"length of {name}: median {median(lengths):.0f}, 95 % {lengths[len(lengths) * 95 // 100]}, longest {lengths[-1]}"
        )
    return said


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.1%})"


def alike(rows: Sequence[Row]) -> Counter[str]:
    """Per field, how many resources share its text with one of their host that declares something else."""
    count: Counter[str] = Counter()
    for field in ("title", "summary", "seo_description"):
        facts: dict[tuple[str, str], set[tuple[object, ...]]] = defaultdict(set)
        for row, copy in rows:
            facts[row.host, getattr(copy, field)].add(declared(row))
        count[field] = sum(len(facts[row.host, getattr(copy, field)]) > 1 for row, copy in rows)
    return count


def declared(facts: Facts) -> tuple[object, ...]:
    """What two resources of a host can differ in."""
    place = facts.path.rstrip("/"), facts.url.partition("?")[2], facts.tool
    return (*place, facts.description, facts.inputs, facts.required_inputs, facts.outputs)


def skeletons(rows: Sequence[Row], field: str) -> list[float]:
    """Per host, the share of the commonest skeleton: the text with all that the facts or the title hold left out."""
    hosts: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        hosts[row[0].host].append(row)
    most = []
    for mine in hosts.values():
        if len(mine) >= HOST_ROWS:
            found = Counter(skeleton(facts, copy, text) for facts, copy in mine for text in _texts(copy, field))
            most.append(max((n for text, n in found.items() if text != "…"), default=0) / sum(found.values()))
    return most


def skeleton(facts: Facts, copy: Copy, text: str) -> str:
    """``Feed … into a trading or portfolio tool``: runs of words the facts or the title hold as an ellipsis."""
    named = f"{copy.title} {facts.description} {facts.path} {facts.host} {facts.service_name} {' '.join(facts.inputs + facts.outputs)}"
    known = {form for word in _WORD.findall(named.lower().replace("_", " ")) for form in (word, word.removesuffix("s"))}
    words = ["…" if word.lower() in known - _LINKS else word for word in re.findall(r"[^\W_]+|…", text)]
    return " ".join(word for at, word in enumerate(words) if word != "…" or at == 0 or words[at - 1] != "…")


_LINKS = word_set("a an and the to for of with from in into on by or over per each")


def left_over(rows: Sequence[Row]) -> Iterator[tuple[str, str, str]]:
    """Kind, URL and text of what should have been cleaned away."""
    for facts, copy in rows:
        for field in Copy.__dataclass_fields__:
            for text in _texts(copy, field):
                for kind, pattern in DEBRIS.items():
                    found = pattern.search(text)
                    if found and not (kind == "word twice" and found[0] in facts.description):
                        yield kind, facts.url, text
                if field in ("use_cases", "ideal_buyer", "example_prompt") and WRONG_ARTICLE.search(text):
                    yield "article", facts.url, text


def _texts(copy: Copy, field: str) -> tuple[str, ...]:
    value = getattr(copy, field)
    return value if isinstance(value, tuple) else (value,)
