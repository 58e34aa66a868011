"""How the members of a cluster are related, told from one member: by its own edges, else by the way along others'."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from catalog.duplicates.model import Edge, Relation

LINKED = 100
"""Members told to one another at most; a cluster's own document names all."""


@dataclass(frozen=True, slots=True)
class Link:
    """Another member as seen from one."""

    relation: Relation | None
    """That of the edge; along a way the one all its steps have; None where they differ."""
    evidence: str


def links(
    own: int, edges: Mapping[int, Sequence[Edge]], inside: Callable[[int], bool], name: Callable[[int], str]
) -> dict[int, Link]:
    """The members nearest to ``own``, at most :data:`LINKED`, in the order of their distance.

    ``edges`` are those of each resource; ``name`` tells a resource that lies on the way.
    """
    found: dict[int, Link] = {}
    ways: dict[int, tuple[Edge, ...]] = {own: ()}
    waiting = deque([own])
    while waiting:
        here = waiting.popleft()
        for edge in edges.get(here, ()):
            other = edge.b if edge.a == here else edge.a
            if other in ways or not inside(other):
                continue
            if len(found) == LINKED:
                return found
            ways[other] = (*ways[here], edge)
            found[other] = _link(own, ways[other], name)
            waiting.append(other)
    return found


def _link(own: int, way: Sequence[Edge], name: Callable[[int], str]) -> Link:
    if len(way) == 1:
        return Link(way[0].relation, way[0].evidence)
    passed, here = [], own
    for edge in way[:-1]:
        here = edge.b if edge.a == here else edge.a
        passed.append(name(here))
    steps = ", ".join(edge.relation for edge in way)
    return Link(_along([edge.relation for edge in way]), f"By way of {', '.join(passed)}: {steps}.")


def _along(steps: Sequence[Relation]) -> Relation | None:
    """One endpoint adds nothing; what is alike twice over is alike; siblings of siblings need not be siblings."""
    telling = set(steps) - {"same_endpoint"}
    if not telling:
        return "same_endpoint"
    return telling.pop() if len(telling) == 1 and "variant" not in telling else None
