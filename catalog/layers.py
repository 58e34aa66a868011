"""How far one check came, layer by layer: name look-up, connection, TLS, HTTP, challenge, terms, match.

A layer is ``ok``, ``failed`` or ``not_reached``; None where it does not apply (TLS of plain http, the look-up of a
literal address), was not judged (the wrong method says nothing about terms), or is not known (a recording tells of
a timeout, not where it was).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import get_args

from catalog import offers
from catalog.records import UNCOUNTED, Accept, Challenge, Check, Layer, LayerName, LayerState, Outcome

LAYERS: tuple[LayerName, ...] = get_args(LayerName)
TRANSPORT = LAYERS[:4]
_ENDS_AT: dict[str, LayerName] = {
    "dns": "dns", "refused": "connect", "tls": "tls", "too_large": "http", "bad_http": "http",
}  # fmt: skip
"""Failure kinds that tell their layer. Timeouts and resets come in any: the trace tells which."""


@dataclass(slots=True)
class Trace:
    """What the client saw of one request while it was under way."""

    at: LayerName | None = None
    """Where the request stood last; None where nobody watched."""
    ms: dict[LayerName, int] = field(default_factory=dict)
    """Milliseconds of what was gone through; nothing for what a cache or a connection kept open spared."""


def transport(kind: str | None, trace: Trace, *, secure: bool, literal: bool) -> tuple[Layer, ...]:
    """dns, connect, tls and http of a request that failed as ``kind`` (None: it was answered).

    ``secure`` is https, ``literal`` an address in place of a name. A refusal of our own guard (``blocked``) fails no
    layer: what lies behind it was not reached.
    """
    ends = "http" if kind is None else _ENDS_AT.get(kind, trace.at)
    last = -1 if ends is None else TRANSPORT.index(ends)
    if kind == "blocked":
        states: list[LayerState] = ["ok" if name == "dns" and last >= 0 else "not_reached" for name in TRANSPORT]
    elif ends is None:
        states = [None] * len(TRANSPORT)
    else:
        failed: LayerState = "failed" if kind else "ok"
        states = [failed if n == last else "ok" if n < last else "not_reached" for n in range(len(TRANSPORT))]
    applies = {"dns": not literal, "tls": secure}
    return tuple(
        Layer(name, state, trace.ms.get(name) if state == "ok" else None) if applies.get(name, True) else Layer(name)
        for name, state in zip(TRANSPORT, states, strict=True)
    )


def judged(outcome: Outcome, challenge: Challenge | None, *, answered: bool) -> tuple[Layer, ...]:
    """challenge, terms and match of a check; whether the terms match the listed ones is judged in the store."""
    states: tuple[LayerState, LayerState, LayerState]
    if not answered:
        states = ("not_reached", "not_reached", "not_reached")
    elif outcome in UNCOUNTED:
        states = (None, None, None)
    elif challenge is None or "x402" not in challenge.protocols:
        states = ("failed", "not_reached", "not_reached")
    elif outcome == "payable":
        states = ("ok", "ok", None)
    else:
        states = ("ok", "failed", "not_reached")
    return tuple(Layer(name, state) for name, state in zip(LAYERS[4:], states, strict=True))


def matched(check: Check, listed: Sequence[Accept]) -> Check:
    """The check with ``match`` judged: whether a buyer is asked live for what the listing says."""
    if check.outcome != "payable" or check.challenge is None or not listed or not check.layers:
        return check
    state: LayerState = "failed" if offers.departures(listed, check.challenge.accepts) else "ok"
    return replace(check, layers=(*check.layers[:-1], Layer("match", state)))


def failed(layers: Sequence[Layer]) -> LayerName | None:
    """The first layer that failed."""
    return next((layer.name for layer in layers if layer.state == "failed"), None)


_SIGNS: dict[LayerState, str] = {"ok": "+", "failed": "!", "not_reached": "-", None: "."}
_STATES = {sign: state for state, sign in _SIGNS.items()}


def dumps(layers: Sequence[Layer]) -> str | None:
    """As stored, in the order of :data:`LAYERS`: ``+12 +30 +45 +120 + + !``; None where nothing was sent."""
    return " ".join(_SIGNS[x.state] + ("" if x.ms is None else str(x.ms)) for x in layers) or None


def loads(text: str | None) -> tuple[Layer, ...]:
    """The layers of a stored check; empty where nothing was sent, or the check is older than this record."""
    tokens = (text or "").split()
    return tuple(Layer(n, _STATES[t[0]], int(t[1:]) if t[1:] else None) for n, t in zip(LAYERS, tokens, strict=False))
