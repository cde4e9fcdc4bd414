"""What a link that pushes to an existing platform would tell it, without a word to the platform."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from edge_probe.nhjc04_wire import Unit, Wire, input_type
from graph.errors import ConfigurationError
from graph.model.data_code import DataCode
from graph.model.principal import Reach
from graph.model.sync_run import Link
from graph.ports import Ask
from hub.cli._cells import cell, folded
from hub.links import dialects
from hub.platforms_above import wire_of
from hub.pushers import speaks_for_units
from hub.stores.registry.registry import Registry
from hub.units_said import units_said

UNITS_READ = 200  # of the roster: enough to see what is told, few enough to wait for


def show_pushed(link: Link, registry: Registry, rows: int) -> bool:
    """Print what the link's first units would say of themselves; whether some of it has no word over there.

    Raises ConfigurationError for a link whose platform takes what it is handed as it is.
    """
    if not speaks_for_units(link):
        why = "is not pulled: this hub hands over by it, and the hub above says what it makes of that"
        raise ConfigurationError(f"link {link.key}", [f"dialect {link.dialect!r} {why}"])
    quirks = dialects()[link.dialect].settled(link.quirks)
    wire, said = wire_of(quirks), list(units_said(registry, _codes(link, registry, quirks["units"])).values())
    out = Console()
    out.print(cell(f"{link.key} · {link.dialect} · province {link.region} · {link.address}", "bold"))
    out.print(f"{len(said):,} units would be told of{' at least' if len(said) == UNITS_READ else ''}")
    unsaid = _show_items(out, said, wire, rows)
    if unsaid:
        out.print(f"{unsaid:,} points have no word over there: their length of period is another")
    out.print("nothing was sent or written")
    return bool(unsaid)


def _codes(link: Link, registry: Registry, named: Sequence[str] | None) -> list[str]:
    if named is not None:
        return list(named)[:UNITS_READ]
    page = registry.rows(Ask("unit", Reach(region=link.region), first=UNITS_READ))
    return list(page.table["credit_code"].to_pylist())


def _show_items(out: Console, units: Sequence[Unit], wire: Wire, rows: int) -> int:
    table = folded("enterpriseCode", "name", "dataCode", "statType", "inputType", "scope", "valid")
    unsaid = shown = 0
    for unit in units:
        for item in unit.configuration.items:
            stat_type = wire.stat_type(item.granularity)
            unsaid += stat_type is None
            if stat_type is None or shown == rows:
                continue
            shown += 1
            scope, kind = int(DataCode(item.data_code).scope), input_type(item.origin, wire)
            words = (unit.code, item.name, wire.code(item.data_code), stat_type, kind, scope)
            table.add_row(*map(cell, (*words, wire.valid().get("valid", "no such field"))))
    out.print(table)
    return unsaid
