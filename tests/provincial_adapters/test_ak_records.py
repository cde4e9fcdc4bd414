"""Records of many units become one table, in which each row is its own sender's and a bad one costs itself."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import TooLarge
from graph.model.credit_code import CreditCode
from graph.model.period import BEIJING
from graph.model.reading import ARRIVED_COLUMNS, REQUIRED_COLUMNS
from graph.model.region import RegionCode
from graph.model.sync_run import Link
from provincial_adapters._nhjc_ak.keys import Token
from provincial_adapters._nhjc_ak.messages import RECORD_BYTES_MAX
from provincial_adapters._nhjc_ak.notices import is_old
from provincial_adapters._nhjc_ak.quirks import settled
from provincial_adapters._nhjc_ak.records import Sent, arrived, kept, replayed, sent
from provincial_adapters._toolkit.devices import raw_rows

UNIT, OTHER = CreditCode("91970000MA00000013"), CreditCode("91990000MA0000002E")
LINK = Link("l", "nhjc_ak", RegionCode("970000"), "", quirks={"valid_means": "0"})
QUIRKS = settled(LINK)
RECORD = {
    "enterpriseCode": UNIT.text, "dataCode": "00-00-0000-023300-11", "dataValue": "12.50", "inputType": "4",
    "statType": "0", "statDate": "2026-11-22 00:15:00", "uploadDate": "2026-11-23 01:00:00", "scope": "1", "valid": "0",
    "convertRation": "0.1229", "regVersion": "1.0", "dicVersion": "7", "remark": "",
}  # fmt: skip


def record(unit: CreditCode = UNIT, **changes: Any) -> Sent:
    return sent(Token(unit, "link-97", 0), json.dumps({**RECORD, **changes}).encode())


def test_each_row_has_the_unit_of_its_token_and_its_number_in_the_group() -> None:
    group = [record(), record(OTHER, dataValue=7), record(dataCode="0000000001150011", statType=1)]
    found = arrived(group, QUIRKS)
    assert found.rejections.num_rows == 0
    assert set(REQUIRED_COLUMNS) <= set(found.table.column_names) <= set(ARRIVED_COLUMNS)
    rows = found.table.to_pylist()
    assert [row["row"] for row in rows] == [1, 2, 3]
    assert [row["unit"] for row in rows] == [UNIT.text, OTHER.text, UNIT.text]
    assert [row["value"] for row in rows] == ["12.50", "7", "12.50"]
    assert [row["granularity"] for row in rows] == ["quarter_hour", "quarter_hour", "day"]
    assert [row["data_code"] for row in rows] == ["0000000002330011"] * 2 + ["0000000001150011"]
    first = rows[0]
    assert first["start"] == dt.datetime(2026, 11, 22, 0, 15, tzinfo=BEIJING)
    assert first["version"] == dt.datetime(2026, 11, 23, 1, 0, tzinfo=BEIJING)
    assert (first["origin"], first["valid"], first["label"]) == ("instrument", True, "2026-11-22 00:15:00")


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        ({"statType": "9"}, "unknown-word", "statType: came '9', expected one of 0, 1, 2, 3"),
        ({"inputType": 8}, "unknown-word", "inputType: came 8"),
        ({"valid": "yes"}, "unknown-word", "valid: came 'yes'"),
        ({"scope": "5"}, "unknown-word", "scope: came '5'"),
        ({"scope": "1", "dataCode": "01-00-0000-023300-11"}, "scope-mismatch", "process (PP)"),
        ({"dataValue": None}, "malformed-row", "dataValue"),
        ({"dataValue": [1]}, "malformed-row", "dataValue"),
        ({"dataCode": 7}, "malformed-row", "dataCode"),
        ({"statDate": None}, "malformed-row", "statDate"),
    ],
)
def test_a_bad_record_is_named_and_the_others_stay(change: dict[str, Any], code: str, word: str) -> None:
    found = arrived([record(), record(OTHER, **change), record()], QUIRKS)
    assert found.table["row"].to_pylist() == [1, 3]
    (refused,) = found.rejections.to_pylist()
    assert (refused["row"], refused["code"]) == (2, code)
    assert word in refused["why"]
    assert RECORD["statDate"] in refused["raw"] or "statDate" in change


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"[" * 5_000, b'{"dataCode": "\xff"}', b"null"])
def test_what_is_no_record_is_a_refused_row_too(body: bytes) -> None:
    found = arrived([record(), sent(Token(OTHER, "link-97", 0), body)], QUIRKS)
    assert found.rows == 2
    assert found.rejections["code"].to_pylist() == ["malformed-row"]


@pytest.mark.parametrize("said", [1.0, 1, True, None, "", [1], {"a": 1}])
@pytest.mark.parametrize("field", ["regVersion", "dicVersion", "convertRation", "remark", "uploadDate"])
def test_a_field_that_only_informs_refuses_no_record(field: str, said: Any) -> None:
    each = record(**{field: said})
    assert arrived([each], QUIRKS).table.num_rows == 1
    assert each.record is not None
    if field == "dicVersion":
        assert is_old(each.record) == (said not in (None, "", [1], {"a": 1}))


def test_a_number_keeps_the_digits_it_was_written_with() -> None:
    body = json.dumps({**RECORD, "dataValue": "%"}).replace('"%"', "0.30000000000000004").encode()
    assert arrived([sent(Token(UNIT, "l", 0), body)], QUIRKS).table["value"].to_pylist() == [
        "0.30000000000000004"
    ]


def test_an_undeclared_polarity_says_nothing_and_a_missing_word_neither() -> None:
    silent = arrived([record(valid="whatever")], {**QUIRKS, "valid_means": None})
    assert silent.table["valid"].to_pylist() == [None]
    flags = arrived([record(valid=None), record(valid=1), record(scope=None), record(scope="")], QUIRKS)
    assert flags.table["valid"].to_pylist() == [None, False, True, True]


def test_a_label_that_is_no_moment_is_left_to_the_intake() -> None:
    found = arrived([record(statDate="yesterday"), record(uploadDate=5)], QUIRKS).table
    assert found["start"].is_null().to_pylist() == [True, False]
    assert found["label"].to_pylist()[0] == "yesterday"
    assert found["version"].is_null().to_pylist() == [False, True]


def test_a_record_of_absurd_length_is_none() -> None:
    with pytest.raises(TooLarge, match=str(RECORD_BYTES_MAX)):
        sent(Token(UNIT, "l", 0), b" " * (RECORD_BYTES_MAX + 1))


def test_labels_are_read_as_the_link_declares_and_half_hours_are_shared_out() -> None:
    moment = arrived(
        [record(statDate="2026-11-22 00:17:05")], {**QUIRKS, "labels": "containing"}
    ).table.to_pylist()
    assert moment[0]["start"] == dt.datetime(2026, 11, 22, 0, 15, tzinfo=BEIJING)
    assert moment[0]["relabelled"] == "labels = containing"
    halves = arrived(
        [record(OTHER), record(statDate="2026-11-22 00:30:00")], {**QUIRKS, "realtime_minutes": 30}
    )
    assert halves.rejections["code"].to_pylist() == ["off-grid"]
    assert halves.table["value"].to_pylist() == ["6.25", "6.25"]


@given(st.lists(st.sampled_from(["good", "statType", "nothing"]), max_size=30))
def test_good_and_bad_rows_are_always_as_many_as_came(kinds: list[str]) -> None:
    made = {"good": record(), "statType": record(statType="x"), "nothing": sent(Token(OTHER, "l", 0), b"{}")}
    found = arrived([made[kind] for kind in kinds], QUIRKS)
    assert found.rows == len(kinds)
    assert found.table["row"].to_pylist() == [n for n, kind in enumerate(kinds, 1) if kind == "good"]
    assert found.rejections["row"].to_pylist() == [n for n, kind in enumerate(kinds, 1) if kind != "good"]


def with_field(field: bytes) -> Sent:
    """A record with one more field, as bytes."""
    body = json.dumps({**RECORD, "token": "secret"}).encode().removesuffix(b"}")
    return sent(Token(UNIT, "link-97", 0), body + b", " + field + b"}")


@pytest.mark.parametrize("field", [b'"remark": "' + b"\xff" * 15_000 + b'"', b'"r\xffmark": "x"'])
def test_a_record_with_bytes_that_are_no_text_waits_and_is_read_again(field: bytes) -> None:
    each = with_field(field)
    again = replayed(LINK, raw_rows(UNIT, [kept(each), kept(record())]))
    assert again.arrived.table["value"].to_pylist() == ["12.50", "12.50"]
    assert again.arrived.rejections.num_rows == 0
    assert b"secret" not in kept(each)


@pytest.mark.parametrize("field", [b'"statType": "9"', b'"statDate": "2026-11', b'"token": "sec\xff'])
def test_a_refusal_shows_no_token(field: bytes) -> None:
    (refused,) = arrived([with_field(field)], QUIRKS).rejections.to_pylist()
    assert RECORD["dataCode"] in refused["raw"]
    assert "sec" not in refused["raw"].replace("uploadDate", "")
