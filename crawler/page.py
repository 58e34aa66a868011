"""One resource's page for the terminal: what it is, what speaks against it, whether it answers, from a release."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

SIGNS = {"ok": "+", "failed": "!", "not_reached": "-", None: "."}


def read(release: Path, slug: str) -> tuple[dict[str, Any], dict[str, Any] | None] | None:
    """The resource's and its health document, which a withdrawn one has not; None where the release holds neither."""
    found, health = (release / kind / f"{slug}.json" for kind in ("resource", "health"))
    if "/" in slug or not found.is_file():
        return None
    return orjson.loads(found.read_bytes()), orjson.loads(health.read_bytes()) if health.is_file() else None


def page(resource: dict[str, Any], health: dict[str, Any] | None) -> Iterator[str]:
    """The page, line by line; one line for a resource its owner withdrew."""
    if health is None:
        yield f"{resource['slug']} was withdrawn by its owner, {_moment(resource['generated_at'])}; nothing more is told."
        return
    price, found = resource["price"], resource["validation"]
    yield resource["title"]
    yield resource["url"]
    yield ""
    yield _line("protocol", resource["protocol"])
    yield _line("price", price and f"${price['usd']} {price['asset_symbol']} on {price['network']} ({price['basis']})")
    yield _line("price sanity", _sanity(resource))
    yield _line("category", f"{resource['category']}/{resource['subcategory']}")
    yield _line("provider", resource["provider"])
    yield _line("lifecycle", f"{health['lifecycle']}, first seen {_moment(resource['first_seen_at'])}")
    yield _line("duplicates", _duplicates(resource))
    yield _line("trust", resource["trust_tier"])
    for risk in resource["risks"]:
        yield _line(f"  {risk['severity']}", f"{risk['check']}: {risk['note']} ({risk['evidence']})")
    yield ""
    since = health["status_since"]
    yield _line("status", health["status"] + (f", since {_moment(since)}" if since else ""))
    yield _line("uptime 30 days", _share(health["uptime_30d"]))
    yield _line("reachability", _share(health["reachability_30d"]))
    yield _line("latency", _latency(health["latency"]))
    yield _line("reliability", _score(health["reliability"]))
    yield _line("last checked", _moment(health["last_checked_at"]))
    yield _line("last healthy", _moment(health["last_healthy_at"]))
    yield _line("failures in a row", health["consecutive_failures"])
    yield ""
    yield _line("requirements", "; ".join([found["payment_requirements"], *found["reasons"]]))
    yield _line("asset verified", _asset(found))
    yield _line("facilitator", found["facilitator"])
    yield ""
    yield "checks (layers: dns connect tls http challenge terms match; + passed, ! failed, - not reached, . not judged)"
    for check in health["recent_checks"]:
        yield _check(check)
    yield ""
    for name, periods in (("month", health["periods"]["months"]), ("all", [health["periods"]["all_time"]])):
        for period in periods:
            yield _line(f"{name} {(period['start'] or '')[:7]}".strip(), _period(period))


def _line(name: str, value: object) -> str:
    return f"  {name:<18} {'—' if value is None else value}"


def _sanity(resource: dict[str, Any]) -> str:
    sanity = resource["pricing_sanity"]
    times = f", {sanity['ratio']:g} times the median of {resource['category']}" if sanity["ratio"] is not None else ""
    asked = ("pricing_review_required", "pricing_decimal_suspect")
    return "; ".join([sanity["flag"] + times, *(name for name in asked if resource[name])])


def _duplicates(resource: dict[str, Any]) -> str | None:
    found = resource["duplicates"]
    if found is None:
        return None
    place = "the canonical one" if found["canonical"] == resource["slug"] else f"canonical is {found['canonical']}"
    return f"{resource['duplicate_cluster_id']}, {found['size']} members, {place}"


def _asset(found: dict[str, Any]) -> str:
    reasons = {reason for asset in found["assets"] for reason in asset["reasons"]}
    word = {True: "yes", False: "no", None: "unknown"}[found["asset_verified"]]
    return "; ".join([word, *sorted(reasons)])


def _moment(value: str | None) -> str:
    return "never" if value is None else f"{value[:10]} {value[11:19]}"


def _share(share: dict[str, Any]) -> str:
    counts = f"{share['numerator']} of {share['denominator']}"
    if share["value"] is None:
        return f"— ({counts}: {share['note']})"
    low, high = share["interval"]
    return f"{share['value']:.1%} ({counts}, 95 %: {low:.1%} to {high:.1%})"


def _latency(latency: dict[str, Any]) -> str:
    if not latency["count"]:
        return "— (no payable answer measured)"
    return f"p50 {latency['p50_ms']} ms, p95 {latency['p95_ms']} ms of {latency['count']} payable answers"


def _score(score: dict[str, Any]) -> str:
    if score["score"] is None:
        return f"— ({score['formula']}: {score['reason']})"
    parts = ", ".join(f"{name} {points:g}" for name, points in score["components"].items())
    return f"{score['score']:g}/100 ({score['formula']}: {parts})"


def _check(check: dict[str, Any]) -> str:
    layers = "".join(SIGNS[state] for state in (check["layers"] or {}).values())
    latency = "—" if check["latency_ms"] is None else f"{check['latency_ms']} ms"
    return (
        f"  {_moment(check['at'])}  {check['shown']:<11} {check['http_status'] or '—':>3}  {latency:>8}  {layers:<7}  "
        f"{check['message']}"
    )


def _period(period: dict[str, Any]) -> str:
    outcomes = ", ".join(f"{name} {count}" for name, count in period["outcomes"].items())
    uptime = "—" if period["uptime"] is None else f"{period['uptime']:.1%}"
    return f"uptime {uptime}, {period['payable']} of {period['counted']} counted; {outcomes or 'no check'}"
