"""Two ends of a nation compared, of which nothing differs, and what keeping their digests costs who hands in readings.

Comparing. Two hubs hold the same year of 17 000 units, a reading a unit and day; one is `nengshu serve` as a process of its
own, and the other asks it over HTTP, as a link of each of 31 provinces would, as of the same batch. Both run: they were
asked of one day before, so that they know the registry. Told are the seconds for all of them and the bytes that came. Then
the other has a day more, of which one province's link was never told: it finds and mends it.

Keeping. Days of 1 000 units with 100 points are handed in, and in turns others to a store whose lanes are zeros that nobody
worked out: the ratio is what digests cost.

`--units` is a smaller nation, `--quick` a very small one: they show that all of it runs, not how fast.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import replace
from importlib.metadata import version
from itertools import count
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console
from rich.progress import track

from graph.errors import ConfigurationError
from graph.model.period import Period
from graph.model.principal import OrganisationKind, Role
from graph.model.reading import Arrived, no_rejections
from graph.model.region import RegionCode
from graph.model.sync_run import Link
from graph.ports import Delivery
from hub.reconciling import Reconciled, Wish, reconcile
from hub.settings import Settings
from hub.stores.readings import arriving
from hub.wiring import Hub, open_hub, open_registry
from provincial_adapters import Means, open_client
from scripts.benchmarks._asker import NAME, AskersHeaders
from scripts.benchmarks._figure import Figure, Wanted
from scripts.benchmarks._links_nation import UNITS, Province, provinces, register
from scripts.benchmarks._links_sender import machine
from scripts.benchmarks._links_served import serving
from scripts.benchmarks._store_nation import CODES

PROVINCES, UNITS_QUICK = 31, 310
DAYS, DAYS_QUICK = 365, 60
FIRST_DAY = dt.date(2025, 1, 1)
ROUNDS, ROUNDS_QUICK = 9, 1
KEEPING_UNITS = 1_000
SECONDS_MAX, MEGABYTES_MAX, KEEPING_MAX = 5.0, 2.0, 15.0
MOVED_MAX = 2.0  # per cent
_NUMBERS = count()
OF_PYTHON = ("duckdb", "pyarrow", "httpx")


def figures(*, quick: bool = False, units: int | None = None) -> Iterator[Figure]:
    """Both, each with hubs of its own."""
    many = (UNITS_QUICK if quick else UNITS) if units is None else units
    with tempfile.TemporaryDirectory(prefix="nengshu-bench-") as folder:
        yield from _comparing(Path(folder), many, DAYS_QUICK if quick else DAYS)
    with tempfile.TemporaryDirectory(prefix="nengshu-bench-") as folder:
        yield _keeping(
            Path(folder), ROUNDS_QUICK if quick else ROUNDS, UNITS_QUICK if quick else KEEPING_UNITS
        )


def _comparing(folder: Path, units: int, days: int) -> Iterator[Figure]:
    told = provinces(PROVINCES, units)
    _fill(folder / "here", told, days)
    _fill(folder / "there", told, days + 1)
    credential = _machine(folder / "there")
    with (
        serving(folder / "there") as there,
        open_hub(Settings(data_dir=folder / "here", sync_seconds=0)) as here,
    ):
        links = [_link(there.base, province, days) for province in told]
        asking, year = _Asking(here, there.base, credential), _days(days)
        asking.all(links[:1], _days(0), mend=False)
        found, seconds = asking.all(links, year, mend=False)
        read = sum(each.bytes_read for each in found)
        if not all(each.agrees for each in found):
            raise ConfigurationError("bench", ["two ends that were filled alike do not agree"])
        yield Figure(
            f"{units:,} units × {days} days, nothing different", seconds, "s", SECONDS_MAX, Wanted.AT_MOST
        )
        yield Figure("… on the wire", read / 1e6, "MB", MEGABYTES_MAX, Wanted.AT_MOST)
        lost = replace(links[0], cursor=str(days + 1))
        (mended,), seconds = asking.all([lost], year, mend=True)
        if not mended.agrees or mended.rows_read != told[0].units:
            raise ConfigurationError(
                "bench", ["a day that never came was not found, or more was read than that"]
            )
        yield Figure("a province's day that never came, found and mended", seconds, "s")
        moved = 100 * mended.rows_read / (told[0].units * days)
        yield Figure("… readings that moved, of all the province has", moved, "%", MOVED_MAX, Wanted.AT_MOST)


class _Asking:
    """A hub that compares itself with another over HTTP."""

    def __init__(self, here: Hub, base: str, credential: str) -> None:
        self._here, self._bearer = here, AskersHeaders(base, credential)[NAME].rpartition(" ")[2]

    def all(self, links: list[Link], period: Period, *, mend: bool) -> tuple[list[Reconciled], float]:
        """What each link's comparison came to, one after the other, and how long all of them took."""

        async def ask() -> list[Reconciled]:
            async with open_client() as client:
                means = Means(client, self._token)
                return [await reconcile(self._here, link, period, means, Wish(mend=mend)) for link in links]

        began = perf_counter()
        return asyncio.run(ask()), perf_counter() - began

    async def _token(self, _link: Link) -> str:
        return self._bearer


def _days(more: int) -> Period:
    """The first day, and so many more."""
    return Period.of_days(FIRST_DAY, FIRST_DAY + dt.timedelta(days=more))


def _fill(data: Path, told: list[Province], days: int) -> None:
    """A hub with a year of these provinces: of each unit its first point."""
    register(Settings(data_dir=data), told)
    with open_hub(Settings(data_dir=data, sync_seconds=0)) as hub:
        wanted = (FIRST_DAY + dt.timedelta(days=number) for number in range(days))
        for day in track(wanted, f"filling {data.name}", days, console=Console(stderr=True), transient=True):
            hub.intake.take(_delivery(pa.concat_tables(_of_one_point(each, day) for each in told)))


def _of_one_point(province: Province, day: dt.date) -> pa.Table:
    table = province.day(day)
    return table.filter(pc.equal(table["data_code"], CODES[0].digits))


def _delivery(table: pa.Table) -> Delivery:
    key = f"bench-{next(_NUMBERS)}"
    rows = table.add_column(0, "row", pa.array(range(1, table.num_rows + 1), pa.int32()))
    return Delivery("link:bench", key, key, Arrived(rows, no_rejections()))


def _machine(data: Path) -> str:
    """The credential of a nation's machine, which may take what is new."""
    with closing(open_registry(Settings(data_dir=data))) as registry:
        return machine(registry, "nation", OrganisationKind.NATIONAL_AGENCY, None, (Role.SYNC,))


def _link(base: str, province: Province, days: int) -> Link:
    return Link(province.code, "hub_graphql", RegionCode(province.code), base, cursor=str(days))


def _keeping(folder: Path, rounds: int, units: int) -> Figure:
    """The share of handing in that digests take: medians of rounds in turns, each of a day nobody handed in before."""
    (province,) = provinces(1, units)
    register(Settings(data_dir=folder), [province])
    took: dict[bool, list[float]] = {True: [], False: []}
    with open_hub(Settings(data_dir=folder, sync_seconds=0)) as hub:
        for number in range(2 * (rounds + 1)):
            kept = number % 2 == 0
            delivery = _delivery(province.day(FIRST_DAY + dt.timedelta(days=number)))
            with nullcontext() if kept else _without_lanes():
                began = perf_counter()
                hub.intake.take(delivery)
                took[kept].append(perf_counter() - began)
    with_them, without = (statistics.median(took[kept][1:]) for kept in (True, False))
    return Figure(
        "keeping digests, of what handing in costs without",
        100 * (with_them / without - 1),
        "%",
        KEEPING_MAX,
        Wanted.AT_MOST,
    )


@contextmanager
def _without_lanes() -> Iterator[None]:
    """Readings whose lanes are zeros that nobody worked out."""
    before = vars(arriving)["lanes"]
    vars(arriving)["lanes"] = lambda codes, *_: (np.zeros(len(codes), np.uint64),) * 2
    try:
        yield
    finally:
        vars(arriving)["lanes"] = before


def versions() -> list[str]:
    """Of what the figures rest on."""
    return [f"{name} {version(name)}" for name in OF_PYTHON]
