"""Access ends (接入端) as a list: one row a unit, told by its milestones; there is no table of them.

Each stage's milestone is joined by its unique key, so that a page of few units reads the milestones of those few.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Date, FromClause, String, and_, bindparam, case, null, type_coerce

from graph.model.progress import AccessEndStage
from hub.stores.registry.tables import WORD_MAX, T

TODAY = "today"  # the name under which a statement is given the day
_UNIT, _MILESTONE = T["unit"], T["access_end_milestone"]
_STAGES: Mapping[AccessEndStage, FromClause] = {
    stage: _MILESTONE.alias(f"of_{stage.value}") for stage in AccessEndStage
}
_IN_ORDER = list(_STAGES.values())


def _joined() -> FromClause:
    source: FromClause = _UNIT
    for stage, milestone in _STAGES.items():
        own = and_(milestone.c.unit_id == _UNIT.c.id, milestone.c.stage == stage.value)
        source = source.outerjoin(milestone, own)
    return source


def _furthest(column: str) -> ColumnElement[Any]:
    """Of the last stage that was reached."""
    return case(*((_is_reached(milestone), milestone.c[column]) for milestone in reversed(_IN_ORDER)))


def _next(column: str) -> ColumnElement[Any]:
    """Of the first planned stage after that one; stages before it count as passed."""
    *others, last = enumerate(_IN_ORDER, 1)
    after = ((_is_reached(milestone), _first(_IN_ORDER[place:], column)) for place, milestone in others[::-1])
    return case((_is_reached(last[1]), null()), *after, else_=_first(_IN_ORDER, column))


def _is_reached(milestone: FromClause) -> ColumnElement[bool]:
    """Whether it was reached by today: a day after that was said ahead of time."""
    reached: ColumnElement[bool] = milestone.c.actual <= bindparam(TODAY, type_=Date())
    return reached


def _first(milestones: Sequence[FromClause], column: str) -> ColumnElement[Any]:
    """Of the first of these that is planned."""
    return case(*((milestone.c.id.is_not(None), milestone.c[column]) for milestone in milestones))


SOURCE = _joined()
_CONNECTED = _STAGES[AccessEndStage.CONNECTED].c
COLUMNS: Mapping[str, ColumnElement[Any]] = MappingProxyType(
    {
        "id": _UNIT.c.id,
        "unit": _UNIT.c.credit_code,
        "province": _UNIT.c.province,
        "tier": _UNIT.c.tier,
        "stage": type_coerce(_furthest("stage"), String(WORD_MAX)),
        "next_stage": type_coerce(_next("stage"), String(WORD_MAX)),
        "next_planned": type_coerce(_next("planned"), Date()),
        "connected_planned": _CONNECTED.planned,
        "connected_on": type_coerce(
            case((_is_reached(_STAGES[AccessEndStage.CONNECTED]), _CONNECTED.actual)), Date()
        ),
    }
)
