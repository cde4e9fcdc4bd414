"""Whether the probe's clock is believed: by a time server, by platforms' answers, by the seconds that passed.

A time server decides. Without one the clock is in doubt where every platform that answered lately says otherwise, and after
it jumped until somebody agrees with it. What is written in doubt is flagged and never dropped; nothing sets the clock here.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from edge_probe.readings import Event
from graph.model.period import UTC

OFF_MAX_S = 30.0  # as much as a boundary may be missed by; a label is right within a minute
JUMP_MIN_S = 5.0  # a clock that is kept is moved by half a thousandth; a machine that slept jumps, too
HEARD_FOR = dt.timedelta(hours=2)  # a time server is asked six times meanwhile
JUMP_DOUBTED = dt.timedelta(hours=1)  # where nobody tells the time at all
DATE_S = 0.5  # of a header that tells whole seconds, cut off
SOURCE, TIME_SERVER = "clock", "time server"


@dataclass(frozen=True)
class Heard:
    """What somebody's time says of ours: it is so many seconds behind theirs."""

    at: dt.datetime
    behind_s: float

    @property
    def agrees(self) -> bool:
        """Whether the two are near enough."""
        return abs(self.behind_s) <= OFF_MAX_S


@dataclass
class Timekeeper:
    """One probe's clock. `monotonic` tells seconds that nobody sets. Safe to call from several threads.

    `noted` hears how far a clock is ahead of ours and whose: a time server's, or a platform's where none spoke lately.
    """

    monotonic: Callable[[], float]
    noted: Callable[[float, str], None] = lambda _offset, _whose: None
    _server: Heard | None = None
    _platforms: dict[str, Heard] = field(default_factory=dict)
    _last: tuple[dt.datetime, float] | None = None
    _jumped: dt.datetime | None = None
    _told: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def server_said(self, at: dt.datetime, behind_s: float) -> None:
        """A time server was asked at this moment of ours."""
        with self._lock:
            self._server = Heard(at, behind_s)
        self.noted(behind_s, TIME_SERVER)

    def platform_said(self, host: str, at: dt.datetime, date: str | None) -> None:
        """A platform's answer came at this moment of ours with this `Date` (RFC 9110, 6.6.1); none says nothing."""
        said = _moment(date)
        if said is None:
            return
        heard = Heard(at, (said - at).total_seconds() + DATE_S)
        with self._lock:
            self._platforms[host] = heard
            is_best = self._server is None or at - self._server.at > HEARD_FOR
        if is_best:
            self.noted(heard.behind_s, host)

    def seen(self, at: dt.datetime) -> tuple[bool, list[Event]]:
        """Whether what is written at this moment is in doubt, and what is to be told."""
        with self._lock:
            events = self._jumps(at)
            why = self._doubt(at)
            if why is not None and self._told is None:
                events.append(Event(at, SOURCE, "clock-doubted", f"{why} 时钟存疑，期间数据已标记"))
            if why is None and self._told is not None:
                events.append(Event(at, SOURCE, "clock-believed-again", f"after: {self._told}"))
            self._told = why
            return why is not None, events

    def _jumps(self, at: dt.datetime) -> list[Event]:
        before, self._last = self._last, (at, self.monotonic())
        if before is None:
            return []
        moved = (at - before[0]).total_seconds() - (self._last[1] - before[1])
        if abs(moved) < JUMP_MIN_S:
            return []
        self._jumped = at
        self._server, self._platforms = None, {}  # they spoke of another clock
        return [Event(at, SOURCE, "clock-jumped", f"by {moved:+.1f} s, from {before[0].isoformat()}")]

    def _doubt(self, at: dt.datetime) -> str | None:
        server = self._server if self._server and abs(at - self._server.at) <= HEARD_FOR else None
        lately = {host: said for host, said in self._platforms.items() if abs(at - said.at) <= HEARD_FOR}
        if server is not None:
            self._jumped = None
            return None if server.agrees else f"{server.behind_s:+.1f} s behind the time server"
        if any(said.agrees for said in lately.values()):
            self._jumped = None
            return None
        if lately:
            shown = ", ".join(
                f"{said.behind_s:+.1f} s behind {host}" for host, said in sorted(lately.items())
            )
            return f"no platform agrees: {shown}"
        if self._jumped is not None and abs(at - self._jumped) <= JUMP_DOUBTED:
            return f"it jumped at {self._jumped.isoformat()}, and nobody has told the time since"
        self._jumped = None
        return None


def _moment(date: str | None) -> dt.datetime | None:
    try:
        said = None if date is None else email.utils.parsedate_to_datetime(date)
        return said and (said if said.tzinfo else said.replace(tzinfo=UTC)).astimezone(UTC)  # RFC 9110, 5.6.7
    except (ValueError, OverflowError):
        return None
