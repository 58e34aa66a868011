"""Real sellers: the middlewares of PyPI ``x402`` 0.2.1 and 2.x on loopback, listed, probed and published."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests import peers
from tests.loopback import Quiet, host_of, serving
from tests.nights import Place

USDC = {
    "base": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
    "base-sepolia": "0x036CbD53842c5426634e7929541eC2318f3dCF7e",
    "avalanche": "0xB97EF9Ef8734C71904D8002F8b6Bc66Dd9c48a6E",
    "eip155:8453": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
    "eip155:137": "0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359",
    "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp": "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",
}
SOLANA = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"
EVM_SELLER = "0x209693Bc6afc0C5328bA36FaF03C514EF312287C"
SVM_SELLER = "2wKupLR9q6wXYppw8Gr2NvWxKBUqm4PPJKkQfoxHDBg4"
EURC = "0x60a3E35Cc302bFA44Cb288Bc5a4F316Fdb1adb42"


def v1(network: str, amount: str, **more: Any) -> dict[str, Any]:
    """Terms of the v1 seller, as a facilitator lists them."""
    return {
        "scheme": "exact", "network": network, "maxAmountRequired": amount, "asset": USDC[network], "payTo": EVM_SELLER,
        "resource": "", "description": "", "mimeType": "", "maxTimeoutSeconds": 60, **more,
    }  # fmt: skip


def v2(network: str, amount: str, **more: Any) -> dict[str, Any]:
    """Terms of the v2 seller."""
    seller = SVM_SELLER if network == SOLANA else EVM_SELLER
    return {
        "scheme": "exact", "network": network, "amount": amount, "asset": USDC[network], "payTo": seller,
        "maxTimeoutSeconds": 300, **more,
    }  # fmt: skip


TRUE: dict[str, dict[str, tuple[str, list[dict[str, Any]]]]] = {
    "v1": {
        "/weather": ("GET", [v1("base", "1000")]),
        "/search": ("POST", [v1("avalanche", "2500000")]),
        "/users/7": ("GET", [v1("base-sepolia", "10000", maxTimeoutSeconds=300)]),
    },
    "v2": {
        "/weather": ("GET", [v2("eip155:8453", "1000"), v2(SOLANA, "1000")]),
        "/search": ("POST", [v2("eip155:137", "2500000", maxTimeoutSeconds=120)]),
        "/users/7": ("GET", [v2("eip155:8453", "10000", asset=EURC)]),
        "/plain": ("GET", [v2(SOLANA, "50000")]),
    },
}
"""What each seller asks for, written down here and not read from it."""


class Bazaar(Quiet):
    """A facilitator's listing: whatever the server object holds."""

    def do_GET(self) -> None:
        body: bytes = self.server.page  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def bazaar(host: str, version: str, *, stale: bool) -> Iterator[str]:
    """A listing of one seller's resources, with its true terms or with yesterday's; yields its URL."""
    items = []
    for path, (method, accepts) in TRUE[version].items():
        shape = "amount" if version == "v2" else "maxAmountRequired"
        terms = [{**accept, shape: accept[shape] + "0"} for accept in accepts] if stale else accepts
        items.append(
            {"resource": f"http://{host}{path}", "type": "http", "x402Version": int(version[1]), "accepts": terms,
             "method": method, "lastUpdated": 1_745_000_000}
        )  # fmt: skip
    with serving(Bazaar) as server:
        server.page = json.dumps(  # type: ignore[attr-defined]
            {"items": items, "pagination": {"limit": 100, "offset": 0, "total": len(items)}}
        ).encode()
        yield f"http://{host_of(server)}/"


class Night:
    """One seller crawled and probed twice: once listed with its true terms, once with stale ones."""

    def __init__(self, version: str, folder: Any) -> None:
        self.version = version
        with peers.serving(version) as self.host:
            self.fresh, self.stale = self._run(folder / "fresh", stale=False), self._run(folder / "stale", stale=True)

    def _run(self, folder: Any, *, stale: bool) -> Place:
        folder.mkdir()
        place = Place(folder)
        with bazaar(self.host, self.version, stale=stale) as url:
            assert place.nightly("--source", f"peer={url}", "--allow-private-hosts") == 0
        return place

    def slug(self, path: str) -> str:
        """Slug of one of the seller's resources."""
        return (self.host + path).replace(".", "-").replace(":", "-").replace("/", "-")

    def document(self, path: str, *, stale: bool = False) -> Any:
        """What was published of it."""
        return (self.stale if stale else self.fresh).resource(self.slug(path))


@pytest.fixture(scope="module", params=["v1", "v2"])
def night(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Night:
    return Night(request.param, tmp_path_factory.mktemp(f"peer-{request.param}"))


def test_every_route_is_payable_and_its_terms_are_those_listed(night: Night) -> None:
    for path, (method, terms) in TRUE[night.version].items():
        check = night.fresh.health(night.slug(path))["recent_checks"][0]
        assert (check["outcome"], check["http_status"], check["method"]) == ("payable", 402, method)
        document = night.document(path)
        assert [accept["verified"] for accept in document["accepts"]] == [True] * len(terms), path
        assert document["trust_tier"] == "terms_verified"
        assert document["validation"]["payment_requirements"] == "valid"
    codes = {finding["code"] for finding in night.fresh.findings()}
    assert not {code for code in codes if code.startswith(("accept.", "offer.", "challenge.", "field.", "check."))}


def test_a_stale_listing_is_told_and_the_live_terms_hold(night: Night) -> None:
    for path, (_, terms) in TRUE[night.version].items():
        document = night.document(path, stale=True)
        listed, live = document["accepts"][: len(terms)], document["accepts"][len(terms) :]
        assert [accept["verified"] for accept in listed] == [False] * len(terms), path
        assert [accept["verified"] for accept in live] == [True] * len(terms), path
        true = {accept.get("amount", accept.get("maxAmountRequired")) for accept in terms}
        assert {accept["max_amount_required_atomic"] for accept in live} == true
        if document["price"] is not None:
            assert (document["price"]["basis"], {document["price"]["atomic"]}) == ("live", true)
    told = {finding["url"] for finding in night.stale.findings() if finding["code"] == "offer.live_differs"}
    assert told == {f"http://{night.host}{path}" for path in TRUE[night.version]}


def test_what_the_server_declares_becomes_a_schema(night: Night) -> None:
    weather, search = night.document("/weather"), night.document("/search")
    city = {"type": "string"} if night.version == "v1" else {"type": "string", "enum": ["Oslo", "Rome"]}
    assert weather["input_schema"]["properties"] == {"city": city}
    assert weather["output_schema"]["properties"] == {"celsius": {"type": "number"}}
    assert search["input_schema"]["required"] == ["q"]
    assert search["input_schema"]["properties"]["q"] == {"type": "string"}
    assert search["example_request_body"] == {"q": "fjord" if night.version == "v2" else "string"}


def test_hints_stand_verbatim(night: Night) -> None:
    (accept,) = night.document("/users/7", stale=True)["accepts"][1:]
    method = {"type": "http", "method": "GET"}
    if night.version == "v1":
        assert accept["hints"] == {"input": {**method, "discoverable": True}, "output": None}
    else:
        output = {"type": "json", "example": {"name": "Kari"}}
        assert accept["hints"] == {"input": {**method, "pathParams": {"user": "7"}}, "output": output}
