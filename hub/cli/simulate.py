"""`nengshu simulate`: separate programs that speak the true protocols and can be broken on purpose."""

from __future__ import annotations

import typer

from hub.simulate.device import device
from hub.simulate.meter import meter

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Meters and devices to try a hub or a probe against."
)
app.command()(meter)
app.command()(device)
