"""An x402 v2 seller: the middleware and the bazaar extension of PyPI ``x402`` 2.x, EVM and SVM."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NoReturn

from fastapi import FastAPI, Request
from x402 import x402ResourceServer
from x402.extensions.bazaar import OutputConfig, declare_discovery_extension
from x402.http.middleware.fastapi import payment_middleware
from x402.http.types import PaymentOption, RouteConfig
from x402.mechanisms.evm.exact import ExactEvmServerScheme
from x402.mechanisms.svm.exact import ExactSvmServerScheme
from x402.schemas import AssetAmount, SupportedKind, SupportedResponse

sys.path.append(str(Path(__file__).parent))
from loopback import serve

BASE, POLYGON, SOLANA = "eip155:8453", "eip155:137", "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"
EVM_SELLER = "0x209693Bc6afc0C5328bA36FaF03C514EF312287C"
SVM_SELLER = "2wKupLR9q6wXYppw8Gr2NvWxKBUqm4PPJKkQfoxHDBg4"
FEE_PAYER = "EwWqGE4ZFKLofuestmU4LDdK7XM1N4ALgdZccwYugwGd"
EURC = "0x60a3E35Cc302bFA44Cb288Bc5a4F316Fdb1adb42"


class LocalFacilitator:
    """Tells what it supports; never asked for more, since no test pays."""

    def get_supported(self) -> SupportedResponse:
        """The networks of this seller."""
        kinds = [SupportedKind(x402_version=2, scheme="exact", network=network) for network in (BASE, POLYGON)]
        svm = SupportedKind(x402_version=2, scheme="exact", network=SOLANA, extra={"feePayer": FEE_PAYER})
        return SupportedResponse(kinds=[*kinds, svm])

    async def verify(self, *_: Any) -> NoReturn:
        """Nobody pays."""
        raise NotImplementedError

    settle = verify


def option(network: str, price: Any, **more: Any) -> PaymentOption:
    """One way to pay, to the seller of that network."""
    seller = SVM_SELLER if network == SOLANA else EVM_SELLER
    return PaymentOption(scheme="exact", network=network, price=price, pay_to=seller, **more)


CITY = {"properties": {"city": {"type": "string", "enum": ["Oslo", "Rome"]}}, "required": ["city"]}
QUERY = {"properties": {"q": {"type": "string"}, "limit": {"type": "integer", "maximum": 50}}, "required": ["q"]}
USER = {"properties": {"user": {"type": "string", "pattern": "^[0-9]+$"}}, "required": ["user"]}
ROUTES = {
    "GET /weather": RouteConfig(
        accepts=[option(BASE, "$0.001"), option(SOLANA, "$0.001")],
        description="Weather of a city — 天気", mime_type="application/json", service_name="Peers", tags=["weather"],
        extensions=declare_discovery_extension(
            input={"city": "Oslo"}, input_schema=CITY,
            output=OutputConfig(example={"celsius": 7}, schema={"properties": {"celsius": {"type": "number"}}}),
        ),
    ),
    "POST /search": RouteConfig(
        accepts=option(POLYGON, "$2.50", max_timeout_seconds=120), description="Search", mime_type="application/json",
        extensions=declare_discovery_extension(
            input={"q": "fjord"}, input_schema=QUERY, body_type="json", output=OutputConfig(example={"hits": []}),
        ),
    ),
    "GET /users/:user": RouteConfig(
        accepts=option(BASE, AssetAmount(amount="10000", asset=EURC, extra={"name": "EURC", "version": "2"})),
        description="A user",
        extensions=declare_discovery_extension(
            path_params_schema=USER, output=OutputConfig(example={"name": "Kari"})
        ),
    ),
    "GET /plain": RouteConfig(accepts=option(SOLANA, "$0.05")),
}  # fmt: skip

seller = x402ResourceServer(LocalFacilitator())  # type: ignore[arg-type]
for network in (BASE, POLYGON):
    seller.register(network, ExactEvmServerScheme())
seller.register(SOLANA, ExactSvmServerScheme())
app = FastAPI()
pay = payment_middleware(ROUTES, seller)


@app.middleware("http")
async def paid(request: Request, call_next: Any) -> Any:
    """Nothing passes unpaid."""
    return await pay(request, call_next)


@app.get("/weather")
@app.post("/search")
@app.get("/users/{user}")
@app.get("/plain")
def sold() -> dict[str, str]:
    """What nobody gets without paying."""
    return {"secret": "paid"}


serve(app)
