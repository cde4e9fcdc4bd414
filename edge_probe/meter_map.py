"""Meter maps (仪表寄存器表): which register of which meter holds what, as data that ships with the probe.

The same model name is not the same map (firmwares differ), so a configuration may name a file of its own.
"""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from importlib.resources.abc import Traversable
from pathlib import Path

from edge_probe.fields import Fields
from edge_probe.map_entries import UNITS, Identified, Typed, check_counted, identified, typed
from edge_probe.map_nodes import Node, node
from edge_probe.map_topics import Topic, topic
from edge_probe.plan import ADDRESS_MAX, REGISTERS_MAX, Span
from edge_probe.registers import Form, Order, decode
from graph.errors import ConfigurationError

MAP_BYTES_MAX = 256 * 1024  # the largest meter has a few hundred quantities


@dataclass(frozen=True)
class Quantity:
    """One value of a meter: where it stands, how it is written, and in what unit after `scale`.

    A `counter` only ever rises (累计量); energy is the difference of two of its readings.
    """

    name: str
    span: Span
    form: Form
    order: Order
    scale: Decimal
    unit: str
    counter: bool

    def value(self, registers: Sequence[int]) -> Decimal:
        """The value in `unit`, exact. Raises SourceMalformed for what is not a finite number."""
        return decode(registers, self.form, self.order) * self.scale


@dataclass(frozen=True)
class MeterMap:
    """A model's quantities, and how long its reads may be.

    Of registers, of data identifiers (DL/T 645), of what a person types in, of nodes (OPC UA) or of topics (MQTT).
    `source` says where it was read. `gap_max` is 0 for a meter that refuses to be read across holes.
    """

    name: str
    model: str
    source: str
    registers_max: int
    gap_max: int
    quantities: dict[str, Quantity]
    identified: Mapping[str, Identified] = field(default_factory=dict)
    typed: Mapping[str, Typed] = field(default_factory=dict)
    nodes: Mapping[str, Node] = field(default_factory=dict)
    topics: Mapping[str, Topic] = field(default_factory=dict)

    @property
    def entries(self) -> Mapping[str, Quantity | Identified | Typed | Node | Topic]:
        """Everything the meter shows, however it is got."""
        return {**self.quantities, **self.identified, **self.typed, **self.nodes, **self.topics}


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


def parse_map(text: str, name: str) -> MeterMap:
    """A map from the text of its file. Raises ConfigurationError telling every fault."""
    try:
        fields = Fields(tomllib.loads(text, parse_float=Decimal), name, faults := [])
    except tomllib.TOMLDecodeError as fault:
        raise ConfigurationError(f"meter map {name}", [f"not TOML: {fault}"]) from fault
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
    registers_max = fields.whole("registers_max", 4, REGISTERS_MAX, REGISTERS_MAX)
    gap_max = fields.whole("gap_max", 0, REGISTERS_MAX, REGISTERS_MAX)
    order = fields.member("order", Order, Order.ABCD)
    found = {key: _quantity(key, f, order) for key, f in fields.named_tables("quantities").items()}
    read = {key: identified(key, f) for key, f in fields.named_tables("identifiers").items()}
    told = {key: typed(key, f) for key, f in fields.named_tables("typed").items()}
    shown = {key: node(key, f) for key, f in fields.named_tables("nodes").items()}
    said = {key: topic(key, f) for key, f in fields.named_tables("topics").items()}
    fields.finish()
    return MeterMap(name, model, source, registers_max, gap_max, found, read, told, shown, said)


def _kinds(meter_map: MeterMap) -> tuple[Mapping[str, object], ...]:
    return meter_map.quantities, meter_map.identified, meter_map.typed, meter_map.nodes, meter_map.topics


def _quantity(name: str, fields: Fields, order: Order) -> Quantity:
    form = fields.member("type", Form)
    address = fields.whole("address", 0, ADDRESS_MAX)
    if address + form.registers > ADDRESS_MAX + 1:
        fields.fault("address", f"{form.registers} registers from {address:#06x} pass the last address")
    scale = fields.number("scale", "-1e9", "1e9", "1")
    if scale == 0:
        fields.fault("scale", "must not be 0")
    counter, unit = fields.flag("counter", default=False), fields.one_of("unit", UNITS)
    check_counted(fields, unit, counter=counter)
    span = Span(fields.whole("function", 3, 4), address, form.registers)
    word_order = fields.member("order", Order, order)
    fields.finish()
    return Quantity(name, span, form, word_order, scale, unit, counter)


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
