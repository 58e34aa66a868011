"""JSON Schemas from what resources declare, and examples that satisfy them.

``declared`` reads hints of every form, ``fieldspecs`` and ``typescript`` the spellings of fields and types,
``examples`` and ``patterns`` make a body, ``comparing`` tells whether two schemas say the same.
"""

from __future__ import annotations

from catalog.schemas.comparing import Schemas, distinct, fingerprint, schemas_of
from catalog.schemas.declared import field_names, input_schema, output_schema
from catalog.schemas.examples import example

__all__ = [
    "Schemas",
    "distinct",
    "example",
    "field_names",
    "fingerprint",
    "input_schema",
    "output_schema",
    "schemas_of",
]
