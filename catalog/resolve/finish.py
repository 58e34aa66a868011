"""Each resource in the light of the whole: price sanity, risks, texts, lifecycle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from catalog import (
    copywriting,
    decimals,
    duplicates,
    health,
    networks,
    offers,
    pricing,
    prose,
    rotation,
    schemas,
    taxonomy,
    trust,
    validation,
)
from catalog.money import plain
from catalog.records import Hints, Json
from catalog.resolve.model import Draft, Origin, Published
from catalog.resolve.texts import Written
from catalog.run import Run
from catalog.urls import parse

RECENT_CHANGE = timedelta(days=30)
_VERIFIED = {
    True: "the last answer held a listed option unchanged",
    False: "the last answer was payable, the origin declares it, and nobody lists other terms",
}
LONG_KEY = 20
"""Characters from which on a key of a schema is a text of its own."""


def finish(
    draft: Draft,
    slug: str,
    origin: Origin,
    category: taxonomy.Category,
    texts: Written,
    cluster: duplicates.Cluster | None,
    stats: Mapping[tuple[str, str], pricing.Prices],
    siblings: Mapping[object, Sequence[Decimal]],
    run: Run,
) -> Published:
    known = draft.known
    usd = draft.price.usd if draft.price else None
    # A category that only opted-out resources fill has no statistics.
    prices = stats.get((category.category, ""), pricing.prices(0, ()))
    sanity = pricing.sanity(usd, prices)
    said = prose.said(draft.description)
    around = usual(draft, said, cluster, siblings, prices)
    decimal_evidence = decimals.suspect(usd, invalid_amounts(draft), around)
    prose_evidence = prose.disagreement(usd, said)
    subject = _subject(draft, _outlier(draft, sanity, category, prices.median), decimal_evidence, prose_evidence, run)
    risks = trust.risks(subject)
    tier, tier_reasons = trust.tier(subject, risks)
    window = [c for c in known.checks if run.at - c.at < health.WINDOW]
    status = health.status_of(known.state, window)
    unchanged = known.copy_hash == texts.hash and known.copy_since is not None
    return Published(
        known=known,
        slug=slug,
        draft=draft,
        origin=origin,
        category=category,
        cluster=cluster,
        sanity=sanity,
        decimal_evidence=decimal_evidence,
        review_required=sanity.flag in ("very_low", "very_high")
        or draft.price_differs
        or prose_evidence is not None
        or decimal_evidence is not None,
        risks=risks,
        tier=tier,
        tier_reasons=tier_reasons,
        texts=texts.copy,
        texts_hash=texts.hash,
        texts_since=known.copy_since if unchanged and known.copy_since else run.at,
        example_body=None if draft.input_schema is None else schemas.example(draft.input_schema),
        provider=copywriting.provider(parse(known.url).host, draft.listing.service_name, *origin.facts.names),
        protocol=draft.protocol,
        status=status,
        status_since=known.status_since if status == known.status else run.at if status != "unknown" else None,
        lifecycle_since=(known.lifecycle_since or run.at) if draft.lifecycle == known.lifecycle else run.at,
    )


def usual(
    draft: Draft,
    said: prose.Named | None,
    cluster: duplicates.Cluster | None,
    siblings: Mapping[object, Sequence[Decimal]],
    category: pricing.Prices,
) -> decimals.Usual:
    """What the price is held against; siblings are the cluster's other members, else the host's other resources."""
    own = draft.price.usd if draft.price and draft.in_market else None
    groups = (siblings.get(key, ()) for key in (cluster.id if cluster else None, draft.known.origin))
    medians = (decimals.median_of_others(group, own) for group in groups if group)
    return decimals.Usual(
        said=said.usd if said else None,
        options=[price for a in draft.accepts if (price := offers.mainnet_usd(a)) is not None],
        siblings=next((median for median in medians if median is not None), None),
        category=category,
    )


def invalid_amounts(draft: Draft) -> list[str]:
    """Its amounts that are no integers, verbatim."""
    return [a.amount for a in draft.accepts if "amount_invalid" in a.problems]


def _outlier(draft: Draft, sanity: pricing.Sanity, category: taxonomy.Category, median: Decimal | None) -> str | None:
    """A very low or very high price, with what it is held against."""
    if draft.price is None or median is None or sanity.flag not in ("very_low", "very_high"):
        return None
    return f"${plain(draft.price.usd)} against a median of ${plain(median)} in {category.category} ({sanity.flag})"


def _unpayable(draft: Draft) -> str | None:
    """What is wrong with each payment option, where something is wrong with all of them."""
    if not draft.accepts or not all(a.problems for a in draft.accepts):
        return None
    return "; ".join(f"accepts[{place}]: {', '.join(a.problems)}" for place, a in enumerate(draft.accepts[:5]))


def _subject(
    draft: Draft, outlier: str | None, decimal_evidence: str | None, prose_evidence: str | None, run: Run
) -> trust.Subject:
    known = draft.known
    moves = [c for c in (*known.history, *draft.changes) if rotation.is_move(c)]
    recent = [c for c in moves if run.at - c.at < RECENT_CHANGE]
    mainnet = [networks.network(a.network) for a in draft.accepts if not a.problems]
    counted = [c for c in known.checks if c.counted]
    attested = sorted({a.kind for a in known.attested if a.about == "resource"})
    answered = known.live.challenge.accepts if known.live else ()
    verified = (
        draft.live_is_current
        and known.state.last_outcome == "payable"
        and (any(draft.verified[: len(draft.listing.accepts)]) or (attested and not draft.listing.accepts))
    )
    return trust.Subject(
        url=known.url,
        host=parse(known.url).host,
        texts=tuple(texts_of(draft)),
        price_outlier=outlier,
        decimal_evidence=decimal_evidence,
        prose_evidence=prose_evidence,
        mainnet=None if not mainnet else any(n is None or not n.testnet for n in mainnet),
        unpayable=_unpayable(draft),
        impostor=next(filter(None, map(validation.impostor, draft.accepts)), None),
        live_differs=draft.live_differs,
        pay_to_changed=f"{recent[-1].old} → {recent[-1].new}" if recent and not draft.rotates else None,
        pay_to_rotates=draft.rotates,
        counted_checks=len(counted),
        ever_payable=known.state.last_payable_at is not None,
        observed=f"it answered a 402 with x402 terms (options: {len(answered)})" if answered else None,
        verified=_VERIFIED[bool(draft.listing.accepts)] if verified else None,
        attested=f"its origin declares it ({', '.join(attested)})" if attested else None,
    )


def texts_of(draft: Draft) -> Iterable[tuple[str, str]]:
    """Every third-party text with the name of its field; texts inside JSON, and its long keys, go by key path."""
    listing, live = draft.listing, draft.known.live
    yield "description", draft.description
    yield "service_name", listing.service_name
    yield "tags", "\n".join(listing.tags)
    yield "url", draft.known.url
    yield "tool", draft.known.tool
    if live:
        yield "answer.error", live.challenge.error
        yield "answer.description", live.challenge.description
        yield "answer.service_name", live.challenge.service_name
    yield from _texts_in(draft.hints)
    for index, accept in enumerate(draft.accepts):
        if accept.description != draft.description:
            yield f"accepts[{index}].description", accept.description
        if accept.hints != draft.hints:
            yield from _texts_in(accept.hints, f"accepts[{index}].")
        yield from _strings(f"accepts[{index}].extra", accept.extra)
    for index, attested in enumerate(draft.known.attested):
        yield from _strings(f"attestations[{index}].evidence", attested.evidence)


def _texts_in(hints: Hints, within: str = "") -> Iterable[tuple[str, str]]:
    for name, declared in (("input", hints.input), ("output", hints.output), ("schema", hints.schema)):
        yield from _strings(within + name, declared)


def _strings(name: str, value: Json) -> Iterable[tuple[str, str]]:
    """Every string and long key of a JSON value, in order."""
    stack: list[tuple[str, Json]] = [(name, value)]
    while stack:
        path, node = stack.pop()
        if isinstance(node, str):
            yield path, node
        elif isinstance(node, dict):
            yield from ((f"{path} (key)", key) for key in node if len(key) > LONG_KEY)
            stack += [(f"{path}.{key[:LONG_KEY]}", value) for key, value in reversed(node.items())]
        elif isinstance(node, list):
            stack += [(f"{path}[{index}]", value) for index, value in reversed(list(enumerate(node)))]
