"""The ``x402`` 2.x package as oracle: 402 answers in, one JSON line each; what it reads of each out, one line each.

A line in: ``{"headers": {name: value}, "body": text}``. A line out: ``null`` where the package reads no challenge,
else the challenge in its own field names, with what its bazaar extension finds under ``discovery``.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from x402.extensions.bazaar import extract_discovery_info_from_extension
from x402.extensions.bazaar.v1 import extract_discovery_info_v1
from x402.http.x402_http_client_base import x402HTTPClientBase
from x402.schemas import parse_payment_required

client = x402HTTPClientBase()


def read(answer: dict[str, Any]) -> dict[str, Any] | None:
    """As a client reads it: the header, else the body, whose v2 form only the parser takes."""
    headers = {name.lower(): value for name, value in answer["headers"].items()}
    body = answer["body"].encode()
    try:
        found = client.get_payment_required_response(lambda name: headers.get(name.lower()), body)
    except Exception:
        if headers.get("payment-required"):
            return None
        try:
            found = parse_payment_required(body)
        except Exception:
            return None
    document: dict[str, Any] = json.loads(found.model_dump_json(by_alias=True))
    return {**document, "discovery": discovery(document)}


def discovery(document: dict[str, Any]) -> Any:
    """What the bazaar extension makes of the declaration: of the first accept (v1) or of the extension (v2)."""
    try:
        if document["x402Version"] == 1:
            info = extract_discovery_info_v1(document["accepts"][0])
        else:
            info = extract_discovery_info_from_extension(document["extensions"]["bazaar"], validate=False)
    except Exception:
        return None
    return None if info is None else json.loads(info.model_dump_json(by_alias=True, exclude_none=True))


for line in sys.stdin:
    sys.stdout.write(json.dumps(read(json.loads(line))) + "\n")
