"""``/.well-known/x402`` and the draft ``/.well-known/x402.json``: what an origin says it sells.

The first is ``{"version": 1, "resources": [url…], "ownershipProofs": […]}``, the draft holds items as a bazaar's
(``resource`` an object). Both are read in both forms. Proofs are kept as declared; no signature is verified here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from catalog.declared import Attestation, Declaration, Kind
from catalog.records import Json
from catalog.text import clean_json, one_line
from crawler.decoders.own import BadDocument, Taking, load, unreadable

MAX_ENTRIES = 2_000
"""Entries looked at, readable and the origin's own or not."""
MAX_PROOFS = 20
MAX_PROOF = 1_000
_CALL = re.compile(r"([A-Z]{3,7}) +(\S.*)")
"""``POST https://…``: seen in place of a bare URL."""


def decode_well_known(body: bytes, url: str, kind: Kind, *, allow_private: bool = False) -> Declaration:
    """The document at ``url``; ``kind`` is ``well_known`` or ``x402_json``. Raises as :func:`own.load`."""
    document = load(body, url, kind)
    entries = _entries(document)
    if entries is None:
        raise BadDocument(unreadable(url, kind, "resources", document))
    taking = Taking(url, kind, allow_private=allow_private)
    taking.beyond = max(0, len(entries) - MAX_ENTRIES)
    for index, entry in enumerate(entries[:MAX_ENTRIES]):
        row = _row(entry)
        if row is None:
            taking.findings.append(unreadable(url, kind, f"resources[{index}]", entry))
        else:
            taking.row(row, {})
    return taking.done(more=_proofs(document, taking))


def _entries(document: Json) -> Sequence[Json] | None:
    if isinstance(document, dict):
        return next((document[k] for k in ("resources", "items") if isinstance(document.get(k), list)), None)
    return document if isinstance(document, list) else None


def _row(entry: Json) -> dict[str, Json] | None:
    if isinstance(entry, str):
        call = _CALL.fullmatch(entry.strip())
        return {"resource": call[2], "method": call[1]} if call else {"resource": entry.strip()}
    return entry if isinstance(entry, dict) else None


def _proofs(document: Json, taking: Taking) -> tuple[Attestation, ...]:
    stated = document.get("ownershipProofs") if isinstance(document, dict) else None
    if not stated or taking.kind != "well_known":
        return ()
    proofs = stated if isinstance(stated, list) else [stated]
    shown = [one_line(p, MAX_PROOF) if isinstance(p, str) else clean_json(p)[0] for p in proofs[:MAX_PROOFS]]
    if len(proofs) > MAX_PROOFS:
        taking.note("declared.too_many", "ownershipProofs", f"{len(proofs)}, the first {MAX_PROOFS} are kept")
    told = {"document": taking.document, "proofs": shown, "verified": False}
    return (Attestation("ownership_proofs", taking.origin, told),)
