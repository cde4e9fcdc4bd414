"""Writers of one process take turns: none gives up because others got there first again and again."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sqlalchemy import event, text

from hub.stores.registry.database import migrate, open_engine, writing

WRITERS, TIMES = 12, 15
STAYS_S = 0.004  # how long each of them writes
IMPATIENT_MS = 20  # SQLite's own patience in this test, less than a few of the others' turns


def _be_impatient(connection: Any, _record: Any) -> None:
    connection.execute(f"PRAGMA busy_timeout = {IMPATIENT_MS}")


def test_many_threads_that_write_again_and_again_all_come_to_it(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'registry.db'}")
    migrate(engine)
    ready = threading.Barrier(WRITERS)

    def write(_: int) -> int:
        ready.wait()
        for _ in range(TIMES):
            with writing(engine) as connection:
                connection.execute(text("UPDATE region SET name = name"))
                time.sleep(STAYS_S)
        return TIMES

    engine.dispose()
    event.listen(engine, "connect", _be_impatient)
    try:
        with ThreadPoolExecutor(WRITERS) as threads:
            assert sum(threads.map(write, range(WRITERS))) == WRITERS * TIMES
    finally:
        engine.dispose()
