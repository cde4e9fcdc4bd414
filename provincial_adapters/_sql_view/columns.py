"""The columns a view has now, each with what its type is to us: asked before every run, since views are altered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

import pyarrow as pa
from sqlalchemy import (
    ColumnClause,
    Connection,
    TableClause,
    column,
    func,
    inspect,
    literal,
    literal_column,
    quoted_name,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import DOMAIN, ENUM
from sqlalchemy.exc import CompileError, NoSuchTableError
from sqlalchemy.types import TypeEngine

from provincial_adapters._sql_view.place import ViewName

_LENGTH = re.compile(r"\s*\([^)]*\)")


class Kind(Enum):
    """What a type is to us, with an Arrow type that a mapping judges it by: what cannot be read is bytes."""

    TEXT = pa.string()
    INTEGER = pa.int64()
    DECIMAL = pa.decimal128(38, 4)
    FLOAT = pa.float64()
    DATE = pa.date32()
    LOCAL = pa.timestamp("us")
    ZONED = pa.timestamp("us", tz="UTC")
    OTHER = pa.binary()


@dataclass(frozen=True)
class ViewColumn:
    """A column with its type in the database's own words."""

    name: str
    kind: Kind
    said: str


POSTGRESQL = {
    "smallint": Kind.INTEGER, "integer": Kind.INTEGER, "bigint": Kind.INTEGER, "numeric": Kind.DECIMAL,
    "real": Kind.FLOAT, "float": Kind.FLOAT, "double precision": Kind.FLOAT,
    "text": Kind.TEXT, "varchar": Kind.TEXT, "char": Kind.TEXT, "citext": Kind.TEXT, "enum": Kind.TEXT,
    "date": Kind.DATE, "timestamp without time zone": Kind.LOCAL, "timestamp with time zone": Kind.ZONED,
}  # fmt: skip
MYSQL = {
    "tinyint": Kind.INTEGER, "smallint": Kind.INTEGER, "mediumint": Kind.INTEGER, "int": Kind.INTEGER,
    "bigint": Kind.INTEGER, "bigint unsigned": Kind.DECIMAL, "decimal": Kind.DECIMAL,
    "float": Kind.FLOAT, "double": Kind.FLOAT,
    "char": Kind.TEXT, "varchar": Kind.TEXT, "tinytext": Kind.TEXT, "text": Kind.TEXT, "mediumtext": Kind.TEXT,
    "longtext": Kind.TEXT, "enum": Kind.TEXT,
    "date": Kind.DATE, "datetime": Kind.LOCAL, "timestamp": Kind.ZONED,  # a TIMESTAMP is shown in the session's zone
}  # fmt: skip


def columns_of(connection: Connection, engine_name: str, view: ViewName) -> list[ViewColumn]:
    """The columns of a view in its order. Where none are shown the database says why, or none are given."""
    found = _LISTED[engine_name](connection, view)
    if not found:
        connection.execute(select(literal(1)).select_from(named(view)).limit(0))
    return found


def named(view: ViewName) -> TableClause:
    """A view as statements name it: both names quoted, whatever stands in them."""
    schema = None if view.schema is None else quoted_name(view.schema, quote=True)
    return table(quoted_name(view.name, quote=True), schema=schema)


def _postgresql(connection: Connection, view: ViewName) -> list[ViewColumn]:
    try:
        found = inspect(connection).get_columns(view.name, view.schema)
    except NoSuchTableError:
        return []
    return [_postgresql_column(entry["name"], entry["type"], connection) for entry in found]


def _postgresql_column(name: str, kind: TypeEngine[object], connection: Connection) -> ViewColumn:
    own = kind.data_type if isinstance(kind, DOMAIN) else kind
    try:
        said = own.compile(dialect=connection.dialect).lower()
    except CompileError:
        said = "a type of its own"
    word = "enum" if isinstance(own, ENUM) else _LENGTH.sub("", said)
    return ViewColumn(name, POSTGRESQL.get(word, Kind.OTHER), said)


def _mysql(connection: Connection, view: ViewName) -> list[ViewColumn]:
    """From the information schema: what else tells needs a right beyond reading the view."""
    told: list[ColumnClause[str]] = [column(name) for name in ("COLUMN_NAME", "DATA_TYPE", "COLUMN_TYPE")]
    schema: ColumnClause[str] = column("TABLE_SCHEMA")
    name: ColumnClause[str] = column("TABLE_NAME")
    asked = (
        select(*told)
        .select_from(table("COLUMNS", schema="information_schema"))
        .where(schema == (func.database() if view.schema is None else view.schema), name == view.name)
        .order_by(literal_column("ORDINAL_POSITION"))
    )
    return [_mysql_column(*map(_plain, row)) for row in connection.execute(asked)]


def _mysql_column(name: str, word: str, said: str) -> ViewColumn:
    unsigned = f"{word} unsigned" if word == "bigint" and "unsigned" in said else word
    return ViewColumn(name, MYSQL.get(unsigned, Kind.OTHER), said)


def _plain(said: str | bytes) -> str:
    """MySQL 8 gives some of these as bytes."""
    return said.decode() if isinstance(said, bytes) else said


_LISTED: Mapping[str, Callable[[Connection, ViewName], list[ViewColumn]]] = {
    "postgresql": _postgresql,
    "mysql": _mysql,
}
