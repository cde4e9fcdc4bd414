"""Intake: each bad row is named with its reason, the good ones are kept, suspicious ones carry verdicts."""

from __future__ import annotations

import datetime as dt
import re
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from graph.errors import MalformedBody, TooLarge
from graph.model.principal import NATION, Reach
from graph.model.reading import REJECTIONS, VALUE_MAX, Arrived, no_rejections
from graph.model.region import RegionCode
from graph.ports import Delivery, Judged
from national_sync import intake as intake_module
from national_sync.columns import TEXT_MAX
from national_sync.intake import Intake, all_rules
from tests.national_sync.fakes import (
    MIDNIGHT,
    NOW,
    POWER,
    PROPOSED,
    RETIRED,
    STEEL,
    FakeDirectory,
    KeepingSink,
    StillClock,
    arrived,
)  # fmt: skip


def judged(came: Arrived, reach: Reach = NATION) -> Judged:
    """What intake makes of a delivery."""
    taking = Intake(FakeDirectory(), KeepingSink(), StillClock(), all_rules())
    return taking.judge(Delivery("test", "key", "digest", came, reach))


def refusals(batch: Judged) -> list[tuple[int, str]]:
    """Row and code of each rejection."""
    return [(row["row"], row["code"]) for row in batch.rejections.to_pylist()]


def test_an_honest_batch_is_kept_whole() -> None:
    batch = judged(arrived({}, {}, {"unit": POWER}))
    assert batch.rejections.num_rows == batch.verdicts.num_rows == 0
    assert batch.table["unit_id"].to_pylist() == [1, 1, 2]
    assert batch.table["value"].to_pylist() == [Decimal("1.5000")] * 3


@pytest.mark.parametrize(
    ("wrong", "code", "said"),
    [
        ({"data_code": "00-00-0000023400-80"}, "malformed-data-code", "equipment (TTNN)"),
        ({"data_code": "123"}, "malformed-data-code", "16 digits"),
        ({"data_code": None}, "malformed-data-code", "missing"),
        (
            {"unit": STEEL[:-1] + ("0" if STEEL[-1] != "0" else "1")},
            "malformed-credit-code",
            "check character",
        ),
        ({"unit": "91970100MA"}, "malformed-credit-code", "18 characters"),
        ({"unit": "91970100MA0000009F"[:17] + "F"}, "malformed-credit-code", "check character"),
        ({"value": "n/a"}, "not-a-number", "n/a"),
        ({"value": ""}, "not-a-number", "expected a number"),
        ({"value": "  "}, "not-a-number", "expected a number"),
        ({"value": None}, "not-a-number", "nothing"),
        ({"value": "NaN"}, "not-a-number", "NaN"),
        ({"value": "-Infinity"}, "not-a-number", "-Infinity"),
        ({"value": "1_000"}, "not-a-number", "1_000"),
        ({"value": "１２"}, "not-a-number", "１２"),
        (
            {"start": dt.datetime(1969, 12, 31, 15, 45, tzinfo=dt.UTC)},
            "too-old",
            "expected 1970-01-01 or later",
        ),
        ({"value": "1e400"}, "value-too-large", "1e400"),
        ({"value": "1" + "0" * 14}, "value-too-large", "14 digits"),
        ({"value": "1e20"}, "value-too-large", "1e20"),
        ({"value": "-1e9999"}, "value-too-large", "1e9999"),
        ({"value": "9" * 60}, "value-too-large", "14 digits"),
        ({"value": "9" * 26 + ".99999"}, "value-too-large", "14 digits"),
        ({"value": "9" * 65}, "not-a-number", "999"),
        ({"unit": STEEL + " " * 60 + "X"}, "malformed-credit-code", "18 characters"),
        ({"data_code": RETIRED, "start": MIDNIGHT + dt.timedelta(days=1)}, "unknown-code", "retired"),
        ({"start": NOW + dt.timedelta(hours=1)}, "future", "received 2026-11-23T20:00:00+08:00"),
        ({"start": None, "label": "2026-13-45"}, "unreadable-label", "2026-13-45"),
        ({"start": MIDNIGHT + dt.timedelta(minutes=7)}, "off-grid", "quarter_hour"),
        ({"start": MIDNIGHT + dt.timedelta(hours=16), "granularity": "day"}, "off-grid", "day"),
        ({"granularity": "week"}, "unknown-word", "week"),
        ({"origin": "guess"}, "unknown-word", "guess"),
        ({"data_code": "0000000002340011"}, "unknown-code", "no active point"),
        ({"data_code": PROPOSED}, "unknown-code", "proposed"),
    ],
)
def test_a_bad_row_is_named_with_its_reason_and_the_good_rows_are_kept(
    wrong: dict[str, Any], code: str, said: str
) -> None:
    batch = judged(arrived({}, wrong, {}))
    assert refusals(batch) == [(2, code)]
    refused = batch.rejections.to_pylist()[0]
    assert said in refused["why"]
    assert STEEL[:8] in refused["raw"] or "unit" in wrong
    assert batch.table["row"].to_pylist() == [1, 3]


def test_an_unknown_unit_is_named() -> None:
    stranger = "91990100MA00000037"
    batch = judged(arrived({"unit": stranger}, {}))
    codes = refusals(batch)
    assert codes in ([(1, "unknown-unit")], [(1, "malformed-credit-code")])


@pytest.mark.parametrize(
    ("odd", "rule"),
    [
        ({"value": "-3"}, "negative"),
        ({"value": "1000.0001"}, "declared-range"),
        ({"value": "1.00005"}, "rounded"),
        ({"valid": False}, "flagged-invalid"),
    ],
)
def test_a_suspicious_row_is_stored_with_a_verdict(odd: dict[str, Any], rule: str) -> None:
    batch = judged(arrived({}, odd))
    assert batch.table.num_rows == 2
    assert rule in {(row["rule"]) for row in batch.verdicts.to_pylist() if row["row"] == 2}


def test_a_sender_cannot_speak_of_units_beyond_its_reach() -> None:
    batch = judged(arrived({"unit": POWER}, {"unit": STEEL}), Reach(region=RegionCode("970000")))
    assert refusals(batch) == [(1, "unknown-unit")]
    assert batch.province == "970000"


def test_a_city_reaches_no_further_than_its_own_units() -> None:
    batch = judged(arrived({}), Reach(region=RegionCode("970200")))
    assert refusals(batch) == [(1, "unknown-unit")]


def test_rows_a_decoder_refused_stay_named_in_the_order_of_the_source() -> None:
    broken = pa.Table.from_pylist(
        [{"row": 0, "code": "malformed-row", "why": "3 columns", "raw": "a,b,c"}], schema=REJECTIONS
    )
    batch = judged(Arrived(arrived({"value": "x"}).table, broken))
    assert refusals(batch) == [(0, "malformed-row"), (1, "not-a-number")]


def test_an_empty_delivery_is_an_empty_batch() -> None:
    batch = judged(arrived())
    assert batch.table.num_rows == batch.rejections.num_rows == 0


def test_a_table_without_a_required_column_is_malformed() -> None:
    with pytest.raises(MalformedBody, match="data_code"):
        judged(Arrived(arrived({}).table.drop_columns(["data_code"]), no_rejections()))


def test_a_batch_beyond_the_bound_is_refused_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake_module, "ROWS_PER_BATCH_MAX", 2)
    sink = KeepingSink()
    taking = Intake(FakeDirectory(), sink, StillClock(), all_rules())
    with pytest.raises(TooLarge, match="at most 2"):
        taking.take(Delivery("test", "key", "digest", arrived({}, {}, {})))
    assert sink.kept == []


def test_a_source_version_from_the_future_counts_as_now() -> None:
    batch = judged(arrived({"version": NOW + dt.timedelta(days=400)}, {"version": MIDNIGHT}))
    assert batch.table["version"].to_pylist() == [
        int(NOW.timestamp() * 1_000_000), int(MIDNIGHT.timestamp() * 1_000_000),
    ]  # fmt: skip


def test_a_retired_point_takes_what_was_measured_before_it_ended() -> None:
    last = MIDNIGHT + dt.timedelta(days=1) - dt.timedelta(minutes=15)
    assert judged(arrived({"data_code": RETIRED, "start": last})).table["point_id"].to_pylist() == [4]


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize(
    "said", ["99999999999999.9999", "99999999999999.99994", "99999999999999.9999499999999999"]
)
def test_what_rounds_to_the_largest_value_is_kept(said: str, sign: str) -> None:
    batch = judged(arrived({"value": sign + said}))
    assert batch.table["value"].to_pylist() == [Decimal(sign + "99999999999999.9999")]


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize(
    "said", ["99999999999999.99995", "99999999999999.9999500000000000", "100000000000000"]
)
def test_what_rounds_beyond_the_largest_value_is_refused_and_never_cut(said: str, sign: str) -> None:
    batch = judged(arrived({"value": sign + said}))
    assert batch.table.num_rows == 0
    (refused,) = batch.rejections.to_pylist()
    assert refused["code"] == "value-too-large"
    assert refused["why"].startswith(f"value {sign}{said} is beyond ±99999999999999.9999")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("1.00005", "1.0000"),  # a tie goes to the even digit
        ("1.00015", "1.0002"),
        ("-1.00015", "-1.0002"),
        ("1.000050000000000000000001", "1.0001"),  # and this is none
        ("1e-9999", "0.0000"),
    ],
)
def test_a_value_finer_than_the_scale_is_rounded_half_to_even_and_says_so(said: str, kept: str) -> None:
    batch = judged(arrived({"value": said}))
    assert batch.table["value"].to_pylist() == [Decimal(kept)]
    details = {row["rule"]: row["detail"] for row in batch.verdicts.to_pylist()}
    assert details["rounded"] == f"came as {said}, kept as {kept}"


@pytest.mark.parametrize("said", ["1.5", "1.50000", "15e-1", "1.5" + "0" * 40, "0e400"])
def test_zeros_behind_the_scale_and_exponents_round_nothing(said: str) -> None:
    assert judged(arrived({"value": said})).verdicts.num_rows == 0


digits = st.text("0123456789", max_size=30)
decimal_texts = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["", "+", "-"]),
    digits | st.sampled_from(["9" * 14, "9" * 24, "9" * 26]),
    st.sampled_from(["", "."]),
    digits | st.sampled_from(["99995", "99994", "00005", "00015", "9" * 13]),
    st.just("") | st.integers(-450, 450).map("e{}".format),
)


@given(decimal_texts)
@example("0.000e40")
@example("9" * 26 + ".9999999")
def test_any_decimal_text_is_kept_rounded_half_to_even_or_its_row_is_refused(said: str) -> None:
    batch = judged(arrived({"value": said}, {}))
    assert batch.table["row"].to_pylist()[-1] == 2
    if refusals(batch):
        return
    exact = Decimal(said).quantize(Decimal("0.0001"), ROUND_HALF_EVEN, Context(prec=1000))
    assert batch.table["value"].to_pylist()[0] == exact
    is_told = "rounded" in batch.verdicts["rule"].to_pylist()
    assert is_told == (exact != Decimal(said))


@given(decimal_texts)
def test_a_decimal_text_that_fits_is_never_refused(said: str) -> None:
    assume(len(said) <= TEXT_MAX and re.search(r"[0-9]", said.partition("e")[0]))
    exact = Decimal(said).quantize(Decimal("0.0001"), ROUND_HALF_EVEN, Context(prec=1000))
    expected = [] if abs(exact) <= VALUE_MAX else [(1, "value-too-large")]
    assert refusals(judged(arrived({"value": said}))) == expected


@given(st.decimals(-9, 9, places=3), st.integers(-40, 40))
def test_numbers_with_exponents_are_read_exactly_or_refused_as_too_large(
    mantissa: Decimal, exponent: int
) -> None:
    said = f"{mantissa}e{exponent}"
    batch = judged(arrived({"value": said}, {}))
    exact = Decimal(said).quantize(Decimal("0.0001"), ROUND_HALF_EVEN, Context(prec=100))
    if abs(exact) < 10**14:
        assert batch.table["value"].to_pylist()[0] == exact
    else:
        assert refusals(batch) == [(1, "value-too-large")]
    assert batch.table["row"].to_pylist()[-1] == 2


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**13), max_value=10**13, places=9))
def test_text_becomes_the_exact_value_rounded_half_to_even(value: Decimal) -> None:
    batch = judged(arrived({"value": f"{value:f}"}))
    assert batch.table["value"].to_pylist() == [value.quantize(Decimal("0.0001"), ROUND_HALF_EVEN)]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (pa.array([3.17], pa.float64()), Decimal("3.17")),
        (pa.array([1e-7], pa.float64()), Decimal(0)),
        (pa.array([12], pa.int64()), Decimal(12)),
        (pa.array([Decimal("9.25")], pa.decimal128(9, 2)), Decimal("9.25")),
        (pa.array(["1.5e3"]), Decimal(1500)),
        (pa.array(["3.17"]).dictionary_encode(), Decimal("3.17")),
    ],
)
def test_numbers_of_any_column_type_are_read_exactly(column: pa.Array, value: Decimal) -> None:
    assert judged(arrived({}, values=column)).table["value"].to_pylist() == [value]


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_in_a_column_of_floats_is_refused(number: float) -> None:
    assert refusals(judged(arrived({}, values=pa.array([number])))) == [(1, "not-a-number")]
