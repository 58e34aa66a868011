"""The deterministic writer: title, summary, search texts, uses, buyer and prompt from declared facts.

Nothing is invented: every text is put together from the route, the description's own sentences, field names and the
subcategory's phrases. Prices never stand in prose, words are never cut, and the same facts give the same copy.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, replace

from catalog.copywriting.brands import brand
from catalog.copywriting.naming import Name, name
from catalog.copywriting.phrases import SUBCATEGORIES, UNKNOWN, Phrases
from catalog.copywriting.prose import PRICE, fit, is_cjk, names_price, sentences, shorten
from catalog.copywriting.wording import field_phrase, listed, own_case, sentence, with_article, word_set

WRITER = "rules-2"
"""Names the rules; it changes when they do, so that stored copy is written again."""

MAX_TITLE = 110
MAX_SEO_TITLE = 65
MAX_SEO_DESCRIPTION = 160
MAX_SUMMARY = 320
MAX_SENTENCE = 240

_HIDDEN_INPUTS = word_set(
    "paymentpayload x-payment payment signature input body data params limit offset page cursor next_token nexttoken include per_page page_size "
    "pagesize sort sort_by order fields"
)
_WRAPPERS = word_set(
    "success status data ok error payment meta metadata status_code statuscode result results response timestamp code type id mode version "
    "created_at createdat updated_at updatedat generated_at generatedat cached source sources object items disclaimer agent "
    "response error errors warnings attribution count total limit offset page next utc request_id requestid has_more found"
)
_FREE_TEXT = word_set("message prompt query text question content description input topic task code")


_PARTICIPLE = re.compile(
    r"(?<!fe)(?<!spe)(?<!se)(?<!embe)(?<!ne)ed$|\bpaid$|(?:written|broken|spoken)$|^(?:native|raw|current)$"
)
_NO_NOUN = re.compile(
    r"error|\bwithin\b|^(?:is|has|can|was|should|include|with) |^(?:from|to|by|at|of|for|in|on|as|and|or)$| (?:at|by|on|of|to|for)$|[^\w ’'-]"
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


@dataclass(frozen=True, slots=True)
class Copy:
    """What the catalogue writes about one resource. No prices; ``seo_title`` ≤ 65, ``seo_description`` ≤ 160."""

    title: str
    summary: str
    seo_title: str
    seo_description: str
    use_cases: tuple[str, ...]
    """Two or three, no end marks."""
    ideal_buyer: str
    example_prompt: str


@dataclass(frozen=True, slots=True)
class _Draft:
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

    def pick(self, options: tuple[str, ...], salt: str) -> str:
        """One of several phrasings, the same for the same URL, so that a host's pages do not all sound alike."""
        return options[zlib.crc32(f"{salt} {self.facts.url} {self.facts.tool}".encode()) % len(options)]


def write(facts: Facts) -> Copy:
    """The copy of one resource. Total: any facts, empty and hostile ones included, give complete texts."""
    draft = _draft(facts)
    return Copy(
        title=f"{draft.brand} · {draft.name.title}" if draft.brand else draft.name.title,
        summary=_priceless(_summary(draft), draft),
        seo_title=_seo_title(draft),
        seo_description=_priceless(_seo_description(draft), draft),
        use_cases=_use_cases(draft),
        ideal_buyer=_ideal_buyer(draft),
        example_prompt=_example_prompt(draft),
    )


def _priceless(text: str, draft: _Draft) -> str:
    """The text, or the route's own sentence where joining harmless pieces has made up an amount of money."""
    return shorten(_own_sentence(draft), MAX_SEO_DESCRIPTION) if names_price(text) else text


def _draft(facts: Facts) -> _Draft:
    phrases = SUBCATEGORIES.get(f"{facts.category}/{facts.subcategory}", UNKNOWN)
    seller = brand(facts.host, facts.service_name)
    described = sentences(facts.description, facts.tool or facts.path)
    foreign = is_cjk(" ".join(described))
    outputs = _phrases_of(facts.outputs, _WRAPPERS | {name.lower() for name in facts.inputs})
    queued = {"job ID", "request ID", "task ID"} & set(outputs) and {"status URL", "status", "poll URL"} & set(outputs)
    required = _phrases_of(facts.required_inputs, _HIDDEN_INPUTS)
    return _Draft(
        facts=facts,
        brand=None if seller is None or names_price(seller) else seller,
        phrases=phrases,
        name=_named(facts, described, seller, phrases),
        described=() if foreign else described,
        quoted=_quoted(described) if foreign else "",
        inputs=_phrases_of(facts.inputs, _HIDDEN_INPUTS),
        required=required,
        outputs=outputs,
        queued=facts.asynchronous if facts.asynchronous is not None else bool(queued),
    )


def _named(facts: Facts, described: tuple[str, ...], seller: str | None, phrases: Phrases) -> Name:
    found = name(facts.path, facts.tool, described, seller, phrases)
    return replace(found, title=f"{found.title} ({facts.instance})") if facts.instance else found


def _phrases_of(names: tuple[str, ...], left_out: frozenset[str]) -> tuple[str, ...]:
    phrases = [field_phrase(name) for name in names[:12] if name.lower() not in left_out]
    return tuple(
        dict.fromkeys(
            phrase
            for phrase in phrases
            if len(phrase) > 1 and not (_NO_NOUN.search(phrase) or _PARTICIPLE.search(phrase))
        )
    )


def _quoted(described: tuple[str, ...]) -> str:
    """A description in a script we do not write in, as a quotation of whole sentences or clauses."""
    text = fit(described, 120)
    return "" if not text else f"“{text}”"


def _summary(draft: _Draft) -> str:
    if draft.quoted:
        who = draft.brand or "The provider"
        return f"{draft.name.title}. {who} describes it as {draft.quoted}"
    lead = _lead(draft, MAX_SUMMARY - 60)
    return _with(lead, (_fields_sentence(draft), _queue_sentence(draft)), MAX_SUMMARY)


def _lead(draft: _Draft, limit: int) -> str:
    """The description's first sentences; our own where it has none or one of two words, which the title says as well."""
    lead = fit(draft.described, limit, most=2)
    return lead if lead.count(" ") > 1 else shorten(_own_sentence(draft), limit)


def _with(lead: str, more: tuple[str, ...], limit: int) -> str:
    for part in more:
        if part and len(lead) + 1 + len(part) <= limit:
            lead = f"{lead} {part}"
    return lead


def _own_sentence(draft: _Draft) -> str:
    """For a resource without a description: what its route and classification say, nothing more."""
    by = f" by {draft.brand}" if draft.brand else ""
    if draft.facts.tool:
        return f"{draft.name.title}, a paid MCP tool{by}."
    filed = "" if draft.phrases is UNKNOWN else f" filed under {draft.facts.category}/{draft.facts.subcategory}"
    return f"{draft.name.title}{by}, a paid x402 endpoint{filed}."


def _fields_sentence(draft: _Draft) -> str:
    taken, given = (draft.required or draft.inputs)[:3], draft.outputs[:4]
    takes, gives = listed([*map(with_article, taken)]), listed([*map(with_article, given)])
    need = "Needs" if draft.required else "Takes"
    if any(
        phrase.count(" ") > 1 or any(map(str.isdigit, phrase)) for phrase in (*taken, *given)
    ):  # no articles before what may be no noun
        takes, gives = listed(taken), listed(given)
        return " ".join(f"{kind}: {names}." for kind, names in (("Input", takes), ("Output", gives)) if names)
    if takes and gives:
        bare = f"Input: {listed(taken)}. Output: {listed(given)}."
        return draft.pick((f"{need} {takes}; returns {gives}.", bare), "fields")
    if takes:
        return f"{need} {takes}."
    return draft.pick((f"Returns {gives}.", f"Output: {listed(given)}."), "fields") if gives else ""


def _queue_sentence(draft: _Draft) -> str:
    return "Runs as a job that is polled for its result." if draft.queued else ""


def _seo_title(draft: _Draft) -> str:
    subject = draft.name.title
    api = "" if subject.endswith("API") else " API"
    seller = draft.brand or ""
    x402 = "" if "x402" in f"{seller} {subject}".lower() else "x402 "
    options = (
        (f"{subject} | {seller} {x402}API", f"{subject}{api} | {seller}", f"{subject} | {seller}")
        if seller
        else (f"{subject} | Paid {x402}API", f"{subject}{api}")
    )
    fitting = next((option for option in options if len(option) <= MAX_SEO_TITLE), subject)
    return fitting if len(fitting) <= MAX_SEO_TITLE else shorten(subject, MAX_SEO_TITLE).rstrip(".…")


def _seo_description(draft: _Draft) -> str:
    if draft.quoted:
        options = (f"{draft.name.title}: {draft.quoted}", _own_sentence(draft))
        return next((o for o in options if len(o) <= MAX_SEO_DESCRIPTION), shorten(options[-1], MAX_SEO_DESCRIPTION))
    lead = _lead(draft, MAX_SEO_DESCRIPTION)
    return _with(lead, (_fields_sentence(draft),), MAX_SEO_DESCRIPTION)


def _use_cases(draft: _Draft) -> tuple[str, ...]:
    first, second = draft.phrases.uses
    cases = [_capital(draft.name.task)] if draft.name.task else []
    if not (cases and draft.name.topic.startswith("the ") and draft.name.topic.endswith(" call")):
        short = 0 < len(draft.name.thing) <= 60
        cases.append(first.format(topic=draft.name.thing if short else draft.name.topic))
    if draft.required and draft.required[0] in _FREE_TEXT:
        cases.append(f"Pass each {draft.required[0]} from a form or queue to {draft.name.topic}")
    elif draft.required and (not draft.required[0].endswith("s") or draft.required[0].endswith("ss")):
        cases.append(f"Run {draft.name.topic} over a list, one {draft.required[0]} per call")
    elif draft.outputs:
        cases.append(f"Hand the {listed(draft.outputs[:2])} to the next step of a workflow")
    elif draft.queued:
        cases.append(f"Queue calls to {draft.name.topic} and collect the results later")
    if len(cases) < 2:
        cases.append(f"{second} {'through' if ' with ' in second else 'with'} {draft.name.topic}")
    return tuple(dict.fromkeys(_unpriced(case) for case in cases))


def _ideal_buyer(draft: _Draft) -> str:
    name = draft.name
    need = f"to {name.task}" if 0 < len(name.task) <= 110 else name.thing or name.topic
    needs_it = draft.required and need == name.topic and draft.required[0] not in need.lower()
    given = f" for a given {draft.required[0]}" if needs_it else ""
    joint = "and" if " that " in draft.phrases.buyers else "that"
    want = "need" if need.startswith("to ") else draft.pick(("need", "want", "look for"), "buyer")
    return sentence(_unpriced(f"{draft.phrases.buyers} {joint} {want} {need}{given}"))


def _example_prompt(draft: _Draft) -> str:
    task = draft.name.task if len(draft.name.task) <= 140 else ""
    seller = draft.brand or "this API"
    if draft.facts.tool:
        call = f"Call the MCP tool {draft.facts.tool}" if len(draft.facts.tool) <= 80 else "Call the MCP tool"
        lead = f"{call} to {task}" if task else call
    elif task:
        led = f"{_capital(task)} with {seller}", f"Use {seller} to {task}"
        known = draft.brand is None or draft.brand.split(" ", 1)[0].lower() in task.lower()
        lead = _capital(task) if known else led[1] if " with " in task else draft.pick(led, "prompt")
    elif draft.name.topic.endswith((" API", " Endpoint", " call")) and not draft.name.thing:
        verb, link = ("Make", "to") if draft.name.topic.endswith(" call") else ("Call", "of")
        lead = f"{verb} {draft.name.topic}" + (f" {link} {draft.brand}" if draft.brand else "")
    else:
        thing = draft.name.thing if 0 < len(draft.name.thing) <= 100 else draft.name.topic
        asked = f"Ask {seller} for {thing}", f"Get {thing} from {seller}"
        lead = asked[0] if " from " in thing else draft.pick(asked, "prompt")
    given = f", given {with_article(draft.required[0])}" if draft.required and draft.required[0] not in lead else ""
    report = f", and report the {listed(draft.outputs[:2])}" if draft.outputs else ""
    return sentence(_unpriced(f"{lead}{given}{report}"))


def _capital(text: str) -> str:
    first = text.split(" ", 1)[0]
    return text if own_case(first) else text[:1].upper() + text[1:]


def _unpriced(text: str) -> str:
    return " ".join(PRICE.sub("", text).split()) if names_price(text) else text
