"""Categories: what a caller gets from a resource, in two levels, with the evidence.

``described`` cuts a resource into words, ``lexicon`` knows what they point to, ``classify`` weighs them.
"""

from __future__ import annotations

from catalog.taxonomy.classify import TAXONOMY, TESTING, UNKNOWN, Category, categorise, categorise_all
from catalog.taxonomy.described import Described

__all__ = ["TAXONOMY", "TESTING", "UNKNOWN", "Category", "Described", "categorise", "categorise_all"]
