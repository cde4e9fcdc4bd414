"""A connection to a province's database that only reads, holds nothing up for long, and can be cut while it waits."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, func, select, text

from provincial_adapters._sql_view.place import NO_TLS, UNVERIFIED, Login, Place
from provincial_adapters._sql_view.refusals import Speaker

Keep = Callable[[socket.socket], None]
DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}


@dataclass(frozen=True)
class Patience:
    """How long a database may take, in seconds.

    `statement_s` of one statement or piece: sorting a year without an index; MySQL counts what the hub books in
    between, too. `lock_s`: who alters a view must not wait behind us, nor we behind them. `idle_s` until a piece is
    booked, then the database lets go of us.
    """

    connect_s: int = 10
    statement_s: int = 300
    lock_s: int = 5
    idle_s: int = 600

    @property
    def read_s(self) -> int:
        """Of one answer: a server that keeps its own bound answers before."""
        return self.statement_s + 15


USUAL = Patience()


class ReadOnly:
    """One connection. Opened, used and closed in threads, one at a time; cut from wherever somebody stops waiting."""

    def __init__(
        self, place: Place, login: Login, tls: Any, speaker: Speaker, patience: Patience = USUAL
    ) -> None:
        self._patience = patience
        self._place, self._login, self._tls, self._speaker = place, login, tls, speaker
        self._line: socket.socket | None = None
        self._driver: Any = None
        self._connection: Connection | None = None
        self._engine: Engine = create_engine(
            URL.create(DRIVERS[place.scheme]),
            creator=self._connected,
            poolclass=NullPool,
            hide_parameters=True,
        )

    def open(self) -> None:
        """Connect. Raises SourceUnreachable, SourceRefused."""
        with self._speaker.translated(connecting=True):
            self._connection = self._engine.connect()
        if self._place.scheme == "mysql":
            with self._speaker.translated(), self._connection.begin():
                _set_mysql(self._connection, self._patience)

    def _connected(self) -> Any:
        driver: Any = self._engine.dialect.loaded_dbapi
        opened = _OPENINGS[self._place.scheme]
        self._driver = opened(driver, self._place, self._login, self._tls, self._patience, self._keep)
        return self._driver

    def _keep(self, line: socket.socket) -> None:
        self._line = line

    @property
    def engine_name(self) -> str:
        """`postgresql` or `mysql`."""
        return self._place.scheme

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that cannot write. Raises SourceUnreachable, SourceRefused."""
        connection = self._connection
        if connection is None:
            raise RuntimeError("read before it was opened")
        with self._speaker.translated():
            transaction = connection.begin()
            try:
                if self._place.scheme == "postgresql":
                    _set_postgresql(connection, self._patience)
                yield connection
            finally:
                with suppress(Exception):  # nothing was written, and after a fault it says nothing new
                    transaction.rollback()

    def cut(self) -> None:
        """Break the line: whoever waits on it fails at once."""
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def hang_up(self) -> None:
        """Let go of the line, without reading what is still to come."""
        self.cut()
        if self._driver is not None:
            _SILENCED[self._place.scheme](self._driver)

    def close(self) -> None:
        """Let go of everything; whoever still reads is done before."""
        if self._connection is not None:
            with suppress(Exception):
                self._connection.invalidate()
                self._connection.close()
        if self._line is not None:
            self._line.close()
        self._engine.dispose()


def _postgresql(driver: Any, place: Place, login: Login, tls: Any, patience: Patience, keep: Keep) -> Any:
    modes = {NO_TLS: "disable", UNVERIFIED: "require"}
    verified = isinstance(tls, Mapping)
    options = (
        {"sslmode": "verify-full", "sslrootcert": tls["ca_file"]} if verified else {"sslmode": modes[tls]}
    )
    connection = driver.connect(
        host=place.host,
        port=place.port,
        dbname=place.database,
        user=login.user,
        password=login.password,
        connect_timeout=patience.connect_s,
        client_encoding="utf8",
        gssencmode="disable",
        application_name="nengshu",
        prepare_threshold=None,
        **options,
    )
    keep(socket.socket(fileno=os.dup(connection.fileno())))
    return connection


def _mysql(driver: Any, place: Place, login: Login, tls: Any, patience: Patience, keep: Keep) -> Any:
    plain = socket.create_connection((place.host, place.port), patience.connect_s)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    line = plain.dup()
    keep(line)
    connection = driver.connect(
        host=place.host,
        port=place.port,
        database=place.database,
        user=login.user,
        password=login.password,
        charset="utf8mb4",
        read_timeout=patience.read_s,
        write_timeout=patience.read_s,
        ssl=None if tls == NO_TLS else _context(tls),
        ssl_disabled=tls == NO_TLS,
        defer_connect=True,
    )
    greeting = threading.Timer(patience.connect_s, line.shutdown, [socket.SHUT_RDWR])
    greeting.start()  # the driver's own bound of reading is for statements
    try:
        connection.connect(plain)
    finally:
        greeting.cancel()
    return connection


def _context(tls: Any) -> ssl.SSLContext:
    if isinstance(tls, Mapping):
        return ssl.create_default_context(cafile=tls["ca_file"])
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _set_postgresql(connection: Connection, patience: Patience) -> None:
    """For this transaction alone, so that it holds behind a pool of connections, too."""
    connection.execute(text("SET TRANSACTION READ ONLY"))
    said = {
        "statement_timeout": patience.statement_s * 1000,
        "lock_timeout": patience.lock_s * 1000,
        "idle_in_transaction_session_timeout": patience.idle_s * 1000,
        "TimeZone": "UTC",
        "DateStyle": "ISO, YMD",
    }
    connection.execute(select(*(func.set_config(name, str(value), True) for name, value in said.items())))


def _set_mysql(connection: Connection, patience: Patience) -> None:
    """For the session, which has no such settings of a transaction alone."""
    dialect: Any = connection.dialect
    if dialect.is_mariadb:
        connection.execute(text("SET SESSION max_statement_time = :s"), {"s": patience.statement_s})
    else:
        connection.execute(text("SET SESSION max_execution_time = :ms"), {"ms": patience.statement_s * 1000})
    connection.execute(
        text("SET SESSION lock_wait_timeout = :lock, net_write_timeout = :idle, time_zone = '+00:00'"),
        {"lock": patience.lock_s, "idle": patience.idle_s},
    )
    connection.execute(text("SET SESSION TRANSACTION READ ONLY"))


def _forget(driver: Any) -> None:
    result = driver._result  # noqa: SLF001 - PyMySQL reads what is left whenever a result is let go of
    if result is not None:
        result.unbuffered_active = False


_SILENCED: Mapping[str, Callable[[Any], None]] = {
    "postgresql": lambda driver: driver.close(),
    "mysql": _forget,
}
_OPENINGS: Mapping[str, Callable[[Any, Place, Login, Any, Patience, Keep], Any]] = {
    "postgresql": _postgresql,
    "mysql": _mysql,
}
