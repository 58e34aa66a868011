"""Duplicates: which listings are one API, and how clusters keep their names."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from catalog.duplicates import (
    BUCKET_CAP,
    LINKED,
    Candidate,
    Cluster,
    ClusterEvent,
    Edge,
    Relation,
    cluster,
    find_edges,
    links,
)
from catalog.environments import read_host
from catalog.routes import read_route
from catalog.urls import canonical, resource_id
from tests.evaluate import duplicates as evaluation

NANO = "/api/ai/generations/images/nano-banana"
PROFILE = "Look a profile up by its numeric id, with its bio, followers and links"
KIT = "Access to protected content"
SENTENCE = "Returns the holders of a token, sorted by balance"


def candidate(url: str, text: str = "", pay_to: str = "", price: str | None = "0.01", **more: Any) -> Candidate:
    """A candidate whose id derives from the URL as listed, so that http and https listings stay two."""
    payees = frozenset(pay_to.split())
    return Candidate(resource_id(url, more.get("tool", "")), url, canonical(url), text=text, pay_to=payees, price=price, **more)  # fmt: skip


def relations(*candidates: Candidate) -> list[str]:
    return [edge.relation for edge in find_edges(candidates).edges]


def clustered(candidates: Sequence[Candidate], known: dict[int, str] | None = None) -> list[Cluster]:
    return cluster(candidates, find_edges(candidates).edges, known or {})[0]


# --- the seeds -----------------------------------------------------------------------------------------------------


@pytest.fixture
def seeds() -> list[Candidate]:
    return [
        candidate(f"https://x402.dopamint.ai{NANO}", "Generate image using nano-banana", "0xa", "0.0527"),
        candidate(f"https://x402-dev.dopamint.ai{NANO}-edit", "Generate image using nano-banana/edit", "0xb", "0.0527"),
        candidate(
            f"https://boss-grossly-redbird.ngrok-free.app{NANO}", "Generate images using nano-banana", "0xc", "0.0527"
        ),
    ]


def test_the_two_seed_documents_share_a_cluster(seeds: list[Candidate]) -> None:
    production, development, _ = seeds
    assert relations(production, development) == ["variant"]
    (only,) = clustered([production, development])
    assert only.canonical == production.resource_id
    assert only.reason == "A production host goes before a development one."


def test_the_tunnel_of_the_seed_pages_joins_them(seeds: list[Candidate]) -> None:
    assert sorted(relations(*seeds)) == ["environment", "variant"]
    (only,) = clustered(seeds)
    assert len(only.members) == 3
    assert only.canonical == seeds[0].resource_id


@pytest.mark.parametrize(
    ("url", "text", "price"),
    [
        ("https://x402.dopamint.ai" + NANO + "-edit", "Generate image using nano-banana/edit", "0.06"),
        ("https://x402.dopamint.ai" + NANO + "-edit", "Upscale a picture", "0.0527"),
        ("https://x402.dopamint.ai" + NANO + "-edit", "Generate image using nano-banana", "0.0527"),
        ("https://x402.dopamint.ai/api/ai/generations/videos/nano-banana-edit", "Generate image using nano-banana/edit", "0.0527"),
        ("https://x402.dopamint.ai/api/ai/generations/images/flux-edit", "Generate image using flux/edit", "0.0527"),
        ("https://x402.dopamint.ai" + NANO + "-2", "Generate image using nano-banana/2", "0.0527"),
        ("https://x402.elsewhere.ai" + NANO + "-edit", "Generate image using nano-banana/edit", "0.0527"),
    ],
    ids=["price", "text", "boilerplate", "stem", "name", "version", "operator"],
)  # fmt: skip
def test_ordinary_variants_stay_apart(seeds: list[Candidate], url: str, text: str, price: str) -> None:
    assert clustered([seeds[0], candidate(url, text, "0xa", price)]) == []


# --- relations -----------------------------------------------------------------------------------------------------

RELATED = [
    ("same_endpoint", "http://api.acme.io/holders", "https://api.acme.io/holders/", SENTENCE, ""),
    ("same_endpoint", "https://acme.io/holders", "https://www.acme.io/holders", SENTENCE, SENTENCE + " (v2)"),
    ("same_endpoint", "https://acme.io/lookup", "https://acme.io/v1/lookup", "Look a page up", "Find a page by id"),
    ("same_endpoint", "https://acme.io/smart-money", "https://acme.io/smartmoney", SENTENCE, SENTENCE),
    ("same_endpoint", "https://acme.io/users/:id", "https://acme.io/users/{user_id}", SENTENCE, "A user by id"),
    ("same_endpoint", "https://acme.io/plot.json", "https://acme.io/plot", "Plot a curve", ""),
    ("environment", "https://acme.io/holders/:token", "https://dev.acme.io/holders/[address]", "Holders", "The holders of a token"),
    ("environment", "https://api.acme.io/holders", "https://dev-api.acme.io/holders", SENTENCE, SENTENCE),
    ("environment", "https://api.acme.io/v1/fund", "https://api.testnet.acme.io/v1/fund", SENTENCE, ""),
    ("environment", "https://acme.io/holders", "https://acme-x402.onrender.com/holders", SENTENCE, ""),
    ("environment", "https://acme.io/holders", "https://acme-production-1a2b.up.railway.app/holders", "", SENTENCE),
    ("environment", "https://app-git-one-acme.vercel.app/api/x", "https://app-git-two-acme.vercel.app/api/x", SENTENCE, SENTENCE),
    ("environment", "https://rates.acme.io/rates/today", "https://a-b-c.trycloudflare.com/rates/today", "Rates of today, all currencies", "All rates of today and their currencies"),
    ("environment", "https://safe-run.acme.io/v1/skill", "https://skills.acme.io/v1/skills/safe-run", SENTENCE, SENTENCE),
    ("mirror", "https://acme.io/holders", "https://other.net/holders", SENTENCE, SENTENCE),
    ("mirror", "https://acme.com/holders/:token", "https://acme.xyz/holders/:token", "", ""),
    ("mirror", "https://starter-one.vercel.app/protected", "https://starter.netlify.app/protected", "Access to protected content", "Access to protected content"),
    ("template_instance", "https://acme.io/holders/0x6ea076af302e3adf", "https://acme.io/holders/0xa2c36b289198734a", SENTENCE, SENTENCE),
    ("same_endpoint", "https://acme.io/7f3a9c21be04d5e6f/ask", "https://acme.io/x/7f3a9c21be04d5e6f/ask", SENTENCE, SENTENCE),
    ("environment", "https://acme.io/holders", "https://staging.acme.io/holders", "The holders of a token", "Old words"),
    ("environment", "https://api.acme.io/v1/token/holders", "https://app.acme.io/api/token/holders", SENTENCE, SENTENCE),
    ("environment", "https://acmedata.io/v1/swap", "https://acmedata-x402.onrender.com/v1/swap", "A swap", "Other words"),
    ("mirror", "https://api.acme.io/holders", "https://api.acme.xyz/holders", "The holders of a token", "Old words"),
    ("mirror", "https://acme.io/v1/token/holders", "https://other.net/x402/token/holders", SENTENCE, SENTENCE),
    ("template_instance", "https://acme.io/label/bsc/0x6ea076af302e3adf", "https://acme.io/label/eth/0xa2c36b289198734a", "", ""),
    ("template_instance", "https://acme.io/probe/v1/6ea076af302e3adf", "https://acme.io/probe/v2/a2c36b289198734a", "", ""),
    ("template_instance", "https://acme.io/file/6ea076af302e3adf", "https://acme.io/file/a2c36b289198734a", "0.01 USDC", "0.1 USDC"),
    ("template_instance", "https://acme.io/users/1455893555/followers", "https://acme.io/users/followers", SENTENCE, SENTENCE),
    ("template_instance", "https://acme.io/holders/0x6ea076af302e3adf", "https://acme.io/holders/{token}", "", ""),
    ("template_instance", "https://acme.io/proxy/0x6ea076af302e3adf", "https://acme.io/proxy/:address", "", ""),
    ("template_instance", "https://acme.io/users/by/name/jane", "https://acme.io/users/by/name/:name", "", SENTENCE),
    ("template_instance", "https://acme.io/v1/history/AAPL", "https://acme.io/v1/history/MSFT", SENTENCE, SENTENCE),
    ("template_instance", "https://acme.io/price/ethereum", "https://acme.io/price/0xa2c36b289198734a", SENTENCE, SENTENCE),
    ("template_instance", "https://acme.io/team/arsenal/fixtures", "https://acme.io/team/:team/fixtures", SENTENCE, SENTENCE),
    ("template_instance", "https://acme.io/dns", "https://acme.io/dns?name=b.example", "", SENTENCE),
    ("template_instance", "https://acme.io/tile/3/4/5.png", "https://acme.io/tile/{z}/{x}/{y}.png", "A tile", "Tiles of a map"),
    ("template_instance", "https://acme.io/users/jane/posts", "https://acme.io/users/john/posts", SENTENCE, SENTENCE),
    ("template_instance", "https://acme.io/country/de", "https://acme.io/country/fr", SENTENCE, SENTENCE),
    ("template_instance", "https://acme.io/resolve/nick.eth", "https://acme.io/resolve/:name", "Resolve a name", "Names"),
    ("template_instance", "https://acme.io/block/latest", "https://acme.io/block/:hash", "", "Some block"),
    ("template_instance", "https://acme.io/moon/today", "https://acme.io/moon/{date}", "The moon", "The moon"),
    ("template_instance", "https://acme.io/moon/now", "https://acme.io/moon/2026-03-01", KIT, "The moon"),
    ("template_instance", "https://acme.io/users/44196397", "https://acme.io/users/by/id", PROFILE, PROFILE + ", as a parameter"),
    ("template_instance", "https://acme.io/users/44196397", "https://acme.io/users/by-id", PROFILE, PROFILE),
    ("template_instance", "https://acme.io/users/44196397", "https://acme.io/users/lookup", PROFILE, PROFILE),
    ("template_instance", "https://acme.io/users/by/name/jane", "https://acme.io/users/by/name", PROFILE, PROFILE + " or its name"),
    ("environment", "https://x402.acme.io/v1/token/holders", "https://acme.io/v1/token/holders", "Holders", "Who holds it"),
    ("environment", "https://api.oasissignals.com/v1/rates", "https://oasis-signal-x402.onrender.com/v1/rates", "Rates", "Funding"),
    ("environment", "https://beta.acme.io/report", "https://acme.io/report", "Report", "The report"),
    ("environment", "https://acme-sepolia.fly.dev/badge", "https://acme.fly.dev/badge", "A badge", "Mint a badge"),
    ("environment", "https://walls-git-dev-team.vercel.app/lists", "https://walls.vercel.app/lists", "Lists", "All lists"),
    ("environment", "https://tr.acme.io/translate", "https://a1b2c3.execute-api.us-east-1.amazonaws.com/prod/translate", SENTENCE, SENTENCE),
    ("environment", "https://api.tgintel.dev/channels", "https://tg-intel-api.onrender.com/channels", "Channels", "Find a channel"),
    ("mirror", "https://geo.acme.io/club", "https://geo.other.net/club", "Look a club up", "Look a club up (refundable)"),
    ("same_endpoint", "https://acme.io/d2mkmvqtj45c73a9speg", "https://acme.io/x/d2mkmvqtj45c73a9speg", "Vega", "Vega"),
    ("environment", "https://paper.dev/api/sum", "https://paper-git-main-team.vercel.app/api/sum", "Sums a paper up", "Sum a paper up"),
    ("mirror", "https://x402.acme.io/flows", "https://acme.fi/flows", "Flows of a token", "Net flows, by token"),
    ("environment", "https://acme.io/price", "https://acme.onrender.com/price", SENTENCE, KIT),
    ("template_instance", "https://acme.io/dns?name=a.example", "https://acme.io/dns?name=b.example", SENTENCE, SENTENCE),
]  # fmt: skip


@pytest.mark.parametrize(("relation", "a", "b", "text_a", "text_b"), RELATED)
def test_duplicates_are_found_and_typed(relation: str, a: str, b: str, text_a: str, text_b: str) -> None:
    edges = find_edges([candidate(a, text_a, "0xa"), candidate(b, text_b, "0xa")]).edges
    assert [edge.relation for edge in edges] == [relation]
    assert 50 <= edges[0].score <= 100
    assert edges[0].evidence.endswith(".")


def test_copies_of_a_starter_kit_are_told_by_their_names() -> None:
    """Vercel adds a word where a project's name is taken; the payees are as many as the tenants."""
    one = candidate("https://x402-ai-starter-eta.vercel.app/api/add", "Add two numbers", "0xa")
    two = candidate("https://x402-ai-starter.vercel.app/api/add", KIT, "0xb")
    other = candidate("https://x402-ai-poems.vercel.app/api/add", KIT, "0xc")
    changed = candidate("https://x402-ai-starter-tau.vercel.app/api/add", "Add a friend", "0xd")
    assert relations(one, two) == ["mirror"]
    assert relations(one, other) == relations(one, changed) == []


def test_a_tunnel_may_repeat_a_long_text_and_be_paid_elsewhere() -> None:
    text = "Extract line items, totals and VAT from an invoice image"
    home = candidate("https://acme.io/v1/ocr/invoice", text, "0xa")
    url = "https://sunny-lamp-field-row.trycloudflare.com/v1/ocr/invoice"
    assert relations(home, candidate(url, text.replace("an", "any"), "0xb")) == ["environment"]
    assert relations(home, candidate(url, "Extract names, dates and totals from an insurance policy", "0xb")) == []


def test_namesakes_paid_elsewhere_must_speak_of_one_thing() -> None:
    home = candidate("https://acmesignals.io/v1/rates", "Funding rates", "0xa")
    url = "https://acme-signals.onrender.com/v1/rates"
    assert relations(home, candidate(url, "Funding rates by venue", "0xb")) == ["mirror"]
    assert relations(home, candidate(url, "What a hotel costs", "0xb")) == []


def test_instances_without_terms_are_told_by_their_route() -> None:
    routes = ("token/0x6ea076af302e3adf/whales", "token/0xa2c36b289198734a/whales")
    assert relations(*(candidate(f"https://acme.io/{route}", price=None) for route in routes)) == ["template_instance"]
    assert relations(*(candidate(f"https://{n}.acme.io/{route}", price=None) for n, route in zip("ab", routes, strict=True))) == []  # fmt: skip


def test_true_copies_may_differ_in_payee_and_price() -> None:
    one = candidate("https://app-git-one-acme.vercel.app/api/image", SENTENCE, "0xa", "0.01")
    two = candidate("https://app-git-two-acme.vercel.app/api/image", SENTENCE, "0xb", "0.15")
    assert relations(one, two) == ["environment"]


UNRELATED = [
    ("https://acme.io/image", "https://acme.io/video", "Access to protected content", "Access to protected content"),
    ("https://acme.io/", "https://other.net/", "Payment required", "Payment required"),
    ("https://acme.io/v1/base/price", "https://acme.io/v1/tron/price", "Token price on Base", "Token price on Tron"),
    ("https://acme.io/base/energy/0x6ea076af302e3adf", "https://acme.io/tron/energy/0xa2c36b289198734a", "Energy on Base", "Energy on Tron"),
    ("https://acme.io/near/6ea076af302e3adf1", "https://acme.io/story/a2c36b289198734a2", "", ""),
    ("https://acme.io/v1/base/price", "https://acme.io/v1/tron/price", "", ""),
    ("https://acme.io/users/1455893555", "https://acme.io/users", "Look a user up by the numeric id", "List all users, newest first, in pages"),
    ("https://acme.onrender.com/ask", "https://other.io/ask", "Ask for a poem", "Ask for a flight"),
    ("https://norm.acme.io/v1/check", "https://undo.acme.io/v1/check", "Is this number normal?", "Can this be undone?"),
    ("https://human.acme.io/ask", "https://robot.acme.io/ask", "", ""),
    ("https://dev.acme.io/buy/custom", "https://munch.acme.io/buy/custom", "Buy a custom amount of the project's own DEV token here", "Buy a custom amount of the project's own MUNCH token here"),
    ("https://acme.io/agents/6ea076af302e3adf1", "https://acme.io/agents/a2c36b289198734a2", "Writes poems", "Books flights"),
    ("https://acme.io/agents/6ea076af302e3adf1", "https://acme.io/agents/a2c36b289198734a2", "", ""),
    ("https://acme.io/block-number", "https://acme.io/block/:number", "", ""),
    ("https://acme.io/OCR", "https://acme.io/TTS", "", ""),
    ("https://acme.io/tools/OCR", "https://acme.io/tools/TTS", "", ""),
    ("https://acme.io/mcp", "https://other.net/mcp", "One endpoint for tools", "One endpoint for tools"),
    ("https://acme.io/v1/search", "https://acme.io/search", "Papers by their title, as plain JSON", "Ranks hotels of any country"),
    ("https://acme.io/run", "https://acme.io/run?model=sora", SENTENCE, SENTENCE),
    ("https://acme.io/dns", "https://acme.io/dns?name=b.example", "All records", "One name in every zone"),
    ("https://acme.io/users/top", "https://acme.io/users/new", SENTENCE, SENTENCE),
    ("https://acme.io/flux/generate", "https://acme.io/sdxl/generate", SENTENCE, SENTENCE),
    ("https://norm.acme.io/v1/check", "https://undo.acme.io/v1/check", KIT, KIT),
    ("https://dev.acme.io/buy", "https://munch.acme.io/buy", "", ""),
    ("https://acme.io/score/batch", "https://acme.io/score/:wallet", SENTENCE, SENTENCE),
    ("https://acme.io/country/top", "https://acme.io/country/new", SENTENCE, SENTENCE),
    ("https://walls-git-a-one.vercel.app/x/lists", "https://walls-git-a-two.vercel.app/x/lists", "Lists", "A wall"),
    ("https://acme-one.up.railway.app/query", "https://acme-two.up.railway.app/query", "", ""),
    ("https://one.acmesafe.io/query", "https://acmesafe-two.up.railway.app/query", "", ""),
    ("https://acme.io/d2mkmvqtj45c73a9speg", "https://acme.io/d2mkmvqtj45c73a9speg/reviews", "Vega", "Vega"),
    ("https://btc.acme.io/signal", "https://eth.acme.io/signal", "Signal", "Signal"),
    ("https://btc.acme.io/v1/signal/daily", "https://eth.acme.io/v1/signal/daily", "", ""),
    ("https://weather-x402.onrender.com/api/data", "https://stocks-x402.onrender.com/api/data", "Get data", "Get data"),
    ("https://weather-x402.onrender.com/api/data", "https://stocks-x402.onrender.com/api/data", "", ""),
    ("https://acme.io/token/price", "https://acme.io/token/supply", SENTENCE, SENTENCE),
    ("https://acme.io/agents/6ea076af302e3adf1", "https://acme.io/agents/:id", "Writes poems", "Ask an agent"),
    ("https://acme.io/news/latest", "https://acme.io/news/:id", "", ""),
    ("https://acme.io/block/latest", "https://acme.io/block/:number", "The latest block", "Any block by its number"),
    ("https://acme.io/block/latest", "https://acme.io/block/:number/receipts", "", ""),
    ("https://acme.io/block/last", "https://acme.io/block/:number", "", ""),
    ("https://acme.io/users/44196397", "https://acme.io/users/by/id", PROFILE, PROFILE.replace("a profile", "multiple profiles")),
    ("https://acme.io/users/44196397", "https://acme.io/lists/by/id", PROFILE, PROFILE),
    ("https://acme.io/users/44196397", "https://acme.io/users/by/name", PROFILE, PROFILE),
    ("https://acme.io/users/by/id", "https://acme.io/users/by/name", PROFILE, PROFILE),
    ("https://acme.io/users/search", "https://acme.io/users/:id", KIT, KIT),
    ("https://wallet.acmesafe.io/verify", "https://x402-acmesafe-site.up.railway.app/verify", "Verify a wallet", "Verify a URL"),
    ("https://paperlens.io/v1/trades/list", "https://paper-trader.onrender.com/v1/trades/list", "All papers", "All trades"),
    ("https://shop.cat.fun/buy/custom", "https://shop.dog.fun/buy/custom", "Buy any amount of CAT tokens", "Buy any amount of DOG tokens"),
    ("https://acme.io/generate?model=sora", "https://acme.io/generate?model=veo", "", ""),
    ("https://one.vercel.app/api/ask", "https://two.vercel.app/api/ask", "Ask for a poem", "Ask for a flight"),
    ("https://acme.io/lava-sha256", "https://acme.io/lava-sha3-256", "Lava lamps, SHA256", "Lava lamps, SHA3-256"),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b", "text_a", "text_b"), UNRELATED)
def test_traps_stay_apart_even_with_one_payee(a: str, b: str, text_a: str, text_b: str) -> None:
    assert find_edges([candidate(a, text_a, "0xa"), candidate(b, text_b, "0xa")]).edges == []


def test_tools_of_one_mcp_server_are_several_resources() -> None:
    url = "https://acme.io/mcp"
    assert relations(candidate(url, SENTENCE, tool="holders"), candidate(url, SENTENCE, tool="price")) == []


def test_a_sentence_without_spaces_is_no_single_word() -> None:
    said = "查询钱包余额和最近的交易记录，支持十条链"
    one = candidate("https://acme.cn/v1/balance", said, "0xa")
    assert relations(one, candidate("https://other.io/v1/balance", said, "0xb")) == ["mirror"]
    assert relations(replace(one, text="余额"), candidate("https://other.io/v1/balance", "余额", "0xb")) == []


def test_strangers_may_have_one_word_for_a_domain() -> None:
    fun = candidate("https://x402.fun/api/token/mint", "Mint the FUN token", "0xa")
    assert relations(fun, candidate("https://x402.xyz/api/token/mint", "Mint the XYZ token", "0xb")) == []
    acme = candidate("https://acme.fun/api/token/mint", "Mint a token", "0xa")
    assert relations(acme, candidate("https://acme.xyz/api/token/mint", "Mint the token", "0xb")) == ["mirror"]


@pytest.mark.parametrize(("said", "found"), [("Protected route", ["mirror"]), ("Get data", []), ("Premium", [])])
def test_strangers_sell_what_their_starter_kit_says(said: str, found: list[str]) -> None:
    one = candidate("https://blue.vercel.app/api/first", said, "0xa")
    assert relations(one, candidate("https://green.onrender.com/api/first", said, "0xb")) == found


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("/file/8f14e45fceea167a", "/file/c9f0f895fb98ab91", ["template_instance"]),
        ("/credits/10", "/credits/50", []),
    ],
)
def test_values_at_other_prices_are_amounts_where_they_are_short(one: str, other: str, found: list[str]) -> None:
    dear = candidate(f"https://acme.io{other}", "", "0xa", "5")
    assert relations(candidate(f"https://acme.io{one}", "", "0xa", "1"), dear) == found


def test_strangers_serve_one_protocol_in_the_same_words() -> None:
    said = "Chat completions of any model"
    one = candidate("https://acme.io/v1/chat/completions", said, "0xa")
    assert relations(one, candidate("https://other.net/v1/chat/completions", said, "0xb")) == []
    assert relations(one, candidate("https://other.net/v1/chat/completions", said, "0xa")) == ["mirror"]


def test_missing_text_and_other_payee_prove_nothing() -> None:
    assert relations(candidate("https://acme.io/v/exa/search", pay_to="0xa"),
                     candidate("https://other.net/v/exa/search", pay_to="0xb")) == []  # fmt: skip


# --- hosts and routes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "kind", "family"),
    [
        ("x402.dopamint.ai", "production", "x402.dopamint.ai"),
        ("x402-dev.dopamint.ai", "development", "x402.dopamint.ai"),
        ("www.acme.co.uk", "production", "acme.co.uk"),
        ("test.com", "production", "test.com"),
        ("developer.acme.io", "production", "developer.acme.io"),
        ("boss-grossly-redbird.ngrok-free.app", "tunnel", "boss-grossly-redbird.ngrok-free.app"),
        ("acme.vercel.app", "platform", "acme.vercel.app"),
        ("acme-staging.vercel.app", "development", "acme.vercel.app"),
        ("acme-git-fix-7-team.vercel.app", "preview", "acme.team.vercel.app"),
        ("deploy-preview-7--acme.netlify.app", "preview", "acme.netlify.app"),
        ("acme--pr7-1a2b.web.app", "preview", "acme.web.app"),
        ("beta.acme.io", "development", "acme.io"),
        ("acme-pr-12.onrender.com", "preview", "acme.onrender.com"),
        ("acme-production-1a2b.up.railway.app", "platform", "acme-1a2b.up.railway.app"),
        ("localhost:3000", "development", "localhost"),
        ("203.0.113.7:8080", "development", "203.0.113.7"),
        ("[2001:db8::1]:8080", "development", "2001:db8::1"),
    ],
)
def test_hosts_are_read(host: str, kind: str, family: str) -> None:
    assert (read_host(host).kind, read_host(host).family) == (kind, family)


def test_two_tenants_of_a_platform_are_two_operators() -> None:
    assert read_host("one.vercel.app").operator != read_host("two.vercel.app").operator
    assert read_host("one.up.railway.app").operator != read_host("two.up.railway.app").operator
    assert read_host("a.acme.io").operator == read_host("b.acme.io").operator


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/score/0x6ea076Af302e3AdF8d48f8e3e53Ee2C9B52A9b5b/full", "/score/{}/full"),
        ("/users/:id", "/users/{}"),
        ("/users/%7Bid%7D", "/users/{}"),
        ("/probe/v1/2b9bb5fe-8379-4b5d-b52d-21cad0f52d75", "/probe/v1/{}"),
        ("/ipfs/QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG", "/ipfs/{}"),
        ("/swarm/qrn:swarm:68eca8dd7938a7458fbd26b6", "/swarm/qrn:swarm:{}"),
        ("/ens/vitalik.eth", "/ens/{}"),
        ("/dossier/suspect-001", "/dossier/suspect-{}"),
        ("/networks/base/token_price", "/networks/{}/token_price"),
        ("/label/eth/0x6ea076af302e3adf", "/label/{}/{}"),
        ("/base/energy/history", "/base/energy/history"),
        ("/near/6ea076af302e3adf1", "/near/{}"),
        ("/tick?chain=base&symbol=ETH", "/tick?chain={}&symbol={}"),
        ("/run?model=flux&seed=7", "/run?model=flux&seed={}"),
        ("/users/by/username/jane/posts", "/users/by/username/{}/posts"),
        ("/token-by-symbol/pepe", "/token-by-symbol/{}"),
        ("/lookup/by_user_name/jane", "/lookup/by_user_name/{}"),
        ("/users/by/username", "/users/by/username"),
        ("/pools/by/volume/daily", "/pools/by/volume/daily"),
        ("/standby/id/first", "/standby/id/first"),
        ("/v1/quote/AAPL", "/v1/quote/{}"),
        ("/binance/candles/BTC-USDT", "/binance/candles/{}"),
        ("/API/V1/QUOTE/LAST", "/api/v1/quote/last"),
        ("/v1/API/quote", "/v1/api/quote"),
        ("/OCR/pages", "/ocr/pages"),
        ("/movies/tt0111161/cast", "/movies/{}/cast"),
        ("/mint1000", "/mint1000"),
        ("/advisory/cve-2024-3094", "/advisory/{}"),
        ("/transcript/dQw4w9WgXcQ", "/transcript/{}"),
        ("/getTop10Coins", "/gettop10coins"),
        ("/share/k3j2h1g0f", "/share/{}"),
        ("/tx/7f3a9c21", "/tx/{}"),
        ("/facade/sha256", "/facade/sha256"),
        ("/text2image2video", "/text2image2video"),
        ("/tiles/14/8514/5504.png", "/tiles/{}/{}/{}.png"),
        ("/report/2026-03-01.pdf", "/report/{}.pdf"),
        ("/whois/acme.co.uk", "/whois/{}"),
        ("/wallet/nick.sol", "/wallet/{}"),
        ("/rpc/tools.list", "/rpc/tools.list"),
        ("/rpc/eth.getBalance", "/rpc/eth.getbalance"),
        ("/base64Encode", "/base64encode"),
        ("/ip/8.8.8.8", "/ip/{}"),
        ("/forecast/52.52,-13.40", "/forecast/{}"),
        ("/scrape/https%3A%2F%2Facme.io%2Fabout", "/scrape/{}"),
        ("/images/flux-1.1", "/images/flux-1.1"),
        ("/v2/openapi.json", "/v2/openapi.json"),
        ("/images/gpt-image-1.5", "/images/gpt-image-1.5"),
        ("/international_pricing_strategist", "/international_pricing_strategist"),
        ("/", "/"),
    ],
)
def test_values_are_masked_and_names_kept(path: str, shape: str) -> None:
    assert read_route(path).shape == shape


# --- clusters ------------------------------------------------------------------------------------------------------


def family(size: int, price: str = "0.01") -> list[Candidate]:
    """Copies on several domains; the last one was seen first."""
    return [
        candidate(f"https://shop{n}.example{n}.com/v1/holders", SENTENCE, "0xa", price, first_seen=f"2026-01-{20 - n:02}")
        for n in range(size)
    ]  # fmt: skip


def join(members: Sequence[Candidate]) -> list[Edge]:
    return [Edge(a.resource_id, b.resource_id, "mirror", 90, "Made up.")
            for i, a in enumerate(members) for b in members[i + 1 :]]  # fmt: skip


def named(members: Iterable[Candidate], cluster_id: str) -> dict[int, str]:
    return {member.resource_id: cluster_id for member in members}


OLD, YOUNG = "data-cl-000000000001", "data-cl-000000000002"


def test_a_new_cluster_is_named_after_its_founder() -> None:
    members = family(3)
    (only,) = clustered(members)
    founder = hashlib.sha256(members[2].identity.encode()).hexdigest()[:12]
    assert only.id == f"data-cl-{founder}"
    assert only.members == tuple(m.resource_id for m in members)


def test_singletons_have_no_cluster() -> None:
    assert cluster(family(1), [], named(family(1), OLD)) == ([], [])


def test_the_id_stays_while_members_come_and_go() -> None:
    members = family(4)
    clusters, events = cluster(members[1:], join(members[1:]), named(members[:2], OLD))
    assert [c.id for c in clusters] == [OLD]
    assert events == []


def test_on_a_merge_the_older_id_stays() -> None:
    members = family(4)
    known = named(members[:2], YOUNG) | named(members[2:], OLD)
    clusters, events = cluster(members, join(members), known)
    assert [c.id for c in clusters] == [OLD]
    assert [(e.kind, e.cluster_id, e.other_id) for e in events] == [("merged", OLD, YOUNG)]


def test_on_a_split_the_canonical_side_keeps_the_id() -> None:
    members = [replace(m, payable=n == 0) for n, m in enumerate(family(4))]
    edges = join(members[:2]) + join(members[2:])
    clusters, events = cluster(members, edges, named(members, OLD))
    sides = {c.members: c.id for c in clusters}
    assert sides[tuple(m.resource_id for m in members[:2])] == OLD
    other = sides[tuple(m.resource_id for m in members[2:])]
    assert events == [ClusterEvent("split", OLD, other, f"2 members of {OLD} now stand in {other}.")]


def test_a_split_never_names_two_clusters_alike() -> None:
    """The side that leaves holds the founder, whose hash is the id that stays."""
    members = [replace(m, payable=n == 0) for n, m in enumerate(family(4))]
    (before,) = clustered(members)
    clusters, _ = cluster(members, join(members[:2]) + join(members[2:]), named(members, before.id))
    assert len({c.id for c in clusters}) == 2


def test_a_member_left_alone_takes_no_id_with_it() -> None:
    members = [replace(m, payable=n == 0) for n, m in enumerate(family(3))]
    clusters, events = cluster(members, join(members[1:]), named(members, OLD))
    assert [c.id for c in clusters] == [OLD]
    assert events == []


def test_chains_do_not_glue_families() -> None:
    members = family(12)
    chain = [Edge(a.resource_id, b.resource_id, "variant", 60, "Made up.") for a, b in pairwise(members)]
    clusters, _ = cluster(members, chain, {})
    assert len(clusters) > 1
    assert max(len(c.members) for c in clusters) <= 4


@pytest.mark.parametrize(
    ("better", "worse", "reason"),
    [
        ({}, {"url": "https://api-dev.acme.io/v1/holders"}, "A production host goes before a development one."),
        ({}, {"url": "http://api.acme.io/v1/holders/"}, "https goes before http."),
        ({"payable": True}, {"url": "https://www.api.acme.io/v1/holders"}, "The payable one goes first."),
        ({"first_seen": "2026-01-02"}, {"url": "https://api.acme.app/v1/holders", "first_seen": "2026-01-03"},
         "Listed longest, since 2026-01-02."),
        ({}, {"url": "https://www.api.acme.io/v1/holders"},
         "First in the order of canonical URLs; nothing else tells the members apart."),
    ],
)  # fmt: skip
def test_the_canonical_member(better: dict[str, Any], worse: dict[str, Any], reason: str) -> None:
    best = candidate("https://api.acme.io/v1/holders", SENTENCE, "0xa", **better)
    (only,) = clustered([candidate(text=SENTENCE, pay_to="0xa", **worse), best])
    assert only.canonical == best.resource_id
    assert only.reason == reason


# --- scale and determinism -----------------------------------------------------------------------------------------


def crowd(size: int) -> list[Candidate]:
    """Swarms of ids, template forks, silent routes of one payee, and products of many operators."""
    rng = random.Random(402)
    words = [
        a + b for a in ("price", "token", "image", "news", "risk") for b in ("list", "feed", "data", "scan", "rank")
    ]
    made = []
    for n in range(size):
        route, payee = f"{rng.choice(words)}/{rng.choice(words)}", f"0x{rng.randrange(300)}"
        made.append(
            (
                candidate(f"https://swarm{n % 3}.acme.io/v1/price/0x{rng.getrandbits(160):040x}", SENTENCE, "0xa"),
                candidate(f"https://fork{n}.vercel.app/protected", "Access to protected content", payee),
                candidate(f"https://op{rng.randrange(300)}.com/{route}/{n}", "", "0xb", None),
                candidate(f"https://api.op{n % 700}.com/{route}", " ".join(rng.choices(words, k=8)), payee),
            )[n % 4]
        )
    return list({c.resource_id: c for c in made}.values())


def test_the_order_of_arrival_does_not_matter(seeds: list[Candidate]) -> None:
    candidates = crowd(600) + seeds
    edges = find_edges(candidates).edges
    expected = cluster(candidates, edges, {})
    rng = random.Random(7)
    for _ in range(3):
        rng.shuffle(candidates)
        again = find_edges(candidates).edges
        assert again == edges
        rng.shuffle(again)
        assert cluster(candidates, again, {}) == expected


def test_big_buckets_are_capped_and_still_one_cluster() -> None:
    swarm = [candidate(f"https://acme.io/holders/0x{n:040x}", SENTENCE, "0xa") for n in range(40 * BUCKET_CAP)]
    edges = find_edges(swarm).edges
    assert len(edges) < 6 * len(swarm)
    (only,) = cluster(swarm, edges, {})[0]
    assert len(only.members) == len(swarm)


def test_a_crowd_has_few_edges() -> None:
    candidates = crowd(10_000)
    edges = find_edges(candidates).edges
    cluster(candidates, edges, {})
    assert len(edges) < 10 * len(candidates)


# --- labelled pairs ------------------------------------------------------------------------------------------------


@pytest.mark.recorded
def test_labelled_pairs(shared: Path) -> None:
    """The goal, with limits never chosen on the hosts they judge: precision 0.98, recall 0.93 of the sure pairs; with
    the pairs the reader was not sure of, 0.95. Variants stay apart."""
    labelled, found = evaluation.pairs(shared), evaluation.candidates(shared)
    across, _ = evaluation.validated(labelled, evaluation.runs(found))
    assert not any(across(pair) for pair in labelled if pair.relation in ("different", "variant") and pair.sure)
    recall = {
        sure: evaluation.share(across(p) for p in labelled if p.duplicate and p.sure >= sure) for sure in (True, False)
    }
    assert recall[True][0] >= 0.97 * recall[True][1]
    assert recall[False][0] >= 0.95 * recall[False][1]


@pytest.mark.recorded
def test_no_host_is_judged_by_its_own_fold(shared: Path) -> None:
    labelled = evaluation.pairs(shared)
    folds = evaluation.folds(labelled)
    assert sorted(pair.why for fold in folds for pair in fold) == sorted(pair.why for pair in labelled)
    for fold in folds:
        others = evaluation.unseen(labelled, fold)
        assert len(others) > len(labelled) / 2
        assert {host for pair in fold for host in pair.hosts}.isdisjoint(h for pair in others for h in pair.hosts)


# --- links between members -----------------------------------------------------------------------------------------


def told(own: Candidate, members: Sequence[Candidate], edges: Sequence[Edge]) -> dict[str, tuple[str | None, str]]:
    """What ``own`` says of the others, by host."""
    by_id = {m.resource_id: m for m in members}
    around: dict[int, list[Edge]] = {}
    for edge in edges:
        around.setdefault(edge.a, []).append(edge)
        around.setdefault(edge.b, []).append(edge)
    found = links(
        own.resource_id, around, by_id.__contains__, lambda member: by_id[member].identity[2:].partition("/")[0]
    )
    return {by_id[m].identity[2:].partition("/")[0]: (link.relation, link.evidence) for m, link in found.items()}


def test_members_without_an_edge_are_linked_along_the_way(seeds: list[Candidate]) -> None:
    production, development, tunnel = seeds
    edges = find_edges(seeds).edges
    assert sorted(edge.relation for edge in edges) == ["environment", "variant"]
    seen = told(development, seeds, edges)
    assert seen["x402.dopamint.ai"][0] == "variant"
    assert seen["boss-grossly-redbird.ngrok-free.app"] == (None, "By way of x402.dopamint.ai: variant, environment.")
    assert {relation for relation, _ in told(production, seeds, edges).values()} == {"variant", "environment"}
    assert told(tunnel, [production, tunnel], edges).keys() == {"x402.dopamint.ai"}, "outside the cluster"


@pytest.mark.parametrize(
    ("steps", "relation"),
    [
        (("mirror", "mirror"), "mirror"),
        (("same_endpoint", "environment"), "environment"),
        (("same_endpoint", "same_endpoint"), "same_endpoint"),
        (("environment", "mirror"), None),
        (("variant", "variant"), None),
    ],
)
def test_a_way_has_the_relation_all_its_steps_have(steps: tuple[Relation, ...], relation: str | None) -> None:
    members = family(3)
    edges = [
        Edge(a.resource_id, b.resource_id, step, 90, "Made up.")
        for (a, b), step in zip(pairwise(members), steps, strict=True)
    ]
    assert told(members[0], members, edges)["shop2.example2.com"][0] == relation


def test_a_swarm_links_only_its_nearest() -> None:
    swarm = [candidate(f"https://acme.io/holders/0x{n:040x}", SENTENCE, "0xa") for n in range(3 * LINKED)]
    around: dict[int, list[Edge]] = {}
    for edge in find_edges(swarm).edges:
        around.setdefault(edge.a, []).append(edge)
        around.setdefault(edge.b, []).append(edge)
    found = links(swarm[7].resource_id, around, lambda _: True, str)
    assert len(found) == LINKED
    assert {link.relation for link in found.values()} == {"template_instance"}
    assert swarm[0].resource_id in found


def test_crowds_are_said() -> None:
    strangers = [candidate(f"https://shop{n}.io/search", f"Search {n} shops of a kind", f"0x{n}") for n in range(40)]
    found = find_edges(strangers)
    assert [(crowd.kind, crowd.example) for crowd in found.crowds] == [
        ("route", min(strangers, key=lambda c: c.identity).resource_id)
    ]
    assert find_edges(strangers[:BUCKET_CAP]).crowds == []


def test_in_a_crowd_the_tunnel_still_finds_its_host() -> None:
    words = "Lists every pool of the exchange with volume, fees and yield, sorted by the yield of the last week"
    crowd = [candidate(f"https://shop{n}.io/api/pools/list", f"Shop {n} sells {n} things", f"0x{n}") for n in range(40)]
    home = candidate("https://pools.io/api/pools/list", words, "0xa")
    tunnel = candidate("https://a-b-c.trycloudflare.com/api/pools/list", words.replace("every", "each"), "0xb")
    (edge,) = find_edges([*crowd, home, tunnel]).edges
    assert {edge.a, edge.b} == {home.resource_id, tunnel.resource_id}
    assert edge.relation == "environment"
