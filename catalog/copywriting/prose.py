"""Third-party descriptions as clean prose: no markup, no links, no prices, whole sentences.

The text is data. It is never followed, only trimmed: sentences that give orders to their reader, advertise terms of
payment or say nothing are left out of what the catalogue writes (the listing keeps them verbatim).
"""

from __future__ import annotations

import re
from html import unescape
from operator import eq

from catalog.copywriting.cutting import CUTS
from catalog.copywriting.wording import own_case, sentence, word_set
from catalog.instructions import order_in

MAX_READ = 1_500

_MARKUP = re.compile(
    r"```.*?(?:```|$)|<!--.*?-->|<(script|style)\b.*?(?:</\1>|$)|</?[A-Za-z][^<>]{0,300}>|!\[[^\]]*\]\([^)]*\)",
    re.DOTALL | re.IGNORECASE,
)
_ANGLE = re.compile(r"<(?!=?\s?\d)|>(?!=?\s?\d)")
"""Angle brackets that compare nothing: ``health factor < 1.5`` keeps its own."""
_LINK = re.compile(r"\[([^\]]{1,200})\]\([^)\s]{0,500}\)")
_URL = re.compile(
    r"(?:\b(?:from|at|via|on|to|in|under)\s+)?\(?\s*\b(?:https?|ipfs|wss?)://(?:[^\s)>\]\"']*[^\s)>\]\"'.,;:!?])?\)?|\bwww\.\S+",
    re.IGNORECASE,
)
_EMPHASIS = re.compile(r"\*\*|__|`|(?m:^\s{0,3}(?:#{1,6}|>|[-*•]|\d{1,2}\.)\s+)|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)")
_MARKED = re.compile(r"[*_`#\n]|^[^A-Za-z]")
"""What every emphasis, heading or list begins with."""
_PICTURES = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u200d\ufe0f\u20e3\U000e0000-\U000e007f]")
_AMOUNT = (
    r"(?:[~≈]\s?)?(?:(?:US|USD|USDC)\s?)?(?:[$€£¥]\s?\d[\d,.]*\d|[$€£¥]\s?\d|[$€£]\s?\.\d+"
    r"|\d[\d,.]*\s?(?:USDC|USDT|USDG?|EURC?|ETH|SOL|BTC|dollars?|cents?|sat(?:oshi)?s|bucks|¢|€|£)(?![\w-]))"
    r"(?:\s?[kKmMbB]n?\b\+?|\+)?(?:\s?(?:USDC|USDT|USD)\b)?"
)
_UNIT = r"(?:\s?/\s?[\w-]+|\s(?:per|each|a|an)\s[\w-]+(?:\s(?:call|request|image|query|message))?)?"
PRICE = re.compile(_AMOUNT)
"""An amount of money as descriptions write it: ``$0.01``, ``0.10 USDC``, ``10 sats``, ``$50k+``."""
_ASIDE = re.compile(rf"\s*[(\[][^()\[\]]*?{_AMOUNT}[^()\[\]]*[)\]]")
_WITH_PREPOSITION = re.compile(
    rf"(?i)\s*\b(?:(?:with|over|above|under|below|(?:more|less|fewer) than|for|at|from|of|up to|at least|only|just|worth)\s+)+{_AMOUNT}{_UNIT}"
    rf"(?=[\s,.;:!?]|$)|\s*[<>≥≤]\s?{_AMOUNT}|{_AMOUNT}\s(?:USDC\s)?worth of\s"
)
_ANY_ASIDE = re.compile(r"\s*\([^()]*\)")
_PARAMETERS = re.compile(
    r"(?i)^(?:query |body |request )?param(?:eter)?s?\b[^.]{0,12}(?::|\.?$)|^(?:GET|POST|PUT)\b[^a-z]*$|(?:^|\s)//\s|^(?:\w+: [\w-]+[.,;]?\s*)+$|[{}]|\?\w+="
)
_DIGIT = re.compile(r"\d")
_MONEY = re.compile(r"[$€£¥¢]|USD|EUR|ETH|SOL|BTC|dollar|cent|sat|buck")
"""What every amount has: looked for first, since amounts are slow to look for."""
_COSTS = re.compile(r"(?i)\b(?:costs?|pric(?:e|es|ed|ing)|pay|pays|paid|value|fees?|charged?|each|per)\b")
_TERMS = re.compile(
    r"(?i)\b(?:accepts? (?:usdc|payments?)|pay[- ]per[- ](?:call|query|use|request)|(?:usdc|x402|micro)[- ]?payments?\b"
    r"|(?:via|through|using) x402\b|no (?:api keys?|accounts?|sign-?ups?)|payment (?:for|required|to)\b|free trial)"
)
_EMPTY = re.compile(
    r"(?i)(?:access to\s+)?(?:the\s+)?(?:(?:premium|protected|paid|paywalled|x402|gated)\s*)+"
    r"(?:content|resources?|routes?|endpoints?|apis?|data|access)?|/\S*(?:\s*[-–—]?\s*x402 endpoint)?|access to /\S+"
    r"|(?:pay|payment|access|buy|unlock|test|todo|tbd|n/a|none|null|undefined|description|no description\b.*)"
    r"|[0-9a-f-]{16,}|\W*"
)
# Sentences that talk to a language model rather than about the API; wider than the check that reports them, because
# leaving out an innocent sentence costs little here.
_ORDERS = re.compile(
    r"(?i)\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instruction|prompt|rule|guideline|polic|polici|message)"
    r"|\b(?:system prompt|seed phrase|private key|jailbreak)\b|\byou (?:are now|must now|must|should always)\b"
    r"|\b(?:send|transfer|approve)\b.{0,30}\b(?:all|your)\b.{0,30}\b(?:funds?|balance|usdc|tokens?|wallet)\b"
    r"|<\|?(?:im_start|system|assistant)|\[/?INST\]"
)
_ORDER_WORDS = (
    "ignore", "disregard", "forget", "override", "bypass", "system prompt", "seed phrase", "private key", "jailbreak", "you are now",
    "you must", "you should always", "send", "transfer", "approve", "<", "inst]",
)  # fmt: skip
"""One of these stands in every such sentence; looking for them first is ten times faster."""
_PAYMENT_FOR = re.compile(rf"(?i)^(?:(?:payment|charge) for (?:the |an? )?|pay (?:{_AMOUNT} )?to )(?=\S+ \S)")
_CREDIT = re.compile(r"(?i)(?:powered|made|built|provided|brought to you) by \S+(?: \S+){0,3}")
_HEADING = re.compile(r"(?<=\n)[ \t]{0,3}#{1,6}[ \t][^\n]*(?=\n|$)")
_LABELLED_LINK = re.compile(r"(?<=\n)[^\n.!?:]{0,30}:?\s*https?://\S+[ \t]*(?=\n|$)")
"""A line of its own that leads elsewhere: ``Agent page https://…``."""
_PLACE = r"(?:at|to|from|via|on|in|for|of|with)"
_TEMPLATE = re.compile(
    rf" (?:{_PLACE} )?(?:/[^\s{{:]*)?[{{:]\w+\}}?(?:/\S*)?(?=[.,;!?]|$| (?:{_PLACE}|and|or) )|(?<= )[{{:]\w+\}}? "
)
"""A place to be filled, with what leads to it: `` for {city}``, `` at /users/:id``."""
_SHOUTS = re.compile(r"([!?])\1+")
_LEFT_OVER = re.compile(r"(?:\s*>){2,}")
_SHOUT = re.compile(r"^(?:[A-Z]{4,}:\s+|(?:GET|POST|PUT|PATCH|DELETE)\s+/\S*\s*[-–—:]*\s*)")
"""What stands before a text: ``WARNING:``, ``POST /png -``."""
_LINE_END = re.compile(r"(?<=[^\s.!?:;,。！？—–-])[ \t]*\n\s*")
_LOOSE_MARK = re.compile(r" ([.,;:!?])(?= |$)")
_BREAK = re.compile(r"\s*\n\s*")
_SPLIT = re.compile(
    r"(?:(?<=[.!?])|(?<=[.!?][\"”')\]]))\s+(?=[(\[]|[\"“‘'$€£]?[A-Z0-9\u00c0-\uffff])|(?<=[。！？])\s*|\s\|\s"
)
_WHOLE_ASIDE = re.compile(r"[(\[][^()\[\]]*[)\]]\W*")
_ABBREVIATED = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|approx|incl|no|inc|ltd|co|st|dr|mr|ms|u\.s|a\.k\.a|cf|max|min)\.)$|(?<!-)\b[A-Z]\.$",
    re.I,
)
_FRAGMENT = re.compile(r"(?:because|but|and|or|so|while|which|whereas|although|with)\b", re.I)
"""How a sentence does not begin unless it lost its head."""
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uff66-\uff9f]")
_ENGLISH = word_set("the of and for with to a an from by in on your any or is are that")
_FOREIGN = word_set(
    "de la en com el los las una unos para por con del que y es su sus le les des du et une avec pour sur dans der das dem und mit für von "
    "ein eine einen zu ist il gli di che della per não um uma os dos em são da na ao voor het een van και и на для по с der det og"
)
"""Function words of European languages that are no English words."""
_OTHER_SCRIPT = re.compile(r"[^\W\d_A-Za-z\u00c0-\u024f\u1e00-\u1eff]")


def sentences(description: str, host_words: str = "") -> tuple[str, ...]:
    """The description's usable sentences in order: plain text, no prices, no orders, no bare payment terms.

    ``host_words`` is the resource's path or id; a description that only repeats it says nothing.
    """
    text = plain_text(description)
    if not text or _EMPTY.fullmatch(text) or text.strip("/").lower() == host_words.strip("/").lower():
        return ()
    parts = _parts(text)
    if order_in(description):
        harmless = [part for part in parts if order_in(part) is None]
        parts = harmless if len(harmless) < len(parts) else []  # an order that spans sentences spoils them all
    kept = []
    for part in parts:
        part = _PAYMENT_FOR.sub("", _calm(part) if part.isupper() and part.isascii() else part)
        priceless = _without_price(part)
        if priceless != part and _FRAGMENT.match(priceless):  # what follows rests on what is lost
            break
        if (
            priceless
            and not _EMPTY.fullmatch(priceless.rstrip(".! "))
            and not _orders(priceless)
            and not _CREDIT.fullmatch(priceless.rstrip(".! "))
            and not _WHOLE_ASIDE.fullmatch(priceless)
            and not _PARAMETERS.search(priceless)
        ):
            kept.append(priceless)
    english = [part for part in kept if not is_cjk(part)] or kept
    useful = [part for part in english if not _TERMS.search(part)]
    return tuple(sentence(part) for part in (useful or english))


def plain_text(text: str) -> str:
    """Text without HTML, Markdown, links and pictograms, on one line; lines that end bare become sentences."""
    text = _SHOUT.sub("", text[:MAX_READ])
    if "&" in text and ";" in text:
        text = unescape(text)
    if "<" in text or "`" in text or "[" in text:
        text = _ANGLE.sub(" ", _LINK.sub(r"\1", _MARKUP.sub(" ", text)))
    if "://" in text or "www." in text:
        text = _LABELLED_LINK.sub("", text)
        text = _LEFT_OVER.sub(".", _URL.sub(" ", text))
    if not text.isascii():
        text = _PICTURES.sub(" ", text)
    text = _HEADING.sub("", text) if "#" in text else text
    if _MARKED.search(text):
        text = _EMPHASIS.sub("", text)
    text = text.replace("\\n", "\n").strip()
    if "\n" in text:
        text = _BREAK.sub(" ", _LINE_END.sub(". ", text))
    text = " ".join(text.split())
    if "{" in text or " :" in text or "/:" in text:
        text = _TEMPLATE.sub("", text)
    if "!!" in text or "??" in text:
        text = _SHOUTS.sub(r"\1", text)
    words = text.split()
    if any(map(eq, words, words[1:])):
        words = [word for at, word in enumerate(words) if at == 0 or word != words[at - 1]]
    text = " ".join(words)
    return _LOOSE_MARK.sub(r"\1", text).strip(" -–—|·:;,")


def _calm(text: str) -> str:
    """A sentence in capitals as an ordinary one; acronyms are left."""
    return " ".join(word if own_case(word.strip(".,:;!?")) else word.lower() for word in text.split())


def names_price(text: str) -> bool:
    """Whether an amount of money stands in the text."""
    return bool(_DIGIT.search(text) and _MONEY.search(text) and PRICE.search(text))


def gives_orders(text: str) -> bool:
    """Whether the text talks to a language model rather than about the API."""
    return _orders(text) or order_in(text) is not None


def _orders(text: str) -> bool:
    low = text.lower()
    return any(word in low for word in _ORDER_WORDS) and _ORDERS.search(text) is not None


def is_cjk(text: str) -> bool:
    """Whether Chinese, Japanese or Korean characters make up a good part of the text."""
    return not text.isascii() and 3 * len(_CJK.findall(text)) >= len(text.replace(" ", ""))


def is_foreign(text: str) -> bool:
    """Whether the text is not English: another script, or more kinds of function words of other languages than of English."""
    if not text.isascii() and 3 * len(_OTHER_SCRIPT.findall(text)) >= len(text.replace(" ", "")) > 0:
        return True
    words = set(text.lower().split())
    foreign = len(words & _FOREIGN)
    return foreign > 1 and foreign > len(words & _ENGLISH)


def _parts(text: str) -> list[str]:
    parts: list[str] = []
    for part in _SPLIT.split(text):
        if parts and _ABBREVIATED.search(parts[-1][-10:]):
            parts[-1] = f"{parts[-1]} {part}"
        elif part.strip():
            parts.append(part.strip())
    return parts


def _without_price(part: str) -> str:
    """The sentence without amounts of money: asides and prepositional phrases go, else the clause, else all of it."""
    if not names_price(part):
        return part
    part = _ASIDE.sub("", part)
    worth = _WITH_PREPOSITION.search(part)
    if not _COSTS.search(part) or (worth and worth[0].rstrip().endswith("worth of")):
        part = _WITH_PREPOSITION.sub(" ", part)
    if PRICE.search(part):
        flat = _ANY_ASIDE.sub("", part)
        part = ", ".join(piece for piece in CUTS.split(flat) if piece.strip() and not PRICE.search(piece))
    part = _LOOSE_MARK.sub(r"\1", " ".join(part.split())).strip(" ,;:–—-")
    return "" if PRICE.search(part) or len(part) < 3 or part.count("(") != part.count(")") else part
