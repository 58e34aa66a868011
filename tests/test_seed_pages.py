"""The two directory pages this catalogue grew from: their figures by their own formula, and what their checks say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from catalog import health
from catalog.health import CheckRow, State

pytestmark = pytest.mark.recorded
DOCS = Path(__file__).resolve().parents[1] / "docs" / "health.md"


@dataclass(frozen=True)
class Page:
    """What one page claims, and the checks it lists, oldest first."""

    uptime: float
    p50_ms: int
    failures: int
    score: float
    age_days: float
    last_checked: datetime
    checks: list[CheckRow]

    @property
    def state(self) -> State:
        """The state after the listed checks."""
        state = State()
        for check in self.checks:
            state = health.advance(state, check.outcome, check.status, check.at)
        return state


def page(shared: Path, number: str) -> Page:
    (path,) = (shared / "seeds").glob(f"{number}_*.txt")
    text = path.read_text()

    def told(name: str, pattern: str) -> str:
        found = re.search(rf"^{re.escape(name)}\s+({pattern})", text, re.MULTILINE)
        assert found is not None, name
        return found[1]

    def moment(value: str) -> datetime:
        return datetime.fromisoformat(value).replace(tzinfo=UTC)

    lines = re.findall(r"^\W*(20[\d-]+ [\d:]+) (?:\| )?(error|degraded|healthy)(?: \|)? (.*)$", text, re.MULTILINE)
    checks = []
    for at, _, rest in reversed(lines):
        answered = re.match(r"(\d{3}) (\d+)ms", rest)
        status, ms = (int(answered[1]), int(answered[2])) if answered else (None, None)
        assert answered or "ENOTFOUND" in rest
        checks.append(CheckRow(moment(at), "client_error" if answered else "dns_error", status, ms, "POST", ""))
    checked = moment(told("Last Checked", r"[\d-]+ [\d:]+"))
    return Page(
        uptime=float(told("Uptime (30d)", r"[\d.]+")) / 100,
        p50_ms=int(told("Latency (p50)", r"\d+")),
        failures=int(told("Consecutive Failures", r"\d+")),
        score=float(told("Reliability Score", r"[\d.]+")),
        age_days=(checked - moment(told("Indexed", r"[\d-]+ [\d:]+"))) / timedelta(days=1),
        last_checked=checked,
        checks=checks,
    )


@pytest.mark.parametrize(("number", "score"), [("000", 25.0), ("002", 94.4)])
def test_reachable_0_is_the_formula_of_the_pages(shared: Path, number: str, score: float) -> None:
    claimed = page(shared, number)
    found = health.reachable_0(claimed.uptime, claimed.p50_ms, claimed.failures, claimed.age_days)
    assert found.score == claimed.score == score


@pytest.mark.parametrize("number", ["000", "002"])
def test_the_pages_recomputed_are_what_the_docs_say(shared: Path, number: str) -> None:
    found = page(shared, number)
    assert len(found.checks) == 20
    up, reached, latency = (f(found.checks) for f in (health.uptime, health.reachability, health.latency))
    score = health.payable_1(up, latency, found.state.consecutive_failures, found.age_days, ever_payable=False)
    assert up.interval is not None
    row = (
        f"| `{number}` | {health.status_of(found.state, found.checks)} | {up.numerator}/{up.denominator} "
        f"({up.interval[0]:.1%} to {up.interval[1]:.1%}) | {reached.numerator}/{reached.denominator} | "
        f"{latency.p50_ms or 'none'} | {found.state.consecutive_failures} | {score.score} |"
    )
    assert row in DOCS.read_text().splitlines(), row
    assert (found.state.last_payable_at, score.reason) == (None, "never_payable")
