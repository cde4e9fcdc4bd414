"""`nengshu simulate`: separate programs that speak the true protocols and can be broken on purpose."""

from __future__ import annotations

from hub.cli._options import command_app
from hub.simulate.device import device
from hub.simulate.meter import meter
from hub.simulate.meter645 import meter645
from hub.simulate.mqtt import mqtt
from hub.simulate.opcua import opcua
from hub.simulate.rest import rest

app = command_app("Meters, devices and platforms to try a hub or a probe against.")
app.command()(meter)
app.command()(meter645)
app.command()(opcua)
app.command()(mqtt)
app.command()(device)
app.command()(rest)
