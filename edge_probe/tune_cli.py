"""`nengshu probe tune`: finds out on a meter how it wants to be read, and says so in the configuration."""

from __future__ import annotations

import asyncio
import difflib
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from edge_probe import wiring
from edge_probe.choosing import fitting_map
from edge_probe.config import Device, ProbeConfig
from edge_probe.config_file import CYCLE_SECONDS_MAX
from edge_probe.meter_map import MeterMap
from edge_probe.modbus_meter import PASS_TIMEOUTS
from edge_probe.ports import Fault
from edge_probe.reads_in_file import replace_text, with_reads
from edge_probe.told import told
from edge_probe.tuning import Tuned, as_settings
from edge_probe.tuning import tune as tune_meter
from graph.errors import ConfigurationError, InvalidInput, SourceRefused, SourceUnreachable

MINUTES_MAX = CYCLE_SECONDS_MAX * 2 // 60  # of one trial; a meter that takes longer cannot be read in a cycle


def tune(
    file: Annotated[Path, typer.Argument(metavar="PROBE.TOML", help="The probe's configuration.")],
    device: Annotated[str, typer.Argument(metavar="DEVICE", help="The device's name in it.")],
    write: Annotated[
        bool, typer.Option("--write", help="Apply the difference to the file; comments and order stay.")
    ] = False,
) -> None:
    """Find out on a meter how it wants to be read: pause, connections, longest read, refused registers, byte order.

    It only reads. Shows the plan of reads, what a pass will take, and what would change in the configuration. Stop a probe
    that reads the same meter before: it would be in the way.

    Example: nengshu probe tune probe.toml "main incomer" --write
    """
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # its faults are our findings
    with told():
        config = wiring.without_secrets(file)
        asked = _device(config, device)
        meter_map, tuned = asyncio.run(_tuned(asked))
        for line in _findings(asked, meter_map, tuned):
            typer.echo(line)
        _changed(file, device, tuned, write=write)


def _device(config: ProbeConfig, name: str) -> Device:
    found = next((each for each in config.devices if each.name == name), None)
    if found is None:
        known = ", ".join(each.name for each in config.devices)
        raise InvalidInput(f"came {name[:64]!r}, expected one of {known}", "device")
    return found


async def _tuned(device: Device) -> tuple[MeterMap, Tuned]:
    protocol = wiring.protocols()[device.protocol]
    reach = protocol.registers
    if reach is None:
        raise InvalidInput(
            f"{device.name} is read by {device.protocol}, which has no registers to try", "device"
        )
    meter_map = await fitting_map(device, protocol.reach)
    if isinstance(meter_map, Fault):
        raise SourceRefused(f"{device.name}: {meter_map.detail}")
    bare = replace(device, map=meter_map, pause_s=0.0)
    try:
        async with asyncio.timeout(MINUTES_MAX * 60):
            return meter_map, await tune_meter(meter_map, device.quantities, lambda: reach(bare, meter_map))
    except TimeoutError as fault:
        raise SourceUnreachable(f"{device.name}: not tried out within {MINUTES_MAX} min") from fault


def _findings(device: Device, meter_map: MeterMap, tuned: Tuned) -> Iterator[str]:
    yield f"{device.name}, map {meter_map.name}, requests tried 试读次数: {tuned.tries}"
    doubt = "" if tuned.is_certain else ", as the map says: refused registers hide the meter's own limit"
    yield f"longest read 最长读取: {tuned.registers_max} registers{doubt}"
    yield f"pause between an answer and the next request 请求间隔: {tuned.pause_ms} ms"
    yield f"connections 连接数: {'one at a time' if tuned.one_connection else 'more than one'}"
    for hole in tuned.illegal:
        yield (
            f"refused 拒读: {hole}"
            if hole.count
            else f"refused 拒读: any read across {hole.address:#06x}, function {hole.function}"
        )
    for name in tuned.refused:
        yield f"refused by itself 单独拒读: {name}, {meter_map.quantities[name].span}"
    yield f"byte order 字节序: {tuned.order.why}"
    yield f"plan 读取计划: {len(tuned.reads)} reads"
    yield from (f"  {read}" for read in tuned.reads)
    times = tuned.one_by_one_s / tuned.pass_s if tuned.pass_s else 1
    yield f"predicted pass 预计用时: {tuned.pass_s:.3f} s; one by one: {tuned.one_by_one_s:.3f} s, {times:.1f} times as long"
    yield from too_slow(device, tuned)


def too_slow(device: Device, tuned: Tuned) -> Iterator[str]:
    """Whether a pass takes longer than a device has its line, in which its pauses do not count."""
    deadline_s = PASS_TIMEOUTS * device.timeout_s + len(tuned.reads) * tuned.pause_ms / 1000
    if tuned.pass_s > deadline_s:
        yield f"a pass takes longer than the deadline of {deadline_s:g} s: raise timeout_seconds"


def _changed(file: Path, device: str, tuned: Tuned, *, write: bool) -> None:
    try:
        text = file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigurationError(str(file), [f"cannot be read: {fault}"]) from fault
    new = with_reads(text, device, as_settings(tuned))
    difference = difflib.unified_diff(
        text.splitlines(), new.splitlines(), file.name, f"{file.name} tuned", lineterm=""
    )
    shown = list(difference)
    for line in shown:
        typer.echo(line)
    if not shown:
        typer.echo(f"{file} says so already")
    elif write:
        replace_text(file, new)
        typer.echo(f"wrote {file}")
    else:
        typer.echo("nothing written; --write applies it 未写入，加 --write 生效")
