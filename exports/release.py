"""Releases: made in a folder nobody reads, finished by their manifest, published by switching one symlink.

``DIR/latest`` → ``DIR/releases/<name>/``. A reader resolves ``latest`` once and then always finds files whose
sha256 match, during a publish and after a kill: a published folder is never written again. What a kill left
half-made has no manifest and is thrown away; what was finished but not switched to is switched to by ``publish``.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import filelock
import orjson

from catalog.documents import KINDS, SCHEMA_VERSION
from catalog.run import Run, parse_time
from catalog.store.engine import Store
from catalog.store.published import documents
from exports.exporters import exporters
from exports.staging import Entry, Staging

MANIFEST = "manifest.json"
KEEP = 7
KEEP_YOUNGER = timedelta(hours=24)
_STAGING = ".staging"
_NAME = re.compile(r"\d{8}T\d{6,12}Z(\.\d+)?")


class ReleaseError(RuntimeError):
    """The release cannot be written or found; the message says why in one line."""


class NothingToPublish(ReleaseError):
    """There is no document to publish."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A finished release, published or not."""

    folder: Path
    documents: int
    written: int
    linked: int


@contextlib.contextmanager
def _held(out: Path) -> Iterator[None]:
    """``out`` made, writable, and ours alone; any OS error becomes one clear line."""
    try:
        (out / "releases").mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(out / ".lock", timeout=0):
            yield
    except filelock.Timeout:
        raise ReleaseError(f"another run is writing to {out}") from None
    except OSError as error:
        raise ReleaseError(f"cannot write {error.filename or out}: {error.strerror or error}") from error


def check_writable(out: Path) -> None:
    """Raise :class:`ReleaseError` now rather than after a whole night where nothing can be written to ``out``."""
    with _held(out):
        probe = out / "releases" / f"writable{_STAGING}"
        probe.mkdir(exist_ok=True)
        probe.rmdir()


def export(store: Store, run: Run, out: Path, progress: Callable[[str, int, int | None], None]) -> Exported:
    """Write the release of ``run`` under ``out``, finished but not yet ``latest``.

    Raises :class:`NothingToPublish`, :class:`ReleaseError` (no space, no right), or
    :class:`~exports.exporters.InvalidDocument`; what was begun is thrown away.
    """
    with _held(out):
        _sweep(out)
        folder = out / "releases" / f"{run.id}{_STAGING}"
        try:
            return _export(store, run, out, folder, progress)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def _export(
    store: Store, run: Run, out: Path, folder: Path, progress: Callable[[str, int, int | None], None]
) -> Exported:
    previous = latest(out)
    staging = Staging(folder, previous, known_files(previous) if previous else {})
    folder.mkdir()
    chain = exporters(staging, store, run)
    lists: dict[str, list[Entry]] = {kind: [] for kind in KINDS}
    for document in documents(store):
        fresh = staging.add(document.path, document.body, document.sha256)
        lists[document.kind].append(staging.entries.pop())
        for exporter in chain:
            exporter.feed(document, fresh=fresh)
        progress("documents", sum(map(len, lists.values())), None)
    if not lists["resource"]:
        raise NothingToPublish("no source has listed a resource yet: there is nothing to publish")
    for exporter in chain:
        progress(exporter.TITLE, 0, None)
        exporter.finish()
    for kind, entries in lists.items():
        body = b"".join(orjson.dumps(entry._asdict(), option=orjson.OPT_APPEND_NEWLINE) for entry in entries)
        staging.add(f"files/{kind}.jsonl", body)
    counts = {kind: len(entries) for kind, entries in lists.items()}
    name = _finish(staging, run, out, counts)
    return Exported(name, sum(counts.values()), staging.written, staging.linked)


def _finish(staging: Staging, run: Run, out: Path, counts: dict[str, int]) -> Path:
    """Write the manifest, last, and give the folder its name; where the run's last release is the same, keep that."""
    made = [folder for folder in _releases(out) if _run_of(folder) == run.id]
    if made and (made[-1] / MANIFEST).read_bytes() == _manifest(staging, run, made[-1].name, counts):
        shutil.rmtree(staging.folder)
        return made[-1]
    name = f"{run.id}.{_edition(made[-1]) + 1}" if made else run.id
    (staging.folder / MANIFEST).write_bytes(_manifest(staging, run, name, counts))
    return staging.folder.rename(out / "releases" / name)


def _manifest(staging: Staging, run: Run, name: str, counts: dict[str, int]) -> bytes:
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "run": run.id,
        "generated_at": run.now,
        "base": f"releases/{name}",
        "counts": counts,
        "files": [entry._asdict() for entry in sorted(staging.entries)],
    }
    return orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def publish(run: Run, out: Path, *, keep: int = KEEP) -> Path:
    """Switch ``latest`` to the finished release of ``run`` and prune old ones; the release's folder.

    Raises :class:`ReleaseError` where there is no finished release of the run.
    """
    with _held(out):
        made = [folder for folder in _releases(out) if _run_of(folder) == run.id]
        if not made:
            raise ReleaseError(f"there is no finished release of run {run.id} in {out}: run 'x402-catalog export'")
        target = made[-1]
        temporary = out / ".latest.new"
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(Path("releases") / target.name)
        os.replace(temporary, out / "latest")
        _prune(out, target, run.at, keep)
        return target


def latest(out: Path) -> Path | None:
    """The folder ``latest`` points to, None where there is none."""
    link = out / "latest"
    return link.resolve() if (link / MANIFEST).is_file() else None


def read_manifest(release: Path) -> dict[str, Any]:
    """A release's manifest. Raises :class:`ReleaseError`."""
    try:
        manifest: dict[str, Any] = orjson.loads((release / MANIFEST).read_bytes())
    except (OSError, ValueError) as error:
        raise ReleaseError(f"{release} is no release: {error}") from None
    return manifest


def known_files(release: Path) -> dict[str, str]:
    """All files of a release, documents included, and their sha256."""
    entries = list(read_manifest(release)["files"])
    for kind in KINDS:
        listed = release / "files" / f"{kind}.jsonl"
        if listed.is_file():
            entries += [orjson.loads(line) for line in listed.read_bytes().splitlines()]
    return {entry["path"]: entry["sha256"] for entry in entries}


def _releases(out: Path) -> list[Path]:
    """Finished releases, oldest first; a second release of one run after its first."""
    folders = (out / "releases").iterdir()
    made = [f for f in folders if _NAME.fullmatch(f.name) and (f / MANIFEST).is_file()]
    return sorted(made, key=lambda folder: (_run_of(folder), _edition(folder)))


def _run_of(release: Path) -> str:
    return release.name.partition(".")[0]


def _edition(release: Path) -> int:
    """Which release of its run it is: ``<run>`` is the first, ``<run>.2`` the second."""
    return int(release.name.partition(".")[2] or 1)


def _sweep(out: Path) -> None:
    """Throw away what a kill left half-made."""
    for folder in (out / "releases").iterdir():
        half = _NAME.fullmatch(folder.name) and not (folder / MANIFEST).is_file()
        if half or folder.name.endswith(_STAGING):
            shutil.rmtree(folder)


def _prune(out: Path, target: Path, now: datetime, keep: int) -> None:
    """Keep the newest ``keep`` releases and every one younger than 24 hours by its own clock."""
    for folder in _releases(out)[:-keep] if keep else []:
        if folder != target and now - parse_time(str(read_manifest(folder)["generated_at"])) > KEEP_YOUNGER:
            (folder / MANIFEST).unlink()  # from here on it is half-made, should we be killed
            shutil.rmtree(folder)
