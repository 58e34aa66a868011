"""Could the terms be paid: requirements as last answered, each accept's asset, the facilitator where one is declared.

Unknown is an answer of its own: a resource that answers 404 has no invalid requirements, it has none that we know.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from catalog import networks
from catalog.known import Known
from catalog.records import Accept
from catalog.run import iso


@dataclass(frozen=True, slots=True)
class Verdict:
    """One judgement with what speaks against it, or why there is none."""

    value: bool | None
    """None: not known."""
    reasons: tuple[str, ...]

    @property
    def word(self) -> Literal["valid", "invalid", "unknown"]:
        """As published."""
        return "unknown" if self.value is None else "valid" if self.value else "invalid"


def requirements(known: Known) -> Verdict:
    """Whether the last counted check was asked for a payment that can be made; reasons name accepts by place."""
    live, outcome = known.live, known.state.last_outcome
    if outcome is None:
        return Verdict(None, ("no check has counted yet",))
    if outcome in ("payable", "invalid_terms") and live is not None:
        return Verdict(outcome == "payable", _problems(live.challenge.accepts) or _without(outcome))
    if outcome in ("plain_402", "other_payment"):
        return Verdict(False, ("the last 402 held no x402 terms",))
    answered = live is not None and bool(live.challenge.accepts)
    last = f"x402 terms were last answered at {iso(live.seen_at)}" if live and answered else "it never answered any"
    return Verdict(None, (f"the last counted check was no 402 ({outcome}); {last}",))


def _without(outcome: str) -> tuple[str, ...]:
    return () if outcome == "payable" else ("the last 402 held no x402 terms",)


def _problems(accepts: Sequence[Accept]) -> tuple[str, ...]:
    return tuple(f"accepts[{place}]: {problem}" for place, a in enumerate(accepts) for problem in a.problems)


def asset(accept: Accept) -> Verdict:
    """Whether the asset is one of the registry, and its EIP-712 name and version are those a payer must sign."""
    network = networks.network(accept.network)
    if network is None:
        return Verdict(None, ("unknown network",))
    found = networks.asset(accept.network_id, accept.asset)
    if found is None:
        return Verdict(None, ("not in the registry of known assets",))
    extra = accept.extra if isinstance(accept.extra, dict) else {}
    signed = (("name", found.eip712_name), ("version", found.eip712_version))
    pairs = [(field, extra.get(field), ours) for field, ours in signed if ours is not None]
    wrong = [(field, str(said)[:100], ours) for field, said, ours in pairs if said is not None and str(said) != ours]
    if wrong:
        return Verdict(False, tuple(f"{field} is {said!r}, {found.symbol} has {ours!r}" for field, said, ours in wrong))
    missing = tuple(f"declares no EIP-712 {field}" for field, said, _ in pairs if said is None)
    return Verdict(None if missing else True, missing)


def impostor(accept: Accept) -> str | None:
    """Evidence that an unknown asset goes by the name of a known one of its network."""
    if networks.asset(accept.network_id, accept.asset) is not None or not isinstance(accept.extra, dict):
        return None
    for field in ("name", "symbol"):
        named = accept.extra.get(field)
        real = networks.namesake(accept.network_id, named) if isinstance(named, str) else None
        if real is not None and accept.asset:
            return f"{accept.asset[:100]} calls itself {real.symbol}, which is {real.address} on {accept.network}"
    return None


def facilitator(accepts: Sequence[Accept]) -> str | None:
    """The facilitator the first accept that names one settles with, as declared."""
    for accept in accepts:
        extra = accept.extra if isinstance(accept.extra, dict) else {}
        named = extra.get("facilitator") or extra.get("facilitatorUrl")
        if isinstance(named, str):
            return named[:300]
    return None
