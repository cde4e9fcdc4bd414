"""What supervision left in the invented nation: inspections, orders, credit entries, scores and a bulletin's draft."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from graph.model.period import Quarter
from hub.simulate.nation import PROVINCES, InventedUnit, Nation, Nouns, Row

INSPECTED_MAX = 2  # units of a province; enough for every list to have rows


def of_units(nation: Nation, provinces: Sequence[str]) -> Nouns:
    """Units of these provinces that are not connected were inspected, and ordered to be by a day."""
    units = list(_late(nation, provinces))
    orders = [_order(unit, nation.today) for unit in units]
    return {
        "inspection": [_inspection(unit, nation.today) for unit in units],
        "rectification_order": orders,
        "credit_entry": [_entry(order) for order in orders if order["deadline"] < nation.today],
    }


def of_the_nation(nation: Nation) -> Nouns:
    """How the provinces scored in the last quarter, and a bulletin that one of two has approved."""
    quarter = str(Quarter.of(nation.today).shift(-1))
    best_first = sorted(PROVINCES, key=lambda entry: -entry[5])
    return {
        "score": [
            {
                "province": entry[0], "quarter": quarter, "formula": "invented", "edition": "1",
                "index_name": "接入率（虚构）", "value": str(entry[5] * 100), "rank": rank,
            }
            for rank, entry in enumerate(best_first, start=1)
        ],
        "bulletin": [
            {
                "quarter": quarter, "edition": 1, "title": f"{quarter}建设进展通报（虚构）",
                "ndrc_approved_on": nation.today - dt.timedelta(days=1), "text": "各虚构省接入进展……",
            }
        ],
    }  # fmt: skip


def _late(nation: Nation, provinces: Sequence[str]) -> Iterator[InventedUnit]:
    units = (unit for unit in nation.units() if unit.province in provinces and not unit.connected)
    for _, some in groupby(units, key=lambda unit: unit.province):
        yield from list(some)[:INSPECTED_MAX]


def _held_on(unit: InventedUnit, today: dt.date) -> dt.date:
    return today - dt.timedelta(days=40 + unit.seed % 30)


def _key(unit: InventedUnit) -> str:
    return f"inspected-{unit.code}"


def _inspection(unit: InventedUnit, today: dt.date) -> Row:
    return {
        "key": _key(unit), "unit": unit.code, "agency": f"lead-{unit.province}", "held_on": _held_on(unit, today),
        "basis": "发改办环资〔2019〕424号 第四部分", "findings": "接入端系统未建成（虚构）",
        "outcome": "rectification_ordered",
    }  # fmt: skip


def _order(unit: InventedUnit, today: dt.date) -> Row:
    """Every other deadline is past."""
    issued_on = _held_on(unit, today) + dt.timedelta(days=5)
    return {
        "number": f"虚节改〔{issued_on.year}〕{unit.seed}号", "unit": unit.code, "inspection": _key(unit),
        "issued_by": f"lead-{unit.province}", "issued_on": issued_on,
        "deadline": issued_on + dt.timedelta(days=90 if unit.seed % 2 else 30), "grounds": "限期建成接入端系统（虚构）",
    }  # fmt: skip


def _entry(order: dict[str, Any]) -> Row:
    return {
        "key": f"credit-{order['unit']}", "unit": order["unit"], "ground": "not_built",
        "order_number": order["number"], "candidate_on": order["deadline"] + dt.timedelta(days=1),
        "evidence": "整改期限届满仍未建成（虚构）",
    }  # fmt: skip
