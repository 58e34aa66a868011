"""``python -m tests.evaluate [NAME…]``: every judgement against the labels and recordings, or the named ones."""

from __future__ import annotations

import sys

from tests.conftest import SHARED
from tests.evaluate import categories, copy, duplicates, prices, texts

EVALUATIONS = {
    "categories": categories.main,
    "copy": copy.main,
    "duplicates": duplicates.main,
    "prices": prices.main,
    "texts": texts.main,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or EVALUATIONS:
        EVALUATIONS[name](SHARED)
        print()
