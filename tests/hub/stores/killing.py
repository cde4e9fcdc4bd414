"""Kills the committing program at moments that follow from a seed, and compares what a file holds with what was sent."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

from graph.model.period import UTC, Granularity
from hub.stores.readings.check import check
from hub.stores.readings.database import Database
from hub.stores.readings.receipts import GENESIS, chained
from tests.hub.stores.committing import SLOTS, rows_of
from tests.hub.stores.readings_fakes import POINTS, START
from tests.hub.stores.test_readings_law import Model

ROOT = Path(__file__).resolve().parents[3]
RUN_S_MAX = 60.0  # of one child, however busy the machine is
LINES_MAX = 5  # a child is waited for until it has said fewer
OPENING_S_MAX = 0.3  # a kill before the first line falls into opening, or into the first commit
COMMIT_S_MAX = 0.08  # a kill after some line falls into a commit or its checkpoint
CHECKPOINTS = ("16KB", "64KB", "1MB", "256MB")  # so often that a kill falls into one, to never

Key: TypeAlias = tuple[int, int, int, Any]  # unit, point, granularity, start
Values: TypeAlias = dict[Key, tuple[Decimal, int]]  # value and origin

LEDGER = "FROM batch ORDER BY id"
HOLDS = """
SELECT unit_id, point_id, granularity, start, value, origin
FROM said(2147483647, TIMESTAMP '1990-01-01', TIMESTAMP '2200-01-01', 0, 2147483647)
"""


class Driver:
    """The committing program, one child of which is killed at a time."""

    def __init__(self, path: Path) -> None:
        words = [sys.executable, "-m", "tests.hub.stores.committing", str(path)]
        self.process = subprocess.Popen(
            words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def killed(self, seed: int, checkpoint: str | None = None) -> list[str]:
        """Run a child, kill it at a moment that follows from the seed; the receipts it had said."""
        chance = random.Random(seed)  # noqa: S311 - nothing secret
        assert self.process.stdin is not None
        self.process.stdin.write(f"{seed} {checkpoint or chance.choice(CHECKPOINTS)}\n")
        child = int(self._line().split()[1])
        begun, said = time.monotonic(), []
        try:
            lines = chance.randrange(LINES_MAX)
            for _ in range(lines):
                said.append(self._line())
                assert said[-1] != "ended", f"seed {seed}: the child ended by itself after {said}"
                assert time.monotonic() - begun < RUN_S_MAX, f"seed {seed}"
            time.sleep(chance.random() * (COMMIT_S_MAX if lines else OPENING_S_MAX))
        finally:
            os.kill(child, signal.SIGKILL)
        while (line := self._line()) != "ended":
            said.append(line)
        assert not [line for line in said if line.startswith("fault")], f"seed {seed}: {said}"
        return said

    def close(self) -> None:
        """End the driver, which has no child any more."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(RUN_S_MAX)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the committing program ended"
        return line.rstrip("\n")


def faults(database: Database, sample: int | None = None) -> list[str]:
    """Where the file does not follow from itself."""
    return [str(found) for step in check(database, sample) for found in step.differences]


def ledger_of(database: Database) -> list[dict[str, Any]]:
    """The ledger, in order."""
    with database.reading() as cursor:
        rows: list[dict[str, Any]] = cursor.execute(LEDGER).to_arrow_table().to_pylist()
    return rows


def as_told(row: Mapping[str, Any]) -> str:
    """A row of the ledger as its receipt was told."""
    names = (
        "id", "key", "rows", "accepted", "duplicate", "corrected", "superseded", "rejected", "suspect", "head",
    )  # fmt: skip
    return " ".join(str(row[name]) for name in names)


def held_in(database: Database) -> Values:
    """What holds; no key twice."""
    with database.reading() as cursor:
        rows = cursor.execute(HOLDS).fetchall()
    held: Values = {tuple(key): (value, origin) for *key, value, origin in rows}
    assert len(held) == len(rows), "a key holds twice"
    return held


@dataclass
class Onlooker:
    """Whoever saw every receipt and every look into the file: what may not change, and what has to hold."""

    acknowledged: dict[int, str] = field(default_factory=dict)
    ledger: list[dict[str, Any]] = field(default_factory=list)
    models: dict[Granularity, Model] = field(default_factory=lambda: {each: Model() for each in SLOTS})

    def hear(self, said: list[str]) -> None:
        """Receipts; one that is told again is the same."""
        for line in said:
            number = int(line.split()[0])
            assert self.acknowledged.setdefault(number, line) == line

    def look(self, database: Database) -> None:
        """Nothing acknowledged is missing or different, the chain goes on, what holds is what whole batches said."""
        ledger = ledger_of(database)
        lines = {row["id"]: as_told(row) for row in ledger}
        assert {number: lines.get(number) for number in self.acknowledged} == self.acknowledged
        assert ledger[: len(self.ledger)] == self.ledger
        for row in ledger[len(self.ledger) :]:
            self._take(row)
        assert held_in(database) == self._expected()

    def _take(self, row: dict[str, Any]) -> None:
        """The next row of the ledger, which stands for all of its batch."""
        before = self.ledger[-1]["head"] if self.ledger else GENESIS
        assert (row["id"], row["head"]) == (len(self.ledger) + 1, chained(before, row))
        granularity, rows = rows_of(row["key"])
        assert row["rows"] == len(rows) + row["rejected"]
        self.models[granularity].commit(rows, row["received_at"].replace(tzinfo=UTC))
        self.ledger.append(row)

    def _expected(self) -> Values:
        return {
            (*POINTS[point][:2], each.number, (START + SLOTS[each][0] * slot).replace(tzinfo=None)): entry[1:]
            for each, model in self.models.items()
            for (point, slot), entry in model.current.items()
        }
