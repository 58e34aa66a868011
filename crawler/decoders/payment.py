"""``x-payment-info`` of an OpenAPI operation: what a call costs, as its origin declares it.

Two dialects use one name. ``price`` is in **decimal dollars** (``{"mode": "fixed", "currency": "USD", "amount":
"0.01"}``); MPP's ``offers`` are in the currency's **smallest unit** (``{"amount": "10000", "currency": "0x20c0…"}``).
They stay apart, as ``dollars`` and ``offers``: neither is ever converted into the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from catalog.money import atomic_amount
from catalog.records import Json
from catalog.text import big_int_text, evidence, one_line

MAX_OFFERS = 20
MAX_PROTOCOLS = 8
_DOLLARS = re.compile(r"\d{1,12}(?:\.\d{1,18})?", re.ASCII)
Problem = tuple[str, str]
"""Which field, and an excerpt."""


def decode_payment(info: Json) -> tuple[dict[str, Json], list[Problem]]:
    """``{dollars, offers, protocols}``, each only where it is declared, and what could not be read."""
    if not isinstance(info, dict):
        return {}, [("", evidence(info))]
    problems: list[Problem] = []
    dollars = _dollars(info, problems)
    offers = list(_offers(info, problems))
    protocols = _protocols(info.get("protocols"))
    told: dict[str, Json] = {}
    if dollars:
        told["dollars"] = dollars
    if offers:
        told["offers"] = offers
    if protocols:
        told["protocols"] = protocols
    if not told and not problems:
        problems.append(("", evidence(info)))
    return told, problems


def _dollars(info: dict[str, Json], problems: list[Problem]) -> dict[str, Json]:
    price = info.get("price")
    if price is None:
        return {}
    # The flat form of early documents: the amount itself, its mode beside it.
    stated = (
        price
        if isinstance(price, dict)
        else {"mode": info.get("pricingMode"), "currency": info.get("currency"), "amount": price}
    )
    told: dict[str, Json] = {}
    for key in ("amount", "min", "max"):
        if stated.get(key) is None:
            continue
        amount = _text(stated[key]).removeprefix("$").strip()
        if _DOLLARS.fullmatch(amount):
            told[key] = amount
        else:
            problems.append((f"price.{key}", evidence(stated[key])))
    words = {key: one_line(stated.get(key), 32) for key in ("mode", "currency")}
    return {**{key: word for key, word in words.items() if word}, **told} if told or words["mode"] else {}


def _offers(info: dict[str, Json], problems: list[Problem]) -> Iterator[dict[str, Json]]:
    stated = info.get("offers")
    if stated is None and "price" not in info and "amount" in info:
        stated = [info]  # one offer, flat
    if stated is None:
        return
    if not isinstance(stated, list) or len(stated) > MAX_OFFERS:
        problems.append(("offers", evidence(stated)))
    for index, offer in enumerate(stated[:MAX_OFFERS] if isinstance(stated, list) else ()):
        if not isinstance(offer, dict):
            problems.append((f"offers[{index}]", evidence(offer)))
            continue
        amount = offer.get("amount")
        text = None if amount is None else _text(amount)
        if text is not None and atomic_amount(text) is None:
            problems.append((f"offers[{index}].amount", evidence(amount)))
            continue
        words = {key: one_line(offer.get(key), 100) for key in ("currency", "method", "intent", "description")}
        yield {"amount": text, **{key: word for key, word in words.items() if word}}


def _text(value: Json) -> str:
    """An amount as its text: integers of any size exactly, and what the document wrote of a number."""
    if isinstance(value, bool):
        return repr(value)
    return (
        big_int_text(value)
        if isinstance(value, int)
        else repr(value)
        if isinstance(value, float)
        else one_line(value, 100)
    )


def _protocols(value: Json) -> list[str]:
    """Names in lower case: ``["x402"]``, ``[{"x402": {}}]`` and ``{"x402": {}}`` say the same."""
    told: dict[str, None] = {}
    for entry in (value if isinstance(value, list) else [value])[: 4 * MAX_PROTOCOLS]:
        names = [entry] if isinstance(entry, str) else list(entry) if isinstance(entry, dict) else []
        told |= dict.fromkeys(one_line(name, 32).lower() for name in names[:MAX_PROTOCOLS])
    return [name for name in told if name][:MAX_PROTOCOLS]
