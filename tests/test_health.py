"""Health figures: only counted checks move anything, and nothing is shown that was not measured."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import health
from catalog.health import CheckRow, Latency, Share, State, advance, latency, payable_1, reachable_0, status_of
from catalog.records import UNANSWERED, UNCOUNTED, Outcome

START = datetime(2026, 3, 1, tzinfo=UTC)
OUTCOMES = get_args(Outcome)
NOTHING = Latency(None, None, 0, None)


def rows(*outcomes: str, ms: int | None = 100) -> list[CheckRow]:
    """One check a night with these outcomes."""
    return [CheckRow(START + timedelta(days=i), o, None, ms, "GET", "") for i, o in enumerate(outcomes)]


def after(*outcomes: str | int) -> State:
    """The state after these outcomes; a number is a client error with that status."""
    state = State()
    for night, outcome in enumerate(outcomes):
        name, status = ("client_error", outcome) if isinstance(outcome, int) else (outcome, None)
        state = advance(state, name, status, START + timedelta(days=night))
    return state


def share(numerator: int, denominator: int) -> Share:
    return Share(numerator, denominator, START, START)


@pytest.mark.parametrize(
    ("uptime", "p50", "failures", "age", "score"),
    [
        (0.988, 37, 1, 18, 94.4),  # a directory page of March 2026: every check a 404 in 37 ms
        (0.0, 731, 912, 65, 25.0),  # its sister of May: no DNS for months
        (1.0, 199, 0, 7.1, 100.0),
        (1.0, 200, 0, 7, 92.0),
        (1.0, 500, 2, 3, 75.0),
        (1.0, 1000, 3, 1, 62.0),
        (1.0, 2000, 9, 0, 57.0),
        (0.0, None, 9, 0, 7.0),
    ],
)
def test_reachable_0(uptime: float, p50: int | None, failures: int, age: float, score: float) -> None:
    found = reachable_0(uptime, p50, failures, age)
    assert found.score == score == round(sum(found.components.values()), 1)
    assert found.formula == "reachable-0"


def test_payable_1() -> None:
    assert payable_1(share(4, 4), latency(rows(*["payable"] * 4)), 0, 9, ever_payable=True).score is None
    best = payable_1(share(9, 9), latency(rows(*["payable"] * 9)), 0, 9, ever_payable=True)
    assert (best.score, best.reason) == (100.0, None)
    assert payable_1(share(5, 10), NOTHING, 3, 9, ever_payable=True).score == 35.0
    assert payable_1(share(5, 10), NOTHING, 0, 9, ever_payable=False).score == 25.0


@given(st.integers(5, 999), st.integers(0, 9), st.integers(0, 99))
def test_what_was_never_payable_has_25_points_at_most(checks: int, failures: int, age: int) -> None:
    found = payable_1(share(0, checks), NOTHING, failures, age, ever_payable=False)
    assert found.score is not None
    assert found.score <= 25
    assert found.reason == "never_payable"


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([], "unknown"),
        (["not_exercised", "blocked"], "unknown"),
        (["payable"], "healthy"),
        (["payable", "rate_limited", "not_exercised"], "healthy"),
        (["payable", "timeout"], "degraded"),
        (["payable", "timeout", "server_error"], "degraded"),
        (["payable", "timeout", "inferred", "server_error", "connect_error"], "down"),
        (["payable", "timeout", "client_error", "timeout", "timeout"], "degraded"),
        (["payable", "dns_error"], "down"),
        (["open"] * 9, "degraded"),
        (["timeout"] * 9 + ["payable"], "healthy"),
    ],
)
def test_status(outcomes: list[str], expected: str) -> None:
    assert status_of(after(*outcomes), rows(*outcomes)) == expected


def test_a_check_of_long_ago_is_unknown() -> None:
    assert status_of(after("payable"), []) == "unknown"


@pytest.mark.parametrize("outcome", sorted(UNCOUNTED))
def test_an_uncounted_check_moves_no_figure(outcome: str) -> None:
    before = ["payable", "timeout", "server_error", "dns_error", *["payable"] * 3]
    assert health.uptime(rows(*before, outcome)) == health.uptime(rows(*before))
    assert health.reachability(rows(*before, outcome)) == health.reachability(rows(*before))
    state, moved = after(*before), after(*before, outcome)
    sent = outcome in ("not_exercised", "rate_limited")
    assert moved.last_checked_at == (START + timedelta(days=7) if sent else state.last_checked_at)
    assert (moved.last_outcome, moved.consecutive_failures, moved.unanswered_streak, moved.gone_since) == (
        state.last_outcome, state.consecutive_failures, state.unanswered_streak, state.gone_since,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("outcomes", "since"),
    [
        (["dns_error", 404, 410], 0),
        (["payable", 404, "dns_error"], 1),
        ([404, "not_exercised", 404], 0),
        ([404, "timeout", 404], 2),
        ([404, 403], None),
        ([404, "payable"], None),
    ],
)
def test_gone_since_the_start_of_an_unbroken_row(outcomes: list[str | int], since: int | None) -> None:
    expected = None if since is None else START + timedelta(days=since)
    assert after(*outcomes).gone_since == expected


@given(st.lists(st.sampled_from(OUTCOMES)))
def test_figures_agree_with_a_plain_count(outcomes: list[str]) -> None:
    window, state = rows(*outcomes), after(*outcomes)
    counted = [o for o in outcomes if o not in UNCOUNTED]
    up, reach = health.uptime(window), health.reachability(window)
    assert (up.numerator, up.denominator) == (counted.count("payable"), len(counted))
    assert (reach.numerator, reach.denominator) == (sum(o not in UNANSWERED for o in counted), len(counted))
    streak = list(accumulate(counted, lambda n, o: 0 if o == "payable" else n + 1, initial=0))[-1]
    assert state.consecutive_failures == streak
    for figure in (up, reach):
        assert (figure.value is None) is (figure.interval is None) is (len(counted) < 5)
        if figure.value is not None and figure.interval is not None:
            assert 0 <= figure.interval[0] <= figure.value <= figure.interval[1] <= 1
    assert all(check.shown == "not counted" for check in window if not check.counted)


def test_shares_name_their_first_and_last_counted_check() -> None:
    found = health.uptime(rows("blocked", "payable", "open", "timeout", "open", "payable", "inferred"))
    assert (found.first_check, found.last_check) == (START + timedelta(days=1), START + timedelta(days=5))
    assert found.value == 0.4
    assert health.uptime([]) == Share(0, 0, None, None)


@pytest.mark.parametrize(
    ("numerator", "denominator", "interval"),
    [(10, 20, (0.2993, 0.7007)), (5, 5, (0.5655, 1.0)), (0, 5, (0.0, 0.4345)), (81, 263, (0.2553, 0.3662))],
)
def test_wilson_interval(numerator: int, denominator: int, interval: tuple[float, float]) -> None:
    assert share(numerator, denominator).interval == pytest.approx(interval, abs=1e-4)


def test_latency_is_of_payable_answers_alone() -> None:
    fast_errors = rows(*["client_error"] * 50, ms=3)
    measured = [CheckRow(START + timedelta(days=ms), "payable", 402, ms, "GET", "") for ms in range(1, 21)]
    unmeasured = rows("payable", ms=None)
    assert latency([*unmeasured, *fast_errors, *measured]) == Latency(10, 19, 20, START + timedelta(days=20))
    assert latency([*unmeasured, *fast_errors]) == NOTHING


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [
        ("payable", "healthy"), ("timeout", "error"), ("dns_error", "error"), ("server_error", "degraded"),
        ("plain_402", "degraded"), ("open", "degraded"), ("blocked", "not counted"),
    ],
)  # fmt: skip
def test_the_word_of_directory_pages(outcome: str, shown: str) -> None:
    assert rows(outcome)[0].shown == shown
