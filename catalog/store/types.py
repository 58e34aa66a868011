"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import DateTime, Dialect, Numeric, String, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from catalog.money import plain
from catalog.run import iso, parse_time


class Moment(TypeDecorator[datetime]):
    """An aware UTC time: ``timestamptz`` on PostgreSQL, sortable ISO-8601 text on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """ISO text on SQLite, which has no time type of its own."""
        found: TypeEngine[Any] = String(32) if dialect.name == "sqlite" else DateTime(timezone=True)
        return dialect.type_descriptor(found)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> object:
        """To the database."""
        return value if value is None or dialect.name != "sqlite" else iso(value)

    def process_result_value(self, value: object, dialect: Dialect) -> datetime | None:
        """From the database, always aware."""
        del dialect
        return parse_time(value) if isinstance(value, str) else value  # type: ignore[return-value]


class Words(TypeDecorator[str]):
    """Text of at most ``length`` characters that sorts by code point in every database.

    PostgreSQL's default follows the server's language, and the order of names decides slugs and bytes of releases.
    """

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Collation ``C`` on PostgreSQL; SQLite compares bytes anyway."""
        length = self.impl_instance.length  # type: ignore[attr-defined]
        return dialect.type_descriptor(String(length, collation="C" if dialect.name == "postgresql" else None))


class Usd(TypeDecorator[Decimal]):
    """An exact dollar amount: ``NUMERIC`` on PostgreSQL, shortest exact text on SQLite (which would use floats).

    Without a precision: listings hold amounts up to 78 digits, which must not stop a night.
    """

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite."""
        found: TypeEngine[Any] = Text() if dialect.name == "sqlite" else Numeric()
        return dialect.type_descriptor(found)

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> object:
        """To the database."""
        return value if value is None or dialect.name != "sqlite" else plain(value)

    def process_result_value(self, value: object, dialect: Dialect) -> Decimal | None:
        """From the database."""
        del dialect
        return None if value is None else Decimal(str(value))
