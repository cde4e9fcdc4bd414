"""What a simulated meter can be told on its command line: how it speaks, what it refuses, how it misbehaves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edge_probe.plan import REGISTERS_MAX
from edge_probe.registers import Order
from hub.simulate._meter_lines import Speak
from hub.simulate._meter_octets import Octets

Exceptional = Annotated[
    int | None, typer.Option(help="Fault: answer with this exception, 1 to 11.", min=1, max=11)
]
SpoiltOctets = Annotated[Octets, typer.Option(help="Fault: spoil the octets of each answer.")]
DeadUnits = Annotated[list[int] | None, typer.Option(help="Fault: at this address nobody answers.")]
Spoken = Annotated[Speak, typer.Option(help="rtu makes a serial port, told in the first line of output.")]
Units = Annotated[int, typer.Option(help="Answer as so many devices, from its address on.", min=1)]
TlsFile = Annotated[Path | None, typer.Option(help="For TLS: its certificate and key, in one file.")]
Longest = Annotated[int, typer.Option(help="Refuse reads of more registers.", min=1, max=REGISTERS_MAX)]
Illegal = Annotated[list[str] | None, typer.Option(help="Refuse registers, 4:0x0010+8; +0: no read across.")]
InSilence = Annotated[bool, typer.Option(help="Answer such reads not at all.")]
PauseSeconds = Annotated[float, typer.Option(help="Leave unanswered what comes sooner, seconds.", min=0)]
Connections = Annotated[int | None, typer.Option(help="Hang up on more than so many.", min=1)]
SilentAfter = Annotated[int | None, typer.Option(help="Fault: fall silent after so many requests.", min=0)]
KeptOrder = Annotated[Order | None, typer.Option(help="Keep bytes in another order than the map says.")]
Start = Annotated[str | None, typer.Option(help="The moment it starts, 2026-11-23T00:00:00+08:00.")]
MapName = Annotated[str, typer.Option("--map", help="A shipped map or a path to a .toml.")]
Port = Annotated[
    int, typer.Option(help="0 takes a free one, told in the first line of output.", min=0, max=65_535)
]
WrongFunction = Annotated[bool, typer.Option(help="Fault: swap functions 3 and 4, as other firmwares do.")]
Epoch = Annotated[float | None, typer.Option(help="Real time of its start, seconds since 1970.")]
Busy = Annotated[bool, typer.Option(help="Fault: answer that it is busy (exception 6).")]
Late = Annotated[float, typer.Option(help="Fault: answer so many seconds late.", min=0)]
Silent = Annotated[bool, typer.Option(help="Fault: answer nothing.")]
HalfMessage = Annotated[bool, typer.Option(help="Fault: break off in the middle of a message.")]
User = Annotated[str, typer.Option(help="Let in nobody else; no name, everybody.")]
Password = Annotated[str, typer.Option(help="Of that user.")]
Truth = Annotated[Path | None, typer.Option(help="Write what was shown when, as JSON lines.")]
Initial = Annotated[str, typer.Option(help="What the counter shows at the start, in kWh.")]
Seed = Annotated[int, typer.Option(help="Another seed is another plant.")]
MeanKw = Annotated[int, typer.Option(help="Its usual power.", min=1, max=1_000_000)]
Speed = Annotated[float, typer.Option(help="Simulated seconds in a real one.")]
