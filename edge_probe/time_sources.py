"""Who tells a probe the time, as its configuration says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge_probe.fields import Fields
from edge_probe.sntp import server_of


@dataclass(frozen=True)
class TimeSources:
    """Who tells the time: a server, or the file that the system touches whenever it set its clock by one.

    systemd-timesyncd touches /run/systemd/timesync/synchronized (systemd-timesyncd.service(8), assumed); chrony has no such
    file, and is asked as a server.
    """

    server: tuple[str, int] | None = None
    synced_file: Path | None = None


UNTOLD = TimeSources()


def time_sources(fields: Fields) -> TimeSources:
    """`time_server` and `time_synced_file` of a configuration."""
    server = fields.checked("time_server", server_of) if fields.has("time_server") else None
    file = Path(fields.text("time_synced_file")) if fields.has("time_synced_file") else None
    return TimeSources(server, file)
