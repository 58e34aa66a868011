"""Findings: kept once however often they are seen, with their first and last run."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sqlalchemy import Connection

from catalog.records import Finding
from catalog.run import Run
from catalog.store.engine import Store, upsert
from catalog.store.schema import (
    findings,
)


def save_findings(connection: Connection, run: Run, noticed: Sequence[Finding]) -> None:
    """Keep findings, repeated ones once: first and last run, latest evidence."""
    rows = {_finding_id(f): f for f in noticed}
    upsert(
        connection,
        findings,
        [
            {
                "id": key, "code": f.code, "severity": f.severity, "url": f.url, "source": f.source,
                "field": f.field, "evidence": f.evidence, "first_run": run.id, "last_run": run.id,
            }
            for key, f in rows.items()
        ],
        update=["severity", "evidence", "last_run"],
    )  # fmt: skip


def _finding_id(finding: Finding) -> int:
    # Without a URL the evidence is what tells two findings apart.
    about = [finding.code, finding.url, finding.source, finding.field, "" if finding.url else finding.evidence]
    return int.from_bytes(hashlib.sha256("\n".join(about).encode()).digest()[:8], "big") >> 1


def note(store: Store, run: Run, noticed: Sequence[Finding]) -> None:
    """Keep findings of a stage that has no transaction of its own."""
    with store.begin() as connection:
        save_findings(connection, run, noticed)
