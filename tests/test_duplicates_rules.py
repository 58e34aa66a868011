"""The rules that judge pairs: what is found and how it is called, and the traps that stay apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from catalog.duplicates import find_edges
from tests.candidates import KIT, PROFILE, SENTENCE, candidate, relations

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
    ("template_instance", "https://acme.io/tile/3/4/5.png", "https://acme.io/tile/{z}/{x}/{y}.png", "A tile", "A tile of a map"),
    ("template_instance", "https://acme.io/users/jane/posts", "https://acme.io/users/john/posts", SENTENCE, SENTENCE),
    ("template_instance", "https://acme.io/country/de", "https://acme.io/country/fr", SENTENCE, SENTENCE),
    ("template_instance", "https://acme.io/resolve/nick.eth", "https://acme.io/resolve/:name", "Resolve a name", "Resolves any name"),
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


@pytest.mark.parametrize("said", ["An item", ""])
def test_an_open_parameter_does_not_tie_the_items_of_a_shop(said: str) -> None:
    shop = [
        candidate(f"https://acme.io/{path}", text, "0xa")
        for path, text in (("news/:id", said), ("news/12345", "Rates are cut"), ("news/67890", "A team wins"))
    ]
    assert relations(*shop) == []


def test_strangers_serve_one_protocol_in_the_same_words() -> None:
    said = "Chat completions of any model"
    one = candidate("https://acme.io/v1/chat/completions", said, "0xa")
    assert relations(one, candidate("https://other.net/v1/chat/completions", said, "0xb")) == []
    assert relations(one, candidate("https://other.net/v1/chat/completions", said, "0xa")) == ["mirror"]


def test_missing_text_and_other_payee_prove_nothing() -> None:
    assert relations(candidate("https://acme.io/v/exa/search", pay_to="0xa"),
                     candidate("https://other.net/v/exa/search", pay_to="0xb")) == []  # fmt: skip
