"""The door's file: its migrations end in the declared tables, commits are shared, and one's fault is nobody else's."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier, Event, Timer

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, event, text

from graph.errors import StoreError
from hub.stores.door.door import FILE
from hub.stores.door.file import MIGRATIONS, Looks, Writer, open_door
from hub.stores.door.tables import METADATA
from hub.stores.registry.database import reading, writing


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A migrated file."""
    made = open_door(tmp_path / FILE)
    yield made
    made.dispose()


def test_the_migrations_end_in_the_declared_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, METADATA) == []


def test_the_tables_go_as_they_came(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with reading(engine) as connection:
        left = connection.execute(
            text("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite%'")
        ).scalars()
        assert set(left) <= {"alembic_version"}


def test_processes_that_start_together_open_one_after_another(tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool:
        for made in pool.map(open_door, [tmp_path / FILE] * 3):
            made.dispose()


def test_a_file_that_another_is_just_making_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / FILE
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        ended = Timer(0.3, other.execute, ["COMMIT"])
        ended.start()
        open_door(file).dispose()
        ended.join()


def test_a_commit_outlives_a_power_cut(engine: Engine) -> None:
    with reading(engine) as connection:
        told = [
            connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")
        ]
    assert told == ["wal", 2]


def insert(digest: str) -> str:
    """A statement that adds a row."""
    return f"INSERT INTO once (digest, until) VALUES ('{digest}', '2026')"  # noqa: S608


def kept(engine: Engine) -> list[str]:
    """What was added."""
    with reading(engine) as connection:
        return list(connection.execute(text("SELECT digest FROM once ORDER BY digest")).scalars())


def run(writer: Writer, *statements: str) -> str | None:
    """What the door says of statements that belong together, if it refuses them."""

    def work(connection: Connection) -> None:
        for statement in statements:
            connection.exec_driver_sql(statement)

    try:
        writer.run(work)
    except StoreError as fault:
        return str(fault)
    return None


def test_what_comes_while_another_commits_shares_one_commit(engine: Engine) -> None:
    writer, commits = Writer(engine), list[object]()
    begun, let_go = Event(), Event()

    def slow(connection: Connection) -> None:
        begun.set()
        let_go.wait(10)

    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(writer.run, slow)
        begun.wait(10)
        event.listen(engine, "commit", commits.append)
        others = [pool.submit(run, writer, insert(str(number))) for number in range(8)]
        while len(writer._waiting) < len(others):
            pass
        let_go.set()
        first.result()
        assert [other.result() for other in others] == [None] * 8
    assert len(commits) == 2, "the slow one's own, and one for all who waited"
    assert len(kept(engine)) == 8
    writer.close()


def test_a_faulty_piece_is_refused_alone_and_whole(engine: Engine) -> None:
    writer, together = Writer(engine), Barrier(6)

    def one(number: int) -> str | None:
        together.wait()
        faulty = ["INSERT INTO once (digest) VALUES ('no moment')"] if number % 2 else []
        return run(writer, insert(str(number)), *faulty)

    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(one, range(6)))
    assert [each is None for each in said] == [True, False] * 3
    assert kept(engine) == ["0", "2", "4"]
    assert "the door refused, nothing was written: NOT NULL" in str(said[1])
    writer.close()


def test_what_is_no_stores_fault_comes_out_and_the_door_goes_on(engine: Engine) -> None:
    writer = Writer(engine)

    def wrong(connection: Connection) -> None:
        connection.exec_driver_sql(insert("lost"))
        raise KeyError("a mistake")

    with pytest.raises(KeyError, match="a mistake"):
        writer.run(wrong)
    assert run(writer, insert("kept")) is None
    assert kept(engine) == ["kept"]
    writer.close()


def test_a_look_that_fails_is_told_as_the_doors(engine: Engine) -> None:
    looks = Looks(engine)
    with pytest.raises(StoreError, match="the door could not answer: no such table"):
        looks.rows("SELECT * FROM nowhere")
    assert looks.rows("SELECT ?", 7) == [(7,)]
    looks.close()
    looks.close()
