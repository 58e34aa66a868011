"""The writer over every row of the recordings: nothing invented, nothing cut, nothing said twice on one host."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from importlib import resources
from pathlib import Path
from statistics import median

import jsonschema_rs
import pytest

from catalog import copywriting
from catalog.copywriting.phrases import NOUN_OF_VERB
from catalog.copywriting.prose import PRICE
from catalog.copywriting.wording import _FIELD_WORDS, own_case, words_of
from catalog.resolve.model import Published
from catalog.resolve.texts import facts_of
from catalog.schemas.fieldspecs import LINEAR
from tests.evaluate import wordings
from tests.evaluate.copy import listings, published
from tests.test_copywriting import check, texts

pytestmark = pytest.mark.recorded

_WORD = re.compile(r"[^\W\d_]+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
TEMPLATES = (
    "describes it as the provider a an and by in for of to from with through paid x402 api mcp tool endpoint filed under "
    "needs need needing takes returns input output runs as job that is polled its result pass each form or queue run over "
    "list one per call calls collect results later hand next step workflow want look given ask get use this report poll "
    "make or at on onto into per via vs without within number ms usd minimum maximum average sha pnl "
    "store later comparison show app dashboard pass another return once batch user sends send message messages offered and filed listed have answer request"
)


def vocabulary() -> set[str]:
    """Words the writer has of its own."""
    phrases = (resources.files("catalog") / "data" / "phrases.json").read_text("utf-8")
    own = [phrases, TEMPLATES, *NOUN_OF_VERB.values(), *_FIELD_WORDS.values()]
    return {word.lower() for text in own for word in _WORD.findall(text)}


def declared(p: Published) -> str:
    """Everything the writer was given of one resource, as one text."""
    facts = facts_of(p.draft, p.category)
    named = (*facts.inputs, *facts.required_inputs, *facts.outputs, *facts.path.split("/"), facts.tool)
    fields = " ".join((*named, *(" ".join(words_of(name)) for name in named)))
    taxonomy = f"{facts.category} {facts.subcategory}"
    return f"{facts.url} {facts.host} {facts.description} {facts.service_name} {facts.tool} {fields} {taxonomy}"


@pytest.fixture(scope="module")
def found(shared: Path) -> tuple[Published, ...]:
    return published(listings(shared))


def test_promises(found: tuple[Published, ...]) -> None:
    assert len(found) > 1000
    for p in found:
        check(p.texts)
        assert not any(PRICE.search(text) for text in texts(p.texts))


def test_every_number_and_address_stands_in_the_input(found: tuple[Published, ...]) -> None:
    for p in found:
        given = declared(p)
        for text in texts(p.texts):
            for number in re.findall(r"\d+", text.replace("x402", "").replace("SHA-256", "")):
                assert number in given, (number, text)
            for name in re.findall(r"\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b", text):
                assert name.lower() in given.lower(), (name, text)


def test_every_word_and_brand_stands_in_the_input(found: tuple[Published, ...]) -> None:
    """So no word is cut and no name made up: a word is the input's, in another form at most, or the writer's own."""
    own = vocabulary()
    odd = set()
    for p in found:
        given = re.sub(r"[^a-z0-9\u00c0-\uffff]+", " ", declared(p).lower())
        packed = given.replace(" ", "")
        for text in texts(p.texts):
            for word in _WORD.findall(re.sub(r"\S*[\d…]\S*", " ", text)):
                plain = word.lower()
                if plain not in own and not _stands(plain, given, packed, capital=word != plain):
                    odd.add((word, p.known.url, text))
    assert not odd, sorted(odd)[:60]


def _stands(word: str, given: str, packed: str, *, capital: bool) -> bool:
    """Whether the input has the word (or a form of it); a capitalised one may be a part of a run-together name."""
    forms = {word, f"{word}s", f"{word}es", word.removesuffix("e") + "ing", word[:-1] + "ies", word + word[-1] + "ing"}
    if any(f" {form} " in f" {given} " for form in forms):
        return True
    return (capital or own_case(word) is not None or len(word) > 3) and word in packed


def test_no_sentence_is_repeated_on_a_host_where_facts_differ(found: tuple[Published, ...]) -> None:
    """Sentences of a description are the provider's; what the writer adds depends on the resource."""
    said: dict[tuple[str, str], set[str]] = defaultdict(set)
    for p in found:
        facts = facts_of(p.draft, p.category)
        known = (facts.description, facts.path if not facts.description else "", facts.required_inputs, facts.outputs)
        for text in texts(p.texts):
            for sentence in _SENTENCE.split(text):
                if not re.match(r"Needs|Takes|Returns|Input|Output|Hand the|Runs as", sentence):
                    said[facts.host, sentence].add(repr(known))
    repeated = {key: facts for key, facts in said.items() if len(facts) > 1}
    own = {key for key, facts in repeated.items() if not all(_quotes(key[1], fact) for fact in facts)}
    assert len(own) <= 0.01 * len(said), sorted(own)[:30]


def _quotes(sentence: str, fact: str) -> bool:
    words = _WORD.findall(sentence.lower())
    return set(words) <= set(_WORD.findall(fact.lower())) | vocabulary() and words[-1] in fact.lower()


def test_nothing_is_left_over_and_no_summary_serves_two(found: tuple[Published, ...]) -> None:
    rows = [(facts_of(p.draft, p.category), p.texts) for p in found]
    assert list(wordings.left_over(rows)) == []
    assert wordings.alike(rows)["title"] == 0
    assert wordings.alike(rows)["summary"] <= 0.01 * len(rows)
    assert wordings.alike(rows)["seo_description"] <= 0.02 * len(rows)
    for field, most in (("use_cases", 0.25), ("ideal_buyer", 0.25), ("example_prompt", 0.3)):
        assert median(wordings.skeletons(rows, field)) <= most


def test_titles_of_a_host_differ_where_paths_differ(found: tuple[Published, ...]) -> None:
    paths: dict[tuple[str, str], set[str]] = defaultdict(set)
    for p in found:
        facts = facts_of(p.draft, p.category)
        paths[facts.host, p.texts.title].add(facts.path)
    assert {key: same for key, same in paths.items() if len(same) > 1} == {}


def test_every_example_body_satisfies_its_schema(found: tuple[Published, ...]) -> None:
    asked = [p for p in found if p.draft.input_schema is not None]
    assert len(asked) > 500
    for p in asked:
        assert p.example_body is not None, json.dumps(p.draft.input_schema)
        jsonschema_rs.Draft202012Validator(p.draft.input_schema, pattern_options=LINEAR).validate(p.example_body)


def test_no_platform_name_passes_for_a_brand(found: tuple[Published, ...]) -> None:
    brands = {p.known.url.split("/")[2]: copywriting.brand(p.known.url.split("/")[2]) for p in found}
    unnamed = [host for host in brands if "trycloudflare" in host or "capable-grace" in host or "x402-next" in host]
    assert len(unnamed) >= 4
    assert all(brands[host] is None for host in unnamed)
