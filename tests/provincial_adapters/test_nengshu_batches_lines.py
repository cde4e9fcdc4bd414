"""Whatever lines stand beside it in an NDJSON body, a good one is read, and each other one is refused by its place."""

from __future__ import annotations

import json
from itertools import product

import pytest

from provincial_adapters.nengshu_batches import NDJSON, decode

GOOD = json.dumps(
    {
        "unit": "91970100MA00000010", "data_code": "0000000002330011", "granularity": "day",
        "start": "2026-11-01T00:00:00+08:00", "value": "1.5",
    }
)  # fmt: skip
STRANGE = ("null", "[]", "}{", "{", "x}", "{x", '{"a":{}}', "\r", "7")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n"])
@pytest.mark.parametrize("before", [(), (GOOD,), (GOOD, GOOD)])
def test_a_good_line_is_read_beside_any_other(end: str, before: tuple[str, ...]) -> None:
    for strange in product((*STRANGE, GOOD), repeat=2):
        lines = [*before, *strange]
        found = decode(end.join(lines).encode() + b"\n", NDJSON)
        told = [line for line in lines if line.strip()]
        good = [place for place, line in enumerate(told, 1) if line == GOOD]
        assert found.table["row"].to_pylist() == good
        assert found.rejections["row"].to_pylist() == [n for n in range(1, len(told) + 1) if n not in good]
