"""A watched folder: what is ready, and where a file goes afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import InvalidInput, MalformedBody, SourceMalformed, SourceRefused
from graph.model.region import RegionCode
from graph.model.sync_run import Link
from graph.ports import Delivery
from provincial_adapters import file_drop
from tests.provincial_adapters.test_file_drop import HOURLY, LINES, mapping


def test_what_is_scanned_is_whole_meant_and_regular(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "c.csv.part", ".hidden.csv", "notes.txt"):
        (tmp_path / name).write_text(LINES)
    (tmp_path / "link.csv").symlink_to(tmp_path / "a.csv")
    (tmp_path / "folder.csv").mkdir()
    assert [path.name for path in file_drop.scan(tmp_path, mapping(files="*.csv"))] == ["a.csv", "b.csv"]
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
        SourceMalformed, match=r"3 files .*a\.csv: cannot be moved to done: .*empty"
    ) as refused:
        await pulled(tmp_path, taken)
    assert len(taken) == 2
    assert "b.csv: cannot be moved to done" in str(refused.value)
    assert (tmp_path / "failed" / "bad.csv").exists()


@pytest.mark.anyio
async def test_a_file_that_vanishes_before_it_is_read_is_a_fault_of_the_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_drop, "scan", lambda folder, _mapping: [folder / "gone.csv"])
    with pytest.raises(SourceMalformed, match=r"gone\.csv: cannot be looked at: No such file"):
        await pulled(tmp_path, [])
