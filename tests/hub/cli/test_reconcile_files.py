"""`nengshu reconcile` of a folder of files: all are read again, and what was lost here comes back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from hub.simulate.nation import FILES
from tests.hub.cli.terminal import Terminal
from tests.hub.rereading_stage import lose
from tests.hub.test_cadence import file_link, hub_of_files, lay_down

PERIOD = ("--from", "2026-11-01", "--to", "2026-11-23")


@pytest.mark.timeout(180)
def test_a_file_that_was_taken_gives_back_what_was_lost(tmp_path: Path, nengshu: Terminal) -> None:
    data, folder = tmp_path / "hub", tmp_path / "drop"
    with hub_of_files(data) as hub:
        hub.registry.upsert("link", [file_link("files", folder)], "test")
    for day in (1, 2):
        lay_down(folder, day)
    assert nengshu("sync", "files", "--data", data).code == 0
    with hub_of_files(data) as hub:
        lose(hub, dt.date(2026, 11, 2))
    (folder / "done" / "1.csv").unlink()
    words = ("reconcile", "files", *PERIOD, "--data", data)
    looked = nengshu(*words, "--dry-run")
    assert (looked.code, "2026-11-02 day: here 0 readings" in looked.out) == (3, True)
    mended = nengshu(*words)
    assert mended.code == 0
    for told in ("1 file read again", "1 file of the ledger no longer there", "1 missing here", "agrees now"):
        assert told in mended.out
    assert "nothing differs in what was read" in nengshu(*words).out


def test_a_share_that_is_none_and_a_link_that_is_not_asked_are_told(
    tmp_path: Path, nengshu: Terminal
) -> None:
    data = tmp_path / "hub"
    with hub_of_files(data) as hub:
        row = {"key": "devices", "dialect": "nhjc04", "province": FILES, "address": "they call"}
        hub.registry.upsert("link", [row], "test")
    wrong = nengshu("reconcile", "devices", "--share", "0", "--data", data)
    assert "expected more than 0 and at most 1" in wrong.complaint
    asked = nengshu("reconcile", "devices", "--data", data)
    assert "is not asked: the other side calls" in asked.complaint
