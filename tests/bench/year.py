"""A year of nightly checks of many resources, generated, and what it costs."""

from __future__ import annotations

import json
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from catalog import health
from catalog.layers import Trace, judged, transport
from catalog.records import Attempt, Check
from catalog.run import Run, iso, parse_time
from catalog.store import checks, days, runs, schema
from catalog.store.engine import Store, open_store, upsert
from catalog.store.settling import settle
from catalog.urls import canonical, resource_id
from crawler.decoders.challenge import decode_challenge

FIRST = parse_time("2025-04-24T01:00:00.402402Z")
NIGHTS = 365
BATCH = 500
"""Checks saved at a time, as the probe does."""

# Of a hundred resources 80 are payable, 12 gone (404), 5 without a name, 3 too slow; each has a bad night now and then.
_KIND = "CASE WHEN (n * 7919 + night * 104729) % 50 = 0 THEN 99 ELSE n % 100 END"
_NIGHT = f"""
    INSERT INTO checks (resource_id, run_id, at, outcome, counted, method, status, error, latency_ms, message, attempts,
                        certificate_expires, answered_by, layers, failed_layer)
    SELECT id, run, at,
           CASE WHEN k < 80 THEN 'payable' WHEN k < 92 THEN 'client_error' WHEN k < 97 THEN 'dns_error' ELSE 'timeout' END,
           1, 'GET', CASE WHEN k < 80 THEN 402 WHEN k < 92 THEN 404 END,
           CASE WHEN k >= 97 THEN 'timeout' WHEN k >= 92 THEN 'dns' END,
           CASE WHEN k < 92 THEN 80 + (n * 31 + night * 17) % 900 END,
           CASE WHEN k < 80 THEN 'Answered 402 with valid x402 terms.' WHEN k < 92 THEN 'Answered 404.'
                WHEN k < 97 THEN 'The host name could not be resolved.'
                ELSE 'The server did not take the connection in time.' END,
           CASE WHEN k < 92 THEN '' WHEN k < 97 THEN '[{{"detail":"api-0001.example.com: Name or service not known"}}]'
                ELSE '[{{"detail":"Connection timeout to host https://api-0001.example.com/v1/weather"}}]' END,
           CASE WHEN k < 92 THEN expires END, 0,
           CASE WHEN k < 80 THEN '+12 +31 +44 +120 + + +' WHEN k < 92 THEN '+12 +31 +44 +120 ! - -'
                WHEN k < 97 THEN '! - - - - - -' ELSE '+12 ! - - - - -' END,
           CASE WHEN k < 80 THEN NULL WHEN k < 92 THEN 'challenge' WHEN k < 97 THEN 'dns' ELSE 'connect' END
    FROM (SELECT id, n, run, at, night, expires, {_KIND} AS k
          FROM (SELECT id, CAST(title AS INTEGER) AS n FROM resources) CROSS JOIN nights
          WHERE night >= :first AND night < :last)
    ORDER BY id, run
"""
_DAY = """
    INSERT INTO check_days (resource_id, day, checks, counted, payable, answered, outcomes, latencies)
    SELECT resource_id, substr(at, 1, 10), 1, 1, outcome = 'payable', status IS NOT NULL, outcome,
           CASE WHEN outcome = 'payable' THEN CAST(latency_ms AS TEXT) ELSE '' END
    FROM checks WHERE run_id >= (SELECT run FROM nights WHERE night = :first) ORDER BY resource_id, run_id
"""
_MONTHS = """
    INSERT INTO check_months (resource_id, month, checks, counted, payable, answered, outcomes, latencies)
    SELECT resource_id, month, SUM(n), SUM(n), SUM(payable), SUM(answered), group_concat(outcomes || '*' || n),
           COALESCE(group_concat(NULLIF(latencies, '')), '')
    FROM (SELECT resource_id, substr(day, 1, 7) AS month, outcomes, COUNT(*) AS n, SUM(payable) AS payable,
                 SUM(answered) AS answered, COALESCE(group_concat(NULLIF(latencies, '')), '') AS latencies
          FROM check_days GROUP BY resource_id, month, outcomes)
    GROUP BY resource_id, month
"""


def generate(store: Store, resources: int, *, lot: int) -> None:
    """A year of checks, ``lot`` nights at a time: 1 fills the pages as nights do, all at once is fast."""
    moments = [FIRST + timedelta(days=night) for night in range(NIGHTS)]
    nights = [
        {"night": n, "run": Run(at).id, "at": iso(at), "expires": iso(FIRST + timedelta(days=n // 60 * 60 + 90))}
        for n, at in enumerate(moments)
    ]
    rest = {"status": "published", "stage": "publish", "replay": False, "message": "", "counts": "{}", "timings": "{}"}
    with store.begin() as connection:
        connection.exec_driver_sql("PRAGMA cache_size=-1000000")
        upsert(connection, schema.resources, [_resource(number) for number in range(resources)])
        upsert(
            connection, schema.runs,
            [{"id": Run(at).id, "started_at": at, "window_30d_from": at - health.WINDOW} | rest for at in moments],
        )  # fmt: skip
        connection.exec_driver_sql("CREATE TEMP TABLE nights (night INTEGER PRIMARY KEY, run, at, expires)")
        connection.execute(text("INSERT INTO nights VALUES (:night, :run, :at, :expires)"), nights)
        for first in range(0, NIGHTS, lot):
            connection.execute(text(_NIGHT), {"first": first, "last": first + lot})
            connection.execute(text(_DAY), {"first": first})
        connection.execute(text(_MONTHS))
        connection.exec_driver_sql("DROP TABLE nights")


def _resource(number: int) -> dict[str, object]:
    url = f"https://api.example.com/{number}"
    return {
        "id": resource_id(canonical(url), ""), "identity": canonical(url), "tool": "", "url": url,
        "slug": f"api-example-com-{number}", "kind": "http", "methods": "GET", "first_seen_at": FIRST,
        "last_listed_at": FIRST, "listed": True, "title": str(number), "status": "healthy",
        "consecutive_failures": 0, "unanswered_streak": 0,
    }  # fmt: skip


def size(store: Store) -> int:
    """Bytes of the pages that hold something."""
    with store.begin() as connection:
        pages, free, each = (
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("page_count", "freelist_count", "page_size")
        )
    return int((pages - free) * each)


def one_night(store: Store, run: Run, ids: list[int], url: str) -> float:
    """Seconds to keep and settle one more night's checks, four of five payable, as the probe and its end do."""
    accept = {
        "scheme": "exact", "network": "base", "maxAmountRequired": "10000", "resource": url, "maxTimeoutSeconds": 60,
        "asset": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", "description": "", "mimeType": "application/json",
        "payTo": "0x209693Bc6afc0C5328bA36FaF03C514EF312287C", "extra": {"name": "USD Coin", "version": "2"},
    }  # fmt: skip
    terms = decode_challenge({}, json.dumps({"x402Version": 1, "accepts": [accept]}).encode(), url)
    trace = Trace("http", {"dns": 12, "connect": 31, "tls": 44, "http": 120})
    reached = transport(None, trace, secure=True, literal=False)
    layers = (*reached, *judged("payable", terms, answered=True))
    gone = (*reached, *judged("client_error", None, answered=True))
    attempt, missing = Attempt("GET", url, 402, None, 120), Attempt("GET", url, 404, None, 120)
    batch = [
        Check(key, "client_error", (missing,), 0, "Answered 404.", layers=gone)
        if place % 5 == 0
        else Check(key, "payable", (attempt,), 0, "Answered 402 with valid x402 terms.", terms, layers=layers)
        for place, key in enumerate(ids)
    ]
    began = time.perf_counter()
    runs.begin_run(store, run, replay=False)
    for start in range(0, len(batch), BATCH):
        checks.keep_checks(store, run, batch[start : start + BATCH])
    settle(store, run)
    return time.perf_counter() - began


def timed(store: Store, query: str) -> tuple[float, int]:
    """Seconds and rows of a query."""
    began = time.perf_counter()
    with store.begin() as connection:
        found = len(connection.execute(text(query)).all())
    return time.perf_counter() - began, found


def measure(resources: int, sampled: int = 300) -> None:
    """Generate the year and print what it costs: times with ``resources``, bytes with ``sampled`` night by night."""
    with tempfile.TemporaryDirectory() as folder:
        _times(open_store(f"sqlite:///{Path(folder) / 'year.db'}"), resources)
        _bytes(open_store(f"sqlite:///{Path(folder) / 'nights.db'}"), sampled)


def _times(store: Store, resources: int) -> None:
    began = time.perf_counter()
    generate(store, resources, lot=NIGHTS)
    spent = time.perf_counter() - began
    print(f"a year of {resources} resources, {resources * NIGHTS} checks, generated in {spent:.0f} s")
    with store.begin() as connection:
        ids = list(connection.execute(text("SELECT id FROM resources ORDER BY id")).scalars())
    cpu = time.process_time()
    seconds, found = timed(store, "SELECT * FROM health_30d")
    cpu = time.process_time() - cpu
    print(f"  health_30d over all of them: {seconds:.1f} s ({cpu:.1f} s of processor), {found} rows (goal 10)")
    tonight = Run(FIRST + timedelta(days=NIGHTS))
    cpu = time.process_time()
    spent = one_night(store, tonight, ids, "https://api.example.com/1")
    cpu = time.process_time() - cpu
    print(f"  one more night kept and settled: {spent:.1f} s ({cpu:.1f} s of processor, goal 10)")
    store.close()


def _bytes(store: Store, resources: int) -> None:
    generate(store, resources, lot=1)
    whole = size(store)
    began = time.perf_counter()
    pruned = days.prune(store, Run(FIRST + timedelta(days=NIGHTS)))
    spent = time.perf_counter() - began
    print(f"bytes per resource-year: {size(store) // resources} as kept, {whole // resources} if nothing were pruned")
    with store.begin() as connection:
        tables = "SELECT name, SUM(pgsize) FROM dbstat GROUP BY 1 ORDER BY 2 DESC LIMIT 4"
        parts = [f"{name} {pages // resources}" for name, pages in connection.exec_driver_sql(tables)]
    print(f"  of which {', '.join(parts)}; {pruned} checks pruned in {spent:.1f} s")
    store.close()
