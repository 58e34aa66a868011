"""Each resource by itself: terms, schemas, prices, what changed tonight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from catalog import offers, schemas
from catalog.declared import API_KEY, declared_protocol, is_own, payment_of
from catalog.known import Change, Known, Listed
from catalog.lifecycle import Lifecycle, lifecycle
from catalog.money import plain
from catalog.records import Accept, Finding, Hints, Listing
from catalog.resolve import changes
from catalog.resolve.model import Draft, Price
from catalog.run import Run

QUIET = frozenset({"inferred_from_example"})
"""Notes of schema conversion that lose nothing: half of all resources declare an example and no schema."""


def draft_of(known: Known, overnight: Sequence[Change], run: Run, *, host_rotates: bool, opted_out: bool) -> Draft:
    """One resource by itself; ``overnight`` are its changes since the last build, rotating recipients among them."""
    best = max(known.listed, key=_freshness)
    listing, live = best.listing, known.live
    live_is_current = live is not None and live.seen_at >= best.since
    protocol = _protocol(known, listing)
    answered = live.challenge.accepts if live is not None and live_is_current and protocol == "x402" else ()
    listed = tuple(_with_hints(a, answered) for a in listing.accepts) if protocol == "x402" else ()
    extra = tuple(a for a in answered if not any(offers.same_terms(a, b) for b in listed))
    accepts = (*listed, *extra)
    live_price, listed_price = _price(answered, "live"), _price(listed, "listed")
    rotates, told = changes.to_tell(known, overnight, run.at, x402=protocol == "x402", host=host_rotates)
    differences = [c for c in offers.departures(listed, answered) if not (rotates and c.kind == "pay_to")]
    own = [entry.listing for entry in known.listed if is_own(entry.listing.source)]
    declared = (listing.hints, *(a.hints for a in (*accepts, *answered)), *(row.hints for row in own))
    texts = (listing.description, live.challenge.description if live else "", *(row.description for row in own))
    found = schemas.schemas_of(declared)
    state, reason = _lifecycle(known, run, opted_out=opted_out)
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
        description=next(filter(None, texts), ""),
        hints=next((h for h in declared if h != Hints()), Hints()),
        methods=tuple(sorted({m for entry in known.listed for m in entry.listing.methods})),
        input_schema=found.input,
        output_schema=found.output,
        changes=tuple(told),
        rotates=rotates,
        lifecycle=state,
        lifecycle_reason=reason,
    )
    draft.notes += [
        Finding(f"schema.{note}", "info", known.url, "resolve", name, note)
        for name, notes in (("input_schema", found.input_notes), ("output_schema", found.output_notes))
        for note in sorted(set(notes) - QUIET)
    ]
    draft.notes += changes.findings(known, told, run.at)
    if draft.live_differs:
        draft.notes.append(
            Finding("offer.live_differs", "warning", known.url, "live", "accepts", draft.live_differs[:300])
        )
    if promised := _declared_price(known, live_price):
        draft.notes.append(Finding("offer.declared_differs", "warning", known.url, "openapi", "price", promised))
    return draft


def _with_hints(listed: Accept, answered: Sequence[Accept]) -> Accept:
    """A listed option with what the server declares of the same terms, where the listing itself says nothing."""
    if listed.hints != Hints():
        return listed
    same = (a.hints for a in answered if a.hints != Hints() and offers.same_terms(a, listed))
    return replace(listed, hints=next(same, Hints()))


def _lifecycle(known: Known, run: Run, *, opted_out: bool) -> tuple[Lifecycle, str]:
    return lifecycle(
        now=run.at,
        opted_out=opted_out,
        presences=[e.presence for e in known.listed],
        first_seen=known.first_seen_at,
        last_payable=known.state.last_payable_at,
        consecutive_failures=known.state.consecutive_failures,
        gone_since=known.state.gone_since,
        was_checked=known.state.last_outcome is not None,
    )


def _freshness(listed: Listed) -> tuple[bool, bool, float, str]:
    """A bazaar's row before the origin's own, which names no terms; still listed before absent, then the latest
    update, then the name, so that one source always wins."""
    updated = listed.listing.last_updated
    in_bazaar = not is_own(listed.listing.source)
    return in_bazaar, listed.presence.missed == 0, updated.timestamp() if updated else 0.0, listed.listing.source


def _declared_price(known: Known, live: Price | None) -> str:
    """How the price an origin declares in dollars differs from what it asks for; "" where nothing can be compared."""
    dollars = (payment_of(known.attested) or {}).get("dollars") or {}
    amount = dollars.get("amount")
    if live is None or amount is None or dollars.get("currency") not in (None, "USD"):
        return ""
    return "" if Decimal(amount) == live.usd else f"declared {amount} dollars, asks for {plain(live.usd)}"


def _price(accepts: Sequence[Accept], basis: str) -> Price | None:
    found = offers.cheapest(accepts)
    return None if found is None else Price(found[1], found[0], basis)


def _protocol(known: Known, listing: Listing) -> str | None:
    """What it speaks: the last counted answer's word before the listing's, and that before the origin's. null where
    it was a plain 402, unless the origin documents an API key: then that 402 says that credits ran out."""
    spoken = known.live.challenge.protocols if known.live else ()
    if known.state.last_outcome == "plain_402":
        return API_KEY if any(e.listing.kind == API_KEY and e.presence.missed == 0 for e in known.listed) else None
    if known.state.last_outcome == "other_payment" and spoken:
        return spoken[0]
    if listing.accepts or "x402" in spoken:
        return "x402"
    return spoken[0] if spoken else API_KEY if listing.kind == API_KEY else declared_protocol(known.attested)
