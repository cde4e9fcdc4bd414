"""What a running probe knows of itself right now: each meter's looks, each platform's turn, how far its clock is off.

None of it is worth anything after a restart, so that it stands in memory and in a file beside the spool, for `status` to see
from another process, and never costs the spool a write.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field

import msgspec

from edge_probe.ports import Clock

WINDOW = dt.timedelta(hours=1)  # in which looks are counted: sixty of them at the usual cycle
PIECE = dt.timedelta(minutes=5)  # by which the oldest are forgotten
_PIECES = WINDOW // PIECE
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class MeterNow(msgspec.Struct, frozen=True):
    """A meter: its looks of the last hour, and how the last one went. `fault` is empty where it gave all, since `since`."""

    looks: int
    failed: int
    at: dt.datetime
    since: dt.datetime
    fault: str = ""

    @property
    def error_rate(self) -> float:
        """The share of looks that gave not everything."""
        return self.failed / self.looks if self.looks else 0.0


class UplinkNow(msgspec.Struct, frozen=True):
    """A platform: when its slot opens (None: at once), failures in a row, and when it last took something."""

    opens: dt.datetime | None = None
    failures: int = 0
    took: dt.datetime | None = None


class Now(msgspec.Struct, frozen=True):
    """All of it at one moment. `offset_s` is how far the clock named is ahead of this box's; None: nobody told."""

    at: dt.datetime
    since: dt.datetime
    meters: dict[str, MeterNow] = {}
    uplinks: dict[str, UplinkNow] = {}
    offset_s: float | None = None
    offset_from: str = ""


@dataclass
class _Tally:
    """The looks of a sliding hour, in pieces."""

    pieces: deque[tuple[int, int, int]] = field(default_factory=lambda: deque(maxlen=_PIECES))

    def add(self, at: dt.datetime, *, failed: bool) -> None:
        number = (at - _EPOCH) // PIECE
        looks = fails = 0
        if self.pieces and self.pieces[-1][0] == number:
            _, looks, fails = self.pieces.pop()
        self.pieces.append((number, looks + 1, fails + failed))

    def counted(self, at: dt.datetime) -> tuple[int, int]:
        oldest = (at - _EPOCH) // PIECE - _PIECES
        kept = [piece for piece in self.pieces if piece[0] > oldest]
        return sum(looks for _, looks, _ in kept), sum(fails for _, _, fails in kept)


class Board:
    """Where the parts of a probe note how they fare. Of one event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._since = clock, clock.now()
        self._tallies: dict[str, _Tally] = {}
        self._meters: dict[str, MeterNow] = {}
        self._uplinks: dict[str, UplinkNow] = {}
        self._offset: tuple[float, str] | None = None

    def looked(self, meter: str, faults: Collection[str]) -> None:
        """A meter was looked at; why it gave not everything, nothing where it did."""
        at, fault = self._clock.now(), ", ".join(sorted(set(faults)))
        tally, last = self._tallies.setdefault(meter, _Tally()), self._meters.get(meter)
        tally.add(at, failed=bool(faults))
        since = last.since if last is not None and last.fault == fault else at
        self._meters[meter] = MeterNow(0, 0, at, since, fault)

    def opens(self, uplink: str, moment: dt.datetime | None) -> None:
        """A platform says when it takes what waits; None: now."""
        self._change(uplink, opens=moment)

    def took(self, uplink: str) -> None:
        """A platform took what it was sent."""
        self._change(uplink, failures=0, took=self._clock.now())

    def failed(self, uplink: str) -> None:
        """A platform did not."""
        self._change(uplink, failures=self._uplinks.get(uplink, UplinkNow()).failures + 1)

    def heard(self, offset_s: float, whose: str) -> None:
        """Somebody's clock is so far ahead of this box's."""
        self._offset = (offset_s, whose)

    def now(self) -> Now:
        """How all of it stands."""
        at = self._clock.now()
        meters = {name: self._counted(name, meter, at) for name, meter in self._meters.items()}
        offset_s, whose = self._offset or (None, "")
        return Now(at, self._since, meters, dict(self._uplinks), offset_s, whose)

    def _counted(self, name: str, meter: MeterNow, at: dt.datetime) -> MeterNow:
        looks, failed = self._tallies[name].counted(at)
        return msgspec.structs.replace(meter, looks=looks, failed=failed)

    def _change(self, uplink: str, **changes: object) -> None:
        known = self._uplinks.get(uplink, UplinkNow())
        self._uplinks[uplink] = msgspec.structs.replace(known, **changes)
