"""The migrations end in exactly the tables that the code declares, on an empty database and on one half way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from graph.errors import StoreError
from hub.stores.registry.database import migrate, open_engine, reading, writing
from hub.stores.registry.nouns import NOUNS
from hub.stores.registry.tables import METADATA


def new_engine(folder: Path) -> Engine:
    return open_engine(f"sqlite:///{folder / 'registry.db'}")


def test_the_migrations_end_in_the_declared_tables(tmp_path: Path) -> None:
    engine = new_engine(tmp_path)
    migrate(engine)
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    engine = new_engine(tmp_path)
    migrate(engine)
    migrate(engine)
    with reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1
    engine.dispose()


def test_two_processes_that_start_together_migrate_one_after_another(tmp_path: Path) -> None:
    engines = [new_engine(tmp_path) for _ in range(3)]
    with ThreadPoolExecutor() as pool:
        assert list(pool.map(migrate, engines)) == [None] * 3
    for engine in engines:
        engine.dispose()


def test_sqlite_runs_with_a_write_ahead_log_and_checks_references(tmp_path: Path) -> None:
    engine = new_engine(tmp_path)
    with reading(engine) as connection:
        pragmas = [
            connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        ]
    assert pragmas == ["wal", 1, 30_000]
    engine.dispose()


def test_a_refused_write_is_a_store_error_and_leaves_nothing(tmp_path: Path) -> None:
    engine = new_engine(tmp_path)
    migrate(engine)
    with pytest.raises(StoreError, match="FOREIGN KEY"), writing(engine) as connection:
        connection.execute(
            text("INSERT INTO agency (key, name, role, province) VALUES ('a', 'b', 'lead', '970000')")
        )
    with reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM agency")).scalar() == 0
    engine.dispose()


def test_tables_and_lists_can_be_said_in_postgresql_too() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has no annotation there
    for table in METADATA.sorted_tables:
        assert str(CreateTable(table).compile(dialect=dialect))
        assert all(str(CreateIndex(index).compile(dialect=dialect)) for index in table.indexes)
    for noun in NOUNS.values():
        assert "SELECT" in str(noun.select().compile(dialect=dialect))
