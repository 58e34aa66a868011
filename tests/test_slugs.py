"""Slugs: given once, kept for ever, whatever the order of arrival."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.slugs import MAX_SLUG, assign, slugify


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        (
            "x402.dopamint.ai/api/ai/generations/images/nano-banana",
            "x402-dopamint-ai-api-ai-generations-images-nano-banana",
        ),
        ("x402-dev.dopamint.ai", "x402-dev-dopamint-ai"),
        ("A.example//B__c/", "a-example-b-c"),
        ("a.example:8443/x", "a-example-8443-x"),
        ("价格", "0f4371a7a9cf"),
        ("", "e3b0c44298fc"),
    ],
)
def test_slugify(text: str, slug: str) -> None:
    assert slugify(text) == slug


def test_a_long_slug_is_cut_and_stays_distinct() -> None:
    one, other = slugify("a.example/" + "x" * 300), slugify("a.example/" + "x" * 301)
    assert len(one) == len(other) == MAX_SLUG + 13
    assert one[:MAX_SLUG] == other[:MAX_SLUG]
    assert one != other


def test_on_collision_the_first_key_keeps_the_plain_slug() -> None:
    given_ = assign({"//a.example/b": "a.example/b", "//a.example/B": "a.example/B"}, {})
    assert given_["//a.example/B"] == "a-example-b"
    assert re.fullmatch(r"a-example-b-[0-9a-f]{12}", given_["//a.example/b"])


def test_what_was_given_is_kept() -> None:
    given_ = assign({"//a.example/B": "a.example/B"}, {"a-example-b": "//a.example/b"})
    assert re.fullmatch(r"a-example-b-[0-9a-f]{12}", given_["//a.example/B"])


def test_nobody_can_squat_the_slug_another_would_get() -> None:
    foreseen = assign({"//z.example/x": "z.example/x"}, {"z-example-x": "//z.example/X"})["//z.example/x"]
    given_ = assign({"//z.example/x": "z.example/x"}, {"z-example-x": "//z.example/X", foreseen: "//squatter"})
    assert given_["//z.example/x"] not in ("z-example-x", foreseen)


@given(st.dictionaries(st.text(), st.text(alphabet="ab-/é", max_size=200)), st.randoms(), st.integers(0, 5))
def test_slugs_are_distinct_and_do_not_depend_on_order(wanted: dict[str, str], rng: random.Random, held: int) -> None:
    taken = {slugify(text): "held" for text in list(wanted.values())[:held]}
    given_ = assign(wanted, taken)
    shuffled = dict(rng.sample(list(wanted.items()), len(wanted)))
    assert assign(shuffled, taken) == given_
    assert len({*given_.values(), *taken}) == len(given_) + len(taken)
    assert all(re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", slug) and len(slug) <= 163 for slug in given_.values())
