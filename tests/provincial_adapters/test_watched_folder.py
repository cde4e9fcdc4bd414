"""A watched folder: what is ready, and where a file goes afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import InvalidInput, MalformedBody
from provincial_adapters import file_drop
from tests.provincial_adapters.test_file_drop import LINES, mapping


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
