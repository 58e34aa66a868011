"""Resolve: listings + observations + what was known → published records. One pure fold for the whole catalogue.

Three steps: every resource by itself (terms, schemas, texts seen), then the catalogue as a whole (slugs,
categories, duplicate clusters, price medians), then every resource again in the light of it (price sanity, risks,
copy, lifecycle). :mod:`catalog.render` turns the result into documents.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter

from catalog import taxonomy
from catalog.known import Known, Names
from catalog.resolve import whole
from catalog.resolve.changes import overnight
from catalog.resolve.drafts import draft_of
from catalog.resolve.finish import finish
from catalog.resolve.model import Catalogue
from catalog.resolve.texts import write_all
from catalog.run import Run
from catalog.site import Site

Progress = Callable[[str, int, int], None]
"""Called as (what, done, total) while long steps go on."""


def resolve(known: Sequence[Known], names: Names, run: Run, site: Site, progress: Progress) -> Catalogue:
    """Fold everything known into tonight's catalogue; ``names`` are the slugs given so far."""
    drafts = []
    for index, (resource, changes, host_rotates) in enumerate(overnight(known, run)):
        drafts.append(
            draft_of(resource, changes, run, host_rotates=host_rotates, opted_out=site.opted_out(resource.url))
        )
        progress("terms", index + 1, len(known))
    given, origins = whole.names(drafts, names)
    categories = taxonomy.categorise_all([whole.described(d) for d in drafts])
    progress("categories", len(drafts), len(drafts))
    texts = write_all(drafts, categories)
    progress("texts", len(drafts), len(drafts))
    hidden = {d.known.id for d in drafts if d.lifecycle == "removed_by_owner"}
    found, clusters, events = whole.find_duplicates(drafts, hidden)
    progress("duplicates", len(drafts), len(drafts))
    member_of = {member: cluster for cluster in clusters for member in cluster.members}
    stats = whole.stats(drafts, categories, member_of, hidden)
    siblings = whole.siblings(drafts, member_of)
    published = []
    for index, (draft, category, written) in enumerate(zip(drafts, categories, texts, strict=True)):
        cluster = member_of.get(draft.known.id)
        origin = origins[draft.known.origin]
        published.append(
            finish(draft, given[draft.known.key], origin, category, written, cluster, stats, siblings, run)
        )
        progress("documents", index + 1, len(drafts))
    published.sort(key=attrgetter("slug"))
    return Catalogue(
        run=run,
        published=tuple(published),
        origins=tuple(sorted(origins.values(), key=attrgetter("slug"))),
        clusters=tuple(sorted(clusters, key=attrgetter("id"))),
        cluster_events=tuple(events),
        edges=tuple(found.edges),
        stats=dict(sorted(stats.items())),
        findings=(*(note for p in published for note in p.draft.notes), *whole.crowding(found.crowds, drafts)),
    )
