"""The release being made: every file goes through here, so that each has its size and sha256 in the manifest.

A file whose bytes the last release already holds becomes a hard link to it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple


class Entry(NamedTuple):
    """One file of a release; ``path`` relative to the release's folder."""

    path: str
    size: int
    sha256: str


@dataclass(slots=True)
class Staging:
    """A folder under ``releases/`` that nobody reads yet."""

    folder: Path
    previous: Path | None
    """The last release's folder."""
    known: Mapping[str, str]
    """Paths of the last release and their sha256."""
    entries: list[Entry] = field(default_factory=list)
    written: int = 0
    linked: int = 0
    _made: set[Path] = field(default_factory=set)

    def add(self, path: str, body: bytes, sha256: str | None = None) -> bool:
        """Put a file in place; True where it was written, False where the last release's was linked."""
        digest = sha256 or hashlib.sha256(body).hexdigest()
        fresh = not self._link(path, digest)
        if fresh:
            target = self._place(path)
            with open(target, "xb") as file:
                file.write(body)
            self.written += 1
        self.entries.append(Entry(path, len(body), digest))
        return fresh

    def adopt(self, path: str) -> None:
        """Register a file an exporter wrote itself at :meth:`reserve`; replaced by a link where nothing changed."""
        target = self.folder / path
        with open(target, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = target.stat().st_size
        written = target.rename(target.with_name(f"{target.name}.written"))
        if self._link(path, digest):
            written.unlink()
        else:
            written.rename(target)
            self.written += 1
        self.entries.append(Entry(path, size, digest))

    def reserve(self, path: str) -> Path:
        """Where an exporter may write a file of its own."""
        return self._place(path)

    def _place(self, path: str) -> Path:
        target = self.folder / path
        if target.parent not in self._made:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._made.add(target.parent)
        return target

    def _link(self, path: str, digest: str) -> bool:
        if self.previous is None or self.known.get(path) != digest:
            return False
        try:
            os.link(self.previous / path, self._place(path))
        except OSError:  # another file system, too many links: a copy is as good
            return False
        self.linked += 1
        return True
