"""Politeness: listings are hostile input, and what they make us do must harm nobody else either.

Pure parts, each with the rule it keeps: :mod:`~crawler.politeness.robots` (robots.txt),
:mod:`~crawler.politeness.budgets` (who is asked how often a night), :mod:`~crawler.politeness.breaker` (dead hosts),
:mod:`~crawler.politeness.quiet` (``Retry-After``), :mod:`~crawler.politeness.addresses` (connected addresses).
:mod:`~crawler.politeness.lanes` walks the hosts by them. What site owners are told stands in docs/site-owners.md.
"""
