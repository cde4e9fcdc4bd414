"""The law of the quick reader: whatever it reads, msgspec reads the same, to the last letter."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import MalformedBody
from provincial_adapters._nhjc04.alike import alike
from provincial_adapters._nhjc04.rows import Rows, Words, one_by_one

TEXTS = {
    "dataCode": "00-00-0000-023300-11", "dataValue": "1.50", "inputType": "4", "statType": "0",
    "statDate": "2026-11-22 00:00:00", "uploadDate": "2026-11-23 01:00:00", "scope": "1", "valid": "0",
}  # fmt: skip
BARE = {
    "dataValue": "1052.250",
    "inputType": "4",
    "statType": "0",
    "scope": "1",
    "valid": "true",
    "uploadDate": "7",
}
NEEDED = ("dataCode", "dataValue", "inputType", "statType", "statDate")
ODD = [
    '"}, {"', '"a},{b"', '"\\u0034"', '"\\""', '"煤"', '""', '" "', "null", "true", "-0", "-1", "01", "1e5", "1.", ".5",
    "-0.0", "[1]", "{}", "9" * 30, "12345678901234.10000000000000001", "4.0", '"\\\\"', '":"', '"\x7f"',
]  # fmt: skip


def spelt(words: Words) -> list[tuple[type, Any]]:
    return [(type(words.different[place]), words.different[place]) for place in words.places.tolist()]


def shown(rows: Rows) -> list[Any]:
    columns = (rows.data_code, rows.data_value, rows.stat_date, rows.upload_date)
    words = (rows.input_type, rows.stat_type, rows.scope, rows.valid)
    return [
        rows.numbers.tolist(), *(column.to_pylist() for column in columns), *map(spelt, words), dict(rows.odd)
    ]  # fmt: skip


def agree(data: bytes) -> bool:
    """Hold the quick reader to the other one; whether it read the rows at all."""
    quick = alike(data)
    if quick is None:
        return False
    rows, faults = one_by_one(data)
    assert faults == {}
    assert shown(quick) == shown(rows)
    return True


@st.composite
def messages(draw: st.DrawFn, odd: st.SearchStrategy[str] | None = None) -> bytes:
    """Rows written by one line of a program, as JSON texts; some cells are odd."""
    names = draw(
        st.permutations(
            [*NEEDED, *draw(st.sets(st.sampled_from(["uploadDate", "scope", "valid", "remark"])))]
        )
    )
    bare = draw(st.sets(st.sampled_from(sorted(BARE))))
    comma, colon, gap = draw(st.sampled_from([(",", ":", ""), (", ", ": ", " "), (" ,  ", " : ", "")]))
    lines = []
    for number in range(draw(st.integers(2, 6))):
        cells = {
            name: BARE[name] if name in bare else json.dumps(TEXTS.get(name, f"no {number}"))
            for name in names
        }
        if odd is not None and draw(st.booleans()):
            cells[draw(st.sampled_from(names))] = draw(odd)
        lines.append(
            "{" + gap + comma.join(f'"{name}"{colon}{cell}' for name, cell in cells.items()) + gap + "}"
        )
    return ("[" + gap + comma.join(lines) + gap + "]").encode()


CELLS = (
    st.sampled_from(ODD)
    | st.integers().map(str)
    | st.decimals(allow_nan=False, allow_infinity=False).map(str)
    | st.builds(json.dumps, st.text(max_size=9), ensure_ascii=st.booleans())
)
PIECES = ['"', "{", "}", "[", "]", ",", ":", "\\", " ", "\n", "1", "x", "", '","', "},{"]


@given(messages())
def test_rows_that_one_program_wrote_are_read_quickly_and_alike(data: bytes) -> None:
    assert agree(data)


@given(messages(CELLS))
def test_odd_cells_are_read_alike_or_left_to_the_other_reader(data: bytes) -> None:
    agree(data)


@given(messages(), st.integers(0, 10_000), st.sampled_from(PIECES), st.integers(0, 3))
def test_a_letter_put_in_or_taken_out_anywhere_is_never_overlooked(
    data: bytes, at: int, put: str, gone: int
) -> None:
    place = at % len(data)
    broken = data[:place] + put.encode() + data[place + gone :]
    try:
        one_by_one(broken)
    except MalformedBody:
        assert alike(broken) is None
    else:
        agree(broken)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b"[{}]", b'["a","b"]', b'[{"dataCode":"1"}]', b"[[]]", b"\xff", b'"' * 500]
)
def test_what_is_no_table_of_rows_is_left_to_the_other_reader(data: bytes) -> None:
    assert alike(data) is None


def test_a_field_that_comes_twice_is_left_to_the_other_reader() -> None:
    row = json.dumps(TEXTS)[:-1] + ', "dataValue": "2"}'
    assert alike(f"[{row}, {row}]".encode()) is None


@pytest.mark.parametrize(
    "end", ['"0":1}]', '"0"', '"0"}', '"0"}]]', '"0"}],', '"0"},]', '"0"}] x', ":1}]", '"0"}}]']
)
def test_a_last_row_that_ends_otherwise_is_left_to_the_other_reader(end: str) -> None:
    row = json.dumps(TEXTS)
    data = f"[{row}, {row[: -len('0') - 2 - 1]}{end}".encode()
    assert alike(data) is None
    bare = row.replace('"valid": "0"', '"valid": 0')
    assert alike(f"[{bare}, {bare[: -len(': 0}')]}}}]".encode()) is None
    assert alike(f"[{bare}, {bare}]".encode()) is not None
    assert alike(f"[{row}, {row}]".encode()) is not None


def test_a_body_of_nothing_but_quotes_takes_no_memory_to_speak_of() -> None:
    body = b'[{"' + b'"' * 8_000_000
    tracemalloc.start()
    assert alike(body) is None
    assert tracemalloc.get_traced_memory()[1] < 2 * len(body)
    tracemalloc.stop()
