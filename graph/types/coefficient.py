"""Coefficients (折标系数): what one native unit of a variety is worth in coal equivalent."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import Enum

import pyarrow as pa
import strawberry

from graph.execution.arguments import (
    among,
    conditions,
    credit_code,
    day,
    region_code,
    word_of,
    words,
)
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.context import Info
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.model.energy import VARIETIES
from graph.ports import Condition
from graph.types._enums import Basis, CoefficientSource


@strawberry.type(description="What one native unit of a variety is worth in coal equivalent (折标系数).")
class Coefficient:
    """A row of the noun coefficient."""

    variety: str = strawberry.field(description="Energy variety (能源品种), CCVVVV.")
    variety_name: str | None = strawberry.field(
        description="The variety's name in Chinese; null when the tables do not know it."
    )
    measure: str | None = strawberry.field(
        description="Native unit (计量单位): t, m3, kWh or GJ; null with the name."
    )
    basis: Basis = strawberry.field(description="Calorific or equivalent (当量、等价).")
    kgce: Decimal = strawberry.field(description="Kilograms of coal equivalent per native unit (千克标准煤).")
    edition: str = strawberry.field(description="Standard and edition, or measurement, it comes from (依据).")
    since: dt.date = strawberry.field(description="First day it holds.")
    until: dt.date | None = strawberry.field(description="First day it no longer holds; null while it does.")
    unit: str | None = strawberry.field(
        description="Credit code of the unit that measured it (实测); null for all other sources."
    )
    province: str | None = strawberry.field(
        description="Province of that unit, six digits; null for all other sources."
    )
    source: CoefficientSource = strawberry.field(
        description="Measured by the unit, of the energy dictionary, or of the standard: in this order one counts."
    )


def _with_variety(table: pa.Table, _: Info) -> pa.Table:
    known = [VARIETIES.get(code) for code in table.column("variety").to_pylist()]
    names = [variety.name if variety else None for variety in known]
    measures = [variety.unit.value if variety else None for variety in known]
    table = table.append_column("variety_name", pa.array(names, pa.string()))
    return table.append_column("measure", pa.array(measures, pa.string()))


NOUN = Noun(
    "coefficient",
    Coefficient,
    {
        "variety": words,
        "basis": words,
        "source": words,
        "edition": words,
        "since": day,
        "unit": credit_code,
    },
    order="variety",
    shape=_with_variety,
    nullable=frozenset({"unit"}),
)


@strawberry.enum(description="What coefficients can be ordered by.")
class CoefficientOrder(Enum):
    """Values are columns."""

    VARIETY = strawberry.enum_value("variety", description="By variety.")
    SINCE = strawberry.enum_value("since", description="By the first day they hold.")
    EDITION = strawberry.enum_value("edition", description="By edition.")


@strawberry.input(description="Which coefficients.")
class CoefficientFilter:
    """Conditions on the noun coefficient."""

    variety: list[str] | None = strawberry.field(description="Of any of these varieties, CCVVVV.")
    basis: list[Basis] | None = strawberry.field(description="Of any of these bases.")
    edition: list[str] | None = strawberry.field(description="From any of these editions.")
    unit: list[str] | None = strawberry.field(description="Measured by any of these units.")
    province: list[str] | None = strawberry.field(description="Measured by units of any of these provinces.")
    source: list[CoefficientSource] | None = strawberry.field(description="From any of these sources.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("variety", self.variety),
            among("basis", self.basis, word_of),
            among("edition", self.edition),
            among("unit", self.unit, credit_code),
            among("province", self.province, region_code),
            among("source", self.source, word_of),
        )


@strawberry.type(description="Root fields of coefficients.")
class CoefficientQuery:
    """Coefficients by list and by key."""

    coefficients: Connection[Coefficient] = listing(
        NOUN,
        CoefficientFilter,
        CoefficientOrder.VARIETY,
        "Coefficients of coal equivalent (折标系数), with the edition each comes from.",
    )

    coefficient: Coefficient | None = by_key(
        NOUN,
        "The coefficient of a variety that one source states from a day on (折标系数)",
        variety="Energy variety, CCVVVV.",
        basis="Calorific or equivalent (当量、等价).",
        source="Where it comes from (系数来源).",
        edition="Standard and edition, or measurement (依据).",
        since="First day it holds.",
        unit="Credit code of the unit that measured it; null for all other sources.",
    )


QUERY = CoefficientQuery
