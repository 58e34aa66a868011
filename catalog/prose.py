"""Prices that texts name, in many spellings and languages: read to be compared, never used as the price.

``$0.01/call``, ``0.10 USDC``, ``5¢``, ``10 sats``, ``0.001 ETH``, ``每次调用 0.01 美元``. Dollars and dollar tokens are
one currency; others keep their own unit, of which we know no rate, only between how many dollars it lies for certain.
Most sums in a description are not its price ("swaps over $10k", "$3/seat"), so each carries the role its surroundings
give it.
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
    "USD": DOLLARS, "USDC": DOLLARS, "$USDC": DOLLARS, "USDT": DOLLARS, "EUR": "EUR", "BRL": "BRL", "JPY": "JPY", "CNY": "CNY",
}  # fmt: skip
_SUFFIXES = {
    "usdc": DOLLARS, "usdt": DOLLARS, "usd": DOLLARS, "dollar": DOLLARS, "dollars": DOLLARS, "us dollars": DOLLARS,
    "usdt0": DOLLARS, "usdbc": DOLLARS, "usdc.e": DOLLARS, "usdg": DOLLARS, "pyusd": DOLLARS, "usd1": DOLLARS,
    "dai": DOLLARS, "dólar": DOLLARS, "dólares": DOLLARS, "dolar": DOLLARS, "美元": DOLLARS, "美金": DOLLARS,
    "ドル": DOLLARS, "달러": DOLLARS, "доллар": DOLLARS, "доллара": DOLLARS, "долларов": DOLLARS, "$": DOLLARS,
    "cent": "cent", "cents": "cent", "penny": "cent", "pennies": "cent", "¢": "cent", "美分": "cent",
    "セント": "cent", "센트": "cent", "цент": "cent", "цента": "cent", "центов": "cent",
    "sat": "sat", "sats": "sat", "satoshi": "sat", "satoshis": "sat", "聪": "sat",
    "btc": "BTC", "比特币": "BTC", "eth": "ETH", "以太": "ETH", "gwei": "gwei", "wei": "wei", "sol": "SOL",
    "lamports": "lamport", "bnb": "BNB", "matic": "POL", "pol": "POL", "avax": "AVAX", "xrp": "XRP", "hbar": "HBAR",
    "eurc": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "€": "EUR", "欧元": "EUR", "ユーロ": "EUR",
    "gbp": "GBP", "pounds": "GBP", "£": "GBP", "jpy": "JPY", "yen": "JPY", "円": "JPY", "日元": "JPY",
    "cny": "CNY", "rmb": "CNY", "元": "CNY", "人民币": "CNY", "krw": "KRW", "원": "KRW",
    "brl": "BRL", "reais": "BRL", "inr": "INR", "rub": "RUB", "₽": "RUB", "рублей": "RUB",
}  # fmt: skip
_WORTH = {
    "BTC": ("10000", "1000000"), "sat": ("0.0001", "0.01"), "ETH": ("300", "30000"), "gwei": ("0.0000003", "0.00003"),
    "SOL": ("5", "2000"), "EUR": ("0.7", "1.8"), "GBP": ("0.9", "2.5"), "¥": ("0.004", "0.3"), "JPY": ("0.004", "0.02"),
    "CNY": ("0.08", "0.3"), "KRW": ("0.0004", "0.0015"), "BRL": ("0.08", "0.7"), "INR": ("0.006", "0.03"),
}  # fmt: skip
"""Dollars between which one of each lies: bounds that years of rates stayed within, wide on purpose."""
_WORDED = {
    "a quarter of a": "0.25", "half a": "0.5", "a": "1", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
    "ten": "10", "twenty": "20", "fifty": "50",
}  # fmt: skip
_MULTIPLES = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "万": 10**4}


def _any(words: object) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=lambda w: (-len(w), w)))  # type: ignore[call-overload]


_CALLS = (
    r"(?:(?:api|paid|single|successful)\s+)?(?:(?!hundred|thousand|million)[a-z-]{1,20}\s+)?(?:calls?|requests?|reqs?|quer(?:y|ies)|images?|"
    r"generations?|uses?|hits?|messages?|runs?|lookups?|checks?|reports?|search(?:es)?|questions?|answers?|invocations?|"
    r"executions?|prompts?|tasks?|jobs?|relays?|notifications?|emails?|analys[ei]s|audits?|scans?|verifications?|"
    r"translations?|quotes?|signals?|videos?|screenshots?|conversions?|pings?|fetch(?:es)?|scrapes?|crawls?|downloads?|inferences?|completions?|predictions?|chamadas?|consultas?|requisiç(?:ão|ões)|"
    r"llamadas?|solicitud(?:es)?|peticion(?:es)?|Aufrufe?|Anfragen?|requêtes?|appels?|запрос|вызов)\b"
    r"|次|调用|請求|请求|查询|回|リクエスト|クエリ|호출|요청|건|회"
)
_NUMBER = r"(?P<{0}>(?<![\d.,])(?:\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d{{1,12}}(?:[.,]\d{{1,18}})?|\.\d{{1,18}}))(?!,?\d)(?!\.\d)(?![eE][-+]?\d)"
_WORDS = _any(word for word in _SUFFIXES if word.replace(" ", "").isascii() and word[0].isalpha())
_SIGNS = _any(word for word in _SUFFIXES if not (word.replace(" ", "").isascii() and word[0].isalpha()))
_MONEY = re.compile(
    rf"(?<![A-Za-z])(?P<prefix>{_any(_PREFIXES)})\s?{_NUMBER.format('after')}(?P<times>\s?[kKMB]\b|万)?"
    rf"(?:\s?(?:USDC|USDT|USD)\b)?"
    rf"|{_NUMBER.format('before')}\s?(?P<many>[kKMB](?=\s)|万)?\s?-?"
    rf"(?P<suffix>\$?(?i:(?:{_WORDS})\b)|(?:{_SIGNS})(?![\dA-Za-z]))"
    rf"|(?i:\b(?P<worded>{_any(_WORDED)})\s(?P<coin>cents?|penny|pennies|dollars?|sats?|satoshis?)\b)"
    rf"|(?i:(?P<free>\b(?:price[sd]?|costs?|fees?|pricing)\s?[:=]\s?free\b|\bfree of charge\b(?!\s(?:if|when|for|on))|完全免费|無料です))"
)
_PER_CALL = re.compile(
    rf"(?i)\s*\)?\s*(?:(?:fee|charge|flat)\s+)?(?:/|per\b|a\b|an\b|each\b|for each\b|por\b|cada\b|pro\b|par\b|за\b|每|毎|/每)?\s*(?:{_CALLS})"
)
_PER = re.compile(r"(?i)\s*\)?\s*(?:/|per\b|a\b|an\b|each\b|every\b|por\b|pro\b|par\b|за\b|每|毎)\s*[\w$]")
_CALL_COSTS = re.compile(
    rf"(?i)(?:\b(?:per|each|every|por|cada|pro|par|за)\s+(?:{_CALLS})|每次?(?:{_CALLS})?|[1一]次|毎回|1回|[1一](?:リクエスト|クエリ)|(?:회|건|호출|요청)\s?당)"
    r"\s*(?:あたり|は|당)?\s*(?:costs?|is|custa|cuesta|kostet|coûte|стоит|仅需|只需|收费|收取|[:：=≈~])*\s*$"
)
_PRICE_IS = re.compile(
    r"(?i)(?:\b(?:price[sd]?|costs?|fees?|charge[sd]?|pay|pays|paid|only|just|total|fixed|for|preço|precio|custo|custa|"
    r"costo|coste|cuesta|prix|coût|coûte|preis|kostet|kosten|цена|стоимость)|价格|價格|费用|費用|收费|仅需|只需|售价|支付|"
    r"料金|価格|가격|비용)\s*(?:is|of|are|at|de|é|es|est|ist|fixed|a|just|only|为|は|는|은|[:：=≈~·])*\s*$"
)
_STARTS = re.compile(r"(?:^|[-–—:：·•|(（\[])\s*[≈~]?\s*$")
_AFTER_A_SENTENCE = re.compile(r"[.!?。]\s+[≈~]?$")
_ENDS = re.compile(r"\s*(?:[.!。](?:\s|$)|$)")
_OPEN_RANGE = re.compile(r"\d[-–—~]\Z")
_MAY_NAME = re.compile(r"(?i)\d|\bfree\b|cents?\b|penn(?:y|ies)\b|dollars?\b|sats?\b|satoshi")
_RANGE = re.compile(r"(?i)\s*(?:[-–—~]|to|and|until|bis|até|a|à|至|到|から)\s*")
_NO_PRICE = re.compile(
    r"(?i)\b(?:over|under|above|below|than|least|up to|potential|saves?|from|between|max|min|minimum|maximum|default|e\.g\.|"
    r"starting at|starts at|starting from|as low as|desde|a partir de|à partir de|ab|limits?|caps?|thresholds?|example|"
    r"bets?|stakes?|wager|prizes?|rewards?|bonus|bounty|balance|volume|pool|revenue|supply|liquidity|tvl|target|win|earn|"
    r"tip|donate|get paid|budget|buy|sell|swap|send|transfer|deposit|worth)\W*(?:of\b\W*)?$|[<>≥≤+]\s*$"
)
_ANOTHERS = re.compile(
    r"(?i)\b(?:saves?|savings|instead of|vs|versus|compared|normally|usual(?:ly)?|original(?:ly)?|regular(?:ly)?|competitors?|"
    r"others|elsewhere|upstream|resell|refunds?|rebate|receives?|we pay|pays|your (?:customers|users)|max(?:imum)?|"
    r"min(?:imum)?|tips?|buy credits?|insurance|loans?)\b[^.;,(\n]*$"
)
"""A sum that is saved, was, is somebody else's or goes the other way."""
_NO_PRICE_AFTER = re.compile(
    r"(?i)^\s*(?:[^.;,(\n]{0,25}\b(?:elsewhere|upstream|normally)\b|(?:off|cheaper|less|more|discount|refund)\b|\+|起|から|[-–]\s?[$\d]|(?:worth|upstream|loss|bonus|grants?|prizes?|rewards?|raised|budget|volume|liquidity|minimum|"
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

    @property
    def usd(self) -> Decimal | None:
        """The amount where it is in dollars."""
        return self.amount if self.currency == DOLLARS else None

    @property
    def dollars(self) -> tuple[Decimal, Decimal] | None:
        """The least and the most it can be worth: the same for dollars, None for units of unknown worth."""
        if self.currency == DOLLARS:
            return self.amount, self.amount
        if self.currency not in _WORTH:
            return None
        low, high = map(Decimal, _WORTH[self.currency])
        return self.amount * low, self.amount * high


def named(text: str) -> tuple[Named, ...]:
    """Every sum of money in ``text``, in order."""
    folded = text if text.isascii() else unicodedata.normalize("NFKC", text)
    found = []
    last_end = None
    for match in _MONEY.finditer(folded):
        amount, currency = _amount(match), _currency(match)
        if currency == "cent":
            amount, currency = amount / 100, DOLLARS
        role = _role(folded, match)
        ranges = last_end is not None and _RANGE.fullmatch(folded[last_end : match.start()])
        if role in ("call", "price") and (
            ranges or _OPEN_RANGE.search(folded, max(0, match.start() - 2), match.start())
        ):
            role = "sum"
        last_end = match.end()
        found.append(Named(amount, currency, role))
    return tuple(found)


def said(text: str) -> Named | None:
    """The one price of a call that ``text`` names, in dollars where it names dollars; None where none or several."""
    if text.isascii() and not _MAY_NAME.search(text):
        return None
    sums = named(text)
    for role in ("call", "price"):
        priced = [money for money in sums if money.role == role]
        dollars = [money for money in priced if money.currency == DOLLARS]
        if priced:
            amounts = {(money.amount, money.currency) for money in dollars or priced}
            return (dollars or priced)[0] if len(amounts) == 1 else None
    return None


def disagreement(price: Decimal | None, named: Named | None) -> str | None:
    """Evidence where the price :func:`said` found is more than twice or less than half of ``price`` (dollars)."""
    if price is None or named is None or named.dollars is None:
        return None
    low, high = named.dollars
    if low / 2 <= price <= high * 2:
        return None
    if named.currency == DOLLARS:
        return f"text says ${plain(named.amount)}, terms say ${plain(price)}"
    about = f"${plain(low)} to ${plain(high)}"
    return f"text says {plain(named.amount)} {named.currency} (somewhere from {about}), terms say ${plain(price)}"


def _currency(match: re.Match[str]) -> str:
    if match["free"]:
        return DOLLARS
    if match["prefix"]:
        return _PREFIXES[match["prefix"]]
    return _SUFFIXES[(match["suffix"] or match["coin"]).lower().removeprefix("$") or "$"]


def _amount(match: re.Match[str]) -> Decimal:
    if match["free"]:
        return Decimal(0)
    if match["worded"]:
        return Decimal(_WORDED[match["worded"].lower()])
    digits = match["after"] or match["before"]
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits) and not digits.startswith("0,"):
        digits = digits.replace(",", "")
    times = (match["times"] or match["many"] or "").strip().lower()
    return Decimal(digits.replace(",", ".")) * _MULTIPLES[times]


def _role(text: str, match: re.Match[str]) -> Role:
    if match["free"]:
        return "price"
    before, after = text[max(0, match.start() - 40) : match.start()], text[match.end() : match.end() + 40]
    if (
        match["times"]
        or match["many"]
        or any((_NO_PRICE.search(before), _ANOTHERS.search(before), _NO_PRICE_AFTER.search(after)))
    ):
        return "sum"
    if _CALL_COSTS.search(before):
        return "call"
    if _PER.match(after) or re.match(r"\s*(?:次|回|/|(?:fee|charge|flat)\sper\b)", after):
        return "call" if _PER_CALL.match(after) else "rate"
    if match["worded"]:  # "a dollar amount"
        return "sum"
    if _PRICE_IS.search(before) or _STARTS.search(before if match.start() <= 40 else "x" + before):
        return "price"
    return "price" if _AFTER_A_SENTENCE.search(before) and _ENDS.match(after) else "sum"
