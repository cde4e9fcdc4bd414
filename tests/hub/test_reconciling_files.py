"""Files that lie there still are listed again: what this hub lost of them comes back, what changed or is gone is told."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pytest

from graph.errors import SourceError
from graph.model.daily_slot import DailySlot
from graph.model.period import Period
from graph.model.reading import REQUIRED_COLUMNS, Arrived, no_rejections
from graph.model.sync_run import Link
from graph.ports import Delivery
from hub.cadence import run_links
from hub.link_tokens import means_of
from hub.nightly import reconcile_due
from hub.reconciling.done import Files
from hub.wiring import Hub
from provincial_adapters import open_client
from tests.hub.rereading_stage import change, held, last, lose, open_days, reconciled
from tests.hub.test_cadence import file_link, hub_of_files, lay_down

pytestmark = pytest.mark.anyio
NOVEMBER = Period.of_days(dt.date(2026, 11, 1), dt.date(2026, 11, 23))


@dataclass(frozen=True)
class Place:
    """A hub and the folder it took five days' files from; they lie in done/."""

    hub: Hub
    folder: Path

    @property
    def link(self) -> Link:
        (found,) = self.hub.registry.links()
        return found

    def done(self, day: int) -> Path:
        return self.folder / "done" / f"{day}.csv"


def lay_at(folder: Path, number: int, hour: int = 0, value: int = 5) -> None:
    """A day's reading as a file that was written at an hour of the 22nd."""
    lay_down(folder, number)
    path = folder / f"{number}.csv"
    path.write_text(path.read_text().replace(",5\n", f",{value}\n"))
    written(path, hour)


def written(path: Path, hour: int) -> None:
    at_s = dt.datetime(2026, 11, 22, hour, tzinfo=dt.UTC).timestamp()
    os.utime(path, (at_s, at_s))


def day(number: int) -> dt.date:
    return dt.date(2026, 11, number)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    folder = tmp_path / "drop"
    with hub_of_files(tmp_path / "hub") as hub:
        hub.registry.upsert("link", [file_link("files", folder)], "test")
        for number in range(1, 6):
            lay_at(folder, number)
        (run,) = await run_links(hub, hub.registry.links())
        assert (run.error, run.accepted) == (None, 5)
        yield Place(hub, folder)


async def test_files_in_step_differ_in_nothing_and_stay_where_they_are(place: Place) -> None:
    lay_at(place.folder, 6)
    names = sorted(path.name for path in place.folder.rglob("*"))
    done = await reconciled(place.hub, place.link, NOVEMBER, mend=False)
    assert (done.files, done.rows_read) == (Files(listed=6, unknown=1, gone=0), 6)
    assert done.found.days["day"].to_pylist() == [day(6)]
    assert sorted(path.name for path in place.folder.rglob("*")) == names
    assert (last(place.hub)["method"], last(place.hub)["share"]) == ("listing", 1)


async def test_lost_rows_and_changed_values_come_back_from_files_that_were_taken(place: Place) -> None:
    before = held(place.hub, NOVEMBER)
    lose(place.hub, day(2))
    change(place.hub, day(4))
    done = await reconciled(place.hub, place.link, NOVEMBER)
    assert (done.agrees, done.rows(lambda mend: mend.missing), done.rows(lambda mend: mend.changed)) == (
        True,
        1,
        1,
    )
    assert held(place.hub, NOVEMBER) == before
    again = await reconciled(place.hub, place.link, NOVEMBER)
    assert (again.found.agrees, again.files) == (True, Files(listed=5, unknown=0, gone=0))


async def test_a_file_that_never_came_to_the_ledger_is_booked_and_the_next_run_finds_it_known(
    place: Place,
) -> None:
    lay_at(place.folder, 7)
    (place.folder / "7.csv").rename(place.done(7))
    done = await reconciled(place.hub, place.link, NOVEMBER)
    assert (done.agrees, done.rows(lambda mend: mend.missing)) == (True, 1)
    assert done.files == Files(listed=6, unknown=1, gone=0)


async def test_a_file_changed_since_it_was_taken_is_told_and_read_and_one_that_is_gone_is_told(
    place: Place,
) -> None:
    text = place.done(3).read_text()
    place.done(3).write_text(text.replace(",5\n", ",8\n"))
    written(place.done(3), 5)
    place.done(1).unlink()
    done = await reconciled(place.hub, place.link, NOVEMBER)
    assert (done.agrees, done.rows(lambda mend: mend.changed)) == (True, 1)
    assert done.files == Files(listed=4, unknown=1, gone=2)


async def test_an_older_file_that_a_later_one_corrected_is_no_difference(place: Place) -> None:
    lay_at(place.folder, 3, hour=5, value=9)
    (run,) = await run_links(place.hub, place.hub.registry.links())
    assert (run.error, run.corrected) == (None, 1)
    done = await reconciled(place.hub, place.link, NOVEMBER)
    assert (done.found.agrees, done.receipts) == (True, ())
    assert done.files == Files(listed=6, unknown=0, gone=0)


async def test_what_was_booked_again_from_quarantine_is_no_file_that_is_gone(place: Place) -> None:
    arrived = Arrived(pa.table({name: [] for name in REQUIRED_COLUMNS}), no_rejections())
    place.hub.intake.take(Delivery(place.link.source, "replay:ab:cd", "ab" * 32, arrived))
    done = await reconciled(place.hub, place.link, NOVEMBER)
    assert done.files == Files(listed=5, unknown=0, gone=0)


async def test_a_file_of_a_clock_that_is_ahead_replaces_nothing_that_is_here(place: Place) -> None:
    lay_at(place.folder, 3, hour=5, value=9)
    await run_links(place.hub, place.hub.registry.links())
    os.utime(place.done(3), (2_000_000_000, 2_000_000_000))
    lose(place.hub, day(2))
    done = await reconciled(place.hub, place.link, NOVEMBER)
    assert (done.agrees, done.rows(lambda mend: mend.missing), done.rows(lambda mend: mend.changed)) == (
        True,
        1,
        0,
    )


async def test_a_difference_of_a_file_that_is_gone_stays_open(place: Place) -> None:
    lose(place.hub, day(2))
    lose(place.hub, day(4))
    await reconciled(place.hub, place.link, NOVEMBER, mend=False)
    assert open_days(place.hub) == [2, 4]
    place.done(4).unlink()
    assert (await reconciled(place.hub, place.link, NOVEMBER)).agrees
    assert open_days(place.hub) == [4]


async def test_a_folder_that_is_gone_settles_nothing_and_is_kept_with_its_fault(place: Place) -> None:
    lose(place.hub, day(2))
    await reconciled(place.hub, place.link, NOVEMBER, mend=False)
    place.folder.rename(place.folder.with_name("elsewhere"))
    with pytest.raises(Exception, match="cannot be listed"):
        await reconciled(place.hub, place.link, NOVEMBER)
    assert "cannot be listed" in str(last(place.hub)["fault"])
    assert open_days(place.hub) == [2]


async def test_a_file_that_can_no_longer_be_read_is_told_and_the_others_are_mended(place: Place) -> None:
    lose(place.hub, day(2))
    place.done(4).write_text("")
    with pytest.raises(SourceError, match="the file is empty"):
        await reconciled(place.hub, place.link, NOVEMBER)
    assert len(held(place.hub, NOVEMBER)) == 5
    assert place.done(4).exists()


async def test_by_night_files_are_listed_again_with_the_others(place: Place) -> None:
    lose(place.hub, day(2))
    settings = place.hub.settings.model_copy(update={"reconcile_slot": DailySlot.parse("11:00-14:00")})
    async with open_client() as client:
        night = replace(place.hub, settings=settings)
        assert await reconcile_due(night, means_of(client)) == ["files"]
    assert len(held(place.hub, NOVEMBER)) == 5
