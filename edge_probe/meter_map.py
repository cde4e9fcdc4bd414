"""Meter maps (仪表寄存器表): which register of which meter holds what, as data that ships with the probe.

The same model name is not the same map (firmwares differ), so a configuration may name a file of its own, or several
maps of which a register that each knows decides.
"""

from __future__ import annotations

import functools
import importlib.resources
import itertools
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeAlias

from edge_probe.analogue import Analogue, analogue
from edge_probe.fields import UNREADABLE, Fields, not_toml
from edge_probe.map_entries import PULSE, RATES, UNITS, Identified, Typed, check_counted, identified, typed
from edge_probe.map_nodes import Node, node
from edge_probe.map_topics import Topic, topic
from edge_probe.plan import ADDRESS_MAX, REGISTERS_MAX, Span, plan_reads
from edge_probe.registers import Form, Order, decode
from graph.errors import ConfigurationError

SIDES = ("primary", "secondary", "unknown")  # of the current and voltage transformers before the meter
MAP_BYTES_MAX = 256 * 1024  # the largest meter has a few hundred quantities
MAPS_KEPT = 16  # a plant has a few models; fifty meters of one share what is known of it
HOLES_MAX = 64  # refused ranges of one meter; one with more is read without gaps (gap_max 0)


@dataclass(frozen=True)
class Quantity:
    """One value of a meter: where it stands, how it is written, and in what unit after `scale`.

    A `counter` only ever rises (累计量); energy is the difference of two of its readings. One that `integrates` shows a rate
    an hour (瞬时量), of which the probe makes a counter in `unit`. `analogue` is what its register reads at both ends.
    """

    name: str
    span: Span
    form: Form
    order: Order
    scale: Decimal
    unit: str
    counter: bool
    offset: Decimal = Decimal(0)
    analogue: Analogue | None = None
    integrates: bool = False

    @property
    def rolls_at(self) -> Decimal | None:
        """At what figure a register without a sign begins at 0 again; None of those too long for a meter's life."""
        size = None if self.integrates else self.form.size
        return None if size is None else abs(size * self.scale)

    def value(self, registers: Sequence[int]) -> Decimal:
        """The value in `unit`, exact. Raises SourceMalformed for no finite number, or one that no sound wire gives."""
        number = decode(registers, self.form, self.order)
        if self.analogue is not None:
            number = self.analogue.within(number)
        return number * self.scale + self.offset


Entry: TypeAlias = Quantity | Identified | Typed | Node | Topic


@dataclass(frozen=True)
class Known:
    """A quantity that shows something from `least` to `most` on every meter of this map, and on no other firmware."""

    quantity: str
    least: Decimal
    most: Decimal

    def fits(self, value: Decimal) -> bool:
        """Whether a meter that shows this may be of the map."""
        return self.least <= value <= self.most


@dataclass(frozen=True)
class MeterMap:
    """A model's quantities, and how long its reads may be.

    Of registers, of data identifiers (DL/T 645), of what a person types in, of nodes (OPC UA) or of topics (MQTT).
    `source` says where it was read. `gap_max` is 0 for a meter that refuses to be read across holes, `illegal` are
    registers it refuses; `side` tells whether it counts what flows (primary) or what its transformers make of it.
    """

    name: str
    model: str
    source: str
    registers_max: int
    gap_max: int
    quantities: dict[str, Quantity]
    identified: Mapping[str, Identified] = field(default_factory=dict)
    typed: Mapping[str, Typed] = field(default_factory=dict)
    illegal: tuple[Span, ...] = ()
    side: str = "unknown"
    known: Known | None = None
    nodes: Mapping[str, Node] = field(default_factory=dict)
    topics: Mapping[str, Topic] = field(default_factory=dict)

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Everything the meter shows, however it is got."""
        return {**self.quantities, **self.identified, **self.typed, **self.nodes, **self.topics}

    @property
    def is_secondary(self) -> bool:
        """Whether CT x PT (变比) belongs into what it counts."""
        return self.side == "secondary"

    def reads(self, wanted: Iterable[Quantity]) -> tuple[Span, ...]:
        """The reads of one pass over these quantities. Raises InvalidInput for one in a refused range."""
        return plan_reads((each.span for each in wanted), self.registers_max, self.gap_max, self.illegal)

    def counts(self, name: str) -> bool:
        """Whether it has such a counter where the meter can be read."""
        entry = self.entries.get(name)
        return entry is not None and entry.counter and self.hole_under(entry) is None

    def counts_pulses(self, name: str) -> bool:
        """Whether it has such a counter, and only its point says what one of it stands for."""
        entry = self.entries.get(name)
        return entry is not None and entry.unit == PULSE

    def integrates(self, name: str) -> bool:
        """Whether it shows a rate, of which the probe makes a counter."""
        return name in self.quantities and self.quantities[name].integrates

    def hole_under(self, entry: Entry) -> Span | None:
        """The refused range in which a quantity lies."""
        if not isinstance(entry, Quantity):
            return None
        return next((hole for hole in self.illegal if entry.span.touches(hole)), None)

    def limited(
        self,
        registers_max: int | None = None,
        gap_max: int | None = None,
        illegal: tuple[Span, ...] | None = None,
        order: Order | None = None,
    ) -> MeterMap:
        """The same with limits that hold for one device; None: as it is."""
        found = self.quantities
        if order is not None:
            found = {name: replace(each, order=order) for name, each in found.items()}
        return replace(
            self,
            registers_max=self.registers_max if registers_max is None else registers_max,
            gap_max=self.gap_max if gap_max is None else gap_max,
            illegal=self.illegal if illegal is None else illegal,
            quantities=found,
        )


def map_names() -> tuple[str, ...]:
    """The maps that ship with the probe; the template, whose name begins with an underscore, is none."""
    names = (f.name.removesuffix(".toml") for f in _folder().iterdir() if f.name.endswith(".toml"))
    return tuple(sorted(name for name in names if not name.startswith("_")))


def load_map(name: str, beside: Path | None = None) -> MeterMap:
    """A shipped map by its name, or one's own by a path ending in .toml, relative to `beside`.

    Raises ConfigurationError telling every fault.
    """
    if name.endswith(".toml"):
        return parse_map(_read(Path(beside or ".") / name), name)
    if name not in map_names():
        known = ", ".join(map_names())
        raise ConfigurationError(
            f"meter map {name[:64]!r}", [f"no such map; there are {known}, or a path to a .toml"]
        )
    return parse_map(_read(_folder() / f"{name}.toml"), name)


@functools.lru_cache(MAPS_KEPT)
def parse_map(text: str, name: str) -> MeterMap:
    """A map from the text of its file, one for all meters of a model. Raises ConfigurationError telling every fault."""
    try:
        fields = Fields(tomllib.loads(text, parse_float=Decimal), name, faults := [])
    except UNREADABLE as fault:
        raise ConfigurationError(f"meter map {name}", [not_toml(fault)]) from fault
    meter_map = _map(fields, name)
    kinds = [kind for kind in _kinds(meter_map) if kind]
    if len(kinds) != 1:
        faults.append(
            f"{name}: quantities: expected one of quantities, identifiers, typed, nodes, topics, came {len(kinds)} of them"
        )
    if faults:
        raise ConfigurationError(f"meter map {name}", faults)
    return meter_map


def _map(fields: Fields, name: str) -> MeterMap:
    model, source = fields.text("model"), fields.text("source")
    order = fields.member("order", Order, Order.ABCD)
    found = {key: _quantity(key, f, order) for key, f in fields.named_tables("quantities").items()}
    meter_map = MeterMap(
        name,
        model,
        source,
        registers_max=fields.whole("registers_max", 4, REGISTERS_MAX, REGISTERS_MAX),
        gap_max=fields.whole("gap_max", 0, REGISTERS_MAX, REGISTERS_MAX),
        quantities=found,
        identified={key: identified(key, f) for key, f in fields.named_tables("identifiers").items()},
        typed={key: typed(key, f) for key, f in fields.named_tables("typed").items()},
        nodes={key: node(key, f) for key, f in fields.named_tables("nodes").items()},
        topics={key: topic(key, f) for key, f in fields.named_tables("topics").items()},
        illegal=read_holes(fields),
        side=fields.one_of("side", SIDES, "unknown"),
        known=_known(fields.table("known"), found) if fields.has("known") else None,
    )
    fields.finish()
    _check_places(meter_map, fields)
    return meter_map


def _kinds(meter_map: MeterMap) -> tuple[Mapping[str, object], ...]:
    return meter_map.quantities, meter_map.identified, meter_map.typed, meter_map.nodes, meter_map.topics


def read_holes(fields: Fields) -> tuple[Span, ...]:
    """The list `illegal` of registers that a meter refuses; `count = 0` is an address that no read may cross."""
    found = []
    for each in fields.tables("illegal"):
        function, address = each.whole("function", 3, 4), each.whole("address", 0, ADDRESS_MAX)
        found.append(Span(function, address, each.whole("count", 0, ADDRESS_MAX + 1 - address)))
        each.finish()
    if len(found) > HOLES_MAX:
        fields.fault(
            "illegal", f"expected at most {HOLES_MAX} ranges, came {len(found)}; gap_max = 0 says it shorter"
        )
    return tuple(found)


def _known(fields: Fields, quantities: dict[str, Quantity]) -> Known:
    name = fields.one_of("quantity", quantities)
    least, most = fields.number("least", "-1e18", "1e18"), fields.number("most", "-1e18", "1e18")
    if least > most:
        fields.fault("most", f"expected at least {least}, came {most}")
    fields.finish()
    return Known(name, least, most)


def _check_places(meter_map: MeterMap, fields: Fields) -> None:
    """Two quantities in one register are a slip of the pen, and so is one where the meter refuses to be read."""
    found = sorted(meter_map.quantities.values(), key=lambda each: each.span)
    for before, after in itertools.pairwise(found):
        if before.span.touches(after.span):
            place = f"{before.name} holds {before.span}"
            fields.fault(f"quantities.{after.name}: address", f"{after.span} are taken: {place}")
    for quantity in found:
        if hole := meter_map.hole_under(quantity):
            fields.fault(
                f"quantities.{quantity.name}: address", f"{quantity.span} lie in refused ones: {hole}"
            )


def _quantity(name: str, fields: Fields, order: Order) -> Quantity:
    form = fields.member("type", Form)
    address = fields.whole("address", 0, ADDRESS_MAX)
    if address + form.registers > ADDRESS_MAX + 1:
        fields.fault("address", f"{form.registers} registers from {address:#06x} pass the last address")
    ends = analogue(fields)
    scale = ends.scale if ends else fields.number("scale", "-1e9", "1e9", "1")
    if scale == 0:
        fields.fault("scale", "must not be 0")
    counter, unit = fields.flag("counter", default=False), fields.one_of("unit", UNITS)
    integrates = fields.flag("integrates", default=False)
    if integrates and (unit not in RATES or counter):
        fields.fault("integrates", f"a rate is in {', '.join(RATES)} and no counter, came {unit!r}")
    check_counted(fields, unit, counter=counter)
    span = Span(fields.whole("function", 3, 4), address, form.registers)
    word_order = fields.member("order", Order, order)
    fields.finish()
    counted, offset = RATES.get(unit, unit) if integrates else unit, ends.offset if ends else Decimal(0)
    return Quantity(
        name, span, form, word_order, scale, counted, counter or integrates, offset, ends, integrates
    )


def _read(file: Path | Traversable) -> str:
    try:
        with file.open("rb") as opened:
            octets = opened.read(MAP_BYTES_MAX + 1)
        if len(octets) > MAP_BYTES_MAX:
            raise ConfigurationError(str(file), [f"more than {MAP_BYTES_MAX} bytes"])
        return octets.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigurationError(str(file), [f"cannot be read: {fault}"]) from fault


def _folder() -> Traversable:
    return importlib.resources.files("edge_probe") / "maps"
