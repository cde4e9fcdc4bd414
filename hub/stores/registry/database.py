"""Opens a store's database and its two kinds of transaction; the only place that knows one database from another.

A refusal says which store it was: the registry, unless another gives its name.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, PoolProxiedConnection, create_engine, event, func, select
from sqlalchemy.exc import SQLAlchemyError

from graph.errors import StoreError

BUSY_MS_MAX = 30_000  # how long a writer waits for the one before it: the largest upsert takes some seconds
ASK_AGAIN_S = 0.01
CONNECTIONS_MAX = 16  # kept open at a time; worker threads are bounded below that
WRITE_LOCK = 0x6E656E67  # PostgreSQL's advisory lock of the one writer
TURN_S_MAX = (
    600.0  # how long a writer of this process waits for the others of it, who are some dozens at most
)
_WRITING, _TURN, _AFTER = "registry_writing", "registry_turn", "registry_after"
REGISTRY = "the registry"


def open_engine(url: str | URL, *, only_look: bool = False) -> Engine:
    """An engine for `sqlite:///<file>` or `postgresql+psycopg://…`; a SQLite database is a file, never memory.

    Through one that is only to look nothing can be written.
    """
    options = {_TURN: threading.Lock(), _AFTER: _After()}
    engine = create_engine(url, pool_size=CONNECTIONS_MAX, max_overflow=0, execution_options=options)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        if only_look:
            event.listen(engine, "connect", _forbid_writes)
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    """Transactions are begun by us: the driver would begin them too late to be a snapshot."""
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MS_MAX}")
    _keep_a_log(connection)
    connection.execute("PRAGMA foreign_keys = ON")


def _keep_a_log(connection: Any) -> None:
    """Write ahead of the file. SQLite refuses the change at once, without its time for waiting, while another writes
    to a file that is not yet so, as processes do that make it together: it is asked again until that time is over."""
    until = time.monotonic() + BUSY_MS_MAX / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(ASK_AGAIN_S)
        else:
            return


def _forbid_writes(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA query_only = ON")


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes its lock at once: a reader that becomes a writer later could only fail."""
    writing = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def reading(engine: Engine, store: str = REGISTRY) -> Iterator[Connection]:
    """A connection for one answer. Raises StoreError."""
    try:
        with engine.connect() as connection, connection.begin():
            yield connection
    except SQLAlchemyError as fault:
        raise StoreError(f"{store} could not answer: {_reason(fault)}") from fault


@contextmanager
def writing(engine: Engine, store: str = REGISTRY) -> Iterator[Connection]:
    """The one write transaction of a moment: others wait. Raises StoreError, and then nothing was written."""
    with _in_turn(engine, store), refusing(store), writer_of(engine) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(WRITE_LOCK)))
        yield connection
    engine.get_execution_options()[_AFTER].tell()


@dataclass(frozen=True)
class _After:
    """Who hears of each transaction of a process's writers once it is committed."""

    listeners: set[Callable[[], None]] = field(default_factory=set)

    def tell(self) -> None:
        for listener in tuple(self.listeners):
            listener()


@contextmanager
def told_of_writes(engine: Engine, listener: Callable[[], None]) -> Iterator[None]:
    """Calls the listener after each write through this engine, in the thread that wrote; of other processes' writes not."""
    after: _After = engine.get_execution_options()[_AFTER]
    after.listeners.add(listener)
    try:
        yield
    finally:
        after.listeners.discard(listener)


@contextmanager
def _in_turn(engine: Engine, store: str) -> Iterator[None]:
    """Writers of one process one after the other: SQLite lets whoever asks at the right moment go first, and of thirty
    links that write page after page some would ask in vain until they give up."""
    turn: threading.Lock = engine.get_execution_options()[_TURN]
    if not turn.acquire(timeout=TURN_S_MAX):
        raise StoreError(
            f"{store} refused, nothing was written: others have been writing for {TURN_S_MAX:g} s"
        )
    try:
        yield
    finally:
        turn.release()


def writer_of(engine: Engine) -> Connection:
    """A connection whose transactions take the writer's lock as they begin."""
    return engine.connect().execution_options(**{_WRITING: True})


@contextmanager
def refusing(store: str) -> Iterator[None]:
    """The database's refusal to write, as a StoreError of this store."""
    try:
        yield
    except SQLAlchemyError as fault:
        raise StoreError(f"{store} refused, nothing was written: {_reason(fault)}") from fault


class Watch:
    """Notices whatever is committed to a SQLite file, by any connection of any process, with one that only looks.

    Its number says nothing to anybody but itself. Looking takes some microseconds, and a writer holds it up as little as
    it holds up readers.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine, self._lock = engine, threading.Lock()
        self._connection: PoolProxiedConnection | None = None

    def version(self) -> int:
        """Another number than before once anything was committed in between. Raises StoreError."""
        with self._lock:
            try:
                return self._looked()
            except sqlite3.Error as fault:
                raise StoreError(f"the registry could not answer: {fault}") from fault

    def _looked(self) -> int:
        if self._connection is None:
            self._connection = self._engine.raw_connection()
            self._connection.detach()  # the number is the connection's own, which therefore is none of the pool's
        cursor = self._connection.cursor()
        ((found,),) = cursor.execute("PRAGMA data_version").fetchall()
        return int(found)

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


def migrate(
    engine: Engine, migrations: str = "hub.stores.registry:migrations", store: str = REGISTRY
) -> None:
    """Bring the tables to the newest revision; processes that start together do it one after another."""
    config = _config(migrations)
    with writing(engine, store) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def check_is_current(engine: Engine) -> None:
    """Raise StoreError unless the registry's tables are of the newest revision."""
    newest = ScriptDirectory.from_config(_config("hub.stores.registry:migrations")).get_current_head()
    with reading(engine) as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != newest:
        raise StoreError(
            f"{REGISTRY} is of revision {found}, expected {newest}: a command that writes brings it there"
        )


def _config(migrations: str) -> Config:
    config = Config()
    config.set_main_option("script_location", migrations)
    return config


def _reason(fault: SQLAlchemyError) -> str:
    """The database's own words, first line only: the next ones tell values, which may be anybody's."""
    return str(getattr(fault, "orig", None) or type(fault).__name__).partition("\n")[0]
