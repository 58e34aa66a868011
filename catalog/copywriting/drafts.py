"""What the sentences are made of: the declared facts of one resource, and these facts as English needs them."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

from catalog.copywriting.brands import brand
from catalog.copywriting.cutting import fit
from catalog.copywriting.naming import Name, name
from catalog.copywriting.phrases import SUBCATEGORIES, UNKNOWN, Phrases
from catalog.copywriting.prose import is_foreign, names_price, sentences
from catalog.copywriting.wording import field_phrase, word_set

BOILERPLATE = 3
"""Titles over one description from which on it says nothing of any of them."""

_HIDDEN_INPUTS = word_set(
    "paymentpayload x-payment payment signature input body data params limit offset page cursor next_token nexttoken include per_page page_size "
    "pagesize sort sort_by order fields jsonrpc"
)
_WRAPPERS = word_set(
    "success status data ok error payment meta metadata status_code statuscode result results response timestamp code type id mode version "
    "created_at createdat updated_at updatedat generated_at generatedat cached source sources object items disclaimer agent "
    "response error errors warnings attribution count total limit offset page next utc request_id requestid has_more found "
    "pagination queryparams query_params queryparameters query_parameters usage jsonrpc sort"
)
_GENERAL = word_set(
    "chain network token symbol address description today date period name ID title message URL query interval hours country "
    "coin currency method unit location tier kind block domain email text format IP author"
)
"""Outputs that any answer may repeat; the telling ones are named before them."""
_Option = TypeVar("_Option")
_PARTICIPLE = re.compile(
    r"(?<!fe)(?<!spe)(?<!se)(?<!embe)(?<!ne)ed$|\bpaid$|(?:written|broken|spoken)$|^(?:native|raw|current)$"
)
_NO_NOUN = re.compile(
    r"error|\bwithin\b|^(?:is|has|can|was|should|did|include|exclude|with|without|hide|show|use|allow|enable|skip|force|only|aggregate by) "
    r"|^(?:from|to|by|at|of|for|in|on|as|and|or|up|down|exists|synthesize)$|^in | (?:at|by|on|of|to|for|in|until|found|present|missing|valid|only|raw|like|[a-z])$"
    r"|^(?:active|ascending|descending|available|consistent|correct|external|internal|national|international|safe|valid|similar|trending|true|false)$"
    r"|[^\w ’'.-]"
)
"""Field names that no sentence can use as a noun: ``is contract``, ``generated at``, anything but words."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is declared (or classified) of one resource; third-party texts are data."""

    url: str
    host: str
    path: str
    tool: str
    description: str
    service_name: str
    category: str
    subcategory: str
    methods: tuple[str, ...]
    mime_type: str
    inputs: tuple[str, ...]
    required_inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    asynchronous: bool | None = None
    """None where nobody said; then a job id beside a status URL among the outputs says so."""
    instance: str = ""
    """What tells this resource from others of its host that would have the same title, in short (``0x37bb…528c``)."""
    namesakes: int = 1
    """How many titles of its host stand over the same description, its own included."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Facts as the sentences need them."""

    facts: Facts
    brand: str | None
    phrases: Phrases
    name: Name
    described: tuple[str, ...]
    quoted: str
    inputs: tuple[str, ...]
    required: tuple[str, ...]
    outputs: tuple[str, ...]
    queued: bool

    def pick(self, options: tuple[_Option, ...], salt: str) -> _Option:
        """One of several phrasings, the same for the same URL, so that a host's pages do not all sound alike."""
        return options[zlib.crc32(f"{salt} {self.facts.url} {self.facts.tool}".encode()) % len(options)]


def draft_of(facts: Facts) -> Draft:
    """The facts of one resource, made ready for sentences."""
    phrases = SUBCATEGORIES.get(f"{facts.category}/{facts.subcategory}", UNKNOWN)
    seller = brand(facts.host, facts.service_name)
    described = sentences(facts.description, facts.tool or facts.path)
    foreign = is_foreign(" ".join(described))
    inputs = _phrases_of(facts.inputs, _HIDDEN_INPUTS)
    returned = _phrases_of(facts.outputs, _WRAPPERS | {name.lower() for name in facts.inputs})
    outputs = sorted((phrase for phrase in returned if phrase not in inputs), key=_GENERAL.__contains__)
    queued = {"job ID", "request ID", "task ID"} & set(outputs) and {"status URL", "status", "poll URL"} & set(outputs)
    required = _phrases_of(facts.required_inputs, _HIDDEN_INPUTS)
    return Draft(
        facts=facts,
        brand=None if seller is None or names_price(seller) else seller,
        phrases=phrases,
        name=_named(facts, described, seller, phrases, foreign),
        described=() if foreign else described,
        quoted=_quoted(described) if foreign else "",
        inputs=inputs,
        required=required,
        outputs=tuple(outputs),
        queued=facts.asynchronous if facts.asynchronous is not None else bool(queued),
    )


def _named(facts: Facts, described: tuple[str, ...], seller: str | None, phrases: Phrases, foreign: bool) -> Name:
    found = name(facts.path, facts.tool, described, seller, phrases, foreign=foreign)
    if facts.namesakes >= BOILERPLATE:
        found = replace(found, task="", thing="")
    return replace(found, title=f"{found.title} ({facts.instance})") if facts.instance else found


def _phrases_of(names: tuple[str, ...], left_out: frozenset[str]) -> tuple[str, ...]:
    phrases = (_noun(name) for name in names[:12] if name.lower() not in left_out)
    return tuple(dict.fromkeys(phrase for phrase in phrases if phrase))


@lru_cache(maxsize=32768)
def _noun(name: str) -> str:
    """A field's name as a phrase that a sentence can use as a noun, else empty."""
    phrase = field_phrase(name)
    return phrase if len(phrase) > 1 and not (_NO_NOUN.search(phrase) or _PARTICIPLE.search(phrase)) else ""


def _quoted(described: tuple[str, ...]) -> str:
    """A description in a script we do not write in, as a quotation of whole sentences or clauses."""
    text = fit(described, 120)
    return "" if not text else f"“{text}”"
