"""Bodies and rows as platforms write them: encodings, digits, odd rows, columns that drift, and too much of anything."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import SourceMalformed
from graph.model.drift import ColumnDrift, DriftKind
from graph.ports import RAW_ROW
from provincial_adapters._mapping.mapping import ColumnMapping
from provincial_adapters._mapping.selectors import Selector
from provincial_adapters._rest_json.answers import taken_apart
from provincial_adapters._rest_json.columns import lines_of
from tests.provincial_adapters.rest_stage import (
    AS_JSON,
    SIMPLE,
    SIMPLE_MAPPING,
    day_of,
    link,
    rows,
    said,
    saying_it,
    simple,
    values,
)

GAS = "0000000001150011"


async def test_a_mark_of_utf_8_and_an_encoding_the_link_declares_are_read() -> None:
    body = '{"rows": [{"t": "2026-11-19", "v": 1, "备注": "查"}]}'
    assert values(await day_of(lambda _: said(b"\xef\xbb\xbf" + body.encode()), simple())) == ["1"]
    declared = simple(encoding="gbk")
    wrong = {"Content-Type": "application/json; charset=utf-8"}
    assert values(await day_of(lambda _: said(body.encode("gb18030"), headers=wrong), declared)) == ["1"]
    with pytest.raises(SourceMalformed, match="is not gb18030"):
        await day_of(lambda _: said(b'{"rows": "\xff\xff"}'), declared)


async def test_a_platform_may_call_its_json_something_else() -> None:
    answer = httpx.Response(200, headers={"Content-Type": "text/plain"}, content=b'{"rows": []}')
    assert await day_of(lambda _: answer, simple(content_type="text/plain")) == []


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1.5", "1.5"), ('"1.5"', "1.5"), ("null", None), ("123456789012.123456789", "123456789012.123456789"),
        ("0.30000000000000004", "0.30000000000000004"), ("-7", "-7"), ("9007199254740993", "9007199254740993"),
        ("1E3", "1000.0"), ('"--"', "--"), ("true", "true"), ("1000000000000000000000", "1000000000000000000000"),
        ('{"a": 1}', None), ("0.0000001", "1e-07"),
    ],
)  # fmt: skip
async def test_a_number_keeps_its_digits_and_what_is_none_is_left_to_the_intake(
    written: str, read: str | None
) -> None:
    body = f'{{"rows": [{{"t": "2026-11-19", "v": {written}}}]}}'.encode()
    assert values(await day_of(lambda _: said(body), simple())) == [read]


async def test_numbers_and_texts_of_digits_may_be_mixed() -> None:
    mixed = await day_of(saying_it({"rows": rows(1, "2.50", None, 3.25)}), simple())
    assert values(mixed) == ["1", "2.5", None, "3.25"]
    odd = await day_of(saying_it({"rows": rows(1, "n/a", 3.25)}), simple())
    assert values(odd) == ["1", "n/a", "3.25"]


_DIGITS = st.from_regex(r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?", fullmatch=True)
_WRITTEN = (
    _DIGITS | _DIGITS.map(lambda text: f'"{text}"') | st.sampled_from(["null", '"--"', "true", "1e5", '""'])
)


@given(st.lists(_WRITTEN, min_size=1, max_size=6))
def test_whatever_is_mixed_in_a_column_each_value_is_what_was_written(written: list[str]) -> None:
    body = "[" + ",".join(f'{{"t": "2026-11-19", "v": {text}}}' for text in written) + "]"
    page = taken_apart(body.encode(), Selector.of_rows("$[*]"))
    lines = lines_of(page.groups or (), (), ColumnMapping.of_table(SIMPLE_MAPPING), "rows")
    assert lines.refused == ()
    for text, read in zip(written, lines.table["v"].to_pylist(), strict=True):
        if text in ("null", '"--"', "true", '""'):
            assert read == json.loads(text) or (text, read) == ("true", "true")
        else:
            assert Decimal(str(read)) == Decimal(text.strip('"'))


async def test_one_bad_row_costs_itself_and_is_named() -> None:
    body = (b'{"rows": [{"t": "2026-11-01", "v": 1}, null, {"t": "2026-11-02", "t": "2026-11-03", "v": 2}, [1],'
            b'\r\n {"t":\n"2026-11-04", "v": 1e400}, {"t": "2026-11-05", "v": 5}]}')  # fmt: skip
    (delivery,) = await day_of(lambda _: said(body), simple())
    assert [(row["row"], row["value"]) for row in delivery.arrived.table.to_pylist()] == [(1, "1"), (6, "5")]
    refused = delivery.arrived.rejections.to_pylist()
    assert [(row["row"], row["code"]) for row in refused] == [(n, "malformed-row") for n in (2, 3, 4, 5)]
    assert "keys stand twice: 't'" in refused[1]["why"]


async def test_a_column_that_is_new_missing_or_retyped_is_told_and_what_fits_flows() -> None:
    two = {**SIMPLE_MAPPING, "values": [*SIMPLE_MAPPING["values"], {"column": "$.g.v", "data_code": GAS}]}
    asked = link(SIMPLE, two)

    async def drift(*came: Any) -> tuple[tuple[ColumnDrift, ...], list[Any]]:
        found = await day_of(lambda _: said({"rows": list(came)}), asked)
        assert found[0].raw is not None
        assert found[0].raw[RAW_ROW].to_pylist() == list(range(1, len(came) + 1))
        return found[0].drift, values(found)

    fits = {"t": "2026-11-01", "v": 1, "g": {"v": 2}}
    assert await drift(fits) == ((), ["1", "2"])
    nested = await drift({**fits, "w": {"a": {"b": True}}})
    assert nested == ((ColumnDrift("$.w.a.b", DriftKind.NEW),), ["1", "2"])
    assert await drift({**fits, "w": "x"}) == ((ColumnDrift("w", DriftKind.NEW),), ["1", "2"])
    assert await drift({**fits, "g": {"v": 2, "u": 1}}) == (
        (ColumnDrift("$.g.u", DriftKind.NEW),),
        ["1", "2"],
    )
    renamed = await drift({"t": "2026-11-01", "v": 1, "g": {"value": 2}})
    assert renamed == (
        (ColumnDrift("$.g.v", DriftKind.MISSING), ColumnDrift("$.g.value", DriftKind.NEW, "int64")), ["1"]
    )  # fmt: skip
    told, came = await drift({**fits, "v": False})
    assert (told, came[1]) == ((ColumnDrift("v", DriftKind.RETYPED, "bool"),), "2")
    told, came = await drift({**fits, "v": {"a": 1}})
    assert told == (ColumnDrift("v", DriftKind.RETYPED, "struct<a: int64>"),)
    assert came == [None, "2"]


async def test_a_packed_answer_is_read_and_a_bomb_is_not() -> None:
    packed = {"Content-Encoding": "gzip"}

    def answer(body: bytes) -> httpx.Response:
        return httpx.Response(
            200, headers={**AS_JSON, **packed}, stream=httpx.ByteStream(gzip.compress(body))
        )

    assert values(await day_of(lambda _: answer(b'{"rows": [{"t": "2026-11-19", "v": 1}]}'), simple())) == [
        "1"
    ]
    with pytest.raises(SourceMalformed, match="unpacks to more than"):
        await day_of(lambda _: answer(b" " * 10_000_000), simple())


async def test_what_a_column_holds_in_one_row_and_not_in_another_is_refused_there_and_kept_as_it_came() -> (
    None
):
    (found,) = await day_of(saying_it({"rows": rows(1, {"a": 2}, 3, {"a": {"b": 4}})}), simple())
    assert values([found]) == ["1", '{"a": "2"}', "3", '{"a": {"b": "4"}}']
    assert found.raw is not None
    assert found.raw["v"].to_pylist()[0] == "1"


async def test_more_values_than_a_page_may_hold_are_not_taken_apart() -> None:
    with pytest.raises(SourceMalformed, match="more than 5000000 values"):
        await day_of(lambda _: said(b'{"rows": [' + b"1," * 5_000_001 + b"1]}"), simple())
    with pytest.raises(SourceMalformed, match="more than 5000 columns"):
        await day_of(saying_it({"rows": [{f"c{n}": n for n in range(5001)}]}), simple())
    with pytest.raises(SourceMalformed, match="bytes beside its rows"):
        await day_of(lambda _: said({"rows": [], "logo": "x" * 1_100_000}), simple())
