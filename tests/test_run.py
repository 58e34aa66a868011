"""The run's clock and its id."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.run import Run, iso, parse_time

SEED = datetime(2026, 4, 24, 15, 1, 35, 625676, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-04-24T15:01:35.625676+00:00", SEED),
        ("2026-04-24T15:01:35.625676Z", SEED),
        ("2026-04-24T17:01:35.625676+02:00", SEED),
        ("2026-04-24T15:01:35.625676", SEED),
        ("2026-04-24", datetime(2026, 4, 24, tzinfo=UTC)),
    ],
)
def test_parse_time(text: str, moment: datetime) -> None:
    assert parse_time(text) == moment
    assert parse_time(text).tzinfo is UTC


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "1777042895", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_time(text)


def test_times_are_written_as_in_the_seeds() -> None:
    run = Run(SEED.astimezone(timezone(timedelta(hours=9))))
    assert run.now == "2026-04-24T15:01:35.625676+00:00"
    assert run.id == "20260424T150135625676Z"
    assert Run(SEED.replace(microsecond=0)).id == "20260424T150135Z"
    assert iso(SEED.replace(microsecond=0)) == "2026-04-24T15:01:35.000000+00:00"


@given(MOMENTS, MOMENTS)
def test_times_and_ids_sort_like_the_moments_they_name(one: datetime, other: datetime) -> None:
    earlier, later = sorted((Run(one), Run(other)), key=lambda run: run.at)
    assert earlier.now <= later.now
    assert parse_time(earlier.now) == earlier.at
    if later.at - earlier.at >= timedelta(seconds=1):
        assert earlier.id < later.id
