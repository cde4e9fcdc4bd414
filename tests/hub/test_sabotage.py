"""A province of 500 units and 90 days is sabotaged, each way is found by one reconciliation, mended, and moves little."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from graph.model.period import Period
from graph.model.reading import INSTANT, Arrived, no_rejections
from graph.model.region import RegionCode
from graph.model.sync_run import Link
from graph.ports import Delivery, DigestAsk, DigestLevel
from hub.reconciling import Reconciled, Wish, reconcile
from hub.settings import Settings
from hub.wiring import Hub, open_hub
from provincial_adapters import Means
from scripts.benchmarks._links_nation import Province, provinces, register
from scripts.benchmarks._store_nation import CODES
from tests.hub.driver import copied
from tests.hub.fixed_tokens import FixedTokens
from tests.hub.invented_hub import asking, token_of

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(180)]
UNITS, DAYS = 500, 90
FIRST = dt.date(2026, 1, 1)
WHOLE = Period.of_days(FIRST, FIRST + dt.timedelta(days=DAYS))
MOVED_MAX = 0.02 * UNITS * DAYS
TICK = dt.timedelta(microseconds=1)


def day_of(province: Province, number: int) -> pa.Table:
    """A day of the first point of all units."""
    table = province.day(FIRST + dt.timedelta(days=number))
    return table.filter(pc.equal(table["data_code"], CODES[0].digits))


def book(hub: Hub, table: pa.Table, key: str) -> None:
    """Hand readings in."""
    rows = table.add_column(0, "row", pa.array(range(1, table.num_rows + 1), pa.int32()))
    receipt = hub.intake.take(Delivery("link:sabotaged", key, key, Arrived(rows, no_rejections())))
    assert receipt.rejected_count == 0


@dataclass(frozen=True)
class Both:
    """A nation's hub and a province's."""

    here: Hub
    there: Hub
    province: Province
    means: Means

    async def reconciled(self) -> Reconciled:
        """What one reconciliation comes to."""
        code = RegionCode(self.province.code)
        link = Link("sabotaged", "hub_graphql", code, "http://hub", cursor=str(self.there.store.last_batch()))
        return await reconcile(self.here, link, WHOLE, self.means, Wish(recount=WHOLE))

    def agree(self) -> bool:
        ask = DigestAsk(WHOLE, DigestLevel.UNIT)
        return bool(self.here.store.digests(ask).equals(self.there.store.digests(ask)))

    def rows(self, number: int, units: range) -> pa.Table:
        """A day of some units."""
        table = day_of(self.province, number)
        return table.slice(units.start, len(units))


@dataclass(frozen=True)
class Filled:
    """Folders of two hubs that hold the same, and the province they hold."""

    folder: Path
    province: Province

    @asynccontextmanager
    async def opened(self, to: Path) -> AsyncIterator[Both]:
        """Both hubs, on copies of their own."""
        with ExitStack() as stack:
            here, there = (
                stack.enter_context(
                    open_hub(Settings(data_dir=copied(self.folder / name, to / name), sync_seconds=0))
                )
                for name in ("here", "there")
            )
            async with asking(there) as client:
                means = Means(client, FixedTokens(token_of(there, "nation")).token)
                yield Both(here, there, self.province, means)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    folder = tmp_path_factory.mktemp("sabotage")
    (province,) = provinces(1, UNITS)
    for name in ("here", "there"):
        settings = Settings(data_dir=folder / name, sync_seconds=0)
        register(settings, [province])
        with open_hub(settings) as hub:
            for number in range(DAYS):
                book(hub, day_of(province, number), f"day {number}")
    return Filled(folder, province)


def lost_after_acknowledgement(both: Both) -> None:
    book(both.there, day_of(both.province, DAYS), "never came")


def single_rows_lost(both: Both) -> None:
    with both.here.store._database.writing() as cursor:
        for unit, day in _scattered(200):
            place = [unit + 1, FIRST + dt.timedelta(days=day)]
            cursor.execute("DELETE FROM reading WHERE unit_id = ? AND day = ?", place)
            cursor.execute("DELETE FROM card WHERE unit_id = ? AND day = ?", place)


def a_day_deleted(both: Both) -> None:
    with both.here.store._database.writing() as cursor:
        cursor.execute("DELETE FROM reading WHERE day = ?", [FIRST + dt.timedelta(days=41)])
        cursor.execute("DELETE FROM card WHERE day = ?", [FIRST + dt.timedelta(days=41)])


def a_clock_wrong_by_a_day(both: Both) -> None:
    """The days of some units, each under the label of the day after: the last one stands where nothing should."""
    units = range(3, 11)
    with both.here.store._database.writing() as cursor:
        for unit in units:
            cursor.execute("DELETE FROM reading WHERE unit_id = ?", [unit + 1])
            cursor.execute("DELETE FROM card WHERE unit_id = ?", [unit + 1])
    wrong = pa.concat_tables([both.rows(day, units) for day in range(DAYS)])
    later = pc.add(wrong["start"], pa.scalar(dt.timedelta(days=1), pa.duration("us"))).cast(INSTANT)
    book(both.here, wrong.set_column(wrong.schema.get_field_index("start"), "start", later), "a day late")


def values_changed(both: Both, by: Callable[[Decimal], Decimal] = lambda value: value + 1) -> None:
    parts = [both.rows(day, range(unit, unit + 1)) for unit, day in _scattered(100)]
    table = pa.concat_tables(parts)
    changed = pa.array([by(value) for value in table["value"].to_pylist()], table["value"].type)
    book(both.here, table.set_column(table.schema.get_field_index("value"), "value", changed), "changed")


def values_doubled(both: Both) -> None:
    values_changed(both, lambda value: 2 * value)


def rows_doubled(both: Both) -> None:
    """What a broken resend once left: rows that stand there twice, and cards that count them twice."""
    with both.here.store._database.writing() as cursor:
        for unit, day in _scattered(50):
            place = [unit + 1, FIRST + dt.timedelta(days=day)]
            cursor.execute("INSERT INTO reading SELECT * FROM reading WHERE unit_id = ? AND day = ?", place)
            cursor.execute("INSERT INTO card SELECT * FROM card WHERE unit_id = ? AND day = ?", place)


def written_into(both: Both) -> None:
    """Somebody changes values in the file; what is kept beside them stays, so that both ends seem to agree."""
    with both.here.store._database.writing() as cursor:
        for unit, day in _scattered(60):
            place = [unit + 1, FIRST + dt.timedelta(days=day)]
            cursor.execute("UPDATE reading SET value = value + 1 WHERE unit_id = ? AND day = ?", place)


def rows_gone_from_the_file(both: Both) -> None:
    """A block of the file is lost; what is kept beside it is not."""
    with both.here.store._database.writing() as cursor:
        for unit, day in _scattered(60):
            place = [unit + 1, FIRST + dt.timedelta(days=day)]
            cursor.execute("DELETE FROM reading WHERE unit_id = ? AND day = ?", place)


def _scattered(many: int) -> Iterator[tuple[int, int]]:
    """Units and days, no place twice."""
    return ((number * 7 % UNITS, number * 11 % DAYS) for number in range(many))


WAYS = [
    lost_after_acknowledgement,
    single_rows_lost,
    a_day_deleted,
    a_clock_wrong_by_a_day,
    values_changed,
    values_doubled,
    rows_doubled,
    written_into,
    rows_gone_from_the_file,
]


@pytest.mark.parametrize("sabotage", WAYS, ids=lambda way: way.__name__.replace("_", " "))
async def test_it_is_found_mended_and_little_moves(
    filled: Filled, tmp_path: Path, sabotage: Callable[[Both], None]
) -> None:
    async with filled.opened(tmp_path) as both:
        assert (await both.reconciled()).agrees
        sabotage(both)
        assert both.agree() == (sabotage in (written_into, rows_gone_from_the_file))
        done = await both.reconciled()
        assert done.agrees
        assert both.agree()
        assert done.rows_read < MOVED_MAX
        assert done.rows_read > 0 or done.recounted > 0
        assert (await both.reconciled()).rows_read == 0


async def test_values_written_into_the_sources_file_are_found_by_it_and_then_taken_for_what_it_says(
    filled: Filled, tmp_path: Path
) -> None:
    async with filled.opened(tmp_path) as both:
        written_into(Both(both.there, both.here, both.province, both.means))
        assert both.there.store.recount(DigestAsk(WHOLE), lambda _done, _of: None, mend=True).days == 60
        done = await both.reconciled()
        assert (done.agrees, done.rows(lambda mend: mend.changed)) == (True, 60)
        assert both.agree()
