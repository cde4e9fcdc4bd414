"""`nengshu monthly`: what lies too far apart in a table, all of it for machines, and 3 where anything does."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from graph.ports import Delivery
from hub.settings import Settings
from hub.wiring import open_hub
from provincial_adapters.nengshu_batches import decode
from tests.hub.cli.terminal import Said, Terminal
from tests.hub.invented_hub import JIA, YI, fill, of_province, units_of
from tests.hub.test_monthly import reading

FAR, NEAR, LACKING = (unit.code for unit in units_of(JIA)[1:4])
STATED = {FAR: 3100, NEAR: 311, LACKING: 310}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three units' days of October and a statement of each: ten times too much, agreeing, without its days."""
    folder = tmp_path_factory.mktemp("monthly")
    fill(folder, JIA, YI)
    days = [reading(unit, day, 10) for unit in (FAR, NEAR) for day in range(1, 32)]
    months = [reading(unit, 1, value, "month") for unit, value in STATED.items()]
    with open_hub(Settings(data_dir=folder, sync_seconds=0)) as hub:
        for source, rows in (("device", days), ("statement", months)):
            body = json.dumps(rows).encode()
            arrived = decode(body, "application/json", "identity", len(body))
            receipt = hub.intake.take(Delivery(source, source, source, arrived, of_province(JIA)))
            assert receipt.rejected == ()
    return folder


@pytest.fixture
def folder(told: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(told, tmp_path / "data"))


def lines(said: Said) -> list[str]:
    return said.out.splitlines()


def test_what_lies_too_far_apart_is_shown_with_its_factor_and_whose_word_it_is(
    nengshu: Terminal, folder: Path
) -> None:
    said = nengshu("monthly", "--from", "2026-10", "--data", folder)
    assert said.code == 3
    assert FAR in said.out
    assert NEAR not in said.out
    texts = (
        "said 月值",
        "summed 日值之和",
        "3,100",
        "310",
        "+900.0%",
        "×10",
        "31/31",
        "1 beyond tolerance 超差",
    )
    assert [text for text in texts if text not in said.out] == []


def test_all_of_them_are_told_to_machines_with_all_digits(nengshu: Terminal, folder: Path) -> None:
    said = nengshu("monthly", "--all", "--json", "--data", folder)
    assert said.code == 3
    rows = {row["unit"]: row for row in map(json.loads, lines(said))}
    assert {unit: row["beyond_tolerance"] for unit, row in rows.items()} == {
        FAR: True,
        NEAR: False,
        LACKING: None,
    }
    assert (rows[FAR]["monthly"], rows[FAR]["daily"], rows[FAR]["factor"]) == ("3100.0000", "310.0000", 10.0)
    assert rows[LACKING]["daily"] is None


def test_as_csv_there_is_a_heading_and_a_line_each(nengshu: Terminal, folder: Path) -> None:
    heading, *rows = lines(nengshu("monthly", "--all", "--csv", "--data", folder))
    assert heading.startswith('"province","unit","data_code","month","monthly","daily"')
    assert len(rows) == 3
    assert f'"{FAR}"' in rows[0]


def test_where_every_month_agrees_it_ends_well_and_says_so(nengshu: Terminal, folder: Path) -> None:
    said = nengshu("monthly", "--unit", NEAR, "--data", folder)
    assert (said.code, said.out.strip()) == (0, "none beyond tolerance 无超差")
    said = nengshu("monthly", "--province", YI, "--data", folder)
    assert said.code == 0
    shown = nengshu("monthly", "--unit", NEAR, "--all", "--data", folder)
    assert shown.code == 0
    assert "+0.3%" in shown.out


def test_more_is_allowed_where_the_setting_says_so(
    nengshu: Terminal, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NENGSHU_MONTHLY_TOLERANCE", "0.001")
    assert nengshu("monthly", "--unit", NEAR, "--data", folder).code == 3
    monkeypatch.setenv("NENGSHU_MONTHLY_TOLERANCE", "1.5")
    refused = nengshu("monthly", "--data", folder)
    assert refused.code not in (0, 3)
    assert "monthly_tolerance" in refused.complaint


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--from", "October"), "is not a month"),
        (("--from", "2026-10", "--to", "2026-09"), "holds no month"),
        (("--from", "2025-10", "--to", "2026-10"), "at most 12 months"),
        (("--unit", "nobody"), "expected 18 characters"),
        (("--json", "--csv"), "one of them"),
    ],
)
def test_what_cannot_be_asked_is_told(
    nengshu: Terminal, folder: Path, words: tuple[str, ...], complaint: str
) -> None:
    said = nengshu("monthly", *words, "--data", folder)
    assert said.code not in (0, 3)
    assert complaint in said.complaint
