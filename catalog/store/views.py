"""The analysts' views. Dropped and created again after every migration, so they always fit the tables.

Written in the SQL that SQLite and PostgreSQL share; where a price must sort as a number it is cast, the exact text
stands beside it.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from catalog.records import UNANSWERED

_UNANSWERED = ", ".join(f"'{outcome}'" for outcome in sorted(UNANSWERED))

VIEWS: dict[str, tuple[str, str]] = {
    "resource_overview": (
        "One row per published resource: what it is, costs, and whether it answers.",
        """
        SELECT r.slug, r.url, r.tool, r.title, r.category, r.subcategory, r.protocol, r.x402_version, r.methods,
               o.host, o.domain, r.provider, r.price_usd, CAST(r.price_usd AS DOUBLE PRECISION) AS price,
               r.price_atomic, r.price_asset, r.price_network, r.price_basis, r.pricing_flag, r.pricing_ratio,
               r.pricing_review_required, r.pricing_decimal_suspect, r.trust_tier, r.status, r.status_since,
               r.lifecycle, r.listed, r.cluster_id, r.first_seen_at, r.last_listed_at, r.last_changed_at,
               r.last_outcome, r.last_checked_at, r.last_payable_at, r.consecutive_failures
        FROM resources r LEFT JOIN origins o ON o.id = r.origin_id
        WHERE r.slug IS NOT NULL
        """,
    ),
    "price_history": (
        "Every recorded change of a price: appeared, changed, vanished.",
        """
        SELECT r.slug, r.url, c.at, c.run_id, c.source, c.kind, c.accept, c.old, c.new
        FROM offer_changes c JOIN resources r ON r.id = c.resource_id
        WHERE c.kind IN ('price', 'price_appeared', 'price_vanished')
        """,
    ),
    "health_30d": (
        "Checks of the 30 days before the last run, per resource; shares are null without counted checks.",
        f"""
        SELECT r.slug, r.url, r.status, d.checks, d.counted, d.payable, d.answered,
               CASE WHEN d.counted > 0 THEN CAST(d.payable AS DOUBLE PRECISION) / d.counted END AS uptime,
               CASE WHEN d.counted > 0 THEN CAST(d.answered AS DOUBLE PRECISION) / d.counted END AS reachability,
               d.first_at, d.last_at, r.last_payable_at, r.consecutive_failures
        FROM resources r JOIN (
            SELECT c.resource_id, COUNT(*) AS checks,
                   SUM(CASE WHEN c.counted THEN 1 ELSE 0 END) AS counted,
                   SUM(CASE WHEN c.outcome = 'payable' THEN 1 ELSE 0 END) AS payable,
                   SUM(CASE WHEN c.counted AND c.outcome NOT IN ({_UNANSWERED}) THEN 1 ELSE 0 END) AS answered,
                   MIN(c.at) AS first_at, MAX(c.at) AS last_at
            FROM checks c
            WHERE c.at > (SELECT MAX(window_30d_from) FROM runs)
            GROUP BY c.resource_id
        ) d ON d.resource_id = r.id
        WHERE r.slug IS NOT NULL
        """,
    ),
    "category_prices": (
        "Price quartiles per category and subcategory, as of the last build.",
        """
        SELECT category, subcategory, resources, votes, q1, median, q3,
               CAST(q1 AS DOUBLE PRECISION) AS q1_number, CAST(median AS DOUBLE PRECISION) AS median_number,
               CAST(q3 AS DOUBLE PRECISION) AS q3_number, run_id
        FROM category_stats WHERE run_id = (SELECT MAX(run_id) FROM category_stats)
        """,
    ),
    "duplicate_members": (
        "Members of duplicate clusters, the canonical one marked.",
        """
        SELECT c.id AS cluster_id, c.size, r.slug, r.url, (r.id = c.canonical_id) AS canonical,
               r.price_usd, r.status, r.first_seen_at
        FROM clusters c JOIN resources r ON r.cluster_id = c.id
        """,
    ),
    "origin_overview": (
        "One row per server.",
        """
        SELECT o.slug, o.host, o.url, o.domain, o.provider, o.resources, o.payable, o.first_seen_at
        FROM origins o
        """,
    ),
    "network_share": (
        "How many resources offer each network, as listed and as answered live.",
        """
        SELECT p.basis, p.network, p.network_id, p.testnet, p.asset_symbol,
               COUNT(DISTINCT p.resource_id) AS resources, COUNT(*) AS accepts
        FROM payment_options p
        GROUP BY p.basis, p.network, p.network_id, p.testnet, p.asset_symbol
        """,
    ),
    "daily_counts": (
        "Checks per run and outcome.",
        """
        SELECT k.run_id, r.started_at, k.outcome, k.counted, COUNT(*) AS checks
        FROM checks k JOIN runs r ON r.id = k.run_id
        GROUP BY k.run_id, r.started_at, k.outcome, k.counted
        """,
    ),
}


def create_views(connection: Connection) -> None:
    """Create all views anew."""
    drop_views(connection)
    for name, (_, select) in VIEWS.items():
        connection.execute(text(f"CREATE VIEW {name} AS {select}"))


def drop_views(connection: Connection) -> None:
    """Drop all views, so that tables can be altered."""
    for name in reversed(VIEWS):
        connection.execute(text(f"DROP VIEW IF EXISTS {name}"))
