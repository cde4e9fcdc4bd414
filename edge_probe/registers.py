"""Registers to numbers, in every order of bytes and words that meters use, without losing a digit.

Whole numbers become exact decimals. A float32 becomes the shortest decimal that is no other float32, which is
what the meter shows, rather than the seventeen digits its double would have.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import StrEnum
from functools import cache

from graph.errors import SourceMalformed

SMALLEST_WHOLE = 2.0**-126  # below it a float32 has fewer digits (IEEE 754, subnormal numbers)

_FLOAT32, _FLOAT64 = struct.Struct(">f"), struct.Struct(">d")


class Form(StrEnum):
    """How a number is kept in registers (数据类型)."""

    UINT16 = "uint16"
    INT16 = "int16"
    UINT32 = "uint32"
    INT32 = "int32"
    UINT64 = "uint64"
    INT64 = "int64"
    FLOAT32 = "float32"
    FLOAT64 = "float64"
    BCD16 = "bcd16"
    BCD32 = "bcd32"
    BCD48 = "bcd48"
    BCD64 = "bcd64"

    @property
    def registers(self) -> int:
        """How many registers it takes."""
        return int(self.value[-2:]) // 16

    @property
    def is_float(self) -> bool:
        """Whether it is a floating point number."""
        return self in (Form.FLOAT32, Form.FLOAT64)

    @property
    def is_bcd(self) -> bool:
        """Whether each half of a byte is a decimal digit (packed BCD 压缩BCD码), the highest first."""
        return self.value.startswith("bcd")

    @property
    def size(self) -> Decimal | None:
        """How many numbers it has before it begins at 0 again; None where it has a sign, or never comes to its end."""
        if self.is_bcd:
            return Decimal(10) ** (4 * self.registers)
        return Decimal(2) ** (16 * self.registers) if self in (Form.UINT16, Form.UINT32) else None


class Order(StrEnum):
    """The order of bytes, told of four of them: high word first or last, high byte first or last (字节序)."""

    ABCD = "ABCD"
    CDAB = "CDAB"
    BADC = "BADC"
    DCBA = "DCBA"

    @property
    def low_word_first(self) -> bool:
        """Whether words come lowest first."""
        return self in (Order.CDAB, Order.DCBA)

    @property
    def low_byte_first(self) -> bool:
        """Whether the bytes within a word come lowest first."""
        return self in (Order.BADC, Order.DCBA)


def decode(registers: Sequence[int], form: Form, order: Order = Order.ABCD) -> Decimal:
    """The number that these registers hold. Raises SourceMalformed for one that is not finite, or no decimal digits."""
    octets = _packed(order, len(registers))(registers)
    if form is Form.FLOAT32:
        return shortest_float32(_finite(_FLOAT32.unpack(octets)[0], form, octets), octets)
    if form is Form.FLOAT64:
        return Decimal(repr(_finite(_FLOAT64.unpack(octets)[0], form, octets)))
    if form.is_bcd:
        return _digits(octets, form)
    return Decimal(int.from_bytes(octets, "big", signed=not form.value.startswith("u")))


@cache
def _packed(order: Order, count: int) -> Callable[[Sequence[int]], bytes]:
    """Registers to bytes, the highest first; found once for each order and length, for a pass decodes hundreds of values."""
    pack = struct.Struct(f"{'<' if order.low_byte_first else '>'}{count}H").pack
    if order.low_word_first:
        return lambda registers: pack(*registers[::-1])
    return lambda registers: pack(*registers)


def _finite(value: float, form: Form, octets: bytes) -> float:
    if not math.isfinite(value):
        raise SourceMalformed(f"registers {octets.hex()} hold {value}, expected a finite {form}")
    return value


def _digits(octets: bytes, form: Form) -> Decimal:
    if not octets.hex().isdecimal():
        raise SourceMalformed(f"registers {octets.hex()} are no decimal digits, expected {form}")
    return Decimal(octets.hex())


def decimal_of_float32(value: float) -> Decimal:
    """The decimal with fewest digits that rounds to this float32."""
    return shortest_float32(value, _FLOAT32.pack(value))


def shortest_float32(value: float, octets: bytes) -> Decimal:
    """The decimal with fewest digits that rounds to this float32 (nine digits always do), which these octets hold.

    Whatever six digits or fewer say comes back from a float32 as six digits, so these need not be tried one by one,
    except of numbers too small to have them all.
    """
    for digits in range(1 if abs(value) < SMALLEST_WHOLE else 6, 9):
        text = f"{value:.{digits}g}"
        if _packs_to(text, octets):
            return Decimal(text)
    return Decimal(f"{value:.9g}")


def _packs_to(text: str, octets: bytes) -> bool:
    try:
        return _FLOAT32.pack(float(text)) == octets
    except OverflowError:  # few digits of the largest float32 round up beyond it
        return False
