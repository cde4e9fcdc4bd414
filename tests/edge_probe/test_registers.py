"""Registers decode exactly, in every order, and the round trip through a simulated meter loses nothing."""

from __future__ import annotations

import struct
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edge_probe.registers import Form, Order, decode, shortest_float32
from graph.errors import SourceMalformed
from hub.simulate._meter_registers import encode

FLOAT32_OF_123456_78 = {
    Order.ABCD: [0x47F1, 0x2064],
    Order.CDAB: [0x2064, 0x47F1],
    Order.BADC: [0xF147, 0x6420],
    Order.DCBA: [0x6420, 0xF147],
}
whole_forms = st.sampled_from([form for form in Form if not form.is_float and not form.is_bcd])
bcd_forms = st.sampled_from([form for form in Form if form.is_bcd])
orders = st.sampled_from(list(Order))


@pytest.mark.parametrize("order", list(Order))
def test_the_same_float_is_read_in_every_order_of_bytes(order: Order) -> None:
    assert decode(FLOAT32_OF_123456_78[order], Form.FLOAT32, order) == Decimal("123456.78")


def test_sixty_four_bits_swap_all_their_words_or_bytes() -> None:
    assert decode([0x0001, 0x0203, 0x0405, 0x0607], Form.UINT64) == 0x0001020304050607
    assert decode([0x0607, 0x0405, 0x0203, 0x0001], Form.UINT64, Order.CDAB) == 0x0001020304050607
    assert decode([0x0706, 0x0504, 0x0302, 0x0100], Form.UINT64, Order.DCBA) == 0x0001020304050607


def test_negative_numbers_are_two_complements() -> None:
    assert decode([0xFFFF], Form.INT16) == -1
    assert decode([0xFFFF], Form.UINT16) == 65535


@given(whole_forms, orders, st.data())
def test_whole_numbers_survive_the_round_trip(form: Form, order: Order, data: st.DataObject) -> None:
    bits = form.registers * 16
    low, high = (0, 2**bits - 1) if form.value.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    number = data.draw(st.integers(low, high))
    assert decode(encode(Decimal(number), form, order), form, order) == number


@given(bcd_forms, orders, st.data())
def test_decimal_digits_survive_the_round_trip(form: Form, order: Order, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, 10 ** (form.registers * 4) - 1))
    assert decode(encode(Decimal(number), form, order), form, order) == number


def test_each_half_of_a_byte_is_a_decimal_digit() -> None:
    assert decode([0x0012, 0x3456], Form.BCD32) == 123456
    assert decode([0x5634, 0x1200], Form.BCD32, Order.DCBA) == 123456
    assert decode([0x0000, 0x0001, 0x2345], Form.BCD48) == 12345


@pytest.mark.parametrize("registers", [[0x000A], [0xFFFF]])
def test_what_is_no_decimal_digit_is_refused(registers: list[int]) -> None:
    with pytest.raises(SourceMalformed, match="no decimal digits, expected bcd16"):
        decode(registers, Form.BCD16)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False), orders)
def test_a_float32_becomes_a_decimal_that_is_the_same_float32(value: float, order: Order) -> None:
    number = decode(encode(Decimal(value), Form.FLOAT32, order), Form.FLOAT32, order)
    assert struct.pack(">f", float(number)) == struct.pack(">f", value)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
@example(2.0**-149)
def test_no_decimal_of_fewer_digits_is_the_same_float32(value: float) -> None:
    octets = struct.pack(">f", value)
    texts = [f"{value:.{digits}g}" for digits in range(1, 10) if abs(float(f"{value:.{digits}g}")) < 2.0**128]
    assert shortest_float32(value, octets) == Decimal(
        next(t for t in texts if struct.pack(">f", float(t)) == octets)
    )


@given(st.decimals(0, 99999, places=2))
def test_what_a_meter_shows_with_seven_digits_is_what_is_read(shown: Decimal) -> None:
    assert decode(encode(shown, Form.FLOAT32), Form.FLOAT32) == shown


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float64_survives_the_round_trip(value: float) -> None:
    assert float(decode(encode(Decimal(value), Form.FLOAT64), Form.FLOAT64)) == value


@pytest.mark.parametrize("registers", [[0x7FC0, 0], [0x7F80, 0], [0xFF80, 0]])
def test_what_is_no_finite_number_is_refused(registers: list[int]) -> None:
    with pytest.raises(SourceMalformed, match="expected a finite float32"):
        decode(registers, Form.FLOAT32)


def test_the_largest_float32_has_a_shortest_form() -> None:
    largest = struct.unpack(">f", b"\x7f\x7f\xff\xff")[0]
    assert shortest_float32(largest, struct.pack(">f", largest)) == Decimal("3.4028235E+38")
