"""An invented little nation in a registry: two provinces that exist nowhere, their cities, units and points."""

from __future__ import annotations

import atexit
import datetime as dt
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from sqlalchemy import Engine

from graph.model.credit_code import CreditCode
from graph.model.principal import NATION, Reach
from graph.model.region import RegionCode
from graph.ports import Ask, Compare, Condition
from hub.stores.registry.database import migrate, open_engine
from hub.stores.registry.registry import Registry
from tests.hub.members import add_client

NOON = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)
WHO = "tester"
PLACES = ("970101", "970100", "970000", "980200")
UNITS = 36
ELECTRICITY, GAS = "0000000002330011", "0000000001150011"


@dataclass
class StillClock:
    """A clock that stands at noon, Beijing time, until a test sets it."""

    moment: dt.datetime = NOON

    def now(self) -> dt.datetime:
        """The moment it stands at."""
        return self.moment


def empty_registry(folder: Path) -> Iterator[Registry]:
    """A migrated registry without a row, closed at the end."""
    registry = Registry(migrated(folder / "registry.db"), StillClock())
    yield registry
    registry.close()


def migrated(file: Path) -> Engine:
    """An engine over a file with the tables of the newest revision; where there is none, a copy of one is laid there."""
    if not file.exists():
        shutil.copy(_without_a_row(), file)
    return open_engine(f"sqlite:///{file}")


@cache
def _without_a_row() -> Path:
    """A migrated file, made once for each process."""
    folder = Path(mkdtemp(prefix="nengshu-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    engine = open_engine(f"sqlite:///{folder / 'registry.db'}")
    migrate(engine)
    engine.dispose()
    return folder / "registry.db"


def invented_registry(folder: Path) -> Iterator[Registry]:
    """A registry with two invented provinces and a city and a county in each."""
    for registry in empty_registry(folder):
        registry.upsert("region", [region(code) for code in REGIONS], WHO)
        yield registry


REGIONS = {"970000": "试省", "970100": "试市", "970101": "试县", "980000": "拟省", "980200": "拟市"}


def region(code: str) -> dict[str, Any]:
    """A region's row."""
    return {"code": code, "name": REGIONS[code], "short_name": REGIONS[code][0], "english": f"Trial {code}"}


def code_of(number: int) -> str:
    """The credit code of an invented unit."""
    return str(CreditCode.of_body(f"91970100MA{number:07d}"))


def unit(number: int, region: str = "970101", **more: Any) -> dict[str, Any]:
    """A unit's row."""
    row = {"credit_code": code_of(number), "name": f"试验单位{number}", "region": region}
    return {**row, "industry": "C311", "tier": "thousand", **more}


def point(number: int, code: str = ELECTRICITY, **more: Any) -> dict[str, Any]:
    """A data point's row."""
    return {"unit": code_of(number), "code": code, "granularity": "day", "since": "2026-01-01", **more}


def link(key: str = "trial", **more: Any) -> dict[str, Any]:
    """A link's row."""
    row = {"key": key, "dialect": "hub_graphql", "province": "970000", "address": "http://127.0.0.1:9"}
    return {**row, **more}


def fill(registry: Registry) -> None:
    """Units in all places, points with and without bounds, links, agencies, coefficients and a client."""
    units = [unit(n, PLACES[n % 4], name=f"单位{n % 7}", roster_batch=n % 3 + 1) for n in range(UNITS)]
    registry.upsert("unit", units, WHO)
    points = [
        point(
            n,
            code,
            low=None if n % 2 else Decimal(n % 5) / 4,
            until=None if n % 3 else dt.date(2027, 1, 1 + n % 4),
        )
        for n in range(UNITS)
        for code in ("0000000002330011", GAS, "0000000009000111")
    ]
    registry.upsert("data_point", points, WHO)
    registry.upsert("link", [link(), link("mimic", province="980000", enabled=False)], WHO)
    agencies = [{"key": "nim", "name": "国家计量院", "role": "nim"}]
    agencies += [
        {"key": f"lead-{code[:2]}", "name": "某委", "role": "lead", "province": code}
        for code in ("970000", "980000")
    ]
    registry.upsert("agency", agencies, WHO)
    coefficient = {
        "variety": "011500",
        "basis": "calorific",
        "kgce": "1.3",
        "edition": "试",
        "since": "2026-01-01",
    }
    owners = (None, code_of(0), code_of(3))
    registry.upsert("coefficient", [{**coefficient, "unit": owner} for owner in owners], WHO)
    add_client(registry, "trial-office", of_region("970000"))


def listed(registry: Registry, noun: str, reach: Reach = NATION, /, **equal: Any) -> list[dict[str, Any]]:
    """All rows of a noun with these values, in the order of their ids."""
    where = tuple(Condition(column, value, Compare.EQ) for column, value in equal.items())
    rows: list[dict[str, Any]] = registry.rows(Ask(noun, reach, where)).table.to_pylist()
    return rows


def audited(registry: Registry, noun: str) -> list[tuple[str, str, Any, Any]]:
    """Action, subject, before and after of a noun's audit rows."""
    rows = listed(registry, "audit", noun=noun)
    return [
        (row["action"], row["subject"], json.loads(row["before"] or "null"), json.loads(row["after"]))
        for row in rows
    ]


def of_region(code: str) -> Reach:
    """The reach of a region."""
    return Reach(region=RegionCode(code))


def of_unit(number: int) -> Reach:
    """The reach of an invented unit."""
    return Reach(unit=CreditCode(code_of(number)))
