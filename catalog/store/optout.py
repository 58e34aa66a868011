"""What stays out of a release because its owner opted out: a bare tombstone is published, history is withheld."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from catalog.store.schema import resources
from catalog.urls import InvalidURL, canonical


@dataclass(frozen=True, slots=True)
class Withheld:
    """Resources and origins of owners who opted out, as of the last build; owners opt out by host."""

    resources: frozenset[int]
    origins: frozenset[int]
    hosts: frozenset[str]

    def covers(self, url: str) -> bool:
        """Whether ``url``, as listed, lies on a host that opted out; False for a text that is no URL."""
        try:
            return bool(self.hosts) and _host(canonical(url)) in self.hosts
        except InvalidURL:
            return False

    def is_named_in(self, text: str) -> bool:
        """Whether a text, such as the evidence of a finding about somebody else, names a host that opted out."""
        return bool(self.hosts) and any(host in text for host in self.hosts)


def withheld(connection: Connection) -> Withheld:
    """Read it from the resources' lifecycle."""
    query = select(resources).where(resources.c.lifecycle == "removed_by_owner")
    rows = connection.execute(query).all()
    return Withheld(
        resources=frozenset(row.id for row in rows),
        origins=frozenset(row.origin_id for row in rows),
        hosts=frozenset(_host(row.identity) for row in rows),
    )


def _host(identity: str) -> str:
    return identity[2:].partition("/")[0].partition("?")[0]
