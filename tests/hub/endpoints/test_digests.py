"""What two ends compare is told over HTTP, level by level, within the asker's reach, and so are the readings behind it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import count
from typing import Any

import httpx
import pyarrow as pa
import pytest

from graph.model.digest import of_value, summed
from graph.model.period import Granularity
from graph.model.principal import NATION, Reach, Role
from graph.model.reading import EXCHANGED
from hub.wiring import Hub
from provincial_adapters.nengshu_batches import ARROW
from tests.hub.endpoints.told_hub import BATCHES
from tests.hub.invented_hub import (
    JIA,
    YI,
    asking,
    of_province,
    of_unit,
    reading,
    token_of,
    units_of,
)  # fmt: skip

pytestmark = pytest.mark.anyio
NUMBERS = count(1)
MONTH = {"from": "2026-10-01", "to": "2026-10-31"}


async def asked(hub: Hub, reach: Reach = NATION, path: str = "digests", **words: Any) -> httpx.Response:
    """What is answered to who may synchronise."""
    async with asking(hub, token_of(hub, f"asker-{next(NUMBERS)}", reach)) as client:
        return await client.get(f"/sync/v1/{path}", params={**MONTH, **_spelt(words)})


def _spelt(words: dict[str, Any]) -> dict[str, Any]:
    """`from` and `to` by names that Python takes."""
    return {{"since": "from", "until": "to"}.get(name, name): word for name, word in words.items()}


def expected(province: str, days: int = BATCHES) -> str:
    """The digest of what the province's unit said."""
    rows = [reading(province, day, str(day)) for day in range(1, days + 1)]
    return summed(
        of_value(
            str(row["data_code"]),
            dt.datetime.fromisoformat(str(row["start"])),
            Granularity.DAY,
            Decimal(str(row["value"])),
        )
        for row in rows
    ).hex


async def test_provinces_units_days_and_points_are_told_as_json(told: Hub) -> None:
    provinces = (await asked(told)).json()
    assert (provinces["level"], provinces["asOf"]) == ("province", BATCHES)
    assert [row["province"] for row in provinces["digests"]] == sorted([JIA, YI])
    assert [(row["units"], row["readings"], row["total"]) for row in provinces["digests"]] == [
        (1, 5, "15.0000")
    ] * 2
    units = (await asked(told, level="unit")).json()["digests"]
    assert [row["province"] for row in units] == sorted([JIA, YI])
    for row in units:
        assert row["digest"] == expected(row["province"])
    (unit, *_) = units
    days = (await asked(told, level="day", unit=unit["unit"])).json()["digests"]
    assert [(row["granularity"], row["day"]) for row in days] == [
        ("day", f"2026-10-0{n}") for n in range(1, 6)
    ]
    points = (await asked(told, level="point", unit=unit["unit"])).json()["digests"]
    assert [(row["day"], row["digest"]) for row in points] == [(row["day"], row["digest"]) for row in days]
    assert len(points[0]["dataCode"]) == 16


async def test_the_same_is_told_as_columns(told: Hub) -> None:
    async with asking(told, token_of(told, "columns")) as client:
        found = await client.get(
            "/sync/v1/digests", params={**MONTH, "level": "unit"}, headers={"accept": ARROW}
        )
    assert (found.headers["content-type"], found.headers["nengshu-as-of"]) == (ARROW, str(BATCHES))
    with pa.ipc.open_stream(found.content) as stream:
        table = stream.read_all()
    assert table.column_names == ["province", "unit", "readings", "total", "lane_a", "lane_b"]
    spelt = [f"{row['lane_a']:016x}{row['lane_b']:016x}" for row in table.to_pylist()]
    assert spelt == [row["digest"] for row in (await asked(told, level="unit")).json()["digests"]]


async def test_what_was_said_up_to_a_batch_is_told_as_of_it(told: Hub) -> None:
    found = (await asked(told, level="unit", asOf=3)).json()
    assert found["asOf"] == 3
    assert [row["digest"] for row in found["digests"]] == [
        expected(row["province"], 3) for row in found["digests"]
    ]


async def test_who_reaches_a_province_or_a_unit_is_told_of_no_other(told: Hub) -> None:
    assert [row["province"] for row in (await asked(told, of_province(JIA))).json()["digests"]] == [JIA]
    unit = units_of(JIA)[1].code
    rows = (await asked(told, of_unit(unit), level="unit")).json()["digests"]
    assert [row["unit"] for row in rows] == [unit]
    others = units_of(YI)[1].code
    reply = await asked(told, of_province(JIA), path="readings", unit=others)
    assert pa.ipc.open_stream(reply.content).read_all().num_rows == 0


async def test_a_units_probe_which_hands_in_is_told_of_its_unit_and_of_no_reading(told: Hub) -> None:
    unit, other = units_of(JIA)[1].code, units_of(YI)[1].code
    token = token_of(told, "probe", of_unit(unit), (Role.UPLOAD,))
    async with asking(told, token) as client:
        found = await client.get("/sync/v1/digests", params={**MONTH, "level": "day"})
        others = await client.get("/sync/v1/digests", params={**MONTH, "level": "day", "unit": other})
        readings = await client.get("/sync/v1/readings", params={**MONTH, "unit": unit})
    assert {row["unit"] for row in found.json()["digests"]} == {unit}
    assert (others.json()["digests"], readings.status_code) == ([], 403)


async def test_of_all_that_is_within_reach_one_province_may_be_asked_for(told: Hub) -> None:
    assert [row["province"] for row in (await asked(told, province=YI)).json()["digests"]] == [YI]
    units = (await asked(told, province=YI, level="unit")).json()["digests"]
    assert [row["province"] for row in units] == [YI]
    outside = (await asked(told, of_province(JIA), province=YI)).json()["digests"]
    assert [row["province"] for row in outside] == [JIA]  # one's own, whatever is asked for


async def test_the_readings_behind_a_digest_are_those_that_hold(told: Hub) -> None:
    (unit,) = [
        row["unit"] for row in (await asked(told, level="unit")).json()["digests"] if row["province"] == JIA
    ]
    reply = await asked(told, path="readings", unit=unit, since="2026-10-02", until="2026-10-03")
    assert reply.headers["content-type"] == ARROW
    table = pa.ipc.open_stream(reply.content).read_all()
    assert table.schema == EXCHANGED
    assert table["value"].to_pylist() == [Decimal(2), Decimal(3)]
    assert set(table["unit"].to_pylist()) == {unit}


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"from": "2026-13-01"}, "13-01"),
        ({"to": "2026-09-01"}, "no period"),
        ({"level": "planet"}, "planet"),
        ({"granularity": "week"}, "week"),
        ({"unit": "91"}, "credit code"),
        ({"asOf": "-1"}, "asOf"),
        ({"province": "97"}, "97"),
        ({"day": "2026-10-01"}, "day"),
        ({"level": "point"}, "unit"),
        ({"unit": ["91970100MA00000018"] + [f"{n}" for n in range(201)]}, "at most 200"),
    ],
)
async def test_a_question_that_cannot_be_answered_is_told_why(
    told: Hub, words: dict[str, Any], field: str
) -> None:
    reply = await asked(told, **words)
    assert reply.status_code in (400, 422)
    assert field in reply.text


async def test_readings_of_no_unit_are_not_asked_for_and_a_day_has_to_be_named(told: Hub) -> None:
    assert (await asked(told, path="readings")).status_code in (400, 422)
    async with asking(told, token_of(told, "without")) as client:
        reply = await client.get("/sync/v1/digests", params={"to": "2026-10-01"})
    assert reply.status_code in (400, 422)
    assert "from" in reply.text
