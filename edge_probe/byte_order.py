"""Which order of bytes a meter uses, judged by what its registers would show: a wrong order shows what no plant uses.

A value that is 0 says nothing, for it is 0 in every order. Where the map's own order shows only plausible values it
stands; another takes its place only when it alone makes all of them plausible.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from edge_probe.meter_map import Quantity
from edge_probe.registers import Order, decode
from graph.errors import SourceMalformed

# What a plant's meter shows at all, without its sign: wide, for a wrong order of a float misses it by many magnitudes.
PLAUSIBLE: Mapping[str, tuple[Decimal, Decimal]] = {
    "V": (Decimal(1), Decimal(1_000_000)),
    "A": (Decimal("0.0001"), Decimal(1_000_000)),
    "Hz": (Decimal(15), Decimal(70)),
    "ratio": (Decimal("0.0001"), Decimal(10_000)),
    **dict.fromkeys(("kW", "kvar", "kVA"), (Decimal("0.00001"), Decimal(10_000_000))),
    **dict.fromkeys(("kWh", "kvarh", "m3", "GJ", "t"), (Decimal("0.001"), Decimal(10_000_000_000))),
}


@dataclass(frozen=True)
class OrderFound:
    """`order` is another one than the map's, to be used in its place; None: the map's stands. `why` is for people."""

    order: Order | None
    why: str


def order_of(shown: Sequence[tuple[Quantity, Sequence[int]]]) -> OrderFound:
    """Judge quantities by the registers that a meter answered with."""
    telling = [(q, r) for q, r in shown if q.span.count > 1 and q.unit in PLAUSIBLE and any(r)]
    if not telling:
        return OrderFound(None, "undecided: nothing of several registers shows anything but 0")
    if all(_plausible(quantity, registers, quantity.order) for quantity, registers in telling):
        return OrderFound(None, f"as the map says: {len(telling)} values are plausible")
    fit = [order for order in Order if all(_plausible(q, r, order) for q, r in telling)]
    if len(fit) == 1:
        return OrderFound(fit[0], f"{fit[0]}: it alone makes all {len(telling)} values plausible")
    names = _listed(q.name for q, r in telling if not _plausible(q, r, q.order))
    ways = f"{len(fit)} orders would do" if fit else "no order would do"
    return OrderFound(None, f"undecided: {names} not plausible with the map's order, and {ways}")


def _plausible(quantity: Quantity, registers: Sequence[int], order: Order) -> bool:
    least, most = PLAUSIBLE[quantity.unit]
    try:
        value = abs(decode(registers, quantity.form, order) * quantity.scale)
    except SourceMalformed:
        return False
    return least <= value <= most


def _listed(names: Iterable[str]) -> str:
    first, *others = names
    return f"{first} and {len(others)} more are" if others else f"{first} is"
