"""What a probe knows of its own time and of its meters': spans that say later why a value is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from edge_probe.readings import QUARTER_HOUR
from graph.model.probe_span import ProbeSpan, SpanKind

RUN_MAX = dt.timedelta(days=30)  # of one span of running: a year of it is a dozen rows
STOPPED_MAX = dt.timedelta(days=180)  # told of one pause: as long as a spool remembers
UNSEEN_MAX = QUARTER_HOUR  # between two looks of a probe that runs: a longer pause has missed a boundary


@dataclass
class Running:
    """When this probe runs. A pause that misses a boundary is a span in which it did not, as a machine asleep makes one too.

    `last` is when it was last known to run, before this start of it or in it.
    """

    last: dt.datetime | None = None
    since: dt.datetime | None = None

    def alive(self, at: dt.datetime) -> list[ProbeSpan]:
        """What follows from its being alive at a moment; a clock that was set back begins anew."""
        spans = []
        if self.last is not None and at - self.last > UNSEEN_MAX:
            spans.append(
                ProbeSpan(SpanKind.STOPPED, max(self.last, at - STOPPED_MAX), at, "the probe did not run")
            )
            self.since = None
        if self.since is None or not dt.timedelta(0) <= at - self.since <= RUN_MAX:
            self.since = at
        self.last = at
        return [*spans, ProbeSpan(SpanKind.RUNNING, self.since, at)]


@dataclass
class Silences:
    """Which data codes of a meter give nothing, and since when: since they gave something last."""

    answered: dict[str, dt.datetime] = field(default_factory=dict)
    open: dict[str, ProbeSpan] = field(default_factory=dict)

    def seen(self, at: dt.datetime, troubles: Mapping[str, str], well: frozenset[str]) -> list[ProbeSpan]:
        """The spans that one look changes: `troubles` are why data codes gave nothing, `well` gave something."""
        over = [self._over(code, at) for code in sorted(well - troubles.keys())]
        self.answered |= dict.fromkeys(well - troubles.keys(), at)
        return [
            *(self._lasting(code, what, at) for code, what in troubles.items()),
            *(each for each in over if each),
        ]

    def _lasting(self, code: str, what: str, at: dt.datetime) -> ProbeSpan:
        known = self.open.get(code)
        if known is None or not dt.timedelta(0) <= at - known.begins <= RUN_MAX:
            begins = min(self.answered.get(code, at), at) if known is None else at
            known = ProbeSpan(SpanKind.METER, max(begins, at - RUN_MAX), at, what, code)
        self.open[code] = replace(known, ends=at)
        return self.open[code]

    def _over(self, code: str, at: dt.datetime) -> ProbeSpan | None:
        known = self.open.pop(code, None)
        if (
            known is None or not known.ends <= at <= known.begins + RUN_MAX
        ):  # the clock was set: what is known stands
            return None
        return replace(known, ends=at)
