"""An MQTT broker that is not there, to which a meter publishes on loopback, and which misbehaves when told to.

The first line on standard output is JSON and says where it listens, once it does. It counts the same load as the simulated
meter of registers (hub/simulate/meter.py).
"""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

import typer

from edge_probe.meter_map import load_map
from graph.errors import StoreError
from hub.simulate import _meter_options as options
from hub.simulate._meter_load import PlantLoad
from hub.simulate._mqtt_broker import MqttFaults, SimulatedBroker
from hub.simulate._running import clock_told, told_to_stop
from hub.simulate.meter import LOOPBACK, SimulatedMeter


def mqtt(
    port: options.Port = 0,
    map_name: options.MapName = "simulated_mqtt",
    every: Annotated[float, typer.Option(help="Real seconds between two messages.", min=0.01)] = 1.0,
    retain: Annotated[
        bool, typer.Option(help="Keep each topic's last message for whoever comes later.")
    ] = False,
    user: options.User = "",
    password: options.Password = "",
    seed: options.Seed = 1,
    mean_kw: options.MeanKw = 120,
    speed: options.Speed = 1.0,
    start: options.Start = None,
    epoch: options.Epoch = None,
    late: Annotated[float, typer.Option(help="Fault: publish figures so many seconds old.", min=0)] = 0.0,
    silent: Annotated[bool, typer.Option(help="Fault: publish nothing.")] = False,
    wrong: Annotated[bool, typer.Option(help="Fault: publish what is no number.")] = False,
    half: options.HalfMessage = False,
    busy: Annotated[bool, typer.Option(help="Fault: let nobody in (server unavailable).")] = False,
    foreign: Annotated[bool, typer.Option(help="Fault: publish another meter's message.")] = False,
    half_packet: Annotated[bool, typer.Option(help="Fault: break off in the middle of a packet.")] = False,
) -> None:
    """Simulate an MQTT broker to which a meter publishes, until told to stop.

    Example: nengshu simulate mqtt --port 1883
    """
    clock = clock_told(start, speed, epoch)
    found = load_map(map_name)
    if not found.topics:
        raise typer.BadParameter(f"{map_name} has no topics; expected simulated_mqtt, or a path to a .toml")
    meter = SimulatedMeter(found, PlantLoad(seed, clock.start, mean_kw * 1000), clock)
    faults = MqttFaults(late, silent, wrong, half, busy, foreign, half_packet)
    broker = SimulatedBroker(meter, faults, user, password, retains=retain)
    asyncio.run(_until_told(broker, port, every))


async def _until_told(broker: SimulatedBroker, port: int, every_s: float) -> None:
    stop = told_to_stop()
    try:
        server = await broker.listen(LOOPBACK, port)
    except OSError as fault:
        raise StoreError(f"cannot listen on {LOOPBACK}:{port}") from fault
    where = {"host": LOOPBACK, "port": server.sockets[0].getsockname()[1]}
    typer.echo(json.dumps(where | {"map": broker.meter.meter_map.name}))
    publishing = asyncio.create_task(broker.publish_every(every_s))
    await stop.wait()
    publishing.cancel()
    server.close()
    broker.hang_up()
    await broker.ended()


app = typer.Typer(name="mqtt", add_completion=False, rich_markup_mode=None)
app.command()(mqtt)

if __name__ == "__main__":
    app(prog_name="nengshu simulate mqtt")
