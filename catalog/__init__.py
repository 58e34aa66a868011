"""The core: what a listing means, what it costs, whether it answers, what it is a copy of.

Everything here but :mod:`catalog.store` is pure: values in, values out, no clock, no network, no database.
The package knows neither edge (``crawler`` brings records in, ``exports`` carries documents out).
"""
