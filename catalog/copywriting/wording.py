"""Words as people write them: acronyms and names in their own case, field names as phrases, titles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache


def word_set(text: str) -> frozenset[str]:
    """The words of a table written as running text."""
    return frozenset(text.split())


_OWN_CASE = word_set(
    "AI API APR APY ABI ADX AMM ASN ATH AWS BNB BPM BTC CEX CFO CEO CMO COO CTO CID CMS CPU CRM CSS CSV CVE DAO DCA DEX "
    "DM DNS EMA ENS ERC ESG ETF ETH EU EUR EVM FAQ FDA FDV FID FX GDP GIF GPS GPT GPU HR HTML HTTP HTTPS IBAN IMDB "
    "IP IPFS IPO ISBN IRS JPEG JPY JSON JWT KOL KPI KYB KYC LLM LP LTV MACD MCP MEV ML MX NBA NFL NFT NHL OCR OFAC OG "
    "OHLCV OHLC OSINT OTC PDF PHP PII PNG PNL POI PR PVP QA QR RAG RNG RPC RSI RSS RWA SDK SEC SEO SHA SMA SMS SQL SSL "
    "STT SVG SWOT TGM TLD TLS TPS TRX TTS TTL TVL TX UI UK UFC URI URL USA USD USDC USDT UTC UUID UX VAT VIN VIP VPN "
    "WCAG WHOIS WETH XML XRP YAML ZIP ZK AML GTM B2B B2C SMB "
    "DeFi DeFiLlama GitHub GitLab YouTube TikTok LinkedIn OpenAI CoinGecko CoinMarketCap DexScreener HackerNews WordPress "
    "JavaScript TypeScript GraphQL PostgreSQL SQLite WebSocket WiFi PayPal PubMed iOS macOS x402 arXiv GeckoTerminal "
    "GeoIP OpenAPI OAuth OpenSea StarkNet zkSync eSIM eBay Tron Solana Ethereum Polygon Arbitrum Optimism Avalanche Bitcoin "
    "Polymarket Kalshi Binance Hyperliquid Twitter Reddit Telegram Discord Farcaster Instagram Google Amazon Claude Gemini "
    "Shopify Anthropic Perplexity Grok DeepSeek Etherscan Chainlink FlightAware OpenAlex PyPI StackOverflow DevOps xAI WeatherXM ShadCN "
    "ASIN GDPR CCPA HIPAA NDVI ISO Fed DKIM DMARC DNSSEC IOC CVSS LFM ROI RDAP E2E NPB MLB SPF HSTS SKU SLA CDN "
    "Uniswap Aave Cloudflare Wikipedia Python Rust Spotify Stripe ID Monday Tuesday Wednesday Thursday Friday Saturday "
    "Sunday January February April June July August September October November December English Japanese Chinese Korean "
    "Spanish French German Italian Portuguese Russian Arabic Hindi American European Asian African Chicago Tokyo London "
    "Europe Asia Africa America China Japan India IDs URLs NFTs APIs IPs LLMs PDFs QRs DEXs DAOs GIFs TLDs npm"
)
_CASES = {word.lower(): word for word in _OWN_CASE} | {"pnl": "PnL", "ids": "IDs", "sha256": "SHA-256"}
_SMALL = word_set("a an and as at but by for from in into nor of off on onto or over per the to via vs with without")
_FIELD_WORDS = {
    "q": "query", "lat": "latitude", "lon": "longitude", "lng": "longitude", "addr": "address", "num": "number of",
    "msg": "message", "txt": "text", "img": "image", "tx": "transaction", "desc": "description", "qty": "quantity",
    "lang": "language", "ua": "user agent", "min": "minimum", "avg": "average", "txs": "transactions", "timeperiod": "time period", "max": "maximum", "pct": "percentage", "params": "parameters", "param": "parameter", "config": "configuration",
}  # fmt: skip
_ORDINARY = word_set("polygon optimism avalanche rust python stripe")
"""Names that are words among fields."""
_UNITS = word_set("ms usd usdc usdt eur eth btc sol trx gwei seconds secs minutes hours days bytes chars kb mb mm km")
"""Last words of a field's name that say in what it is measured: ``price_usd``, ``age_seconds``."""
_MEASURED = word_set("time age duration period uptime timeout window latency delay ttl length since")
_BOUNDARY = re.compile(
    r"(?:(?!(?<=\d)\.(?=\d))[^A-Za-z0-9\u00c0-\uffff])+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-rt-z]|[A-Z]s[a-z])|(?<=[a-z]{3})(?=\d+[hdwmy](?![a-z]))"
)
"""Between words, ``change24h`` too; the point in ``1.5`` and the end of ``NFTs`` are none."""
_HALVES = re.compile(r"([-/])")
_CORES = re.compile(r"^(\W*)(.*?)((?:['’]s)?\W*)$", re.DOTALL)


@lru_cache(maxsize=32768)
def words_of(name: str) -> tuple[str, ...]:
    """The words of an identifier: ``image_urls`` → image, urls; ``jobId`` → job, Id; ``trx-price`` → trx, price."""
    return tuple(part for part in _BOUNDARY.split(name) if part)


@lru_cache(maxsize=32768)
def own_case(word: str) -> str | None:
    """How a known acronym or name is written, None for ordinary words."""
    plain = word.lower()
    known = _CASES.get(plain)
    if known is None and len(plain) > 3 and plain[-1] == "s":
        single = _CASES.get(plain[:-1], "")
        known = f"{single}s" if single.isupper() else None
    return known


@lru_cache(maxsize=32768)
def capital(word: str) -> str:
    """One word for a title: known acronyms and names in their case, words with capitals or digits kept."""
    known = own_case(word)
    if known is not None:
        return known
    return word if word != word.lower() else word[:1].upper() + word[1:]


def title(words: Sequence[str]) -> str:
    """Words as a title: small words stay small except at the ends, hyphenated words are capitalised on both sides."""
    last = len(words) - 1
    if last > 0 and words[0].lower() == "it" and words[1].lower() not in ("is", "was", "has"):
        words = ["IT", *words[1:]]
    return " ".join(
        word.lower() if word.lower() in _SMALL and 0 < at < last else _token(word) for at, word in enumerate(words)
    )


@lru_cache(maxsize=32768)
def _token(word: str) -> str:
    """A word with its punctuation; both halves of ``nano-banana``; addresses as they are."""
    if "@" in word:
        return word
    match = _CORES.match(word)
    lead, core, tail = match.groups() if match else ("", word, "")
    halves = _HALVES.split(core)
    return lead + "".join(half if at and half in _SMALL else capital(half) for at, half in enumerate(halves)) + tail


def lower(text: str, names: frozenset[str] = frozenset()) -> str:
    """A title or clause inside a sentence: ordinary capitalised words lowered, acronyms and ``names`` kept."""
    return " ".join(word if word.strip(".,:;()") in names else _lowered(word) for word in text.split(" "))


@lru_cache(maxsize=32768)
def _lowered(word: str) -> str:
    ordinary = (
        word != "Base" and word[:1].isupper() and word[1:] == word[1:].lower() and own_case(word.strip(".,:;")) is None
    )
    return word.lower() if ordinary and not any(c.isdigit() for c in word) else word


@lru_cache(maxsize=32768)
def field_phrase(name: str) -> str:
    """A field's name as people say it: ``jobId`` → job ID, ``image_urls`` → image URLs, ``q`` → query."""
    words = [word.lower() for word in words_of(name.replace("linkedIn", "linkedin"))[:5]]
    unit = words[-1] if len(words) > 1 and words[-1] in _UNITS else ""
    if unit.startswith(("sec", "min", "hour", "day")) and _MEASURED.isdisjoint(words):
        unit = ""
    said = [_FIELD_WORDS.get(word) or (word not in _ORDINARY and own_case(word)) or word for word in words]
    if unit:
        said[-1] = f"{'' if words[-2] == 'in' else 'in '}{own_case(unit) or unit}"
    return " ".join(said) if sum(map(len, said)) <= 36 else ""


_MASS = word_set(
    "pressure usdc usdt btc eth sol xrp trx tvl apy apr usd "
    "access activity advice allocation api apy audio code compute content coverage credit data equity feedback flow fun funding gas "
    "guidance help history hosting hr info information infrastructure insight intelligence inventory knowledge liquidity "
    "literature metadata money momentum music news pnl progress prose research search speech storage support text traffic "
    "calldata usage html json xml markdown csv bandwidth energy entropy yield software dns ssl spf conviction leakage conversion discovery delivery recovery macd rsi "
    "translation transparency video volatility volume weather whois work"
)
_ABSTRACT = ("ing", "tion", "sion", "ment", "ity", "ness", "ance", "ence", "ics", "ship", "ism", "hood", "val", "s")
_COUNTED = (
    "ss", "analysis", "ssion", "transaction", "function", "collection", "position", "question", "version", "document",
    "statement", "payment", "balance", "sequence", "sentence", "identity", "entity", "auction", "option", "calculation",
    "prediction", "distance", "location", "action", "recommendation", "description", "application", "address", "instrument", "campaign",
)  # fmt: skip
"""Endings of abstract words that are counted all the same."""
_HEAD_END = re.compile(
    r",|\s&(?=\s[a-z])|\s(?:and|or|for|with|without|from|into|in|on|by|via|of|to|at|across|against|that|which|as|between|over|under|within|than|per|before|"
    r"after|during|so|using|including|up|where|when|who|this|today|only)(?=\s|$)|(?<=s)\s\w+(?:ing|ed)\s|$"
)
_SUPERLATIVE = re.compile(
    r"(?i)(?:fir|la|late|be|hotte|newe|cheape|bigge|large|highe|lowe|faste|olde|stronge|close|neare)st|next|previous|most"
)


_PRAISE = word_set("simple fast easy quick secure reliable private free cheap lightweight smart powerful")


def head_of(phrase: str) -> str:
    """A noun phrase up to its first preposition, conjunction or comma."""
    end = _HEAD_END.search(phrase)
    return phrase[: end.start()] if end else phrase


@lru_cache(maxsize=32768)
def with_article(phrase: str) -> str:
    """A noun phrase with ``a`` or ``an`` where its head is a countable singular: ``a fair price``, ``DEX metrics``;
    superlatives take ``the``."""
    head = head_of(phrase)
    if phrase[len(head) :].startswith(",") and head.lower() not in _PRAISE:  # a list
        return phrase
    words = head.split()
    if words and _SUPERLATIVE.fullmatch(words[0]):
        return f"the {phrase}"
    first, last = (words[0], words[-1].strip(".,")) if words else ("", "")
    if not words or first.lower() in ("a", "an", "the", "this", "your", "all", "top", "any", "both", "its", "multiple"):
        return phrase
    plain = last.lower().rsplit("-", 1)[-1]
    mass = plain in _MASS or (plain.endswith(_ABSTRACT) and not (plain.endswith(_COUNTED) or plain == "city"))
    return (
        phrase
        if (mass and last != "API") or (first[0].isdigit() and "-" not in first)
        else f"{article(first)} {phrase}"
    )


def article(word: str) -> str:
    """``a`` or ``an`` by sound: letters of acronyms are spelt out (an NFT), and so are ``use``, ``URL`` and ``one``."""
    word = re.split(r"[-/]", word, maxsplit=1)[0] or word
    if (word.isupper() and len(word) > 1) or re.match(r"x\d", word):
        return "an" if word[0] in "AEFHILMNORSXx" else "a"
    if word[:1].isdigit():
        return "an" if re.match(r"8|1[18]\D", word) else "a"
    return "an" if word[:1].lower() in "aeiou" and not re.match(r"(?i)uni|us[aeiu]|eu|one\b|url", word) else "a"


def listed(items: Sequence[str], conjunction: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {conjunction} {items[-1]}"


def sentence(text: str) -> str:
    """The text with a capital at its start (unless its first word has a case of its own) and an end mark."""
    text = text.strip().rstrip(" ,;:–—-")
    if not text:
        return ""
    first = text.split(" ", 1)[0]
    if first == first.lower() and own_case(first) is None:
        text = text[0].upper() + text[1:]
    return text if text[-1] in ".!?。！？…" or text[-2:] in ('."', ".”", "!”", "?”") else f"{text}."
