"""Each resource in the light of the whole: price sanity, risks, texts, lifecycle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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
)
from catalog.records import Json
from catalog.resolve.model import Draft, Origin, Published
from catalog.resolve.texts import Written
from catalog.run import Run
from catalog.urls import parse

Progress = Callable[[str, int, int], None]

RECENT_CHANGE = timedelta(days=30)


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
    around = usual(draft, cluster, siblings, prices)
    decimal_evidence = decimals.suspect(usd, invalid_amounts(draft), around)
    prose_evidence = prose.disagreement(usd, around.said)
    subject = _subject(draft, sanity, decimal_evidence, prose_evidence, run)
    risks = trust.risks(subject)
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
        tier=trust.tier(subject, risks),
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
    cluster: duplicates.Cluster | None,
    siblings: Mapping[object, Sequence[Decimal]],
    category: pricing.Prices,
) -> decimals.Usual:
    """What the price is held against; siblings are the cluster's other members, else the host's other resources."""
    own = draft.price.usd if draft.price and draft.in_market else None
    groups = (siblings.get(key, ()) for key in (cluster.id if cluster else None, draft.known.origin))
    medians = (decimals.median_of_others(group, own) for group in groups if group)
    return decimals.Usual(
        said=prose.said(draft.description),
        options=[price for a in draft.accepts if (price := offers.mainnet_usd(a)) is not None],
        siblings=next((median for median in medians if median is not None), None),
        category=category,
    )


def invalid_amounts(draft: Draft) -> list[str]:
    """Its amounts that are no integers, verbatim."""
    return [a.amount for a in draft.accepts if "amount_invalid" in a.problems]


def _subject(
    draft: Draft, sanity: pricing.Sanity, decimal_evidence: str | None, prose_evidence: str | None, run: Run
) -> trust.Subject:
    known = draft.known
    moves = [c for c in (*known.history, *draft.changes) if rotation.is_move(c)]
    recent = [c for c in moves if run.at - c.at < RECENT_CHANGE]
    mainnet = [networks.network(a.network) for a in draft.accepts if not a.problems]
    counted = [c for c in known.checks if c.counted]
    attested = any(a.about == "resource" for a in known.attested)
    return trust.Subject(
        url=known.url,
        host=parse(known.url).host,
        texts=tuple(_texts(draft)),
        pricing_flag=sanity.flag,
        decimal_evidence=decimal_evidence,
        prose_evidence=prose_evidence,
        mainnet=None if not mainnet else any(n is None or not n.testnet for n in mainnet),
        live_differs=draft.live_differs,
        pay_to_changed=f"{recent[-1].old} → {recent[-1].new}" if recent and not draft.rotates else None,
        pay_to_rotates=draft.rotates,
        counted_checks=len(counted),
        ever_payable=known.state.last_payable_at is not None,
        observed=known.live is not None and bool(known.live.challenge.accepts),
        verified=draft.live_is_current
        and known.state.last_outcome == "payable"
        and (any(draft.verified[: len(draft.listing.accepts)]) or (attested and not draft.listing.accepts)),
        attested=attested,
    )


def _texts(draft: Draft) -> Iterable[tuple[str, str]]:
    """Every third-party text with the name of its field; texts inside hints go by their key path."""
    yield "description", draft.description
    yield "service_name", draft.listing.service_name
    for index, accept in enumerate(draft.accepts):
        if accept.description != draft.description:
            yield f"accepts[{index}].description", accept.description
    stack: list[tuple[str, Json]] = [("input", draft.hints.input), ("output", draft.hints.output)]
    while stack:
        name, node = stack.pop()
        if isinstance(node, str):
            yield name, node
        elif isinstance(node, dict):
            stack += [(f"{name}.{key}", value) for key, value in reversed(node.items())]
        elif isinstance(node, list):
            stack += [(f"{name}[{index}]", value) for index, value in reversed(list(enumerate(node)))]
