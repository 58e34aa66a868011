"""The command line and Scrapy's own: help, stages one by one, reports, spiders."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from catalog.store.engine import open_store
from crawler import config as configuration
from crawler.cli import app, execute
from tests.nights import SAMPLE, Place, manifest_files

COMMANDS = ("nightly", "crawl", "probe", "build", "export", "publish", "replay", "serve", "report", "show", "db")
ROOT = Path(__file__).resolve().parents[1]


def test_every_command_is_there_and_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    names = {command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands}
    names |= {group.name or "" for group in app.registered_groups}
    assert names == set(COMMANDS)
    for command in COMMANDS:
        assert execute([command, "--help"]) == 0
        assert "Usage" in capsys.readouterr().out


@pytest.mark.parametrize(
    "option",
    ["--store", "--out", "--source", "--replay", "--allow-private-hosts", "--no-probe", "--now", "--cluster",
     "--progress", "--no-progress", "--json"],
)  # fmt: skip
def test_nightly_has_every_option_of_the_contract(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["nightly", "--help"]) == 0
    assert option in capsys.readouterr().out


def test_stages_one_by_one_make_the_same_release(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = Place(tmp_path / "whole")
    parts = Place(tmp_path / "parts")
    for place in (whole, parts):
        place.folder.mkdir()
    whole.sample("night-1")
    store, replay = ("--store", parts.store), ("--replay", str(SAMPLE / "night-1"))
    assert execute(["crawl", *store, *replay]) == 0
    assert execute(["probe", *store, *replay]) == 0
    assert execute(["build", *store]) == 0
    assert execute(["export", *store, "--out", str(parts.out)]) == 0
    assert not parts.latest.exists(), "exported, not yet published"
    assert execute(["publish", *store, "--out", str(parts.out)]) == 0
    assert manifest_files(parts.latest) == manifest_files(whole.latest)
    capsys.readouterr()
    assert execute(["report", *store, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["status"], report["listed"], report["probed"]) == ("published", 102, 101)
    assert execute(["report", *store, "--run", "20260422T150135625676Z"]) == 0
    assert "terms_verified" in capsys.readouterr().out
    assert execute(["report", *store, "--run", "nonsense"]) == 2
    assert "there is no run nonsense" in capsys.readouterr().err


def test_json_report_of_a_night(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = Place(tmp_path)
    assert place.nightly("--replay", SAMPLE / "night-1", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["catalogue"]["resources"] == 102
    assert set(report["seconds"]) == {"crawl", "probe", "build", "export", "publish"}


def test_no_probe_reads_listings_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = Place(tmp_path)
    assert place.nightly("--replay", SAMPLE / "night-1", "--no-probe", "--json") == 0
    assert json.loads(capsys.readouterr().out)["probed"] == 0
    document = place.resource("x402-dopamint-ai-api-ai-generations-images-nano-banana")
    assert "availability" not in document["json_ld"]["offers"], "never probed: nothing is said"


def test_a_command_before_the_first_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("probe", "build", "export", "publish", "report"):
        assert execute([command, "--store", f"sqlite:///{tmp_path}/none.db"]) == 2
        assert "there is no store at" in capsys.readouterr().err
    assert execute(["db", "upgrade", "--store", f"sqlite:///{tmp_path}/new.db"]) == 0
    assert execute(["build", "--store", f"sqlite:///{tmp_path}/new.db"]) == 2
    assert "no run yet" in capsys.readouterr().err


def test_owners_who_opted_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(tmp_path).sample("night-1")
    monkeypatch.setenv("X402_CATALOG_OPT_OUT", '["x402.dopamint.ai"]')
    place.sample("night-2")
    slug = "x402-dopamint-ai-api-ai-generations-images-nano-banana"
    document = place.resource(slug)
    assert set(document) == {"generated_at", "slug", "lifecycle"}
    assert document["lifecycle"] == "removed_by_owner"
    assert not (place.latest / "health" / f"{slug}.json").exists()
    for path in manifest_files(place.latest):
        if path not in (f"resource/{slug}.json", "files/resource.jsonl") and path.endswith(
            (".json", ".jsonl", ".sqlite")
        ):
            assert b"x402.dopamint.ai/api" not in (place.latest / path).read_bytes(), path


def test_scrapy_lists_the_spiders() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "list"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["bazaar", "challenge", "origin"]


def test_scrapy_crawl_works_by_itself(tmp_path: Path) -> None:
    """With a configured source nobody listens at: it ends well, and the store says why nothing came."""
    from crawler.spiders.bazaar import BazaarSpider

    environment = {
        "X402_CATALOG_STORE": f"sqlite:///{tmp_path}/c.db",
        "X402_CATALOG_SOURCES": '{"x": "http://127.0.0.1:9/r"}',
    }
    import os

    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "crawl", BazaarSpider.name],
        cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    done = subprocess.run(
        [sys.executable, "-m", "crawler.cli", "report", "--store", f"sqlite:///{tmp_path}/c.db", "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["sources"]["x"]["status"] == "failed"


def test_scrapy_crawl_keeps_out_of_a_night(tmp_path: Path) -> None:
    import os

    url = f"sqlite:///{tmp_path}/c.db"
    store = open_store(url)
    with store.lock():
        done = subprocess.run(
            [sys.executable, "-m", "scrapy", "crawl", "bazaar"],
            cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "X402_CATALOG_STORE": url},
        )  # fmt: skip
    store.close()
    assert done.returncode == 1
    assert "another run holds" in done.stderr


def test_export_wants_a_build_of_the_same_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = Place(tmp_path).sample("night-1")
    assert execute(["crawl", "--store", place.store, "--replay", str(SAMPLE / "night-2")]) == 0
    assert execute(["export", "--store", place.store, "--out", str(place.out)]) == 2
    assert "was not built yet" in capsys.readouterr().err


def test_postgresql_gives_the_same_release(tmp_path: Path, postgres_url: str) -> None:
    """The same nights in the larger store: every file is the same but the snapshot's own, which is the same too."""
    small, large = Place(tmp_path / "small"), Place(tmp_path / "large")
    for place in (small, large):
        place.folder.mkdir()
    small.sample("night-1", "night-2")
    for night in ("night-1", "night-2"):
        out = ["--out", str(large.out), "--replay", str(SAMPLE / night), "--no-progress"]
        assert execute(["nightly", "--store", postgres_url, *out]) == 0
    assert manifest_files(large.latest) == manifest_files(small.latest)


def test_the_report_of_an_earlier_night_stays_what_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = Place(tmp_path).sample("night-1")
    command = ["report", "--store", place.store, "--run", "20260422T150135625676Z"]
    capsys.readouterr()
    assert execute(command) == execute([*command, "--json"]) == 0
    before = capsys.readouterr().out
    place.sample("night-2", "night-3")
    capsys.readouterr()
    assert execute(command) == execute([*command, "--json"]) == 0
    assert capsys.readouterr().out == before


def test_recorded_and_live_answers_are_not_mixed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = Place(tmp_path)
    assert execute(["crawl", "--store", place.store, "--replay", str(SAMPLE / "night-1"), "--no-progress"]) == 0
    capsys.readouterr()
    assert execute(["probe", "--store", place.store]) == 2
    assert "replays a recording: name it with --replay" in capsys.readouterr().err


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_reader_who_leaves_early_makes_no_run_fail(form: tuple[str, ...], tmp_path: Path) -> None:
    place = Place(tmp_path).sample("night-1")
    command = [sys.executable, "-m", "crawler.cli", "report", "--store", place.store, *form]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=30) == 0


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("API.Example.com", "https://api.example.com/x"),
        ("https://api.example.com/", "https://api.example.com/x"),
        ("bücher.example", "https://xn--bcher-kva.example/x"),
        ("api.example.com:8443", "http://api.example.com:8443/x"),
    ],
)
def test_opt_outs_are_compared_as_hosts(entry: str, url: str) -> None:
    site = configuration.load(opt_out=[entry]).site()
    assert site.opted_out(url)
    assert not site.opted_out("https://other.example/x")


def test_an_opt_out_that_is_no_host(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X402_CATALOG_OPT_OUT", '["not a host"]')
    assert execute(["report"]) == 2
    assert "a host or an origin is wanted" in capsys.readouterr().err
