"""Whoever reaches no further than a city, a county or a unit sees nothing of anybody else's, whatever the noun."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from graph.model.access_device import DayOfDevice
from graph.model.credit_code import CreditCode
from graph.model.period import UTC
from graph.model.principal import Reach, Role
from graph.model.reading import REJECTIONS
from graph.model.region import RegionCode
from graph.ports import Ask
from hub.stores.readings import ledger
from hub.stores.readings.store import ReadingsStore
from hub.stores.registry.device_rows import NewDevice
from hub.stores.registry.nouns import NOUNS
from hub.stores.registry.registry import Registry
from hub.stores.registry.waiting_rows import NewFile
from tests.hub.members import add_client, organisation
from tests.hub.stores.quarantine_fakes import drifted
from tests.hub.stores.readings_fakes import UNITS, FakeDimensions, Said, StillClock, batch_of
from tests.hub.stores.reconciliation_fakes import reconciled
from tests.hub.stores.registry_fakes import (
    NOON,
    WHO,
    code_of,
    fill,
    invented_registry,
    listed,
    of_region,
    of_unit,
)

CITY, COUNTY = of_region("970100"), of_region("970101")
OF_THE_PROVINCE = (
    "person",
    "platform",
    "platform_milestone",
    "link",
    "sync_run",
    "column_drift",
    "quarantined",
    "reconciliation",
    "difference",
    "quarterly_report",
    "score",
)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """Rows of every noun, of several provinces, cities, counties and units."""
    for made in invented_registry(tmp_path_factory.mktemp("every")):
        fill(made)
        for province in ("970000", "980000"):
            _add_of_province(made, province)
        _add_bulletins(made)
        for number in range(4):
            _add_of_unit(made, code_of(number))
            _add_members(made, f"of-unit-{number}", of_unit(number))
        _add_members(made, "of-city", CITY)
        for link in made.links():
            made.begin(link, NOON)
            made.waiting_rows.add(link, *drifted(link))
            made.reconciliations.keep(reconciled(link.key))
        yield made


def _add_members(made: Registry, key: str, reach: Reach) -> None:
    """A machine and a person of an organisation of their own."""
    add_client(made, key, reach)
    made.accounts.add(key, "某人", organisation(made, reach), [Role.READ], WHO)


def _add_bulletins(made: Registry) -> None:
    days = dict.fromkeys(("ndrc_approved_on", "samr_approved_on", "published_on"), dt.date(2026, 11, 1))
    published = {"quarter": "2026Q2", "edition": 1, "title": "通报", "state": "published", "as_of_batch": 1}
    made.upsert(
        "bulletin", [{**published, **days}, {"quarter": "2026Q3", "edition": 1, "title": "草稿"}], WHO
    )


def _add_of_province(made: Registry, province: str) -> None:
    rows: dict[str, dict[str, Any]] = {
        "person": {"agency": f"lead-{province[:2]}", "name": "某人", "duty": "lead", "phone": "000"},
        "platform": {"province": province, "name": "某平台", "mode": "platform"},
        "platform_milestone": {"province": province, "stage": "planned", "planned": dt.date(2026, 1, 1)},
        "quarterly_report": {"province": province, "quarter": "2026Q3", "state": "draft"},
        "duty": _duty("first_filing", province, province),
        "score": {
            "province": province,
            "quarter": "2026Q3",
            "formula": "trial",
            "edition": "试",
            "index_name": "在线率",
            "value": "0.9",
        },
    }
    for noun, row in rows.items():
        made.upsert(noun, [row], WHO)


def _duty(kind: str, subject: str, province: str) -> dict[str, Any]:
    row = {"key": f"{kind}:{subject}", "kind": kind, "subject": subject, "province": province}
    return {**row, "due_on": dt.date(2026, 1, 1), "clause": "试"}


def _add_of_unit(made: Registry, unit: str) -> None:
    day, province = dt.date(2026, 1, 1), listed(made, "unit", credit_code=unit)[0]["province"]
    rows: dict[str, dict[str, Any]] = {
        "access_end_milestone": {"unit": unit, "stage": "surveyed", "planned": day},
        "instrument": {"unit": unit, "number": "1", "type_code": "01", "level": 1, "accuracy_class": "0.5"},
        "waiver": {"unit": unit, "energy": "natural_gas", "grantor": "某委", "granted_on": day},
        "duty": {**_duty("access_end", f"{unit}/connected", province), "unit": unit},
        "inspection": {
            "key": f"inspected-{unit}",
            "unit": unit,
            "agency": "nim",
            "held_on": day,
            "basis": "试",
            "outcome": "conforming",
        },
        "rectification_order": {
            "number": f"order-{unit}",
            "unit": unit,
            "issued_by": "nim",
            "issued_on": day,
            "deadline": day,
            "grounds": "试",
        },
        "credit_entry": {
            "key": f"entry-{unit}",
            "unit": unit,
            "ground": "not_built",
            "candidate_on": day,
            "evidence": "试",
        },
    }
    for noun, row in rows.items():
        made.upsert(noun, [row], WHO)
    (link,) = (each for each in made.links() if str(each.region) == province)
    made.devices.enrol(NewDevice(link.key, CreditCode(unit)))
    made.waiting_rows.add_of_device(link, unit, NewFile(f"of-{unit}", 1, 1), [DayOfDevice(day, 1, 1)])


def _lies_within(reach: Reach, region: str | None, unit: str | None) -> bool:
    if reach.region is not None:
        return region is not None and reach.region.holds(RegionCode(region))
    return unit is not None and unit == str(reach.unit)


def _is_foreign(noun: str, row: Mapping[str, Any], reach: Reach, regions: Mapping[str, str]) -> bool:
    """Whether a row of the registry is neither everybody's nor of the reach's part of the country."""
    if noun == "region" or (noun == "agency" and row["province"] is None):
        return False
    if noun == "bulletin":
        return bool(row["state"] != "published")
    if noun in (*OF_THE_PROVINCE, "agency"):
        return True
    unit = row["credit_code"] if noun == "unit" else row["unit"]
    if noun == "coefficient" and unit is None:
        return False
    region = row.get("region") or (regions[unit] if unit else None)
    return not _lies_within(reach, region, unit)


@pytest.mark.parametrize("reach", [CITY, COUNTY, of_unit(0)], ids=str)
@pytest.mark.parametrize("noun", sorted(NOUNS))
def test_no_noun_of_the_registry_shows_what_is_anothers(registry: Registry, noun: str, reach: Reach) -> None:
    regions = {row["credit_code"]: row["region"] for row in listed(registry, "unit")}
    everything = listed(registry, noun)
    foreign = {row["id"] for row in everything if _is_foreign(noun, row, reach, regions)}
    assert everything
    assert foreign or noun == "region"
    seen = {row["id"] for row in listed(registry, noun, reach)}
    assert seen == {row["id"] for row in everything} - foreign


# ---- the ledger: its batches lie in a county, a city, a province, in several, or are one unit's ------------

STEEL, POWER = UNITS  # 970100 and 980100
PLACES = (
    ("one-unit", "970100", STEEL), ("county", "970101", None), ("neighbour", "970102", None),
    ("city", "970100", None), ("other-city", "970200", None), ("province", "970000", None),
    ("elsewhere", "980100", POWER), ("nation", None, None),
)  # fmt: skip
SEEN = {
    "970000": {"one-unit", "county", "neighbour", "city", "other-city", "province"},
    "970100": {"one-unit", "county", "neighbour", "city"},
    "970101": {"county"},
    STEEL: {"one-unit"},
    POWER: {"elsewhere"},
}


@pytest.fixture(scope="module")
def store() -> ReadingsStore:
    """A batch with a refused row and a verdict in each of the places."""
    opened = ReadingsStore(None, FakeDimensions(), StillClock())
    raw = pa.Table.from_pylist(
        [{"row": 9, "code": "future", "why": "not yet", "raw": "whose?"}], schema=REJECTIONS
    )
    for slot, (key, region, unit) in enumerate(PLACES):
        point = 2 if unit == POWER else 0
        at = dt.datetime(2026, 6, 1, slot, tzinfo=UTC)
        said = [Said(point, slot, Decimal(-1))]
        opened.commit(batch_of(said, key, at, suspects=[1], rejections=raw, region=region, unit=unit))
    return opened


def _reach(text: str) -> Reach:
    return of_region(text) if len(text) == 6 else Reach(unit=CreditCode(text))


@pytest.mark.parametrize("who", sorted(SEEN))
def test_batches_and_their_refused_rows_are_seen_where_all_of_them_lies(
    store: ReadingsStore, who: str
) -> None:
    batches = store.rows(Ask("batch", _reach(who))).table
    assert set(batches["key"].to_pylist()) == SEEN[who]
    refused = store.rows(Ask("rejection", _reach(who))).table
    assert set(refused["batch"].to_pylist()) == set(batches["id"].to_pylist())


@pytest.mark.parametrize(("who", "count"), [("970100", 7), ("970101", 0), (STEEL, 7), (POWER, 1)])
def test_verdicts_are_seen_where_their_unit_lies(store: ReadingsStore, who: str, count: int) -> None:
    assert store.rows(Ask("verdict", _reach(who))).table.num_rows == count


def test_no_noun_of_the_ledger_is_left_out_here() -> None:
    assert set(ledger.NOUNS) == {"batch", "rejection", "verdict"}
