"""What stands in the registry that an upsert's rows may refer to, read once an upsert."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from sqlalchemy import Connection, select

from graph.errors import InvalidInput
from graph.model.credit_code import CreditCode
from graph.model.principal import Reach
from graph.model.region import DivisionTree, Region, RegionCode
from hub.stores.registry.access_tables import T

KEY_OF = {"inspection": "key", "rectification_order": "number"}  # the column rows are referred to by
PARAMETERS_MAX = 5_000  # bound values of a statement: SQLite takes 32 766, PostgreSQL 65 535
VALUE = TypeVar("VALUE")


@dataclass(frozen=True)
class Place:
    """Where a row belongs, which decides who may read of its change."""

    province: str | None = None
    region: str | None = None
    unit: str | None = None

    def __str__(self) -> str:
        return self.region or self.province or "the nation"


def place_of(reach: Reach) -> Place:
    """Where what somebody does lies: where they reach."""
    unit = None if reach.unit is None else str(reach.unit)
    if reach.region is None:
        return Place(unit=unit)
    return Place(str(reach.region.province), str(reach.region), unit)


@dataclass(frozen=True)
class KnownUnit:
    """A unit that stands in the registry."""

    id: int
    province: str
    region: str


@dataclass
class Known:
    """What rows may refer to, read once an upsert; `wanted` gathers divisions a row names that are no rows yet.

    `referred` holds by noun and key the credit code of the unit that inspections and orders are of.
    """

    regions: set[str]
    units: Mapping[str, KnownUnit]
    agencies: Mapping[str, tuple[int, str | None]]
    tree: DivisionTree
    referred: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    wanted: dict[str, Region] = field(default_factory=dict)

    def unit(self, code: CreditCode) -> KnownUnit:
        """The unit of a credit code. Raises InvalidInput."""
        try:
            return self.units[str(code)]
        except KeyError as fault:
            raise InvalidInput(f"no unit with credit code {code} is registered", "unit") from fault

    def agency(self, key: str, province: str, column: str = "agency") -> None:
        """Raise InvalidInput unless an agency of this key is the nation's or this province's."""
        if key not in self.agencies or self.agencies[key][1] not in (None, province):
            raise InvalidInput(f"no agency of the nation or of {province} has the key {key}", column)

    def same_unit(self, noun: str, key: str | None, unit: CreditCode) -> None:
        """Raise InvalidInput unless the row a key names is of this unit; of another's nothing is told."""
        if key is not None and self.referred.get(noun, {}).get(key) != str(unit):
            raise InvalidInput(f"no {noun.replace('_', ' ')} of {unit} is called {key}", noun)

    def province(self, code: RegionCode, column: str = "province") -> str:
        """The code of the province a division lies in, which must be a row. Raises InvalidInput."""
        province = str(code.province)
        if province not in self.regions:
            raise InvalidInput(f"province {province} is no region of this registry", column)
        return province

    def division(self, code: RegionCode) -> str:
        """A division that is a row, or becomes one because the division tree knows it. Raises InvalidInput."""
        self.province(code, "region")
        if str(code) not in self.regions and code not in self.tree:
            raise InvalidInput(f"no division has the code {code}", "region")
        above = code.city
        for each in (code, above):
            if each is not None and str(each) not in self.regions and each in self.tree:
                self.wanted[str(each)] = self.tree[each]
        return str(code)


def load(
    connection: Connection,
    tree: DivisionTree,
    units: Collection[str] = (),
    *,
    more_regions: Collection[str] = (),
    referred: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> Known:
    """All regions and agencies, and these units; whose the rows of `referred` are, by noun and key.

    `more_regions` are about to become rows in the same upsert.
    """
    unit, agency = T["unit"].c, T["agency"].c
    found = {}
    for codes in in_chunks(sorted(units)):
        wanted = select(unit.credit_code, unit.id, unit.province, unit.region).where(
            unit.credit_code.in_(codes)
        )
        found.update({code: KnownUnit(*rest) for code, *rest in connection.execute(wanted)})
    agencies = connection.execute(select(agency.key, agency.id, agency.province))
    regions = set(connection.execute(select(T["region"].c.code)).scalars()) | set(more_regions)
    return Known(
        regions,
        found,
        {key: (number, province) for key, number, province in agencies},
        tree,
        {noun: _owners(connection, noun, keys) for noun, keys in referred.items()},
    )


def _owners(connection: Connection, noun: str, keys: Collection[str]) -> dict[str, str]:
    """The credit code of the unit that each of these rows is of."""
    key, unit = T[noun].c[KEY_OF[noun]], T["unit"]
    found: dict[str, str] = {}
    for some in in_chunks(sorted(keys)):
        wanted = select(key, unit.c.credit_code).select_from(T[noun].join(unit)).where(key.in_(some))
        found.update((name, code) for name, code in connection.execute(wanted))
    return found


def in_chunks(values: Sequence[VALUE], most: int = PARAMETERS_MAX) -> Iterator[Sequence[VALUE]]:
    """The values in pieces of so many at most, else in pieces that one statement can bind."""
    for start in range(0, len(values), most):
        yield values[start : start + most]
