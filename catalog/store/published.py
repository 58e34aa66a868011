"""What exporters read: the documents of the last build, its findings and changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from catalog.run import Run, iso
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
            if not hidden.covers(row.url):
                yield dict(zip(names, row, strict=True))


def changes(store: Store, run: Run) -> dict[str, Any]:
    """What changed in one run: new resources, terms, lifecycle, clusters."""
    hidden = t.resources.c.lifecycle != "removed_by_owner"
    with store.begin() as connection:
        before = connection.execute(
            select(func.max(t.runs.c.id)).where(t.runs.c.id < run.id, t.runs.c.status == "published")
        ).scalar()
        new = select(t.resources.c.slug).where(t.resources.c.first_seen_at == run.at, hidden)
        offer = (
            select(t.resources.c.slug, t.offer_changes)
            .join(t.resources, t.resources.c.id == t.offer_changes.c.resource_id)
            .where(t.offer_changes.c.run_id == run.id, hidden)
            .order_by(t.resources.c.slug, t.offer_changes.c.position)
        )
        moves = (
            select(t.resources.c.slug, t.lifecycle_events)
            .join(t.resources, t.resources.c.id == t.lifecycle_events.c.resource_id)
            .where(t.lifecycle_events.c.run_id == run.id, t.lifecycle_events.c.old.is_not(None))
            .order_by(t.resources.c.slug)
        )
        events = connection.execute(
            select(t.cluster_events)
            .where(t.cluster_events.c.run_id == run.id)
            .order_by(*t.cluster_events.primary_key.columns)
        ).all()
        return {
            "run": run.id,
            "generated_at": run.now,
            "previous_run": before,
            "new": list(connection.execute(new.order_by(t.resources.c.slug)).scalars()),
            "offers": [
                {
                    "slug": r.slug, "at": iso(r.at), "source": r.source, "kind": r.kind, "accept": r.accept,
                    "old": r.old, "new": r.new,
                }
                for r in connection.execute(offer)
            ],
            "lifecycle": [
                {"slug": r.slug, "old": r.old, "new": r.new, "reason": r.reason} for r in connection.execute(moves)
            ],
            "merged_clusters": [{"id": e.other_id, "into": e.cluster_id} for e in events if e.kind == "merged"],
            "split_clusters": [{"id": e.other_id, "from": e.cluster_id} for e in events if e.kind == "split"],
        }  # fmt: skip
