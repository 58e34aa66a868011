"""The deterministic writer: title, summary, search texts, uses, buyer and prompt from declared facts.

Nothing is invented: every text is put together from the route, the description's own sentences, field names and the
subcategory's phrases. Prices never stand in prose, words are never cut, and the same facts give the same copy.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from catalog.brands import brand as brand
from catalog.naming import Name, name
from catalog.phrases import SUBCATEGORIES, UNKNOWN, Phrases
from catalog.prose import PRICE, fit, is_cjk, plain_text, sentences, shorten
from catalog.wording import field_phrase, listed, own_case, sentence

WRITER = "rules-1"
"""Names the rules; it changes when they do, so that stored copy is written again."""

MAX_TITLE = 110
MAX_SEO_TITLE = 65
MAX_SEO_DESCRIPTION = 160
MAX_SUMMARY = 320
MAX_SENTENCE = 240

_HIDDEN_INPUTS = frozenset({"paymentpayload", "x-payment", "payment", "signature", "input", "body", "data", "params"})
_WRAPPERS = frozenset({"success", "data", "ok", "error", "payment", "meta", "status_code", "statuscode", "result"})


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
        summary=_summary(draft),
        seo_title=_seo_title(draft),
        seo_description=_seo_description(draft),
        use_cases=_use_cases(draft),
        ideal_buyer=_ideal_buyer(draft),
        example_prompt=_example_prompt(draft),
    )


def _draft(facts: Facts) -> _Draft:
    phrases = SUBCATEGORIES.get(f"{facts.category}/{facts.subcategory}", UNKNOWN)
    seller = brand(facts.host, facts.service_name)
    described = sentences(facts.description, facts.tool or facts.path)
    foreign = bool(described) and is_cjk(plain_text(facts.description))
    outputs = _phrases_of(facts.outputs, _WRAPPERS)
    queued = {"job ID", "request ID", "task ID"} & set(outputs) and {"status URL", "status", "poll URL"} & set(outputs)
    required = _phrases_of(facts.required_inputs, _HIDDEN_INPUTS)
    return _Draft(
        facts=facts,
        brand=None if seller is None or PRICE.search(seller) else seller,
        phrases=phrases,
        name=name(facts.path, facts.tool, described, seller, phrases),
        described=() if foreign else described,
        quoted=_quoted(described) if foreign else "",
        inputs=_phrases_of(facts.inputs, _HIDDEN_INPUTS),
        required=required,
        outputs=outputs,
        queued=facts.asynchronous if facts.asynchronous is not None else bool(queued),
    )


def _phrases_of(names: tuple[str, ...], left_out: frozenset[str]) -> tuple[str, ...]:
    phrases = [field_phrase(name) for name in names[:12] if name.lower() not in left_out]
    return tuple(dict.fromkeys(phrase for phrase in phrases if len(phrase) > 1 and not PRICE.search(phrase)))


def _quoted(described: tuple[str, ...]) -> str:
    """A description in a script we do not write in, as a quotation of whole sentences or clauses."""
    text = fit(described, 120)
    return "" if not text else f"“{text}”"


def _summary(draft: _Draft) -> str:
    if draft.quoted:
        who = draft.brand or "The provider"
        return f"{draft.name.title}. {who} describes it as {draft.quoted}"
    lead = fit(draft.described, MAX_SUMMARY - 60, most=2) or _own_sentence(draft)
    return _with(lead, (_fields_sentence(draft), _queue_sentence(draft)), MAX_SUMMARY)


def _with(lead: str, more: tuple[str, ...], limit: int) -> str:
    for part in more:
        if part and len(lead) + 1 + len(part) <= limit:
            lead = f"{lead} {part}"
    return lead


def _own_sentence(draft: _Draft) -> str:
    """For a resource without a description: what its route and classification say, nothing more."""
    by = f" by {draft.brand}" if draft.brand else ""
    if draft.facts.tool:
        return f"{draft.name.title}, an MCP tool{by} in the field of {draft.phrases.label}."
    kind = draft.phrases.label
    same = kind.lower() in draft.name.title.lower()
    return f"{draft.name.title}{by}, a paid x402 endpoint{'' if same else f' listed under {kind}'}."


def _fields_sentence(draft: _Draft) -> str:
    takes = listed((draft.required or draft.inputs)[:3])
    gives = listed(draft.outputs[:4])
    need = "Needs" if draft.required else "Takes"
    if takes and gives:
        return draft.pick((f"{need} {takes}; returns {gives}.", f"Give it {takes} to get {gives}."), "fields")
    if takes:
        return f"{need} {takes}."
    return draft.pick((f"Returns {gives}.", f"The answer holds {gives}."), "fields") if gives else ""


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
        return next((option for option in options if len(option) <= MAX_SEO_DESCRIPTION), options[-1])
    by = f"from {draft.brand}" if draft.brand and len(draft.brand) <= 24 else "for agents"
    lead = fit(draft.described, MAX_SEO_DESCRIPTION, most=2) or shorten(_own_sentence(draft), MAX_SEO_DESCRIPTION)
    closing = draft.pick((f"An x402 API {by}.", f"Callable over x402, {by}."), "seo")
    lead = _with(lead, (_fields_sentence(draft),), MAX_SEO_DESCRIPTION)
    return lead if "x402" in lead else _with(lead, (closing,), MAX_SEO_DESCRIPTION)


def _use_cases(draft: _Draft) -> tuple[str, ...]:
    first, second = draft.phrases.uses
    cases = [_capital(draft.name.task)] if draft.name.task else []
    cases.append(first.format(topic=draft.name.topic))
    if draft.required:
        cases.append(
            draft.pick(
                (
                    f"Answer requests that name {_an(draft.required[0])}",
                    f"Work through a list, one {draft.required[0]} per call",
                ),
                "use",
            )
        )
    elif draft.queued:
        cases.append("Queue work and collect the result later")
    cases.append(second)
    return tuple(dict.fromkeys(_unpriced(case) for case in cases[:3]))


def _ideal_buyer(draft: _Draft) -> str:
    need = f"to {draft.name.task}" if draft.name.task and len(draft.name.task) <= 110 else draft.name.topic
    given = f" for a given {draft.required[0]}" if draft.required and need == draft.name.topic else ""
    want = draft.pick(("that need", "that want"), "buyer")
    want = want if not need.startswith("to ") or want == "that need" else "that have"
    return sentence(_unpriced(f"{draft.phrases.buyers} {want} {need}{given}"))


def _example_prompt(draft: _Draft) -> str:
    task = draft.name.task if len(draft.name.task) <= 140 else ""
    report = f" and report the {listed(draft.outputs[:2])}" if draft.outputs else ""
    seller = f" {draft.brand}" if draft.brand else ""
    if draft.facts.tool:
        lead = (
            f"Call the MCP tool {draft.facts.tool[:60]} to {task}"
            if task
            else f"Call the MCP tool {draft.facts.tool[:60]}"
        )
    elif task:
        lead = _capital(task) + (f" with{seller}" if seller and seller.strip().lower() not in task.lower() else "")
    else:
        lead = draft.pick(
            (
                f"Get {draft.name.topic} from{seller or ' this API'}",
                f"Use{seller or ' this API'} for {draft.name.topic}",
            ),
            "prompt",
        )
    given = f", given {_an(draft.required[0])}" if draft.required and draft.required[0] not in lead else ""
    report = f",{report}" if given and report else report
    return sentence(_unpriced(f"{lead}{given}{report}"))


def _capital(text: str) -> str:
    first = text.split(" ", 1)[0]
    return text if own_case(first) else text[:1].upper() + text[1:]


def _an(noun: str) -> str:
    first = noun.split(" ", 1)[0]
    if first.isupper():
        article = "an" if first[0] in "AEFHILMNORSX" else "a"
    else:
        article = (
            "an" if first[:1].lower() in "aeiou" and not first.lower().startswith(("use", "uni", "eu", "url")) else "a"
        )
    plural = noun.endswith("s") and not noun.endswith("ss")
    return noun if plural else f"{article} {noun}"


def _unpriced(text: str) -> str:
    return " ".join(PRICE.sub("", text).split())
