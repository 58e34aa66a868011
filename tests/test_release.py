"""Releases: complete, verifiable file by file, switched at once, and never half-written for a reader."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import zstandard

from catalog.documents import KINDS, SCHEMA_VERSION
from catalog.run import Run
from catalog.site import Site
from catalog.store import intake, runs
from catalog.store import schema as t
from catalog.store.engine import Store, head_revision, open_store
from catalog.store.snapshot import write_snapshot
from catalog.store.views import VIEWS
from exports.exporters import InvalidDocument
from exports.release import Exported, NothingToPublish, ReleaseError, export, publish
from exports.staging import Staging
from tests.forked import End, forked, kill_at, steps, without_rights, without_space
from tests.nights import broken_files, manifest_files
from tests.stores import build, check, crawl, listing, night, payable, rows, save_checks

WEATHER = "https://api.example.com/v1/weather"
STAGING = "https://staging-api.example.com/v1/weather"
NEWS = "https://news.example.org/v1/search"
SLUG = "api-example-com-v1-weather"
TEXT = {"description": "Hourly weather forecast for any city in the world: temperature, wind, rain and clouds."}


def quiet(_what: str, _done: int, _total: int | None) -> None:
    """A progress nobody looks at."""


def gather(store: Store, run: Run, amount: str = "10000", site: Site | None = None) -> None:
    """One night up to its build: two copies of one API, and another whose price is ``amount``."""
    crawl(store, run, listing(WEATHER, **TEXT), listing(STAGING, **TEXT), listing(NEWS, amount))
    save_checks(store, run, [payable(WEATHER), check(NEWS, "open", status=200)])
    build(store, run, site or Site())


def release(store: Store, run: Run, out: Path, amount: str = "10000") -> Exported:
    """A whole night, published."""
    gather(store, run, amount)
    made = export(store, run, out, quiet)
    publish(run, out)
    return made


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def local(sqlite_url: str) -> Iterator[Store]:
    """An SQLite store, for what does not depend on the database."""
    with closing(open_store(sqlite_url)) as opened:
        yield opened


def releases(out: Path) -> list[str]:
    return sorted(folder.name for folder in (out / "releases").iterdir())


def manifest(folder: Path) -> Any:
    return json.loads((folder / "manifest.json").read_bytes())


# -- what a release holds -----------------------------------------------------------------------------------------


def test_the_manifest_lists_every_file(store: Store, out: Path) -> None:
    made = release(store, night(1), out)
    found = {str(path.relative_to(made.folder)) for path in made.folder.rglob("*") if path.is_file()}
    assert {*manifest_files(made.folder), "manifest.json"} == found
    assert broken_files(made.folder) == []
    written = manifest(made.folder)
    assert list(written) == ["schema_version", "run", "generated_at", "base", "counts", "files"]
    assert written["schema_version"] == SCHEMA_VERSION
    assert (written["run"], written["generated_at"]) == (night(1).id, night(1).now)
    assert out / written["base"] == made.folder
    assert written["counts"] == {"resource": 3, "health": 3, "server": 3, "category": 1, "cluster": 1} | {
        "category": len(list((made.folder / "category").iterdir()))
    }
    paths = [entry["path"] for entry in written["files"]]
    assert paths == sorted(paths)
    assert {tuple(entry) for entry in written["files"]} == {("path", "size", "sha256")}


def test_documents_stand_in_lists_of_their_own(store: Store, out: Path) -> None:
    made = release(store, night(1), out)
    named = {entry["path"] for entry in manifest(made.folder)["files"]}
    assert not {path for path in named if path.partition("/")[0] in KINDS}
    for kind in KINDS:
        assert f"files/{kind}.jsonl" in named
        entries = [json.loads(line) for line in (made.folder / "files" / f"{kind}.jsonl").read_bytes().splitlines()]
        assert [list(entry) for entry in entries] == [["path", "size", "sha256"]] * len(entries)
        assert [entry["path"] for entry in entries] == [
            f"{kind}/{name}" for name in sorted(path.name for path in (made.folder / kind).iterdir())
        ]


def test_every_document_satisfies_its_schema(store: Store, out: Path) -> None:
    gather(store, night(1))
    gather(store, night(2), "20000", Site(opt_out=frozenset({"news.example.org"})))
    made = export(store, night(2), out, quiet)
    for kind in KINDS:
        validator = jsonschema_rs.validator_for(json.loads((made.folder / "schema" / f"{kind}.json").read_bytes()))
        files = sorted((made.folder / kind).iterdir())
        assert files
        for path in files:
            validator.validate(json.loads(path.read_bytes()))
            assert not validator.is_valid(json.loads(path.read_bytes()) | {"unheard": "of"})


def test_bulk_files_hold_all_documents(local: Store, out: Path) -> None:
    made = release(local, night(1), out)
    for kind, name in (("resource", "resources"), ("health", "health")):
        with open(made.folder / f"{name}.jsonl.zst", "rb") as file:
            lines = zstandard.ZstdDecompressor().stream_reader(file).read().splitlines()
        assert [json.loads(line) for line in lines] == [
            json.loads(path.read_bytes()) for path in sorted((made.folder / kind).iterdir())
        ]


def test_changes_and_findings(local: Store, out: Path) -> None:
    release(local, night(1), out)
    runs.set_run(local, night(1), status="published")
    made = release(local, night(2), out, "20000")
    changes = json.loads((made.folder / "changes.json").read_bytes())
    assert (changes["run"], changes["previous_run"], changes["new"]) == (night(2).id, night(1).id, [])
    assert [(c["slug"], c["kind"], c["old"], c["new"]) for c in changes["offers"]] == [
        ("news-example-org-v1-search", "price", "10000", "20000")
    ]
    names = ["code", "severity", "url", "source", "field", "evidence", "first_run", "last_run"]
    for line in (made.folder / "findings.jsonl").read_bytes().splitlines():
        assert list(json.loads(line)) == names


# -- from one release to the next ---------------------------------------------------------------------------------


def test_latest_is_a_link_that_is_switched_last(local: Store, out: Path) -> None:
    gather(local, night(1))
    made = export(local, night(1), out, quiet)
    assert not (out / "latest").exists()
    assert publish(night(1), out) == made.folder
    assert os.readlink(out / "latest") == f"releases/{night(1).id}", "relative, so that the folder can be moved"
    gather(local, night(2))
    export(local, night(2), out, quiet)
    assert (out / "latest").resolve() == made.folder
    assert (out / "latest").resolve() != publish(night(2), out)
    assert manifest(out / "latest")["run"] == night(2).id
    assert sorted(path.name for path in out.iterdir()) == [".lock", "latest", "releases"]


def test_unchanged_files_are_hard_links(store: Store, out: Path) -> None:
    first = release(store, night(1), out)
    before = manifest_files(first.folder)
    second = release(store, night(2), out, "20000")
    after = manifest_files(second.folder)
    for path in before.keys() & after.keys():
        linked = os.path.samefile(first.folder / path, second.folder / path)
        assert linked == (before[path] == after[path]), path
    assert before[f"resource/{SLUG}.json"] == after[f"resource/{SLUG}.json"]
    assert before["resource/news-example-org-v1-search.json"] != after["resource/news-example-org-v1-search.json"]
    assert (second.linked, second.written) == (
        sum(before.get(path) == entry for path, entry in after.items()),
        sum(before.get(path) != entry for path, entry in after.items()),
    )
    assert broken_files(first.folder) == []


def test_a_second_export_of_the_same_run_is_the_same_release(store: Store, out: Path) -> None:
    first = release(store, night(1), out)
    runs.set_run(store, night(1), status="published", stage="publish", timings={"crawl": 1.5})
    stamp = (first.folder / "manifest.json").stat()
    second = export(store, night(1), out, quiet)
    assert publish(night(1), out) == second.folder == first.folder
    assert releases(out) == [night(1).id]
    assert (first.folder / "manifest.json").stat() == stamp


def test_a_run_built_anew_is_released_anew(local: Store, out: Path) -> None:
    first = release(local, night(1), out)
    build(local, night(1), Site(opt_out=frozenset({"news.example.org"})))
    second = export(local, night(1), out, quiet)
    assert second.folder.name == f"{night(1).id}.2"
    assert manifest(second.folder)["base"] == f"releases/{night(1).id}.2"
    assert publish(night(1), out) == second.folder
    build(local, night(1))
    third = export(local, night(1), out, quiet)
    assert publish(night(1), out) == third.folder, "what was exported last is what is published"
    assert json.loads((third.folder / "resource" / "news-example-org-v1-search.json").read_bytes())["title"]
    assert all(broken_files(made.folder) == [] for made in (first, second, third))


def test_a_file_missing_in_the_last_release_is_written_anew(local: Store, out: Path) -> None:
    first = release(local, night(1), out)
    expected = manifest_files(first.folder)
    shutil.copytree(first.folder, out / "copy")
    for path in ("catalog.sqlite", f"resource/{SLUG}.json"):
        (first.folder / path).unlink()
    (first.folder / "schema" / "category.json").write_bytes(b"")  # whoever did this also gets a new edition
    build(local, night(1), Site(opt_out=frozenset({"news.example.org"})))
    second = export(local, night(1), out, quiet)
    assert broken_files(second.folder) in ([], ["schema/category.json"])
    assert (second.folder / f"resource/{SLUG}.json").read_bytes() == (
        out / "copy" / f"resource/{SLUG}.json"
    ).read_bytes()
    assert expected[f"resource/{SLUG}.json"] == manifest_files(second.folder)[f"resource/{SLUG}.json"]


def test_a_file_of_an_exporter_stays_where_it_cannot_be_linked(tmp_path: Path) -> None:
    body = b"made by an exporter"
    previous = tmp_path / "previous"
    previous.mkdir()
    staging = Staging(tmp_path / "next", previous, {"own.bin": hashlib.sha256(body).hexdigest()})
    staging.reserve("own.bin").write_bytes(body)
    staging.adopt("own.bin")
    assert (staging.folder / "own.bin").read_bytes() == body
    assert (staging.written, staging.linked) == (1, 0)
    (previous / "own.bin").write_bytes(body)
    (staging.folder / "own.bin").rename(tmp_path / "elsewhere")
    staging.reserve("own.bin").write_bytes(body)
    staging.adopt("own.bin")
    assert os.path.samefile(previous / "own.bin", staging.folder / "own.bin")
    assert [path.name for path in staging.folder.iterdir()] == ["own.bin"]


def test_nothing_to_publish(store: Store, out: Path) -> None:
    runs.begin_run(store, night(1), replay=False)
    build(store, night(1))
    with pytest.raises(NothingToPublish, match="no source has listed a resource yet"):
        export(store, night(1), out, quiet)
    with pytest.raises(ReleaseError, match="there is no finished release of run"):
        publish(night(1), out)
    assert releases(out) == []


def test_an_invalid_document_is_never_published(local: Store, out: Path) -> None:
    first = release(local, night(1), out)
    gather(local, night(2), "20000")
    with local.begin() as connection:
        changed = t.documents.c.name == "news-example-org-v1-search"
        body = b'{"slug": 5}\n'
        values = {"body": body.decode(), "sha256": hashlib.sha256(body).hexdigest(), "size": len(body)}
        connection.execute(t.documents.update().where(changed, t.documents.c.kind == "resource").values(values))
    with pytest.raises(InvalidDocument, match=r"^resource/news-example-org-v1-search\.json: ") as refused:
        export(local, night(2), out, quiet)
    assert "\n" not in str(refused.value)
    assert releases(out) == [night(1).id]
    assert (out / "latest").resolve() == first.folder


# -- pruning ------------------------------------------------------------------------------------------------------


def published(store: Store, out: Path, run: Run, keep: int = 7) -> list[str]:
    export(store, run, out, quiet)
    publish(run, out, keep=keep)
    return releases(out)


def test_seven_releases_are_kept(local: Store, out: Path) -> None:
    gather(local, night(1))
    for number in range(1, 11):
        kept = published(local, out, night(number))
    assert kept == [night(number).id for number in range(4, 11)]
    assert all(broken_files(out / "releases" / name) == [] for name in kept)
    assert published(local, out, night(11), keep=2) == [night(10).id, night(11).id]


def test_none_younger_than_a_day_is_pruned(local: Store, out: Path) -> None:
    gather(local, night(1))
    for hour in range(0, 35, 5):
        kept = published(local, out, night(1, hours=hour), keep=2)
    assert kept == sorted(night(1, hours=hour).id for hour in range(10, 35, 5))
    last = Run(night(1, hours=30).at + timedelta(hours=24, microseconds=1))
    assert published(local, out, last, keep=2) == [night(1, hours=30).id, last.id]


def test_folders_that_are_no_releases_are_left_alone(local: Store, out: Path) -> None:
    gather(local, night(1))
    published(local, out, night(1))
    for name in ("notes", "backup.old", "2026"):
        (out / "releases" / name).mkdir()
    (out / "releases" / "backup.old" / "manifest.json").write_text("{}")
    assert published(local, out, night(5), keep=1) == sorted([night(5).id, "backup.old", "notes", "2026"])


# -- killed -------------------------------------------------------------------------------------------------------


def prepared(folder: Path) -> tuple[str, Path]:
    """A store with a second night built, and the first one published with eight older releases to prune."""
    url, out = f"sqlite:///{folder / 'catalog.db'}", folder / "out"
    with closing(open_store(url)) as store:
        gather(store, night(1))
        for number in (1, 2, 3):
            published(store, out, night(number), keep=9)
        gather(store, night(4), "20000")
    return url, out


def second_night(url: str, out: Path) -> None:
    with closing(open_store(url)) as store:
        export(store, night(4), out, quiet)
    publish(night(4), out, keep=2)


def test_killed_at_any_step_leaves_a_whole_release(tmp_path: Path) -> None:
    original = tmp_path / "original"
    original.mkdir()
    prepared(original)

    def work(folder: Path, at: Callable[[int, str], None]) -> Callable[[], object]:
        def run() -> int:
            steps(folder / "out", at)
            second_night(f"sqlite:///{folder / 'catalog.db'}", folder / "out")
            return 0

        return run

    def copy(name: str) -> Path:
        return Path(shutil.copytree(original, tmp_path / name, symlinks=True))

    taken: list[str] = []
    whole = copy("whole")

    def counted() -> list[str]:
        work(whole, lambda _, event: taken.append(event))()
        return taken

    events = forked(counted).value
    assert {"os.mkdir", "open", "os.link", "os.rename", "os.symlink", "os.rmdir"} <= set(events)
    expected = manifest_files(whole / "out" / "latest")
    served = {night(3).id: 0, night(4).id: 0}
    switch = events.index("os.symlink") + 1
    early = [1 + switch * part // 4 for part in range(4)]
    for step in [*early, *range(switch - 5, switch + 6), len(events)]:
        place = copy(f"killed-{step}")
        assert forked(work(place, kill_at(step))) == End("killed", 9), events[step - 1]
        latest = place / "out" / "latest"
        assert broken_files(latest) == [], (step, events[step - 1])
        served[latest.resolve().name] += 1
        second_night(f"sqlite:///{place / 'catalog.db'}", place / "out")
        assert manifest_files(latest) == expected
        assert broken_files(latest) == []
        assert releases(place / "out") == releases(whole / "out")
        shutil.rmtree(place)
    assert all(served.values()), served


def test_publishing_after_a_kill_before_the_release_has_its_name(local: Store, out: Path) -> None:
    release(local, night(1), out)
    shutil.copytree(out / "latest", out / "releases" / f"{night(2).id}.staging")
    gather(local, night(2), "20000")
    with pytest.raises(ReleaseError, match="there is no finished release"):
        publish(night(2), out)
    export(local, night(2), out, quiet)
    publish(night(2), out)
    assert releases(out) == [night(1).id, night(2).id]


# -- no rights, no space, not alone -------------------------------------------------------------------------------


def refused(end: End, *expected: str) -> None:
    assert end.how == "ReleaseError", end
    assert "\n" not in end.value
    for part in expected:
        assert part in end.value, end.value


def test_no_right_to_write(sqlite_url: str, local: Store, out: Path) -> None:
    first = release(local, night(1), out)
    gather(local, night(2), "20000")

    def work() -> None:
        without_rights()
        with closing(open_store(sqlite_url)) as store:
            export(store, night(2), out, quiet)

    for closed, name in ((out / "releases", f"{night(2).id}.staging"), (out / ".lock", ".lock")):
        closed.chmod(0o500 if closed.is_dir() else 0o400)
        refused(forked(work), "cannot write", name, "Permission denied")
        closed.chmod(0o755)
    assert broken_files(first.folder) == []
    export(local, night(2), out, quiet)


def test_no_right_to_switch(local: Store, out: Path) -> None:
    release(local, night(1), out)
    gather(local, night(2), "20000")
    export(local, night(2), out, quiet)

    def work() -> None:
        without_rights()
        publish(night(2), out)

    out.chmod(0o500)
    refused(forked(work), "cannot write", "Permission denied")
    out.chmod(0o755)
    assert (out / "latest").resolve().name == night(1).id


def test_a_folder_that_cannot_be_one(local: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    gather(local, night(1))
    with pytest.raises(ReleaseError, match=r"cannot write .*/file") as error:
        export(local, night(1), tmp_path / "file", quiet)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("limit", [0, 2_000, 20_000, 60_000])
def test_no_space(sqlite_url: str, local: Store, out: Path, limit: int) -> None:
    release(local, night(1), out)
    gather(local, night(2), "20000")
    local.close()

    def work() -> None:
        with closing(open_store(sqlite_url)) as store:
            without_space(limit)
            export(store, night(2), out, quiet)

    refused(forked(work), "cannot write", str(out))
    assert releases(out) == [night(1).id], "what was begun is thrown away"
    assert broken_files(out / "latest") == []
    export(local, night(2), out, quiet)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 KB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "none", str(folder)], capture_output=True
    )
    if not mounted or mounted.returncode:
        pytest.skip("no right to mount a small file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk(local: Store, small_disk: Path) -> None:
    gather(local, night(1))
    with pytest.raises(ReleaseError, match=r"cannot write .*(No space left on device|disk is full)") as error:
        export(local, night(1), small_disk, quiet)
    assert "\n" not in str(error.value)
    assert releases(small_disk) == []


def test_one_export_at_a_time(local: Store, out: Path) -> None:
    gather(local, night(1))

    def meanwhile(what: str, _done: int, _total: int | None) -> None:
        if what == "documents":
            for attempt in (lambda: export(local, night(1), out, quiet), lambda: publish(night(1), out)):
                with pytest.raises(ReleaseError, match="another run is writing to"):
                    attempt()

    export(local, night(1), out, meanwhile)


# -- catalog.sqlite -----------------------------------------------------------------------------------------------


def snapshot(store: Store, run: Run, path: Path) -> bytes:
    write_snapshot(store, run, path)
    assert [found.name for found in path.parent.glob(f"{path.name}*")] == [path.name], "no journal is left"
    return path.read_bytes()


def test_the_snapshot_is_a_whole_database(store: Store, out: Path) -> None:
    made = release(store, night(1), out)
    with closing(sqlite3.connect(f"file:{made.folder}/catalog.sqlite?mode=ro&immutable=1", uri=True)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        assert database.execute("PRAGMA user_version").fetchone() == (int(head_revision()),)
        named = {(name, kind) for name, kind in database.execute("SELECT name, type FROM sqlite_master")}
        assert {(view, "view") for view in VIEWS} <= named
        assert ("documents", "table") in named
        assert database.execute("SELECT COUNT(*) FROM documents").fetchone() == (0,)
        for table in ("resources", "checks", "listings", "payment_options", "origins", "clusters", "copies"):
            (count,) = database.execute(f"SELECT COUNT(*) FROM {table}").fetchone()
            assert count == len(rows(store, t.metadata.tables[table])), table


def test_the_snapshot_holds_a_year_of_days_and_all_months(store: Store, tmp_path: Path) -> None:
    gather(store, night(1))
    (known,) = {row["resource_id"] for row in rows(store, t.check_days) if row["payable"]}
    last = night(1).at
    first = last - timedelta(days=364)
    monday = first - timedelta(days=first.weekday())
    figures = {"checks": 1, "counted": 1, "payable": 1, "answered": 1, "outcomes": "payable", "latencies": "80"}
    days = [f"{day:%Y-%m-%d}" for day in (monday, monday - timedelta(days=1), last - timedelta(days=900))]
    with store.begin() as connection:
        connection.execute(t.check_days.insert(), [{"resource_id": known, "day": day} | figures for day in days])
        connection.execute(t.check_months.insert(), [{"resource_id": known, "month": days[2][:7]} | figures])
    snapshot(store, night(1), tmp_path / "catalog.sqlite")
    with closing(sqlite3.connect(tmp_path / "catalog.sqlite")) as database:
        held = {day for (day,) in database.execute("SELECT DISTINCT day FROM check_days")}
        months = {month for (month,) in database.execute("SELECT DISTINCT month FROM check_months")}
    assert held == {days[0], f"{last:%Y-%m-%d}"}
    assert months == {days[2][:7], f"{last:%Y-%m}"}


def test_the_snapshot_holds_no_durations(local: Store, tmp_path: Path) -> None:
    gather(local, night(1))
    runs.set_run(local, night(1), status="failed", message="no space", timings={"crawl": 98765.4321})
    body = snapshot(local, night(1), tmp_path / "catalog.sqlite")
    assert b"98765" not in body
    assert b"no space" not in body
    with closing(sqlite3.connect(tmp_path / "catalog.sqlite")) as database:
        assert database.execute("SELECT status, stage, message, timings FROM runs").fetchall() == [
            ("published", "publish", "", "{}")
        ]
        assert database.execute("SELECT DISTINCT record FROM listings").fetchall() == [("",)]
        assert database.execute("SELECT DISTINCT record FROM challenges").fetchall() == [("",)]
        assert all(raw for (raw,) in database.execute("SELECT raw FROM listings"))


def test_the_same_content_gives_the_same_bytes(local: Store, tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{tmp_path / 'other.db'}")) as other:
        for number in (1, 2):
            gather(local, night(number), f"{number}0000")
            # The same nights another way: other pages, other batches, twice, and vacuumed.
            crawl(other, night(number), listing(NEWS, f"{number}0000"))
            intake.save_page(
                other, night(number), "cdp", [listing(STAGING, **TEXT), listing(WEATHER, **TEXT)], [],
                rows=2, distinct=3, total=3,
            )  # fmt: skip
            for one in (check(NEWS, "open", status=200), payable(WEATHER), payable(WEATHER)):
                save_checks(other, night(number), [one])
            build(other, night(number))
            build(other, night(number))
        with other.begin() as connection:
            connection.execute(t.source_runs.update().values(pages=1))
        with closing(sqlite3.connect(tmp_path / "other.db")) as database:
            database.execute("VACUUM")
        first = snapshot(local, night(2), tmp_path / "first.sqlite")
        assert first == snapshot(local, night(2), tmp_path / "again.sqlite")
        assert first == snapshot(other, night(2), tmp_path / "other.sqlite")


def test_both_databases_give_the_same_release(sqlite_url: str, postgres_url: str, tmp_path: Path) -> None:
    found = []
    for number, url in enumerate((sqlite_url, postgres_url)):
        with closing(open_store(url)) as store:
            release(store, night(1), tmp_path / str(number))
            made = release(store, night(2), tmp_path / str(number), "20000")
            found.append((manifest_files(made.folder), (made.folder / "manifest.json").read_bytes()))
    assert found[0] == found[1]


def test_owners_who_opted_out_are_not_in_the_snapshot(store: Store, tmp_path: Path) -> None:
    gather(store, night(1))
    noticed = listing(NEWS, accepts=[{"payTo": ""}])
    assert noticed.accepts[0].problems
    runs.set_run(store, night(1), status="refused", message="1 of 2 origins were not reached (news.example.org)")
    gather(store, night(2), "20000", Site(opt_out=frozenset({"news.example.org"})))
    body = snapshot(store, night(2), tmp_path / "catalog.sqlite")
    assert b"news.example.org" not in body
    assert b"api.example.com" in body


def test_a_snapshot_that_cannot_be_written_says_where(local: Store, tmp_path: Path) -> None:
    gather(local, night(1))
    path = tmp_path / "catalog.sqlite"
    path.write_bytes(b"something else, and not a database" * 100)
    with pytest.raises(OSError, match="not a database") as error:
        write_snapshot(local, night(1), path)
    assert error.value.filename == str(path)
