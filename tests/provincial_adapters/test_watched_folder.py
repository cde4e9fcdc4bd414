"""A watched folder: what is ready, and where a file goes afterwards."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from pathlib import Path

import pytest

from graph.errors import ConfigurationError, InvalidInput, MalformedBody, SourceMalformed, SourceRefused
from graph.model.region import RegionCode
from graph.model.sync_run import Link
from graph.ports import Delivery
from provincial_adapters import file_drop
from provincial_adapters._file_drop.drop import FolderDrop
from provincial_adapters._file_drop.laid import Laid
from provincial_adapters.file_drop import FileMapping
from tests.provincial_adapters.test_file_drop import HOURLY, LINES, mapping


def test_what_is_scanned_is_whole_meant_and_regular(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "c.csv.part", ".hidden.csv", "notes.txt"):
        (tmp_path / name).write_text(LINES)
    (tmp_path / "link.csv").symlink_to(tmp_path / "a.csv")
    (tmp_path / "folder.csv").mkdir()
    assert [path.name for path in file_drop.scan(tmp_path, mapping(files="*.csv"))] == ["b.csv", "a.csv"]
    with pytest.raises(InvalidInput, match="cannot be listed"):
        file_drop.scan(tmp_path / "none", mapping())


def test_a_file_that_was_read_goes_to_done_and_never_over_another(tmp_path: Path) -> None:
    for expected in ("a.csv", "a.2.csv"):
        (tmp_path / "a.csv").write_text(LINES)
        assert file_drop.put_away(tmp_path / "a.csv") == tmp_path / "done" / expected
    assert file_drop.scan(tmp_path, mapping()) == []


def test_a_file_that_failed_lies_beside_its_reason(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("")
    moved = file_drop.put_aside(tmp_path / "a.csv", MalformedBody("the file is empty", "a.csv"))
    assert moved == tmp_path / "failed" / "a.csv"
    why = (tmp_path / "failed" / "a.csv.why.json").read_text()
    assert "MALFORMED_BODY" in why
    assert "the file is empty" in why


@pytest.mark.parametrize(("folder", "move"), [("done", "put_away"), ("failed", "put_aside")])
def test_a_folder_that_cannot_take_a_file_says_so_in_our_words(
    tmp_path: Path, folder: str, move: str
) -> None:
    (tmp_path / "a.csv").write_text(LINES)
    (tmp_path / folder).write_text("somebody's notes")
    given = (MalformedBody("the file is empty", "a.csv"),) if move == "put_aside" else ()
    with pytest.raises(SourceRefused, match=rf"a\.csv: cannot be moved to {folder}: File exists"):
        getattr(file_drop, move)(tmp_path / "a.csv", *given)


async def pulled(folder: Path, into: list[Delivery]) -> None:
    """Everything a folder hands over until its fault, if there is one."""
    quirks = {"mapping": HOURLY | {"files": "*.csv"}}
    link = Link("drop", "file_drop", RegionCode("970000"), str(folder), quirks=quirks)
    async for delivery in file_drop.FolderPuller().pull(link):
        assert isinstance(delivery, Delivery)
        into.append(delivery)


@pytest.mark.anyio
async def test_a_file_that_cannot_be_moved_costs_no_other_file(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(LINES)
    (tmp_path / "bad.csv").write_text("")
    (tmp_path / "done").write_text("somebody's notes")
    taken: list[Delivery] = []
    with pytest.raises(
        SourceMalformed, match=r"3 files .*empty; .*b\.csv: cannot be moved to done: "
    ) as refused:
        await pulled(tmp_path, taken)
    assert len(taken) == 2
    assert "a.csv: cannot be moved to done" in str(refused.value)
    assert (tmp_path / "failed" / "bad.csv").exists()


class Vanishing(FolderDrop):
    """A folder whose only file is taken away by another after it was listed."""

    async def ready(self, _mapping: FileMapping) -> list[Laid]:
        return [Laid("gone.csv", 1, 0)]


@pytest.mark.anyio
async def test_a_file_that_vanishes_before_it_is_read_is_a_fault_of_the_source(tmp_path: Path) -> None:
    link = Link("drop", "file_drop", RegionCode("970000"), str(tmp_path))
    pulling = file_drop.pulled(Vanishing(tmp_path), mapping(), link)
    with pytest.raises(SourceMalformed, match=r"gone\.csv: cannot be opened: No such file"):
        await anext(pulling)


def laid_down(folder: Path, name: str, hour: int) -> None:
    """A file that was written at an hour of 1 November 2026, UTC."""
    (folder / name).write_text(LINES)
    moment = dt.datetime(2026, 11, 1, hour, tzinfo=dt.UTC).timestamp()
    os.utime(folder / name, (moment, moment))


def test_the_newest_file_is_taken_first_by_its_name_or_by_when_it_was_written(tmp_path: Path) -> None:
    for name, hour in (("a.csv", 3), ("b.csv", 1), ("c.csv", 2)):
        laid_down(tmp_path, name, hour)
    by_name = file_drop.scan(tmp_path, mapping())
    by_time = file_drop.scan(tmp_path, mapping(order="modified"))
    assert [path.name for path in by_name] == ["c.csv", "b.csv", "a.csv"]
    assert [path.name for path in by_time] == ["a.csv", "c.csv", "b.csv"]
    with pytest.raises(ConfigurationError, match="order: came 'size'"):
        mapping(order="size")


@pytest.mark.anyio
async def test_what_has_no_version_of_its_own_has_the_moment_its_file_was_written(tmp_path: Path) -> None:
    laid_down(tmp_path, "a.csv", 3)
    taken: list[Delivery] = []
    await pulled(tmp_path, taken)
    (delivery,) = taken
    assert set(delivery.arrived.table["version"].to_pylist()) == {dt.datetime(2026, 11, 1, 3, tzinfo=dt.UTC)}
    assert delivery.bytes_read == len(LINES)


@pytest.mark.anyio
async def test_how_files_are_chosen_changes_no_key(tmp_path: Path) -> None:
    keys = []
    for quirks in ({}, {"order": "modified", "checksum": "md5", "files": "a*"}):
        laid_down(tmp_path, "a.csv", 3)
        (tmp_path / "a.csv.md5").write_text(hashlib.md5(LINES.encode(), usedforsecurity=False).hexdigest())
        link = Link(
            "drop", "file_drop", RegionCode("970000"), str(tmp_path), quirks={"mapping": HOURLY | quirks}
        )
        keys.append(
            [
                delivery.key
                async for delivery in file_drop.FolderPuller().pull(link)
                if isinstance(delivery, Delivery)
            ]
        )
    assert keys[0] == keys[1] != []
