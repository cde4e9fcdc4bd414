"""Access devices that hand in readings until they are durable: in uploads, seventeen thousand a night, record by record.

Uploads. `nengshu serve` is a process of its own, with invented units of 100 points each in its registry, whose devices are
approved as they register. Each device hands in what it kept of a hundred days, 10 000 readings in one POST of NHJC-04, two
devices at a time; the same readings of other units go by the batch protocol, as NDJSON, in the same round.

A day. Every one of 17 000 devices opens a connection, asks for the versions and hands in its day of 100 readings, as many
at a time as a hub of this size lets in: what a night of five hours has, in as little time as it takes. Told are devices a
second, how long a device waits for its acknowledgement, and the most memory the system saw the hub's process hold (VmHWM).

Records. Devices of the AK dialect keep their connections and send a record a POST; the same records go one a POST in
NHJC-04, where each is a batch of its own, though many share a commit.

`--units` is a smaller nation, `--quick` a very small one with few rounds: they show that all of it runs, not how fast.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from itertools import count
from pathlib import Path

from graph.errors import InvalidInput
from hub.settings import Settings
from scripts.benchmarks import _links_nation as nation
from scripts.benchmarks._devices_day import Day
from scripts.benchmarks._devices_nation import DIALECTS, let_call, units_of
from scripts.benchmarks._devices_records import FIRST_DAY, Records, record_figures
from scripts.benchmarks._devices_uploads import Uploads, rounds_of, upload_figures
from scripts.benchmarks._figure import Figure
from scripts.benchmarks._links_nation import UNITS, register
from scripts.benchmarks._links_sender import Sender, sending_machines
from scripts.benchmarks._links_served import serving

PROVINCES = 10
ROUNDS, ROUNDS_QUICK = 7, 1
UNITS_MIN, UNITS_QUICK = 1_000, 1_000  # a province's hundred: two rounds of uploads, and what warms up
SENDING = 300  # units whose devices send record by record: 30 000 records a round; a quick nation's province has fewer
OF_PYTHON = ("starlette", "uvicorn", "msgspec")


def figures(*, quick: bool = False, units: int | None = None) -> Iterator[Figure]:
    """All three, each with a hub of its own. Raises InvalidInput for a nation that is too small."""
    many = (UNITS_QUICK if quick else UNITS) if units is None else units
    if many < UNITS_MIN:
        raise InvalidInput(f"came {many} units, expected at least {UNITS_MIN}", "--units")
    rounds = ROUNDS_QUICK if quick else ROUNDS
    with tempfile.TemporaryDirectory(prefix="nengshu-bench-") as folder:
        yield from _of_one_hub(Path(folder) / "hub", many, rounds)
    with tempfile.TemporaryDirectory(prefix="nengshu-bench-") as folder:
        yield from _day(Path(folder) / "hub", many)


def _of_one_hub(data: Path, units: int, rounds: int) -> Iterator[Figure]:
    told = nation.provinces(PROVINCES, units)
    register(Settings(data_dir=data), told)
    let_call(Settings(data_dir=data), told, DIALECTS)
    credentials = sending_machines(data, told)
    with serving(data) as hub:
        first, second = told[0], told[1]
        sender = Sender(hub.base, credentials[first.code])
        yield from upload_figures(Uploads(hub, first, sender), rounds_of(first, rounds))
        days = (FIRST_DAY + dt.timedelta(days=number) for number in count())
        yield from record_figures(Records(hub, second.credit_codes[:SENDING], days), rounds)


def _day(data: Path, units: int) -> Iterator[Figure]:
    told = nation.provinces(PROVINCES, units)
    register(Settings(data_dir=data), told)
    let_call(Settings(data_dir=data), told, DIALECTS)
    with serving(data) as hub:
        yield from Day(hub, list(units_of(told))).figures()


def versions() -> list[str]:
    """Of what the figures rest on."""
    return [f"{name} {version(name)}" for name in OF_PYTHON]
