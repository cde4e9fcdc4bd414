"""Uses each of some values once, as one of several processes that all do: prints those that it was the first to use."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

from hub.stores.door.door import Door
from tests.hub.stores.door.doors import LATER
from tests.hub.stores.registry_fakes import StillClock


def main() -> None:
    """The file and how many values."""
    path, number = Path(sys.argv[1]), int(sys.argv[2])
    with closing(Door.open(path, StillClock())) as door:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        first = [str(each) for each in range(number) if door.once.use("jti", str(each), LATER)]
    sys.stdout.write(" ".join(first) + "\n")


if __name__ == "__main__":
    main()
