"""Which documents of an origin are read, and what reads them."""

from __future__ import annotations

from collections.abc import Mapping

from catalog.declared import Declaration, Kind
from crawler.decoders.agent_card import decode_agent_card
from crawler.decoders.homepage import decode_homepage
from crawler.decoders.openapi import decode_openapi
from crawler.decoders.well_known import decode_well_known

READER = 1
"""Moves on with what these decoders make of the same bytes: what an older one read is asked for again in full."""
PATHS = ("/.well-known/x402", "/.well-known/x402.json", "/openapi.json", "/.well-known/agent-card.json", "/")
"""In the order in which they are asked for."""
KINDS: Mapping[str, Kind] = dict(zip(PATHS, ("well_known", "x402_json", "openapi", "agent_card"), strict=False))
"""What the attestations of a path are called; the page makes none."""


def decode(path: str, body: bytes, url: str, *, allow_private: bool = False) -> Declaration:
    """What the document of ``path`` says, which stands at ``url``. Raises as :func:`own.load`."""
    if path == "/openapi.json":
        return decode_openapi(body, url, allow_private=allow_private)
    if path == "/.well-known/agent-card.json":
        return decode_agent_card(body, url, allow_private=allow_private)
    if path == "/":
        return decode_homepage(body, url)
    return decode_well_known(body, url, KINDS[path], allow_private=allow_private)
