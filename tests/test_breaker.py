"""The breaker and the quiet: whatever order answers come in, the same requests go out."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.politeness.breaker import FIRST, LATER, Breaker
from crawler.politeness.quiet import DEFAULT, Quiet, quiet_asked


def asked(answers: list[bool], at_a_time: int, order: random.Random) -> int:
    """How many of the host's requests go out, where those on their way end in a random order."""
    breaker, underway, sent = Breaker(), [], 0
    while True:
        while sent < len(answers) and len(underway) < at_a_time and breaker.allows:
            underway.append(breaker.ask())
            sent += 1
        if not underway:
            assert sent == len(answers) or breaker.open
            return sent
        number = underway.pop(order.randrange(len(underway)))
        breaker.tell(number, answers[number])


def test_a_host_that_never_answers_is_asked_three_times() -> None:
    assert asked([False] * 50, 2, random.Random(1)) == FIRST


def test_a_host_that_answered_is_given_longer() -> None:
    assert asked([False, False, True] + [False] * 50, 2, random.Random(1)) == 3 + LATER


def test_slow_ones_do_not_speak_for_a_living_host() -> None:
    answers = [True, *([False] * (LATER - 1)), True] * 20
    assert asked(answers, 2, random.Random(1)) == len(answers)


@given(answers=st.lists(st.booleans(), max_size=60), at_a_time=st.integers(1, 64), seed=st.integers())
def test_it_does_not_matter_which_ends_first(answers: list[bool], at_a_time: int, seed: int) -> None:
    assert asked(answers, at_a_time, random.Random(seed)) == asked(answers, 1, random.Random(0))


@pytest.mark.parametrize(
    ("status", "retry_after", "date", "seconds"),
    [
        (429, "120", None, 120),
        (503, " 7 ", None, 7),
        (429, None, None, DEFAULT),
        (503, None, None, None),
        (429, "soon", None, DEFAULT),
        (503, "-5", None, None),
        (429, "Sun, 06 Nov 1994 08:50:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", 60),
        (429, "Sun, 06 Nov 1994 08:48:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", 0),
        (503, "Sun, 06 Nov 1994 08:49:37 GMT", None, None),
        (429, "Sun, 06 Nov 1994 08:49:37 GMT", "yesterday", DEFAULT),
        (429, "9" * 4000, None, 999_999_999_999),
        (429, "²", None, DEFAULT),
        (402, "120", None, None),
        (200, "120", None, None),
    ],
)
def test_what_retry_after_asks_for(
    status: int, retry_after: str | None, date: str | None, seconds: float | None
) -> None:
    assert quiet_asked(status, retry_after, date) == seconds


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_header_is_too_strange(retry_after: str, date: str) -> None:
    asked_for = quiet_asked(429, retry_after, date)
    assert asked_for is not None
    assert asked_for >= 0


def test_patience_is_for_all_of_a_hosts_requests_together() -> None:
    quiet = Quiet(patience=100)
    quiet.ask(now=10, seconds=60)
    assert (quiet.until, quiet.ended) == (70, False)
    quiet.ask(now=11, seconds=60)
    assert (quiet.until, quiet.ended) == (71, False)
    quiet.ask(now=20, seconds=5)
    assert (quiet.until, quiet.ended) == (71, False)
    quiet.ask(now=80, seconds=40)
    assert quiet.ended


def test_a_host_that_asks_for_too_much_is_left_alone() -> None:
    quiet = Quiet(patience=100)
    quiet.ask(now=10, seconds=101)
    assert (quiet.until, quiet.ended) == (0, True)
