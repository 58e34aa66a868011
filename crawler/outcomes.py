"""What an answer, or none, means: outcome and the one sentence people read (DESIGN "Check outcomes")."""

from __future__ import annotations

from catalog.records import Challenge, LayerName, Outcome

_FAILURES: dict[str, tuple[Outcome, str]] = {
    "dns": ("dns_error", "The host name could not be resolved."),
    "refused": ("connect_error", "The connection was refused."),
    "reset": ("connect_error", "The connection was reset."),
    "tls": ("tls_error", "The TLS handshake failed."),
    "timeout": ("timeout", "No complete answer came in time."),
    "too_large": ("protocol_error", "The answer was larger than our cap."),
    "bad_http": ("protocol_error", "The answer was not valid HTTP."),
    "blocked": ("blocked", "Our address guard does not connect there."),
}
_WHERE: dict[tuple[str, LayerName], str] = {
    ("timeout", "dns"): "The host name was not resolved in time.",
    ("timeout", "connect"): "The server did not take the connection in time.",
    ("timeout", "tls"): "The TLS handshake did not end in time.",
    ("timeout", "http"): "The server took the connection, but sent no complete answer in time.",
    ("reset", "tls"): "The connection was reset during the TLS handshake.",
    ("reset", "http"): "The connection was closed before a complete answer came.",
}
"""More than the kind says, where the layer is known."""


def failure(kind: str, at: LayerName | None, detail: str = "") -> tuple[Outcome, str]:
    """Outcome and sentence of a request without an answer; ``at`` is the layer it stood at, None where unknown."""
    outcome, message = _FAILURES[kind]
    if kind == "tls" and at is not None and detail:
        return outcome, f"{message.removesuffix('.')}: {detail.removesuffix('.')}."
    return outcome, message if at is None else _WHERE.get((kind, at), message)


def judge(status: int, challenge: Challenge | None) -> tuple[Outcome, str]:
    """Outcome and sentence of an HTTP answer."""
    if challenge is not None:
        if any(not accept.problems for accept in challenge.accepts):
            return "payable", "Answered 402 with valid x402 terms."
        if "x402" in challenge.protocols:
            return "invalid_terms", "Answered 402, but nobody could pay its x402 terms."
        if challenge.protocols:
            return "other_payment", f"Answered 402 with {', '.join(challenge.protocols)} instead of x402."
        return "plain_402", "Answered 402 without payment terms; this is not x402."
    if status in (400, 422):
        return "not_exercised", f"Answered {status}: it needs input that we do not make up."
    if status in (405, 501):
        return "not_exercised", f"Answered {status}: the declared method is not the one it takes."
    if status == 429:
        return "rate_limited", "Answered 429: we asked too often."
    if 200 <= status < 300:
        return "open", f"Answered {status} without asking for payment."
    if 300 <= status < 400:
        return "redirect", f"Answered {status} and points elsewhere."
    if 400 <= status < 500:
        return "client_error", f"Answered {status}."
    if 500 <= status < 600:
        return "server_error", f"Answered {status}."
    return "protocol_error", f"Answered the unknown status {status}."
