"""`nengshu replay`: rows that wait are judged, booked or given up, and each step says what it did."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.settings import Settings
from hub.wiring import open_hub
from tests.hub.cli.terminal import Said, Terminal, in_its_own_process, serving
from tests.hub.replay_stage import UNIT, Stage, columns_of, days, stage_in, with_power_in


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def drifted(folder: Path, *more: str, mend: bool = True) -> Path:
    """A data folder in which the rows of a renamed column wait, and of each further file one that is no number."""
    with stage_in(folder) as stage:
        stage.lay_down("1.csv", {"企业": [UNIT], "日期": days(1), "电量": [1], "热力": [1]})
        stage.run()
        stage.lay_down("2.csv", columns_of("用电量"))
        stage.run()
        if mend:
            stage.map(with_power_in("用电量"))
        for name in more:
            stage.lay_down(name, columns_of("用电量") | {"热力": ["viel", 5, 6]})
            stage.run()
    return folder / "data"


def words_of(said: Said) -> str:
    """What was printed, without the lines of tables."""
    return " ".join("".join(letter for letter in said.out if not "─" <= letter <= "╿").split())


def waiting(data: Path) -> list[int]:
    """How many rows of each file wait, and that nothing else is written."""
    with open_hub(Settings(data_dir=data, sync_seconds=0)) as hub:
        return [file.waiting for file in hub.quarantine.waiting(Stage(hub, data).link)]


def test_a_mended_mapping_books_what_waits_and_says_so(nengshu: Terminal, tmp_path: Path) -> None:
    data = drifted(tmp_path)
    looked = nengshu("replay", "files", "--dry-run", "--data", data)
    assert (looked.code, "judged only: nothing was written" in looked.out) == (0, True)
    assert waiting(data) == [3]
    said = nengshu("replay", "files", "--data", data)
    words = words_of(said)
    assert said.code == 0
    for told in ("accepted 3", "duplicate 3", "rejected 0"):
        assert told in words
    again = nengshu("replay", "files", "--data", data)
    assert (again.code, again.out.strip()) == (0, "nothing waits")


def test_what_is_refused_again_is_named_as_the_source_numbered_it_and_waits_on(
    nengshu: Terminal, tmp_path: Path
) -> None:
    data = drifted(tmp_path, "3.csv")
    for dry in (["--dry-run"], []):
        said = nengshu("replay", "files", *dry, "--data", data)
        assert "row 2: not-a-number value viel, expected a number" in words_of(said)
        assert said.code == (0 if dry else 3)
    assert waiting(data) == [1]


def test_a_mapping_that_was_not_mended_names_the_column_still(nengshu: Terminal, tmp_path: Path) -> None:
    data = drifted(tmp_path, mend=False)
    said = nengshu("replay", "files", "--data", data)
    assert (said.code, "column 电量 is missing still" in said.out) == (3, True)


def test_one_file_is_replayed_by_its_number(nengshu: Terminal, tmp_path: Path) -> None:
    data = drifted(tmp_path, "3.csv")
    assert nengshu("replay", "files", "--file", 1, "--data", data).code == 0
    assert waiting(data) == [1]
    other = nengshu("replay", "files", "--file", 1, "--data", data)
    assert (other.code, "there waits 2" in other.complaint) == (1, True)


def test_rows_are_given_up_by_name_of_who_does_and_by_nobody_by_mistake(
    nengshu: Terminal, tmp_path: Path
) -> None:
    data = drifted(tmp_path)
    both = nengshu("replay", "files", "--dry-run", "--give-up", "--data", data)
    assert (both.code, waiting(data)) == (2, [3])
    said = nengshu("replay", "files", "--give-up", "--data", data)
    assert said.out.strip() == "3 rows of files are given up"
    with open_hub(Settings(data_dir=data, sync_seconds=0)) as hub:
        (row,) = Stage(hub, tmp_path).listed("quarantined")
    assert (row["state"], row["settled_by"], row["waiting"]) == ("given_up", "command line", 0)


def test_a_dry_run_works_beside_a_running_hub_and_a_true_one_says_why_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NENGSHU_SYNC_SECONDS", "0")
    data = drifted(tmp_path)
    with serving(data):
        looked = in_its_own_process("replay", "files", "--dry-run", "--data", data)
        booked = in_its_own_process("replay", "files", "--data", data)
    assert (looked.code, looked.err) == (0, "")
    assert (booked.code, "STORE_ERROR" in booked.complaint) == (1, True)


def test_a_run_says_what_drifts_and_how_many_rows_wait(nengshu: Terminal, tmp_path: Path) -> None:
    data = drifted(tmp_path)
    (tmp_path / "drop" / "4.csv").write_text(
        f"企业,日期,电量,热力\n{UNIT},2026-10-09,1,1\n", encoding="utf-8"
    )
    said = nengshu("sync", "files", "--data", data)
    assert said.code == 0
    assert "drift: column 用电量 missing, column 电量 new; 1 rows wait in quarantine" in words_of(said)
