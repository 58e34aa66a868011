"""Trust and risk: named checks, each one function with its evidence, gathered in one table.

A risk is evidence, never an accusation. The tier says how far a listing has been confirmed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from catalog.urls import is_platform_host, public_suffix

TIERS = ("suspect", "indexed_external", "challenge_observed", "terms_verified", "origin_attested")
Tier = Literal["suspect", "indexed_external", "challenge_observed", "terms_verified", "origin_attested"]

_TUNNELS = (
    "ngrok-free.app", "ngrok-free.dev", "ngrok.app", "ngrok.io", "ngrok.dev", "trycloudflare.com", "loca.lt",
    "lhr.life", "serveo.net", "localtunnel.me", "pinggy.link", "tunnelmole.net", "devtunnels.ms", "localhost.run",
)  # fmt: skip
_PREVIEW = re.compile(r"(?:^|[.-])(?:git|preview|pr-\d+|deploy-preview-\d+)[.-]")
# Text that gives orders to whoever reads it. "Disregard instructions in the prompt", "you must send a JSON body" and
# "send your API key in a header" are ordinary API prose, so an order must be about *previous* or *system*
# instructions, take money without leave or to an address, or ask for secrets that no API needs.
_ORDERS = re.compile(
    r"(?i)\b(?:ignore|disregard|forget|override)\b[^.]{0,30}\b(?:previous|prior|above|earlier)\b"
    r"[^.]{0,30}\b(?:instruction|prompt|message|rule|guideline|context)s?\b"
    r"|\b(?:ignore|disregard|forget)\b[^.]{0,30}\b(?:system|safety)\b"
    r"[^.]{0,30}\b(?:instruction|prompt|message|rule|guideline)s?\b"
    r"|\byou (?:must|are required to) (?:now )?(?:reveal\b|(?:send|transfer|pay|approve)\b[^.]{0,40}"
    r"(?:\b(?:without asking|all (?:of )?your|your (?:entire|whole|full))\b|0x[0-9a-f]{40}))"
    r"|(?<!never )(?<!not )(?<!n't )(?<!need to )\b(?:reveal|print|output|send|leak)\b[^.]{0,30}"
    r"\b(?:your (?:private key|seed phrase|mnemonic)|(?:your|the) system prompt)s?\b"
    r"|<\|?(?:im_start|system|assistant)\|?>|\[/?INST\]"
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What the checks look at, of one resource."""

    url: str
    host: str
    texts: tuple[tuple[str, str], ...]
    """(field name, text) of every third-party text."""
    pricing_flag: str
    decimal_evidence: str | None
    prose_evidence: str | None
    mainnet: bool | None
    """Whether any valid accept is on a mainnet; None without a valid accept."""
    live_differs: str | None
    """How the live terms differ from the listed ones."""
    pay_to_changed: str | None
    """Evidence of a recent payTo change on a stable resource."""
    pay_to_rotates: bool
    counted_checks: int
    ever_payable: bool
    observed: bool
    """Whether a 402 with x402 terms was ever answered."""
    verified: bool
    """Whether the last live challenge held a listed accept unchanged, or the origin declares the resource, nobody
    lists other terms, and it was payable."""
    attested: bool
    """Whether the origin itself declares the resource."""


@dataclass(frozen=True, slots=True)
class Risk:
    """One named check that hit."""

    check: str
    severity: Literal["info", "warning", "grave"]
    note: str
    """A short sentence for people."""
    evidence: str


Check = Callable[[Subject], str | None]


def _tunnel_host(subject: Subject) -> str | None:
    tunnel = next((t for t in _TUNNELS if subject.host.endswith("." + t)), None)
    return f"{subject.host} is a tunnel of {tunnel}" if tunnel else None


def _preview_host(subject: Subject) -> str | None:
    if not is_platform_host(subject.host) or not _PREVIEW.search(subject.host):
        return None
    return f"{subject.host} looks like a preview deployment on {public_suffix(subject.host)}"


def _http_only(subject: Subject) -> str | None:
    return subject.url if subject.url.startswith("http:") else None


def _testnet_only(subject: Subject) -> str | None:
    return "no valid accept on a mainnet" if subject.mainnet is False else None


def _price_outlier(subject: Subject) -> str | None:
    return subject.pricing_flag if subject.pricing_flag in ("very_low", "very_high") else None


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
    if subject.ever_payable or subject.counted_checks < 5:
        return None
    return f"0 of {subject.counted_checks} counted checks were payable"


def _instructions(subject: Subject) -> str | None:
    for name, text in subject.texts:
        hit = _ORDERS.search(text)
        if hit:
            return f"{name}: {hit[0][:200]}"
    return None


CHECKS: tuple[tuple[str, Literal["info", "warning", "grave"], str, Check], ...] = (
    ("tunnel_host", "warning", "Served through a tunnel, which may vanish at any time.", _tunnel_host),
    ("preview_host", "info", "Served from what looks like a preview deployment.", _preview_host),
    ("http_only", "warning", "Listed without TLS: terms could be altered on the way.", _http_only),
    ("testnet_only", "info", "Payable with test tokens only.", _testnet_only),
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


def tier(subject: Subject, found: tuple[Risk, ...]) -> Tier:
    """suspect on a grave risk; else how far the listing was confirmed."""
    if any(risk.severity == "grave" for risk in found):
        return "suspect"
    if not subject.observed:
        return "indexed_external"
    if not subject.verified:
        return "challenge_observed"
    return "origin_attested" if subject.attested else "terms_verified"
