"""The batch protocol: five formats, one table; what cannot be read is named and the rest is kept."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import time
from decimal import Decimal

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from graph.errors import MalformedBody, TooLarge
from graph.model.period import UTC
from graph.model.reading import EXCHANGED, Arrived
from provincial_adapters.nengshu_batches import ARROW, CSV, JSON, NDJSON, PARQUET, decode

START = dt.datetime(2026, 11, 1, tzinfo=UTC)
ROWS = [
    {
        "unit": "91970100MA00000010", "data_code": "0000000002330011", "granularity": "quarter_hour",
        "start": f"2026-11-01T08:{minute:02d}:00+08:00", "value": f"{minute}.25", "version": None, "origin": "instrument",
    }
    for minute in (0, 15, 30, 45)
]  # fmt: skip


def table() -> pa.Table:
    """The rows as another hub would stream them."""
    columns: dict[str, list[object]] = {name: [row[name] for row in ROWS] for name in ROWS[0]}
    columns["start"] = [dt.datetime.fromisoformat(str(text)) for text in columns["start"]]
    columns["value"] = [Decimal(str(text)) for text in columns["value"]]
    return pa.table(columns, schema=EXCHANGED)


def bodies() -> dict[str, bytes]:
    """The same four readings in every format."""
    arrow, parquet, csv = io.BytesIO(), io.BytesIO(), io.BytesIO()
    with pa.ipc.new_stream(arrow, EXCHANGED) as stream:
        stream.write_table(table())
    pq.write_table(table(), parquet)
    arrow_csv.write_csv(pa.Table.from_pylist(ROWS), csv)
    lines = [json.dumps({name: value for name, value in row.items() if value is not None}) for row in ROWS]
    return {
        ARROW: arrow.getvalue(), PARQUET: parquet.getvalue(), CSV: csv.getvalue(),
        NDJSON: "\n".join(lines).encode(), JSON: f"[{','.join(lines)}]".encode(),
    }  # fmt: skip


def values(came: Arrived) -> list[str]:
    """Values as text, whatever the column's type."""
    return [str(value) for value in came.table["value"].cast(pa.string()).to_pylist()]


@pytest.mark.parametrize("name", [ARROW, PARQUET, CSV, NDJSON, JSON])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_every_format_carries_the_same_readings(name: str, encoding: str) -> None:
    body = bodies()[name]
    came = decode(gzip.compress(body) if encoding == "gzip" else body, f"{name}; charset=utf-8", encoding)
    assert came.table["start"].to_pylist() == [START + dt.timedelta(minutes=15 * n) for n in range(4)]
    assert [Decimal(value) for value in values(came)] == [Decimal(f"{n}.25") for n in (0, 15, 30, 45)]
    assert came.table["row"].to_pylist() == [1, 2, 3, 4]
    assert came.rejections.num_rows == 0


def test_one_broken_line_costs_itself() -> None:
    lines = bodies()[NDJSON].split(b"\n")
    came = decode(b"\n".join([lines[0], b'{"unit": 5', *lines[1:]]), NDJSON)
    assert came.table["row"].to_pylist() == [1, 3, 4, 5]
    assert [(row["row"], row["code"]) for row in came.rejections.to_pylist()] == [(2, "malformed-row")]


def test_a_json_entry_without_a_field_has_nothing_there_for_the_intake_to_name() -> None:
    entry = {name: value for name, value in ROWS[0].items() if name not in ("data_code", "version")}
    came = decode(json.dumps([entry]).encode(), JSON)
    assert came.table["data_code"].to_pylist() == [None]


def test_a_csv_line_with_a_field_too_many_costs_itself() -> None:
    lines = bodies()[CSV].splitlines()
    came = decode(b"\n".join([*lines[:2], b"a,b", *lines[2:]]), CSV)
    assert came.table["row"].to_pylist() == [1, 3, 4, 5]
    assert came.rejections["row"].to_pylist() == [2]


def test_numbers_and_texts_may_mix() -> None:
    lines = [json.dumps({**ROWS[0], "value": value}) for value in (1, "2.5", 3.25)]
    assert values(decode("\n".join(lines).encode(), NDJSON)) == ["1", "2.5", "3.25"]


written = st.tuples(
    st.integers(-(10**18) + 1, 10**18 - 1), st.integers(0, 12), st.sampled_from(["number", "text"])
)


@pytest.mark.parametrize("name", [NDJSON, JSON])
@given(st.lists(written, min_size=1, max_size=4))
@example([(123_456_789_012_345_678, 4, "number")])
def test_every_digit_arrives_whether_written_as_a_number_or_as_text(
    name: str, numbers: list[tuple[int, int, str]]
) -> None:
    texts = [f"{Decimal(digits).scaleb(-places):f}" for digits, places, _ in numbers]
    entries = [
        json.dumps({**ROWS[0], "value": "here"}).replace('"here"', f'"{text}"' if kind == "text" else text)
        for text, (_, _, kind) in zip(texts, numbers, strict=True)
    ]
    body = "\n".join(entries) if name == NDJSON else f"[{','.join(entries)}]"
    assert [Decimal(value) for value in values(decode(body.encode(), name))] == [Decimal(t) for t in texts]


@pytest.mark.parametrize("key", ['"value": ', '"value"  :', r'"v\u0061lue": '])
def test_a_long_number_keeps_its_digits_however_its_key_is_written(key: str) -> None:
    line = json.dumps({**ROWS[0], "value": "here"}).replace('"value": "here"', f"{key}1.00000000000000001")
    assert values(decode(line.encode(), NDJSON)) == ["1.00000000000000001"]


def test_a_number_beyond_all_doubles_stays_what_was_written() -> None:
    line = json.dumps({**ROWS[0], "value": "here"}).replace('"here"', "1e400")
    assert values(decode(line.encode(), NDJSON)) == ["1e400"]


@pytest.mark.parametrize("value", ["true", "null", "[1]", '{"a": 1}'])
def test_a_value_that_is_neither_text_nor_number_costs_its_row(value: str) -> None:
    line = json.dumps({**ROWS[0], "value": "here"})
    came = decode("\n".join([line.replace('"here"', value), line.replace('"here"', "1.5")]).encode(), NDJSON)
    assert values(came)[-1] == "1.5"
    if value != "null":  # nothing at all is the intake's to name
        assert came.rejections["row"].to_pylist() == [1]
        assert came.table["row"].to_pylist() == [2]


@given(
    st.lists(st.sampled_from(["good", "malformed", "blank"]), min_size=1, max_size=40),
    st.sampled_from(["\n", "\r\n"]),
)
def test_rows_of_csv_are_counted_without_blank_lines(kinds: list[str], ends: str) -> None:
    header, line = bodies()[CSV].decode().splitlines()[:2]
    texts = {"good": line, "malformed": "a,b", "blank": ""}
    came = decode(ends.join([header, *(texts[kind] for kind in kinds), ""]).encode(), CSV)
    counted = list(enumerate((kind for kind in kinds if kind != "blank"), 1))
    assert came.table["row"].to_pylist() == [number for number, kind in counted if kind == "good"]
    assert came.rejections["row"].to_pylist() == [number for number, kind in counted if kind == "malformed"]


def test_rows_of_a_long_csv_keep_their_numbers_past_many_blocks_and_quickly() -> None:
    header, line = bodies()[CSV].decode().splitlines()[:2]
    lines = [line if number % 10_000 else "a,b\n" for number in range(1, 200_001)]
    body = "\n".join([header, *lines]).encode()
    began = time.perf_counter()
    came = decode(body, CSV)
    assert time.perf_counter() - began < 3  # 0.15 s alone on two cores; others use the machine too
    assert came.rejections["row"].to_pylist() == list(range(10_000, 200_001, 10_000))
    assert came.table["row"].to_pylist() == [n for n in range(1, 200_001) if n % 10_000]


def test_a_label_without_an_offset_is_no_label() -> None:
    came = decode(json.dumps([{**ROWS[0], "start": "2026-11-01T08:00:00"}]).encode(), JSON)
    assert came.table["start"].to_pylist() == [None]
    assert came.table["label"].to_pylist() == ["2026-11-01T08:00:00"]


@pytest.mark.parametrize("name", [ARROW, PARQUET])
def test_a_truncated_file_is_malformed(name: str) -> None:
    body = bodies()[name]
    with pytest.raises(MalformedBody, match="not a whole"):
        decode(body[: len(body) // 2], name)


@pytest.mark.parametrize(
    ("body", "name", "said"),
    [
        (b"", NDJSON, "empty"),
        (b"<html>", JSON, "JSON array"),
        (b"x", "text/html", "Content-Type"),
        (b"a,b\n1,2\n", CSV, "columns are missing"),
        (b"\xff\xfe\x00", CSV, "body"),
    ],
)
def test_a_body_that_is_none_says_what_was_expected(body: bytes, name: str, said: str) -> None:
    with pytest.raises(MalformedBody, match=said):
        decode(body, name)


def test_a_body_that_unpacks_beyond_the_bound_is_refused() -> None:
    with pytest.raises(TooLarge):
        decode(gzip.compress(b"0" * 10_000_000), CSV, "gzip", bytes_max=1_000_000)


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(MalformedBody, match="Content-Encoding"):
        decode(b"x", CSV, "br")


@pytest.mark.parametrize("line", [1, 2, 4])
def test_a_stray_quote_costs_its_own_line_and_swallows_no_other(line: int) -> None:
    lines = bodies()[CSV].replace(b'"', b"").splitlines()
    lines[line] = lines[line].replace(b"quarter_hour,", b'quarter_hour,"')
    came = decode(b"\n".join(lines), CSV)
    assert came.table["row"].to_pylist() == [1, 2, 3, 4]
    assert [start is None for start in came.table["start"].to_pylist()] == [n == line for n in range(1, 5)]
