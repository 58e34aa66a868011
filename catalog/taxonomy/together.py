"""Many resources at once: each by itself first, in several processes where that pays; then the siblings are asked."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from catalog.memory import many_records
from catalog.taxonomy.classify import SURE, Category, categorise, categorise_among
from catalog.taxonomy.described import Described, split_url

WORTH_PROCESSES = 100_000
"""Resources from which starting processes, and sending them what they read, takes less than it saves."""
_BATCH = 10_000


def categorise_all(resources: Sequence[Described], processes: int | None = None) -> list[Category]:
    """File resources, in their order; where one says little, the siblings on its host lend their evidence.

    ``processes`` is how many work on it: by default one, or one for each processor where there are very many resources.
    Nothing in the result depends on it.
    """
    if processes is None:
        processes = (os.cpu_count() or 1) if len(resources) >= WORTH_PROCESSES else 1
    # Copies one after another: all but the first are remembered.
    order = sorted(range(len(resources)), key=lambda index: resources[index].description)
    filed = dict(zip(order, _filed([resources[index] for index in order], processes), strict=True))
    hosts: dict[str, Counter[str]] = defaultdict(Counter)
    for index, resource in enumerate(resources):
        if filed[index].score >= SURE:
            hosts[split_url(resource.url)[0]][filed[index].label] += 1
    for index, resource in enumerate(resources):
        if filed[index].score < SURE and (siblings := hosts.get(split_url(resource.url)[0])):
            filed[index] = categorise_among(resource, siblings)
    return [filed[index] for index in range(len(resources))]


def _filed(resources: Sequence[Described], processes: int) -> Iterator[Category]:
    if processes == 1:
        yield from map(categorise, resources)
        return
    batches = [resources[start : start + _BATCH] for start in range(0, len(resources), _BATCH)]
    # Spawned, not forked: whoever calls may have threads.
    with ProcessPoolExecutor(processes, get_context("spawn"), many_records) as pool:
        for categories in pool.map(_batch, batches):
            yield from categories


def _batch(resources: Sequence[Described]) -> list[Category]:
    return list(map(categorise, resources))
