"""The analysts' views. Dropped and created again after every migration, so they always fit the tables.

Written in the SQL that SQLite and PostgreSQL share, but for the Monday of a day; where a price must sort as a number it is cast, the exact text
stands beside it.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from catalog.records import UNANSWERED

_UNANSWERED = ", ".join(f"'{outcome}'" for outcome in sorted(UNANSWERED))

_SUMS = ", ".join(f"SUM({name})" for name in ("checks", "counted", "payable", "answered"))
_BEFORE_WINDOW = """COALESCE((
                SELECT MAX(id) FROM runs WHERE started_at <= (SELECT MAX(window_30d_from) FROM runs)), '')"""
"""The last run outside the window. Ids of runs sort by time and checks lie by resource and run, so that what was
before the window is not read."""
_SETTLED = """NOT EXISTS (
                SELECT 1 FROM unsettled_checks u WHERE u.resource_id = c.resource_id AND u.run_id = c.run_id)"""
_MONDAY = {
    "sqlite": "date(day, '-6 days', 'weekday 1')",
    "postgresql": "to_char(date_trunc('week', CAST(day AS DATE)), 'YYYY-MM-DD')",
}
_Z2 = "CAST(3.841458820694124 AS DOUBLE PRECISION)"
"""1.96 squared, as in :class:`catalog.health.Share`."""


def _value(hits: str) -> str:
    return f"CASE WHEN d.counted >= 5 THEN CAST(d.{hits} AS DOUBLE PRECISION) / d.counted END"


def _bound(hits: str, sign: str) -> str:
    """Wilson's interval over whole numbers: (k + z²/2 ± z·√(k(n−k)/n + z²/4)) ÷ (n + z²)."""
    root = f"SQRT({_Z2} * (d.{hits} * (d.counted - d.{hits}) * 1.0 / d.counted + {_Z2} / 4))"
    return f"CASE WHEN d.counted >= 5 THEN (d.{hits} + {_Z2} / 2 {sign} {root}) / (d.counted + {_Z2}) END"


VIEWS: dict[str, tuple[str, str]] = {
    "resource_overview": (
        "One row per published resource: what it is, costs, and whether it answers.",
        """
        SELECT r.slug, r.url, r.tool, r.title, r.category, r.subcategory, r.protocol, r.x402_version, r.methods,
               o.host, o.domain, r.provider, r.price_usd, CAST(r.price_usd AS DOUBLE PRECISION) AS price,
               r.price_atomic, r.price_asset, r.price_network, r.price_basis, r.pricing_flag, r.pricing_ratio,
               r.pricing_review_required, r.pricing_decimal_suspect, r.trust_tier, r.risks, r.status, r.status_since,
               r.lifecycle, r.listed, r.cluster_id, r.first_seen_at, r.last_listed_at, r.last_changed_at,
               r.last_outcome, r.last_checked_at, r.last_payable_at, r.consecutive_failures
        FROM resources r LEFT JOIN origins o ON o.id = r.origin_id
        WHERE r.slug IS NOT NULL
        """,
    ),
    "price_history": (
        "Every recorded change of a price from one night to the next: appeared, changed, vanished.",
        """
        SELECT r.slug, r.url, c.at, c.run_id, c.source, c.kind, c.accept, c.old, c.new, c.old_usd, c.new_usd,
               CAST(c.old_usd AS DOUBLE PRECISION) AS old_price, CAST(c.new_usd AS DOUBLE PRECISION) AS new_price
        FROM offer_changes c JOIN resources r ON r.id = c.resource_id
        WHERE c.kind IN ('price', 'price_appeared', 'price_vanished')
        """,
    ),
    "health_30d": (
        "Checks of the 30 days before the last run, per resource, as the documents show them: shares with their 95 % "
        "Wilson intervals, null under 5 counted checks; latencies of payable answers.",
        f"""
        SELECT r.slug, r.url, r.status, d.checks, d.counted, d.payable, d.answered,
               {_value("payable")} AS uptime, {_bound("payable", "-")} AS uptime_low,
               {_bound("payable", "+")} AS uptime_high, {_value("answered")} AS reachability,
               {_bound("answered", "-")} AS reachability_low, {_bound("answered", "+")} AS reachability_high,
               d.first_at, d.last_at, s.p50_ms, s.p95_ms, COALESCE(s.measured, 0) AS measured, s.newest_at,
               r.last_checked_at, r.last_payable_at, r.consecutive_failures
        FROM resources r JOIN (
            SELECT c.resource_id, COUNT(*) AS checks,
                   SUM(CASE WHEN c.counted THEN 1 ELSE 0 END) AS counted,
                   SUM(CASE WHEN c.outcome = 'payable' THEN 1 ELSE 0 END) AS payable,
                   SUM(CASE WHEN c.counted AND c.outcome NOT IN ({_UNANSWERED}) THEN 1 ELSE 0 END) AS answered,
                   MIN(CASE WHEN c.counted THEN c.at END) AS first_at,
                   MAX(CASE WHEN c.counted THEN c.at END) AS last_at
            FROM resources k CROSS JOIN checks c
            WHERE c.resource_id = k.id AND c.run_id > {_BEFORE_WINDOW} AND {_SETTLED}
            GROUP BY c.resource_id
        ) d ON d.resource_id = r.id LEFT JOIN (
            SELECT resource_id, MIN(CASE WHEN place * 100 >= 50 * measured THEN latency_ms END) AS p50_ms,
                   MIN(CASE WHEN place * 100 >= 95 * measured THEN latency_ms END) AS p95_ms,
                   MAX(measured) AS measured, MAX(at) AS newest_at
            FROM (
                SELECT c.resource_id, c.latency_ms, c.at,
                       ROW_NUMBER() OVER (PARTITION BY c.resource_id ORDER BY c.latency_ms) AS place,
                       COUNT(*) OVER (PARTITION BY c.resource_id) AS measured
                FROM resources k CROSS JOIN checks c
                WHERE c.resource_id = k.id AND c.run_id > {_BEFORE_WINDOW} AND {_SETTLED}
                  AND c.outcome = 'payable' AND c.latency_ms IS NOT NULL
            ) ranked
            GROUP BY resource_id
        ) s ON s.resource_id = r.id
        WHERE r.slug IS NOT NULL
        """,
    ),
    "health_periods": (
        "Checks per resource and day, ISO week (start is its Monday), month, and of all time (start is null); kept "
        "for ever. Shares are null under 5 counted checks.",
        f"""
        SELECT r.slug, r.url, d.period, d.start, d.checks, d.counted, d.payable, d.answered,
               {_value("payable")} AS uptime, {_value("answered")} AS reachability
        FROM resources r JOIN (
            SELECT resource_id, 'day' AS period, day AS start, checks, counted, payable, answered FROM check_days
            UNION ALL
            SELECT resource_id, 'week', {{monday}}, {_SUMS} FROM check_days GROUP BY resource_id, {{monday}}
            UNION ALL
            SELECT resource_id, 'month', month || '-01', checks, counted, payable, answered FROM check_months
            UNION ALL
            SELECT resource_id, 'all', NULL, {_SUMS} FROM check_months GROUP BY resource_id
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
        "How many resources that are still offered take each network, as listed and as answered live.",
        """
        SELECT p.basis, p.network, p.network_id, p.testnet, p.asset_symbol,
               COUNT(DISTINCT p.resource_id) AS resources, COUNT(*) AS accepts
        FROM payment_options p JOIN resources r ON r.id = p.resource_id
        WHERE r.lifecycle IN ('active', 'failing', 'dormant')
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
        fitted = select.replace("{monday}", _MONDAY[connection.dialect.name])
        connection.execute(text(f"CREATE VIEW {name} AS {fitted}"))


def drop_views(connection: Connection) -> None:
    """Drop all views, so that tables can be altered."""
    for name in reversed(VIEWS):
        connection.execute(text(f"DROP VIEW IF EXISTS {name}"))
