"""A catalogue of any size, as bazaars are: many small services, a few large ones, and copies of all kinds.

Of every hundred resources some 50 are services' own routes; 22 are the same routes again, on environments and mirrors;
14 are one route with other ids; 6 are starter kits forked by tenants of platforms; 8 have no text. A third of the routes
have a path every second API has, at other prices and with other texts: what fills buckets.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from catalog.duplicates import Candidate
from catalog.taxonomy import Described

_TOPICS = """
weather forecast;token price;wallet balance;smart money;image generation;speech synthesis;company registry;court ruling;
flight status;hotel price;sports odds;prediction market;exchange rate;news headline;web search;page scraping;translation;
sentiment analysis;domain lookup;certificate check;email validation;phone lookup;gas price;liquidity pool;yield ranking;
nft metadata;contract audit;transaction trace;code review;package search;paper search;clinical trial;property listing;
job posting;shopping offer;recipe idea;language lesson;document summary;invoice parsing;tax rate;inflation figure;
stock quote;option chain;earnings calendar;social profile;trending topic;video transcript;music track;map tile;
postal address;public holiday;time zone;random number;qr code;screenshot;pdf conversion;file storage;compute job;
proxy address;uptime monitor;threat report;identity check;content moderation;legal clause;marketing slogan;hiring plan
""".replace("\n", "").split(";")
_ACTIONS = "Returns Lists Finds Computes Explains Checks Summarizes Fetches Tracks Ranks".split()  # noqa: SIM905
_DETAILS = """
with confidence scores;sorted by relevance;for any country;updated every minute;in one call;as plain JSON;with sources;
for the last 30 days;across twelve providers;including history;for agents and bots;without an account;at street level;
down to the second;in forty languages;with limits per page;for research only;from primary records;by name or number
""".replace("\n", "").split(";")
_COMMON = ("search", "v1/search", "query", "api/chat", "v1/check", "price", "generate", "verify", "v1/lookup", "ask")
_SUFFIXES = ("com", "io", "ai", "xyz", "dev", "net", "co.uk", "app")
_PLATFORMS = ("vercel.app", "up.railway.app", "onrender.com", "workers.dev", "netlify.app")
_INPUTS = ("query", "limit", "address", "chain", "symbol", "url", "date", "prompt", "country", "page", "format", "id")
_SYLLABLES = "ba co da fe gi ho ju ka lo mi na pe qui ro su ta ve wi xa zo".split()  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Row:
    """One resource as the three steps see it; stands in for a draft where prices are counted."""

    described: Described
    candidate: Candidate
    usd: Decimal
    truth: int
    """The same for all copies of one route."""

    @property
    def id(self) -> int:
        """As ``draft.known.id``."""
        return self.candidate.resource_id

    @property
    def known(self) -> Row:
        """As ``draft.known``."""
        return self

    @property
    def price(self) -> Row:
        """As ``draft.price``."""
        return self

    @property
    def in_market(self) -> bool:
        """As ``draft.in_market``."""
        return True


def rows(size: int, seed: int = 402) -> list[Row]:
    """``size`` resources, the same for the same seed."""
    made = _rows(random.Random(seed), size)
    return [next(made) for _ in range(size)]


def _rows(rng: random.Random, size: int) -> Iterator[Row]:
    service = number = 0
    while True:
        service += 1
        brand = "".join(rng.choices(_SYLLABLES, k=4))
        payee = f"0x{rng.getrandbits(160):040x}"
        host = f"{brand}.{rng.choice(_SUFFIXES)}"
        kind = rng.random()
        hosts = [host]
        if kind < 0.18:
            hosts.append(f"{rng.choice(('dev', 'staging', 'test'))}.{host}")
        elif kind < 0.24:
            hosts += [f"{brand}-git-{word}-team.vercel.app" for word in rng.choices(_SYLLABLES, k=2)]
        elif kind < 0.36:
            hosts.append(f"{''.join(rng.choices(_SYLLABLES, k=4))}.{rng.choice(_SUFFIXES)}")
        elif kind < 0.5:
            # A starter kit, unchanged.
            tenant = f"starter-{brand}.{rng.choice(_PLATFORMS)}"
            number += 1
            yield _row(number, f"{tenant}/protected", "Access to protected content", payee, Decimal("0.01"), (), -1)
            continue
        silent, taken = rng.random() < 0.1, set()
        for _ in range(min(int(rng.paretovariate(0.9)), 200)):
            path, text = _route(rng)
            if path in taken:
                continue
            taken.add(path)
            usd = Decimal(rng.choice((1, 2, 5, 10, 20, 50, 100, 250))) / 1000
            inputs = tuple(rng.sample(_INPUTS, 3))
            truth = number = number + 1
            ids = rng.random() < 0.02
            for copy in range(min(int(rng.paretovariate(0.8)) * 4, 50 + size // 200) if ids else 1):
                where = f"{path}/0x{rng.getrandbits(160):040x}" if ids else path
                for name in hosts[: 1 if copy else None]:
                    paid = payee if rng.random() < 0.9 else f"0x{rng.getrandbits(160):040x}"
                    number += 1
                    yield _row(number, f"{name}/{where}", "" if silent else text, paid, usd, inputs, truth)


def _route(rng: random.Random) -> tuple[str, str]:
    topic = rng.choice(_TOPICS)
    odd = "".join(rng.choices(_SYLLABLES, k=3))
    details = " ".join(rng.sample(_DETAILS, 2))
    text = (
        f"{rng.choice(_ACTIONS)} the {topic} of a {odd} {details}. {rng.choice(_ACTIONS)} {odd} {rng.choice(_DETAILS)}"
    )
    own = f"api/{topic.replace(' ', '-')}/{odd}"
    return rng.choice(_COMMON) if rng.random() < 0.33 else own, text


def _row(number: int, where: str, text: str, payee: str, usd: Decimal, inputs: tuple[str, ...], truth: int) -> Row:
    url = f"https://{where}"
    candidate = Candidate(
        number, url, f"//{where}", text=text, pay_to=frozenset((payee,)), price=str(usd), payable=number % 3 > 0,
        first_seen=f"2026-01-{number % 28 + 1:02}",
    )  # fmt: skip
    return Row(Described(url, text, inputs=inputs), candidate, usd, truth)
