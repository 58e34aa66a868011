"""The schema's versions: what the migrations make is what the code declares, and no store is mistaken for ours."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from catalog.store import engine as engines
from catalog.store import schema as t
from catalog.store.engine import Store, StoreError, StoreMismatch, head_revision, open_store, upgrade_store
from catalog.store.views import VIEWS
from tests.stores import crawl, listing, night, payable, rows, save_checks

URL = "https://api.example.com/v1/weather"

# What a later version might do: a new column, and a column altered in place, which SQLite does by building the
# table anew under the rows that refer to it.
LATER = '''"""A later version."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("resources") as batch:
        batch.add_column(sa.Column("colour", sa.Text(), comment="Favourite colour."))
        batch.alter_column("provider", existing_type=sa.Text(), type_=sa.String(500))
'''


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The program as a later version with one migration more; undoing the patch is going back to this one."""
    folder = tmp_path / "migrations"
    shutil.copytree(engines.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "9999_later.py").write_text(LATER.format(head=head_revision()))
    with monkeypatch.context() as patch:
        patch.setattr(engines, "MIGRATIONS", folder)
        yield patch


def execute(url: str, *statements: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def tables(url: str) -> set[str]:
    engine = create_engine(url)
    found = set(inspect(engine).get_table_names())
    engine.dispose()
    return found


# -- what the migrations make -------------------------------------------------------------------------------------


def test_the_migrations_make_what_the_code_declares(store: Store) -> None:
    with store.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, t.metadata) == []
        assert context.get_current_revision() == head_revision()
    assert set(inspect(store.engine).get_view_names()) == set(VIEWS)


def test_the_databases_hold_the_same_tables_and_columns(sqlite_url: str, postgres_url: str) -> None:
    found = []
    for url in (sqlite_url, postgres_url):
        with closing(open_store(url)) as store:
            inspector = inspect(store.engine)
            found.append(
                {
                    name: [(c["name"], c["nullable"]) for c in inspector.get_columns(name)]
                    for name in (*inspector.get_table_names(), *inspector.get_view_names())
                }
            )
    sqlite_side, postgres_side = found
    assert sqlite_side.keys() == postgres_side.keys()
    for name in sqlite_side:
        names = [column for column, _ in sqlite_side[name]]
        assert names == [column for column, _ in postgres_side[name]], name
        if name not in VIEWS:
            assert sqlite_side[name] == postgres_side[name], name


def test_the_busiest_tables_have_no_rowid_on_sqlite(sqlite_url: str) -> None:
    with closing(open_store(sqlite_url)) as store, store.begin() as connection:
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
        made = {name: sql.rstrip() for name, sql in connection.exec_driver_sql(query)}
    for table in t.metadata.tables.values():
        expected = table.dialect_options["sqlite"]["with_rowid"] is False
        assert made[table.name].endswith("WITHOUT ROWID") == expected, table.name
    assert made["checks"].endswith("WITHOUT ROWID")


def test_names_sort_by_code_point_on_postgresql(postgres_url: str) -> None:
    with closing(open_store(postgres_url)) as store, store.begin() as connection:
        collated = "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE collation_name = 'C'"
        found = set(connection.exec_driver_sql(collated).scalars())
    keys = {
        f"{table.name}.{column.name}"
        for table in t.metadata.tables.values()
        for column in table.primary_key.columns
        if column.type.python_type is str
    }
    assert keys <= found
    assert {"resources.identity", "resources.slug", "resources.tool", "findings.url", "origins.host"} <= found


def test_every_table_and_column_has_a_comment() -> None:
    for table in t.metadata.tables.values():
        assert table.comment, table.name
        for column in table.columns:
            assert column.comment, f"{table.name}.{column.name}"


def test_postgresql_holds_the_comments(postgres_url: str) -> None:
    with closing(open_store(postgres_url)) as store:
        inspector = inspect(store.engine)
        for table in t.metadata.tables.values():
            assert inspector.get_table_comment(table.name)["text"] == table.comment
            found = {column["name"]: column["comment"] for column in inspector.get_columns(table.name)}
            assert found == {column.name: column.comment for column in table.columns}


def test_rows_refer_to_resources(store: Store) -> None:
    orphan = {"resource_id": 1, "day": "2026-03-01", "checks": 1, "counted": 1, "payable": 1, "answered": 1}
    with pytest.raises(StoreError, match=r"(?i)foreign key") as refused, store.begin() as connection:
        connection.execute(t.check_days.insert().values(**orphan, outcomes="payable", latencies=""))
    assert isinstance(refused.value.__cause__, IntegrityError)


# -- older, newer, other ------------------------------------------------------------------------------------------


def test_a_store_is_made_once(store_url: str) -> None:
    assert upgrade_store(store_url) == (None, head_revision())
    with closing(open_store(store_url)) as store:
        crawl(store, night(1), listing(URL))
    assert upgrade_store(store_url) == (head_revision(), head_revision())
    with closing(open_store(store_url, create=False)) as store:
        assert len(rows(store, t.resources)) == 1


def test_an_older_store_wants_an_upgrade(store_url: str, later: pytest.MonkeyPatch) -> None:
    with later.context() as patch:
        patch.setattr(engines, "MIGRATIONS", Path(engines.__file__).parent / "migrations")
        ours = head_revision()
        with closing(open_store(store_url)) as store:
            crawl(store, night(1), listing(URL))
            save_checks(store, night(1), [payable(URL)])
    with pytest.raises(
        StoreMismatch, match=f"has schema {ours}, this version needs 9999: run 'x402-catalog db upgrade'"
    ):
        open_store(store_url)
    assert upgrade_store(store_url) == (ours, "9999")
    with closing(open_store(store_url)) as store, store.begin() as connection:
        assert "colour" in {column["name"] for column in inspect(connection).get_columns("resources")}
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM checks").scalar() == 1
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM resource_overview").scalar() == 0
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_newer_store_is_refused(store_url: str, later: pytest.MonkeyPatch) -> None:
    open_store(store_url).close()
    later.undo()
    for attempt in (open_store, upgrade_store):
        with pytest.raises(StoreMismatch, match="has the newer schema 9999: this version of x402-catalog knows up to"):
            attempt(store_url)


def test_an_upgrade_waits_for_no_night(store_url: str) -> None:
    with (
        closing(open_store(store_url)) as store,
        store.lock(),
        pytest.raises(StoreError, match="another run holds"),
    ):
        upgrade_store(store_url)


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TABLE customers (id INTEGER PRIMARY KEY)"],
        # Somebody else's Alembic, whose first revision is called as ours is.
        [
            "CREATE TABLE customers (id INTEGER PRIMARY KEY)",
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)",
            "INSERT INTO alembic_version VALUES ('0001')",
        ],
    ],
    ids=["no versions", "versions of its own"],
)
def test_another_database_is_refused_and_left_alone(store_url: str, statements: list[str]) -> None:
    execute(store_url, *statements)
    before = tables(store_url)
    for attempt in (open_store, upgrade_store):
        with pytest.raises(StoreMismatch, match="holds other tables and is no x402-catalog store") as refused:
            attempt(store_url)
        assert "\n" not in str(refused.value)
    assert tables(store_url) == before


def test_a_failed_upgrade_leaves_the_store_as_it_was(store_url: str, later: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "migrations" / "versions" / "9999_later.py"
    broken.write_text(broken.read_text() + "    op.execute('SELECT * FROM nothing')\n")
    with later.context() as patch:
        patch.setattr(engines, "MIGRATIONS", Path(engines.__file__).parent / "migrations")
        open_store(store_url).close()
    with pytest.raises(StoreError, match="nothing") as refused:
        upgrade_store(store_url)
    assert "\n" not in str(refused.value)
    later.undo()
    with closing(open_store(store_url)) as store, store.begin() as connection:
        assert "colour" not in {column["name"] for column in inspect(connection).get_columns("resources")}
        assert set(inspect(connection).get_view_names()) == set(VIEWS)


# -- what single versions move --------------------------------------------------------------------------------------


def test_0003_recounts_periods_and_keeps_every_check(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(engines.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for newer in (folder / "versions").glob("0*.py"):
        if newer.name > "0003":
            newer.unlink()
    with monkeypatch.context() as patch:
        patch.setattr(engines, "MIGRATIONS", folder)
        patch.setattr(engines, "create_views", lambda _: None)  # today's views want today's tables
        open_store(store_url).close()
    answered = '[{"method": "GET", "url": "https://a.example/x", "status": 402, "error": null, "latency_ms": %s, "detail": ""}]'
    twice = (
        '[{"method": "GET", "url": "https://a.example/x", "status": 405, "error": null, "latency_ms": 9, "detail": ""},'
        ' {"method": "POST", "url": "https://a.example/x", "status": null, "error": "timeout", "latency_ms": null,'
        ' "detail": "too slow"}]'
    )
    told = '{"dns": {"state": "ok", "ms": 12}, "connect": {"state": "failed", "ms": null}, "tls": {"state": null, "ms": null}}'
    checked = [
        ("2026-03-30T02", "payable", 402, None, 120, answered % 120, 0, None),
        ("2026-03-30T14", "payable", 402, None, 95, answered % 95, 0, None),
        ("2026-03-31T02", "not_exercised", None, None, None, "[]", None, None),
        ("2026-04-01T02", "timeout", None, "timeout", None, twice, 1, told),
    ]
    engine = create_engine(store_url)
    with engine.begin() as connection:
        columns = "id, identity, tool, url, kind, methods, listed, first_seen_at, last_listed_at, consecutive_failures, unanswered_streak"
        moment = "2026-03-30T02:00:00.000000+00:00"
        connection.execute(
            text(
                f"INSERT INTO resources ({columns}) VALUES (7, '//a.example/x', '', 'https://a.example/x', 'http', '', true, :at, :at, 0, 0)"
            ),
            {"at": moment},
        )
        names = "at, outcome, status, error, latency_ms, attempts, answered_by, layers, run_id"
        values = ", ".join(f":{name}" for name in names.split(", "))
        for at, *rest in checked:
            row = dict(zip(names.split(", "), [f"{at}:00:00.000000+00:00", *rest, at], strict=True))
            connection.execute(
                text(f"INSERT INTO checks (resource_id, counted, message, {names}) VALUES (7, true, 'One.', {values})"),
                row,
            )
    engine.dispose()
    assert upgrade_store(store_url) == ("0002", head_revision())
    with closing(open_store(store_url)) as store:
        days = [
            (d["day"], d["checks"], d["counted"], d["answered"], d["outcomes"], d["latencies"])
            for d in rows(store, t.check_days)
        ]
        months = [
            (m["month"], m["checks"], m["payable"], m["outcomes"], m["latencies"]) for m in rows(store, t.check_months)
        ]
        kept = [(c["attempts"], c["layers"], c["failed_layer"]) for c in rows(store, t.checks)]
    assert days == [
        ("2026-03-30", 2, 2, 2, "payable*2", "120,95"),
        ("2026-03-31", 1, 0, 0, "not_exercised", ""),
        ("2026-04-01", 1, 1, 0, "timeout", ""),
    ]
    assert months == [
        ("2026-03", 3, 2, "not_exercised,payable*2", "120,95"),
        ("2026-04", 1, 0, "timeout", ""),
    ]
    assert kept[:3] == [("", None, None)] * 3
    assert kept[3] == ('[{"method":"GET","status":405,"latency_ms":9},{"detail":"too slow"}]', "+12 ! .", "connect")
