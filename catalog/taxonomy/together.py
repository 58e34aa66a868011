"""Many resources at once: each by itself first, then the siblings are asked where one says little."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from urllib.parse import urlsplit

from catalog.taxonomy.classify import SURE, UNKNOWN, Category, categorise, categorise_among
from catalog.taxonomy.described import Described


def categorise_all(resources: Sequence[Described]) -> list[Category]:
    """File resources, in their order; where one says little, the siblings on its host lend their evidence."""
    top, _, sub = UNKNOWN.partition("/")
    found = [Category(top, sub, 0, ())] * len(resources)
    # Copies one after another: all but the first are remembered.
    for index in sorted(range(len(resources)), key=lambda i: resources[i].description):
        found[index] = categorise(resources[index])
    hosts: dict[str, Counter[str]] = defaultdict(Counter)
    for resource, category in zip(resources, found, strict=True):
        if category.score >= SURE:
            hosts[_host(resource)][category.label] += 1
    for index, category in enumerate(found):
        if category.score < SURE and (siblings := hosts.get(_host(resources[index]))):
            found[index] = categorise_among(resources[index], siblings)
    return found


def _host(resource: Described) -> str:
    return urlsplit(resource.url).netloc.lower()
