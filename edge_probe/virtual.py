"""A data code made of several meters' quantities (虚拟计量): how it is configured, and how its parts become a value.

The arithmetic is graph/model/virtual_meter.py's, the same as a platform's. A quarter-hour of which a part is missing has no
value; its origin is the worst of its parts'.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from edge_probe.fields import Fields
from edge_probe.readings import Event, Reading, worst_of
from graph.errors import InvalidInput
from graph.model.data_code import DataCode
from graph.model.virtual_meter import TERMS_MAX, Formula, formula_of

VIRTUAL_MAX = 200  # data codes of one probe; a large plant has some hundred


@dataclass(frozen=True)
class Part:
    """A meter's quantity that goes into a formula. `ct_pt` is applied before its ratio (变比)."""

    device: str
    quantity: str
    ct_pt: Decimal

    @property
    def name(self) -> str:
        """What the formula calls it."""
        return f"{self.device}/{self.quantity}"


@dataclass(frozen=True)
class VirtualPoint:
    """A data code and what it is made of; of `unsaid` parts nobody said a ratio of transformers."""

    data_code: str
    parts: tuple[Part, ...]
    formula: Formula
    unsaid: frozenset[str] = frozenset()


@dataclass(frozen=True)
class PartEnergy:
    """What a part used in the quarter-hour from `start`, and whether that was measured or shared out."""

    data_code: str
    part: str
    start: dt.datetime
    value: Decimal
    origin: str


def virtual_point(fields: Fields) -> VirtualPoint | None:
    """`[[virtual]]` of a configuration; what is wrong with it goes to the faults."""
    code = fields.checked("data_code", DataCode.parse)
    tables = fields.tables("terms")
    if not 1 <= len(tables) <= TERMS_MAX:
        fields.fault("terms", f"expected 1 to {TERMS_MAX}, came {len(tables)}")
    parts, terms, unsaid = list[Part](), list[tuple[str, int, Decimal]](), set[str]()
    for term in tables[:TERMS_MAX]:
        is_said = term.has("ct_pt")
        part = Part(term.text("device"), term.text("quantity"), term.number("ct_pt", "0.000001", "1e9", "1"))
        terms.append((part.name, term.whole("arithmetic", 1, 4, 1), term.number("ratio", "-1e9", "1e9", "1")))
        parts.append(part)
        unsaid |= set() if is_said else {part.name}
        term.finish()
    fields.finish()
    unique = tuple(dict.fromkeys(parts))
    if len(unique) != len({part.name for part in unique}):
        fields.fault("terms", "one quantity has two ratios of transformers")
    try:
        formula = formula_of(terms)
    except InvalidInput as fault:
        fields.fault("terms", str(fault))
        return None
    return None if code is None else VirtualPoint(code.digits, unique, formula, frozenset(unsaid))


def joined(
    point: VirtualPoint, unit: str, parts: Sequence[PartEnergy], at: dt.datetime
) -> tuple[Reading | None, list[Event]] | None:
    """The reading of a quarter-hour's parts; None while one is missing, and no reading where they make no number."""
    amounts = {part.part: part.value for part in parts}
    if not set(point.formula.instruments) <= amounts.keys():
        return None
    value = point.formula.value(amounts)
    start = parts[0].start
    if value is None:
        return None, [
            Event(at, str(DataCode(point.data_code)), "virtual-no-value", _told(point, amounts, start))
        ]
    origin = worst_of({part.origin for part in parts})
    return Reading(unit, point.data_code, start, value, origin, at), []


def _told(point: VirtualPoint, amounts: Mapping[str, Decimal], start: dt.datetime) -> str:
    shown = ", ".join(f"{name} {amount:f}" for name, amount in amounts.items())
    return f"{start.isoformat()}: {point.formula} has no value of {shown}"
