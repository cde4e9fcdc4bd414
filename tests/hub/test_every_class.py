"""Every class of a data code is a point and a reading of it, whether or not it is energy.

The codes have the shape of real ones; which variety digits stand for what in classes 03 to 10 is not known here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from graph.model.data_code import DataClass, DataCode
from graph.model.period import BEIJING, Granularity, Period
from graph.model.sync_run import Receipt
from graph.ports import Ask, BalanceAsk, CompletenessAsk, Delivery, Dimension, ReadingAsk
from hub.simulate.nation import ELECTRICITY
from hub.wiring import Hub
from provincial_adapters.nengshu_batches import NDJSON, decode
from tests.hub.invented_hub import JIA, TODAY, WHO, asking, hub_of, token_of, units_of

pytestmark = pytest.mark.anyio

UNIT = units_of(JIA)[1].code
DAY = TODAY - dt.timedelta(days=30)
MIDNIGHT = dt.datetime.combine(DAY, dt.time(), BEIJING)
QUARTER_HOUR = dt.timedelta(minutes=15)
WITHOUT_ENERGY = [each for each in DataClass if each > DataClass.SECONDARY_ENERGY]
MEASURES = {DataClass.WORKING_MEDIUM: "t", DataClass.EFFICIENCY: "%"}
ONE_DAY = Period.of_days(DAY, DAY)


def code_of(data_class: DataClass) -> DataCode:
    """A plant's item of a class, hyphens and all as devices write it."""
    return DataCode.parse(f"00-00-0000-{data_class:02d}0100-11")


def send(hub: Hub, code: str, *values: str) -> Receipt:
    """Quarter-hours of one item from midnight on, through the whole way in."""
    lines = [
        f'{{"unit":"{UNIT}","data_code":"{code}","granularity":"quarter_hour",'
        f'"start":"{(MIDNIGHT + QUARTER_HOUR * slot).isoformat()}","value":"{value}"}}'
        for slot, value in enumerate(values)
    ]
    body = "\n".join(lines).encode()
    receipt = hub.intake.take(Delivery(WHO, code, code, decode(body, NDJSON)))
    assert (receipt.accepted, receipt.rejected_count) == (len(values), 0)
    return receipt


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """A hub whose unit has a point of every class beside its energies."""
    with hub_of(tmp_path) as opened:
        points = [
            {
                "unit": UNIT, "code": str(code_of(each)), "granularity": "quarter_hour", "since": DAY,
                "measure": MEASURES.get(each),
            }
            for each in WITHOUT_ENERGY
        ]  # fmt: skip
        opened.registry.upsert("data_point", points, WHO)
        yield opened


def point_of(hub: Hub, code: DataCode) -> dict[str, Any]:
    """The registry's row of the unit's point."""
    rows = hub.registry.rows(Ask("data_point")).table.to_pylist()
    (found,) = (row for row in rows if (row["unit"], row["code"]) == (UNIT, code.digits))
    return dict(found)


def kept(hub: Hub, code: DataCode) -> list[Decimal]:
    """The values of the day as the store tells them."""
    point = point_of(hub, code)
    ask = ReadingAsk([(point["unit_id"], point["point_id"])], ONE_DAY, Granularity.QUARTER_HOUR)
    values: list[Decimal] = hub.store.readings(ask)["value"].to_pylist()
    return values


@pytest.mark.parametrize("data_class", WITHOUT_ENERGY)
def test_what_is_no_energy_is_stored_and_asked_for_and_has_no_kind(hub: Hub, data_class: DataClass) -> None:
    code = code_of(data_class)
    assert send(hub, str(code), "0.1229", "98.5").suspect == 0
    point = point_of(hub, code)
    assert (point["kind"], point["variety"], point["scope"]) == (None, code.variety, 1)
    assert kept(hub, code) == [Decimal("0.1229"), Decimal("98.5000")]


def test_a_coefficient_of_five_places_sent_as_a_reading_is_rounded_and_says_so(hub: Hub) -> None:
    code = code_of(DataClass.SECONDARY_COEFFICIENT)
    assert send(hub, str(code), "0.03412").suspect == 1
    assert kept(hub, code) == [Decimal("0.0341")]


def test_nothing_of_what_is_no_energy_is_in_a_balance(hub: Hub) -> None:
    for each in WITHOUT_ENERGY:
        send(hub, str(code_of(each)), "1000")
    assert hub.store.balance(BalanceAsk(ONE_DAY, (Dimension.KIND,), units=(UNIT,))).num_rows == 0
    send(hub, ELECTRICITY, "5")
    (row,) = hub.store.balance(BalanceAsk(ONE_DAY, (Dimension.KIND,), units=(UNIT,))).to_pylist()
    assert (row["kind"], row["quantity"], row["readings"]) == ("electricity", Decimal(5), 1)


def test_it_is_due_like_any_other_reading(hub: Hub) -> None:
    ask = CompletenessAsk(ONE_DAY, (Dimension.UNIT,), units=(UNIT,))
    (before,) = hub.store.completeness(ask).to_pylist()
    send(hub, str(code_of(DataClass.EFFICIENCY)), "98.5", "98.6")
    (after,) = hub.store.completeness(ask).to_pylist()
    assert (after["due"], after["received"]) == (before["due"], before["received"] + 2)


async def test_a_point_tells_its_measure_the_tables_or_none(hub: Hub) -> None:
    question = "query($unit: [String!]) { dataPoints(filter: {unit: $unit}) { nodes { code kind measure } } }"
    async with asking(hub, token_of(hub, "reader")) as client:
        answer = await client.post("/graphql", json={"query": question, "variables": {"unit": [UNIT]}})
    told = {
        node["code"]: (node["kind"], node["measure"]) for node in answer.json()["data"]["dataPoints"]["nodes"]
    }
    for each in WITHOUT_ENERGY:
        assert told[code_of(each).digits] == (None, MEASURES.get(each))
    assert told[DataCode.parse(ELECTRICITY).digits] == ("ELECTRICITY", "kWh")
