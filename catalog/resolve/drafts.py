"""Each resource by itself: terms, schemas, prices, what changed tonight."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from catalog import offers, schemas
from catalog.known import Change, Known, Listed
from catalog.records import Accept, Finding, Hints, Listing
from catalog.resolve.model import Draft, Price
from catalog.run import Run

Progress = Callable[[str, int, int], None]

QUIET = frozenset({"inferred_from_example"})
"""Notes of schema conversion that lose nothing: half of all resources declare an example and no schema."""


def draft_of(known: Known, run: Run) -> Draft:
    best = max(known.listed, key=_freshness)
    listing, live = best.listing, known.live
    live_is_current = live is not None and live.seen_at >= best.since
    protocol = _protocol(known, listing)
    listed = listing.accepts if protocol == "x402" else ()
    answered = live.challenge.accepts if live is not None and live_is_current and protocol == "x402" else ()
    extra = tuple(a for a in answered if not any(offers.same_terms(a, b) for b in listed))
    accepts = (*listed, *extra)
    live_price, listed_price = _price(answered, "live"), _price(listed, "listed")
    differences = offers.departures(listed, answered)
    hints = next((h for h in (listing.hints, *(a.hints for a in (*listed, *answered))) if h != Hints()), Hints())
    input_schema, input_notes = schemas.input_schema(hints)
    output_schema, output_notes = schemas.output_schema(hints)
    draft = Draft(
        known=known,
        listing=listing,
        listing_since=best.since,
        accepts=accepts,
        verified=tuple(any(offers.same_terms(a, b) for b in answered) for a in accepts),
        live_is_current=live_is_current,
        price=live_price or listed_price,
        live_differs="; ".join(f"{c.kind}: {c.old} → {c.new}" for c in differences[:3]) or None,
        price_differs=any(c.kind.startswith("price") for c in differences)
        or (live_price is not None and listed_price is not None and live_price.usd != listed_price.usd),
        protocol=protocol,
        description=listing.description or (live.challenge.description if live else ""),
        hints=hints,
        methods=tuple(sorted({m for entry in known.listed for m in entry.listing.methods})),
        input_schema=input_schema,
        output_schema=output_schema,
        changes=_changes(known, run),
    )
    draft.notes += [
        Finding(f"schema.{note}", "info", known.url, "resolve", name, note)
        for name, notes in (("input_schema", input_notes), ("output_schema", output_notes))
        for note in sorted(set(notes) - QUIET)
    ]
    draft.notes += [
        Finding("offer.pay_to_changed", "warning", known.url, c.source, "payTo", f"{c.old} → {c.new}")
        for c in draft.changes
        if c.kind == "pay_to" and c.old
    ]
    if draft.live_differs:
        draft.notes.append(
            Finding("offer.live_differs", "warning", known.url, "live", "accepts", draft.live_differs[:300])
        )
    return draft


def _freshness(listed: Listed) -> tuple[bool, float, str]:
    """Still listed before absent, then the latest update, then the name, so that one source always wins."""
    updated = listed.listing.last_updated
    return listed.presence.missed == 0, updated.timestamp() if updated else 0.0, listed.listing.source


def _price(accepts: Sequence[Accept], basis: str) -> Price | None:
    found = offers.cheapest(accepts)
    return None if found is None else Price(found[1], found[0], basis)


def _protocol(known: Known, listing: Listing) -> str | None:
    """What it speaks: the last counted answer's word before the listing's. null where that was a plain 402."""
    spoken = known.live.challenge.protocols if known.live else ()
    if known.state.last_outcome == "plain_402":
        return None
    if known.state.last_outcome == "other_payment" and spoken:
        return spoken[0]
    return "x402" if listing.accepts or "x402" in spoken or not spoken else spoken[0]


def _changes(known: Known, run: Run) -> tuple[Change, ...]:
    """Tonight's changes of terms, each said once: what a listing already told, the live terms do not repeat."""
    found: list[Change] = []
    told: set[tuple[str, str, str | None, str | None]] = set()
    pairs = [(e.listing.source, e.previous.accepts, e.listing.accepts) for e in known.listed if e.previous]
    if known.live is not None and known.live.previous is not None:
        pairs.append(("live", known.live.previous.accepts, known.live.challenge.accepts))
    for source, old, new in pairs:
        for change in offers.changes(old, new):
            what = (change.kind, change.key, change.old, change.new)
            if what not in told:
                told.add(what)
                found.append(Change(run.at, source, change.kind, change.key, change.old, change.new))
    return tuple(found)
