"""An OPC UA server that is not there: shows a meter's figures as nodes on loopback, and misbehaves when told to.

The first line on standard output is JSON and says where it listens, once it does. It counts the same load as the simulated
meter of registers (hub/simulate/meter.py). It needs the extra `opcua`.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Annotated

import typer

from edge_probe.extras import lacking
from edge_probe.meter_map import load_map
from graph.errors import ConfigurationError, StoreError
from hub.simulate import _meter_options as options
from hub.simulate._meter_load import PlantLoad
from hub.simulate._opcua_front import Front, OpcuaFaults
from hub.simulate._running import clock_told, told_to_stop
from hub.simulate.meter import LOOPBACK, SimulatedMeter


def opcua(
    port: options.Port = 0,
    map_name: options.MapName = "simulated_opcua",
    user: options.User = "",
    password: options.Password = "",
    seed: options.Seed = 1,
    mean_kw: options.MeanKw = 120,
    speed: options.Speed = 1.0,
    start: options.Start = None,
    epoch: options.Epoch = None,
    late: options.Late = 0.0,
    silent: options.Silent = False,
    wrong: Annotated[bool, typer.Option(help="Fault: spoil the letters that begin a message.")] = False,
    half: options.HalfMessage = False,
    busy: Annotated[bool, typer.Option(help="Fault: say Bad_TcpServerTooBusy.")] = False,
    foreign: Annotated[bool, typer.Option(help="Fault: answer another request than was put.")] = False,
    status: Annotated[str, typer.Option(help="Fault: the nodes' status, such as BadNotConnected.")] = "Good",
    age: Annotated[float, typer.Option(help="Fault: figures so many seconds old.", min=0)] = 0.0,
) -> None:
    """Simulate an OPC UA server that shows a meter's figures, until told to stop.

    Example: nengshu simulate opcua --port 4840
    """
    if missing := lacking("asyncua", "opcua", "opcua"):
        raise ConfigurationError("nengshu simulate opcua", missing)
    logging.getLogger("asyncua").setLevel(logging.CRITICAL)
    clock = clock_told(start, speed, epoch)
    found = load_map(map_name)
    if not found.nodes:
        raise typer.BadParameter(f"{map_name} has no nodes; expected simulated_opcua, or a path to a .toml")
    meter = SimulatedMeter(found, PlantLoad(seed, clock.start, mean_kw * 1000), clock)
    faults = OpcuaFaults(late, silent, wrong, half, busy, foreign)
    asyncio.run(_until_told(meter, faults, port, (user, password), (status, age)))


async def _until_told(
    meter: SimulatedMeter, faults: OpcuaFaults, port: int, login: tuple[str, str], spoilt: tuple[str, float]
) -> None:
    from hub.simulate._opcua_server import Shows, serve_nodes

    stop = told_to_stop()
    server, behind = await serve_nodes(Shows(meter, *spoilt), *login)
    front = Front(behind, faults)
    try:
        listening = await front.listen(LOOPBACK, port)
    except OSError as fault:
        raise StoreError(f"cannot listen on {LOOPBACK}:{port}") from fault
    typer.echo(json.dumps({"host": LOOPBACK, "port": listening, "map": meter.meter_map.name}))
    await stop.wait()
    await front.close()
    await server.stop()


app = typer.Typer(name="opcua", add_completion=False, rich_markup_mode=None)
app.command()(opcua)

if __name__ == "__main__":
    app(prog_name="nengshu simulate opcua")
