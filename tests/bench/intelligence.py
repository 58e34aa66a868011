"""Categorise, cluster and price of generated catalogues: time and memory by size, and what is lost by not comparing all.

Every size runs in a process of its own, which tells its seconds (wall and processor) and its largest memory. At the
smallest size every pair is judged as well, in the same run: the clusters of both are held against the generator's truth.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise

import psutil

from catalog import duplicates, taxonomy
from catalog.duplicates.profiles import profile
from catalog.duplicates.rules import judge
from catalog.memory import many_records
from catalog.resolve import whole
from tests.bench.generated import Row, rows

SIZES = (10_000, 100_000, 1_000_000)
GOAL_EXPONENT, GOAL_SECONDS, GOAL_GIB, GOAL_F1 = 1.15, 120, 4, 0.01


def measured(size: int, *, pairwise: bool = False) -> dict[str, float]:
    """Seconds of each step, and MiB."""
    memory = Memory()
    memory.start()
    made = rows(size)
    candidates = [row.candidate for row in made]
    took = Stopwatch()
    categories = taxonomy.categorise_all([row.described for row in made])
    took.lap("categorise")
    found = duplicates.find_edges(candidates)
    took.lap("search")
    clusters, _ = duplicates.cluster(candidates, found.edges, {})
    took.lap("cluster")
    member_of = {member: cluster for cluster in clusters for member in cluster.members}
    prices = whole.stats(made, categories, member_of, ())  # type: ignore[arg-type]  # rows stand in for drafts
    took.lap("price")
    told = took.told() | {
        "mib": memory.peak(),
        "edges": len(found.edges),
        "clusters": len(clusters),
        "labels": len(prices),
    }
    told["f1"] = f1(made, clusters)
    if pairwise:
        took = Stopwatch()
        everything, _ = duplicates.cluster(candidates, all_edges(candidates), {})
        took.lap("all pairs")
        told |= took.told() | {"f1 of all pairs": f1(made, everything)}
    return told


class Stopwatch:
    """Laps in wall and processor seconds, those of child processes that ended included."""

    def __init__(self) -> None:
        self._laps: dict[str, float] = {}
        self._at = self._now()

    def _now(self) -> tuple[float, float]:
        return time.perf_counter(), sum(os.times()[:4])

    def lap(self, name: str) -> None:
        """End a lap."""
        now = self._now()
        self._laps |= {name: now[0] - self._at[0], f"{name} cpu": now[1] - self._at[1]}
        self._at = now

    def told(self) -> dict[str, float]:
        """The laps so far."""
        return dict(self._laps)


class Memory(threading.Thread):
    """The most that this process and its children ever had resident together, looked at five times a second.

    (``ru_maxrss`` of a child counts what its parent had when it was started.)
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._most = 0
        self._ended = threading.Event()

    def run(self) -> None:
        """Look until asked."""
        own = psutil.Process()
        while not self._ended.wait(0.2):
            self._most = max(self._most, sum(map(self._resident, (own, *own.children()))))

    def _resident(self, process: psutil.Process) -> int:
        try:
            return int(process.memory_info().rss)
        except psutil.NoSuchProcess:
            return 0

    def peak(self) -> float:
        """MiB; ends the looking."""
        self._ended.set()
        self.join()
        return self._most / 2**20


def all_edges(candidates: Sequence[duplicates.Candidate]) -> list[duplicates.Edge]:
    """Every pair judged."""
    profiles = sorted(map(profile, candidates), key=lambda p: p.order)
    return [
        duplicates.Edge(a.candidate.resource_id, b.candidate.resource_id, *verdict)
        for a, b in combinations(profiles, 2)
        if (verdict := judge(a, b))
    ]


def f1(made: Sequence[Row], clusters: Iterable[duplicates.Cluster]) -> float:
    """Of the pairs of one truth and the pairs of one cluster."""
    truth = {row.id: row.truth for row in made}
    both = sum(pairs_of(Counter(truth[member] for member in cluster.members).values()) for cluster in clusters)
    true = pairs_of(Counter(truth.values()).values())
    joined = pairs_of(len(cluster.members) for cluster in clusters)
    return 2 * both / (true + joined)


def pairs_of(sizes: Iterable[int]) -> int:
    """Pairs within groups."""
    return sum(size * (size - 1) // 2 for size in sizes)


def measure() -> None:
    """All sizes, with the exponents of growth."""
    walls = []
    for told in ours():
        size, wall, cpu = int(told["size"]), total(told), total(told, " cpu")
        walls.append((size, cpu))
        steps = ", ".join(f"{name} {told[name]:.1f}" for name in ("categorise", "search", "cluster", "price"))
        print(
            f"categorise, cluster and price, {size:>9,}: {wall:6.1f} s ({steps}), {cpu:6.1f} s of processor,"
            f" {told['mib'] / 1024:.2f} GiB, {told['edges']:,.0f} edges, F1 {told['f1']:.3f}"
        )
        if "all pairs" in told:
            print(
                f"  every pair judged: {told['all pairs']:.1f} s, F1 {told['f1 of all pairs']:.3f}"
                f" (goal: ours within {GOAL_F1})"
            )
    growth = [math.log(b / a) / math.log(m / n) for (n, a), (m, b) in pairwise(walls)]
    print(
        f"  growth exponent of processor time: {', '.join(f'{g:.2f}' for g in growth)} (goal {GOAL_EXPONENT});"
        f" goals for {SIZES[-1]:,}: {GOAL_SECONDS} s, {GOAL_GIB} GiB"
    )


def total(told: dict[str, float], kind: str = "") -> float:
    """Seconds of all four steps."""
    return sum(told[name + kind] for name in ("categorise", "search", "cluster", "price"))


def ours() -> Iterator[dict[str, float]]:
    """What each size's process tells."""
    for size in SIZES:
        command = [sys.executable, "-m", "tests.bench.intelligence", str(size)]
        done = subprocess.run(command, capture_output=True, timeout=1800, check=True)
        yield json.loads(done.stdout) | {"size": size}


if __name__ == "__main__":
    many_records()  # as the command line does
    asked = [int(argument) for argument in sys.argv[1:]]
    if asked:
        print(json.dumps(measured(asked[0], pairwise=asked[0] <= SIZES[0])))
    else:
        measure()
