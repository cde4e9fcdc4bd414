"""Frames of DL/T 645-2007 and their laws: what goes out comes back, and nothing that was spoilt is believed."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_probe.dlt645 import (
    DATA_MAX,
    WAKE_UP,
    Asked,
    Frame,
    MeterAddress,
    bcd_octets,
    bcd_value,
    error_names,
    first_frame,
    identifier_octets,
    why_none,
)
from graph.errors import InvalidInput, SourceMalformed

RECORDED = json.loads((Path(__file__).parents[1] / "recorded/dlt645/exchange.json").read_text("utf-8"))
ADDRESSES = st.from_regex(r"[0-9]{12}", fullmatch=True).filter(lambda text: text != "9" * 12)
FRAMES = st.builds(
    Frame,
    ADDRESSES.map(lambda text: MeterAddress(text).octets),
    st.integers(0, 255),
    st.binary(max_size=DATA_MAX),
)
NOISE = st.binary(max_size=40).map(lambda octets: octets.replace(b"\x68", b"\x00"))


@given(FRAMES)
def test_a_frame_comes_back_as_it_went_out(frame: Frame) -> None:
    assert Frame.parse(frame.octets) == frame


@given(FRAMES, st.data())
def test_any_one_octet_that_was_spoilt_is_refused(frame: Frame, data: st.DataObject) -> None:
    spoilt = bytearray(frame.octets)
    place = data.draw(st.integers(0, len(spoilt) - 1))
    spoilt[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SourceMalformed):
        Frame.parse(bytes(spoilt))


@given(FRAMES, NOISE, NOISE)
def test_noise_before_a_frame_is_passed_over_and_what_follows_is_left(
    frame: Frame, before: bytes, after: bytes
) -> None:
    assert first_frame(before + WAKE_UP + frame.octets + after) == (frame, after)


@given(FRAMES, st.data())
def test_half_a_frame_waits_for_its_rest(frame: Frame, data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(frame.octets) - 1))
    found, waiting = first_frame(WAKE_UP + frame.octets[:cut])
    assert (found, waiting) == (None, frame.octets[:cut])
    assert first_frame(waiting + frame.octets[cut:]) == (frame, b"")


def test_a_start_that_was_none_does_not_hide_the_frame_behind_it() -> None:
    frame = Frame(MeterAddress("000000000001").octets, 0x91, b"\x00" * 8)
    assert first_frame(b"\x68\x01\x02" + frame.octets)[0] == frame
    assert first_frame(b"\x68\x01\x02\x03\x04\x05\x06\x68\x91\xc8" + frame.octets)[0] == frame


def test_two_frames_come_one_by_one() -> None:
    one, two = (Frame(MeterAddress(f"00000000000{n}").octets, 0x91, bytes([n])) for n in (1, 2))
    found, rest = first_frame(one.octets + two.octets)
    assert (found, first_frame(rest)) == (one, (two, b""))


@given(st.data(), st.integers(1, 8), st.booleans())
def test_a_figure_comes_back_as_it_went_out(data: st.DataObject, count: int, signed: bool) -> None:
    decimals = data.draw(st.integers(0, 2 * count))
    most = (8 * 10 ** (2 * count - 1) if signed else 10 ** (2 * count)) - 1
    value = Decimal(data.draw(st.integers(-most if signed else 0, most))).scaleb(-decimals)
    octets = bcd_octets(value, count, decimals, signed=signed)
    assert len(octets) == count
    assert bcd_value(octets, decimals, signed=signed) == value


@pytest.mark.parametrize("octets", [b"\xff\xff\xff\xff", b"\x0a\x00", b""])
def test_what_is_no_figure_is_told_so(octets: bytes) -> None:
    with pytest.raises(SourceMalformed, match="expected digits"):
        bcd_value(octets, 2, signed=False)


@pytest.mark.parametrize("value", ["100", "-1", "1.234"])
def test_a_figure_that_does_not_fit_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput, match="does not fit"):
        bcd_octets(Decimal(value), 2, 2)


def test_an_address_goes_lowest_first_and_a_short_one_is_filled_with_noughts() -> None:
    assert MeterAddress.parse("12 34 56 78 90 12").octets == bytes.fromhex("129078563412")
    assert MeterAddress.parse("4321").text == "000000004321"


def test_an_address_with_any_in_front_covers_every_meter_with_its_end() -> None:
    any_of_01 = MeterAddress.parse("AAAAAAAAAA01")
    assert any_of_01.covers(MeterAddress("123456789001").octets)
    assert not any_of_01.covers(MeterAddress("123456789002").octets)
    assert not MeterAddress("123456789001").covers(MeterAddress("123456789002").octets)


@pytest.mark.parametrize("text", ["01AAAAAAAAAA", "12345678901X", "1234567890123", "A" * 11, "9" * 12])
def test_what_is_no_meters_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        MeterAddress.parse(text)


def test_a_frame_longer_than_the_standards_is_refused() -> None:
    with pytest.raises(InvalidInput, match="at most 200"):
        Frame(bytes(6), 0x91, bytes(DATA_MAX + 1))


@pytest.mark.parametrize("text", ["0001000", "0001000G", "000100000"])
def test_what_is_no_identifier_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="eight hexadecimal digits"):
        identifier_octets(text)


def test_every_bit_of_the_error_word_has_its_name() -> None:
    assert error_names(0x02) == "02H (no such data 无请求数据)"
    assert "密码错或未授权, speed" in error_names(0x0C)
    assert "says nothing" in error_names(0)


def test_what_is_wrong_with_octets_is_told() -> None:
    octets = Frame(bytes(6), 0x91, b"\x01").octets
    assert "half a frame" in why_none(octets[:-3])
    assert "checksum" in why_none(octets[:-2] + b"\x00\x16")
    assert "expected 16H" in why_none(octets[:-1] + b"\x17")
    assert why_none(b"\x01\x02") == "no frame in 01 02"


@pytest.mark.parametrize("said", RECORDED["frames"], ids=lambda said: said["what"])
def test_the_recorded_exchange_is_told_as_it_was_put_down_by_hand(said: dict[str, str]) -> None:
    frame, rest = first_frame(bytes.fromhex(said["octets"]))
    assert frame is not None
    assert rest == b""
    assert MeterAddress.of(frame.address).text == said["address"]
    assert (f"{frame.control:02X}", frame.data.hex(" ").upper()) == (said["control"], said["data"])
    assert bytes.fromhex(said["octets"]).endswith(frame.octets)


def test_the_recorded_request_is_what_we_ask_with() -> None:
    asked = RECORDED["frames"][0]
    frame = Frame(MeterAddress(asked["address"]).octets, Asked.READ, identifier_octets("00010000"))
    assert (WAKE_UP + frame.octets).hex(" ").upper() == asked["octets"]
