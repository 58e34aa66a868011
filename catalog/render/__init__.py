"""Render: resolved records → the published documents, key by key in their contract order."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.documents import Document
from catalog.render.health import health_document
from catalog.render.places import category_document, cluster_document, edges_of, server_document
from catalog.render.resource import resource, tombstone
from catalog.resolve.model import Catalogue, Published
from catalog.site import Site


def documents(catalogue: Catalogue, site: Site) -> Iterator[tuple[str, str, Document]]:
    """Every document as (kind, name, document), ``generated_at`` still the run's time; sorted within each kind."""
    now = catalogue.run.now
    shown = [p for p in catalogue.published if p.lifecycle != "removed_by_owner"]
    by_id = {p.known.id: p for p in shown}
    edges = edges_of(catalogue.edges, by_id)
    for published in catalogue.published:
        if published.lifecycle == "removed_by_owner":
            yield "resource", published.slug, tombstone(published, now)
        else:
            yield "resource", published.slug, resource(published, by_id, edges, site, now)
            yield "health", published.slug, health_document(published, now, catalogue.run.at)
    tenants: dict[int, list[Published]] = {}
    for published in shown:
        tenants.setdefault(published.origin.id, []).append(published)
    for origin in catalogue.origins:
        yield from server_document(origin, tenants.get(origin.id, ()), now)
    for category in sorted({category for category, _ in catalogue.stats}):
        yield "category", category, category_document(category, catalogue.stats, shown, now)
    for cluster in catalogue.clusters:
        yield from cluster_document(cluster, by_id, edges, now)
