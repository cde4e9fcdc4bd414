"""Spans of time a probe reports (采集端自报): when it ran, when it did not, when a meter gave nothing. Loads no Arrow."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from graph.errors import InvalidInput
from graph.model.period import aware

SPAN_MAX = dt.timedelta(days=366)  # longer than any probe keeps readings; more is a clock gone astray
WHAT_MAX = 200  # characters of why: a kind of fault and a few words


class SpanKind(StrEnum):
    """What a probe says of a span of time.

    meter (表计无数): the meter of a point did not answer, or its counter was not believed.
    stopped (采集端停运): the probe itself did not run, as it found when it began again.
    running (采集端运行): the probe ran, whatever it read.
    """

    METER = "meter"
    STOPPED = "stopped"
    RUNNING = "running"


@dataclass(frozen=True)
class ProbeSpan:
    """What a probe says of the time from `begins` up to `ends`; `data_code` is 16 digits, None: of all its points.

    The same kind, code and beginning is the same span, said again with a later end.
    """

    kind: SpanKind
    begins: dt.datetime
    ends: dt.datetime
    what: str = ""
    data_code: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "begins", aware(self.begins))
        object.__setattr__(self, "ends", aware(self.ends))
        seen = "".join(letter if letter.isprintable() else " " for letter in self.what[:WHAT_MAX])
        object.__setattr__(self, "what", seen)
        if self.ends < self.begins:
            raise InvalidInput(f"ends {self.ends.isoformat()}, before it begins", "to")
        if self.ends - self.begins > SPAN_MAX:
            raise InvalidInput(f"lasts {self.ends - self.begins}, at most {SPAN_MAX.days} days", "to")
