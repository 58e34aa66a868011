"""Lifecycle: the first rule that holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from catalog.lifecycle import LIFECYCLES, Presence, is_delisted, lifecycle

NOW = datetime(2026, 4, 24, 3, tzinfo=UTC)
LISTED = Presence(0, None)


def ago(**span: int) -> datetime:
    return NOW - timedelta(**span)


def absent(missed: int = 3, since: datetime | None = None) -> Presence:
    return Presence(missed, ago(hours=72) if since is None else since)


def state(**facts: Any) -> str:
    usual: dict[str, Any] = {
        "now": NOW, "opted_out": False, "presences": [LISTED], "first_seen": ago(days=90),
        "last_payable": ago(days=1), "consecutive_failures": 0, "gone_since": None, "was_checked": True,
    }  # fmt: skip
    return lifecycle(**{**usual, **facts})[0]


@pytest.mark.parametrize(
    ("presences", "delisted"),
    [
        ([absent()], True),
        ([absent(missed=2)], False),
        ([absent(since=ago(hours=71))], False),
        ([Presence(3, None)], False),
        ([absent(), LISTED], False),
        ([absent(), absent(9, ago(days=9))], True),
        ([absent(), Presence(0, None, ago(days=29))], False),
        ([absent(), Presence(0, None, ago(days=30))], True),
        ([LISTED, Presence(0, None, ago(days=30))], False),
    ],
)
def test_delisted_is_absent_everywhere_often_and_long_enough(presences: list[Presence], delisted: bool) -> None:
    assert is_delisted(presences, NOW) is delisted


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "active"),
        ({"consecutive_failures": 2}, "active"),
        ({"consecutive_failures": 3}, "failing"),
        ({"last_payable": ago(days=30)}, "dormant"),
        ({"last_payable": ago(days=29, hours=23)}, "active"),
        ({"last_payable": None}, "dormant"),
        ({"last_payable": None, "first_seen": ago(days=29)}, "active"),
        ({"last_payable": None, "was_checked": False}, "active"),
        ({"presences": [absent()]}, "delisted"),
        ({"presences": [absent()], "gone_since": ago(days=29)}, "delisted"),
        ({"presences": [absent()], "gone_since": ago(days=30)}, "gone"),
        ({"gone_since": ago(days=60), "last_payable": ago(days=60), "consecutive_failures": 20}, "dormant"),
        ({"opted_out": True, "presences": [absent()], "gone_since": ago(days=60)}, "removed_by_owner"),
    ],
)
def test_first_rule_that_holds(facts: dict[str, Any], expected: str) -> None:
    assert state(**facts) == expected


def test_precedence_is_the_published_order() -> None:
    """With every rule holding, taking away the first gives the next, down to active."""
    facts: dict[str, Any] = {
        "opted_out": True, "presences": [absent()], "gone_since": ago(days=60), "last_payable": ago(days=60),
        "consecutive_failures": 9,
    }  # fmt: skip
    without: list[dict[str, Any]] = [
        {}, {"opted_out": False}, {"gone_since": None}, {"presences": [LISTED]}, {"last_payable": NOW},
        {"consecutive_failures": 0},
    ]  # fmt: skip
    seen = []
    for less in without:
        facts |= less
        seen.append(state(**facts))
    assert tuple(seen) == LIFECYCLES
