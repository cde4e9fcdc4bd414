"""A door in a folder of a test's, entries to note at it, and what its log holds."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from hub.access.log import Entry
from hub.stores.door.door import FILE, Door
from hub.stores.registry.known import Place
from tests.hub.stores.registry_fakes import NOON, StillClock

MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
LATER = NOON + HOUR
TOKEN = Entry(
    NOON, "trial", "token", "access token", "granted", None, "office", Place("970000"), "10.0.0.1", "r1", {}
)
DENIED = replace(
    TOKEN, who=None, action="denied", subject="/graphql", outcome="denied", code="UNAUTHENTICATED"
)


@contextmanager
def opened(folder: Path, clock: StillClock | None = None) -> Iterator[Door]:
    """A door, closed at the end."""
    with closing(Door.open(folder / FILE, clock or StillClock())) as door:
        yield door


def logged(folder: Path, *columns: str) -> list[tuple[Any, ...]]:
    """These columns of the log, read by another program."""
    with closing(sqlite3.connect(folder / FILE)) as connection:
        return connection.execute(f"SELECT {', '.join(columns)} FROM log ORDER BY id").fetchall()  # noqa: S608
