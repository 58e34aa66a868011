"""Prices that texts name, in many spellings and languages: read to be compared, never used as the price.

``$0.01/call``, ``0.10 USDC``, ``5¢``, ``10 sats``, ``0.001 ETH``, ``每次调用 0.01 美元``. Dollars and dollar tokens are
one currency; others keep their own unit and are not converted. Most sums in a description are not its price ("swaps
over $10k", "$3/seat"), so each carries the role its surroundings give it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from catalog.money import plain

DOLLARS = "USD"

Role = Literal["call", "price", "rate", "sum"]

_PREFIXES = {
    "US$": DOLLARS, "R$": "BRL", "A$": "AUD", "C$": "CAD", "HK$": "HKD", "NT$": "TWD", "S$": "SGD", "$": DOLLARS,
    "€": "EUR", "£": "GBP", "¥": "¥", "₹": "INR", "₩": "KRW", "₿": "BTC", "Ξ": "ETH", "¢": "cent",
    "USD": DOLLARS, "USDC": DOLLARS, "USDT": DOLLARS, "EUR": "EUR", "BRL": "BRL", "JPY": "JPY", "CNY": "CNY",
}  # fmt: skip
_SUFFIXES = {
    "usdc": DOLLARS, "usdt": DOLLARS, "usd": DOLLARS, "dollar": DOLLARS, "dollars": DOLLARS, "us dollars": DOLLARS,
    "dólar": DOLLARS, "dólares": DOLLARS, "dolar": DOLLARS, "美元": DOLLARS, "美金": DOLLARS, "ドル": DOLLARS,
    "달러": DOLLARS, "доллар": DOLLARS, "долларов": DOLLARS, "$": DOLLARS,
    "cent": "cent", "cents": "cent", "¢": "cent", "美分": "cent", "セント": "cent", "센트": "cent", "центов": "cent",
    "sat": "sat", "sats": "sat", "satoshi": "sat", "satoshis": "sat", "聪": "sat",
    "btc": "BTC", "比特币": "BTC", "eth": "ETH", "以太": "ETH", "gwei": "gwei", "wei": "wei", "sol": "SOL",
    "lamports": "lamport", "bnb": "BNB", "matic": "POL", "pol": "POL", "avax": "AVAX", "xrp": "XRP", "hbar": "HBAR",
    "eurc": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "€": "EUR", "欧元": "EUR", "ユーロ": "EUR",
    "gbp": "GBP", "pounds": "GBP", "£": "GBP", "jpy": "JPY", "yen": "JPY", "円": "JPY", "日元": "JPY",
    "cny": "CNY", "rmb": "CNY", "元": "CNY", "人民币": "CNY", "krw": "KRW", "원": "KRW",
    "brl": "BRL", "reais": "BRL", "inr": "INR", "rub": "RUB", "₽": "RUB", "рублей": "RUB",
}  # fmt: skip
_MULTIPLES = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "万": 10**4}


def _any(words: object) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=lambda w: (-len(w), w)))  # type: ignore[call-overload]


_CALLS = (
    r"(?:(?:api|paid|single|successful)\s+)?(?:[a-z-]{1,20}\s+)?(?:calls?|requests?|reqs?|quer(?:y|ies)|images?|"
    r"generations?|uses?|hits?|messages?|runs?|lookups?|checks?|reports?|search(?:es)?|questions?|answers?|invocations?|"
    r"executions?|prompts?|tasks?|jobs?|relays?|notifications?|emails?|analys[ei]s|audits?|scans?|verifications?|"
    r"translations?|quotes?|signals?|videos?|screenshots?|conversions?|pings?|chamadas?|consultas?|requisiç(?:ão|ões)|"
    r"llamadas?|solicitud(?:es)?|peticion(?:es)?|Aufrufe?|Anfragen?|requêtes?|appels?|запрос|вызов)\b"
    r"|次|调用|請求|请求|查询|回|リクエスト|クエリ|호출|요청|건|회"
)
_NUMBER = r"(?P<{0}>(?<![\d.,])(?:\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d{{1,12}}(?:[.,]\d{{1,18}})?|\.\d{{1,18}}))(?!,?\d)(?!\.\d)"
_WORDS = _any(word for word in _SUFFIXES if word.replace(" ", "").isascii() and word[0].isalpha())
_SIGNS = _any(word for word in _SUFFIXES if not (word.replace(" ", "").isascii() and word[0].isalpha()))
_MONEY = re.compile(
    rf"(?<![A-Za-z])(?P<prefix>{_any(_PREFIXES)})\s?{_NUMBER.format('after')}(?P<times>\s?[kKMB]\b|万)?"
    rf"(?:\s?(?:USDC|USDT|USD)\b)?"
    rf"|{_NUMBER.format('before')}\s?(?P<many>[kKMB](?=\s)|万)?\s?-?"
    rf"(?P<suffix>(?i:(?:{_WORDS})\b)|(?:{_SIGNS})(?![\dA-Za-z]))"
)
_PER_CALL = re.compile(
    rf"(?i)\s*\)?\s*(?:/|per\b|a\b|an\b|each\b|for each\b|por\b|cada\b|pro\b|par\b|за\b|每|毎|/每)?\s*(?:{_CALLS})"
)
_PER = re.compile(r"(?i)\s*\)?\s*(?:/|per\b|a\b|an\b|each\b|every\b|por\b|pro\b|par\b|за\b|每|毎)\s*[\w$]")
_CALL_COSTS = re.compile(
    rf"(?i)(?:\b(?:per|each|every|por|cada|pro|par|за)\s+(?:{_CALLS})|每次?(?:{_CALLS})?|[1一]次|毎回|1回|[1一]リクエスト|(?:회|건|호출|요청)\s?당)"
    r"\s*(?:あたり|は|당)?\s*(?:costs?|is|custa|cuesta|kostet|coûte|стоит|仅需|只需|收费|收取|[:：=≈~])*\s*$"
)
_PRICE_IS = re.compile(
    r"(?i)(?:\b(?:price[sd]?|costs?|fees?|charge[sd]?|pay|pays|paid|only|just|total|fixed|for|preço|precio|custo|custa|"
    r"costo|coste|cuesta|prix|coût|coûte|preis|kostet|kosten|цена|стоимость)|价格|價格|费用|費用|收费|仅需|只需|售价|支付|"
    r"料金|価格|가격|비용)\s*(?:is|of|are|at|de|é|es|est|ist|fixed|a|just|only|为|は|는|은|[:：=≈~·])*\s*$"
)
_STARTS = re.compile(r"(?:^|[-–—:：·|(（\[])\s*[≈~]?\s*$")
_NO_PRICE = re.compile(
    r"(?i)\b(?:over|under|above|below|than|least|up to|potential|saves?|from|between|max|min|minimum|maximum|default|e\.g\.|"
    r"budget|buy|sell|swap|send|transfer|worth)\W*(?:of\b\W*)?$|[<>≥≤+]\s*$"
)
_NO_PRICE_AFTER = re.compile(
    r"(?i)^\s*(?:\+|[-–]\s?[$\d]|(?:worth|upstream|loss|bonus|grants?|prizes?|rewards?|raised|budget|volume|liquidity|minimum|"
    r"deposit|balance|pools?|pairs?|transfers?|swaps?|each(?! +[a-z])|market|in|to)\b)"
)


@dataclass(frozen=True, slots=True)
class Named:
    """A sum of money a text names.

    ``role``: ``call`` (``$0.01/call``), ``price`` (``Price: $0.01``, ``(0.10 USDC)``), ``rate`` (of another unit:
    ``$3/seat``), ``sum`` (any other).
    """

    amount: Decimal
    currency: str
    """``USD`` for dollars and their tokens, else the unit named: ``sat``, ``ETH``, ``EUR``, ``¥`` (yen or yuan)."""
    role: Role


def named(text: str) -> tuple[Named, ...]:
    """Every sum of money in ``text``, in order."""
    folded = text if text.isascii() else unicodedata.normalize("NFKC", text)
    found = []
    for match in _MONEY.finditer(folded):
        amount = _amount(match)
        currency = _PREFIXES[match["prefix"]] if match["prefix"] else _SUFFIXES[match["suffix"].lower()]
        if currency == "cent":
            amount, currency = amount / 100, DOLLARS
        found.append(Named(amount, currency, _role(folded, match)))
    return tuple(found)


def said(text: str) -> Decimal | None:
    """The one dollar price of a call that ``text`` names; None where it names none or several."""
    if not any(character.isdigit() for character in text):
        return None
    sums = [money for money in named(text) if money.currency == DOLLARS]
    for role in ("call", "price"):
        amounts = {money.amount for money in sums if money.role == role}
        if amounts:
            return amounts.pop() if len(amounts) == 1 else None
    return None


def disagreement(price: Decimal | None, named: Decimal | None) -> str | None:
    """Evidence where the price :func:`said` found is more than twice or less than half of ``price`` (both dollars)."""
    if price is None or named is None or price == named:
        return None
    if named and Decimal("0.5") <= price / named <= 2:
        return None
    return f"text says ${plain(named)}, terms say ${plain(price)}"


def _amount(match: re.Match[str]) -> Decimal:
    digits = match["after"] or match["before"]
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits) and not digits.startswith("0,"):
        digits = digits.replace(",", "")
    times = (match["times"] or match["many"] or "").strip().lower()
    return Decimal(digits.replace(",", ".")) * _MULTIPLES[times]


def _role(text: str, match: re.Match[str]) -> Role:
    before, after = text[max(0, match.start() - 40) : match.start()], text[match.end() : match.end() + 40]
    if match["times"] or match["many"] or _NO_PRICE.search(before) or _NO_PRICE_AFTER.search(after):
        return "sum"
    if _CALL_COSTS.search(before):
        return "call"
    if _PER.match(after) or re.match(r"\s*(?:次|回|/)", after):
        return "call" if _PER_CALL.match(after) else "rate"
    if _PRICE_IS.search(before) or (_STARTS.search(before if match.start() <= 40 else "x" + before)):
        return "price"
    return "sum"
