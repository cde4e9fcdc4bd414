"""What a simulated meter can be told on its command line: how it speaks, what it refuses, how it misbehaves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edge_probe.plan import REGISTERS_MAX
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
