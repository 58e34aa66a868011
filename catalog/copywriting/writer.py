"""The deterministic writer: title, summary, search texts, uses, buyer and prompt from declared facts.

Nothing is invented: every text is put together from the route, the description's own sentences, field names and the
subcategory's phrases. Prices never stand in prose, words are never cut, and the same facts give the same copy.
"""

from __future__ import annotations

from dataclasses import dataclass

from catalog.copywriting.cutting import fit, shorten
from catalog.copywriting.drafts import BOILERPLATE, Draft, Facts, draft_of
from catalog.copywriting.phrases import UNKNOWN
from catalog.copywriting.prose import names_price
from catalog.copywriting.uses import example_prompt, ideal_buyer, use_cases
from catalog.copywriting.wording import listed, with_article

WRITER = "rules-3"
"""Names the rules; it changes when they do, so that stored copy is written again."""

MAX_SEO_TITLE = 65
MAX_SEO_DESCRIPTION = 160
MAX_SUMMARY = 320


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


def write(facts: Facts) -> Copy:
    """The copy of one resource. Total: any facts, empty and hostile ones included, give complete texts."""
    draft = draft_of(facts)
    fields = _fields_sentence(draft)
    return Copy(
        title=f"{draft.brand} · {draft.name.title}" if draft.brand else draft.name.title,
        summary=_priceless(_summary(draft, fields), draft),
        seo_title=_seo_title(draft),
        seo_description=_priceless(_seo_description(draft, fields), draft),
        use_cases=use_cases(draft),
        ideal_buyer=ideal_buyer(draft),
        example_prompt=example_prompt(draft),
    )


def _priceless(text: str, draft: Draft) -> str:
    """The text, or the route's own sentence where joining harmless pieces has made up an amount of money."""
    return shorten(_own_sentence(draft), MAX_SEO_DESCRIPTION) if names_price(text) else text


def _summary(draft: Draft, fields: str) -> str:
    if draft.quoted:
        who = draft.brand or "The provider"
        return f"{draft.name.title}. {who} describes it as {draft.quoted}"
    lead = _lead(draft, MAX_SUMMARY - 60)
    return _with(lead, (_listed_as(draft, lead), fields, _queue_sentence(draft)), MAX_SUMMARY)


def _lead(draft: Draft, limit: int) -> str:
    """The description's first sentences; our own where it has none or one of two words, which the title says as well,
    and before one that stands for the whole host."""
    lead = fit(draft.described, limit, most=2)
    own = shorten(_own_sentence(draft), limit)
    if draft.facts.namesakes >= BOILERPLATE:
        return _with(own, (fit(draft.described, limit - len(own) - 1, most=1),), limit)
    return lead if lead.count(" ") > 1 else own


def _listed_as(draft: Draft, lead: str) -> str:
    """Which of several resources with one description this is, unless that is said."""
    alike = draft.facts.namesakes > 1 or draft.facts.instance
    return f"Listed as {draft.name.title}." if alike and draft.name.title not in lead else ""


def _with(lead: str, more: tuple[str, ...], limit: int) -> str:
    for part in more:
        if part and len(lead) + 1 + len(part) <= limit:
            lead = f"{lead} {part}"
    return lead


def _own_sentence(draft: Draft) -> str:
    """For a resource without a description: what its route and classification say, nothing more."""
    by = f" by {draft.brand}" if draft.brand else ""
    if draft.facts.tool:
        return f"{draft.name.title}, a paid MCP tool{by}."
    filed = "" if draft.phrases is UNKNOWN else f"filed under {draft.facts.category}/{draft.facts.subcategory}"
    return draft.pick(
        (
            f"{draft.name.title}{by}, a paid x402 endpoint{filed and f' {filed}'}.",
            f"{draft.name.title}, offered{by} as a paid x402 endpoint{filed and f' and {filed}'}.",
            f"Paid x402 endpoint{by}: {draft.name.title}{filed and f', {filed}'}.",
        ),
        "own",
    )


def _fields_sentence(draft: Draft) -> str:
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


def _queue_sentence(draft: Draft) -> str:
    return "Runs as a job that is polled for its result." if draft.queued else ""


def _seo_title(draft: Draft) -> str:
    subject, seller = draft.name.title, draft.brand or "Paid"
    ends = ("API",) if "x402" in f"{seller} {subject}".lower() else ("x402 API", "API")
    ends = ("",) if seller.lower().endswith(" api") else (*ends, "")
    options = [f"{subject} | {seller} {end}".rstrip() for end in ends if end or draft.brand]
    fitting = next((option for option in (*options, f"{subject} | x402 API") if len(option) <= MAX_SEO_TITLE), subject)
    return fitting if len(fitting) <= MAX_SEO_TITLE else shorten(subject, MAX_SEO_TITLE).rstrip(".")


def _seo_description(draft: Draft, fields: str) -> str:
    if draft.quoted:
        options = (f"{draft.name.title}: {draft.quoted}", _own_sentence(draft))
        return next((o for o in options if len(o) <= MAX_SEO_DESCRIPTION), shorten(options[-1], MAX_SEO_DESCRIPTION))
    lead = _lead(draft, MAX_SEO_DESCRIPTION)
    return _with(lead, (_listed_as(draft, lead), fields), MAX_SEO_DESCRIPTION)
