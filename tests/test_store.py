"""The store: every night counted exactly once, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from catalog import health
from catalog.records import UNCOUNTED, Finding, Outcome
from catalog.store import checks, findings, intake, reports, runs, settling
from catalog.store import schema as t
from catalog.store.engine import Store, StoreError, StoreMismatch, open_store
from tests.forked import End, forked, without_rights
from tests.stores import accept, challenge, check, crawl, dump, id_of, listing, night, payable, rows, save, save_checks

URL = "https://api.example.com/v1/weather"
OTHER = "https://api.example.com/v1/news"


# -- pages --------------------------------------------------------------------------------------------------------


def test_copies_on_a_page_become_one_resource(store: Store) -> None:
    crawl(
        store,
        night(1),
        listing("http://api.example.com/v1/weather", method="GET"),
        listing(f"{URL}/", method="POST", description="Weather, newer", lastUpdated="2026-02-28T00:00:00Z"),
    )
    (resource,) = rows(store, t.resources)
    assert resource["url"] == f"{URL}/"
    assert resource["methods"] == "GET,POST"
    (version,) = rows(store, t.listings)
    kept = intake.LISTING.validate_json(version["record"])
    assert (kept.url, kept.methods, kept.description) == (f"{URL}/", ("GET", "POST"), "Weather, newer")
    assert [f["code"] for f in rows(store, t.findings)] == ["listing.repeated"]


@pytest.mark.parametrize("second", ["cdp", "payai"])
def test_methods_are_a_set_over_pages_and_sources(store: Store, second: str) -> None:
    run = night(1)
    runs.begin_run(store, run, replay=False)
    for source in sorted({"cdp", second}):
        intake.begin_source(store, run, source, "https://bazaar.example")
    save(store, run, listing(URL, method="POST"))
    save(store, run, listing(URL, method="GET", source=second), source=second)
    assert [r["methods"] for r in rows(store, t.resources)] == ["GET,POST"]
    assert [target.methods for target in checks.targets(store, run)] == [("GET", "POST")]
    crawl(store, night(2), listing(URL, method="GET"))
    assert [r["methods"] for r in rows(store, t.resources)] == ["GET"], "a set of what is declared now"


def test_https_stays_once_it_was_listed(store: Store) -> None:
    crawl(store, night(1), listing(URL.replace("https", "http")))
    crawl(store, night(2), listing(URL))
    crawl(store, night(3), listing(URL.replace("https", "http")))
    assert [r["url"] for r in rows(store, t.resources)] == [URL]


def test_a_version_is_appended_only_when_the_content_changed(store: Store) -> None:
    first = listing(URL, lastUpdated="2026-02-01T00:00:00Z", quality={"l30DaysTotalCalls": 1})
    again = listing(URL, lastUpdated="2026-03-02T00:00:00Z", quality={"l30DaysTotalCalls": 2})
    dearer = listing(URL, "20000", lastUpdated="2026-03-03T00:00:00Z")
    back = listing(URL, lastUpdated="2026-03-04T00:00:00Z")
    for number, row in enumerate((first, again, dearer, back), 1):
        crawl(store, night(number), row)
    versions = rows(store, t.listings)
    assert [(v["first_run"], v["last_run"], v["current"]) for v in versions] == [
        (night(1).id, night(2).id, False),
        (night(3).id, night(3).id, False),
        (night(4).id, night(4).id, True),
    ]
    assert versions[0]["quality"] == '{"l30DaysTotalCalls":2}'
    assert versions[0]["last_updated"] == datetime(2026, 3, 2, tzinfo=UTC)
    assert versions[0]["content_hash"] == versions[2]["content_hash"] != versions[1]["content_hash"]
    assert versions[0]["raw"] == first.raw, "the verbatim row of the night the content appeared"


def test_a_page_read_again_after_a_kill_changes_nothing(store: Store) -> None:
    run = night(1)
    page = (listing(URL.replace("https", "http"), method="GET"), listing(URL, method="POST"), listing(OTHER))
    crawl(store, run, *page)
    before = dump(store)
    save(store, run, *page)
    after = dump(store)
    assert after.pop("source_runs")[0]["pages"] == before.pop("source_runs")[0]["pages"] + 1
    assert after == before


def test_hostile_values_do_not_stop_a_page(store: Store) -> None:
    long_url = "https://api.example.com/" + "".join(chr(0x4E00 + i * 7919 % 20000) for i in range(2000))
    page = (
        listing(long_url, description="a\u0000b \ud800 \u202e"),
        listing(URL, str(2**256 - 1), quality={"n": 10**30, "x": "\u0000"}),
        listing(OTHER, accepts=[accept(OTHER, maxTimeoutSeconds=10**12, extra={"n": 10**40, "s": "\ud800"})]),
    )
    run = night(1)
    crawl(store, run, *page)
    save_checks(store, run, [payable(URL, str(2**256 - 1))])
    found = {v["resource_id"]: intake.LISTING.validate_json(v["record"]) for v in rows(store, t.listings)}
    assert found[id_of(URL)].accepts[0].atomic == 2**256 - 1
    assert found[id_of(long_url)].description == "ab"
    assert found == {id_of(row.url): replace(row, raw="") for row in page}


def test_dollars_are_exact(store: Store) -> None:
    amounts = [Decimal("0.0527"), Decimal(2**256 - 1), Decimal("1E-18"), None]
    stats = [
        {"run_id": "r", "category": "c", "subcategory": str(i), "resources": 1, "votes": 1, "median": amount}
        for i, amount in enumerate(amounts)
    ]
    with store.begin() as connection:
        connection.execute(insert(t.category_stats), stats)
        assert list(connection.execute(select(t.category_stats.c.median)).scalars()) == amounts


# -- sources ------------------------------------------------------------------------------------------------------


def missed(store: Store) -> dict[int, tuple[int, datetime | None]]:
    return {v["resource_id"]: (v["missed"], v["absent_since"]) for v in rows(store, t.listings) if v["current"]}


def test_only_complete_listings_make_a_resource_missed(store: Store) -> None:
    crawl(store, night(1), listing(URL), listing(OTHER))
    crawl(store, night(2), listing(URL), complete=False)
    assert missed(store)[id_of(OTHER)] == (0, None)
    crawl(store, night(3), listing(URL))
    crawl(store, night(4), listing(URL))
    assert missed(store) == {id_of(URL): (0, None), id_of(OTHER): (2, night(3).at)}
    crawl(store, night(5), listing(URL), listing(OTHER))
    assert missed(store)[id_of(OTHER)] == (0, None)


def test_a_failed_source_makes_nothing_missed(store: Store) -> None:
    crawl(store, night(1), listing(URL))
    run = night(2)
    runs.begin_run(store, run, replay=False)
    intake.begin_source(store, run, "cdp", "https://bazaar.example")
    intake.finish_source(store, run, "cdp", complete=True, failed="HTTP status 503")
    assert missed(store)[id_of(URL)] == (0, None)
    assert rows(store, t.source_runs)[1]["status"] == "failed"


def test_missed_counts_once_however_often_a_source_is_finished(store: Store) -> None:
    crawl(store, night(1), listing(URL), listing(OTHER))
    crawl(store, night(2), listing(URL))
    for _ in range(3):
        intake.finish_source(store, night(2), "cdp", complete=True)
    assert missed(store)[id_of(OTHER)] == (1, night(2).at)


def test_missed_counts_per_source(store: Store) -> None:
    crawl(store, night(1), listing(URL))
    crawl(store, night(1), listing(URL, source="payai"), source="payai")
    crawl(store, night(2), listing(OTHER))
    crawl(store, night(2), listing(URL, source="payai"), source="payai")
    found = {(v["resource_id"], v["source"]): v["missed"] for v in rows(store, t.listings)}
    assert found == {(id_of(URL), "cdp"): 1, (id_of(URL), "payai"): 0, (id_of(OTHER), "cdp"): 0}


def test_times_are_kept_in_one_form(sqlite_url: str) -> None:
    with closing(open_store(sqlite_url)) as store:
        crawl(store, night(1), listing(URL))
        crawl(store, night(2), listing(OTHER))
        with store.begin() as connection:
            found = connection.exec_driver_sql("SELECT absent_since FROM listings WHERE missed = 1").scalar()
    assert found == night(2).now


def test_a_source_read_to_the_end_is_not_read_again(store: Store) -> None:
    run, url = night(1), "https://bazaar.example"
    crawl(store, run, listing(URL))
    assert not intake.begin_source(store, run, "cdp", url)
    assert intake.begin_source(store, run, "payai", url)
    save(store, run, listing(URL, source="payai"), source="payai")
    assert intake.begin_source(store, run, "payai", url), "killed in the middle: from the start"
    intake.finish_source(store, run, "payai", complete=False, failed="HTTP status 503")
    assert intake.begin_source(store, run, "payai", url), "failed: tried again by the same run"
    state = {row["source"]: row for row in rows(store, t.source_runs)}["payai"]
    assert (state["status"], state["pages"], state["rows_read"], state["message"]) == ("running", 0, 0, "")


# -- findings -----------------------------------------------------------------------------------------------------


def test_findings_are_kept_once_with_their_latest_evidence(store: Store) -> None:
    finding = Finding("accept.amount_invalid", "warning", URL, "cdp", "accepts[0]", "$0.01")
    for number, evidence in ((1, "$0.01"), (2, "$0.02")):
        runs.begin_run(store, night(number), replay=False)
        noticed = [replace(finding, evidence=evidence), replace(finding, evidence=evidence, field="accepts[1]")]
        findings.note(store, night(number), [*noticed, *noticed])
    found = rows(store, t.findings)
    assert len(found) == 2
    assert {(f["evidence"], f["first_run"], f["last_run"]) for f in found} == {("$0.02", night(1).id, night(2).id)}


def test_without_a_url_the_evidence_tells_findings_apart(store: Store) -> None:
    findings.note(store, night(1), [Finding("listing.no_url", "warning", "", "cdp", "", text) for text in "abab"])
    assert sorted(f["evidence"] for f in rows(store, t.findings)) == ["a", "b"]


# -- checks -------------------------------------------------------------------------------------------------------


@pytest.fixture
def listed(store: Store) -> Store:
    crawl(store, night(1), listing(URL), listing(OTHER))
    return store


def state(store: Store, url: str = URL) -> health.State:
    row = next(r for r in rows(store, t.resources) if r["id"] == id_of(url))
    return health.State(**{name: row[name] for name in health.State.__dataclass_fields__})


def test_a_batch_saved_again_counts_once(listed: Store) -> None:
    batch = [payable(URL), check(OTHER, "timeout", status=None, error="timeout", latency_ms=None)]
    save_checks(listed, night(1), batch)
    once = dump(listed)
    save_checks(listed, night(1), batch)
    save_checks(listed, night(1), [check(URL, "server_error", status=500)])
    assert dump(listed) == once
    assert len(once["checks"]) == 2


def test_a_resource_twice_in_a_batch_counts_once(listed: Store) -> None:
    save_checks(listed, night(1), [payable(URL), payable(URL)])
    assert [(d["checks"], d["payable"]) for d in rows(listed, t.check_days)] == [(1, 1)]


def test_day_counters(listed: Store) -> None:
    day: list[tuple[Outcome, int | None, int | None]] = [
        ("payable", 402, 120), ("payable", 402, None), ("server_error", 500, 30), ("timeout", None, None),
        ("rate_limited", 429, 10), ("payable", 402, 80),
    ]  # fmt: skip
    for hour, (outcome, status, latency) in enumerate(day):
        run = night(1, hours=hour)
        error = None if status else "timeout"
        save_checks(listed, run, [check(URL, outcome, status=status, error=error, latency_ms=latency)])
    save_checks(listed, night(2), [check(URL, "open", status=200)])
    assert rows(listed, t.check_days, without=["resource_id"]) == [
        {
            "day": "2026-03-02", "checks": 6, "counted": 5, "payable": 3, "answered": 4,
            "outcomes": "payable*3,rate_limited,server_error,timeout", "latencies": "120,80",
        },
        {
            "day": "2026-03-03", "checks": 1, "counted": 1, "payable": 0, "answered": 1, "outcomes": "open",
            "latencies": "",
        },
    ]  # fmt: skip


def test_streaks(listed: Store) -> None:
    def checked(number: int, outcome: Outcome, status: int | None, error: str | None = None) -> health.State:
        save_checks(listed, night(number), [check(URL, outcome, status=status, error=error)])
        return state(listed)

    assert checked(1, "payable", 402) == health.State("payable", night(1).at, night(1).at, 0, 0, None)
    assert checked(2, "client_error", 404) == health.State("client_error", night(2).at, night(1).at, 1, 0, night(2).at)
    assert checked(3, "dns_error", None, "dns") == health.State(
        "dns_error", night(3).at, night(1).at, 2, 1, night(2).at
    )
    assert checked(4, "server_error", 500) == health.State("server_error", night(4).at, night(1).at, 3, 2, None)
    assert checked(5, "payable", 402) == health.State("payable", night(5).at, night(5).at, 0, 0, None)


@pytest.mark.parametrize("outcome", sorted(UNCOUNTED))
def test_uncounted_outcomes_move_no_figure(listed: Store, outcome: Outcome) -> None:
    save_checks(listed, night(1), [check(URL, "dns_error", status=None, error="dns")])
    before = state(listed)
    sent = outcome in ("not_exercised", "rate_limited")
    save_checks(listed, night(2), [check(URL, outcome, status=405 if sent else None)])
    assert state(listed) == replace(before, last_checked_at=night(2 if sent else 1).at)
    (_, last) = rows(listed, t.check_days)
    assert (last["checks"], last["counted"], last["answered"]) == (1, 0, 0)


def test_live_terms_are_kept_as_versions(listed: Store) -> None:
    terms = ["10000", "10000", "20000", "10000"]
    for number, amount in enumerate(terms, 1):
        volatile = {"recentBlockhash": f"hash of night {number}"}
        save_checks(listed, night(number), [payable(URL, amount, extra=volatile)])
    save_checks(listed, night(5), [check(URL, "server_error", status=500)])
    assert [(v["first_run"], v["last_run"], v["current"]) for v in rows(listed, t.challenges)] == [
        (night(1).id, night(2).id, False),
        (night(3).id, night(3).id, False),
        (night(4).id, night(4).id, True),
    ]


def test_the_order_of_accepts_is_no_change(listed: Store) -> None:
    one, other = challenge(URL), challenge(URL, "20000", network="polygon")
    for number, accepts in ((1, one.accepts + other.accepts), (2, other.accepts + one.accepts)):
        save_checks(listed, night(number), [check(URL, terms=replace(one, accepts=accepts))])
    assert [(v["first_run"], v["last_run"]) for v in rows(listed, t.challenges)] == [(night(1).id, night(2).id)]


def test_a_plain_402_leaves_the_terms_that_were_answered(listed: Store) -> None:
    save_checks(listed, night(1), [payable(URL)])
    plain = replace(challenge(URL), protocols=(), accepts=())
    save_checks(listed, night(2), [check(URL, "plain_402", terms=plain)])
    assert [v["last_run"] for v in rows(listed, t.challenges)] == [night(1).id]


def test_findings_of_checks_are_kept(listed: Store) -> None:
    found = Finding("challenge.other_resource", "info", URL, "live", "resource.url", "http://localhost/")
    terms = replace(challenge(URL), findings=(replace(found, code="challenge.header_unreadable"),))
    save_checks(listed, night(1), [check(URL, terms=terms, findings=[found])])
    codes = {f["code"] for f in rows(listed, t.findings)}
    assert {"challenge.other_resource", "challenge.header_unreadable"} <= codes


# -- targets ------------------------------------------------------------------------------------------------------


def test_targets_are_what_is_not_checked_yet_in_identity_order(listed: Store) -> None:
    tool = {"extensions": {"bazaar": {"info": {"input": {"type": "mcp", "toolName": "rain"}}}}}
    crawl(listed, night(2), listing(URL, method="POST"), listing(URL, **tool), listing(OTHER))
    found = checks.targets(listed, night(2))
    assert [(f.url, f.kind, f.methods) for f in found] == [
        (OTHER, "http", ()), (URL, "http", ("POST",)), (URL, "mcp", ()),
    ]  # fmt: skip
    save_checks(listed, night(2), [payable(URL)])
    assert [(f.url, f.kind) for f in checks.targets(listed, night(2))] == [(OTHER, "http"), (URL, "mcp")]
    assert len(checks.targets(listed, night(3))) == 3, "unlisted ones too"
    assert [f.url for f in checks.targets(listed, night(3), lambda url: url == OTHER)] == [OTHER]


def test_a_run_that_goes_on_knows_what_it_sent(listed: Store) -> None:
    unsent = check(OTHER, "blocked", status=None)
    save_checks(listed, night(2), [payable(URL), unsent])
    told = [(a.url, a.outcome, a.sent) for a in checks.asked(listed, night(2))]
    assert told == [(OTHER, "blocked", False), (URL, "payable", True)]


def test_what_is_gone_is_not_asked_again(listed: Store) -> None:
    with listed.begin() as connection:
        connection.execute(t.resources.update().where(t.resources.c.id == id_of(URL)).values(lifecycle="gone"))
    assert [f.url for f in checks.targets(listed, night(2))] == [OTHER]


# -- runs ---------------------------------------------------------------------------------------------------------


def statuses(store: Store) -> dict[str, str]:
    return {row["id"]: row["status"] for row in rows(store, t.runs)}


def test_a_run_begins_goes_on_and_ends(store: Store) -> None:
    assert runs.current_run(store) is None
    assert runs.begin_run(store, night(1), replay=False) is False
    assert runs.current_run(store) == night(1)
    assert runs.begin_run(store, night(1), replay=False) is True
    runs.set_run(store, night(1), status="failed", message="no space", counts={"documents": 3})
    assert runs.begin_run(store, night(1), replay=False) is True
    (row,) = rows(store, t.runs)
    assert (row["status"], row["message"], row["counts"]) == ("running", "", '{"documents":3}')
    assert row["window_30d_from"] == night(1).at - timedelta(days=30)


def test_an_unfinished_run_is_aborted_by_a_later_one(store: Store) -> None:
    runs.begin_run(store, night(1), replay=False)
    runs.set_run(store, night(1), status="published")
    runs.begin_run(store, night(2), replay=False)
    runs.begin_run(store, night(3), replay=False)
    assert statuses(store) == {night(1).id: "published", night(2).id: "aborted", night(3).id: "running"}


def test_the_clock_never_runs_backwards(store: Store) -> None:
    runs.begin_run(store, night(2), replay=False)
    with pytest.raises(runs.RunOrderError, match=r"is before the last run, 2026-03-03T02:00:00\.250000"):
        runs.begin_run(store, night(1), replay=False)
    assert statuses(store) == {night(2).id: "running"}


@pytest.mark.parametrize(
    ("hours", "replay", "status", "goes_on"),
    [
        (0, False, "running", True),
        (19, False, "running", True),
        (20, False, "running", False),
        (-1, False, "running", False),
        (1, True, "running", False),
        (1, False, "published", False),
        (1, False, "failed", False),
    ],
)
def test_which_run_goes_on(store: Store, hours: int, replay: bool, status: str, goes_on: bool) -> None:
    runs.begin_run(store, night(1), replay=replay)
    runs.set_run(store, night(1), status=status)
    expected = night(1) if goes_on else None
    assert runs.unfinished_run(store, night(1).at + timedelta(hours=hours)) == expected


def test_a_report_counts_what_a_run_brought(listed: Store) -> None:
    save_checks(listed, night(1), [payable(URL), check(OTHER, "open", status=200)])
    found = reports.report(listed)
    assert (found["listed"], found["probed"], found["payable"]) == (2, 2, 1)
    assert found["outcomes"] == {"open": 1, "payable": 1}
    assert found["sources"]["cdp"] == {
        "status": "done", "rows": 2, "distinct": 2, "total": 2, "complete": True, "verdict": "accepted",
        "message": "",
    }  # fmt: skip
    with pytest.raises(StoreMismatch, match="there is no run 1999"):
        reports.report(listed, "1999")


def test_a_transaction_is_kept_whole_or_not_at_all(store: Store) -> None:
    def half() -> None:
        with store.begin() as connection:
            connection.execute(insert(t.sources).values(name="a", url="b", first_run="r", last_run="r"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert rows(store, t.sources) == []


# -- the lock -----------------------------------------------------------------------------------------------------


def test_one_night_at_a_time(store_url: str) -> None:
    with ExitStack() as stack:
        first, second = (stack.enter_context(closing(open_store(store_url))) for _ in range(2))
        with first.lock(), pytest.raises(StoreError, match="another run holds") as refused, second.lock():
            pass
        assert "\n" not in str(refused.value)
        with second.lock():
            pass


def test_the_lock_of_a_killed_process_is_free(store_url: str) -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with open_store(store_url).lock():
            os.write(writing, b"held")
            signal.pause()
        os._exit(0)
    assert os.read(reading, 4) == b"held"
    with closing(open_store(store_url)) as store:
        with pytest.raises(StoreError, match="another run holds"), store.lock():
            pass
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        for descriptor in (reading, writing):
            os.close(descriptor)
        eventually(lambda: locks(store))


def locks(store: Store) -> bool:
    try:
        with store.lock():
            return True
    except StoreError:
        return False


def eventually(holds: Callable[[], bool]) -> None:
    """PostgreSQL needs a moment to notice that a client is gone."""
    deadline = datetime.now(UTC) + timedelta(seconds=10)
    while not holds():
        assert datetime.now(UTC) < deadline


def test_a_failing_night_lets_go(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.lock():
        raise ZeroDivisionError
    assert locks(store)


# -- stores that cannot be used -----------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "catalog.db"
    with closing(open_store(f"sqlite:///{path}")) as store:
        crawl(store, night(1), listing(URL))
    return path


def one_line(end: End, *expected: str) -> None:
    assert end.how in ("StoreError", "StoreMismatch"), end
    assert "\n" not in end.value
    for part in expected:
        assert part in end.value


def test_a_file_that_cannot_be_written(file: Path) -> None:
    def work() -> None:
        without_rights()
        store = open_store(f"sqlite:///{file}")
        runs.begin_run(store, night(2), replay=False)

    file.chmod(0o444)
    one_line(forked(work), str(file), "attempt to write a readonly database")


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    def opening() -> None:
        without_rights()
        open_store(f"sqlite:///{folder / 'catalog.db'}")

    folder = tmp_path / "closed"
    folder.mkdir(mode=0o555)
    one_line(forked(opening), "unable to open database file")


def test_a_lock_that_cannot_be_made(file: Path) -> None:
    def locking() -> None:
        store = open_store(f"sqlite:///{file}")
        without_rights()
        with store.lock():
            pass

    file.parent.chmod(0o555)
    one_line(forked(locking), "cannot lock", "Permission denied")
    file.parent.chmod(0o755)


def test_a_file_that_another_program_holds(file: Path) -> None:
    with closing(sqlite3.connect(file)) as other, closing(open_store(f"sqlite:///{file}")) as store:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="database is locked") as refused:
            runs.begin_run(store, night(2), replay=False)
    assert type(refused.value) is StoreError
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "content", [b"this is a text file, not a database\n" * 100, b"SQLite format 3\0" + b"?" * 4096]
)
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(StoreMismatch, match="is no database file") as refused:
        open_store(f"sqlite:///{path}")
    assert "\n" not in str(refused.value)
    assert path.read_bytes() == content


def test_a_damaged_file(file: Path) -> None:
    body = file.read_bytes()
    file.write_bytes(body[:4096] + b"\xff" * (len(body) - 4096))
    with pytest.raises(StoreError) as refused, closing(open_store(f"sqlite:///{file}")) as store:
        runs.begin_run(store, night(2), replay=False)
    assert "\n" not in str(refused.value)


def test_a_store_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(StoreMismatch, match="there is no store at"):
        open_store(f"sqlite:///{tmp_path / 'none.db'}", create=False)
    assert list(tmp_path.iterdir()) == []
    open_store(f"sqlite:///{tmp_path / 'made' / 'on the way' / 'catalog.db'}").close()
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot make .*/file: ") as refused:
        open_store(f"sqlite:///{tmp_path / 'file' / 'catalog.db'}")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("catalog.db", "not a store URL: catalog.db"),
        ("", "not a store URL"),
        ("mysql://user:secret@127.0.0.1/x", "a store is sqlite"),
        ("postgresql://user:secret@127.0.0.1:port/x", "not a store URL"),
        ("postgresql+nonsense://user:secret@127.0.0.1/x", "not a store URL"),
    ],
)
def test_a_url_that_names_no_store(url: str, message: str) -> None:
    with pytest.raises(StoreMismatch, match=message) as refused:
        open_store(url)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_server_that_does_not_answer() -> None:
    with pytest.raises(StoreError, match="cannot be used: connection failed") as refused:
        open_store("postgresql://user:secret@127.0.0.1:1/catalog")
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)
    assert type(refused.value) is StoreError


def test_checks_count_once_the_night_is_settled(listed: Store) -> None:
    before = dump(listed)
    checks.keep_checks(listed, night(1), [payable(URL)])
    assert [r["outcome"] for r in rows(listed, t.checks)] == ["payable"]
    for unmoved in ("resources", "check_days", "challenges"):
        assert dump(listed)[unmoved] == before[unmoved]
    assert settling.settle(listed, night(1)) == 1
    moved = dump(listed)
    assert settling.settle(listed, night(1)) == 0
    assert dump(listed) == moved
    assert state(listed).last_outcome == "payable"


def test_checks_of_a_night_that_nobody_ended_count_for_nothing(listed: Store) -> None:
    before = state(listed)
    checks.keep_checks(listed, night(1), [payable(URL)])
    runs.begin_run(listed, night(2), replay=False)
    ((outcome, observed, counted),) = [(r["outcome"], r["observed"], r["counted"]) for r in rows(listed, t.checks)]
    assert (outcome, observed, counted) == ("prober_fault", "payable", False)
    assert state(listed) == before
    assert rows(listed, t.challenges) == []
    assert [(d["checks"], d["counted"], d["payable"]) for d in rows(listed, t.check_days)] == [(1, 0, 0)]
