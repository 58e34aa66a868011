"""Orders to the reader are found in many languages and disguises; ordinary API prose is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.instructions import order_in
from tests.orders import BENIGN, HOSTILE


@pytest.mark.parametrize("text", HOSTILE)
def test_orders_are_found(text: str) -> None:
    assert order_in(text), text
    assert order_in(f"Returns current weather for any city.\n{text}\nJSON output."), text


@pytest.mark.parametrize("text", BENIGN)
def test_ordinary_prose_is_no_order(text: str) -> None:
    assert order_in(text) is None


def test_the_sets_are_as_large_as_they_should_be() -> None:
    assert len(set(HOSTILE)) == len(HOSTILE) >= 60
    assert len(set(BENIGN)) == len(BENIGN) >= 60


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    found = order_in(text)
    assert found is None or 0 < len(found) <= 230


@pytest.mark.recorded
def test_no_real_text_is_taken_for_an_order(shared: Path) -> None:
    """Every text of the recordings was read by a person: none gives orders."""
    from tests.evaluate.texts import hits

    assert hits(shared) == []
