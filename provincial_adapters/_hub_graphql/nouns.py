"""Which nouns a national hub asks of a provincial one, as GraphQL, and how a node becomes a row.

A field's word is turned by its column's converter; a word nobody knows is an error that names noun, row and field.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from graph.errors import InvalidInput, SourceMalformed
from graph.model.credit_code import CreditCode
from graph.model.data_code import DataCode
from graph.model.energy import Basis
from graph.model.instrument import MeteringLevel, PointState
from graph.model.period import Granularity
from graph.model.platform import PlatformMode, PlatformStage
from graph.model.progress import AccessEndStage
from graph.model.region import RegionCode
from graph.model.report import ReportState
from graph.model.unit import Tier

Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class Column:
    """A GraphQL field and the registry column it fills."""

    field: str
    name: str
    convert: Convert


@dataclass(frozen=True)
class Noun:
    """A connection of the provincial schema (`plural`) and the registry noun its nodes are rows of.

    `only_with` is a column without which a row is not the province's to tell.
    """

    name: str
    plural: str
    columns: tuple[Column, ...]
    only_with: str | None = None

    @property
    def query(self) -> str:
        """One page of it."""
        fields = " ".join(column.field for column in self.columns)
        page = f"{self.plural}(first:$first, after:$after)"
        return (
            f"query($first:Int!,$after:String){{ {page}"
            f"{{ nodes{{ {fields} }} pageInfo{{ hasNextPage endCursor }} }} }}"
        )

    def own(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows that are the province's to tell."""
        return rows if self.only_with is None else [row for row in rows if row[self.only_with] is not None]

    def row(self, node: Any, place: str, number: int) -> dict[str, Any]:
        """A node as a row. Raises SourceMalformed naming `place`, the node's number there, the field and what came."""
        if not isinstance(node, Mapping):
            why = f"{place}[{number}]: expected an object, came {node!r:.80}"
            raise SourceMalformed(why, place=place, row=number)
        return {column.name: _converted(column, node, place, number) for column in self.columns}


def _converted(column: Column, node: Mapping[str, Any], place: str, number: int) -> Any:
    try:
        return column.convert(node[column.field])
    except KeyError as fault:
        raise _malformed(column, place, number, "missing") from fault
    except (InvalidInput, InvalidOperation, TypeError, ValueError) as fault:
        came = f"{node[column.field]!r:.80}"
        raise _malformed(column, place, number, f"came {came}: {fault}") from fault


def _malformed(column: Column, place: str, number: int, why: str) -> SourceMalformed:
    told = f"{place}[{number}].{column.field}: {why}"
    return SourceMalformed(told, place=place, row=number, field=column.field)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("expected text")
    return value


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError("expected a whole number")
    return value


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("expected true or false")
    return value


def _optional(convert: Convert) -> Convert:
    return lambda value: None if value is None else convert(value)


def _word(words: type[StrEnum]) -> Convert:
    """An upper-case enumeration value as the registry's lower-case one."""
    return lambda value: words(_text(value).lower()).value


def _day(value: Any) -> dt.date:
    return dt.date.fromisoformat(_text(value))


def _decimal(value: Any) -> Decimal:
    return Decimal(_text(value))


def _credit_code(value: Any) -> str:
    return CreditCode.parse(_text(value)).text


def _data_code(value: Any) -> str:
    return DataCode.parse(_text(value)).digits


def _region(value: Any) -> str:
    return RegionCode(_text(value)).digits


def _level(value: Any) -> int:
    return int(MeteringLevel(_whole(value)))


_UNIT = Column("unit", "unit", _credit_code)
_PROVINCE = Column("province", "province", _region)
_MILESTONE = (Column("planned", "planned", _day), Column("actual", "actual", _optional(_day)))

# In this order, because points name instruments and everything names its unit or province.
NOUNS = (
    Noun(
        "unit",
        "units",
        (
            Column("creditCode", "credit_code", _credit_code),
            Column("name", "name", _text),
            Column("region", "region", _region),
            Column("industry", "industry", _text),
            Column("tier", "tier", _word(Tier)),
            Column("rosterBatch", "roster_batch", _whole),
        ),
    ),
    Noun(
        "instrument",
        "instruments",
        (
            _UNIT,
            Column("number", "number", _text),
            Column("typeCode", "type_code", _text),
            Column("level", "level", _level),
            Column("accuracyClass", "accuracy_class", _text),
            Column("calibratedOn", "calibrated_on", _optional(_day)),
            Column("calibrationUntil", "calibration_until", _optional(_day)),
        ),
    ),
    Noun(
        "data_point",
        "dataPoints",
        (
            _UNIT,
            Column("code", "code", _data_code),
            Column("granularity", "granularity", _word(Granularity)),
            Column("since", "since", _day),
            Column("until", "until", _optional(_day)),
            Column("low", "low", _optional(_decimal)),
            Column("high", "high", _optional(_decimal)),
            Column("instrument", "instrument", _optional(_text)),
            Column("state", "state", _word(PointState)),
            Column("measure", "measure", _optional(_text)),
        ),
    ),
    Noun(
        "coefficient",
        "coefficients",
        (
            Column("variety", "variety", _text),
            Column("basis", "basis", _word(Basis)),
            Column("kgce", "kgce", _decimal),
            Column("edition", "edition", _text),
            Column("since", "since", _day),
            Column("until", "until", _optional(_day)),
            Column("unit", "unit", _optional(_credit_code)),
        ),
        only_with="unit",  # what a unit measured itself; dictionary and standard are the nation's own
    ),
    Noun(
        "platform",
        "platforms",
        (
            _PROVINCE,
            Column("name", "name", _text),
            Column("mode", "mode", _word(PlatformMode)),
            Column("operationAssured", "operation_assured", _yes_or_no),
            Column("filedOn", "filed_on", _optional(_day)),
        ),
    ),
    Noun(
        "platform_milestone",
        "platformMilestones",
        (_PROVINCE, Column("stage", "stage", _word(PlatformStage)), *_MILESTONE),
    ),
    Noun(
        "access_end_milestone",
        "accessEndMilestones",
        (_UNIT, Column("stage", "stage", _word(AccessEndStage)), *_MILESTONE),
    ),
    Noun(
        "quarterly_report",
        "quarterlyReports",
        (
            _PROVINCE,
            Column("quarter", "quarter", _text),
            Column("state", "state", _word(ReportState)),
            Column("submittedOn", "submitted_on", _optional(_day)),
            Column("problems", "problems", _text),
            Column("suggestions", "suggestions", _text),
        ),
    ),
)
