"""GraphQL servers of others, run by Node.js: what they are installed from, and the same data handed to each.

Apollo Server has it in memory, PostGraphile in the tables of a PostgreSQL of its own. Moments are kept as the texts they
are answered with, so that neither has to write them.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console

from graph.errors import ConfigurationError
from graph.model.reading import Origin
from scripts.benchmarks._cache import INSTALL_SECONDS_MAX
from scripts.benchmarks._graph_postgres import Cluster, cluster
from scripts.benchmarks._graph_processes import served

FOLDER = Path(__file__).with_name("graph_others")
# Of the lock, for the machine's own may be older than PostGraphile wants.
NODE = FOLDER / "node_modules" / ".bin" / "node"
PRODUCTION = {"NODE_ENV": "production"}
_PACKAGES = ("@apollo/server", "postgraphile", "graphql")
_POINT, _READING = (
    ("unit", "code", "province", "variety", "scope"),
    ("start", "end", "value", "origin", "suspect"),
)
_TABLES = f"""
CREATE TYPE origin AS ENUM ({", ".join(f"'{origin.name}'" for origin in Origin)});
CREATE TABLE data_point (
    unit text, code text, province text NOT NULL, variety text NOT NULL, scope integer NOT NULL,
    PRIMARY KEY (unit, code)
);
CREATE TABLE reading (
    unit text, code text, start text, "end" text NOT NULL, value numeric NOT NULL, origin origin NOT NULL,
    suspect boolean NOT NULL, PRIMARY KEY (unit, code, start), FOREIGN KEY (unit, code) REFERENCES data_point
);
"""


def missing() -> str | None:
    """Why they cannot run on this machine, if that is so; the packages of the lock are installed where they are not."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "no Node.js with npm on the path"
    if not is_installed(FOLDER):
        Console(stderr=True).print("npm ci: the packages of the other servers, half a gigabyte, once")
        words = [npm, "ci", "--loglevel=error"]
        done = subprocess.run(  # noqa: S603 - a constant of a benchmark, never input
            words, cwd=FOLDER, capture_output=True, text=True, timeout=INSTALL_SECONDS_MAX, check=False
        )
        if done.returncode != 0:
            return f"npm ci failed: {done.stderr.strip()[:500]}"
    return None if NODE.exists() else "no Node.js 22 is packaged for this machine"


def is_installed(folder: Path) -> bool:
    """Whether the packages there are those of its lock: they were put there after it was written."""
    lock, told = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    return told.is_file() and told.stat().st_mtime_ns >= lock.stat().st_mtime_ns


def versions() -> dict[str, str]:
    """Of what the lock holds."""
    lock = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    named = {name: lock[f"node_modules/{name}"]["version"] for name in _PACKAGES}
    node = next(held["version"] for name, held in lock.items() if name.startswith("node_modules/node-"))
    return {**named, "Node.js": node}


@contextmanager
def apollo(points: Sequence[Mapping[str, Any]], folder: Path) -> Iterator[str]:
    """Where Apollo Server answers of these points, each with its readings."""
    file = folder / "points.json"
    file.write_bytes(orjson.dumps(list(points)))
    with served([NODE, "apollo.mjs", file], FOLDER, PRODUCTION) as address:
        yield address


@contextmanager
def postgraphile(points: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Where PostGraphile answers of the same. Raises ConfigurationError when PostgreSQL does not start."""
    with cluster() as database:
        _load(database, points)
        with served([NODE, "postgraphile.mjs", database.connection], FOLDER, PRODUCTION) as address:
            yield f"{address}graphql"


def _load(database: Cluster, points: Sequence[Mapping[str, Any]]) -> None:
    readings = [{**point, **reading} for point in points for reading in point["readings"]]
    database.sql(
        _TABLES
        + _copied("data_point", _POINT, points)
        + _copied("reading", ("unit", "code", *_READING), readings)
    )
    database.sql("VACUUM ANALYZE")


def _copied(table: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as `COPY` reads them. Raises ConfigurationError for a text it would have to escape."""
    lines = ["\t".join(str(row[column]) for column in columns) for row in rows]
    if any(re.search(r"[\\\n]", line) for line in lines):
        raise ConfigurationError(table, ["a value holds what COPY reads otherwise"])
    named = ", ".join(f'"{column}"' for column in columns)
    return "\n".join((f"COPY {table} ({named}) FROM stdin;", *lines, "\\.", ""))
