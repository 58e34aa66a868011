"""Pure decoders: bytes in, records and findings out. No network, no scrapy, no store.

The one place where third-party input is validated: what leaves here is a :mod:`catalog.records` value or a
``Finding`` with its evidence, never an exception.
"""
