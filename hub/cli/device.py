"""`nengshu device`: the access devices of a hub, and the bench that checks one before it is put up."""

from __future__ import annotations

from hub.cli._device_check import check
from hub.cli._options import command_app

app = command_app("Access devices: check what one sends before it is put up.")
app.command(name="check")(check)


@app.callback()
def _group() -> None:
    """Access devices: check what one sends before it is put up."""
