"""Numbers to registers: what a meter's map says, the other way round."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from decimal import Decimal

from edge_probe.meter_map import MeterMap, Quantity
from edge_probe.registers import Form, Order


def encode(number: Decimal, form: Form, order: Order = Order.ABCD) -> list[int]:
    """Registers that hold a number: whole forms drop its fraction, floats take the nearest they have."""
    if form.is_float:
        octets = struct.pack(">f" if form is Form.FLOAT32 else ">d", float(number))
    elif form.is_bcd:
        octets = bytes.fromhex(f"{int(number):0{form.registers * 4}d}")
    else:
        signed = not form.value.startswith("u")
        octets = int(number).to_bytes(form.registers * 2, "big", signed=signed)
    pairs = [octets[at : at + 2] for at in range(0, len(octets), 2)]
    words = [int.from_bytes(pair[::-1] if order.low_byte_first else pair, "big") for pair in pairs]
    return words[::-1] if order.low_word_first else words


def registers_of(quantity: Quantity, value: Decimal) -> list[int]:
    """Registers that show `value`, given in the quantity's unit."""
    return encode((value - quantity.offset) / quantity.scale, quantity.form, quantity.order)


def extent(meter_map: MeterMap) -> tuple[int, int]:
    """The first address a map speaks of, and how many registers lie from there to its last."""
    spans = [quantity.span for quantity in meter_map.quantities.values()]
    first = min(span.address for span in spans)
    return first, max(span.end for span in spans) - first


def show(meter_map: MeterMap, values: Mapping[str, Decimal], registers: list[int], start: int) -> None:
    """Write values into a block of registers that begins at address `start`; a quantity without a value stays."""
    for name, quantity in meter_map.quantities.items():
        if name in values:
            at = quantity.span.address - start
            registers[at : at + quantity.span.count] = registers_of(quantity, values[name])
