"""Categories: what a caller gets from a resource, in two levels, with the evidence.

``described`` cuts a resource into words, ``lexicon`` knows what they point to, ``classify`` weighs them,
``together`` does so for a whole catalogue.
"""

from __future__ import annotations

from catalog.taxonomy.classify import TAXONOMY, TESTING, UNKNOWN, Category, categorise
from catalog.taxonomy.described import Described
from catalog.taxonomy.together import categorise_all

__all__ = ["TAXONOMY", "TESTING", "UNKNOWN", "Category", "Described", "categorise", "categorise_all"]
