"""A PostgreSQL of this benchmark's own: a cluster in a temporary folder, on a socket of the file system, and gone after.

It refuses to run as root, so root lends it to a user without rights.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from graph.errors import ConfigurationError

PROGRAMS = ("initdb", "postgres", "psql")
LENT_TO = ("postgres", "nobody")  # the first of them there is
ROLE = "bench"
WAIT_S = 30.0  # it starts in less than one


@dataclass(frozen=True)
class Cluster:
    """Where it is reached, and as whom its programs run; None: as we do."""

    folder: Path
    user: str | None

    @property
    def connection(self) -> str:
        """As node-postgres has it."""
        return f"postgresql:///postgres?host={self.folder}&user={ROLE}"

    def run(self, program: str, *words: str, said: str = "") -> str:
        """What one of PROGRAMS prints. Raises ConfigurationError when it fails."""
        done = subprocess.run(  # noqa: S603 - a constant of a benchmark, never input
            [_found(program), *words],
            input=said, capture_output=True, text=True, check=False, user=self.user, cwd=self.folder,
        )  # fmt: skip
        if done.returncode != 0:
            raise ConfigurationError(program, [done.stderr.strip()[-1000:]])
        return done.stdout

    def sql(self, text: str) -> str:
        """What statements answer, `COPY … FROM stdin` with its rows among them."""
        words = ("--no-psqlrc", "--quiet", "--tuples-only", "--set=ON_ERROR_STOP=1")
        return self.run("psql", *words, "-h", str(self.folder), "-U", ROLE, "postgres", said=text)


def missing() -> str | None:
    """Why there can be no cluster on this machine, if that is so."""
    absent = [program for program in PROGRAMS if shutil.which(program) is None]
    if absent:
        return f"{' and '.join(absent)} not on the path"
    return (
        f"root, and no user {' or '.join(LENT_TO)} to run it" if _is_root() and _lent_to() is None else None
    )


def version() -> str | None:
    """As it says itself, where it is there: PostgreSQL and its number."""
    if missing():
        return None
    said = subprocess.run(  # noqa: S603 - a constant of a benchmark, never input
        [_found("postgres"), "--version"], capture_output=True, text=True, check=True
    ).stdout
    return " ".join(said.replace("(", "").replace(")", "").split()[1:3])


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A running cluster. Raises ConfigurationError when it does not start."""
    with tempfile.TemporaryDirectory(prefix="nengshu-pg-") as folder:
        found = Cluster(Path(folder), _lent_to() if _is_root() else None)
        if found.user is not None:
            shutil.chown(folder, found.user)
        data = f"{folder}/data"
        found.run("initdb", "--pgdata", data, "--username", ROLE, "--auth", "trust", "--no-sync")
        with (Path(folder) / "log").open("w") as log:
            words = [_found("postgres"), "-D", data, "-k", folder, "-c", "listen_addresses="]
            process = subprocess.Popen(words, stdout=log, stderr=log, user=found.user, cwd=folder)  # noqa: S603 - as above
        try:
            _await(found, process)
            yield found
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(WAIT_S)


def _await(started: Cluster, process: subprocess.Popen[bytes]) -> None:
    until = monotonic() + WAIT_S
    while process.poll() is None and monotonic() < until:
        with suppress(ConfigurationError):
            started.sql("SELECT 1")
            return
        sleep(0.1)
    said = (started.folder / "log").read_text(encoding="utf-8")
    raise ConfigurationError("postgres", [f"it did not start: {said[-1000:]}"])


def _is_root() -> bool:
    return os.geteuid() == 0


def _lent_to() -> str | None:
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((user for user in LENT_TO if user in known), None)


def _found(program: str) -> str:
    return shutil.which(program) or program
