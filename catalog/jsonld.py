"""schema.org JSON-LD of a resource: the keys of the first directory's documents, in their order."""

from __future__ import annotations

from decimal import Decimal

from catalog.documents import AcceptOut, OriginOut
from catalog.money import padded, plain
from catalog.records import Json


def resource_page(site_url: str, slug: str) -> str:
    """The page of a resource on the website."""
    return f"{site_url.rstrip('/')}/resource/{slug}"


def test_buy(test_buy_url: str, slug: str) -> str:
    """The link under which an agent can try the purchase."""
    return f"{test_buy_url}?resource={slug}"


def json_ld(
    *,
    site_url: str,
    test_buy_url: str,
    slug: str,
    title: str,
    description: str,
    url: str,
    category: str,
    origin: OriginOut,
    price: tuple[Decimal, str, AcceptOut] | None,
    payable: bool | None,
) -> dict[str, Json]:
    """``price`` is (dollars, asset symbol, accept), None leaves ``offers`` out; ``payable`` None (never probed)
    leaves ``availability`` out."""
    page = resource_page(site_url, slug)
    document: dict[str, Json] = {"@id": page, "url": page, "name": title, "@type": "WebAPI"}
    if price is not None:
        document["offers"] = _offer(page, *price, payable)
    return document | {
        "sameAs": url,
        "@context": "https://schema.org",
        "provider": {
            "@id": f"{site_url.rstrip('/')}/server/{origin['slug']}",
            "url": origin["url"],
            "name": origin["host"],
            "@type": "Organization",
        },
        "identifier": slug,
        "description": description,
        "potentialAction": {
            "@type": "BuyAction",
            "target": test_buy(test_buy_url, slug),
            "description": "Test-buy this endpoint on AXON",
        },
        "applicationCategory": category,
    }


def _offer(page: str, usd: Decimal, symbol: str, accept: AcceptOut, payable: bool | None) -> dict[str, Json]:
    offer: dict[str, Json] = {"url": page, "@type": "Offer", "price": plain(usd)}
    if payable is not None:
        offer["availability"] = f"https://schema.org/{'InStock' if payable else 'OutOfStock'}"
    return offer | {
        "priceCurrency": symbol,
        "priceSpecification": {
            "@type": "UnitPriceSpecification",
            "price": padded(usd),
            "unitText": "call",
            "priceCurrency": symbol,
        },
        "eligibleCustomerType": "Agent",
        "additionalProperty": [
            {"@type": "PropertyValue", "name": "paymentNetwork", "value": accept["network"]},
            {"@type": "PropertyValue", "name": "paymentAsset", "value": accept["asset"]},
        ],
    }
