"""What the writer knows of each subcategory: what is had, who wants it, what for.

Nothing here is about a single resource: ``noun`` and ``action`` complete titles made of a model's name, ``label``
stands in where neither path nor text names the thing, ``buyers`` and ``uses`` are true of everything in the
subcategory (see the taxonomy). In ``uses`` ``{topic}`` is the thing as a noun phrase.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from typing import Any

from catalog.copywriting.wording import word_set


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases of one subcategory."""

    noun: str
    action: str
    label: str
    buyers: str
    uses: tuple[str, str]


def _table() -> dict[str, Phrases]:
    source = resources.files("catalog") / "data" / "phrases.json"
    rows: dict[str, dict[str, Any]] = json.loads(source.read_text("utf-8"))
    return {name: Phrases(**{**row, "uses": tuple(row["uses"])}) for name, row in rows.items()}


SUBCATEGORIES = _table()
"""Phrases by ``category/subcategory``, all of the taxonomy's (packaged data: ``data/phrases.json``)."""
UNKNOWN = SUBCATEGORIES["other/unknown"]

NOUN_OF_VERB: dict[str, str] = {
    "add": "addition", "analyse": "analysis", "analyze": "analysis", "anonymize": "anonymization", "answer": "answers",
    "ask": "answers", "audit": "audit", "book": "booking", "brainstorm": "brainstorm", "buy": "purchase",
    "calculate": "calculation", "capture": "capture", "check": "check", "classify": "classification",
    "compare": "comparison", "convert": "conversion", "create": "creation", "decode": "decoding", "delete": "deletion", "deploy": "deployment",
    "describe": "description", "design": "design", "detect": "detection", "discover": "discovery", "download": "download", "edit": "edit", "encode": "encoding",
    "enrich": "enrichment", "estimate": "estimate", "evaluate": "evaluation", "execute": "execution",
    "explain": "explanation", "explore": "exploration", "extract": "extraction", "forecast": "forecast", "generate": "generation",
    "geocode": "geocoding", "lookup": "lookup", "measure": "measurement", "mint": "mint", "monitor": "monitoring", "notify": "notification",
    "order": "order", "parse": "parsing", "predict": "prediction", "publish": "publication", "purchase": "purchase", "query": "query",
    "rank": "ranking", "recommend": "recommendation", "register": "registration", "render": "rendering", "resolve": "resolution",
    "rewrite": "rewriting", "scan": "scan", "schedule": "schedule", "score": "score", "scrape": "scraping",
    "screen": "screening", "search": "search", "send": "delivery", "shorten": "shortening", "simulate": "simulation", "submit": "submission", "subscribe": "subscription",
    "summarise": "summary", "summarize": "summary", "swap": "swap", "track": "tracking", "transcribe": "transcription",
    "translate": "translation", "upload": "upload", "upscale": "upscaling", "validate": "validation",
    "verify": "verification", "vote": "vote", "generations": "generation", "generation": "generation",
    "edits": "edit", "completions": "completion", "variations": "variation",
}  # fmt: skip
"""Verbs (and the plurals of actions) that end or begin a route, as the noun of the action."""

FETCHES = frozenset(
    [
        "access",
        "fetch",
        "get",
        "list",
        "load",
        "obtain",
        "pay",
        "provide",
        "read",
        "receive",
        "retrieve",
        "return",
        "show",
        "view",
    ]
)
"""Verbs that only say the caller gets something: the thing itself is the better title."""

VERBS = (
    (
        frozenset(NOUN_OF_VERB)
        - {"addition", "generations", "generation", "edits", "completions", "variations", "order", "forecast"}
    )
    | FETCHES
    | word_set(
        "accept access aggregate assess build cast choose chat clean click collect combine compose compute connect "
        "adapt adjust advise allocate analyse apply arrange assign automate borrow broadcast bundle cancel coordinate crawl "
        "debug define delegate delete deposit derive develop diagnose discuss display distribute donate earn enable "
        "enumerate establish examine extend fill forward gather give grow handle implement import inform install integrate "
        "invest label listen modify negotiate normalise normalize offer open organise organize outline pin post-process "
        "prioritise prioritize promote propose qualify quantify redeem reduce refactor refresh replace reply respond revoke "
        "sanitize see segment select sell simplify sort structure supply surface tell think uncover understand "
        "unwrap visualise visualize withdraw wrap "
        "count deliver deploy describe design determine discover draft draw embed ensure expand explore export figure filter flag "
        "find fix flip follow format fund grab guide help identify improve index inspect investigate invoke issue join "
        "keep launch learn locate look make manage map measure merge moderate name navigate optimize order perform pick ping poll "
        "plan prepare produce profile prove publish pull push read recommend record refine remove request "
        "research reserve reveal review roll route run save share sign solve spin split start stop store stream submit suggest "
        "take tip trace train transfer transform trigger try turn unlock update upgrade use write"
    )
)
"""Verbs with which descriptions begin, in the imperative."""

LEADING = word_set(
    "advanced all basic bulk cheapest current custom daily detailed fast free full global hourly latest live monthly new "
    "newest next quick random raw related recent reverse similar simple specific standard top trending upcoming weekly historical realtime"
)
"""Words that stand before their noun in English though routes put them last (``tokens/trending``)."""

NOISE = word_set(
    "api apis x402 rest public paid premium protected endpoint endpoints index functions function proxy v service services "
    "svc tool tools skill skills route routes resource resources res x call run exec invoke execute paywall paywalled "
    "gated private data models cid qrn swarm ipfs by id d rpc internal agents agent content http https p o s item items "
    "smart onchain crypto simple networks network mainnet pm tgm"
)
"""Route segments that name no subject of their own."""
