"""The probe at work, as the process that stays: `nengshu probe run` reads its words and becomes this one.

What a command line needs (typer, rich, pydantic) takes 15 MB, and is of no use to a process that runs for months on a box of
256 MB. So the process is replaced once its words are read, and keeps its number.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from edge_probe import wiring
from edge_probe.clock import clock_of
from edge_probe.config import ProbeConfig
from edge_probe.fault_lines import fault_lines
from edge_probe.ports import Clock
from edge_probe.readings import Event
from edge_probe.stopping import when_told
from edge_probe.uplinking import Proof
from graph.model.period import BEIJING, aware

INTERRUPTED = 130  # as every command of ours ends after Ctrl-C
UNSAID = ""  # of a start or an epoch that nobody gave


def become(file: Path, speed: float, start: str | None, epoch: float | None) -> None:
    """Replace this process by the probe at work; where a system cannot, work in this one."""
    words = [str(file), str(speed), start or UNSAID, UNSAID if epoch is None else str(epoch)]
    if os.name != "posix":
        work(words, os.environ)
        return
    sys.stdout.flush()
    sys.stderr.flush()
    command = [sys.executable, "-P", "-m", "edge_probe.stays", *words]
    os.execv(sys.executable, command)  # noqa: S606 - ourselves, without a shell


def work(words: Sequence[str], environ: Mapping[str, str]) -> None:
    """Read the meters and hand over what they used until told to stop."""
    file, speed, start, epoch = words
    for name in ("pymodbus", "asyncua"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # their faults are our events
    config, credentials = wiring.load(Path(file), environ)
    begins = aware(dt.datetime.fromisoformat(start)) if start else None
    clock = clock_of(begins, float(speed), float(epoch) if epoch else None)
    meters, platforms = len(config.devices), ", ".join(plan.name for plan in config.uplinks)
    _say(f"meters: {meters}, read every {config.cycle_s} s for {platforms}; spool {config.spool}")
    asyncio.run(_run(config, credentials, clock))


async def _run(config: ProbeConfig, credentials: dict[str, Proof], clock: Clock) -> None:
    async with wiring.assembled(config, credentials, clock, tell) as probe:
        when_told(probe.stop)
        await probe.run()


def tell(event: Event) -> None:
    """An event as a line for people."""
    moment = event.at.astimezone(BEIJING).isoformat(timespec="seconds")
    _say(f"{moment} {event.source}: {event.kind} {event.detail}".rstrip())


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def main() -> int:
    """0 when it was told to stop, 1 with a line for each fault, 130 after Ctrl-C."""
    try:
        work(sys.argv[1:], os.environ)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as fault:
        lines = fault_lines(fault)
        if lines is None:
            raise
        for line in lines:
            _say(line)
        return 1
    return 0
