"""A program that commits batches to a readings file until it is killed, and says of each that it is durable.

python -m tests.hub.stores.committing FILE SEED CHECKPOINT_THRESHOLD
"""

from __future__ import annotations

import datetime as dt
import random
import sys
from decimal import Decimal
from pathlib import Path

from graph.model.period import UTC
from hub.stores.readings import database
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import POINTS, FakeDimensions, Said, StillClock, batch_of

SLOTS = 400  # few enough that batches correct one another
ROWS_MAX = 300


def run(path: Path, seed: int) -> None:
    """Commit for ever; a batch's number and what was kept of it are said once it is durable."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    store = ReadingsStore(path, FakeDimensions(), StillClock())
    number = 0
    while True:
        number += 1
        rows = [
            Said(
                chance.randrange(len(POINTS)), chance.randrange(SLOTS), Decimal(chance.randrange(10**6)) / 100
            )
            for _ in range(chance.randrange(1, ROWS_MAX))
        ]
        receipt = store.commit(batch_of(rows, f"{seed}-{number}", dt.datetime.now(UTC)))
        sys.stdout.write(f"{receipt.batch} {receipt.rows} {receipt.head}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    database.SETTINGS["checkpoint_threshold"] = sys.argv[3]
    run(Path(sys.argv[1]), int(sys.argv[2]))
