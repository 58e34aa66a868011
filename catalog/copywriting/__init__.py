"""Copy: titles, summaries and the other texts, written from declared facts by a deterministic writer.

``naming`` finds what to call a thing: ``pathwords`` has the words of its route, ``clauses`` what a description says it
does, ``brands`` whose it is. ``prose`` makes third-party texts plain and ``cutting`` shortens them; ``wording`` and
``phrases`` hold English. ``drafts`` makes the facts ready, ``writer`` and ``uses`` put it together.
"""

from __future__ import annotations

from catalog.copywriting.brands import brand, provider
from catalog.copywriting.drafts import Facts
from catalog.copywriting.instances import instances
from catalog.copywriting.writer import MAX_SEO_DESCRIPTION, MAX_SEO_TITLE, MAX_SUMMARY, WRITER, Copy, write

__all__ = [
    "MAX_SEO_DESCRIPTION",
    "MAX_SEO_TITLE",
    "MAX_SUMMARY",
    "WRITER",
    "Copy",
    "Facts",
    "brand",
    "instances",
    "provider",
    "write",
]
