"""Counts the runs of links that this process made, for `GET /metrics`: no link, province or unit is in a label."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

from graph.model.sync_run import SyncRun
from national_sync.cadence import Ended

COUNTED = tuple(
    how for how in Ended if how is not Ended.STOPPED
)  # a run that the hub ends, ends with the hub
FATES = ("accepted", "duplicate", "corrected", "superseded", "rejected")
SECONDS = (0.1, 0.3, 1, 3, 10, 30, 100, 300, 1_000, 3_600)  # from an empty folder to the usual deadline


class RunFigures:
    """Runs by how they ended, what they brought, and how long they took."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._runs = Counter(
            "nengshu_link_runs", "Runs of links, by how they ended.", ["outcome"], registry=self.registry
        )
        self._rows = Counter(
            "nengshu_link_rows", "Rows runs brought, by their fate.", ["fate"], registry=self.registry
        )
        self._bytes = Counter(
            "nengshu_link_bytes", "Bytes read from sources, packed as they came.", registry=self.registry
        )
        self._seconds = Histogram(
            "nengshu_link_run_seconds", "How long runs took.", buckets=SECONDS, registry=self.registry
        )
        for how in COUNTED:
            self._runs.labels(how.value)
        for fate in FATES:
            self._rows.labels(fate)

    def count(self, how: Ended, run: SyncRun) -> None:
        """Add a run that came to an end by itself."""
        self._runs.labels(how.value).inc()
        for fate in FATES:
            self._rows.labels(fate).inc(getattr(run, fate))
        self._bytes.inc(run.bytes)
        self._seconds.observe((run.duration_ms or 0) / 1000)
