"""JSON-LD: the keys, types and order of the first directory's documents."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from catalog import jsonld
from catalog.documents import AcceptOut, OriginOut

ORIGIN: OriginOut = {
    "slug": "api-example-com",
    "host": "api.example.com",
    "url": "https://api.example.com",
    "favicon": "https://api.example.com/favicon.ico",
}


def accept(network: str, asset: str) -> AcceptOut:
    return {
        "scheme": "exact", "network": network, "pay_to": "0x0", "asset": asset, "max_amount_required_atomic": "1",
        "max_timeout_seconds": 60, "mime_type": "", "description": "", "verified": False,
        "hints": {"input": None, "output": None}, "network_id": None, "asset_symbol": None, "asset_name": None,
    }  # fmt: skip


def document(price: str | None = "0.0527", payable: bool | None = True) -> dict[str, Any]:
    return jsonld.json_ld(
        site_url="https://site.example/",
        test_buy_url="https://buy.example/test",
        slug="api-example-com-x",
        title="Weather",
        description="Weather for any city.",
        url="https://api.example.com/x",
        category="data",
        origin=ORIGIN,
        price=None if price is None else (Decimal(price), "USDC", accept("base", "0xA")),
        payable=payable,
    )


@pytest.mark.recorded
@pytest.mark.parametrize("name", ["001", "003"])
def test_the_seeds_are_reproduced_key_by_key(shared: Path, name: str) -> None:
    (path,) = (shared / "seeds").glob(f"{name}_*.txt")
    seed = json.loads(path.read_text())
    made = jsonld.json_ld(
        site_url="https://x402all.com",
        test_buy_url="https://axon402.com/test-buy",
        slug=seed["slug"],
        title=seed["title"],
        description=seed["seo"]["description"],
        url=seed["url"],
        category=seed["category"],
        origin=seed["origin"],
        price=(Decimal("0.052700"), "USDC", seed["accepts"][0]),
        payable=True,
    )
    assert json.dumps(made) == json.dumps(seed["json_ld"])
    assert jsonld.test_buy("https://axon402.com/test-buy", seed["slug"]) == seed["axon_deep_link"]


@pytest.mark.parametrize(
    ("price", "short", "long"),
    [
        ("0.0527", "0.0527", "0.052700"),
        ("3", "3", "3.000000"),
        ("1E-18", "0.000000000000000001", "0.000000000000000001"),
    ],
)
def test_prices_are_exact_texts(price: str, short: str, long: str) -> None:
    offer = document(price)["offers"]
    assert (offer["price"], offer["priceSpecification"]["price"]) == (short, long)
    assert offer["priceCurrency"] == offer["priceSpecification"]["priceCurrency"] == "USDC"


def test_without_a_price_there_is_no_offer() -> None:
    assert [key for key in document() if key not in document(None)] == ["offers"]


@pytest.mark.parametrize(
    ("payable", "availability"),
    [(True, "https://schema.org/InStock"), (False, "https://schema.org/OutOfStock"), (None, None)],
)
def test_availability_only_where_it_was_probed(payable: bool | None, availability: str | None) -> None:
    assert document(payable=payable)["offers"].get("availability") == availability


def test_the_site_is_a_setting() -> None:
    made = document()
    assert made["@id"] == made["url"] == made["offers"]["url"] == "https://site.example/resource/api-example-com-x"
    assert made["provider"]["@id"] == "https://site.example/server/api-example-com"
    assert made["potentialAction"]["target"] == "https://buy.example/test?resource=api-example-com-x"
