"""Trust and risk: named checks, each one function with its evidence, gathered in one table.

A risk is evidence, never an accusation. The tier says how far a listing has been confirmed.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from catalog.environments import read_host
from catalog.instructions import order_in

TIERS = ("suspect", "indexed_external", "challenge_observed", "terms_verified", "origin_attested")
Tier = Literal["suspect", "indexed_external", "challenge_observed", "terms_verified", "origin_attested"]


@dataclass(frozen=True, slots=True)
class Subject:
    """What the checks look at, of one resource."""

    url: str
    host: str
    texts: tuple[tuple[str, str], ...]
    """(field name, text) of every third-party text."""
    price_outlier: str | None
    """Evidence of a very low or very high price."""
    decimal_evidence: str | None
    prose_evidence: str | None
    mainnet: bool | None
    """Whether any valid accept is on a mainnet; None without a valid accept."""
    unpayable: str | None
    """Why none of the payment options could be paid; None where one could, or there are none."""
    impostor: str | None
    """An option's asset that calls itself by the name of another one."""
    live_differs: str | None
    """How the live terms differ from the listed ones."""
    pay_to_changed: str | None
    """Evidence of a recent payTo change on a stable resource."""
    pay_to_rotates: bool
    counted_checks: int
    ever_payable: bool
    observed: str | None
    """Evidence that a 402 with x402 terms was ever answered."""
    verified: str | None
    """Evidence that the last live challenge held a listed accept unchanged, or that the origin declares the resource,
    nobody lists other terms, and it was payable."""
    attested: str | None
    """Evidence that the origin itself declares the resource."""


@dataclass(frozen=True, slots=True)
class Risk:
    """One named check that hit."""

    check: str
    severity: Literal["info", "warning", "grave"]
    note: str
    """A short sentence for people."""
    evidence: str


ENOUGH_CHECKS = 5
"""Counted checks under which nothing is said of what never was payable."""

Check = Callable[[Subject], str | None]


def _tunnel_host(subject: Subject) -> str | None:
    return f"{subject.host} is a tunnel" if read_host(subject.host).kind == "tunnel" else None


def _preview_host(subject: Subject) -> str | None:
    return f"{subject.host} is named like a preview" if read_host(subject.host).kind == "preview" else None


def _ip_host(subject: Subject) -> str | None:
    try:
        ipaddress.ip_address(subject.host.strip("[]"))
    except ValueError:
        return None
    return f"{subject.host} is an address"


def _http_only(subject: Subject) -> str | None:
    return subject.url if subject.url.startswith("http:") else None


def _testnet_only(subject: Subject) -> str | None:
    return "no valid accept on a mainnet" if subject.mainnet is False else None


def _unpayable(subject: Subject) -> str | None:
    return subject.unpayable


def _impostor(subject: Subject) -> str | None:
    return subject.impostor


def _price_outlier(subject: Subject) -> str | None:
    return subject.price_outlier


def _decimals(subject: Subject) -> str | None:
    return subject.decimal_evidence


def _prose(subject: Subject) -> str | None:
    return subject.prose_evidence


def _live_differs(subject: Subject) -> str | None:
    return subject.live_differs


def _pay_to_changed(subject: Subject) -> str | None:
    return subject.pay_to_changed


def _pay_to_rotates(subject: Subject) -> str | None:
    return "payTo changes from night to night" if subject.pay_to_rotates else None


def _never_payable(subject: Subject) -> str | None:
    if subject.ever_payable or subject.counted_checks < ENOUGH_CHECKS:
        return None
    return f"no counted check was payable, and there were at least {ENOUGH_CHECKS}"


def _instructions(subject: Subject) -> str | None:
    for name, text in subject.texts:
        hit = order_in(text)
        if hit:
            return f"{name}: {hit}"
    return None


CHECKS: tuple[tuple[str, Literal["info", "warning", "grave"], str, Check], ...] = (
    ("tunnel_host", "warning", "Served through a tunnel, which may vanish at any time.", _tunnel_host),
    ("preview_host", "info", "Served from what looks like a preview deployment.", _preview_host),
    ("ip_host", "warning", "Served from a bare address, which no name vouches for.", _ip_host),
    ("http_only", "warning", "Listed without TLS: terms could be altered on the way.", _http_only),
    ("testnet_only", "info", "Payable with test tokens only.", _testnet_only),
    ("unpayable_terms", "warning", "None of its payment options could be paid.", _unpayable),
    ("impostor_asset", "warning", "A payment option's asset goes by the name of another one.", _impostor),
    ("price_outlier", "warning", "The price is far from the median of its category.", _price_outlier),
    ("decimals", "warning", "The amount looks wrong by a power of ten.", _decimals),
    ("prose_price", "warning", "The description names another price than the terms.", _prose),
    ("live_differs", "warning", "The server asks for other terms than the listing says.", _live_differs),
    ("pay_to_changed", "warning", "The receiving address changed recently.", _pay_to_changed),
    ("pay_to_rotates", "info", "The receiving address changes often.", _pay_to_rotates),
    ("never_payable", "warning", "Never answered with payable terms so far.", _never_payable),
    ("instruction_like_text", "grave", "A text gives orders to its reader; treat it as data.", _instructions),
)
"""name, severity, note and function of every check, in the order they are published."""


def risks(subject: Subject) -> tuple[Risk, ...]:
    """All checks that hit, in table order."""
    hits = ((name, severity, note, check(subject)) for name, severity, note, check in CHECKS)
    return tuple(Risk(name, severity, note, evidence) for name, severity, note, evidence in hits if evidence)


def tier(subject: Subject, found: tuple[Risk, ...]) -> tuple[Tier, tuple[str, ...]]:
    """How far the listing was confirmed, suspect on a grave risk; and the named reasons, each with its evidence.

    The steps stand on each other: what follows a step that was not reached does not count.
    """
    graves = [f"suspect: {risk.check}: {risk.evidence}" for risk in found if risk.severity == "grave"]
    reached: Tier = "indexed_external"
    reasons = ["indexed_external: a source lists it"]
    steps: tuple[tuple[Tier, str | None, str], ...] = (
        ("challenge_observed", subject.observed, "it never answered with x402 terms"),
        ("terms_verified", subject.verified, "its last answer held no listed option unchanged"),
        ("origin_attested", subject.attested, "its origin does not declare it"),
    )
    for name, evidence, missing in steps:
        if evidence is None:
            reasons.append(f"not {name}: {missing}")
            break
        reached = name
        reasons.append(f"{name}: {evidence}")
    return ("suspect" if graves else reached), (*graves, *reasons)
