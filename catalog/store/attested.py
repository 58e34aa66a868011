"""Reading what origins declare about themselves, for the build."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, select

from catalog.declared import About, Attested, OriginFacts, origin_of
from catalog.store.schema import attestations, origin_pages

NAMING = ("/openapi.json", "/", "/.well-known/agent-card.json")
"""Whose name for the service counts, the first before the others."""
ICONS = ("/", "/.well-known/agent-card.json")


def attestations_by_subject(connection: Connection, times: Mapping[str, datetime]) -> dict[str, list[Attested]]:
    """What origins still declare, by subject, in order of kind."""
    c = attestations.c
    found: dict[str, list[Attested]] = defaultdict(list)
    for row in connection.execute(select(attestations).where(c.current.is_(True)).order_by(c.subject, c.kind)):
        about: About = "origin" if origin_of(row.subject) == row.subject else "resource"
        found[row.subject].append(Attested(row.kind, about, times[row.first_run], orjson.loads(row.evidence)))
    return found


def attested_of(identity: str, tool: str, found: Mapping[str, Sequence[Attested]]) -> tuple[Attested, ...]:
    """What is declared about a resource, then about its origin."""
    if not found:
        return ()
    own = found.get(f"{identity}#{tool}" if tool else identity, ())
    origin = origin_of(identity)
    return (*own, *(found.get(origin, ()) if origin != identity or tool else ()))


def origin_facts(connection: Connection, times: Mapping[str, datetime]) -> dict[str, OriginFacts]:
    """What origins' documents call them, by the origin's key."""
    c = origin_pages.c
    pages: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in connection.execute(select(origin_pages).where((c.name != "") | (c.favicon != ""))):
        pages["//" + row.host][row.path] = row
    return {key: _facts(pages[key], times) for key in sorted(pages)}


def _facts(pages: Mapping[str, Any], times: Mapping[str, datetime]) -> OriginFacts:
    names = [pages[path].name for path in NAMING if path in pages and pages[path].name]
    icons = [pages[path].favicon for path in ICONS if path in pages and pages[path].favicon]
    since = max(times[row.changed_run] for row in pages.values())
    return OriginFacts(tuple(names), next(iter(icons), None), tuple(sorted(pages)), since)
