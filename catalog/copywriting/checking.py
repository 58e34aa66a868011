"""Whether a text holds nothing but the facts of one resource: every number, name and address is theirs.

The check is strict rather than clever: a good text lost costs a duller sentence, an invented fact costs the reader's
trust. A word is somebody's name unless the facts hold it or English does; a number counts what it counts in the facts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib import resources

from catalog.copywriting.asking import FENCE
from catalog.copywriting.drafts import Facts
from catalog.copywriting.phrases import NOUN_OF_VERB, VERBS
from catalog.copywriting.prose import gives_orders, names_price
from catalog.copywriting.wording import own_case, word_set, words_of
from catalog.text import changed

_TOKEN = re.compile(r"[^\W\d_]*\d(?:[\w%+]|[.,:](?=\d))*")
"""A number with what is glued to it: ``1,200``, ``24/7`` in two, ``10x``, ``v2``, ``5%``."""
_NUMBER = re.compile(r"[\d.,:]+")
_UNITS = word_set(
    "% percent x times ms second seconds minute minutes hour hours day days week weeks month months year years kb mb gb tb km "
    "m miles degrees words characters tokens"
)
_NEIGHBOUR = re.compile(r"[\s\-–]*([%°$€£]|[^\W\d_]+|/)?")
_BEFORE = re.compile(r"([^\W\d_]+|[-+±<>≥≤~])[\s#]*$")
_ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+|\b(?:[\w-]+\.)+[^\W\d_]{2,}\b|[\w-]+(?:/[\w-]+){2,}")
_SPELLED = re.compile(
    r"(?i)\bdot[\s)\]]+\w|\(at\)|\bslash\b|\bhxxps?\b|//|。\s?[a-z]|"
    r"(?-i:\s?\.\s+(?:com|net|org|io|ai|app|dev|xyz|gg)\b)"
)
_WORD = re.compile(r"[^\W\d_][\w’']*")
_POSSESSIVE = re.compile(r"['’]s$")
_MARKUP = re.compile(
    r"[<>{}\[\]`\\=]|\*\*|^[#+-]|(?<!\w)@\w|&#?\w+;|https?:|www\.|://|\b(?:javascript|data|mailto):", re.IGNORECASE
)
_ROLE = re.compile(
    r"(?i)\b(?:system|assistant|user|human|developer)\s*:|\bas an? (?:ai|language) model\b|\binstructions?\b|"
    r"\bprompt injection\b|\b(?:you|agents?|callers?|assistants?|models?) (?:must|shall|should|have to|need to)\b|"
    r"\b(?:click|subscribe|sign up|contact (?:us|sales)|buy now|order now)\b|\b(?:always|never|don['’]t|do not|must not)\b|\bbefore any other\b"
)
_ACTS = word_set(
    "approve bypass credential credentials delete disable drain erase execute install key keys login mnemonic obey override "
    "password passwords phrase pledge reply root secret secrets seed shell sign sudo transfer wallet wipe wire withdraw"
)
"""What nobody should be told to do or to hand over, unless the facts speak of it."""
_COST = re.compile(
    r"(?i)\b(?:cents?|penn(?:y|ies)|dollars?|bucks?|satoshis?|price[ds]? at|costs? (?:only|just|under|less|nothing|little)|"
    r"free of charge|for free|no (?:cost|charge|fees?)|(?:pay|costs?|as) (?:as )?little as|discount\w*|bargain\w*"
    r"|cheap\w*|afford\w*|low[- ]cost|inexpensive)\b|^free\b"
)
_PRAISE = word_set(
    "accurate amazing audited authoritative award awarded best certified excellent fastest finest foremost "
    "guaranteed incredible leading official perfect premier reliable renowned reputable safe secure superior trusted "
    "trustworthy ultimate unbeatable unmatched unrivalled verified"
)
_FIRST = re.compile(r"(?i)\bthe first\b|\bworld['’]s\b|\b(?:top|number)[- ](?:rated|one|quality)\b")
_COUNT_WORDS = word_set(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety dozen dozens hundred hundreds thousand "
    "thousands million millions billion billions trillion half quarter twice thrice double triple percent"
)
_CADENCE = re.compile(
    r"\b(?:every|each|once an?|per) (?:second|minute|hour|day|week|month|year)\b|\b(?:hourly|daily|nightly|weekly|monthly|yearly)\b|"
    r"\ba score of\b"
)
_NAMES = word_set(
    "alchemy amazon android anthropic apple arbitrum azure bing binance bloomberg brave chrome circle claude dell deepl disney "
    "ebay edge facebook fedex forbes ford gemini github gmail grok hp ibm instagram intel java kraken linear linux llama meta "
    "microsoft mistral nasa netflix nokia notion nvidia optimism oracle orange paypal perplexity polygon python ripple rust "
    "safari samsung shell signal slack snowflake sony square stripe target telegram tesla thunder twilio twitter uber "
    "underground visa walmart wikipedia windows wise yahoo yelp zoom"
)
"""Names that dictionaries of English hold, most of them as words: nobody's only where the facts speak of them."""
_LINKING = word_set(
    "a an and as at by for from in into is of on or per than that the through to until via when where with"
)
"""Words that may follow a number without being what it counts."""
_PLAIN = word_set(
    "a an and any api apis app apps agent agents ai all are as at based be both build builders business by call calls can check "
    "compare create data developer developers each endpoint find for from generate get give given has have help helps how http "
    "if in input into is it its json list look mcp need needs no of on one or output over paid pass per products provide provides "
    "read receive retrieve return returns run search send service services show supply takes teams that the their them these "
    "they this those to tool tools track turn url urls use used useful users uses using via want what when where which who "
    "with without write x402 your"
)
_TRADE = word_set(
    "analytics backend blockchain chatbot chatbots csv datapoint dataset datasets defi embeddings frontend geocode geolocation "
    "html json lookup lookups metadata nft nfts onchain pdf signup stablecoin stablecoins timeframe timeframes timestamp timestamps tokenize "
    "url urls webhook webhooks workflow workflows xml"
)
"""Words of the trade that no dictionary of English holds."""


class Known:
    """The words, numbers and addresses of one resource's facts."""

    def __init__(self, facts: Facts, brand: str | None) -> None:
        names = (*facts.inputs, *facts.required_inputs, *facts.outputs, facts.tool, *facts.path.split("/"))
        split = " ".join(" ".join(words_of(name)) for name in names)
        topics = f"{facts.category} {facts.subcategory} {brand or ''} {facts.service_name} {facts.host}"
        self.lower = f"{facts.description} {' '.join(names)} {split} {topics}".lower()
        words = _WORD.findall(self.lower.replace("_", " ").replace("-", " "))
        self.words = {form for word in words for form in (word, _POSSESSIVE.sub("", word))}
        self.counts = _counts(f"{facts.description} . {' . '.join(names)} . {topics}".lower()) | {("", "x402", "")}
        self.checks: tuple[tuple[str, Callable[[str], bool]], ...] = (
            ("markup or a link", lambda text: _MARKUP.search(text) is not None),
            ("instruction-like", self.gives_orders),
            ("a price", lambda text: names_price(text) or _COST.search(text) is not None),
            ("a number that is not declared", self.invents_number),
            ("an address that is not declared", self.invents_address),
            ("praise that is not declared", lambda text: self.adds(text, _PRAISE) or _FIRST.search(text) is not None),
            ("a name that is not declared", self.invents_name),
        )

    def fault(self, value: object, limit: int) -> str:
        """Why a text may not be published; empty where it may."""
        if not isinstance(value, str):
            return "not a text"
        if not 3 <= len(value) <= limit:
            return "too long" if len(value) > limit else "too short"
        if (
            value != " ".join(value.split())
            or changed(value)
            or not value.isprintable()
            or "x402 x402" in value.lower()
        ):
            return "not one clean line"
        return next((reason for reason, holds in self.checks if holds(value)), "")

    def gives_orders(self, text: str) -> bool:
        """Whether it speaks to its reader, breaks out of the fence, or tells of acts the facts know nothing of."""
        return gives_orders(text) or _ROLE.search(text) is not None or FENCE in text or self.adds(text, _ACTS)

    def adds(self, text: str, words: frozenset[str]) -> bool:
        """Whether it uses any of ``words`` that the facts do not."""
        return any(word in words and not self.has(word) for word in _plain_words(text))

    def invents_number(self, text: str) -> bool:
        """A number, or a word for one, that the facts do not hold, or not of what it counts here."""
        for before, number, unit in _counts(text.lower()):
            places = [place for place in self.counts if place[1] == number]
            if not places or (_NUMBER.fullmatch(number) and not any(_same(place, before, unit) for place in places)):
                return True
        return self.adds(text, _COUNT_WORDS) or any(said not in self.lower for said in _CADENCE.findall(text.lower()))

    def invents_address(self, text: str) -> bool:
        """A host, path or e-mail address that the facts do not hold, or one spelled out."""
        return _SPELLED.search(text) is not None or any(
            found.lower() not in self.lower for found in _ADDRESS.findall(text)
        )

    def invents_name(self, text: str) -> bool:
        """A word that neither the facts hold nor English does; one known as a name, or capitalised and not ordinary."""
        for match in _WORD.finditer(text):
            word = _POSSESSIVE.sub("", match[0])
            plain = word.lower()
            if self.has(plain) or any(form in _ordinary() for form in _forms(plain)):
                continue
            if word != plain or plain in _NAMES or own_case(plain) not in (None, plain) or not _is_english(plain):
                return True
        return False

    def has(self, word: str) -> bool:
        """Whether the facts hold a word, or its plural or singular."""
        return not self.words.isdisjoint(
            {word, f"{word}s", f"{word}es", word.removesuffix("s"), word.removesuffix("es")}
        )


def _plain_words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())


def _counts(text: str) -> set[tuple[str, str, str]]:
    """Every number, and every word with digits in it, with the word before it and the word or sign right after it, "" for none."""
    found = set()
    text = re.sub(r"(?<=[^\W\d_])-(?=\d)", " ", text)  # gpt-4 is no minus four
    for match in _TOKEN.finditer(text):
        token = match[0].rstrip(".,:+")
        before = _BEFORE.search(text, max(0, match.start() - 30), match.start())
        after = _NEIGHBOUR.match(text, match.start() + len(token))
        found.add((before[1] if before else "", token, (after[1] or "") if after else ""))
    return found


def _same(place: tuple[str, str, str], before: str, unit: str) -> bool:
    """Whether a number of the facts counts (or names) the same: it stands before the same word, or ends a name."""
    if unit and unit not in _LINKING:
        of_a_name = not place[2] and place[0] == before and unit not in _UNITS
        return of_a_name or _singular(place[2]) == _singular(unit)
    return place[0] == before or before in _LINKING or not place[2]


def _singular(word: str) -> str:
    return word.removesuffix("s")


def _forms(word: str) -> tuple[str, ...]:
    """A word and what it may be a form of: ``generates``, ``generating``, ``generated`` of ``generate``."""
    stem = word.removesuffix("ing")
    return (
        word,
        word.removesuffix("s"),
        word.removesuffix("es"),
        word.removesuffix("d"),
        word.removesuffix("ed"),
        stem,
        f"{stem}e",
    )


@cache
def _ordinary() -> frozenset[str]:
    """Words that are nobody's name: function words, verbs, and what the deterministic writer says of subcategories."""
    phrases = (resources.files("catalog") / "data" / "phrases.json").read_text("utf-8")
    own = {word.lower() for word in _WORD.findall(phrases)}
    nouns = {word for noun in NOUN_OF_VERB.values() for word in noun.split()}
    return frozenset(own | nouns | VERBS | _PLAIN | _TRADE)


def _is_english(word: str) -> bool:
    return word.replace("’", "'") in _dictionary()


@cache
def _dictionary() -> frozenset[str]:
    """The words of English; the library is loaded only where a model writes (extra ``llm``)."""
    from spellchecker import SpellChecker

    return frozenset(SpellChecker(language="en").word_frequency.words())
