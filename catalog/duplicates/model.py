"""What goes into the duplicate search and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Relation = Literal["same_endpoint", "environment", "mirror", "template_instance", "variant"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A resource as the duplicate search sees it."""

    resource_id: int
    url: str
    identity: str
    """Canonical ``//host/path?query``, see :mod:`catalog.urls`."""
    tool: str = ""
    text: str = ""
    """The description."""
    pay_to: frozenset[str] = frozenset()
    price: str | None = None
    """USD, exact."""
    payable: bool = False
    first_seen: str = ""
    """ISO 8601."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Two resources believed to be one, or close siblings."""

    a: int
    b: int
    """Resource ids; a's (identity, tool) sorts before b's."""
    relation: Relation
    score: int
    """0 … 100."""
    evidence: str
    """One sentence."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Resources that count as one."""

    id: str
    """``data-cl-`` and 12 hex digits, kept while members come and go."""
    canonical: int
    reason: str
    """Why this member is the canonical one: one sentence."""
    members: tuple[int, ...]
    """At least two, in the order of their identities."""


@dataclass(frozen=True, slots=True)
class ClusterEvent:
    """What became of last night's clusters."""

    kind: Literal["merged", "split"]
    cluster_id: str
    """The id that stays."""
    other_id: str
    """merged: the id that went; split: the id the other side has now."""
    evidence: str


def order_of(candidate: Candidate) -> tuple[str, str, int]:
    """By identity, then tool: the order of everything published."""
    return candidate.identity, candidate.tool, candidate.resource_id
