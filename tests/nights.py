"""Running nights in tests: the real command line, in this process, over real HTTP on loopback."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.cli import execute

SAMPLE = Path(__file__).resolve().parents[1] / "crawler" / "sample"
NIGHTS = ("night-1", "night-2", "night-3")


@dataclass(frozen=True, slots=True)
class Place:
    """A store and a release folder under one directory."""

    folder: Path

    @property
    def store(self) -> str:
        """URL of the store."""
        return f"sqlite:///{self.folder / 'catalog.db'}"

    @property
    def out(self) -> Path:
        """Where releases go."""
        return self.folder / "out"

    @property
    def latest(self) -> Path:
        """The published release."""
        return self.out / "latest"

    def nightly(self, *arguments: str | Path) -> int:
        """One night; the exit status."""
        places = ("--store", self.store, "--out", str(self.out), "--no-progress")
        return execute(["nightly", *places, *map(str, arguments)])

    def sample(self, *nights: str) -> Place:
        """Nights of the bundled sample, which must all publish."""
        for night in nights:
            assert self.nightly("--replay", SAMPLE / night) == 0
        return self

    def read(self, path: str) -> Any:
        """A JSON file of the published release."""
        return json.loads((self.latest / path).read_bytes())

    def resource(self, slug: str) -> Any:
        """A resource's document."""
        return self.read(f"resource/{slug}.json")

    def health(self, slug: str) -> Any:
        """A resource's health document."""
        return self.read(f"health/{slug}.json")

    def findings(self) -> list[dict[str, Any]]:
        """The published findings."""
        return [json.loads(line) for line in (self.latest / "findings.jsonl").read_bytes().splitlines()]


def manifest_files(release: Path) -> dict[str, tuple[int, str]]:
    """Every file a release names: path → (size, sha256)."""
    entries = json.loads((release / "manifest.json").read_bytes())["files"]
    for listed in sorted((release / "files").glob("*.jsonl")):
        entries += [json.loads(line) for line in listed.read_bytes().splitlines()]
    return {entry["path"]: (entry["size"], entry["sha256"]) for entry in entries}


def broken_files(release: Path) -> list[str]:
    """Files of a release whose size or sha256 is not what its manifest says."""
    broken = []
    for path, (size, digest) in manifest_files(release).items():
        body = (release / path).read_bytes() if (release / path).is_file() else b""
        if len(body) != size or hashlib.sha256(body).hexdigest() != digest:
            broken.append(path)
    return broken
