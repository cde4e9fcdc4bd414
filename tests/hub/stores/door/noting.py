"""Notes what is granted, and prints the number of each entry once `note` has returned: to be killed at any moment."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from threading import Thread

from hub.stores.door.door import Door
from tests.hub.stores.door.doors import DENIED, TOKEN
from tests.hub.stores.registry_fakes import StillClock

THREADS = 3
MOST = 1_000_000  # entries of a thread: it is killed long before


def main() -> None:
    """Threads that note at once, and a flood of what is denied beside them."""
    door = Door.open(Path(sys.argv[1]), StillClock())

    def note(thread: int) -> None:
        for number in range(MOST):
            name = f"{thread}-{number}"
            door.log.note(replace(TOKEN, request=name))
            os.write(1, f"{name}\n".encode())
            door.log.note(replace(DENIED, address=f"10.{thread}.{number % 7}.1"))

    for thread in range(THREADS):
        Thread(target=note, args=(thread,)).start()


if __name__ == "__main__":
    main()
