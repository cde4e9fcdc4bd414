"""How a probe stands, for Prometheus: its text format, version 0.0.4 (read: prometheus.io, exposition formats).

Written here because a box should not carry a package for a dozen names; the tests read it with Prometheus' own parser.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from edge_probe.standing import PointStanding, Standing, UplinkStanding

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True)
class Metric:
    """One name with its samples, each by its labels. `help` is one line."""

    name: str
    help: str
    samples: Sequence[tuple[Mapping[str, str], float]]
    kind: str = "gauge"

    def lines(self) -> Iterator[str]:
        """As the format has it."""
        yield f"# HELP {self.name} {_escaped(self.help)}\n# TYPE {self.name} {self.kind}\n"
        for labels, value in self.samples:
            said = ",".join(f'{key}="{_quoted(text)}"' for key, text in labels.items())
            yield f"{self.name}{{{said}}} {value!r}\n" if said else f"{self.name} {value!r}\n"


def exposition(stands: Standing) -> str:
    """All metrics of a probe."""
    return "".join(line for metric in metrics_of(stands) for line in metric.lines())


def metrics_of(stands: Standing) -> list[Metric]:
    """What is told of the probe, its meters and its platforms."""
    now = stands.now
    offset = [] if now is None or now.offset_s is None else [({"of": now.offset_from}, float(now.offset_s))]
    return [
        Metric("nengshu_probe_up", "Whether the probe runs.", [({}, float(now is not None))]),
        Metric("nengshu_probe_clock_offset_seconds", "How far that clock is ahead of the box's.", offset),
        *_of_meters(stands.points),
        *_of_points(stands.points),
        *_of_uplinks(stands.uplinks),
    ]


def _of_meters(points: Sequence[PointStanding]) -> list[Metric]:
    known = {point.meter: point.now for point in points if point.now is not None}
    told = [({"meter": name}, now) for name, now in known.items()]
    return [
        Metric(
            "nengshu_probe_looks",
            "Looks at a meter in the last hour.",
            [(labels, float(now.looks)) for labels, now in told],
        ),
        Metric(
            "nengshu_probe_looks_failed",
            "Those of them that gave not everything.",
            [(labels, float(now.failed)) for labels, now in told],
        ),
        Metric(
            "nengshu_probe_last_look_timestamp_seconds",
            "When a meter was looked at last.",
            [(labels, now.at.timestamp()) for labels, now in told],
        ),
    ]


def _of_points(points: Sequence[PointStanding]) -> list[Metric]:
    def labels(point: PointStanding) -> dict[str, str]:
        return {"meter": point.meter, "data_code": point.code, "unit": point.unit}

    return [
        Metric(
            "nengshu_probe_counter",
            "What a meter's counter shows, ratio applied.",
            [(labels(point), float(point.last.counter)) for point in points if point.last],
        ),
        Metric(
            "nengshu_probe_energy",
            "What the newest quarter-hour used.",
            [(labels(point), float(point.newest.value)) for point in points if point.newest],
        ),
        Metric(
            "nengshu_probe_energy_start_timestamp_seconds",
            "When that quarter-hour began.",
            [(labels(point), point.newest.start.timestamp()) for point in points if point.newest],
        ),
        Metric(
            "nengshu_probe_point_amiss",
            "Whether a data code gives nothing at present.",
            [(labels(point), float(bool(point.trouble))) for point in points],
        ),
    ]


def _of_uplinks(uplinks: Sequence[UplinkStanding]) -> list[Metric]:
    running = [(uplink.name, uplink.now) for uplink in uplinks if uplink.now is not None]
    return [
        Metric(
            "nengshu_probe_waiting_readings",
            "Readings a platform has not yet.",
            [({"platform": uplink.name}, float(uplink.waiting)) for uplink in uplinks],
        ),
        Metric(
            "nengshu_probe_oldest_waiting_timestamp_seconds",
            "When the oldest of them was written.",
            [
                ({"platform": uplink.name}, uplink.oldest.timestamp())
                for uplink in uplinks
                if uplink.oldest is not None
            ],
        ),
        Metric(
            "nengshu_probe_uplink_failures",
            "Failures in a row of a platform.",
            [({"platform": name}, float(now.failures)) for name, now in running],
        ),
        Metric(
            "nengshu_probe_next_slot_timestamp_seconds",
            "When a platform takes what waits; none: at once.",
            [({"platform": name}, now.opens.timestamp()) for name, now in running if now.opens is not None],
        ),
    ]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', '\\"')
