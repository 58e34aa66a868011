"""Decimals mistakes against real rows: every priced row of the recordings is mutated and judged among its real peers.

A mutated row goes the real road (decoder, draft, price) and votes in its category; its siblings stay as they are, or,
under ``whole hosts``, are all wrong the same way. Limits are chosen on one half of the registrable domains and checked
on the other; nobody's rows stand in both.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

from catalog import pricing, prose
from catalog.decimals import LIMITS, Limits, Usual, suspect
from catalog.money import plain
from catalog.records import Json
from catalog.resolve import whole
from catalog.resolve.drafts import draft_of
from catalog.resolve.finish import finish, invalid_amounts, usual
from catalog.resolve.model import Catalogue, Draft, Published
from catalog.resolve.texts import Written, facts_of
from catalog.site import Site
from catalog.store.engine import open_store
from crawler.decoders.listing import decode_row
from tests.stores import crawl, night, resolved

FALSE_ALARMS = 0.006
"""The share of untouched rows of the development half that a choice of limits may flag."""
AMOUNTS = ("maxAmountRequired", "amount")
Mutation = Callable[[int], str]
Drafts = Mapping[int, Draft]
Stats = Mapping[tuple[str, str], pricing.Prices]
Siblings = Mapping[object, Sequence[Decimal]]
Grid = Mapping[str, tuple[str, ...]]
CLOSED = Limits(**{f.name: Decimal("Infinity" if f.name.startswith("over") else 0) for f in fields(Limits)})
"""Limits that flag nothing."""
MUTATIONS: dict[str, Mutation] = {
    **{f"x 10^{power}": lambda amount, power=power: str(amount * 10**power) for power in (3, 6, 12, 18)},  # type: ignore[misc]
    **{f"/ 10^{power}": lambda amount, power=power: str(max(1, amount // 10**power)) for power in (3, 6, 12, 18)},  # type: ignore[misc]
    "dollars": lambda amount: plain(Decimal(amount).scaleb(-6)),
    "$ dollars": lambda amount: f"${plain(Decimal(amount).scaleb(-6))}",
}
"""What sellers get wrong; fractions of a smallest unit cannot be stated, so what would be less is one unit."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One row as it is or mutated: what :func:`catalog.decimals.suspect` sees."""

    price: Decimal | None
    amounts: Sequence[str]
    usual: Usual

    def suspect(self, limits: Limits = LIMITS) -> bool:
        """Whether it is flagged."""
        return suspect(self.price, self.amounts, self.usual, limits) is not None


@dataclass(frozen=True, slots=True)
class Row:
    """A priced row of the recordings, as it is and mutated."""

    published: Published
    development: bool
    untouched: Judged
    mutated: Mapping[str, Judged]


def items(shared: Path) -> dict[str, Json]:
    """URL → the latest row of every resource recorded or labelled."""
    listings = [
        *sorted((shared / "recordings" / "nights").glob("*/listing.cdp.json")),
        shared / "recordings" / "cdp-2026-03-17" / "listing.cdp.json",
        shared / "labels" / "duplicates_listing.json",
    ]
    found = [item for path in listings for item in json.loads(path.read_text("utf-8"))["items"]]
    return {str(item.get("resource")): item for item in found}


def catalogue(rows: Iterable[Json]) -> Catalogue:
    """What the real road makes of the rows: decoder, store, fold."""
    store = open_store("sqlite://")
    try:
        crawl(store, night(0), *(listing for row in rows if (listing := decode_row(row, "cdp")[0]) is not None))
        return resolved(store, night(0), Site())
    finally:
        store.close()


def mutated(item: Json, mutation: Mutation) -> Json:
    """The row with every integer amount changed."""

    def accept(options: dict[str, Any]) -> dict[str, Any]:
        return options | {key: mutation(int(options[key])) for key in AMOUNTS if str(options.get(key, "")).isdecimal()}

    return item | {"accepts": [accept(options) for options in item["accepts"]]}


class Market:
    """The untouched catalogue, in which single drafts can be exchanged."""

    def __init__(self, rows: Mapping[str, Json]) -> None:
        self.rows = rows
        self.catalogue = catalogue(rows.values())
        self.member_of = {member: c for c in self.catalogue.clusters for member in c.members}
        self.priced = [p for p in self.catalogue.published if p.draft.price and p.draft.price.usd > 0]
        self.peers: dict[str, list[Published]] = defaultdict(list)
        for p in self.catalogue.published:
            for key in (p.category.category, p.known.origin, p.cluster.id if p.cluster else ""):
                self.peers[key].append(p)

    def changed(self, published: Published, mutation: Mutation) -> Draft:
        """Its draft from the mutated row."""
        known = published.known
        item = next(self.rows[e.listing.url] for e in known.listed)
        listing, _ = decode_row(mutated(item, mutation), "cdp")
        assert listing is not None
        (entry,) = known.listed
        exchanged = replace(known, listed=(replace(entry, listing=listing),))
        return draft_of(exchanged, (), self.catalogue.run, host_rotates=False, opted_out=False)

    def among(self, published: Published, drafts: Drafts) -> tuple[Draft, Stats, Siblings]:
        """Its draft, the statistics of its category and its siblings' prices, with ``drafts`` exchanged by id."""
        category = self.peers[published.category.category]
        near = self.peers[published.cluster.id if published.cluster else published.known.origin]
        if published.cluster:
            near = [*{p.known.id: p for p in (*near, *self.peers[published.known.origin])}.values()]
        peers, neighbours = ([drafts.get(p.known.id, p.draft) for p in group] for group in (category, near))
        stats = whole.stats(peers, [p.category for p in category], self.member_of, set())
        draft = drafts.get(published.known.id, published.draft)
        return draft, stats, whole.siblings(neighbours, self.member_of)

    def judged(self, published: Published, drafts: Drafts) -> Judged:
        """What is judged of it."""
        draft, stats, siblings = self.among(published, drafts)
        prices = stats.get((published.category.category, ""), pricing.prices(0, ()))
        around = usual(draft, prose.said(draft.description), published.cluster, siblings, prices)
        return Judged(draft.price.usd if draft.price else None, invalid_amounts(draft), around)

    def finished(self, published: Published, drafts: Drafts) -> Published:
        """Its published record."""
        draft, stats, siblings = self.among(published, drafts)
        return finish(
            draft, published.slug, published.origin, published.category,
            Written(facts_of(draft, published.category), published.texts), published.cluster, stats, siblings,
            self.catalogue.run,
        )  # fmt: skip


def development(published: Published) -> bool:
    """Which half of the registrable domains it belongs to."""
    return hashlib.sha256(published.origin.domain.encode()).digest()[0] % 2 == 0


def rows(market: Market, *, whole_hosts: bool = False) -> list[Row]:
    """Every priced row with all its mutations; ``whole_hosts``: all priced rows of its host are mutated alike."""
    by_host: dict[str, dict[str, dict[int, Draft]]] = defaultdict(lambda: defaultdict(dict))
    for p in market.priced:
        for name, mutation in MUTATIONS.items():
            by_host[p.known.origin][name][p.known.id] = market.changed(p, mutation)

    def exchanged(p: Published, name: str) -> Drafts:
        host = by_host[p.known.origin][name]
        return host if whole_hosts else {p.known.id: host[p.known.id]}

    return [
        Row(p, development(p), market.judged(p, {}), {name: market.judged(p, exchanged(p, name)) for name in MUTATIONS})
        for p in market.priced
    ]


def share(hits: Iterable[bool]) -> float:
    """How many of how many."""
    listed = list(hits)
    return sum(listed) / len(listed)


OVER: Grid = {
    "over_siblings": ("100", "250", "500"),
    "over_both": ("4", "16", "64"),
    "over_category": ("200", "400", "800"),
}
UNDER: Grid = {
    "under_siblings": ("0.03", "0.01", "0.004"),
    "under_both": ("0.3", "0.15", "0.05"),
    "under_category": ("0.03", "0.01", "0.004"),
}
"""What limits are chosen from, each from wide to strict."""


def chosen(half: Sequence[Row]) -> Limits:
    """The strictest limits that find the 10^3 mistakes of ``half`` as well as any within :data:`FALSE_ALARMS`, but for
    five in a hundred. Upward and downward limits do not touch each other: each side has half of the allowance.
    """
    best: dict[str, Decimal] = {}
    for grid, mutation in ((OVER, "x 10^3"), (UNDER, "/ 10^3")):
        found: dict[tuple[int, ...], float] = {}
        for steps in product(*(range(len(values)) for values in grid.values())):
            limits = replace(CLOSED, **at(grid, steps))
            if share(row.untouched.suspect(limits) for row in half) <= FALSE_ALARMS / 2:
                found[steps] = share(row.mutated[mutation].suspect(limits) for row in half)
        enough = [steps for steps, recall in found.items() if recall >= max(found.values()) - 0.05]
        strictest = max(enough, key=lambda steps: (sum(steps), found[steps]))
        best |= at(grid, strictest)
    return replace(LIMITS, **best)


def at(grid: Grid, steps: Sequence[int]) -> dict[str, Decimal]:
    """The limits at a point of the grid."""
    return {name: Decimal(values[step]) for (name, values), step in zip(grid.items(), steps, strict=True)}


def table(title: str, columns: Mapping[str, Sequence[Row]]) -> None:
    """Recall by mutation, a column per part."""
    print(f"\n{title}")
    print(f"  {'':<11}" + "".join(f"{name:>18}" for name in columns))
    for name in MUTATIONS:
        recalls = (share(row.mutated[name].suspect() for row in part) for part in columns.values())
        print(f"  {name:<11}" + "".join(f"{recall:>18.3f}" for recall in recalls))
    alarms = (share(row.untouched.suspect() for row in part) for part in columns.values())
    print(f"  {'untouched':<11}" + "".join(f"{alarm:>18.4f}" for alarm in alarms))


def curve(name: str, values: Sequence[str], mutation: str, part: Sequence[Row]) -> None:
    """Recall and false alarms as one limit moves and the others stay."""
    print(f"\n{name}, {mutation}, held-out half")
    for value in values:
        limits = replace(LIMITS, **{name: Decimal(value)})
        found = share(row.mutated[mutation].suspect(limits) for row in part)
        print(f"  {value:>7}: recall {found:.3f}, false alarms {share(r.untouched.suspect(limits) for r in part):.4f}")


def reviews(market: Market, every: Sequence[Row]) -> None:
    """``pricing_review_required``, whose very_low and very_high are bounds of the contract and no guess."""
    print("\npricing_review_required")
    for name, mutation in MUTATIONS.items():
        found = share(
            market.finished(p := row.published, {p.known.id: market.changed(p, mutation)}).review_required
            for row in every
        )
        print(f"  {name:<11}{found:.3f}")
    asked = [row.published for row in every if row.published.review_required]
    flags = sum(p.sanity.flag in ("very_low", "very_high") for p in asked)
    print(f"  untouched  {len(asked)} of {len(every)}, {flags} of them very_low or very_high")
    for p in asked:
        print(
            f"    {p.sanity.flag}, ratio {p.sanity.shown_ratio}, ${p.draft.price and plain(p.draft.price.usd)}: {p.known.url}"
        )


def parts(every: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows by half, and by whether they have siblings."""
    return {
        "development": [row for row in every if row.development],
        "held out": [row for row in every if not row.development],
        "with siblings": [row for row in every if row.untouched.usual.siblings is not None],
        "alone": [row for row in every if row.untouched.usual.siblings is None],
    }


def main(shared: Path) -> None:
    """Print the figures."""
    market = Market(items(shared))
    every = rows(market)
    half, other = ([row for row in every if row.development is side] for side in (True, False))
    hosts = [len({row.published.origin.domain for row in part}) for part in (half, other)]
    print(f"Prices: {len(every)} priced rows of {len(market.rows)}; {len(half)} rows of {hosts[0]} domains to choose")
    print(f"the limits on, {len(other)} rows of {hosts[1]} domains to check them")
    print(f"\nshipped: {LIMITS}\nchosen on the development half: {chosen(half)}")
    table("pricing_decimal_suspect: recall, one row mutated", parts(every))
    hosts_wrong = rows(market, whole_hosts=True)
    table("pricing_decimal_suspect: recall, all rows of a host mutated alike", parts(hosts_wrong))
    curve("over_siblings", ("50", "100", "250", "500", "1000", "2000"), "x 10^3", other)
    curve("over_category", ("100", "200", "400", "800", "1600"), "x 10^3", other)
    curve("under_siblings", ("0.05", "0.02", "0.01", "0.004", "0.001"), "/ 10^3", other)
    curve("under_category", ("0.05", "0.02", "0.01", "0.004", "0.001"), "/ 10^3", other)
    print("\nuntouched rows flagged")
    for row in every:
        if row.untouched.suspect():
            judged = row.untouched
            print(f"  {suspect(judged.price, judged.amounts, judged.usual)}: {row.published.known.url}")
    reviews(market, every)
