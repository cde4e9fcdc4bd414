"""Bodies of registry rows: every format says the same, what cannot be read is named, and nothing unpacks without a bound."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from graph.errors import MalformedBody, TooLarge
from provincial_adapters import nengshu_batches
from provincial_adapters._nengshu_batches import registry_rows
from provincial_adapters._nengshu_batches.registry_rows import ROWS_MAX, RegistryRows, decode_rows
from provincial_adapters.nengshu_batches import ARROW, CSV, JSON, NDJSON, PARQUET
from tests.bodies import arrow, empty_batches, parquet

MUCH = 2**28
ROWS: list[dict[str, Any]] = [{"a": "x", "b": None}, {"a": "键", "b": "2"}]


def decode(body: bytes, type_: str, encoding: str = "identity") -> RegistryRows:
    return decode_rows(body, f"{type_}; kind=unit", encoding, MUCH)


BODIES = {
    ARROW: arrow(pa.Table.from_pylist(ROWS)),
    PARQUET: parquet(pa.Table.from_pylist(ROWS)),
    NDJSON: "\n\n".join(map(json.dumps, ROWS)).encode(),
    JSON: json.dumps(ROWS, indent=1).encode(),
    CSV: 'a,b\r\nx,\r\n"键",2\r\n'.encode(),
}


@pytest.mark.parametrize("type_", BODIES)
def test_every_format_says_the_same_packed_or_not(type_: str) -> None:
    plain, packed = decode(BODIES[type_], type_), decode(gzip.compress(BODIES[type_]), type_, "gzip")
    assert plain == packed == RegistryRows(list(enumerate(ROWS, 1)), [])


def test_numbers_keep_every_digit_and_days_are_days() -> None:
    (_, row), *_ = decode(b'{"low": 0.10000000000000000055}', NDJSON).rows
    assert row == {"low": Decimal("0.10000000000000000055")}
    table = pa.table({"day": pa.array([dt.date(2026, 11, 1)]), "word": pa.array(["x"]).dictionary_encode()})
    assert decode(arrow(table), ARROW).rows == [(1, {"day": dt.date(2026, 11, 1), "word": "x"})]


@pytest.mark.parametrize(
    ("type_", "body", "bad"),
    [
        (NDJSON, b'{"a": 1}\nnull\n{"a"\n[]\n{"a": 5}', [2, 3, 4]),
        (JSON, b'[{"a": 1}, null, 3, [], {"a": 5}]', [2, 3, 4]),
        (CSV, b"a\n1\n1,2\n3,4,5\n6,7\n5\n", [2, 3, 4]),
    ],
)
def test_a_row_nobody_can_read_is_named_and_sinks_no_other(type_: str, body: bytes, bad: list[int]) -> None:
    found = decode(body, type_)
    assert [refused.row for refused in found.refused] == bad
    assert {refused.code for refused in found.refused} == {"malformed-row"}
    assert [number for number, _ in found.rows] == [1, 5]


@pytest.mark.parametrize(
    ("type_", "body"),
    [
        (JSON, b'{"a": 1}'),
        (JSON, b"\xff"),
        (CSV, b"\xff\xfe"),
        (CSV, b'a\n"open'),
        (CSV, b"a,a\n1,2\n"),
        (ARROW, BODIES[ARROW][:50]),
        (PARQUET, b"PAR1"),
        (NDJSON, b""),
        ("text/html", b"<html>"),
    ],
)
def test_a_body_nobody_can_read_is_malformed(type_: str, body: bytes) -> None:
    with pytest.raises(MalformedBody):
        decode(body, type_)


@pytest.mark.parametrize("made", [arrow, parquet])
@pytest.mark.parametrize("cell", [[1], {"a": 1}, b"x", dt.datetime(2026, 1, 1, tzinfo=dt.UTC)])
def test_what_is_nested_or_no_cell_of_a_registry_is_refused_whole(made: Any, cell: object) -> None:
    type_ = ARROW if made is arrow else PARQUET
    with pytest.raises(MalformedBody, match="a: expected text, numbers or dates, came"):
        decode(made(pa.table({"a": [cell]})), type_)


@pytest.mark.parametrize("made", [arrow, parquet])
def test_a_long_text_said_often_is_there_once(made: Any) -> None:
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int32()), pa.array(["x" * 1_000_000]))
    type_ = ARROW if made is arrow else PARQUET
    rows = decode(made(pa.table({"a": column})), type_).rows
    assert len({id(row["a"]) for _, row in rows}) == 1


@pytest.mark.parametrize("type_", [NDJSON, CSV, JSON])
def test_more_rows_than_one_batch_may_hold_are_too_large(type_: str) -> None:
    lines = {NDJSON: b"{}\n", CSV: b"1\n", JSON: b"{},"}
    body = lines[type_] * (ROWS_MAX + 2)
    with pytest.raises(TooLarge, match="at most 200000 in one batch"):
        decode(b"[" + body + b"{}]" if type_ == JSON else body, type_)


def test_more_rows_of_columns_than_one_batch_may_hold_are_too_large() -> None:
    table = pa.table({"a": pa.nulls(ROWS_MAX + 1)})
    for made, type_ in ((arrow, ARROW), (parquet, PARQUET)):
        with pytest.raises(TooLarge):
            decode(made(table), type_)


@pytest.mark.parametrize(
    ("module", "bound", "read"),
    [(registry_rows, "UNPACKED_BYTES_MAX", decode), (nengshu_batches, "BYTES_MAX", nengshu_batches.decode)],
)
def test_record_batches_without_rows_take_of_what_a_body_may_unpack_to(
    monkeypatch: pytest.MonkeyPatch, module: Any, bound: str, read: Any
) -> None:
    monkeypatch.setattr(module, bound, 100_000)
    read(empty_batches(20), ARROW)
    with pytest.raises(TooLarge, match="unpacks to"):
        read(empty_batches(30), ARROW)


def test_what_unpacks_to_more_than_was_allowed_is_too_large() -> None:
    with pytest.raises(TooLarge):
        decode_rows(gzip.compress(b" " * 2_000), NDJSON, "gzip", 1_000)
