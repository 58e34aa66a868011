"""Roll-ups of checks: whatever was checked, asked and pruned when, they are what a recount of the checks gives."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from catalog import periods
from catalog.records import UNANSWERED, UNCOUNTED, Check, Outcome
from catalog.run import Run
from catalog.store import days
from catalog.store import schema as t
from catalog.store.engine import Store
from catalog.store.runs import begin_run
from tests.stores import FIRST_NIGHT, check, crawl, id_of, listing, night, rows, save_checks

URLS = ("https://api.example.com/a", "https://api.example.com/b")
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
_latency = st.none() | st.integers(0, 9_999)
_answer = st.none() | st.tuples(st.sampled_from(OUTCOMES), _latency)
_night = st.tuples(st.integers(1, 60 * 24), _answer, _answer, st.booleans())
"""Hours since the last run, what each of the two resources came to, and whether the night ends with pruning."""


def checked(url: str, answer: tuple[Outcome, int | None]) -> Check:
    return check(url, answer[0], status=402, latency_ms=answer[1])


def recount(found: Sequence[tuple[datetime, Outcome, int | None]], key: Callable[[datetime], str]) -> dict[str, Any]:
    """period → (checks, counted, payable, answered, outcomes, latencies), one check after another."""
    result: dict[str, Any] = defaultdict(lambda: [0, 0, 0, 0, Counter(), []])
    for at, outcome, latency in found:
        entry = result[key(at)]
        entry[0] += 1
        entry[1] += outcome not in UNCOUNTED
        entry[2] += outcome == "payable"
        entry[3] += outcome not in UNCOUNTED | UNANSWERED
        entry[4][outcome] += 1
        entry[5] += [latency] if outcome == "payable" and latency is not None else []
    return dict(result)


def figures(tally: periods.Tally) -> list[Any]:
    return [
        tally.checks, tally.counted, tally.payable, tally.answered, Counter(tally.outcomes), list(tally.latencies),
    ]  # fmt: skip


def clear(store: Store) -> None:
    with store.begin() as connection:
        for table in reversed(t.metadata.sorted_tables):
            connection.execute(delete(table))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_night, min_size=1, max_size=12))
def test_roll_ups_are_a_recount_of_the_checks(store: Store, nights: list[Any]) -> None:
    clear(store)
    crawl(store, night(0), *map(listing, URLS))
    run, last_pruned = Run(FIRST_NIGHT), datetime.min.replace(tzinfo=FIRST_NIGHT.tzinfo)
    seen: dict[int, list[tuple[datetime, Outcome, int | None]]] = defaultdict(list)
    for hours, *answers, prunes in nights:
        run = Run(run.at + timedelta(hours=hours))
        begin_run(store, run, replay=False)
        batch = [(url, answer) for url, answer in zip(URLS, answers, strict=True) if answer is not None]
        for url, answer in batch:
            seen[id_of(url)].append((run.at, *answer))
        save_checks(store, run, [checked(*entry) for entry in batch])
        if prunes:
            days.prune(store, run)
            last_pruned = run.at - periods.RAW_KEPT
    raw = [(row["resource_id"], row["at"]) for row in rows(store, t.checks)]
    assert sorted(raw) == sorted((key, at) for key, kept in seen.items() for at, *_ in kept if at >= last_pruned)
    for table, unit, key in (
        (t.check_days, "day", lambda at: at.date().isoformat()),
        (t.check_months, "month", lambda at: f"{at.year}-{at.month:02}"),
    ):
        stored: dict[int, dict[str, Any]] = defaultdict(dict)
        for row in rows(store, table):
            tally = periods.read(row["outcomes"], row["latencies"])
            assert [row[name] for name in days.FIGURES[:4]] == figures(tally)[:4]
            stored[row["resource_id"]][row[unit]] = figures(tally)
        assert stored == {resource: recount(found, key) for resource, found in seen.items()}
    for resource, found in seen.items():
        whole = {
            row["day"]: periods.read(row["outcomes"], row["latencies"])
            for row in rows(store, t.check_days)
            if row["resource_id"] == resource
        }
        weeks = {start: figures(tally) for start, tally in periods.weeks(whole).items()}
        assert weeks == recount(found, lambda at: datetime.strptime(f"{at:%G %V} 1", "%G %V %u").date().isoformat())  # noqa: DTZ007
        with store.begin() as connection:
            ever = periods.total(days.months(connection)[resource].values())
        assert figures(ever) == recount(found, lambda _: "")[""]


@pytest.mark.parametrize(
    ("day", "monday"),
    [("2026-01-01", "2025-12-29"), ("2027-01-03", "2026-12-28"), ("2026-02-28", "2026-02-23")],
)
def test_weeks_are_iso_weeks(day: str, monday: str) -> None:
    assert periods.week_of(day) == monday == periods.week_of(monday)


def test_the_first_day_and_month_shown() -> None:
    at = FIRST_NIGHT.replace(month=12)
    assert (periods.first_day(at), periods.first_month(at)) == ("2026-11-02", "2026-01")
    assert periods.first_month(FIRST_NIGHT) == "2025-04"


def test_pruning_spares_what_is_ninety_days_old_to_the_microsecond(store: Store) -> None:
    crawl(store, night(0), listing(URLS[0]))
    for number in (0, 1):
        begin_run(store, night(number), replay=False)
        save_checks(store, night(number), [checked(URLS[0], ("payable", 100))])
    assert days.prune(store, night(90)) == 0
    assert days.prune(store, night(91)) == 1
    assert [row["run_id"] for row in rows(store, t.checks)] == [night(1).id]
