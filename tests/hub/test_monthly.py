"""A unit's monthly statement comes in beside its device's days: a file, a workbook or a batch, from another hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from graph.model.sync_run import RunState
from hub.simulate.nation import ELECTRICITY
from tests.hub.invented_hub import ALL, JIA, YI, asking, issued, of_province, of_unit, post, units_of
from tests.hub.members import add_client
from tests.hub.replay_stage import HEAT, OTHER, UNIT, Stage, stage_in

DAY, MONTH = 10, 310  # kWh of each day of October, and of all of them
STATEMENT = {
    "unit_column": "企业", "label_column": "月份", "date_format": "%Y-%m", "label": "start", "granularity": "month",
    "origin": "manual", "values": [{"column": "电量", "data_code": ELECTRICITY}],
}  # fmt: skip
REACHES = {
    "device": of_province(JIA), "reader": of_province(JIA), "neighbour": of_province(YI), "desk": of_unit(UNIT),
    "another": of_unit(units_of(JIA)[0].code),
}  # fmt: skip
Statements = list[tuple[str, str, object]]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A hub that a device told every day of October of one unit, three of another; and a folder for statements."""
    with stage_in(tmp_path, STATEMENT) as made:
        for key, reach in REACHES.items():
            add_client(made.hub.registry, key, reach, ALL)
        for unit, days in ((UNIT, range(1, 32)), (OTHER, range(1, 4))):
            tell(made, "device", *(reading(unit, day) for day in days))
        yield made


def reading(unit: str, day: int = 1, value: object = DAY, granularity: str = "day") -> dict[str, Any]:
    """A value of electricity in October."""
    start = f"2026-10-{day:02d}T00:00:00+08:00"
    return {
        "unit": unit,
        "data_code": ELECTRICITY,
        "granularity": granularity,
        "start": start,
        "value": value,
    }


def tell(stage: Stage, who: str, *readings: dict[str, Any]) -> int:
    """A batch that a client pushes, and its number."""
    body = json.dumps(readings).encode()

    async def push() -> int:
        async with asking(stage.hub, issued(stage.hub, who, ALL)) as client:
            reply = await post(client, body, f"{who}-{hash(body)}")
            assert (reply.status_code, reply.json()["rejected"]) == (201, []), reply.text
            return int(reply.json()["batch"])

    return asyncio.run(push())


def months(stage: Stage, more: str = "", arguments: str = "", who: str = "reader") -> list[dict[str, Any]]:
    """What somebody is told of October's months."""
    fields = "unit monthly daily days complete deviation beyondTolerance factor source daySources independent"
    where = f'filter: {{monthFrom: "2026-10" {more}}} orderBy: UNIT {arguments}'
    asked = f"monthlyDifferences({where}) {{ nodes {{ {fields} }} }}"

    async def answer() -> Any:
        async with asking(stage.hub, issued(stage.hub, who, ALL)) as client:
            return (await client.post("/graphql", json={"query": f"{{ {asked} }}"})).json()

    said = asyncio.run(answer())
    assert "errors" not in said, said
    return list(said["data"]["monthlyDifferences"]["nodes"])


def as_csv(stage: Stage, rows: Statements) -> None:
    units, labels, values = zip(*rows, strict=True)
    stage.lay_down("statement.csv", {"企业": list(units), "月份": list(labels), "电量": list(values)})


def as_workbook(stage: Stage, rows: Statements) -> None:
    with xlsxwriter.Workbook(stage.folder / "statement.xlsx") as book:
        page = book.add_worksheet()
        for place, row in enumerate([("企业", "月份", "电量"), *rows]):
            page.write_row(place, 0, row)


def state(stage: Stage, way: Callable[[Stage, Statements], None], *rows: tuple[str, object]) -> None:
    """A statement of October that is laid down and read."""
    way(stage, [(unit, "2026-10", value) for unit, value in rows])
    run = stage.run()
    assert (run.state, run.accepted) == (RunState.SUCCEEDED, len(rows)), run


@pytest.mark.parametrize("way", [as_csv, as_workbook])
def test_a_file_that_is_ten_times_its_days_is_found_and_named_and_hides_no_day(
    stage: Stage, way: Callable[[Stage, Statements], None]
) -> None:
    days, summed = stage.current(), stage.summed()
    state(stage, way, (UNIT, MONTH * 10))
    assert (stage.current(), stage.summed()) == (days, summed)
    assert months(stage, "beyondTolerance: true, independent: true") == [
        {
            "unit": UNIT, "monthly": "3100", "daily": "310", "days": 31, "complete": True, "deviation": 9.0,
            "beyondTolerance": True, "factor": 10.0, "source": "link:files", "daySources": "device", "independent": True,
        }
    ]  # fmt: skip


def test_a_batch_that_the_unit_itself_hands_in_is_another_hand_than_its_device(stage: Stage) -> None:
    tell(stage, "desk", reading(UNIT, value="0.31", granularity="month"))
    (row,) = months(stage, "beyondTolerance: true")
    assert (row["factor"], row["source"], row["independent"]) == (0.001, "desk", True)


def test_what_agrees_within_five_per_cent_is_not_among_what_does_not(stage: Stage) -> None:
    state(stage, as_csv, (UNIT, MONTH * 1.04))
    assert months(stage, "beyondTolerance: true") == []
    (row,) = months(stage)
    assert (row["beyondTolerance"], row["deviation"], row["factor"]) == (False, 0.04, None)


def test_a_month_of_which_days_are_missing_is_shown_and_not_judged(stage: Stage) -> None:
    state(stage, as_csv, (OTHER, MONTH))
    (row,) = months(stage)
    assert (row["unit"], row["days"], row["complete"], row["beyondTolerance"]) == (OTHER, 3, False, None)
    assert months(stage, "beyondTolerance: true") == months(stage, "beyondTolerance: false") == []


def test_a_months_own_value_counts_where_its_days_are_not_whole_and_is_compared_all_the_same(
    stage: Stage,
) -> None:
    state(stage, as_csv, (OTHER, MONTH))
    assert [row["quantity"] for row in stage.summed() if row["unit"] == OTHER] == [Decimal(MONTH)]
    assert [value for unit, _, _, value, _ in stage.current() if unit == OTHER] == [Decimal(DAY)] * 3
    tell(stage, "device", *(reading(OTHER, day) for day in range(4, 32)))
    (row,) = months(stage)
    assert (row["complete"], row["beyondTolerance"], row["daily"]) == (True, False, "310")


def test_a_corrected_day_moves_the_comparison_and_the_former_one_is_still_told(stage: Stage) -> None:
    state(stage, as_csv, (UNIT, MONTH * 10))
    corrected = tell(stage, "device", *(reading(UNIT, day, DAY * 10) for day in range(1, 32)))
    assert months(stage, "beyondTolerance: true") == []
    (then,) = months(stage, "beyondTolerance: true", f"asOf: {{batch: {corrected - 1}}}")
    assert (then["daily"], then["factor"]) == ("310", 10.0)


def test_a_unit_sees_its_own_months_without_whose_word_they_are_and_others_see_none(stage: Stage) -> None:
    state(stage, as_csv, (UNIT, MONTH * 10), (OTHER, MONTH))
    (own,) = months(stage, who="desk")
    assert (own["unit"], own["factor"], own["independent"]) == (UNIT, 10.0, True)
    assert (own["source"], own["daySources"]) == (None, None)
    assert months(stage, who="another") == months(stage, who="neighbour") == []


def test_of_two_points_only_the_one_that_was_stated_is_compared(stage: Stage) -> None:
    heat = [{**reading(UNIT, day), "data_code": HEAT} for day in range(1, 32)]
    tell(stage, "device", *heat)
    state(stage, as_csv, (UNIT, MONTH))
    assert [row["daily"] for row in months(stage)] == ["310"]


def test_the_tolerance_is_a_setting(tmp_path: Path) -> None:
    with stage_in(tmp_path, STATEMENT, monthly_tolerance="0.5") as made:
        add_client(made.hub.registry, "device", of_province(JIA), ALL)
        tell(made, "device", *(reading(UNIT, day) for day in range(1, 32)))
        state(made, as_csv, (UNIT, MONTH * 1.4))
        assert [row["beyondTolerance"] for row in months(made, who="device")] == [False]
