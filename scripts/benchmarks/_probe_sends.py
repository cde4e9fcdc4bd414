"""A probe's delivery alone, in a process of its own: it hands over what waits in the spool and tells what that took.

Standard output is one line of JSON: seconds until the cursor had acknowledged everything, seconds of CPU, the most memory
the process ever held, and the batches. `plain` is how it was done before: an object of each reading, small batches.
Usage: python -m scripts.benchmarks._probe_sends PROBE.TOML [plain]
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter, process_time

import msgspec

from edge_probe import wiring
from edge_probe.board import Board
from edge_probe.clock import SystemClock
from edge_probe.hub_client import Batch, HubClient
from edge_probe.readings import GRANULARITY, Event, Spooled
from edge_probe.spool import Spool
from edge_probe.uplink_clients import uplink_clients
from edge_probe.uplink_ports import USUAL_PACE, Refusal, UplinkKind, UplinkMeans
from edge_probe.uplinking import Uplinking
from edge_probe.uplinks.nengshu import UPLINK
from graph.errors import ConfigurationError, StoreError
from graph.model.period import BEIJING

_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


async def hand_over(file: Path, kinds: Mapping[str, UplinkKind]) -> dict[str, float]:
    """All that waits in the spool of a configuration, to its one platform. Raises StoreError where something is left."""
    config, credentials = wiring.load(file, os.environ)
    spool, told, clock = Spool(config.spool, create=False), list[Event](), SystemClock()
    async with uplink_clients(config) as clients:
        made = Uplinking(config, credentials, clock, spool, clients, told.append, Board(clock), kinds)
        (delivery,) = made.deliveries()
        began, cpu_began = perf_counter(), process_time()
        waits = await delivery.push()
        seconds, cpu_s = perf_counter() - began, process_time() - cpu_began
    (backlog,) = spool.backlogs()
    spool.close()
    if waits is not None or backlog.waiting or told:
        raise StoreError(f"expected all of it handed over, came {backlog} and {told[:1]}")
    return {"seconds": seconds, "cpu_s": cpu_s, "peak_bytes": _peak_bytes()}


@dataclass(frozen=True)
class PlainUplink:
    """A hub that is handed readings one object each (edge_probe.uplink_ports.Uplink)."""

    identity: str
    hub: HubClient

    async def opens(self, _oldest: object, /) -> None:
        """At once."""

    async def send(self, rows: Sequence[Spooled]) -> Sequence[Refusal]:
        """One batch."""
        read = list(rows)
        lines = b"".join(msgspec.json.encode(_line(row)) + b"\n" for row in read)
        key = f"plain-{self.identity}-{read[0].sequence}-{read[-1].sequence}"
        receipt = await self.hub.send(Batch(key, gzip.compress(lines, mtime=0), encoding="gzip"))
        return [Refusal(None, each.code, each.why) for each in receipt.rejected]


def _line(row: Spooled) -> dict[str, str]:
    reading = row.reading
    return {
        "unit": reading.unit,
        "data_code": reading.data_code,
        "granularity": GRANULARITY,
        "start": reading.start.astimezone(BEIJING).isoformat(),
        "value": f"{reading.value:f}",
        "version": reading.written_at.astimezone(BEIJING).isoformat(),
        "origin": reading.origin,
    }


def _plainly(means: UplinkMeans) -> PlainUplink:
    if means.tokens is None:
        raise ConfigurationError(means.plan.name, ["a hub asks for a credential"])
    return PlainUplink(means.identity, HubClient(means.plan.name, means.plan.url, means.tokens, means.client))


def _peak_bytes() -> int:
    status = Path("/proc/self/status")
    found = _PEAK.search(status.read_text("utf-8")) if status.exists() else None
    return int(found[1]) * 1024 if found else 0


if __name__ == "__main__":
    kind = replace(UPLINK, reach=_plainly, pace=USUAL_PACE) if "plain" in sys.argv[2:] else UPLINK
    sys.stdout.write(json.dumps(asyncio.run(hand_over(Path(sys.argv[1]), {UPLINK.name: kind}))) + "\n")
