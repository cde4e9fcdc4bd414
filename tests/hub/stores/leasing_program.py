"""A program that takes, holds and gives back leases of one registry beside others of its kind, under a clock that jumps.

`python -m tests.hub.stores.leasing_program DATABASE HOLDER ROUNDS MARKS`: while it holds a link a file named for the link
stands in MARKS; one that stands already is told as a line `twice LINK`. Each lease is told as `held LINK`. With ROUNDS 0 it
takes the first link, says so, and holds it without a sign until it is killed.
"""

from __future__ import annotations

import datetime as dt
import random
import signal
import sys
from pathlib import Path

from hub.stores.registry.database import open_engine
from hub.stores.registry.leases import Lease, Leases, Standing
from national_sync.cadence import LinkState
from tests.hub.stores.registry_fakes import NOON

YEARS = 20


def main(database: str, holder: str, rounds: int, marks: Path) -> None:
    """As the module says."""
    leases, chance = Leases(open_engine(f"sqlite:///{database}")), random.Random(holder)  # noqa: S311 - no secret
    if rounds == 0:
        first = leases.standing()[0]
        taken = leases.take(first.link.key, holder, NOON, NOON)
        sys.stdout.write(f"held {taken and taken.link}\n")
        sys.stdout.flush()
        signal.pause()
    for _ in range(rounds):
        now = NOON + dt.timedelta(days=chance.uniform(-365 * YEARS, 365 * YEARS))
        links = list(leases.standing())
        chance.shuffle(links)
        for seen in links:
            if (lease := leases.take(seen.link.key, holder, now, now, _or_none(seen, chance))) is not None:
                _hold(leases, lease, now, marks)


def _or_none(seen: Standing, chance: random.Random) -> Standing | None:
    """By hand as often as because it was seen to be due."""
    return seen if chance.random() < 0.5 else None


def _hold(leases: Leases, lease: Lease, now: dt.datetime, marks: Path) -> None:
    mark = marks / lease.link
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        sys.stdout.write(f"twice {lease.link}\n")
        return
    leases.renew(lease, now)
    mark.unlink()
    assert leases.give_back(lease, lambda state: LinkState(now, state.failures + 1))
    sys.stdout.write(f"held {lease.link}\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
