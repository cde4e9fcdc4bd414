"""A program that puts a mixed ingest into a readings file until it is killed, and says of each batch that it is durable.

python -m tests.hub.stores.committing FILE [SEED CHECKPOINT_THRESHOLD]

Without a seed it is a driver: it forks a child for each line `SEED CHECKPOINT_THRESHOLD` on its standard input, before any
database or thread is there, says the child's number, and waits for its end; so that two hundred kills cost one import.

What a batch holds follows from its key alone: whoever reads the ledger knows what was sent.
"""

from __future__ import annotations

import datetime as dt
import gc
import os
import random
import select
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

import pyarrow.dataset  # noqa: F401 - DuckDB imports it when it meets the first table, here once for all children

from graph.model.period import UTC, Granularity
from graph.model.reading import REJECTIONS, Origin
from graph.model.sync_run import Receipt
from graph.ports import Judged
from hub.stores.readings import database
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import QUARTER_HOUR, Said, StillClock, batch_of
from tests.hub.stores.test_readings_as_of import ChangingRegistry

POINTS_OF_SENDERS = ((0, 1), (2,), (0, 1, 2))  # the first two speak of different units, so that groups form
ROWS_MAX = 40
NOW = dt.datetime(2026, 6, 1, tzinfo=UTC)
DAY = dt.timedelta(days=1)
# granularity -> how far its slots lie apart, and which slots are said: few enough that batches correct one another
SLOTS = {
    Granularity.QUARTER_HOUR: (QUARTER_HOUR, range(200)),
    Granularity.HOUR: (dt.timedelta(hours=1), range(60)),
    Granularity.DAY: (DAY, range(40)),
    Granularity.MONTH: (DAY, (0, 31, 59)),
}
FRESH = "fresh"
# what a batch does with the rows of a fresh one of the same number
TWISTS: dict[str, Callable[[Said, int], Said]] = {
    FRESH: lambda row, _: row,
    "resent": lambda row, _: row,
    "confirmed": lambda row, now: replace(row, version=(row.version or now) + 5),
    "corrected": lambda row, now: replace(row, version=(row.version or now) + 5, value=row.value + 1),
    "late": lambda row, now: replace(row, version=(row.version or now) - 50, value=row.value + 2),
}
CHANGES = ("move", "state", "until", "coefficient")


def rows_of(key: str) -> tuple[Granularity, list[Said]]:
    """The readings of the batch `SEED/SENDER/NUMBER/TWIST`; values of a later seed have newer versions, as a rule."""
    seed, sender, number, twist = key.split("/")
    chance = random.Random(f"{seed} {sender} {number}")  # noqa: S311 - nothing secret
    granularity = chance.choice(list(SLOTS))
    now = int(NOW.timestamp()) + int(seed)
    rows = [
        Said(
            chance.choice(POINTS_OF_SENDERS[int(sender)]),
            chance.choice(SLOTS[granularity][1]),
            Decimal(chance.randrange(400)) / 4,
            chance.choice((None, now - 3, now, now + 3)),
            chance.choice((Origin.INSTRUMENT, Origin.MANUAL)),
        )
        for _ in range(chance.randrange(1, ROWS_MAX))
    ]
    return granularity, [TWISTS[twist](row, now) for row in rows]


def batch_named(key: str) -> Judged:
    """The batch of this key, now and then with a refused row or a verdict."""
    granularity, rows = rows_of(key)
    chance = random.Random(key)  # noqa: S311 - nothing secret
    refused = [{"row": len(rows) + 1, "code": "negative", "why": "below zero", "raw": "{}"}]
    return batch_of(
        rows,
        key,
        NOW + dt.timedelta(seconds=int(key.split("/")[0])),
        granularity,
        SLOTS[granularity][0],
        [1] if chance.random() < 0.2 else [],
        REJECTIONS.empty_table().from_pylist(refused[: chance.randrange(2)], schema=REJECTIONS),
    )


def keys_to_send(seed: int, sender: int) -> Iterator[str]:
    """What a sender sends: first again what it sent last time, for it may not know what became of it."""
    chance = random.Random(f"{seed} {sender}")  # noqa: S311 - nothing secret
    if chance.random() < 0.3:
        yield f"{seed - 1}/{sender}/1/{FRESH}"
    number = 0
    while True:
        number += 1
        fresh = f"{seed}/{sender}/{number}/{FRESH}"
        yield fresh
        if chance.random() < 0.2:
            yield fresh
        if chance.random() < 0.8:
            yield f"{seed}/{sender}/{number}/{chance.choice(list(TWISTS)[1:])}"


def say(line: str) -> None:
    """One line in one write: lines of several threads do not mix."""
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


def told(receipt: Receipt) -> str:
    """A receipt as a line: batch, key, counts, head."""
    counts = (
        receipt.rows, receipt.accepted, receipt.duplicate, receipt.corrected, receipt.superseded,
        receipt.rejected_count, receipt.suspect,
    )  # fmt: skip
    return f"{receipt.batch} {receipt.key} {' '.join(map(str, counts))} {receipt.head}"


def send(store: ReadingsStore, seed: int, sender: int) -> None:
    """Commit for ever, and say each receipt; a refusal ends the program, for none is expected."""
    try:
        for key in keys_to_send(seed, sender):
            say(told(store.commit(batch_named(key))))
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is told
        say(f"fault {fault!r}")
        os._exit(1)


def ingest(path: Path, seed: int, checkpoint: str) -> NoReturn:
    """Several senders, and a registry that now and then says something else, sometimes while they send."""
    database.SETTINGS["checkpoint_threshold"] = checkpoint
    database.SETTINGS["threads"] = 2 if seed % 4 == 0 else 1  # one is faster for small batches
    registry, chance = ChangingRegistry(), random.Random(seed // 5)  # noqa: S311 - nothing secret
    registry.change(chance.choice(CHANGES), chance.randrange(6))
    store = ReadingsStore(path, registry, StillClock(NOW))
    for sender in range(len(POINTS_OF_SENDERS)):
        threading.Thread(target=send, args=(store, seed, sender), daemon=True).start()
    if seed % 3 == 0:
        threading.Event().wait(chance.random() * 0.2)
        registry.change(chance.choice(CHANGES), chance.randrange(6))
    while True:
        threading.Event().wait()


def end_with_whoever_drives() -> None:
    """Leave no child behind that commits for ever: its standard input, where nothing comes, ends with the test."""
    select.select([sys.stdin], [], [])
    os._exit(0)


def drive(path: Path) -> None:
    """Fork a child for each line, tell its number and wait until it has ended."""
    gc.freeze()  # no child looks through what stands: it would get a copy of all of it
    for line in sys.stdin:
        seed, checkpoint = line.split()
        child = os.fork()
        if child == 0:
            threading.Thread(target=end_with_whoever_drives, daemon=True).start()
            ingest(path, int(seed), checkpoint)
        say(f"child {child}")
        os.waitpid(child, 0)
        say("ended")


if __name__ == "__main__":
    file, *one = sys.argv[1:]
    if one:
        ingest(Path(file), int(one[0]), one[1])
    drive(Path(file))
