"""A year of a real steel plant, read by a mapping and no code of its own: docs/real-input.md, run.

35 040 quarter-hours whose labels stand at the end of the period, the last of each day written 00:00 of the same
day, behind a byte-order mark.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.needs import need_shared_data

ROOT = Path(__file__).parents[2]
MAPPING = ROOT / "docs" / "examples" / "steel_plant.toml"
REGISTRY = ROOT / "docs" / "examples" / "steel_plant_registry.toml"
UNIT, POINT = "91970000MA05TEEL1J", "0000000002330011"
TOTAL = Decimal("959636.71")
CORRECTED_ROWS = range(1000, 1010)
TCE_PER_KWH = Decimal("0.0001229")

BY_MONTH = """query($asOf: AsOfInput) {
  energyBalance(period: {from: "2018-01-01", to: "2018-12-31"}, groupBy: [MONTH], asOf: $asOf) {
    rows { month quantity measure tce edition readings } totalTce
  }
}"""
DAYS = """query { completeness(period: {from: "2018-01-01", to: "2018-12-31"}, groupBy: [DAY]) {
  rows { day due received rate }
} }"""
FIRST = """query($unit: String!, $code: String!) { dataPoint(unit: $unit, code: $code) {
  readings(period: {from: "2018-01-01", to: "2018-01-01"}, granularity: QUARTER_HOUR) { start end value origin }
} }"""


class Machine:
    """A machine with nothing on it but the project: every step is a command of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def run(self, *words: str, code: int = 0) -> str:
        """What `nengshu …` printed."""
        command = [sys.executable, "-m", "hub.cli", *words, "--data", str(self.data)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == code, done.stderr
        return done.stdout

    def load_file(self, file: Path) -> dict[str, int]:
        """Import a file; the counts of its receipt."""
        printed = self.run("import", str(file), "--mapping", str(MAPPING)).split()
        numbers = zip(printed[::2], printed[1::2], strict=True)
        return {name: int(count.replace(",", "")) for name, count in numbers}

    def ask(self, query: str, **variables: Any) -> Any:
        """The data of a GraphQL answer."""
        given = [
            word for name, value in variables.items() for word in ("--var", f"{name}={json.dumps(value)}")
        ]
        return json.loads(self.run("query", query, *given))["data"]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine whose registry knows the plant."""
    made = Machine(tmp_path_factory.mktemp("steel"))
    made.run("registry", "load", str(REGISTRY))
    return made


@pytest.fixture(scope="module")
def original() -> Path:
    """The year as it was published."""
    return need_shared_data() / "steel_plant_15min.csv"


@pytest.fixture(scope="module")
def corrected(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same file with ten values raised by one kilowatt-hour."""
    with original.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.reader(opened))
    for number in CORRECTED_ROWS:
        rows[number][1] = str(Decimal(rows[number][1]) + 1)
    file = tmp_path_factory.mktemp("corrected") / "steel_plant_corrected.csv"
    with file.open("w", encoding="utf-8-sig", newline="") as opened:
        csv.writer(opened, lineterminator="\r\n").writerows(rows)
    return file


@pytest.fixture(scope="module")
def receipts(machine: Machine, original: Path, corrected: Path) -> list[dict[str, int]]:
    """The year, the same year again, and the year with ten corrections."""
    return [machine.load_file(file) for file in (original, original, corrected)]


def test_the_year_is_taken_whole_then_found_known_then_corrected_in_ten_places(
    receipts: list[dict[str, int]],
) -> None:
    first, again, ten = receipts
    assert (first["accepted"], first["rejected"], first["suspect"]) == (35_040, 0, 1)
    assert (again["duplicate"], again["accepted"], again["corrected"]) == (35_040, 0, 0)
    assert (ten["corrected"], ten["duplicate"], ten["accepted"]) == (10, 35_030, 0)


def totals(answer: Any) -> tuple[Decimal, Decimal, int]:
    """Kilowatt-hours, tonnes of coal equivalent and readings of a year, from its months."""
    rows = answer["energyBalance"]["rows"]
    kwh = sum((Decimal(row["quantity"]) for row in rows), Decimal(0))
    tce = sum((Decimal(row["tce"]) for row in rows), Decimal(0))
    return kwh, tce, sum(row["readings"] for row in rows)


def test_the_totals_as_of_the_first_batch_stay_what_they_were(
    machine: Machine, receipts: list[dict[str, int]]
) -> None:
    then = machine.ask(BY_MONTH, asOf={"batch": receipts[0]["batch"]})
    assert totals(then) == (TOTAL, TOTAL * TCE_PER_KWH, 35_040)
    assert then == machine.ask(BY_MONTH, asOf={"batch": receipts[1]["batch"]})


def test_the_totals_of_today_have_the_ten_corrections(
    machine: Machine, receipts: list[dict[str, int]]
) -> None:
    now = machine.ask(BY_MONTH)
    assert totals(now) == (TOTAL + 10, (TOTAL + 10) * TCE_PER_KWH, 35_040)
    assert [row["month"] for row in now["energyBalance"]["rows"]] == [
        f"2018-{month:02d}" for month in range(1, 13)
    ]
    assert Decimal(now["energyBalance"]["totalTce"]) == (TOTAL + 10) * TCE_PER_KWH


def test_there_are_365_days_of_96_values(machine: Machine, receipts: list[dict[str, int]]) -> None:
    days = machine.ask(DAYS)["completeness"]["rows"]
    assert len(days) == 365
    assert {(day["due"], day["received"], day["rate"]) for day in days} == {(96, 96, 1.0)}


def test_the_first_period_begins_with_the_year_in_beijing(
    machine: Machine, receipts: list[dict[str, int]]
) -> None:
    day = machine.ask(FIRST, unit=UNIT, code=POINT)["dataPoint"]["readings"]
    beijing = dt.timezone(dt.timedelta(hours=8))
    starts = [dt.datetime.fromisoformat(row["start"]) for row in day]
    assert starts[0] == dt.datetime(2018, 1, 1, tzinfo=beijing)
    assert dt.datetime.fromisoformat(day[0]["end"]) == dt.datetime(2018, 1, 1, 0, 15, tzinfo=beijing)
    assert starts[-1] == dt.datetime(2018, 1, 1, 23, 45, tzinfo=beijing)
    assert day[0]["value"] == "3.17"
