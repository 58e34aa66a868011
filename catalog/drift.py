"""Drift: how a resource's terms moved since the last build, and where what is listed departs from what it answers.

Both become rows of ``offer_changes``, each told once. A change from one night to the next has the kinds of
:mod:`catalog.offers` and ``schema``; its source is who states the new terms. Where a listing departs from the live
terms, ``differs_<field>`` tells when that begins (old as listed, new as answered) and ``agrees_<field>`` when it ends
(old as it was answered, new as both say now; null where the option is no longer listed); their source is the lister.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from catalog import offers, rotation, schemas
from catalog.known import Change, Known, Listed, Live
from catalog.records import Challenge, Hints, Listing

_FIELDS = {
    "price": "price", "price_appeared": "price", "price_vanished": "price", "pay_to": "pay_to", "asset": "asset",
    "network": "network", "scheme": "scheme", "timeout": "timeout",
}  # fmt: skip
"""Kinds of change that are a departure, and the field they are about. Options that only one side has are none."""
_SIDES = ("input_schema", "output_schema")
Terms = Listing | Challenge


def overnight(known: Known, at: datetime) -> list[Change]:
    """Changes since the last build, each said once: what a listing already told, the live terms do not repeat."""
    told: dict[tuple[str, str, str | None, str | None], Change] = {}
    for old, new in _versions(known):
        source = new.source if isinstance(new, Listing) else "live"
        for c in (*offers.changes(old.accepts, new.accepts), *_schema_changes(old, new)):
            change = Change(at, source, c.kind, c.key, c.old, c.new, c.old_usd, c.new_usd)
            told.setdefault((c.kind, c.key, c.old, c.new), change)
    return list(told.values())


def _versions(known: Known) -> Iterator[tuple[Terms, Terms]]:
    """What each source said at the last build and says now, where that changed; the live terms last."""
    for entry in known.listed:
        if entry.previous is not None:
            yield entry.previous, entry.listing
    if known.live is not None and known.live.previous is not None:
        yield known.live.previous, known.live.challenge


def declarations(terms: Terms) -> list[Hints]:
    """What terms declare of input and output, the listing's own word first."""
    own = [terms.hints] if isinstance(terms, Listing) else []
    return schemas.distinct([*own, *(accept.hints for accept in terms.accepts)])


def _schema_changes(old: Terms, new: Terms) -> Iterator[offers.Change]:
    before, after = declarations(old), declarations(new)
    if before == after:
        return
    sides = zip(_SIDES, _fingerprints(before), _fingerprints(after), strict=True)
    for side, was, now in sides:
        if was != now:
            yield offers.Change("schema", side, was, now)


def _fingerprints(declared: Sequence[Hints]) -> tuple[str | None, str | None]:
    found = schemas.schemas_of(declared)
    return schemas.fingerprint(found.input), schemas.fingerprint(found.output)


def without_rotation(known: Known, changes: Sequence[Change]) -> list[Change]:
    """``changes`` without recipients that take turns, or that come and go for an offer that stays."""
    stays = {
        " ".join(key)
        for old, new in _versions(known)
        for key in {offers.match_key(a) for a in old.accepts} & {offers.match_key(a) for a in new.accepts}
    }
    return [
        c
        for c in changes
        if not rotation.is_move(c) and not (c.kind in ("accept_added", "accept_removed") and c.accept in stays)
    ]


def standing(known: Known, at: datetime, *, rotates: bool) -> Iterator[Change]:
    """Departures of listings from the live terms that began or ended, by source; rotating recipients are none.

    A listing that changed after the last answer, or no longer holds the resource, is not judged.
    """
    live = known.live
    for entry in known.listed if live is not None and live.challenge.accepts else ():
        if live is None or live.seen_at < entry.since or entry.presence.missed or not entry.listing.accepts:
            continue
        begun = {key: new for key, new in _begun(known, entry).items() if not (rotates and key[0] == "pay_to")}
        now = {key: c for key, c in _departures(entry, live).items() if not (rotates and key[0] == "pay_to")}
        for field, key in sorted(now.keys() - begun.keys()):
            c = now[field, key]
            yield Change(at, entry.listing.source, f"differs_{field}", key, c.old, c.new, c.old_usd, c.new_usd)
        for field, key in sorted(begun.keys() - now.keys()):
            says = _stated(entry.listing, field, key)
            yield Change(at, entry.listing.source, f"agrees_{field}", key, begun[field, key], says)


def _begun(known: Known, entry: Listed) -> dict[tuple[str, str], str | None]:
    """(field, accept) of departures that were told to begin and not to end, with the live value."""
    found: dict[tuple[str, str], str | None] = {}
    for change in known.history:
        began, _, field = change.kind.partition("_")
        if change.source != entry.listing.source or began not in ("differs", "agrees"):
            continue
        if began == "differs":
            found[field, change.accept] = change.new
        else:
            found.pop((field, change.accept), None)
    return found


def _departures(entry: Listed, live: Live) -> dict[tuple[str, str], offers.Change]:
    found: dict[tuple[str, str], offers.Change] = {}
    for change in offers.changes(entry.listing.accepts, live.challenge.accepts):
        unstated = change.kind == "timeout" and None in (change.old, change.new)
        if change.kind in _FIELDS and not unstated:
            found.setdefault((_FIELDS[change.kind], change.key), change)
    for change in _schema_changes(entry.listing, live.challenge):
        if change.old is not None and change.new is not None:
            found["schema", change.key] = change
    return found


def _stated(listing: Listing, field: str, key: str) -> str | None:
    if field != "schema":
        return offers.stated(listing.accepts, field, key)
    return dict(zip(_SIDES, _fingerprints(declarations(listing)), strict=True)).get(key)
