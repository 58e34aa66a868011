"""Guards through the real command line: no night in which we, or a source, were at fault is taken for the market."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import guards, health
from catalog.guards import Compared, Drop, Standing, Thresholds
from catalog.records import UNCOUNTED, Finding
from catalog.run import Run
from catalog.schedule import is_due, next_due
from catalog.store import intake, judging, runs
from catalog.store import schema as t
from catalog.store.checks import keep_checks
from catalog.store.engine import Store
from crawler.cli import execute
from tests.loopback import Quiet, serving
from tests.nights import Place
from tests.stores import FIRST_NIGHT, accept, check, crawl, id_of, listing, night, payable, save, save_checks
from tests.stores import rows as stored

CONTROL = "https://control.example.org/"
HOSTS = [f"api{number:02}.example.com" for number in range(12)]
LIMITS = Thresholds()


def url(host: str) -> str:
    return f"https://{host}/v1/weather"


def recording(
    folder: Path, number: int, hosts: Sequence[str], *, dead: Sequence[str] = (), control_dead: bool = False,
    complete: bool = True, controls: Sequence[str] = (CONTROL,),
) -> Path:  # fmt: skip
    """One night in which ``dead`` hosts refuse, all others answer with their listed terms."""
    made = folder / f"recorded-{number}"
    made.mkdir()
    items = [{"resource": url(h), "type": "http", "x402Version": 1, "accepts": [accept(url(h))]} for h in hosts]
    lines = [{"method": "GET", "url": url(host), "error": "refused"} for host in dead]
    if control_dead:
        lines.append({"method": "GET", "url": CONTROL, "error": "refused"})
    head = {
        "recorded_at": night(number).now, "complete": complete, "sources": {"cdp": "listing.json"},
        "responses": "responses.jsonl", "controls": list(controls),
    }  # fmt: skip
    (made / "listing.json").write_text(json.dumps({"x402Version": 1, "items": items}))
    (made / "responses.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (made / "recording.json").write_text(json.dumps(head))
    return made


def rows(place: Place, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(place.folder / "catalog.db")) as connection:
        return connection.execute(query).fetchall()


def report(place: Place, capsys: pytest.CaptureFixture[str]) -> Any:
    capsys.readouterr()
    assert execute(["report", "--store", place.store, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


STATES = (
    "SELECT id, last_outcome, last_checked_at, last_payable_at, consecutive_failures, unanswered_streak, gone_since, "
    "status, lifecycle FROM resources ORDER BY id"
)
MOVED = (STATES, "SELECT * FROM check_days ORDER BY 1, 2", "SELECT * FROM check_months ORDER BY 1, 2",
         "SELECT * FROM challenges ORDER BY 1, 2", "SELECT * FROM lifecycle_events ORDER BY 1, 2")  # fmt: skip


@pytest.fixture
def outage(tmp_path: Path) -> tuple[Place, Path]:
    """A good night, published; then one in which nothing answers us, the control neither."""
    place = Place(tmp_path)
    assert place.nightly("--replay", recording(tmp_path, 0, HOSTS)) == 0
    return place, recording(tmp_path, 1, HOSTS, dead=HOSTS, control_dead=True)


def test_an_outage_of_ours_publishes_nothing_and_says_why(
    outage: tuple[Place, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    place, dark = outage
    release, before = place.latest.resolve(), [rows(place, query) for query in MOVED]
    capsys.readouterr()
    for _ in range(2):  # and stays refused when the same command runs again
        assert place.nightly("--replay", dark) == 3
        said = capsys.readouterr().err
        assert "12 of 12 origins that were payable last time were not reached" in said
        assert f"controls do not answer us ({CONTROL})" in said
        assert f"--accept-drop {night(1).id}" in said
        assert said.count("\n") == 1
    assert place.latest.resolve() == release
    assert [rows(place, query) for query in MOVED] == before
    assert rows(place, f"SELECT DISTINCT outcome, observed, counted FROM checks WHERE run_id = '{night(1).id}'") == [
        ("prober_fault", "connect_error", 0)
    ]
    told = report(place, capsys)
    assert told["status"] == "refused"
    assert told["findings"]["probe.fault"] == 1
    assert "12 of 12 origins" in told["message"]
    assert execute(["build", "--store", place.store]) == 3
    assert execute(["probe", "--store", place.store, "--replay", str(dark), "--no-progress"]) == 3


def test_the_night_after_an_outage_goes_on_as_if_it_had_not_been(outage: tuple[Place, Path], tmp_path: Path) -> None:
    place, dark = outage
    assert place.nightly("--replay", dark) == 3
    assert place.nightly("--replay", recording(tmp_path, 2, HOSTS)) == 0
    assert rows(place, "SELECT DISTINCT last_outcome, consecutive_failures, status FROM resources") == [
        ("payable", 0, "healthy")
    ]
    assert rows(place, "SELECT SUM(checks), SUM(counted), SUM(payable) FROM check_days") == [(36, 24, 24)]
    assert rows(place, "SELECT COUNT(*) FROM unsettled_checks") == [(0,)]


def test_an_operator_can_accept_the_drop(outage: tuple[Place, Path], capsys: pytest.CaptureFixture[str]) -> None:
    place, dark = outage
    assert place.nightly("--replay", dark) == 3
    assert place.nightly("--replay", dark, "--accept-drop", night(0).id) == 2
    assert place.nightly("--replay", dark, "--accept-drop", night(1).id) == 0
    assert place.latest.resolve().name == night(1).id
    assert rows(place, "SELECT DISTINCT last_outcome, consecutive_failures FROM resources") == [("connect_error", 1)]
    kept = rows(place, f"SELECT DISTINCT outcome, observed, message FROM checks WHERE run_id = '{night(1).id}'")
    assert kept == [("connect_error", None, "The connection was refused.")]
    assert "accepted by the operator" in next(f for f in place.findings() if f["code"] == "probe.drop")["evidence"]
    capsys.readouterr()
    assert place.nightly("--replay", dark, "--accept-drop", night(1).id) == 2
    assert "no guard refused its checks" in capsys.readouterr().err


@pytest.mark.parametrize("controls", [(CONTROL,), ()])
def test_half_the_market_dying_is_published_where_the_controls_answer(
    controls: tuple[str, ...], tmp_path: Path
) -> None:
    place = Place(tmp_path)
    assert place.nightly("--replay", recording(tmp_path, 0, HOSTS)) == 0
    assert place.nightly("--replay", recording(tmp_path, 1, HOSTS, dead=HOSTS[:6], controls=controls)) == 0
    assert Counter(rows(place, "SELECT last_outcome FROM resources")) == {("payable",): 6, ("connect_error",): 6}
    (found,) = [f for f in place.findings() if f["code"].startswith("probe.")]
    assert found["code"] == "probe.drop"
    assert found["evidence"].startswith("6 of 12 origins that were payable last time were not reached")


def test_fewer_than_the_limit_ask_no_control(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert place.nightly("--replay", recording(tmp_path, 0, HOSTS)) == 0
    assert place.nightly("--replay", recording(tmp_path, 1, HOSTS, dead=HOSTS[:3], control_dead=True)) == 0
    assert not [f for f in place.findings() if f["code"].startswith("probe.")]


@pytest.mark.recorded
def test_one_big_host_dying_does_not_stop_the_night(shared: Path, tmp_path: Path) -> None:
    """192 of the 634 resources of a real page stand on one origin."""
    page, place, dead = shared / "recordings" / "cdp-2026-03-17", Place(tmp_path), tmp_path / "dead"
    assert place.nightly("--replay", page) == 0
    dead.mkdir()
    items = json.loads((page / "listing.cdp.json").read_bytes())["items"]
    big = [i["resource"] for i in items if urlsplit(i["resource"]).netloc == "bridge.eruditepay.com"]
    assert len(big) == 192
    head = json.loads((page / "recording.json").read_bytes()) | {"recorded_at": "2026-03-18T20:24:00Z"}
    (dead / "recording.json").write_text(json.dumps(head))
    (dead / "listing.cdp.json").write_bytes((page / "listing.cdp.json").read_bytes())
    lines = [line for line in (page / "responses.jsonl").read_text().splitlines() if json.loads(line)["url"] not in big]
    lines += [json.dumps({"method": "GET", "url": one, "error": "refused"}) for one in big]
    (dead / "responses.jsonl").write_text("\n".join(lines))
    assert place.nightly("--replay", dead) == 0
    last = "SELECT outcome, COUNT(*) FROM checks WHERE run_id = (SELECT MAX(id) FROM runs) GROUP BY 1"
    came = dict(rows(place, last))
    assert came["payable"] == 614 - 192
    assert came["connect_error"] + came["inferred"] == 192, "the breaker spares a dead host most of its requests"
    assert not [f for f in place.findings() if f["code"].startswith("probe.")]


# -- live: real sockets ---------------------------------------------------------------------------------------------


class Origin(Quiet):
    """A resource on a port of its own, and on the first port the bazaar that lists all of them."""

    ports: list[int]
    resetting: set[int]
    dark: bool

    def do_GET(self) -> None:
        """The bazaar's page, a 402, or a connection closed without a word."""
        port = self.server.server_address[1]
        control = self.path == "/bazaar"  # and no page of the listing
        if control and not self.dark:
            self.resetting.clear()
        if self.path.startswith("/bazaar") and not (control and self.dark):
            places = [f"http://127.0.0.1:{port}/x" for port in self.ports]
            items = [{"resource": p, "type": "http", "x402Version": 1, "accepts": [accept(p)]} for p in places]
            self.send(200, {"items": items, "pagination": {"limit": 100, "offset": 0, "total": len(items)}})
        elif control or port in self.resetting:
            self.connection.close()
        else:
            place = f"http://127.0.0.1:{port}/x"
            self.send(402, {"x402Version": 1, "error": "payment required", "accepts": [accept(place)]})

    def send(self, status: int, document: Any) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def origins(count: int) -> Iterator[type[Origin]]:
    handler = type("Handler", (Origin,), {"ports": [], "resetting": set(), "dark": False})
    with ExitStack() as stack:
        handler.ports = [stack.enter_context(serving(handler)).server_address[1] for _ in range(count)]
        yield handler


def test_failures_that_do_not_stand_when_asked_again_count_for_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with origins(4) as handler:
        source = f"here=http://127.0.0.1:{handler.ports[0]}/bazaar"
        live = ("--source", source, "--allow-private-hosts")
        assert place.nightly(*live) == 0
        handler.resetting.update(handler.ports[1:])
        assert place.nightly(*live) == 0
    last = "SELECT outcome, observed, counted FROM checks WHERE run_id = (SELECT MAX(id) FROM runs)"
    assert Counter(rows(place, last)) == {("payable", None, 1): 1, ("prober_fault", "connect_error", 0): 3}
    assert rows(place, "SELECT DISTINCT last_outcome, consecutive_failures FROM resources") == [("payable", 0)]
    (found,) = [f for f in place.findings() if f["code"].startswith("probe.")]
    assert found["code"] == "probe.unsteady"
    assert found["evidence"].startswith("3 of 3 checks")


def test_without_controls_the_sources_accuse_us(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = Place(tmp_path)
    with origins(4) as handler:
        live = ("--source", f"here=http://127.0.0.1:{handler.ports[0]}/bazaar", "--allow-private-hosts")
        assert place.nightly(*live) == 0
        release = place.latest.resolve()
        handler.resetting.update(handler.ports)
        handler.dark = True
        assert place.nightly(*live) == 3
        assert "controls do not answer us (http://127.0.0.1" in capsys.readouterr().err
        assert place.latest.resolve() == release
        handler.resetting.clear()
        assert place.nightly(*live) == 0, "the next night is a run of its own"
    assert rows(place, "SELECT DISTINCT last_outcome, consecutive_failures FROM resources") == [("payable", 0)]


# -- sources --------------------------------------------------------------------------------------------------------


def listed(place: Place, number: int, hosts: Sequence[str], *, complete: bool = True) -> dict[str, int]:
    """A night that only reads the listing; host → complete listings in a row without it."""
    made = recording(place.folder, number, hosts, complete=complete)
    assert place.nightly("--replay", made, "--no-probe") == 0
    query = "SELECT r.url, l.missed FROM resources r JOIN listings l ON l.resource_id = r.id WHERE l.current"
    return {urlsplit(found).netloc: missed for found, missed in rows(place, query)}


def verdict(place: Place) -> tuple[str, str]:
    ((found, message),) = rows(place, "SELECT verdict, message FROM source_runs ORDER BY run_id DESC LIMIT 1")
    return found, message


def test_a_shrunken_listing_delists_nothing_until_a_second_night_says_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Place(tmp_path)
    listed(place, 0, HOSTS[:10])
    assert set(listed(place, 1, HOSTS[:5]).values()) == {0}
    told = report(place, capsys)
    assert told["sources"]["cdp"]["verdict"] == "shrunken"
    assert told["sources"]["cdp"]["message"].startswith("shrunken: 5 resources where 10 were listed")
    assert told["findings"]["source.shrunken"] == 1
    assert execute(["report", "--store", place.store]) == 0
    assert "shrunken: 5 resources" in capsys.readouterr().out
    missed = listed(place, 2, HOSTS[:5])
    assert verdict(place) == ("accepted", "")
    assert [missed[host] for host in HOSTS[:10]] == [0] * 5 + [1] * 5


def test_a_listing_that_shrinks_further_is_not_believed_yet(tmp_path: Path) -> None:
    place = Place(tmp_path)
    listed(place, 0, HOSTS)
    for number, size in ((1, 6), (2, 2)):
        assert set(listed(place, number, HOSTS[:size]).values()) == {0}
        assert verdict(place)[0] == "shrunken"
    assert set(listed(place, 3, HOSTS).values()) == {0}
    assert verdict(place)[0] == "accepted"
    listed(place, 4, HOSTS[:2])
    assert verdict(place)[0] == "shrunken", "a suspicion of before the last accepted listing is forgotten"


def test_a_listing_turned_over_delists_nothing_at_first(tmp_path: Path) -> None:
    place = Place(tmp_path)
    listed(place, 0, HOSTS[:6])
    assert set(listed(place, 1, HOSTS[4:10]).values()) == {0}
    assert verdict(place)[0] == "turned_over"
    assert verdict(place)[1].startswith("turned over: 4 of the 6 resources listed before are missing")
    assert set(listed(place, 2, HOSTS[:6]).values()) == {0, 1}, "back again: only what came between is missing"
    assert verdict(place)[0] == "accepted"


def test_empty_and_partial_listings_delist_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path)
    listed(place, 0, HOSTS)
    assert set(listed(place, 1, ()).values()) == {0}
    assert verdict(place)[0] == "empty"
    assert set(listed(place, 2, HOSTS[:11], complete=False).values()) == {0}
    assert verdict(place)[0] == "partial"
    assert {f["code"] for f in place.findings()} >= {"source.empty", "source.partial"}
    assert listed(place, 3, HOSTS[:11])[HOSTS[11]] == 1


def test_the_thresholds_are_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(tmp_path)
    monkeypatch.setenv("X402_CATALOG_MAX_SHRUNKEN", "0.05")
    listed(place, 0, HOSTS)
    listed(place, 1, HOSTS[:11])
    assert verdict(place)[0] == "shrunken"


@pytest.mark.parametrize(
    ("now", "missing", "expected"),
    [(60, 40, "accepted"), (59, 41, "shrunken"), (100, 60, "accepted"), (100, 61, "turned_over"), (300, 0, "accepted")],
)
def test_where_the_limits_lie(now: int, missing: int, expected: str) -> None:
    compared = Compared(100, now, missing)
    judged = guards.judge_listing(complete=True, rows=now, accepted=compared, suspected=None, limits=LIMITS)
    assert judged == expected


def test_what_counts_as_a_drop() -> None:
    def standing(number: int, origin: str, outcome: str, payable: bool = True) -> Standing:
        return Standing(number, origin, outcome, payable)

    found = guards.drop(
        [
            *(standing(n, "big", "timeout") for n in range(100)), standing(200, "well", "payable"),
            standing(201, "half", "tls_error"), standing(202, "half", "server_error"),
            standing(203, "new", "dns_error", payable=False), standing(204, "ours", "blocked"),
            standing(205, "skipped", "inferred"), standing(206, "busy", "rate_limited"),
        ]
    )  # fmt: skip
    assert found == Drop(4, ("big",))
    assert not found.exceeds(0.3)
    assert Drop(10, tuple("abcd")).exceeds(0.3)
    assert not Drop(10, tuple("abc")).exceeds(0.3)
    assert not Drop(0, ()).exceeds(0.3)


@pytest.mark.parametrize(
    ("configured", "sources", "expected"),
    [
        (["payable", "timeout"], [], True), (["open", "open", "timeout"], [], False), (["open"], ["timeout"], False),
        ([], ["timeout", "open"], False), ([], ["timeout", "dns_error"], True), (["blocked"], ["open"], True),
    ],
)  # fmt: skip
def test_what_accuses_us(configured: list[str], sources: list[str], expected: bool) -> None:
    assert guards.controls_fail(configured, sources) is expected


def test_refused_and_accepted_in_either_database(store: Store) -> None:
    one, other = "https://api.example.com/v1/weather", "https://api.example.org/v1/news"
    crawl(store, night(0), listing(one), listing(other))
    save_checks(store, night(0), [payable(one), payable(other)])
    crawl(store, night(1), listing(one), listing(other))
    keep_checks(store, night(1), [check(one, "timeout", status=None, error="timeout"), payable(other, "20000")])
    before = stored(store, t.checks)
    assert [s.newly_failing for s in judging.standings(store, night(1))].count(True) == 1
    judging.refuse(store, night(1), Finding("probe.fault", "error", source="probe"))
    assert judging.is_refused(store, night(1))
    assert {r["outcome"] for r in stored(store, t.checks) if r["run_id"] == night(1).id} == {"prober_fault"}
    judging.accept(store, night(1), Finding("probe.drop", "warning", source="probe"))
    assert not judging.is_unsettled(store, night(1))
    assert stored(store, t.checks) == before
    assert len(stored(store, t.challenges)) == 3


def test_unsteady_checks_in_either_database(store: Store) -> None:
    one, other = "https://api.example.com/v1/weather", "https://api.example.org/v1/news"
    crawl(store, night(0), listing(one), listing(other))
    keep_checks(store, night(0), [payable(one), payable(other)])
    judging.settle_judged(store, night(0), [id_of(one)], ())
    found = {r["id"]: r["last_outcome"] for r in stored(store, t.resources)}
    assert found == {id_of(one): None, id_of(other): "payable"}
    assert [r["resource_id"] for r in stored(store, t.challenges)] == [id_of(other)]


def test_suspicion_in_either_database(store: Store) -> None:
    places = [listing(url(host)) for host in HOSTS]
    for number, size, expected in ((0, 12, "accepted"), (1, 5, "shrunken"), (2, 5, "accepted"), (3, 12, "accepted")):
        run = night(number)
        runs.begin_run(store, run, replay=False)
        intake.begin_source(store, run, "cdp", "https://cdp.example")
        save(store, run, *places[:size])
        intake.finish_source(store, run, "cdp", complete=True)
        assert {r["run_id"]: r["verdict"] for r in stored(store, t.source_runs)}[run.id] == expected
        missed = {r["missed"] for r in stored(store, t.listings)}
        assert missed == ({0, 1} if number == 2 else {0})


# -- what is due ----------------------------------------------------------------------------------------------------


def test_when_a_resource_is_due() -> None:
    at = FIRST_NIGHT
    assert next_due(health.State(), None, at) == at
    hours = []
    for failures in range(8):
        state = health.State(last_checked_at=at, consecutive_failures=failures)
        hours.append((next_due(state, "failing", at) - at) / timedelta(hours=1))
    assert hours == [24, 1, 2, 4, 8, 16, 24, 24]
    dormant = health.State(last_checked_at=at, consecutive_failures=1)
    passed = health.State(last_checked_at=at, consecutive_failures=1)
    assert next_due(passed, "failing", at, at) == at + timedelta(days=1)
    assert next_due(dormant, "dormant", at) == next_due(dormant, "delisted", at) == at + timedelta(days=7)


@given(
    st.lists(
        st.sampled_from(["payable", "timeout", "server_error", "not_exercised", "inferred"]), min_size=1, max_size=40
    )
)
def test_an_hourly_job_does_not_grow_the_load(outcomes: list[str]) -> None:
    """Whatever a resource answers, an hourly job asks it at most thrice a day in the long run, and once where its
    answers stay the same."""
    days, state, asked, uncounted = 30, health.State(), 0, None
    for hour in range(24 * days):
        at: datetime = FIRST_NIGHT + timedelta(hours=hour)
        if is_due(state, None, at, uncounted):
            outcome = outcomes[asked % len(outcomes)]
            state, uncounted = health.advance(state, outcome, None, at), at if outcome in UNCOUNTED else uncounted
            asked += 1
    steady = len(set(outcomes)) == 1
    assert asked <= (days + 5 if steady else 3 * days + 5)
    assert asked >= days - 1


def test_probe_due_asks_only_what_is_due_in_a_run_of_its_own(tmp_path: Path) -> None:
    place = Place(tmp_path)
    first = recording(tmp_path, 0, HOSTS, dead=HOSTS[:2])
    assert place.nightly("--replay", first) == 0

    def asked(later: timedelta) -> int:
        run = Run(FIRST_NIGHT + later)
        command = ["probe", "--due", "--now", run.now, "--store", place.store, "--replay", str(first), "--no-progress"]
        assert execute(command) == 0
        ((found,),) = rows(place, f"SELECT COUNT(*) FROM checks WHERE run_id = '{run.id}'")
        assert rows(place, f"SELECT status FROM runs WHERE id = '{run.id}'") == [("probed",)]
        assert isinstance(found, int)
        return found

    assert asked(timedelta(minutes=30)) == 0
    assert [asked(timedelta(hours=hours)) for hours in (1, 2, 3, 4)] == [2, 0, 2, 0]
