"""Lists of the registry as they stood at a moment: the rows of now, taken back by what the audit says of changes since.

A row was then what the first change after that moment found, and was not there where that change brought it. What a row
shows of another noun's, as the tier of a milestone's unit, and whose it is to see, is told as of now.
"""

from __future__ import annotations

import datetime as dt

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, func, select

from graph.errors import InvalidInput
from graph.model.period import aware
from graph.ports import Ask, Compare, Condition, Page
from hub.stores.registry.audit import SEPARATOR
from hub.stores.registry.conditions import holds, within
from hub.stores.registry.entering import ENTERING
from hub.stores.registry.nouns import Noun, noun_called
from hub.stores.registry.rows import table_of
from hub.stores.registry.tables import T

# What an audit row says of these is the whole row, in words that JSON has: text, whole numbers, days, true and false.
TOLD = ("platform", "platform_milestone", "access_end_milestone", "unit")
FEW = 500  # rows whose changes are looked up by name; of more, all changes since are read


def page(connection: Connection, ask: Ask) -> Page:
    """The whole list as of `ask.as_of`. Raises InvalidInput for a noun whose past is not told, and as `rows.page` does."""
    table = _as_of(connection, ask)
    return Page(
        table, (), has_next=False, has_previous=False, total=table.num_rows if ask.want_total else None
    )


def counts(connection: Connection, ask: Ask, by: str, latest: str | None) -> pa.Table:
    """Rows as of `ask.as_of` by a column's values. Raises InvalidInput as `page` does."""
    noun = noun_called(ask.noun)
    shown = [noun.column(name).name for name in (by, *([latest] if latest else []))]
    wanted = [("id", "count"), *((name, "max") for name in shown[1:])]
    found = _as_of(connection, ask).group_by(by).aggregate(wanted).sort_by(by)
    return found.select([by, *("_".join(each) for each in wanted)]).rename_columns([by, "rows", *shown[1:]])


def _as_of(connection: Connection, ask: Ask) -> pa.Table:
    """The rows as they stood, in the order of their ids."""
    noun = noun_called(ask.noun)
    if noun.name not in TOLD or ask.as_of is None:
        raise InvalidInput(f"of the past only {', '.join(TOLD)} are told, not {noun.name}", "asOf")
    conditions = [holds(noun, each) for each in ask.where]  # a wrong one is refused, whenever it is applied
    fixed = [each for each, asked in zip(conditions, ask.where, strict=True) if _is_fixed(noun, asked.column)]
    listed = noun.all_rows.where(*within(noun.reach, ask.reach), *fixed).order_by(noun.columns["id"].source)
    now = table_of(noun, connection.execute(listed).all())
    table = _taken_back(noun, now, _changed_since(connection, noun, aware(ask.as_of), _subjects(noun, now)))
    for condition in ask.where:
        if not _is_fixed(noun, condition.column):
            table = table.filter(_mask(table, condition))
    return table


def _is_fixed(noun: Noun, name: str) -> bool:
    """Whether a column is as it ever was, or is told as of now."""
    key, source = ENTERING[noun.name].key, noun.column(name).source
    return name == "id" or name in key or not noun.table.columns.contains_column(source)


def _subjects(noun: Noun, rows: pa.Table) -> pa.ChunkedArray:
    """What the audit calls each of these rows."""
    return pc.binary_join_element_wise(*(rows.column(name) for name in ENTERING[noun.name].key), SEPARATOR)


def _changed_since(
    connection: Connection, noun: Noun, moment: dt.datetime, subjects: pa.ChunkedArray
) -> pa.Table:
    """What the first change after a moment found: the subject, whether a row stood there, and its columns that change."""
    audit = T["audit"].c
    earliest = select(func.min(audit.id)).where(audit.noun == noun.name, audit.at > moment)
    if len(subjects) <= FEW:
        earliest = earliest.where(audit.subject.in_(subjects.to_pylist()))
    found = select(audit.subject, audit.before).where(audit.id.in_(earliest.group_by(audit.subject)))
    rows = connection.execute(found).all()
    before = [orjson.loads(text or "{}") for _, text in rows]
    columns = {"subject": pa.array([subject for subject, _ in rows], pa.string())}
    columns["stood"] = pa.array([text is not None for _, text in rows], pa.bool_())
    for name, column in noun.columns.items():
        if not _is_fixed(noun, name):
            said = pa.array([row.get(name) for row in before], _JSON.get(column.arrow, column.arrow))
            columns[name] = said.cast(column.arrow)
    return pa.table(columns)


_JSON = {pa.date32(): pa.string()}  # as what JSON has a type


def _taken_back(noun: Noun, now: pa.Table, changed: pa.Table) -> pa.Table:
    """The rows of now with what they were before they changed, less those that were not there."""
    places = pc.index_in(_subjects(noun, now), value_set=changed.column("subject"))
    since = pc.is_valid(places)
    table = now
    for number, name in enumerate(now.column_names):
        if name in changed.column_names:
            was = changed.column(name).take(places)
            table = table.set_column(number, now.field(name), pc.if_else(since, was, now.column(name)))
    return table.filter(pc.fill_null(changed.column("stood").take(places), True))


def _mask(table: pa.Table, condition: Condition) -> pa.ChunkedArray:
    """Which rows a condition holds of, as `conditions.holds` says it in SQL."""
    column, value = table.column(condition.column), condition.value
    if condition.compare is Compare.IN:
        return pc.is_in(column, value_set=pa.array(value, column.type))
    if condition.compare is Compare.CONTAINS:
        return pc.match_substring(column, value, ignore_case=True)
    if value is None:
        return pc.is_null(column)
    return _COMPARE[condition.compare](column, pa.scalar(value, column.type))


_COMPARE = {Compare.EQ: pc.equal, Compare.GE: pc.greater_equal, Compare.LT: pc.less}
