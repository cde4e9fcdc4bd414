"""What goes wrong between hub and database: each outcome apart, in words with who and what, and never a password."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from graph.errors import ConfigurationError, SourceMalformed, SourceRefused, SourceUnreachable
from hub.simulate.children import free_port
from provincial_adapters._sql_view.connection import Patience
from provincial_adapters._sql_view.stepping import Steps
from tests.certificates import certificate_of_127
from tests.provincial_adapters.databases import READER, SECRET, Server
from tests.provincial_adapters.reading_views import COLUMNS, UNIT, Reader, insert, link

HASTY = Patience(connect_s=2, statement_s=1)
SOON_S = 5.0
ROWS = 100_000  # more than the buffers between a server and us hold


@pytest.fixture
def readings(server: Server) -> Server:
    """The server with a table `readings` of one row."""
    server.lay_out("readings", *COLUMNS)
    insert(server, ("2026-11-27 00:00:00", 1, "2026-11-27 01:00:00"))
    return server


async def said_of(reader: Reader, kind: type[Exception]) -> str:
    """What a run that fails says, which holds no password."""
    with pytest.raises(kind) as caught:
        await reader.run()
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(caught.value.__cause__)
    return str(caught.value)


async def test_a_missing_view_is_refused_with_who_and_what(readings: Server) -> None:
    said = await said_of(Reader(link(readings, "nothing")), SourceRefused)
    assert said.startswith(f"{readings.address}: nothing as {READER}: ")


async def test_a_view_that_was_not_granted_is_refused(readings: Server) -> None:
    readings.lay_out("secret", *COLUMNS)
    target = "secret FROM reader" + ("@'127.0.0.1'" if readings.scheme == "mysql" else "")
    readings.do(f"REVOKE SELECT ON {target}")
    said = await said_of(Reader(link(readings, "secret")), SourceRefused)
    assert "denied" in said


async def test_a_wrong_password_is_refused_and_stands_nowhere(readings: Server) -> None:
    said = await said_of(Reader(link(readings), secret=f"{READER}:wrong-secret"), SourceRefused)
    assert READER in said
    assert "wrong-secret" not in said


async def test_a_database_that_is_not_there_is_refused(readings: Server) -> None:
    elsewhere = replace(link(readings), address=readings.address.replace("/energy", "/elsewhere"))
    await said_of(Reader(elsewhere), SourceRefused)


async def test_a_server_that_is_down_is_unreachable(readings: Server) -> None:
    nobody = replace(link(readings), address=f"{readings.scheme}://127.0.0.1:{free_port()}/energy")
    await said_of(Reader(nobody), SourceUnreachable)


@contextmanager
def silent(scheme: str) -> Iterator[str]:
    """The address of a server that takes every call and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/energy"


async def test_a_server_that_never_answers_is_unreachable_in_time(readings: Server) -> None:
    began = time.monotonic()
    with silent(readings.scheme) as address:
        await said_of(Reader(replace(link(readings), address=address), patience=HASTY), SourceUnreachable)
    assert time.monotonic() - began < 2 * HASTY.connect_s + SOON_S


@dataclass
class HungConnection:
    """A connection on which whatever is asked waits until it is cut."""

    line: threading.Event = field(default_factory=threading.Event)
    calls: list[str] = field(default_factory=list)

    def rows(self) -> Generator[int, None, None]:
        """One row, then silence."""
        yield 1
        assert self.line.wait(SOON_S)
        raise OSError("cut")

    def cut(self) -> None:
        """Break the line."""
        self.calls.append("cut")
        self.line.set()

    def hang_up(self) -> None:
        """Let go of the line."""
        self.calls.append("hang_up")

    def close(self) -> None:
        """Let go of everything."""
        self.calls.append("close")


async def test_a_server_that_falls_silent_in_mid_read_is_cut_off() -> None:
    hung = HungConnection()
    steps = Steps(hung, "db", 0.2).each(hung.rows())
    assert await anext(steps) == 1
    with pytest.raises(SourceUnreachable, match=r"db: no answer within 0\.2 s"):
        await anext(steps)
    assert hung.calls == ["cut", "hang_up", "close"]


async def test_a_run_that_is_cancelled_while_it_waits_lets_go_at_once(mysql_server: Server) -> None:
    began = time.monotonic()  # the run's thread is waited for, so that it would show here
    with silent("mysql") as address:
        reader = Reader(replace(link(mysql_server), address=address))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await reader.run()
    assert time.monotonic() - began < SOON_S


async def test_a_view_that_somebody_locks_is_unreachable_and_waits_behind_nobody_for_long(
    readings: Server,
) -> None:
    words = {
        "postgresql": "LOCK TABLE readings IN ACCESS EXCLUSIVE MODE",
        "mysql": "LOCK TABLES readings WRITE",
    }
    with readings.owner.connect() as owner:
        owner.exec_driver_sql(words[readings.scheme])
        said = await said_of(Reader(link(readings), patience=Patience(lock_s=1)), SourceUnreachable)
        owner.rollback()
    assert "lock" in said.lower()


async def test_a_statement_that_takes_too_long_is_unreachable(readings: Server) -> None:
    sleep = {"postgresql": "(SELECT pg_sleep(20))::text", "mysql": "SLEEP(20)"}[readings.scheme]
    defined = "CREATE VIEW slow AS SELECT unit, began, kwh, written FROM readings WHERE {} IS NOT NULL"
    readings.do("DROP VIEW IF EXISTS slow", defined.format(sleep), readings.grant("slow"))
    await said_of(Reader(link(readings, "slow"), patience=HASTY), SourceUnreachable)
    readings.do("DROP VIEW slow")


async def test_a_connection_lost_in_mid_read_is_unreachable_and_what_was_booked_stands(
    server: Server,
) -> None:
    server.lay_out("many", *COLUMNS, "filling varchar(200)")
    series = {"postgresql": f"generate_series(1, {ROWS}) AS seq", "mysql": f"seq_1_to_{ROWS}"}[server.scheme]
    filled = "INSERT INTO many SELECT '{}', '2026-11-27 00:00:00', seq, '2026-11-27 01:00:00', repeat('x', 200) FROM {}"
    server.do(filled.format(UNIT, series))
    mapping = {**link(server).quirks["mapping"], "version_column": "filling"}
    reader = Reader(link(server, "many", mapping=mapping, rows_at_once=1000))
    found = await reader.run(1)
    assert (len(found), found[0].arrived.rows) == (1, 1000)
    with pytest.raises(SourceUnreachable):
        await reader.run_killing(lambda: kill_reader(server))
    assert len(reader.came) >= 1
    assert '"reached": "2026-11-26T17:00:00+00:00"' in str(reader.link.cursor)


def kill_reader(server: Server) -> None:
    """The province's administrator ends what the hub is doing."""
    if server.scheme == "postgresql":
        server.asked("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'")
        return
    for (number,) in server.asked("SELECT id FROM information_schema.processlist WHERE user = 'reader'"):
        server.do(f"KILL CONNECTION {number}")


async def test_a_view_that_would_write_is_refused(postgresql_server: Server) -> None:
    postgresql_server.lay_out("readings", *COLUMNS)
    postgresql_server.do(
        "CREATE TABLE IF NOT EXISTS looked (at timestamptz)",
        "CREATE OR REPLACE FUNCTION look() RETURNS numeric LANGUAGE sql SECURITY DEFINER AS "
        "'INSERT INTO looked VALUES (now()); SELECT 1.0'",
        "CREATE OR REPLACE VIEW writing AS SELECT '91970000MA00000013'::text AS unit, now() AS began, look() AS kwh, "
        "'2026-11-27'::timestamptz AS written",
        "GRANT SELECT ON writing TO reader",
    )
    said = await said_of(Reader(link(postgresql_server, "writing")), SourceRefused)
    assert "read-only transaction" in said
    assert postgresql_server.asked("SELECT count(*) FROM looked") == [(0,)]


async def test_without_its_watermark_nothing_is_read_and_the_columns_there_are_are_named(
    readings: Server,
) -> None:
    said = await said_of(Reader(link(readings, watermark="updated")), SourceMalformed)
    assert "lacks the watermark column 'updated'; it has unit, began, kwh, written" in said


async def test_a_watermark_that_orders_nothing_is_refused(readings: Server) -> None:
    said = await said_of(Reader(link(readings, watermark="unit")), SourceMalformed)
    assert "expected a timestamp or a whole or decimal number" in said


async def test_a_view_of_other_columns_altogether_is_malformed(server: Server) -> None:
    server.lay_out("other", "a int", "b int")
    await said_of(Reader(link(server, "other", watermark="a")), SourceMalformed)


async def test_a_cursor_of_a_watermark_of_another_kind_is_named_and_kept(readings: Server) -> None:
    kept = replace(link(readings), cursor='{"clock": "number", "reached": "5"}')
    said = await said_of(Reader(kept), ConfigurationError)
    assert "cursor: is of a watermark of kind number, the view's is utc" in said


async def test_a_server_that_speaks_no_tls_is_not_spoken_to_in_the_clear_when_tls_was_asked_for(
    postgresql_server: Server,
) -> None:
    said = await said_of(Reader(link(postgresql_server, tls="unverified")), SourceRefused)
    assert "does not support SSL" in said


async def test_a_line_is_encrypted_and_its_certificate_believed_as_the_link_says(
    mysql_server: Server, tmp_path: Path
) -> None:
    mysql_server.lay_out("readings", *COLUMNS)
    insert(mysql_server, ("2026-11-27 00:00:00", 1, "2026-11-27 01:00:00"))
    mysql_server.do("ALTER USER reader@'127.0.0.1' REQUIRE SSL")
    try:
        await said_of(Reader(link(mysql_server, tls="none")), SourceRefused)
        for tls in ("unverified", {"ca_file": str(mysql_server.ca_file)}):
            reader = Reader(link(mysql_server, tls=tls))
            await reader.run()
            assert reader.values == ["1.0000"]
        own = {"ca_file": str(certificate_of_127(tmp_path))}
        said = await said_of(Reader(link(mysql_server, tls=own)), SourceUnreachable)
        assert "certificate verify failed" in said
    finally:
        mysql_server.do("ALTER USER reader@'127.0.0.1' REQUIRE NONE")
