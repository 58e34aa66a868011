"""An x402 v1 seller: the middleware of PyPI ``x402==0.2.1``, whose facilitator is asked only when somebody pays."""

from __future__ import annotations

import sys
from pathlib import Path

from fastapi import FastAPI
from x402.fastapi.middleware import require_payment
from x402.types import HTTPInputSchema

sys.path.append(str(Path(__file__).parent))
from loopback import serve

SELLER = "0x209693Bc6afc0C5328bA36FaF03C514EF312287C"
NOBODY = {"url": "http://127.0.0.1:9"}
"""A facilitator that does not exist: no test pays."""

app = FastAPI()
ROUTES = {
    "/weather": {
        "price": "$0.001", "network": "base", "description": "Weather of a city", "mime_type": "application/json",
        "input_schema": HTTPInputSchema(query_params={"city": "string"}),
        "output_schema": {"type": "object", "properties": {"celsius": {"type": "number"}}},
    },
    "/search": {
        "price": "$2.50", "network": "avalanche", "description": "Search",
        "input_schema": HTTPInputSchema(
            body_type="json", body_fields={"q": {"type": "string", "required": True}}, header_fields={"X-Lang": "string"}
        ),
    },
    "/users/*": {"price": "$0.01", "network": "base-sepolia", "max_deadline_seconds": 300},
}  # fmt: skip
for path, options in ROUTES.items():
    app.middleware("http")(
        require_payment(path=path, pay_to_address=SELLER, facilitator_config=NOBODY, **options)  # type: ignore[arg-type]
    )


@app.get("/weather")
@app.post("/search")
@app.get("/users/{user}")
def sold() -> dict[str, str]:
    """What nobody gets without paying."""
    return {"secret": "paid"}


serve(app)
