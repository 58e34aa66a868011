"""The texts of the whole catalogue: each resource's from its own facts, titles told apart within a host."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from catalog import copywriting, schemas, taxonomy
from catalog.copywriting import asking, reviewing
from catalog.records import Json
from catalog.resolve.model import ByModel, Draft, Published
from catalog.run import Run
from catalog.urls import parse


@dataclass(frozen=True, slots=True)
class Written:
    """One resource's texts and the facts they rest on."""

    facts: copywriting.Facts
    copy: copywriting.Copy

    @property
    def hash(self) -> str:
        """sha256 of writer and facts: what was written anew has another."""
        return hashlib.sha256(f"{copywriting.WRITER}\n{self.facts!r}".encode()).hexdigest()


def write_all(drafts: Sequence[Draft], categories: Sequence[taxonomy.Category]) -> list[Written]:
    """The texts of every draft, in order; those of one host are told apart."""
    written: list[Written] = []
    hosts: dict[str, list[int]] = defaultdict(list)
    for index, (draft, category) in enumerate(zip(drafts, categories, strict=True)):
        facts = facts_of(draft, category)
        written.append(Written(facts, copywriting.write(facts)))
        hosts[facts.host].append(index)
    for group in hosts.values():
        _tell_apart(group, written)
    return written


def _tell_apart(group: list[int], written: list[Written]) -> None:
    """Where places of a host came to one title, the titles say what differs; where titles share a description, the texts
    do."""
    alike: dict[str, list[int]] = defaultdict(list)
    described: dict[str, set[str]] = defaultdict(set)
    for index in group:
        facts, copy = written[index].facts, written[index].copy
        alike[copy.title].append(index)
        described[facts.description].add(copy.title)
    for same in alike.values():
        places = {_place(written[index].facts) for index in same}
        instances = copywriting.instances(places) if len(places) > 1 else {}
        for index in same:
            facts = written[index].facts
            namesakes = len(described[facts.description]) if facts.description else 1
            if instances or namesakes > 1:
                told = replace(facts, namesakes=namesakes, instance=instances.get(_place(facts), ""))
                written[index] = Written(told, copywriting.write(told))


def _place(facts: copywriting.Facts) -> str:
    """Path, query and tool of a resource, as one path."""
    return "/".join(part for part in (facts.path, facts.url.partition("?")[2], facts.tool) if part)


def facts_of(draft: Draft, category: taxonomy.Category) -> copywriting.Facts:
    """What the writer may know of a resource."""
    parts = parse(draft.known.url)
    schema: Any = draft.input_schema
    required: Iterable[Any] = schema.get("required", ()) if isinstance(schema, dict) else ()
    return copywriting.Facts(
        url=draft.known.url,
        host=parts.host,
        path=parts.path,
        tool=draft.known.tool,
        description=draft.description,
        service_name=draft.listing.service_name,
        category=category.category,
        subcategory=category.subcategory,
        methods=draft.methods,
        mime_type=draft.listing.mime_type,
        inputs=schemas.field_names(draft.input_schema),
        required_inputs=tuple(name for name in required if isinstance(name, str)),
        outputs=schemas.field_names(draft.output_schema),
    )


def with_answer(p: Published, model: str, answer: Mapping[str, Json], run: Run, *, title: bool = True) -> Published:
    """The resource with those texts of a model's answer that hold nothing but facts; its own title only where wanted."""
    facts = facts_of(p.draft, p.category)
    wanted = answer if title else {name: text for name, text in answer.items() if name != "title"}
    seen = reviewing.review(wanted, facts, copywriting.brand(facts.host, facts.service_name), p.texts)
    refused = seen.refused if title else tuple(sorted({*seen.refused, "title: another path's"} - {"title: missing"}))
    key = asking.content_key(facts, model)
    texts_hash = hashlib.sha256(f"{copywriting.WRITER}\n{key}\n{seen.accepted!r}\n{seen.copy!r}".encode()).hexdigest()
    unchanged = p.known.copy_hash == texts_hash and p.known.copy_since is not None
    return replace(
        p,
        texts=seen.copy,
        texts_hash=texts_hash,
        texts_since=p.known.copy_since if unchanged and p.known.copy_since else run.at,
        by_model=ByModel(model, key, dict(answer), seen.accepted, refused),
    )


def with_answers(
    published: Sequence[Published], model: str, answers: Mapping[int, Mapping[str, Json]], run: Run
) -> tuple[Published, ...]:
    """All resources, those with an answer (by id) rewritten; titles of a host still tell its paths apart."""
    written = [with_answer(p, model, answers[p.known.id], run) if p.known.id in answers else p for p in published]
    paths: dict[tuple[str, str], set[str]] = defaultdict(set)
    for p in written:
        parts = parse(p.known.url)
        paths[parts.host, p.texts.title].add(parts.path)
    return tuple(
        with_answer(rules, model, answers[rules.known.id], run, title=False)
        if p.by_model and len(paths[parse(p.known.url).host, p.texts.title]) > 1
        else p
        for p, rules in zip(written, published, strict=True)
    )
