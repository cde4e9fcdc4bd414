"""NHJC-04's rows as columns: both written forms, polarity by the link, a bad row on its own."""

from __future__ import annotations

import datetime as dt
import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import ConfigurationError, MalformedBody
from graph.model.period import BEIJING
from graph.model.reading import Arrived, Origin
from provincial_adapters.nhjc04 import DIALECT, arrived
from tests.provincial_adapters.nhjc04_stage import RECORDED, UNIT

ROW: dict[str, Any] = {
    "dataCode": "00-00-0000-023300-11",
    "dataValue": "1.5",
    "inputType": "4",
    "statType": "0",
    "statDate": "2026-11-22 00:00:00",
    "uploadDate": "2026-11-23 01:00:00",
    "scope": "1",
    "valid": "0",
}


def read(*rows: Any, **quirks: Any) -> Arrived:
    return arrived(json.dumps(rows).encode(), UNIT, DIALECT.settled(quirks))


def row(**changes: Any) -> dict[str, Any]:
    return {**ROW, **changes}


def beijing(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=BEIJING)  # type: ignore[arg-type, misc] # year, month, day and so on


def test_a_recorded_upload_becomes_columns() -> None:
    data = json.dumps(json.loads((RECORDED / "nhjc04_data.json").read_text())["data"]).encode()
    found = arrived(data, UNIT, DIALECT.settled({"valid_means": "0"}))
    assert found.rejections.num_rows == 0
    columns = found.table.to_pydict()
    assert columns["row"] == [1, 2, 3, 4, 5]
    assert set(columns["unit"]) == {UNIT.text}
    assert columns["data_code"] == ["0000000002330011"] * 4 + ["0100000002110011"]
    assert columns["granularity"] == ["quarter_hour", "quarter_hour", "day", "month", "year"]
    assert columns["start"] == [
        beijing(2026, 11, 22),
        beijing(2026, 11, 22, 0, 15),
        beijing(2026, 11, 22),
        beijing(2026, 10, 1),
        beijing(2025, 1, 1),
    ]
    assert columns["value"] == ["1052.25", "1048.5", "100987.3", "3010987.3", "7"]
    assert columns["version"] == [beijing(2026, 11, 23, 1, 15, 30)] * 4 + [None]
    assert columns["origin"] == ["instrument", "instrument", "instrument", "manual", "dcs"]
    assert columns["valid"] == [True, True, False, None, None]
    assert columns["label"][0] == "2026-11-22 00:00:00"


@given(st.integers(1, 7), st.booleans())
def test_every_input_type_is_an_origin_as_number_or_text(number: int, as_text: bool) -> None:
    found = read(row(inputType=str(number) if as_text else number))
    assert found.table["origin"].to_pylist() == [Origin.of_number(number).value]


POLARITIES = ["0", "1", "true", "false", 0, 1, True, False]


@given(st.sampled_from(POLARITIES), st.sampled_from(["0", "1", "true", "false"]))
def test_what_valid_means_is_the_links_to_say(means: Any, word: str) -> None:
    said = str(means).lower()
    found = read(row(valid=word), valid_means=means)
    same_alphabet = word.isdigit() == said.isdigit()
    if same_alphabet:
        assert found.table["valid"].to_pylist() == [word == said]
    else:
        assert found.rejections["code"].to_pylist() == ["unknown-word"]


@given(st.sampled_from(["0", 0, "1", 1, True, False, "true", None, "whatever", 7]))
def test_without_a_declared_polarity_the_flag_says_nothing(word: Any) -> None:
    found = read(row(valid=word))
    assert found.table["valid"].to_pylist() == [None]


def test_a_flag_in_json_and_in_text_is_the_same_word() -> None:
    found = read(row(valid=True), row(valid="TRUE"), row(valid=False), row(valid=None), valid_means="true")
    assert found.table["valid"].to_pylist() == [True, True, False, None]


def test_a_realtime_period_is_as_long_as_the_link_says() -> None:
    assert read(row()).table["granularity"].to_pylist() == ["quarter_hour"]
    assert read(row(), realtime_minutes=60).table["granularity"].to_pylist() == ["hour"]


@pytest.mark.parametrize(
    "quirks",
    [{"realtime_minutes": 20}, {"realtime_minutes": "15"}, {"realtime_minutes": True}, {"valid_means": "2"}],
)
def test_a_quirk_with_an_unknown_word_is_a_configuration_error(quirks: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        DIALECT.check(quirks)


@pytest.mark.parametrize(
    ("wrong", "code", "why"),
    [
        (row(statType="9"), "unknown-word", "statType: came '9', expected one of 0, 1, 2, 3"),
        (row(inputType=8), "unknown-word", "inputType: came 8"),
        (row(scope="7"), "unknown-word", "scope: came '7'"),
        (row(dataValue=None), "malformed-row", "dataValue: expected text or a number, came None"),
        (row(dataValue=[1]), "malformed-row", "dataValue"),
        (row(dataValue=True), "malformed-row", "dataValue"),
        (row(dataCode=7), "malformed-row", "dataCode"),
        (row(statDate=None), "malformed-row", "statDate"),
        (row(statType=True), "malformed-row", "statType"),
        ({"dataValue": "1"}, "malformed-row", "dataCode"),
        ("no row", "malformed-row", "Expected `object`"),
        (row(dataCode="01-00-0000-021100-11"), "scope-mismatch", "process (PP): must be 00 at scope 1"),
        (row(dataCode="01-02-0000-021100-11", scope=2), "scope-mismatch", "process unit (UU)"),
        (row(dataCode="00-00-0000-021100-11", scope=2), "scope-mismatch", "00 is the whole plant"),
    ],
)
def test_a_bad_row_is_refused_by_its_number_and_the_others_are_kept(wrong: Any, code: str, why: str) -> None:
    found = read(row(), wrong, row(dataValue="2"))
    assert found.table["row"].to_pylist() == [1, 3]
    assert found.table["value"].to_pylist() == ["1.5", "2"]
    (refused,) = found.rejections.to_pylist()
    assert (refused["row"], refused["code"]) == (2, code)
    assert why in refused["why"]
    assert refused["raw"]


def test_a_malformed_code_is_left_for_the_intake_to_name() -> None:
    found = read(row(dataCode="00-00-0000023400-80"))
    assert found.table["data_code"].to_pylist() == ["00-00-0000023400-80"]


@pytest.mark.parametrize(
    "label", ["2026-11-22 24:00:00", "2026-11-22", "22/11/2026 00:00", "", "2026-02-30 00:00:00"]
)
def test_a_label_that_cannot_be_read_is_null_with_its_text(label: str) -> None:
    found = read(row(statDate=label))
    assert found.table["start"].to_pylist() == [None]
    assert found.table["label"].to_pylist() == [label]


def test_a_number_keeps_the_digits_it_was_written_with() -> None:
    body = json.dumps([row(dataValue="@")]).replace('"@"', "12345678901234.10000000000000001").encode()
    found = arrived(body, UNIT, DIALECT.settled({}))
    assert found.table["value"].to_pylist() == ["12345678901234.10000000000000001"]


@pytest.mark.parametrize("value", ["1" * 5000, "[" * 100 + "]" * 100, "1e400"])
def test_an_absurd_value_costs_its_row_or_is_kept_as_text(value: str) -> None:
    body = json.dumps([row(), row(dataValue="@")]).replace('"@"', value).encode()
    found = arrived(body, UNIT, DIALECT.settled({}))
    assert found.rows == 2
    assert found.table["row"].to_pylist()[0] == 1


@pytest.mark.parametrize("data", [b"{}", b"7", b'"rows"', b"null", b"[", b"\xff", b"[" * 5000 + b"]" * 5000])
def test_data_that_is_no_array_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedBody, match="data"):
        arrived(data, UNIT, DIALECT.settled({}))


def test_no_rows_are_an_empty_table() -> None:
    assert read().rows == 0


def test_50000_rows_take_a_fraction_of_a_second() -> None:
    body = json.dumps([row(dataValue=f"{n}.25", valid="0") for n in range(50_000)]).encode()
    quirks = DIALECT.settled({"valid_means": "0"})
    began = time.perf_counter()
    assert arrived(body, UNIT, quirks).table.num_rows == 50_000
    assert time.perf_counter() - began < 2  # 0.1 s alone on two cores; others use the machine too


@pytest.mark.parametrize(
    "harmless",
    [
        {"scope": ""},
        {"inputType": "04"},
        {"statType": "00"},
        {"uploadDate": 1763859600},
        {"uploadDate": None},
    ],
)
def test_a_harmless_spelling_costs_nothing(harmless: dict[str, Any]) -> None:
    found = read(row(**harmless))
    assert (found.table.num_rows, found.rejections.num_rows) == (1, 0)


@pytest.mark.parametrize("name", ["valid", "dataValue"])
def test_a_value_nested_however_deep_costs_its_own_upload_at_most(name: str) -> None:
    mark = json.dumps(row(**{name: "HERE"}))
    for deep in range(900, 1_000):
        data = f"[{mark}]".replace('"HERE"', "[" * deep + "]" * deep).encode()
        with suppress(MalformedBody):  # of the whole: either is an answer
            assert arrived(data, UNIT, DIALECT.settled({"valid_means": "1"})).rows == 1
