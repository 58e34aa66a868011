"""The duplicate search: which resources are one API listed several times, and why that is believed.

The way: exact copies collapse to one representative; buckets (same route, same text, payTo in common) and MinHash
bands propose pairs of representatives; a few readable rules judge each pair; clusters grow from the judged edges,
strongest first, as long as no member is too far from the cluster's centre. Proposing is near-linear: in a bucket of
more than ``BUCKET_CAP`` each member is compared with the first and its next neighbours only.

What the rules rest on: the route's shape (values masked) is the base; *equal* text then tells a duplicate from a
variant, likeness does not ("… on Base", "… on Tron"); a payTo in common only helps where a text is missing, since
unrelated products share one and true copies (previews, forks, tunnels) differ in it; prices change between copies.
Where texts differ, the names of the hosts speak: ``btc.acme.io`` and ``eth.acme.io`` are two products,
``acme-api.onrender.com`` and ``acme.com`` one. Routes that differ in shape are one only by a rule of their own.
"""

from __future__ import annotations

from catalog.duplicates.clusters import REACH, cluster
from catalog.duplicates.links import LINKED, Link, links
from catalog.duplicates.model import Candidate, Cluster, ClusterEvent, Edge, Relation
from catalog.duplicates.pairs import LIMITS, Limits
from catalog.duplicates.search import BUCKET_CAP, Crowd, Found, find_edges

__all__ = [
    "BUCKET_CAP",
    "LIMITS",
    "LINKED",
    "REACH",
    "Candidate",
    "Cluster",
    "ClusterEvent",
    "Crowd",
    "Edge",
    "Found",
    "Limits",
    "Link",
    "Relation",
    "cluster",
    "find_edges",
    "links",
]
