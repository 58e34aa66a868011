"""Visits: each origin's own documents, asked for once a night; what they declare is kept as listings of the origin's
own and as attestations, in one transaction per visit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, and_, bindparam, exists, func, literal, select, update

from catalog.declared import OWN, Attestation, Declaration, origin_of
from catalog.records import Finding, Listing
from catalog.run import Run
from catalog.store.engine import Store, chunks, upsert
from catalog.store.findings import save_findings
from catalog.store.intake import LISTING, save_listings
from catalog.store.schema import attestations, listings, origin_pages, resources
from catalog.store.types import Moment
from catalog.urls import parse, resource_id

MAX_NEW = 500
"""Attested subjects an origin may have before resources only it knows of are no longer taken."""


@dataclass(frozen=True, slots=True)
class Validators:
    """How to ask only for news."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """One origin to visit tonight."""

    origin_id: int
    key: str
    """``//host[:port]``"""
    url: str
    """``https://host``, or ``http`` where none of its resources is listed under https."""
    pages: Mapping[str, Validators]
    """Which paths to ask for, in order, and what is known of them."""


@dataclass(frozen=True, slots=True)
class Page:
    """What one path answered."""

    path: str
    status: int | None = None
    """HTTP status; None without an answer, or where it was not asked."""
    validators: Validators = field(default_factory=Validators)
    declared: Declaration | None = None
    """What a document said; empty where there is none (any more); None where nothing new is known."""
    findings: tuple[Finding, ...] = ()


def visits(
    store: Store, run: Run, paths: Sequence[str], reader: int, recorded: Callable[[str], bool] | None = None
) -> list[Visit]:
    """Origins of everything known that is not gone, those visited in this run left out: by key, but those not visited
    for longest come first.

    An origin whose front page is itself a listed resource is not asked for its page. With ``recorded`` (a replay)
    only what was recorded is asked for. Validators of another ``reader`` are not used.
    """
    known: dict[str, set[str]] = defaultdict(set)
    front_is_listed: set[str] = set()
    query = select(resources.c.identity, resources.c.url).where(
        func.coalesce(resources.c.lifecycle, "active").not_in(("gone", "removed_by_owner"))
    )
    with store.begin() as connection:
        for identity, url in connection.execute(query):
            key = origin_of(identity)
            known[key].add(parse(url).origin)
            if identity == key:
                front_is_listed.add(key)
        validators: dict[tuple[int, str], Validators] = {}
        done: set[int] = set()
        last: dict[int, str] = {}
        for row in connection.execute(select(origin_pages)):
            last[row.origin_id] = max(row.last_run, last.get(row.origin_id, ""))
            if row.last_run == run.id:
                done.add(row.origin_id)
            if row.reader == reader:
                validators[row.origin_id, row.path] = Validators(row.etag, row.last_modified)
    found = []
    for key in sorted(known):
        number = resource_id(key)
        if number in done:
            continue
        url = min(known[key], key=lambda origin: (not origin.startswith("https:"), origin))
        pages = {
            path: validators.get((number, path), Validators())
            for path in paths
            if not (path == "/" and key in front_is_listed) and (recorded is None or recorded(url + path))
        }
        if pages:
            found.append(Visit(number, key, url, pages))
    return sorted(found, key=lambda visit: (last.get(visit.origin_id, ""), visit.key))


def save_visit(
    store: Store, run: Run, visit: Visit, pages: Sequence[Page], reader: int, kinds: Mapping[str, str]
) -> None:
    """Keep what an origin's documents answered; ``kinds`` names the kind of attestation of each path that has one."""
    with store.begin() as connection:
        noticed: list[Finding] = [finding for page in pages for finding in page.findings]
        for page in pages:
            kind = kinds.get(page.path)
            if kind is not None and page.declared is not None:
                noticed += _declare(connection, run, visit, kind, page.declared)
            elif kind is not None and page.status == 304:
                _confirm(connection, run, visit, kind)
        _save_pages(connection, run, visit, pages, reader)
        save_findings(connection, run, noticed)


def _save_pages(connection: Connection, run: Run, visit: Visit, pages: Sequence[Page], reader: int) -> None:
    mine = origin_pages.c.origin_id == visit.origin_id
    known = {row.path: row for row in connection.execute(select(origin_pages).where(mine))}
    rows = []
    for page in pages:
        old = known.get(page.path)
        row: dict[str, Any] = {
            "origin_id": visit.origin_id, "path": page.path, "host": visit.key[2:], "status": page.status,
            "etag": "", "last_modified": "", "reader": reader, "name": "", "favicon": "", "changed_run": run.id,
            "last_run": run.id,
        }  # fmt: skip
        if page.declared is not None:
            row |= {"etag": page.validators.etag, "last_modified": page.validators.last_modified}
            row |= {"name": page.declared.name, "favicon": page.declared.favicon}
        elif old is not None:
            row |= {name: getattr(old, name) for name in ("etag", "last_modified", "reader", "name", "favicon")}
        if old is not None and (old.name, old.favicon) == (row["name"], row["favicon"]):
            row["changed_run"] = old.changed_run
        rows.append(row)
    upsert(connection, origin_pages, rows, update=[c.name for c in origin_pages.c if not c.primary_key])


def _declare(connection: Connection, run: Run, visit: Visit, kind: str, declared: Declaration) -> list[Finding]:
    """A document that was read whole: what it holds is declared, what it held before is not any more."""
    source = OWN + kind
    noticed = list(declared.findings)
    found = {resource_id(listing.identity, listing.tool): listing for listing in declared.listings}
    taken, left_out = _admitted(connection, visit, found)
    if left_out:
        shown = f"{left_out} resources beyond the {MAX_NEW} that one origin may add are left out"
        noticed.append(Finding("declared.too_many", "warning", visit.url, source, "resources", shown))
    _save_resources(connection, run, taken)
    save_listings(connection, run, source, taken)
    kept = [a for a in declared.attestations if _resource(a.subject) not in found.keys() - taken.keys()]
    _attest(connection, run, visit, kind, kept)
    _missed(connection, run, visit, kind)
    return noticed


def _admitted(connection: Connection, visit: Visit, found: Mapping[int, Listing]) -> tuple[dict[int, Listing], int]:
    """The declared resources that are known already, and as many new ones as there is room for."""
    known = {
        key
        for part in chunks(list(found))
        for key in connection.execute(select(resources.c.id).where(resources.c.id.in_(part))).scalars()
    }
    attested = select(func.count()).where(attestations.c.origin_id == visit.origin_id)
    room = MAX_NEW - connection.execute(attested).scalar_one() if found.keys() - known else 0
    taken: dict[int, Listing] = {}
    for key, listing in found.items():
        if key in known or room > 0:
            room -= key not in known
            taken[key] = listing
    return taken, len(found) - len(taken)


def _save_resources(connection: Connection, run: Run, found: Mapping[int, Listing]) -> None:
    """New resources; of known ones the methods, and the kind where no bazaar lists them (any more)."""
    before = {
        row.id: row
        for part in chunks(list(found))
        for row in connection.execute(select(resources).where(resources.c.id.in_(part)))
    }
    rows = []
    for key, listing in found.items():
        old = before.get(key)
        fresh = old is not None and old.last_listed_at == run.at
        methods = {*listing.methods, *(filter(None, old.methods.split(",")) if old is not None and fresh else ())}
        rows.append(
            {
                "id": key, "identity": listing.identity, "tool": listing.tool, "url": listing.url,
                "kind": listing.kind, "methods": ",".join(sorted(methods)), "listed": True, "first_seen_at": run.at,
                "last_listed_at": run.at, "consecutive_failures": 0, "unanswered_streak": 0,
            }
        )  # fmt: skip
    upsert(connection, resources, rows, update=["last_listed_at", "listed", "methods"])
    elsewhere = exists().where(
        listings.c.resource_id == resources.c.id, listings.c.current.is_(True), listings.c.missed == 0,
        listings.c.source.not_like(f"{OWN}%"),
    )  # fmt: skip
    kinds = [{"b_id": row["id"], "b_kind": row["kind"]} for row in rows if row["id"] in before]
    if kinds:
        mine = and_(resources.c.id == bindparam("b_id"), ~elsewhere)
        connection.execute(update(resources).where(mine).values(kind=bindparam("b_kind")), kinds)


def _attest(connection: Connection, run: Run, visit: Visit, kind: str, found: Iterable[Attestation]) -> None:
    c = attestations.c
    known = {(row.kind, row.subject): row for row in _known(connection, visit, kind)}
    rows = []
    for attestation in found:
        evidence = orjson.dumps(attestation.evidence).decode()
        old = known.get((attestation.kind, attestation.subject))
        same = old is not None and old.current and old.evidence == evidence
        rows.append(
            {
                "origin_id": visit.origin_id, "kind": attestation.kind, "subject": attestation.subject,
                "evidence": evidence, "current": True, "first_run": old.first_run if same and old else run.id,
                "last_run": run.id,
            }
        )  # fmt: skip
    upsert(connection, attestations, rows, update=["evidence", "current", "first_run", "last_run"])
    gone = (c.origin_id == visit.origin_id) & c.kind.in_(_kinds(kind)) & (c.last_run != run.id)
    connection.execute(update(attestations).where(gone).values(current=False))


def _kinds(kind: str) -> tuple[str, ...]:
    return (kind, "ownership_proofs") if kind == "well_known" else (kind,)


def _known(connection: Connection, visit: Visit, kind: str) -> Sequence[Any]:
    """What this origin's document of ``kind`` ever declared."""
    c = attestations.c
    mine = (c.origin_id == visit.origin_id) & c.kind.in_(_kinds(kind))
    return connection.execute(select(attestations).where(mine)).all()


def _resource(subject: str) -> int:
    identity, _, tool = subject.partition("#")
    return resource_id(identity, tool)


def _confirm(connection: Connection, run: Run, visit: Visit, kind: str) -> None:
    """A document that did not change says what it said."""
    c = attestations.c
    mine = (c.origin_id == visit.origin_id) & c.kind.in_(_kinds(kind)) & c.current.is_(True)
    ids = [_resource(subject) for subject in connection.execute(select(c.subject).where(mine)).scalars()]
    connection.execute(update(attestations).where(mine).values(last_run=run.id))
    own = (listings.c.source == OWN + kind) & listings.c.current.is_(True)
    standing = {
        row.resource_id: LISTING.validate_json(row.record)
        for part in chunks(ids)
        for row in connection.execute(select(listings).where(own, listings.c.resource_id.in_(part)))
    }
    _save_resources(connection, run, standing)
    for part in chunks(list(standing)):
        seen = update(listings).where(own, listings.c.resource_id.in_(part))
        connection.execute(seen.values(last_run=run.id, missed=0, absent_since=None))
    _missed(connection, run, visit, kind)


def _missed(connection: Connection, run: Run, visit: Visit, kind: str) -> None:
    """What the document declared once and does not tonight is absent, as from a complete listing."""
    ids = [_resource(row.subject) for row in _known(connection, visit, kind) if not row.current]
    for part in chunks(ids):
        connection.execute(
            update(listings)
            .where(
                listings.c.source == OWN + kind, listings.c.current.is_(True), listings.c.last_run != run.id,
                listings.c.resource_id.in_(part),
            )
            .values(
                missed=listings.c.missed + 1,
                absent_since=func.coalesce(listings.c.absent_since, literal(run.at, Moment())),
            )
        )  # fmt: skip
