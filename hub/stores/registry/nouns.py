"""What a noun's list shows: which columns of which tables, and which of them decide who may see a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeAlias

import pyarrow as pa
from sqlalchemy import ColumnElement, FromClause, Select, Table, func, select, true

from graph.errors import InvalidInput
from graph.model.bulletin import BulletinState
from graph.model.sync_run import Breaker
from hub.stores.registry import access_ends, device_lists, link_waiting
from hub.stores.registry.access_tables import T
from hub.stores.registry.columns import arrow_type, is_long_text


@dataclass(frozen=True)
class Shown:
    """One column of a list: where it comes from and as what it travels."""

    name: str
    source: ColumnElement[Any]
    nullable: bool
    arrow: pa.DataType

    @property
    def is_orderable(self) -> bool:
        """Prose and JSON order nothing, and a cursor would have to carry them."""
        return not is_long_text(self.source.type)


@dataclass(frozen=True)
class ReachColumns:
    """Which columns say where a row belongs; `public` is the rows that everybody may see."""

    province: ColumnElement[Any] | None = None
    region: ColumnElement[Any] | None = None
    unit: ColumnElement[Any] | None = None
    public: ColumnElement[bool] | None = None


@dataclass(frozen=True)
class Noun:
    """A list of rows: `source` is its tables joined, `columns` what is shown of them."""

    name: str
    table: Table
    source: FromClause
    columns: Mapping[str, Shown]
    reach: ReachColumns = field(default_factory=ReachColumns)

    @cached_property
    def all_rows(self) -> Select[Any]:
        """All rows, with the columns under their names; made once, which takes as long as to find some of them."""
        return select(*(c.source.label(c.name) for c in self.columns.values())).select_from(self.source)

    @cached_property
    def is_of_today(self) -> bool:
        """Whether its rows speak of what was reached by today, and so change without being written."""
        return access_ends.TODAY in self.all_rows.compile().params

    def column(self, name: str) -> Shown:
        """A column by its name. Raises InvalidInput."""
        try:
            return self.columns[name]
        except KeyError as fault:
            known = ", ".join(self.columns)
            raise InvalidInput(
                f"a {self.name} has no column {name[:64]!r}, only {known}", "column"
            ) from fault


_UNIT, _LINK, _AGENCY, _AUDIT = (T[name].c for name in ("unit", "link", "agency", "audit"))
_HIDDEN = {"agency_id", "link_id"}  # numbers that mean nothing outside
_OF_UNIT = ReachColumns(_UNIT.province, _UNIT.region, _UNIT.credit_code)
_THROUGH_UNIT = {"unit": _UNIT.credit_code, "province": _UNIT.province}


def _noun(
    name: str,
    reach: ReachColumns,
    through: str | None = None,
    more: Mapping[str, ColumnElement[Any]] | None = None,
    *,
    outer: bool = False,
    instead: Mapping[str, ColumnElement[Any]] = MappingProxyType({}),
) -> Noun:
    """A noun of the table of its name, with every column of it but the hidden ones, and `more` of joined tables.

    Of some columns something else is shown `instead`, which is null no more than they are.
    """
    table = T[name]
    source = table if through is None else table.join(T[through], isouter=outer)
    own = {c.name: c for c in table.columns if c.name not in _HIDDEN}
    if name not in ("unit", "data_point"):
        own.pop("unit_id", None)
    shown = [_shown(key, column, outer=False) for key, column in own.items()]
    shown = [replace(each, source=instead.get(each.name, each.source)) for each in shown]
    shown += [_shown(key, column, outer=outer) for key, column in (more or {}).items()]
    return Noun(name, table, source, MappingProxyType({c.name: c for c in shown}), reach)


def _of_source(
    name: str,
    table: Table,
    source: FromClause,
    columns: Mapping[str, ColumnElement[Any]],
    reach: ReachColumns,
) -> Noun:
    """A noun without a table of its own; `table` has the row that each of its rows is about."""
    own = set(table.columns)
    shown = {key: _shown(key, column, outer=column not in own) for key, column in columns.items()}
    return Noun(name, table, source, MappingProxyType(shown), reach)


def _shown(name: str, source: ColumnElement[Any], *, outer: bool) -> Shown:
    nullable = outer or bool(getattr(source, "nullable", True))
    return Shown(name, source, nullable, pa.int64() if name == "id" else arrow_type(source.type))


def _of_organisation(name: str) -> Noun:
    """Who acts for an organisation. Where they reach no less far than it does, they lie where it does."""
    own, of = T[name].c, T["organisation"].c
    its_unit = T["unit"].c.id == func.coalesce(own.unit_id, of.unit_id)
    source = T[name].join(T["organisation"]).join(T["unit"], its_unit, isouter=True)
    province = func.coalesce(own.province, of.province)
    region = func.coalesce(own.region, _UNIT.region, of.region)
    columns = {
        "id": own.id,
        "key": own.key,
        "organisation": of.key,
        "organisation_name": of.name,
        "kind": of.kind,
        "roles": own.roles,
        "region": region,
        "province": province,
        "unit": _UNIT.credit_code,
        **{column: own[column] for column in ("created_at", "revoked_at", "expires_at")},
    }
    columns |= {"proves": own.proves} if name == "client" else {"name": own.name}
    return _of_source(name, T[name], source, columns, ReachColumns(province, region, _UNIT.credit_code))


def _in_province(name: str) -> ReachColumns:
    return ReachColumns(T[name].c.province)


_OF_LINK = {"link": _LINK.key, "province": _LINK.province}
_NOTED_OF_LINKS = ("column_drift", "quarantined", "reconciliation", "difference")
_STATE = T["link_state"].c
_LINK_STATE = {
    **{name: _STATE[name] for name in ("due_at", "holder", "breaker_since", "breaker_until")},
    "failures": func.coalesce(_STATE.failures, 0),
    "breaker": func.coalesce(_STATE.breaker, Breaker.CLOSED.value),
    **{name: _STATE[name] for name in ("last_success_at", "newest")},
}
_COEFFICIENT, _DUTY = (T[name].c for name in ("coefficient", "duty"))

_DUTY_PROVINCE = func.coalesce(_UNIT.province, _DUTY.province)  # a unit that moves takes what it owes along

_ALL = (
    _noun("region", ReachColumns(public=true())),
    _noun("agency", ReachColumns(_AGENCY.province, public=_AGENCY.province.is_(None))),
    _noun(
        "person",
        ReachColumns(_AGENCY.province),
        "agency",
        {"agency": _AGENCY.key, "province": _AGENCY.province},
    ),
    _noun("platform", _in_province("platform")),
    _noun("platform_milestone", _in_province("platform_milestone")),
    _noun("unit", _OF_UNIT),
    _of_source("access_end", T["unit"], access_ends.SOURCE, access_ends.COLUMNS, _OF_UNIT),
    _noun("access_end_milestone", _OF_UNIT, "unit", {**_THROUGH_UNIT, "tier": _UNIT.tier}),
    _noun("instrument", _OF_UNIT, "unit", _THROUGH_UNIT),
    _noun("data_point", _OF_UNIT, "unit", _THROUGH_UNIT),
    _of_source("access_device", *device_lists.DEVICES, _OF_UNIT),
    _of_source("device_day", *device_lists.DAYS, _OF_UNIT),
    _noun("link", _in_province("link"), "link_state", {**_LINK_STATE, **link_waiting.COLUMNS}, outer=True),
    *(_noun(name, _in_province("link"), "link", _OF_LINK) for name in _NOTED_OF_LINKS),
    _noun("sync_run", _in_province("link"), "link", _OF_LINK),
    _noun(
        "coefficient",
        ReachColumns(_UNIT.province, _UNIT.region, _UNIT.credit_code, _COEFFICIENT.unit_id.is_(None)),
        "unit",
        _THROUGH_UNIT,
        outer=True,
    ),
    _noun("waiver", _OF_UNIT, "unit", _THROUGH_UNIT),
    _noun("quarterly_report", _in_province("quarterly_report")),
    _noun(
        "duty",
        ReachColumns(_DUTY_PROVINCE, _UNIT.region, _UNIT.credit_code),
        "unit",
        {"unit": _UNIT.credit_code},
        outer=True,
        instead={"province": _DUTY_PROVINCE},
    ),
    _noun("inspection", _OF_UNIT, "unit", _THROUGH_UNIT),
    _noun("rectification_order", _OF_UNIT, "unit", _THROUGH_UNIT),
    _noun("credit_entry", _OF_UNIT, "unit", _THROUGH_UNIT),
    _noun("score", _in_province("score")),
    _noun("bulletin", ReachColumns(public=T["bulletin"].c.state == BulletinState.PUBLISHED.value)),
    _noun(
        "organisation",
        ReachColumns(
            T["organisation"].c.province,
            func.coalesce(T["organisation"].c.region, _UNIT.region),
            _UNIT.credit_code,
        ),
        "unit",
        {"unit": _UNIT.credit_code},
        outer=True,
    ),
    _of_organisation("client"),
    _of_organisation("account"),
    _noun("audit", ReachColumns(_AUDIT.province, _AUDIT.region, _AUDIT.unit)),
)

Nouns: TypeAlias = Mapping[str, Noun]
NOUNS: Nouns = MappingProxyType({noun.name: noun for noun in _ALL})


def noun_called(name: str, nouns: Nouns = NOUNS) -> Noun:
    """One of these nouns by its name. Raises InvalidInput."""
    try:
        return nouns[name]
    except KeyError as fault:
        raise InvalidInput(f"came {name[:64]!r}, expected one of {', '.join(nouns)}", "noun") from fault
