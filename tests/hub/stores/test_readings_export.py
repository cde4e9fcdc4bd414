"""What Parquet files say is what the store says: every row, to the last digit, as of any batch."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from graph.errors import Conflict, InvalidInput, NotFound
from graph.model.period import Granularity, beijing_day
from graph.model.reading import Origin
from hub.stores.readings.database import Database
from hub.stores.readings.export import COLUMNS, DESCRIPTION, SCHEMA, Chosen, export
from tests.hub.stores.readings_fakes import POINTS, UNITS, Said, batch_of
from tests.hub.stores.readings_files import MOMENT, no_key, writer_of

SLOTS = 96 * 70  # three months of one point
EVERYTHING = "said(2147483646, '1990-01-01', '2100-01-01', 0, 9)"


@pytest.fixture
def database(tmp_path: Path) -> Any:
    """Three batches: quarter-hours over three months, corrections of some, and a few days."""
    opened = Database(tmp_path / "readings.duckdb", no_key)
    writer = writer_of(opened)
    said = [Said(n % 3, n // 3, Decimal(n) / 16 + 99_999_999, 1) for n in range(3 * SLOTS)]
    writer.commit(batch_of(said, "1", MOMENT))
    corrected = [Said(0, n, Decimal("-0.0001"), 2, Origin.MANUAL) for n in range(100, 200)]
    writer.commit(batch_of(corrected, "2", MOMENT))
    days = [Said(1, n, Decimal("12.5"), 1) for n in range(5)]
    writer.commit(batch_of(days, "3", MOMENT, Granularity.DAY, dt.timedelta(days=1)))
    yield opened
    opened.close()


def read(folder: Path) -> pa.Table:
    """All files of an export as anybody's tool reads them."""
    return ds.dataset(folder, format="parquet", exclude_invalid_files=True).to_table()


def told(folder: Path) -> dict[str, Any]:
    """What the description says."""
    found: dict[str, Any] = json.loads((folder / DESCRIPTION).read_text("utf-8"))
    return found


def of_store(database: Database, where: str = "true", said: str = EVERYTHING) -> tuple[int, Decimal]:
    """Rows and the exact sum, asked of the store itself."""
    with database.reading() as cursor:
        question = f"SELECT count(*), sum(value) FROM {said} WHERE {where}"  # noqa: S608 - words of the tests
        found = cursor.execute(question).fetchall()[0]
    return found[0], found[1]


def of_files(table: pa.Table) -> tuple[int, Decimal]:
    """The same of what was read back."""
    return table.num_rows, pc.sum(table["value"].cast(pa.decimal128(38, 4))).as_py()


def test_files_hold_what_the_store_holds_to_the_last_digit(database: Database, tmp_path: Path) -> None:
    done = export(database, tmp_path / "out", Chosen(), MOMENT)
    table = read(tmp_path / "out")
    assert of_files(table) == of_store(database)
    assert (done.batch, done.unknown) == (3, 0)
    assert sum(one.rows for one in done.files) == table.num_rows
    assert sum(one.total for one in done.files) == of_store(database)[1]
    rows = {
        (r["credit_code"], r["data_code"], r["granularity"], r["start"]): (
            r["value"],
            r["origin"],
            r["batch"],
            r["version"],
        )
        for r in table.to_pylist()
    }
    assert len(rows) == table.num_rows
    corrected = [value for value in rows.values() if value[1] == "manual"]
    assert {value[:3] for value in corrected} == {(Decimal("-0.0001"), "manual", 2)}
    assert {value[3] for value in corrected} == {dt.datetime(1970, 1, 1, 0, 0, 2, tzinfo=dt.UTC)}


def test_a_file_holds_one_granularity_and_one_beijing_month(database: Database, tmp_path: Path) -> None:
    done = export(database, tmp_path / "out", Chosen(), MOMENT)
    assert [one.file for one in done.files] == [
        "quarter_hour/2026-01.parquet", "quarter_hour/2026-02.parquet", "quarter_hour/2026-03.parquet",
        "day/2026-01.parquet",
    ]  # fmt: skip
    for one in done.files:
        file = pq.ParquetFile(tmp_path / "out" / one.file)
        table = file.read()
        assert table.schema.equals(SCHEMA)
        assert file.metadata.row_group(0).column(0).compression == "ZSTD"
        granularity, _, month = one.file.removesuffix(".parquet").partition("/")
        assert set(table["granularity"].to_pylist()) == {granularity}
        assert {f"{beijing_day(start):%Y-%m}" for start in table["start"].to_pylist()} == {month}
        assert table.equals(
            table.sort_by([(name, "ascending") for name in ("credit_code", "data_code", "start")])
        )


def test_the_description_tells_columns_in_both_languages_and_the_sum_of_each_file(
    database: Database, tmp_path: Path
) -> None:
    done = export(database, tmp_path / "out", Chosen(dt.date(2026, 1, 1)), MOMENT)
    found = told(tmp_path / "out")
    assert [column["name"] for column in found["columns"]] == [name for name, *_ in COLUMNS] == SCHEMA.names
    assert all(column["english"] and column["chinese"] for column in found["columns"])
    assert [Decimal(one["sum_of_values"]) for one in found["files"]] == [one.total for one in done.files]
    assert (found["batch"], found["head"], found["first_day"], found["last_day"]) == (
        3,
        done.head,
        "2026-01-01",
        None,
    )


def test_only_the_days_and_units_asked_for_are_written(database: Database, tmp_path: Path) -> None:
    first, last = dt.date(2026, 1, 31), dt.date(2026, 2, 1)
    export(database, tmp_path / "out", Chosen(first, last, units=[UNITS[0]]), MOMENT)
    table = read(tmp_path / "out")
    assert {beijing_day(start) for start in table["start"].to_pylist()} == {first, last}
    assert set(table["credit_code"].to_pylist()) == {UNITS[0]}
    assert of_files(table) == of_store(
        database, "unit_id = 1 AND beijing_day(start) IN ('2026-01-31', '2026-02-01')"
    )


def test_an_export_as_of_a_batch_says_what_was_said_then(database: Database, tmp_path: Path) -> None:
    done = export(database, tmp_path / "out", Chosen(as_of_batch=1), MOMENT)
    table = read(tmp_path / "out")
    assert (done.batch, table.num_rows) == (1, 3 * SLOTS)
    assert of_files(table) == of_store(database, said="said(1, '1990-01-01', '2100-01-01', 0, 9)")
    assert of_files(table) != of_store(database)


def test_an_export_as_of_a_batch_that_never_came_is_refused_and_writes_nothing(
    database: Database, tmp_path: Path
) -> None:
    with pytest.raises(NotFound, match="there is no batch 4: the ledger ends with batch 3"):
        export(database, tmp_path / "out", Chosen(as_of_batch=4), MOMENT)
    assert not (tmp_path / "out").exists()
    assert export(database, tmp_path / "out", Chosen(as_of_batch=3), MOMENT).batch == 3


def test_a_batch_that_comes_meanwhile_is_in_no_file(database: Database, tmp_path: Path) -> None:
    before = of_store(database)

    def correct(_step: str, done: int, total: int) -> None:
        said = [Said(0, n, Decimal(7), 10 + done) for n in range(SLOTS)]
        writer_of(database).commit(batch_of(said, f"meanwhile {done} of {total}", MOMENT))

    export(database, tmp_path / "out", Chosen(), MOMENT, correct)
    assert of_files(read(tmp_path / "out")) == before


def test_readings_of_points_the_registry_does_not_know_are_counted_and_not_forgotten(
    database: Database, tmp_path: Path
) -> None:
    with database.writing() as cursor:
        cursor.execute("DELETE FROM point_held WHERE point_id = 2")
    unknown = of_store(database, "point_id = 2")[0]
    done = export(database, tmp_path / "out", Chosen(), MOMENT)
    assert unknown > 0
    assert done.unknown == unknown == told(tmp_path / "out")["readings_without_a_known_point"]
    assert read(tmp_path / "out").num_rows == of_store(database)[0] - unknown
    assert len(POINTS) == 3


def test_a_folder_with_something_in_it_is_refused_and_left_alone(database: Database, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "older.parquet").write_bytes(b"older")
    with pytest.raises(Conflict, match="is not empty: name a new folder"):
        export(database, tmp_path / "out", Chosen(), MOMENT)
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["older.parquet"]


def test_what_is_not_there_is_named(database: Database, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="the registry knows no unit 91nothing, 92nothing"):
        export(database, tmp_path / "out", Chosen(units=["92nothing", UNITS[0], "91nothing"]), MOMENT)
    with pytest.raises(NotFound, match="no reading is in what was asked for"):
        export(database, tmp_path / "out", Chosen(dt.date(2030, 1, 1)), MOMENT)
    with pytest.raises(InvalidInput, match="2026-02-01 is after the last day 2026-01-01"):
        Chosen(dt.date(2026, 2, 1), dt.date(2026, 1, 1))
    assert not (tmp_path / "out").exists()


def test_a_store_without_a_batch_has_nothing_to_export(tmp_path: Path) -> None:
    empty = Database(tmp_path / "empty.duckdb", no_key)
    with pytest.raises(NotFound, match="there is no batch to export"):
        export(empty, tmp_path / "out", Chosen(), MOMENT)
    empty.close()
