"""The exporters: each gets every document once, in (kind, name) order, and adds its files to the release.

A new format is one class here: ``TITLE``, ``feed`` and ``finish``.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

import jsonschema_rs
import orjson
import zstandard

from catalog.documents import KINDS, encode, schema
from catalog.run import Run
from catalog.store.engine import Store
from catalog.store.news import changes
from catalog.store.published import StoredDocument, all_findings
from catalog.store.snapshot import write_snapshot
from exports.staging import Staging


class InvalidDocument(ValueError):
    """A document does not satisfy its own schema: nothing may be published."""


class Exporter(Protocol):
    """What an exporter looks like."""

    TITLE: ClassVar[str]

    def feed(self, document: StoredDocument, *, fresh: bool) -> None:
        """Take one document; ``fresh`` where its bytes are not in the last release."""

    def finish(self) -> None:
        """Add the files to the release."""


class Validator:
    """Holds every fresh document against its JSON Schema and publishes the schemas."""

    TITLE: ClassVar[str] = "JSON Schemas"

    def __init__(self, staging: Staging) -> None:
        self._staging = staging
        self._schemas = {kind: schema(kind) for kind in KINDS}
        self._validators = {kind: jsonschema_rs.validator_for(found) for kind, found in self._schemas.items()}

    def feed(self, document: StoredDocument, *, fresh: bool) -> None:
        """Raises :class:`InvalidDocument`."""
        if not fresh:
            return
        error = next(self._validators[document.kind].iter_errors(orjson.loads(document.body)), None)
        if error is not None:
            where = "/".join(map(str, error.instance_path))
            raise InvalidDocument(f"{document.path}: {where}: {error.message[:200]}")

    def finish(self) -> None:
        """``schema/<kind>.json``."""
        for kind, found in self._schemas.items():
            self._staging.add(f"schema/{kind}.json", encode(found))


class Bulk:
    """All documents of one kind as JSON lines, compressed: ``resources.jsonl.zst``, ``health.jsonl.zst``."""

    TITLE: ClassVar[str] = "JSON lines"

    def __init__(self, staging: Staging, kind: str, path: str) -> None:
        self._staging, self._kind, self._path = staging, kind, path
        self._buffer = io.BytesIO()
        # One thread and a fixed level: the same lines give the same bytes.
        self._writer = zstandard.ZstdCompressor(level=9).stream_writer(self._buffer, closefd=False)

    def feed(self, document: StoredDocument, *, fresh: bool) -> None:
        """One line per document."""
        del fresh
        if document.kind == self._kind:
            self._writer.write(orjson.dumps(orjson.loads(document.body), option=orjson.OPT_APPEND_NEWLINE))

    def finish(self) -> None:
        """Add the compressed file."""
        self._writer.close()  # type: ignore[no-untyped-call]
        self._staging.add(self._path, self._buffer.getvalue())


class Database:
    """The store as one SQLite file for analysts: ``catalog.sqlite``."""

    TITLE: ClassVar[str] = "SQLite"
    PATH: ClassVar[str] = "catalog.sqlite"

    def __init__(self, staging: Staging, store: Store, run: Run) -> None:
        self._staging, self._store, self._run = staging, store, run

    def feed(self, document: StoredDocument, *, fresh: bool) -> None:
        """Nothing: it copies the tables."""

    def finish(self) -> None:
        """Write and add the file."""
        write_snapshot(self._store, self._run, self._staging.reserve(self.PATH))
        self._staging.adopt(self.PATH)


class Notes:
    """What changed tonight and what could not be taken over: ``changes.json``, ``findings.jsonl``."""

    TITLE: ClassVar[str] = "changes and findings"

    def __init__(self, staging: Staging, store: Store, run: Run) -> None:
        self._staging, self._store, self._run = staging, store, run

    def feed(self, document: StoredDocument, *, fresh: bool) -> None:
        """Nothing: both come from the store."""

    def finish(self) -> None:
        """Add both files."""
        found: dict[str, Any] = changes(self._store, self._run)
        self._staging.add("changes.json", encode(found))
        lines = (orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in all_findings(self._store))
        self._staging.add("findings.jsonl", b"".join(lines))


def exporters(staging: Staging, store: Store, run: Run) -> Sequence[Exporter]:
    """All of them, in the order they run. Site, feeds and Parquet take their place here."""
    return (
        Validator(staging),
        Bulk(staging, "resource", "resources.jsonl.zst"),
        Bulk(staging, "health", "health.jsonl.zst"),
        Notes(staging, store, run),
        Database(staging, store, run),
    )
