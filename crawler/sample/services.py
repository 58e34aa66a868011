"""The ordinary shelves: invented services of other categories, v1 and v2, on one network or several.

At least five priced votes each in crypto, data, search, ai and infrastructure, so that their medians exist: a dead or
failing service keeps its listed price.
"""

from __future__ import annotations

from crawler.sample.shapes import BASE, POLYGON, SOLANA, Answer, Row, paid

_CHAIN = ("string", "Chain name", "base")
_WALLET = ("string", "Wallet address", "0x0000000000000000000000000000000000000001")

CRYPTO = (
    paid(
        2, "GET https://api.tokenscope.example/v1/tokens/price", 1_000, 62,
        "Spot price of a token in dollars, averaged over decentralised exchanges.",
        {"symbol": ("string", "Token symbol", "WETH"), "chain?": _CHAIN},
        {"symbol": "WETH", "price_usd": "2911.42"},
        on=(BASE, SOLANA), serviceName="Tokenscope", tags=["prices", "tokens"],
        quality={"l30DaysTotalCalls": 48211, "l30DaysUniquePayers": 902},
    ),
    paid(
        2, "GET https://api.tokenscope.example/v1/tokens/holders", 3_000, 118,
        "Largest holders of a token with their share of the supply.",
        {"token": ("string", "Token contract", BASE.asset), "limit?": ("integer", "At most 100", 20)},
        {"holders": []},
        on=(BASE, SOLANA), serviceName="Tokenscope", tags=["holders", "tokens"],
    ),
    paid(
        1, "GET https://solbeacon.example/api/tokens/trending", 2_000, 84,
        "Trending Solana tokens of the last hour by traded volume.",
        {"limit?": ("integer", "At most 50", 10)},
        {"tokens": [], "window": "1h"},
        on=(SOLANA,),
    ),
    paid(
        2, "GET https://walletlens.example/v1/wallets/pnl", 10_000, 640,
        "Realised and unrealised profit and loss of a wallet over 30 days.",
        {"address": _WALLET, "chain?": _CHAIN},
        {"realised_usd": "120.50", "unrealised_usd": "-8.10"},
        serviceName="Walletlens", answer=Answer(status=404, latency_ms=33, body="Not Found"),
    ),
    paid(
        1, "GET https://yieldatlas.example/api/defi/yields", 10_000, 205,
        "Lending and liquidity pool yields across DeFi protocols, filtered by asset.",
        {"asset": ("string", "Asset symbol", "USDC"), "min_tvl?": ("integer", "Dollars locked", 1000000)},
        {"pools": []},
        on=(BASE, POLYGON),
    ),
    paid(
        1, "GET https://gaswatch.example/v1/gas", 500, 41,
        "Gas price forecast for the next ten blocks.",
        {"chain": _CHAIN},
        {"base_fee_gwei": "0.012", "blocks": 10},
        answer=Answer(status=None, error="tls", latency_ms=88),
    ),
)  # fmt: skip

DATA = (
    paid(
        2, "POST https://api.firmographic.example/v1/companies/enrich", 50_000, 520,
        "Company profile by domain: legal name, industry, headcount and locations.",
        {"domain": ("string", "Company web domain", "northfold.example")},
        {"name": "Northfold Ltd", "industry": "Textiles", "employees": 120},
        serviceName="Firmographic", tags=["company", "enrichment"],
    ),
    paid(
        1, "GET https://paperstack.example/api/papers/query", 4_000, 190,
        "Query abstracts and citations of scientific papers by topic or author.",
        {"topic": ("string", "Topic", "superconductors"), "author?": ("string", "Author", "Ito")},
        {"papers": [], "total": 0},
    ),
    paid(
        1, "GET https://docketline.example/v1/court-records", 20_000, 880,
        "Public court records by party name, with docket and filing date.",
        {"party": ("string", "Party name", "Northfold")},
        {"cases": []},
        answer=Answer(status=None, error="refused"),
    ),
    paid(
        2, "GET https://scorefeed.example/v1/sports/football/fixtures", 3_000, 73,
        "Football fixtures, results and league tables.",
        {"league": ("string", "League code", "PT1"), "season?": ("integer", "Year", 2026)},
        {"fixtures": []},
        answer=Answer(status=429, latency_ms=22, headers={"Retry-After": "120"}),
    ),
    paid(
        1, "GET https://hearthvalue.example/api/realestate/valuation", 60_000, 710,
        "Estimated market value of a home by address, with comparable sales.",
        {"address": ("string", "Street address", "1 Quay Street, Porto")},
        {"estimate": 315000, "comparables": []},
        answer=Answer(status=None, error="timeout", latency_ms=10_000),
    ),
)  # fmt: skip


def _news(nights: tuple[int, ...], answer: Answer | None = None) -> Row:
    return paid(
        1, "GET https://wirewatch.example/v1/news/search", 3_000, 150,
        "News articles of the last 48 hours by keyword and language.",
        {"keyword": ("string", "Keyword", "harvest"), "lang?": ("string", "Language code", "pt")},
        {"articles": []}, nights=nights, answer=answer,
    )  # fmt: skip


SEARCH = (
    paid(
        2, "GET https://api.seekwell.example/v1/web/search", 5_000, 410,
        "Web search with ranked results and snippets.",
        {"q": ("string", "Search words", "tide tables"), "count?": ("integer", "At most 20", 10)},
        {"results": []},
        on=(BASE, SOLANA), serviceName="Seekwell", tags=["search", "web"],
        quality={"l30DaysTotalCalls": 12874, "l30DaysUniquePayers": 377},
    ),
    paid(
        1, "POST https://pagepluck.example/api/scrape", 2_000, 1260,
        "Scrape a web page and extract its main content as Markdown.",
        {"url": ("string", "Page to read", "https://www.pagepluck.example/"),
         "render?": ("boolean", "Run scripts first", False)},
        {"markdown": "# Title", "status": 200},
    ),
    # Fails on night 1, recovers on night 2.
    _news((1,), Answer(status=500, latency_ms=240, body='{"error":"internal"}')),
    _news((2, 3)),
    paid(
        2, "GET https://repohound.example/v1/code/search", 4_000, 335,
        "Search public source code repositories by symbol or phrase.",
        {"query": ("string", "Symbol or phrase", "def main"),
         "language?": ("string", "Programming language", "python")},
        {"matches": []},
        answer=Answer(status=301, latency_ms=35, headers={"Location": "https://repohound.example/v2/code/search"}),
    ),
    paid(
        2, "GET https://metascan.example/api/extract/metadata", 1_000, 240,
        "Extract title, OpenGraph tags and canonical link from a web page.",
        {"url": ("string", "Page to read", "https://www.metascan.example/")},
        {"title": "Home", "og": {}},
        answer=Answer(status=None, error="reset", latency_ms=31),
    ),
)  # fmt: skip

AI = (
    paid(
        2, "POST https://api.parrotloft.example/v1/chat/completions", 10_000, 1340,
        "Chat completion by a mid-size language model, 8k context.",
        {"messages": ("array", "Chat messages", [{"role": "user", "content": "Hello"}]),
         "temperature?": ("number", "0 to 1", 0.7)},
        {"choices": []},
        on=(BASE, POLYGON), serviceName="Parrotloft", tags=["llm", "chat"],
        quality={"l30DaysTotalCalls": 20377, "l30DaysUniquePayers": 640},
    ),
    paid(
        1, "POST https://gistmill.example/api/summarize", 4_000, 920,
        "Summarize a long text in a given number of sentences.",
        {"text": ("string", "Text to shorten", "Once upon a time"),
         "sentences?": ("integer", "1 to 10", 3)},
        {"summary": "A tale."},
    ),
    paid(
        1, "POST https://vectorbarn.example/v1/embeddings", 1_000, 88,
        "Text embeddings of 768 dimensions for semantic similarity.",
        {"input": ("string", "Text to embed", "harbour")},
        {"embedding": [], "dimensions": 768},
    ),
    paid(
        2, "POST https://linguaport.example/v1/translate", 3_000, 310,
        "Translate text between 60 languages.",
        {"text": ("string", "Text to translate", "Bom dia"), "target": ("string", "Language code", "en")},
        {"text": "Good morning", "source": "pt"},
        on=(SOLANA,),
    ),
    paid(
        1, "POST https://inkreader.example/api/ocr", 8_000, 690,
        "OCR: recognise printed and handwritten text in a scanned page.",
        {"image_url": ("string", "Scan to read", "https://cdn.inkreader.example/page.jpg")},
        {"text": "Dear Sir", "confidence": 0.97},
        answer=Answer("POST", 422, 58, body='{"error":"image_url is required"}'),
    ),
)  # fmt: skip

INFRASTRUCTURE = (
    paid(
        1, "GET https://nameplate.example/api/dns/lookup", 500, 38,
        "DNS lookup of A, AAAA, MX and TXT records from four continents.",
        {"domain": ("string", "Domain name", "nameplate.example")},
        {"records": []},
    ),
    paid(
        2, "GET https://nameplate.example/api/whois", 2_000, 420,
        "WHOIS and RDAP registration data of a domain or IP network.",
        {"domain": ("string", "Domain name", "nameplate.example")},
        {"registrar": "Example Registrar", "created": "2019-05-02"},
    ),
    paid(
        2, "POST https://runbarge.example/v1/compute/execute", 10_000, 1150,
        "Execute Python or JavaScript code in an isolated sandbox.",
        {"language": ("string", "python or javascript", "python"),
         "code": ("string", "Program text", "print(1)")},
        {"stdout": "1", "exit_code": 0},
        serviceName="Runbarge", tags=["compute", "sandbox"],
    ),
    paid(
        1, "POST https://pinhold.example/api/storage/ipfs/pin", 10_000, 770,
        "Pin a file to IPFS storage for 90 days.",
        {"cid": ("string", "Content id", "bafybeigdyrzt")},
        {"pinned": True, "expires": "2026-07-20"},
        answer=Answer("GET", 404, 40),
    ),
    paid(
        1, "GET https://pulsepost.example/v1/uptime/check", 1_000, 130,
        "Check uptime and response time of a web server from six regions.",
        {"url": ("string", "Server to check", "https://www.pulsepost.example/")},
        {"regions": []},
        answer=Answer(status=503, latency_ms=19, headers={"Retry-After": "3600"}),
    ),
)  # fmt: skip

ROWS = CRYPTO + DATA + SEARCH + AI + INFRASTRUCTURE
