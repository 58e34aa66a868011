"""What exporters read: the documents of the last build and the findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from catalog.run import Run
from catalog.store import schema as t
from catalog.store.engine import Store
from catalog.store.optout import withheld


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as built: its bytes and what a manifest says of them."""

    kind: str
    name: str
    sha256: str
    size: int
    body: bytes

    @property
    def path(self) -> str:
        """Inside a release."""
        return f"{self.kind}/{self.name}.json"


def is_built(store: Store, run: Run) -> bool:
    """Whether the documents in the store are those of ``run``: a crawl since the last build is not in them."""
    with store.begin() as connection:
        built = connection.execute(select(t.runs.c.stage).where(t.runs.c.id == run.id)).scalar()
    return built in ("build", "export", "publish")


def documents(store: Store) -> Iterator[StoredDocument]:
    """All documents of the last build, by kind and name, streamed."""
    c = t.documents.c
    query = select(c.kind, c.name, c.sha256, c.size, c.body).order_by(c.kind, c.name)
    with store.begin() as connection:
        for row in connection.execution_options(yield_per=500).execute(query):
            yield StoredDocument(row.kind, row.name, row.sha256, row.size, row.body.encode())


def all_findings(store: Store) -> Iterator[dict[str, Any]]:
    """All findings in contract shape, sorted; those about owners who opted out are withheld."""
    c = t.findings.c
    names = ("code", "severity", "url", "source", "field", "evidence", "first_run", "last_run")
    order = (c.code, c.url, c.source, c.field, c.evidence, c.id)
    with store.begin() as connection:
        hidden = withheld(connection)
        for row in connection.execute(select(*(c[name] for name in names)).order_by(*order)):
            if not hidden.covers(row.url) and not hidden.is_named_in(row.evidence):
                yield dict(zip(names, row, strict=True))
