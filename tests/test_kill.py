"""A night killed with SIGKILL anywhere goes on where it stopped, and nothing served is ever half-written."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from catalog.store.engine import open_store
from catalog.store.reports import report
from tests.nights import SAMPLE, Place, broken_files, manifest_files

STAGES = ("crawl", "probe", "build", "export")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    place = Place(tmp_path_factory.mktemp("undisturbed")).sample("night-1", "night-2")
    return manifest_files(place.latest)


def start(place: Place, night: str) -> subprocess.Popen[str]:
    """The second night in a process of its own, progress as plain lines on standard error."""
    command = [sys.executable, "-m", "crawler.cli", "nightly", "--replay", str(SAMPLE / night)]
    places = ["--store", place.store, "--out", str(place.out), "--progress"]
    return subprocess.Popen([*command, *places], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)


@pytest.mark.parametrize("stage", STAGES)
def test_killed_after_a_stage(stage: str, tmp_path: Path, undisturbed: dict[str, tuple[int, str]]) -> None:
    place = Place(tmp_path).sample("night-1")
    with start(place, "night-2") as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith(f"{stage}: done"):
                process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
    assert broken_files(place.latest) == []
    place.sample("night-2")
    assert manifest_files(place.latest) == undisturbed


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.1, 0.2, 0.4])
def test_killed_at_any_moment_of_the_crawl_and_probe(
    delay: float, tmp_path: Path, undisturbed: dict[str, tuple[int, str]]
) -> None:
    place = Place(tmp_path).sample("night-1")
    with start(place, "night-2") as process:
        store = tmp_path / "catalog.db-wal"
        deadline = time.monotonic() + 30
        while not (store.exists() and store.stat().st_size) and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
    assert broken_files(place.latest) == []
    place.sample("night-2")
    assert manifest_files(place.latest) == undisturbed


def test_interrupted_says_so_in_one_line_and_goes_on(tmp_path: Path, undisturbed: dict[str, tuple[int, str]]) -> None:
    place = Place(tmp_path).sample("night-1")
    with start(place, "night-2") as process:
        assert process.stderr is not None
        lines = []
        for line in process.stderr:
            lines.append(line)
            if line.startswith("crawl: done"):
                process.send_signal(signal.SIGINT)
        status = process.wait(timeout=30)
    assert status in (0, 1)  # 0 where the night was faster than the signal
    if status:
        assert lines[-1] == "x402-catalog: interrupted: the same command goes on where this one stopped\n"
        assert not [line for line in lines if "Traceback" in line]
    place.sample("night-2")
    assert manifest_files(place.latest) == undisturbed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_night_told_to_stop_publishes_nothing(number: signal.Signals, tmp_path: Path) -> None:
    place = Place(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        source = f"hangs=http://127.0.0.1:{silent.getsockname()[1]}/bazaar"
        command = [sys.executable, "-m", "crawler.cli", "nightly", "--source", source, "--no-probe"]
        with subprocess.Popen(
            [*command, "--store", place.store, "--out", str(place.out)], stderr=subprocess.PIPE, text=True
        ) as process:
            asked, _ = silent.accept()
            process.send_signal(number)
            _, said = process.communicate(timeout=30)
            asked.close()
    assert process.returncode == 1
    assert said == "x402-catalog: interrupted: the same command goes on where this one stopped\n"
    assert not place.latest.exists()
    store = open_store(place.store)
    assert report(store)["status"] == "running"
    store.close()


def test_two_nights_do_not_overlap(tmp_path: Path) -> None:
    place = Place(tmp_path).sample("night-1")
    store = open_store(place.store)
    with store.lock():
        with start(place, "night-2") as process:
            assert process.stderr is not None
            said = process.stderr.read()
            assert process.wait(timeout=30) == 1
        assert f"another run holds {tmp_path / 'catalog.db'}" in said
        assert said.count("\n") == 1
    store.close()
    assert os.path.basename(place.latest.resolve()) == "20260422T150135625676Z"
