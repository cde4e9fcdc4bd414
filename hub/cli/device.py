"""`nengshu device`: the access devices of a hub, and the bench that checks one before it is put up."""

from __future__ import annotations

from hub.cli import _devices
from hub.cli._device_check import check
from hub.cli._options import command_app

app = command_app("Access devices: list, show, approve and refuse them, map their points, check one.")
app.command(name="list")(_devices.show_all)
app.command(name="show")(_devices.show)
app.command(name="approve")(_devices.approve)
app.command(name="refuse")(_devices.refuse)
app.command(name="withdraw")(_devices.withdraw)
app.command(name="forget-password")(_devices.forget_password)
app.command(name="points")(_devices.points)
app.command(name="check")(check)
