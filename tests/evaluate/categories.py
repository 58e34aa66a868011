"""Categories against the labelled resources: a label counts as right where it stands among ``labels`` or ``also``.

The rules and the lexicon were written with these labels in view, and nothing is trained on them: the folds (no host in
two of them) show how much the figures differ between hosts, not what other hosts will bring. Every fold is filed by
itself, so that no resource has siblings outside its fold. A few hosts supply many resources, so the figures are given
twice: over resources, and averaged over hosts.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from zlib import crc32

from catalog.taxonomy import TAXONOMY, Category, Described, categorise_all

FOLDS = 5


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled resource and where it was filed."""

    resource: Described
    labels: tuple[str, ...]
    """What the readers chose; the first one is what it is counted under."""
    also: tuple[str, ...]
    found: Category

    @property
    def host(self) -> str:
        """The host as the URL names it."""
        return urlsplit(self.resource.url).netloc

    @property
    def right(self) -> bool:
        """Whether a reader accepts the label."""
        return self.found.label in self.labels + self.also

    @property
    def near(self) -> bool:
        """Whether a reader accepts the first level."""
        return self.found.category in {_top(label) for label in self.labels + self.also}


def judged(shared: Path) -> list[Judged]:
    """The labelled resources, filed fold by fold."""
    lines = (shared / "labels" / "categories.jsonl").read_text("utf-8").splitlines()
    folds: dict[int, list[tuple[Described, tuple[str, ...], tuple[str, ...]]]] = defaultdict(list)
    for row in map(json.loads, lines):
        resource = Described(row["url"], row["description"], inputs=tuple(row["inputs"]), outputs=tuple(row["outputs"]))
        folds[fold(resource.url)].append((resource, tuple(row["labels"]), tuple(row["also"])))
    return [
        Judged(*row, found)
        for _, rows in sorted(folds.items())
        for row, found in zip(rows, categorise_all([resource for resource, *_ in rows]), strict=True)
    ]


def fold(url: str) -> int:
    """The fold of a URL's host."""
    return crc32(urlsplit(url).netloc.encode()) % FOLDS


def share(rows: Sequence[Judged], counts: Callable[[Judged], bool]) -> float:
    """The share of resources that count."""
    return sum(map(counts, rows)) / len(rows)


def by_host(rows: Iterable[Judged], counts: Callable[[Judged], bool]) -> float:
    """The share of resources that count, averaged over hosts."""
    hosts: dict[str, list[Judged]] = defaultdict(list)
    for row in rows:
        hosts[row.host].append(row)
    return sum(share(group, counts) for group in hosts.values()) / len(hosts)


def main(shared: Path) -> None:
    """Print the figures by fold and by first level, the confusion of first levels, and every error."""
    rows = judged(shared)
    print("categories, by fold of hosts; the rules were written with these labels in view and no fold trains anything")
    _table("fold", {str(n): [r for r in rows if fold(r.resource.url) == n] for n in range(FOLDS)} | {"all": rows})
    print("categories, by first level")
    _table("first level", {top: [r for r in rows if _top(r.labels[0]) == top] for top in TAXONOMY})
    print("first levels taken for others")
    wrong = Counter((_top(row.labels[0]), row.found.category) for row in rows if not row.near)
    for (said, found), count in sorted(wrong.items(), key=lambda entry: (-entry[1], entry[0])):
        print(f"  {said:<15} → {found:<15} {count}")
    print("errors")
    for row in rows:
        if not row.right:
            print(f"  {row.labels[0]} → {row.found.label}  {row.resource.url}  {'; '.join(row.found.evidence[:2])}")


def _table(name: str, groups: dict[str, list[Judged]]) -> None:
    print(f"  {name:<15} {'n':>4}  label  first level  (label, first level averaged over hosts)")
    for group, rows in groups.items():
        if rows:
            figures = share(rows, _right), share(rows, _near), by_host(rows, _right), by_host(rows, _near)
            told = [f"{figure:.1%}" for figure in figures]
            print(f"  {group:<15} {len(rows):>4} {told[0]:>6} {told[1]:>12}  ({told[2]}, {told[3]})")


def _right(row: Judged) -> bool:
    return row.right


def _near(row: Judged) -> bool:
    return row.near


def _top(label: str) -> str:
    return label.partition("/")[0]
