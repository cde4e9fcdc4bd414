"""Coverage (覆盖情况) beside a list: how many of its rows lie in each province, and what is known to be amiss there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa
import strawberry

from graph.execution.context import Info, ask
from graph.execution.enumerations import CoverageState
from graph.execution.provinces import province_names
from graph.execution.scalars import Count
from graph.execution.ways import brought_at, sees_links, ways_of
from graph.model.coverage import Way, state_of_rows, why_rows_lack
from graph.model.region import RegionCode
from graph.ports import Ask, Condition

COVERAGE_COST = 1_000  # told to the guard: seven statements, one of them counts the whole list
_PLACES = frozenset({"province", "city", "region"})  # columns of division codes


@strawberry.type(description="What a list rests on in one province (覆盖情况).")
class ListCoverage:
    """A province's part in the whole list, whatever page of it is shown."""

    province: str = strawberry.field(description="Province, six digits.")
    name: str = strawberry.field(description="Its name.")
    state: CoverageState = strawberry.field(
        description="By its rows and by what is known to be amiss: WHOLE has rows and NOT_DUE has none, with nothing "
        "amiss; PARTIAL has rows and NOTHING has none, and `why` says what is."
    )
    rows: Count = strawberry.field(
        description="Rows of the whole list in the province within reach, filters applied (条数). Rows of no province, as "
        "what a client of the nation brought, count in none: totalCount may be more."
    )
    links: list[str] | None = strawberry.field(
        description="Keys of the links that bring its readings (数据来源), empty where there are none; null to who sees "
        "no links: a city or a unit."
    )
    brought_at: dt.datetime | None = strawberry.field(
        description="When the last run of these links that brought anything ended (最近同步); null when none did."
    )
    why: str | None = strawberry.field(
        description="Why rows may be missing, as far as the hub can tell; null where nothing is known to be amiss."
    )


class Counting(Protocol):
    """Who can count a list: of graph.ports.RowSource what coverage asks."""

    def counts(self, ask: Ask, by: str, latest: str | None = None, /) -> pa.Table:
        """How many rows the whole list has for each value of a column."""
        ...


@dataclass(frozen=True)
class Listed:
    """The whole list that a page is of: who keeps it, and what was asked, order and page left aside.

    Rows that lie in no province, being the nation's own, are not `in_provinces`.
    """

    source: Counting
    ask: Ask
    in_provinces: bool = True


async def list_coverage(info: Info, listed: Listed) -> list[ListCoverage]:
    """One row for each province within reach, by code; of those alone that the list's conditions name, if they do.

    None of a list whose rows lie in no province.
    """
    asked = provinces_named(listed.ask.where)
    if not listed.in_provinces or (asked is not None and not asked):
        return []
    names = await province_names(info, sorted(asked or ()))
    table = await ask(info, listed.source.counts, listed.ask, "province")
    counts = dict(zip(table.column("province").to_pylist(), table.column("rows").to_pylist(), strict=True))
    if not sees_links(info.context.principal.reach):
        return [_row(code, name, counts.get(code, 0), None, None) for code, name in names.items()]
    ways, brought = await ways_of(info, list(names)), await brought_at(info, list(names))
    return [
        _row(code, name, counts.get(code, 0), ways.get(code, []), brought.get(code))
        for code, name in names.items()
    ]


def provinces_named(where: Sequence[Condition]) -> frozenset[str] | None:
    """The provinces that conditions leave, where they name divisions; None where they name none."""
    named = [_provinces(condition) for condition in where if condition.column in _PLACES]
    return frozenset.intersection(*named) if named else None


def _provinces(condition: Condition) -> frozenset[str]:
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    return frozenset(str(RegionCode(str(value)).province) for value in values)


def _row(
    code: str, name: str, rows: int, ways: Sequence[Way] | None, brought: dt.datetime | None
) -> ListCoverage:
    why = why_rows_lack(rows, ways)
    return ListCoverage(
        province=code,
        name=name,
        state=state_of_rows(rows, why),
        rows=Count(rows),
        links=None if ways is None else [way.key for way in ways],
        brought_at=brought,
        why=why,
    )
