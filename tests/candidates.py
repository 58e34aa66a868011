"""Candidates for the duplicate search, made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from catalog.duplicates import Candidate, Cluster, cluster, find_edges
from catalog.urls import canonical, resource_id

PROFILE = "Look a profile up by its numeric id, with its bio, followers and links"
KIT = "Access to protected content"
SENTENCE = "Returns the holders of a token, sorted by balance"


def candidate(url: str, text: str = "", pay_to: str = "", price: str | None = "0.01", **more: Any) -> Candidate:
    """A candidate whose id derives from the URL as listed, so that http and https listings stay two."""
    payees = frozenset(pay_to.split())
    return Candidate(resource_id(url, more.get("tool", "")), url, canonical(url), text=text, pay_to=payees, price=price, **more)  # fmt: skip


def relations(*candidates: Candidate) -> list[str]:
    """The relations of the edges among them."""
    return [edge.relation for edge in find_edges(candidates).edges]


def clustered(candidates: Sequence[Candidate], known: dict[int, str] | None = None) -> list[Cluster]:
    """The clusters they form."""
    return cluster(candidates, find_edges(candidates).edges, known or {})[0]
