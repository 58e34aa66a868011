"""Opening a store: connection settings, schema version, and the lock that keeps two nights apart.

Exceptions: :class:`StoreError` (cannot be used now: locked, read-only, no space) ends a run with status 1;
:class:`StoreMismatch` (another schema, not a store) is a configuration error, status 2.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError, SQLAlchemyError

from catalog.store.views import create_views, drop_views

BATCH = 2_000
LOOKUP = 500
"""Ids per SELECT: below every database's limit of bound parameters."""
MIGRATIONS = Path(__file__).parent / "migrations"
_PG_LOCK = 0x783430322D636174  # "x402-cat"
_OURS = frozenset({"runs", "sources", "resources", "listings"})


class StoreError(RuntimeError):
    """The store cannot be used right now; the message says why in one line."""


class StoreMismatch(StoreError):
    """The store's schema is not ours, older or newer; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Store:
    """An open store of the current schema."""

    engine: Engine
    url: str

    @contextlib.contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction: all of it is kept, or nothing. Raises :class:`StoreError`."""
        with _spoken(self.url), self.engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the store for one night. Raises :class:`StoreError` where another run holds it.

        The kernel (or PostgreSQL) lets go when the process dies, so a killed run leaves no lock behind.
        """
        path = sqlite_path(self.url)
        if path is None:
            with self._advisory_lock():
                yield
            return
        lock = filelock.FileLock(f"{path}.lock", timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise StoreError(f"another run holds {path} (its lock is {path}.lock)") from None
        except OSError as error:
            raise StoreError(f"cannot lock {path}: {error.strerror}") from None
        try:
            yield
        finally:
            lock.release()

    @contextlib.contextmanager
    def _advisory_lock(self) -> Iterator[None]:
        with _spoken(self.url), self.engine.connect() as connection:
            held = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _PG_LOCK}).scalar()
            if not held:
                raise StoreError(f"another run holds {shown(self.url)}")
            connection.commit()
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _PG_LOCK})
                connection.commit()


def open_store(url: str, *, create: bool = True) -> Store:
    """Open the store at an SQLAlchemy ``url``; an empty one is created at the current schema.

    Raises :class:`StoreMismatch` for another schema or no such store, :class:`StoreError` where it cannot be used.
    """
    path = sqlite_path(url)
    if path is not None and not create and not path.exists():
        raise StoreMismatch(f"there is no store at {path}")
    if path is not None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot make {path.parent}: {error.strerror}") from None
    with _opened(url) as engine:
        current = _revision(engine, url)
        if current is None:
            upgrade(engine)
        elif current != head_revision():
            raise StoreMismatch(_version_message(url, current))
    return Store(engine, url)


@contextlib.contextmanager
def _opened(url: str) -> Iterator[Engine]:
    """The engine of ``url``, its connections given back where the body fails."""
    engine = _engine(url)
    try:
        with _spoken(url):
            yield engine
    except BaseException:
        engine.dispose()
        raise


def _revision(engine: Engine, url: str) -> str | None:
    """The schema revision of our own store, None for an empty database; :class:`StoreMismatch` for any other."""
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        tables = set(inspect(connection).get_table_names()) - {"alembic_version"}
    if not tables:
        return None
    if current is None or not tables >= _OURS:
        raise StoreMismatch(f"{shown(url)} holds other tables and is no x402-catalog store")
    return current


def _version_message(url: str, current: str) -> str:
    if current in _known_revisions():
        return f"{shown(url)} has schema {current}, this version needs {head_revision()}: run 'x402-catalog db upgrade'"
    return f"{shown(url)} has the newer schema {current}: this version of x402-catalog knows up to {head_revision()}"


def upgrade_store(url: str) -> tuple[str | None, str]:
    """Bring the store to the current schema: (revision before, revision after). Raises as :func:`open_store`."""
    with _opened(url) as engine:
        before = _revision(engine, url)
        if before is not None and before not in _known_revisions():
            raise StoreMismatch(_version_message(url, before))
        with Store(engine, url).lock():
            upgrade(engine)
    engine.dispose()
    return before, head_revision()


def upgrade(engine: Engine) -> None:
    """Run the migrations and create the views anew, in one transaction."""
    config = _config()
    with engine.connect() as connection, _unreferenced(connection), connection.begin():
        drop_views(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        create_views(connection)


@contextlib.contextmanager
def _unreferenced(connection: Connection) -> Iterator[None]:
    """SQLite alters a table by building it anew: dropping the old one must not count as deleting its rows.

    The setting only takes effect outside a transaction, so it goes past SQLAlchemy, which would begin one.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    (before,) = driver.execute("PRAGMA foreign_keys").fetchone()
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute(f"PRAGMA foreign_keys={before}")


def head_revision() -> str:
    """The schema revision this version of the code works with."""
    return str(_scripts().get_current_head())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _known_revisions() -> set[str]:
    return {script.revision for script in _scripts().walk_revisions()}


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "postgresql" and parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise StoreMismatch(f"a store is sqlite:///FILE or postgresql://…, not {shown(url)}")
        engine = create_engine(parsed)
    except (ArgumentError, NoSuchModuleError, ValueError):  # ValueError: a port that is no number
        raise StoreMismatch(f"not a store URL: {shown(url)} (sqlite:///FILE or postgresql://…)") from None
    except ModuleNotFoundError as error:
        raise StoreMismatch(f"{error.name} is not installed: pip install 'x402-catalog[postgresql]'") from None
    if parsed.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _sqlite_pragmas)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _sqlite_pragmas(connection: Any, _record: object) -> None:
    # The driver's own transaction handling commits before DDL; ours begins explicitly (see the listener above).
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")  # readers do not wait for the nightly writer
    cursor.execute("PRAGMA synchronous=NORMAL")  # with WAL: a power cut may lose the last commit, never the file
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()


def sqlite_path(url: str) -> Path | None:
    """The file of an SQLite URL, None for other databases."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return None
    return Path(parsed.database or ":memory:") if parsed.get_backend_name() == "sqlite" else None


def shown(url: str) -> str:
    """The URL without its password, for messages."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        return re.sub(r"://.*@", "://***@", url)


@contextlib.contextmanager
def _spoken(url: str) -> Iterator[None]:
    """Database errors as one clear line."""
    try:
        yield
    except OperationalError as error:
        raise StoreError(f"the store {shown(url)} cannot be used: {_first_line(error)}") from error
    except DBAPIError as error:
        if "not a database" in _first_line(error):
            raise StoreMismatch(f"{shown(url)} is no database file, and no x402-catalog store") from error
        raise StoreError(f"the store {shown(url)} refused: {_first_line(error)}") from error
    except SQLAlchemyError as error:
        raise StoreError(f"the store {shown(url)} failed: {str(error).splitlines()[0]}") from error


def _first_line(error: DBAPIError) -> str:
    return (str(error.orig).strip().splitlines() or ["no reason given"])[0]


def upsert(
    connection: Connection,
    table: Table,
    rows: Sequence[dict[str, Any]],
    *,
    update: Sequence[str] = (),
    changed: str | None = None,
) -> None:
    """Insert ``rows``; on a primary-key conflict set the ``update`` columns (nothing where it is empty).

    ``changed`` names a hash column: rows whose hash is the same are not written, which is three times cheaper.
    Executes as one prepared statement over a list, never as multi-VALUES (15 times slower).
    """
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement: Any = insert(table)
    keys = [column.name for column in table.primary_key]
    if update:
        where = statement.excluded[changed] != table.c[changed] if changed else None
        values = {name: statement.excluded[name] for name in update}
        statement = statement.on_conflict_do_update(index_elements=keys, set_=values, where=where)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    for start in range(0, len(rows), BATCH):
        connection.execute(statement, list(rows[start : start + BATCH]))


def chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    """``ids`` in parts small enough for one SELECT."""
    return (ids[start : start + LOOKUP] for start in range(0, len(ids), LOOKUP))
