"""A whole sequence of nights, every state and every transition, the expected states written down first.

Each night is a generated recording, run by the real command line over real HTTP on loopback.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import zstandard

from crawler.cli import execute
from tests.nights import Place, broken_files

DAY_ONE = datetime(2026, 1, 1, tzinfo=UTC)

# What is expected, night by night. `day` counts from the first night, `exit` is the exit status, `listing` what is
# special about the night: the listing is served in part, or is shrunken, or turned over to strangers, by what it is on
# other nights; a drop is one in which many origins fail and the controls answer, a fault one in which they do not
# either; accepted is the fault's run gone on with by the operator. Under each resource: + listed or - not, how it answers (p payable, 5 status 500, 4 status 404,
# n no DNS, x the same but not to be asked any more, . not recorded), and the state published after the night. Where a night publishes nothing the states are those
# of the night before.
SEQUENCE = """
day  exit listing     steady      flaky        sleeper      leaver         dead           owner                 missed
0    0    whole       +p active   +p active    +p active    +p active      +p active      +p active             +p active
1    0    whole       +p active   +5 active    +5 active    -. active      +n active      +p active             +p active
2    0    whole       +p active   +5 active    +5 active    -. active      -n active      +p active             +p active
3    0    whole       +p active   +5 failing   +5 failing   -. active      -n failing     +p active             +p active
4    0    whole       +p active   +p active    +5 failing   -. delisted    -n failing     +. removed_by_owner   +p active
5    0    whole       +p active   +p active    +5 failing   +p active      -n delisted    +. removed_by_owner   +p active
6    0    empty       -. active   -. active    -. failing   -. active      -n delisted    -. removed_by_owner   -. active
7    0    partial     +p active   +p active    +5 failing   +p active      -n delisted    +. removed_by_owner   -. active
8    0    partial     +p active   +p active    +5 failing   +p active      -n delisted    +. removed_by_owner   -. active
9    0    partial     +p active   +p active    +5 failing   +p active      -n delisted    +. removed_by_owner   -. active
10   0    whole       +p active   +p active    +5 failing   +p active      -n delisted    +p active             +p active
11   0    shrunken    +p active   -. active    -. failing   +p active      -n delisted    +p active             -. active
12   0    turned_over +p active   -. active    -. failing   -. active      -n delisted    -. active             -. active
13   0    whole       +p active   +p active    +5 failing   +p active      -n delisted    +p active             +p active
14   3    fault       +n active   +n active    +n failing   +n active      -n delisted    +n active             +n active
15   0    whole       +p active   +p active    +5 failing   +p active      -n delisted    +p active             +p active
16   0    drop        +n active   +n active    +5 failing   +n active      -n delisted    +p active             +p active
17   3    fault       +n active   +n active    +5 failing   +n active      -n delisted    +n active             +n active
17   0    accepted    +n active   +n active    +5 failing   +n active      -n delisted    +n active             +n active
18   0    whole       +n failing  +n failing   +5 failing   +n failing     -n delisted    +p active             +p active
19   0    whole       +p active   +p active    +5 failing   +p active      -n delisted    +p active             +p active
29   0    whole       +p active   +p active    +5 failing   +p active      -4 delisted    +p active             +p active
30   0    whole       +p active   +p active    +5 dormant   +p active      -n delisted    +p active             +p active
31   0    whole       +p active   +p active    +5 dormant   +p active      -n gone        +p active             +p active
32   0    whole       +p active   +p active    +5 dormant   +p active      -x gone        +p active             +p active
33   0    whole       +p active   +p active    +p active    +p active      +p active      +p active             +p active
34   0    whole       +p active   +p active    +p active    +p active      +p active      +p active             +p active
"""
NAMES = ("steady", "flaky", "sleeper", "leaver", "dead", "owner", "missed")
OLD, NEW = "0x209693bc6afc0c5328ba36faf03c514ef312287c", "0x85bdb78ad4c39565f767da6733a071f86baedb6b"
CONTROL = "https://control.example/"
MOVES_ON = 33
"""The day `steady` asks to be paid at NEW instead of OLD."""
ANSWERS = {"5": {"status": 500}, "4": {"status": 404}, "n": {"error": "dns"}, "x": {"error": "dns"}}


@dataclass(frozen=True, slots=True)
class Night:
    """One line of the table."""

    day: int
    status: int
    listing: str
    plans: dict[str, str]
    states: dict[str, str]


def table() -> list[Night]:
    """The sequence as written down."""
    found = []
    for line in SEQUENCE.strip().splitlines()[1:]:
        day, status, listing, *cells = line.split()
        plans, states = dict(zip(NAMES, cells[::2], strict=True)), dict(zip(NAMES, cells[1::2], strict=True))
        found.append(Night(int(day), int(status), listing, plans, states))
    return found


def url(name: str) -> str:
    return f"https://{name}.example/api/{name}"


def slug(name: str) -> str:
    return f"{name}-example-api-{name}"


def run_id(day: int) -> str:
    return f"{DAY_ONE + timedelta(days=day):%Y%m%dT%H%M%S}Z"


def item(name: str, pay_to: str = OLD) -> dict[str, Any]:
    accept = {
        "scheme": "exact", "network": "base", "maxAmountRequired": "1000", "payTo": pay_to, "resource": url(name),
        "asset": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", "maxTimeoutSeconds": 60, "mimeType": "application/json",
        "description": f"Tells all about {name}", "extra": {"name": "USD Coin", "version": "2"},
        "outputSchema": {"input": {"type": "http", "method": "GET"}, "output": None},
    }  # fmt: skip
    return {"resource": url(name), "type": "http", "x402Version": 1, "accepts": [accept]}


def record(night: Night, folder: Path) -> Path:
    """The recording of a night; a payable answer is rebuilt from the listed terms."""
    folder.mkdir()
    listed = [name for name, plan in night.plans.items() if plan[0] == "+"]
    items = [item(name, NEW if name == "steady" and night.day >= MOVES_ON else OLD) for name in listed]
    if night.listing == "turned_over":
        items += [item(f"stranger{number}") for number in range(5)]
    lines = [{"method": "GET", "url": CONTROL, "error": "refused"}] if night.listing == "fault" else []
    lines += [
        {"method": "GET", "url": url(name), "latency_ms": 9, **ANSWERS[plan[1]]}
        for name, plan in night.plans.items()
        if plan[1] in ANSWERS
    ]
    head = {
        "recorded_at": (DAY_ONE + timedelta(days=night.day)).isoformat(), "complete": night.listing != "partial",
        "sources": {"bazaar": "listing.json"}, "responses": "responses.jsonl",
        "controls": [CONTROL],
    }  # fmt: skip
    (folder / "listing.json").write_text(json.dumps({"x402Version": 1, "items": items}))
    (folder / "responses.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "recording.json").write_text(json.dumps(head))
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, list[tuple[int, Path]]]:
    """All nights in order: exit statuses, and the release that was served after each."""
    place, served = Place(tmp_path_factory.mktemp("sequence")), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("X402_CATALOG_KEEP", "99")
        for night in table():
            out = [url("owner").split("/")[2]] if night.states["owner"] == "removed_by_owner" else []
            patch.setenv("X402_CATALOG_OPT_OUT", json.dumps(out))
            folder = place.folder / f"day-{night.day}"
            if night.listing == "accepted":
                status = place.nightly("--replay", folder, "--accept-drop", run_id(night.day))
            else:
                status = place.nightly("--replay", record(night, folder))
            served.append((status, place.latest.resolve()))
    return place, served


def read(release: Path, path: str) -> Any:
    return json.loads((release / path).read_bytes())


def query(release: Path, text: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(release / "catalog.sqlite")) as connection:
        return connection.execute(text).fetchall()


def test_every_night_ends_and_leaves_the_states_as_written_down(run: tuple[Place, list[tuple[int, Path]]]) -> None:
    seen = [
        (night.day, status, {name: read(release, f"resource/{slug(name)}.json")["lifecycle"] for name in NAMES})
        for night, (status, release) in zip(table(), run[1], strict=True)
    ]
    assert seen == [(night.day, night.status, night.states) for night in table()]
    assert {state for night in table() for state in night.states.values()} == {
        "active", "failing", "dormant", "delisted", "gone", "removed_by_owner",
    }  # fmt: skip
    assert broken_files(run[1][-1][1]) == []


def test_every_transition_is_told_in_the_night_it_happens_and_never_again(
    run: tuple[Place, list[tuple[int, Path]]],
) -> None:
    before: dict[str, str] = {}
    expected: list[tuple[str, str | None, str]] = []
    for night, (status, release) in zip(table(), run[1], strict=True):
        if status:
            continue
        moved = [(slug(n), before.get(n), state) for n, state in sorted(night.states.items()) if before.get(n) != state]
        news = read(release, "changes.json")["lifecycle"]
        told = [(m["slug"], m["old"], m["new"]) for m in news if "stranger" not in m["slug"]]
        # What an opted-out resource was before is withheld.
        assert told == [(s, None if new == "removed_by_owner" else old, new) for s, old, new in moved if before], (
            night.day
        )
        expected += moved
        before = night.states
    events = query(
        run[1][-1][1],
        "SELECT slug, old, new FROM lifecycle_events e JOIN resources r ON r.id = e.resource_id"
        " WHERE slug NOT LIKE 'stranger%'",
    )
    assert sorted(events, key=repr) == sorted(expected, key=repr)


def test_nothing_is_lost_on_the_way(run: tuple[Place, list[tuple[int, Path]]]) -> None:
    """Whoever was away has its slug, its first day and its checks when it returns."""
    release = run[1][-1][1]
    asked = {
        name: sum(night.plans[name][1] not in ".x" for night in table() if night.listing != "accepted")
        for name in NAMES
        if name != "owner"
    }
    checks = dict(query(release, "SELECT slug, COUNT(*) FROM checks JOIN resources ON id = resource_id GROUP BY 1"))
    assert {name: checks[slug(name)] for name in asked} == asked
    for name in NAMES:
        assert read(release, f"resource/{slug(name)}.json")["first_seen_at"] == "2026-01-01T00:00:00.000000+00:00"
    assert len(list((release / "resource").iterdir())) == len(NAMES) + 5


def test_every_guard_speaks_up_once_or_holds_the_night(run: tuple[Place, list[tuple[int, Path]]]) -> None:
    _, served = run
    lines = (served[-1][1] / "findings.jsonl").read_bytes().splitlines()
    last: dict[str, str] = {}
    for finding in map(json.loads, lines):
        if finding["code"].startswith(("source.", "probe.")):
            last[finding["code"]] = max(finding["last_run"], last.get(finding["code"], ""))
    kinds = {night.listing: run_id(night.day) for night in table()}
    assert last == {
        "source.empty": kinds["empty"], "source.partial": kinds["partial"], "source.shrunken": kinds["shrunken"],
        "source.turned_over": kinds["turned_over"], "probe.fault": kinds["fault"], "probe.drop": kinds["accepted"],
    }  # fmt: skip
    before: Path | None = None
    for status, release in served:
        assert (release == before) == bool(status), "a night that is held serves what was served"
        before = release
    outcomes = dict(query(served[-1][1], "SELECT outcome, COUNT(*) FROM checks GROUP BY 1"))
    fault = next(night for night in table() if night.listing == "fault")
    assert outcomes["prober_fault"] == len(fault.plans), "the accepted one counts as it was observed"


def test_of_an_owner_who_opted_out_nothing_but_a_tombstone_gets_out(
    run: tuple[Place, list[tuple[int, Path]]],
) -> None:
    nights = zip(table(), run[1], strict=True)
    out = [release for night, (_, release) in nights if night.states["owner"] == "removed_by_owner"]
    assert len(out) == 6
    named = {f"resource/{slug('owner')}.json", "files/resource.jsonl", "resources.jsonl.zst"}
    for release in out:
        assert set(read(release, f"resource/{slug('owner')}.json")) == {"generated_at", "slug", "lifecycle"}
        for path in sorted(p for p in release.rglob("*") if p.is_file()):
            body = path.read_bytes()
            if path.suffix == ".zst":
                body = zstandard.ZstdDecompressor().stream_reader(body).read()
            assert b"owner.example" not in body, path
            if release != out[0] or path.name != "changes.json":  # where its leaving is told
                assert slug("owner").encode() not in body or str(path.relative_to(release)) in named, path
    last = run[1][-1][1]
    document = read(last, f"resource/{slug('owner')}.json")
    assert document["url"] == url("owner")
    # All its nights but the one whose listing was empty and the one that listed strangers.
    asked = {run_id(night.day) for night in table() if night.listing not in ("empty", "turned_over")}
    checks = f"SELECT run_id FROM checks JOIN resources ON id = resource_id WHERE slug = '{slug('owner')}'"
    assert {run for (run,) in query(last, checks)} == asked, "its history is back"
    assert query(last, "SELECT slug FROM resources WHERE lifecycle = 'removed_by_owner'") == []


def test_a_recipient_that_moved_stands_on_top(
    run: tuple[Place, list[tuple[int, Path]]], capsys: pytest.CaptureFixture[str]
) -> None:
    released = {night.day: release for night, (_, release) in zip(table(), run[1], strict=True)}
    change = read(released[MOVES_ON], "changes.json")["offers"][0]
    assert (change["slug"], change["kind"], change["old"], change["new"]) == (slug("steady"), "pay_to", OLD, NEW)
    lines = (released[34] / "findings.jsonl").read_bytes().splitlines()
    (finding,) = [f for f in map(json.loads, lines) if f["code"] == "offer.pay_to_changed"]
    assert (finding["severity"], finding["url"], finding["evidence"]) == ("error", url("steady"), f"{OLD} → {NEW}")
    assert finding["first_run"] == finding["last_run"], "told once"
    assert read(released[34], "changes.json")["offers"] == []
    assert "pay_to_changed" in {r["check"] for r in read(released[34], f"resource/{slug('steady')}.json")["risks"]}
    assert execute(["report", "--store", run[0].store, "--run", run_id(MOVES_ON)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert next(i for i, line in enumerate(told) if "offer.pay_to_changed" in line) == 3
