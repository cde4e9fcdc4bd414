"""A program that puts a mixed ingest into a readings file until it is killed, and says of each batch that it is durable.

python -m tests.hub.stores.committing FILE [SEED CHECKPOINT_THRESHOLD]

Without a seed it is a driver: it forks a child for each line `SEED CHECKPOINT_THRESHOLD` on its standard input, before any
database or thread is there, says the child's number, and waits for its end; so that two hundred kills cost one import.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import sys
import threading
from decimal import Decimal
from pathlib import Path

from graph.model.period import UTC, Granularity
from graph.model.reading import REJECTIONS, Origin
from graph.model.sync_run import Receipt
from graph.ports import Judged
from hub.stores.readings import database
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import QUARTER_HOUR, Said, StillClock, batch_of
from tests.hub.stores.test_readings_as_of import ChangingRegistry

SENDERS = 3  # that commit at once, so that groups form
SLOTS = 200  # few enough that batches correct one another
ROWS_MAX = 200
NOW = dt.datetime(2026, 6, 1, tzinfo=UTC)
STEPS = {
    Granularity.QUARTER_HOUR: QUARTER_HOUR,
    Granularity.HOUR: dt.timedelta(hours=1),
    Granularity.DAY: dt.timedelta(days=1),
    Granularity.MONTH: dt.timedelta(days=1),
}


def mixed(chance: random.Random, key: str) -> Judged:
    """A batch as they come: any granularity, fresh, corrected or late values, now and then a refused row or a verdict."""
    granularity = chance.choice(list(STEPS))
    monthly = granularity is Granularity.MONTH
    rows = [
        Said(
            chance.randrange(3),
            chance.choice((0, 31, 59)) if monthly else chance.randrange(SLOTS),
            Decimal(chance.randrange(10**6)) / 100,
            chance.choice((None, 1, 2, 3)),
            chance.choice((Origin.INSTRUMENT, Origin.MANUAL)),
        )
        for _ in range(chance.randrange(1, ROWS_MAX))
    ]
    refused = [{"row": len(rows) + 1, "code": "negative", "why": "below zero", "raw": "{}"}]
    rejections = REJECTIONS.empty_table().from_pylist(refused[: chance.randrange(2)], schema=REJECTIONS)
    suspects = [1] if chance.random() < 0.2 else []
    return batch_of(rows, key, NOW, granularity, STEPS[granularity], suspects, rejections)


def say(receipt: Receipt) -> None:
    """One line a receipt, in one write: lines of several threads do not mix."""
    counts = (
        receipt.rows, receipt.accepted, receipt.duplicate, receipt.corrected, receipt.superseded,
        receipt.rejected_count,
    )  # fmt: skip
    line = f"{receipt.batch} {receipt.key} {' '.join(map(str, counts))} {receipt.head}\n"
    os.write(sys.stdout.fileno(), line.encode())


def send(store: ReadingsStore, seed: int, sender: int) -> None:
    """Commit for ever; some batches are sent again under their key, some under a new one."""
    chance = random.Random(f"{seed} {sender}")  # noqa: S311 - nothing secret
    number = 0
    while True:
        number += 1
        batch = mixed(chance, f"{seed}-{sender}-{number}")
        say(store.commit(batch))
        if chance.random() < 0.2:
            say(store.commit(batch))


def ingest(path: Path, seed: int, checkpoint: str) -> None:
    """Several senders, and a registry that changes meanwhile."""
    database.SETTINGS["checkpoint_threshold"] = checkpoint
    registry = ChangingRegistry()
    store = ReadingsStore(path, registry, StillClock(NOW))
    for sender in range(SENDERS):
        threading.Thread(target=send, args=(store, seed, sender), daemon=True).start()
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    while True:
        threading.Event().wait(chance.random() * 0.2)
        registry.change(chance.choice(("move", "until", "coefficient")), chance.randrange(6))


def drive(path: Path) -> None:
    """Fork a child for each line, tell its number and wait until it has ended."""
    for line in sys.stdin:
        seed, checkpoint = line.split()
        child = os.fork()
        if child == 0:
            ingest(path, int(seed), checkpoint)
        os.write(sys.stdout.fileno(), f"child {child}\n".encode())
        os.waitpid(child, 0)
        os.write(sys.stdout.fileno(), b"ended\n")


if __name__ == "__main__":
    file, *one = sys.argv[1:]
    if one:
        ingest(Path(file), int(one[0]), one[1])
    drive(Path(file))
