"""Servers that answer otherwise than their listing says: dead, broken, open, of another protocol, or drifting."""

from __future__ import annotations

import json

from crawler.sample.shapes import (
    Answer,
    Row,
    challenge_body,
    challenge_header,
    item_v1,
    paid,
    payee,
    terms_v1,
    terms_v2,
)

_CREDITS = "https://api.creditcanvas.example/v1/playground/tasks"
API_KEY_SERVICE = Row(
    _CREDITS,
    item_v1(_CREDITS, []) | {"description": "Create picture generation tasks; requests carry an API key."},
    Answer(
        "POST",
        402,
        74,
        headers={"Content-Type": "application/json"},
        body=json.dumps(
            {
                "error": "insufficient_credits",
                "message": "Insufficient Credits: top up your account to go on.",
            }
        ),
    ),
)

_PORT = {"port": ("string", "Port code", "PTLEI")}
UNREACHABLE = (
    # Two resources of one host without DNS; the other ways to be unreachable are on the ordinary shelves.
    paid(
        1, "GET https://gone-fishing.example/api/ports/congestion", 9_000, 0,
        "Ships waiting at a sea port.", _PORT, {"waiting": 4},
        answer=Answer(status=None, error="dns"),
    ),
    paid(
        1, "POST https://gone-fishing.example/api/ports/eta", 9_000, 0,
        "Estimated arrival of a vessel at a sea port.", _PORT, {"eta": "2026-04-25"},
        answer=Answer("POST", status=None, error="dns"),
    ),
)  # fmt: skip

_SMS = "https://wrongverb.example/api/sms/send"
BROKEN = (
    paid(
        1, "GET https://giveaway.example/api/qr/encode", 500, 0,
        "QR code of a text as SVG.", {"text": ("string", "Text to encode", "hello")}, {"svg": "<svg/>"},
        answer=Answer(status=200, latency_ms=52, headers={"Content-Type": "application/json"}, body='{"svg":""}'),
    ),
    # Declared GET, served under POST, as its Allow says; then one that takes PUT.
    paid(
        1, f"GET {_SMS}", 20_000, 0,
        "Send a text message to a phone number.", {"to": ("string", "Phone number", "+351900000000")}, {"id": "s1"},
        answer=Answer(status=405, latency_ms=29, headers={"Allow": "POST"}, body='{"detail":"Method Not Allowed"}'),
    ),
    Row(_SMS, None, Answer("POST", latency_ms=61)),
    paid(
        1, "GET https://wrongverb.example/api/contacts/card", 1_000, 0,
        "Store a contact card in an address book.", {"name": ("string", "Name", "Ana")}, {"id": "c1"},
        answer=Answer(status=405, latency_ms=27, headers={"Allow": "PUT"}),
    ),
)  # fmt: skip

_MACAROON = 'L402 macaroon="AgELc2FtcGxlLm5vbmU=", invoice="lnbc10n1invented"'
_MPP = (
    'Payment id="inv-0001", realm="till.example", method="tempo", intent="charge", '
    'request="eyJhbW91bnQiOiIxMDAwIiwiY3VycmVuY3kiOiJVU0QifQ"'
)
OTHER_PROTOCOLS = (
    paid(
        1, "GET https://zap-almanac.example/api/moon/phase", 700, 0,
        "Phase of the moon on a given day.", {"day": ("string", "Day", "2026-04-24")}, {"phase": "waxing"},
        answer=Answer(status=402, latency_ms=66, headers={"WWW-Authenticate": _MACAROON}, body='{"error":"pay"}'),
    ),
    paid(
        2, "GET https://till.example/v1/giftcards/catalogue", 2_500, 0,
        "Gift cards on offer by country and brand.", {"country": ("string", "Country", "PT")}, {"cards": []},
        answer=Answer(
            status=402, latency_ms=93,
            headers={"WWW-Authenticate": _MPP, "Content-Type": "application/problem+json"},
            body='{"title":"Payment Required","status":402}',
        ),
    ),
)  # fmt: skip

_RISK = "https://rugalarm.example/api/token/risk"
_RISK_TEXT = "Risk score of a token contract: owner rights, locked liquidity, honeypot traits."
_IDENTITY = "https://api.whoisagent.example/v1/reputation"
_OTHER_WALLET = payee("another wallet")
_IDENTITY_TEXT = "Reputation and trust score of an autonomous agent by its address."
_LESSON = "https://tutorloft.example/api/lessons/next"
_LESSON_TEXT = "Next lesson of a language course for a learner's level."


def _header(url: str, text: str, price: str, pay_to: str = "") -> dict[str, str]:
    return {"PAYMENT-REQUIRED": challenge_header(url, text, [terms_v2(url, price, pay_to=pay_to)])}


DRIFT = (
    # Listed at 10000, asks for 15000.
    paid(
        1, f"GET {_RISK}", 10_000, 0, _RISK_TEXT, {"token": ("string", "Token contract", "0x01")}, {"score": 7},
        answer=Answer(latency_ms=285, body=challenge_body([terms_v1(_RISK, "15000", _RISK_TEXT, None)])),
    ),
    # Listed with one receiving address, asks for payment to another, in header and body at once.
    paid(
        2, f"GET {_IDENTITY}", 4_000, 0, _IDENTITY_TEXT, {"agent": ("string", "Agent address", "0x01")},
        {"score": 88}, serviceName="Whoisagent",
        answer=Answer(
            latency_ms=175,
            headers=_header(_IDENTITY, _IDENTITY_TEXT, "4000", _OTHER_WALLET),
            body=challenge_body([terms_v1(_IDENTITY, "4000", _IDENTITY_TEXT, None, pay_to=_OTHER_WALLET)]),
        ),
    ),
    # Header and body at odds with each other: the header counts.
    paid(
        2, f"GET {_LESSON}", 5_000, 0, _LESSON_TEXT, {"level": ("string", "A1 to C2", "B1")}, {"lesson": "…"},
        answer=Answer(
            latency_ms=144, headers=_header(_LESSON, _LESSON_TEXT, "5000"),
            body=challenge_body([terms_v1(_LESSON, "9000", _LESSON_TEXT, None)]),
        ),
    ),
)  # fmt: skip

ROWS = (API_KEY_SERVICE, *UNREACHABLE, *BROKEN, *OTHER_PROTOCOLS, *DRIFT)
