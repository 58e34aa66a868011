"""What a resource is for, whom it suits and how an agent would be told: texts that build on its task or thing."""

from __future__ import annotations

from catalog.copywriting.clauses import short
from catalog.copywriting.drafts import Draft
from catalog.copywriting.naming import Name
from catalog.copywriting.prose import PRICE, names_price
from catalog.copywriting.wording import listed, own_case, sentence, with_article, word_set

_FREE_TEXT = word_set("message prompt query text question content description input topic task code")


def use_cases(draft: Draft) -> tuple[str, ...]:
    """Two or three uses, without end marks: the task itself, one of its subcategory, one that its fields allow."""
    name = draft.name
    order = draft.pick(((0, 1), (1, 0)), "general")
    cases = [_capital(name.task)] if name.task else []
    if not name.task or name.topic[0].isupper() or name.topic.startswith("the "):
        cases.append(_general_case(draft, order[0]))
    cases += [case for case in (_field_case(draft),) if case]
    if len(cases) < 2:
        cases.append(_general_case(draft, order[len(cases) - bool(name.task)]))
    return tuple(dict.fromkeys(_unpriced(_capital(case.rstrip(".!"))) for case in cases))


def _general_case(draft: Draft, which: int) -> str:
    """One of the two uses that everything of the subcategory has."""
    use = draft.phrases.uses[which]
    if "{topic}" in use:
        return use.format(topic=_called(draft.name, 60))
    return f"{use} {'through' if ' with ' in use else 'with'} {draft.name.topic}"


def _field_case(draft: Draft) -> str:
    """A use that follows from what is declared of the inputs, else of the outputs; empty where nothing is."""
    topic = draft.name.topic
    if draft.required and draft.required[0] in _FREE_TEXT:
        given, one = draft.required[0], with_article(draft.required[0])
        options: tuple[str, ...] = (
            f"Pass {'each ' if one != given else ''}{given} from a form or queue to {topic}",
            f"Send {one} from an app or agent to {topic}",
            f"Use {topic} for each {given} a user sends",
        )[: 3 if one != given else 2]
    elif draft.required and (not draft.required[0].endswith("s") or draft.required[0].endswith("ss")):
        given = draft.required[0]
        options = (
            f"Run {topic} over a list, one {given} per call",
            f"Use {topic} for each {given} of a batch",
            f"Call {topic} once per {given}",
        )
    elif draft.outputs:
        given = listed(draft.outputs[:2])
        options = (
            f"Hand the {given} to the next step of a workflow",
            f"Store the {given} for later comparison",
            f"Show the {given} in an app or dashboard",
            f"Pass the {given} on to another agent",
        )
        said = {use.split(" ", 1)[0] for use in draft.phrases.uses}
        options = tuple(option for option in options if option.split(" ", 1)[0] not in said)
    else:
        options = (f"Queue calls to {topic} and collect the results later",) if draft.queued else ("",)
    return draft.pick(options, "use")


def _called(name: Name, limit: int) -> str:
    """The thing as the description calls it, shortened to its first phrases where it is long; else the topic."""
    words = name.thing.split()
    thing = name.thing if len(name.thing) <= limit else " ".join(short(words, 8))
    return thing if 1 < len(thing) <= limit else name.topic


def ideal_buyer(draft: Draft) -> str:
    """Who would pay for it, as one sentence."""
    name = draft.name
    need = f"to {name.task}" if 0 < len(name.task) <= 110 else name.thing or name.topic
    told = need != name.topic or not draft.required or draft.required[0] in _FREE_TEXT
    given = "" if told or draft.required[0] in need.lower() else f" for a given {draft.required[0]}"
    joint = "and" if " that " in draft.phrases.buyers else "that"
    want = draft.pick(("need", "want", "have" if need.startswith("to ") else "look for"), "buyer")
    return sentence(_unpriced(f"{draft.phrases.buyers} {joint} {want} {need}{given}"))


def example_prompt(draft: Draft) -> str:
    """What an agent could be told, as one sentence."""
    name, required = draft.name, draft.required
    task = name.task if len(name.task) <= 140 else ""
    seller = draft.brand or "this API"
    of = f" of {draft.brand}" if draft.brand and draft.brand not in name.topic else ""
    told = required and required[0] in ("message", "messages") and not task and name.topic[0] in "t“"
    message = required[0] if told else ""
    sentence_like = name.topic[0] == "“" and draft.phrases.noun != "Article"
    if draft.facts.tool:
        call = f"Call the MCP tool {draft.facts.tool}" if len(draft.facts.tool) <= 80 else "Call the MCP tool"
        lead = f"{call} to {task}" if task else call
    elif task:
        known = draft.brand is None or draft.brand.split(" ", 1)[0].lower() in task.lower()
        led = f"Use {seller} to {task}", f"Have {seller} {task}", f"{_capital(task)} with {seller}"
        long = len(task) > 70 or "," in task or " with " in task
        lead = _capital(task) if known else draft.pick(led[:2] if long else led, "prompt")
    elif message:
        sent = with_article(message)
        asked = (
            f"Send {sent} to {name.topic}{of}",
            f"Pass {sent} to {name.topic}{of}",
            f"Ask {name.topic}{of} to answer {sent}",
        )
        lead = draft.pick(asked, "prompt")
    elif (name.topic.endswith((" API", " Endpoint")) or sentence_like) and not name.thing:
        lead = draft.pick((f"Call {name.topic}{of}", f"Send a request to {name.topic}{of}"), "prompt")
    else:
        thing = _called(name, 100)
        asked = f"Ask {seller} for {thing}", f"Request {thing} from {seller}", f"Get {thing} from {seller}"
        lead = asked[0] if " from " in thing else draft.pick(asked, "prompt")
    given = f", given {with_article(required[0])}" if required and not message and required[0] not in lead else ""
    shown = "return" if "report" in " ".join(draft.outputs[:2]) else "report"
    report = f", and {shown} the {listed(draft.outputs[:2])}" if draft.outputs else ""
    return sentence(_unpriced(f"{lead}{given}{report}"))


def _capital(text: str) -> str:
    first = text.split(" ", 1)[0]
    return text if own_case(first) else text[:1].upper() + text[1:]


def _unpriced(text: str) -> str:
    return " ".join(PRICE.sub("", text).split()) if names_price(text) else text
